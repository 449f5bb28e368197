/** Parameters of the caps that move by records, each by what changes when it is another. */
import { describe, expect, test } from "vitest";
import { ppm } from "../../src/core/ppm.ts";
import { CRISIS_FIELDS } from "../../src/protocol/crisis-policy.ts";
import { ALICE, BOB, DORA } from "./cast.ts";
import { crisisFleet, crisisPolicy, eventsOf } from "./crisis-cast.ts";
import { by, given, ops, type Step, tick, wait } from "./spec.ts";

const TERMS = { cap: "1000", leaseMs: 9_000_000 };
const YEAR_MS = 31_536_000_000;
const RULES = { periodMs: 1_000, keep: 40, every: 20, least: 10, horizonMs: YEAR_MS };

const pay = (from: typeof ALICE, to: string, amount: number): Step =>
  by(from, "PayAgent", { to, amount: amount.toFixed(2) });
/** Bob pays Alice about two, and Dora comes and goes by a little. */
const clear = (i: number): readonly Step[] => [
  pay(BOB, "alice", 2 + (i % 3) / 2),
  i % 2 === 0 ? pay(DORA, "alice", 0.2) : pay(ALICE, "dora", 0.2),
];
/** Of what Bob pays in one period he gets a third back in the next. */
const unclear = (i: number): readonly Step[] => [
  i % 2 === 0 ? pay(BOB, "alice", 3) : pay(ALICE, "bob", 1),
  i % 3 === 0 ? pay(DORA, "alice", 0.2) : pay(ALICE, "dora", 0.1),
];

/** What is told after twelve periods. */
function asked(more: object, raiseStep = 2_000_000, period = clear) {
  const rules = CRISIS_FIELDS.parse({ reallocate: { ...RULES, ...more } });
  const policy = crisisPolicy(rules, { raiseStep: ppm(raiseStep) });
  const story = given(
    ...crisisFleet(policy, "10000", [ALICE, TERMS], [BOB, TERMS], [DORA, TERMS]),
    ...Array.from({ length: 12 }, (_, i) => [
      ...period(i),
      wait((more as { periodMs?: number }).periodMs ?? 1_000),
      tick,
    ]).flat(),
  ).when(ops("Reallocate", { dryRun: true }));
  const [told] = eventsOf(story, "Reallocated");
  if (told === undefined) throw new Error("nothing was told");
  return told;
}
const caps = (...terms: Parameters<typeof asked>) =>
  asked(...terms).lines.map(({ after }) => Math.round(Number(after) / 1e6));

describe("bounds of what moves", () => {
  const far = { step: 1_000_000, lean: 1_000 };

  test("LIM-401: nobody keeps less than the floor, and at once no more than a step is moved", () => {
    expect(caps({ ...far, lean: 2_000_000, floor: 0 })[1]).toBe(0);
    expect(caps({ ...far, lean: 2_000_000, floor: 100_000 })[1]).toBe(300);
    expect(caps({ ...far, lean: 2_000_000, floor: 100_000, step: 100_000 })[1]).toBe(700);
  });

  test("LIM-402: nobody gets more than the cap, nor more than one raise may be", () => {
    expect(caps({ ...far, floor: 0, cap: 1_000_000 })).toEqual([3_000, 0, 0]);
    expect(caps({ ...far, floor: 0, cap: 800_000 })[0]).toBe(2_400);
    expect(caps({ ...far, floor: 0, cap: 1_000_000 }, 500_000)[0]).toBe(1_500);
  });

  test("LIM-403: leaning little towards what was seen, all goes to the best; leaning more, less", () => {
    const [best = 0] = caps({ ...far, floor: 0, cap: 1_000_000 });
    const [less = 0] = caps({ ...far, floor: 0, cap: 1_000_000, lean: 2_000_000 });
    expect(less).toBeLessThan(best);
  });
});

describe("whether anything moves", () => {
  test("LIM-404: what it costs must come back within the horizon", () => {
    // A tenth moves, at once its own worth: too dear for a second, not for a quarter of an hour.
    const dear = { cost: 1_000_000 };
    expect(asked({ horizonMs: 1_000 }).because).toBe("moved");
    expect(asked(dear).because).toBe("moved");
    expect(asked({ ...dear, horizonMs: 1_000 }).because).not.toBe("moved");
    expect(asked({ ...dear, horizonMs: 1_000_000 }).because).toBe("moved");
  });

  test("LIM-405: it must be as likely to help as the rules want", () => {
    const { chance } = asked({ confidence: 0 }, 500_000, unclear);
    expect(chance).toBeGreaterThan(500_000);
    expect(chance).toBeLessThan(990_000);
    const at = (confidence: number) => asked({ confidence }, 500_000, unclear).because;
    expect(at(chance - 10_000)).toBe("moved");
    expect(at(chance + 10_000)).toBe("not-sure-enough");
  });

  test("LIM-406: skill is told by the year: periods four times as long make it half as much", () => {
    const observed = (periodMs: number) => asked({ periodMs }).lines[0]?.observed ?? 0;
    expect(observed(1_000) / observed(4_000)).toBeCloseTo(2, 6);
  });
});
