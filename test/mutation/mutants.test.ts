/** What the mutation run plants is what its page says, and no excuse outlives what it excuses. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { keyOf, type Mutant, plant } from "./mutants.ts";
import type { Equivalent } from "./report.ts";
import { isLimit } from "./scope.ts";

const FILE = "src/fleet/zones.ts";
const kindsOf = (source: string) =>
  plant(FILE, source, 0).mutants.map(({ kind, to }) => `${kind}: ${to}`);
/** What the planted text answers with one mutant awake; none: -1. */
function run(source: string, awake: number): unknown {
  const { text } = plant(FILE, source, 0);
  const made = new Function(`${text.replace("globalThis.$mutant", `((id) => id === ${awake})`)}
    return answer;`);
  return made();
}

describe("mutants", () => {
  test("MUT-001: a bound can move, turn round, and be asked never or always", () => {
    expect(kindsOf("if (a < b) stop();")).toEqual([
      ...["refusal never: false", "refusal always: true", "boundary: a <= b", "comparison: a >= b"],
      "statement removed: ",
    ]);
  });

  test("MUT-002: a cap can be gone on either side, a check be left out, a refusal be chosen", () => {
    expect(kindsOf("f(min(a, b));").slice(1)).toEqual(["cap: a", "cap: b"]);
    expect(kindsOf("f(Math.max(...all));")).toEqual(["statement removed: "]);
    const checks = kindsOf("x = gate(t) ?? mayHold(u);");
    expect(checks).toContain("check left out: mayHold(u)");
    expect(checks).toContain("check left out: gate(t)");
    expect(kindsOf('x = ok ? undefined : refuse("no");')).toContain("refusal chosen: undefined");
  });

  test("MUT-003: a parameter is read as more and as nothing", () => {
    expect(kindsOf("x = policy.collar;")).toEqual([
      ...["statement removed: ", "parameter loosened: $loose(policy.collar)"],
      "parameter nought: $none(policy.collar)",
    ]);
  });

  test("MUT-004: assertions, types and fallbacks of elements are left alone", () => {
    expect(kindsOf('assert(a < 1, "b");')).toEqual([]);
    expect(kindsOf("const x: 1 | 2 = y;")).toEqual([]);
    expect(kindsOf("const x = list[i] ?? 0;")).toEqual(["default: 0"]);
  });

  test("MUT-005: asleep nothing changes; awake one thing does, and an else stays with its if", () => {
    const source = "let answer = 1; if (answer > 1) if (answer > 2) answer = 3; else answer = 4;";
    const { mutants } = plant(FILE, source, 0);
    expect(run(source, -1)).toBe(1);
    const always = mutants.findIndex(({ kind }) => kind === "refusal always");
    expect(run(source, always)).toBe(4);
  });

  test("MUT-006: each has a name of its own, also among equal ones", () => {
    const { mutants } = plant(FILE, "f(a < b); f(a < b);", 0);
    expect(new Set(mutants.map(keyOf)).size).toBe(mutants.length);
  });

  test("MUT-007: limits are thresholds of the files of limits, and parameters everywhere", () => {
    const of = (file: string, source: string) =>
      plant(file, source, 0)
        .mutants.filter(isLimit)
        .map(({ kind }) => kind);
    expect(of(FILE, "f(a + 1 > b);")).toEqual(["boundary", "comparison"]);
    expect(of("src/fleet/views.ts", "f(a + 1 > b, policy.collar);")).toEqual([
      ...["parameter loosened", "parameter nought"],
    ]);
  });
});

test("MUT-010: every excuse is of a change that can still be made", () => {
  const list = readFileSync("test/mutation/equivalent.json", "utf8");
  const equivalents = JSON.parse(list) as readonly Equivalent[];
  const planted = new Map<string, readonly Mutant[]>();
  const stale = equivalents.filter(({ file, kind, from, to, nth }) => {
    const mutants = planted.get(file) ?? plant(file, readFileSync(file, "utf8"), 0).mutants;
    planted.set(file, mutants);
    return !mutants.some(
      (one) =>
        one.kind === kind &&
        one.from === from &&
        (to === undefined || one.to === to) &&
        (nth === undefined || one.nth === nth),
    );
  });
  expect(stale).toEqual([]);
});
