/** Explanations of decisions: the law's own lines asked again, and changes that are tried before they are told. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { percent } from "../../src/core/ppm.ts";
import { LIMITS } from "../../src/fleet/checks.ts";
import { explainDecision } from "../../src/fleet/explain-decision.ts";
import { takeTurn } from "../../src/fleet/turn.ts";
import type { Command, Turn } from "../../src/protocol/turns.ts";
import { ALICE, BOB, POLICY } from "./cast.ts";
import { type Choice, RandomFleet } from "./random-fleet.ts";
import { CASES } from "./rejection-cases.ts";
import { limited, RISK_CASES, risky } from "./risk-cases.ts";
import { by, type Draft, given, ops, type Step, type Story } from "./spec.ts";
import {
  aliceLong,
  configured,
  deposited,
  enrolled,
  fleetOf,
  granted,
  marks,
  order,
} from "./steps.ts";

/** Takes a command and explains it from the state before it; `asked` is what the wire brought. */
function explained(story: Story, draft: Draft, asked: object = {}) {
  const law = structuredClone(story.state);
  const turn = story.take(draft);
  if (turn === undefined) throw new Error("something is decided");
  const kept: Turn = turn.rejection === undefined ? turn : { ...turn, asked };
  return explainDecision(law, kept, { seq: story.journal.length, turn: 0 });
}
/** An order in the words of the wire. */
const wire = (fields: object = {}) => ({
  ...{ order: "o1", market: "btc-perp", side: "buy", qty: "0.1", leverage: 5_000_000, ...fields },
});
const ask = (fields: Parameters<typeof order>[2] = {}, story = given(...fleetOf(ALICE))) =>
  explained(story, order(ALICE, "o1", fields), wire(fields));

describe("an approval", () => {
  test("EXP-001: tells every limit in order with value and bound, and the law says the same again", () => {
    const told = ask();
    expect(told).toMatchObject({ outcome: "approved", reproduced: true, from: ALICE });
    expect(told.checks.map(({ limit }) => limit)).toEqual([
      ...[
        "market",
        "delegation",
        "lease",
        "mode",
        "cover",
        "books",
        "zone",
        "call",
        "service",
        "name",
      ],
      ...["room", "mark", "leverage", "lot", "minNotional", "maxNotional", "margin"],
    ]);
    expect(told.checks.every(({ passed }) => passed)).toBe(true);
    // 1,010 at the collar at 5x is 202, and 1.01 in fees.
    expect(told.checks.at(-1)).toEqual({
      ...{ limit: "margin", about: LIMITS.margin, passed: true, state: "", wants: "at most" },
      ...{ value: "203.01", bound: "2000", slack: "1796.99", unit: "USDC" },
    });
    expect(told.asked).toMatchObject({ order: "o1", qty: "0.1", side: "buy" });
    expect(told.numbers).toMatchObject({ mark: "10000", "mark age": "0 ms", holds: "203.01" });
  });

  test("EXP-002: names what binds, the most that passes, and what one more unit of it would buy", () => {
    const { binding } = ask();
    // 2,000 over 2,030.1 a coin, in whole lots.
    expect(binding).toMatchObject({ limit: "margin", largest: "0.985", unit: "BTC" });
    expect(binding?.shadow).toEqual({ gains: "0.00049258", per: "USDC" });
    expect(binding?.says).toContain("one more USDC there lets 0.00049258 BTC");
    const again = given(...fleetOf(ALICE));
    expect(again.take(order(ALICE, "o1", { qty: "0.985" }))?.rejection).toBeUndefined();
    const over = given(...fleetOf(ALICE)).take(order(ALICE, "o1", { qty: "0.986" }));
    expect(over?.rejection?.code).toBe("cap_exceeded");
  });

  test("EXP-003: the limit on value at risk binds in proportion to the size, and says about", () => {
    const story = given(...limited);
    const told = explained(story, risky("500", "600"));
    expect(told.binding).toMatchObject({ limit: "valueAtRisk", largest: "0.5", unit: "BTC" });
    expect(told.binding?.says).toContain("about 0.5 BTC");
    expect(told.numbers).toMatchObject({ "value at risk after": "600" });
  });

  test("EXP-004: a limit and a stop of its own are read back from the event", () => {
    const fields = { limit: "9990", stop: "9000" };
    const told = ask(fields);
    expect(told).toMatchObject({ reproduced: true, asked: fields });
    expect(told.checks.map(({ limit }) => limit)).toEqual(
      expect.arrayContaining(["tick", "collar", "stop"]),
    );
  });

  test("EXP-005: what reduces is bound by what there is to reduce", () => {
    const story = given(...aliceLong);
    const told = explained(
      story,
      order(ALICE, "o2", { side: "sell", reduceOnly: true, qty: "0.04" }),
    );
    expect(told).toMatchObject({ reproduced: true, asked: { reduceOnly: true } });
    expect(told.binding).toMatchObject({ limit: "reduces", largest: "0.1" });
  });

  test("EXP-006: what the coordinator told itself has no limits, only events", () => {
    const story = given(...fleetOf(ALICE));
    const law = structuredClone(story.state);
    story.given(marks("10100"));
    const { turn, place } = story.journal.at(-1) ?? {};
    if (turn === undefined || place === undefined) throw new Error("marks are journaled");
    const told = explainDecision(law, turn, place);
    expect(told).toMatchObject({ outcome: "happened", checks: [], reproduced: false });
    expect(told.events.map(({ type }) => type)).toEqual(["MarksSet"]);
  });
});

const reserve = (amount: string) =>
  by(ALICE, "Reserve", { reservation: "r1", amount, service: "trading", ttlMs: 1_000 });

/** What is refused, and the change that is told for it. */
const CHANGES: readonly (readonly [string, Parameters<typeof order>[2] & object, string])[] = [
  ["too much margin", { qty: "1" }, "qty 0.985 would have passed"],
  ["too small", { qty: "0.0005" }, "qty 0.001 would have passed"],
  ["no whole lots", { qty: "0.1005" }, "qty 0.1 would have passed"],
  ["less than a lot", { qty: "0.0001" }, "qty 0.001 would have passed"],
  ["too much leverage", { leverage: 10_000_000 }, "leverage 5000000 (5x) would have passed"],
  ["too dear a limit", { limit: "10200" }, "limit 10100 would have passed"],
  [
    "a stop beyond liquidation",
    { stop: "8000" },
    "without a stop of its own it would have passed, with the fleet's at 9203",
  ],
];

describe("a refusal", () => {
  test.each(CHANGES)(
    "EXP-010: of %s tells the smallest change that would have passed",
    (_, fields, change) => {
      const told = ask(fields);
      expect(told).toMatchObject({ outcome: "refused", reproduced: true });
      expect(told.change).toMatch(change.startsWith("without") ? /^without a stop/ : change);
      const failing = told.checks.filter(({ passed }) => !passed);
      expect(failing).toHaveLength(1);
      expect(told.checks.at(-1)).toBe(failing[0]);
      expect(told.refusal?.remedy).not.toBe("");
    },
  );

  test("EXP-011: of an amount tells the largest that passes", () => {
    const story = given(...fleetOf(ALICE));
    const told = explained(story, reserve("2000.000001"), {
      ...{ reservation: "r1", amount: "2000.000001", service: "trading", ttlMs: 1_000 },
    });
    expect(told.change).toBe("amount 2000 would have passed");
    expect(told.binding?.shadow).toEqual({ gains: "1", per: "USDC" });
  });

  test("EXP-012: of a zone tells how much margin must come free for it", () => {
    const policy = { ...POLICY, dryPowder: percent(0) };
    const story = given(
      ...[configured(policy), deposited("1000"), marks("10000"), enrolled(ALICE), enrolled(BOB)],
      ...[granted(ALICE, { cap: "700" }), granted(BOB, { cap: "300" }), reserve("620")],
    );
    const told = explained(
      story,
      order(BOB, "o1", { qty: "0.01" }),
      wire({ qty: "0.01", order: "o1" }),
    );
    expect(told.refusal?.code).toBe("zone_closed");
    expect(told.change).toContain("once 70.001 USDC of margin come free");
  });

  test("EXP-013: where no size passes it says so", () => {
    const story = given(...fleetOf(ALICE), reserve("1999.5"));
    const told = explained(story, order(ALICE, "o1"), wire());
    expect(told.change).toContain("no size would have passed");
  });

  test("EXP-014: the operator's grants, raises and withdrawals are explained by the same words", () => {
    const story = given(...fleetOf(ALICE), enrolled(BOB));
    const terms = {
      ...{ agent: "bob", services: ["trading"], maxLeverage: 1_000_000, priority: 1 },
    };
    const grant = { ...terms, mode: "cross", floor: "0", leaseMs: 60_000, cap: "9000" } as const;
    const told = explained(story, ops("Grant", { ...grant, services: ["trading"] }), grant);
    expect(told).toMatchObject({ change: "cap 7000 would have passed" });
    const raise = { agent: "alice", cap: "4000" };
    expect(explained(story, ops("Raise", raise), raise)).toMatchObject({
      change: "cap 3000 would have passed",
    });
    const leave = { asset: "USDC", amount: "9000", to: "home" };
    expect(explained(story, ops("Withdraw", leave), leave)).toMatchObject({
      change: "amount 7000 would have passed",
    });
  });

  const all: readonly (readonly [string, readonly Step[], Step])[] = [...CASES, ...RISK_CASES].map(
    ([code, before, step]) => [code, before, step],
  );
  test("EXP-015: every refusal that a limit gives is told by its limit, in the order of the list", () => {
    const names = Object.keys(LIMITS);
    let limits = 0;
    for (const [code, before, step] of all) {
      const story = given(...before);
      const draft = typeof step === "function" ? step(story.state) : step;
      if (Array.isArray(draft) || !("type" in (draft as object))) continue;
      const told = explained(story, draft as Draft, plain((draft as Draft).body));
      if (told.checks.length === 0) continue;
      expect([code, told.refusal?.code]).toEqual([code, code]);
      const places = told.checks.map(({ limit }) => names.indexOf(limit));
      expect([code, ...places]).toEqual([code, ...[...places].sort((a, b) => a - b)]);
      if (told.checks.at(-1)?.passed === false) limits += 1;
    }
    expect(limits).toBeGreaterThan(30);
  });
});

/** A parsed body as the wire would have brought it. */
function plain(body: unknown): object {
  const decimals: Readonly<Record<string, number>> = { qty: 8, limit: 8, stop: 8 };
  return Object.fromEntries(
    Object.entries(body as object).map(([key, value]: [string, unknown]) => {
      if (typeof value !== "bigint") return [key, value];
      const places = decimals[key] ?? 6;
      const digits = value.toString().padStart(places + 1, "0");
      return [key, `${digits.slice(0, -places)}.${digits.slice(-places)}`];
    }),
  );
}

test("EXP-020: always what is told as the largest passes, and one step more does not", () => {
  const number = fc.integer({ min: 0, max: 1_000_000_000 });
  const choices: fc.Arbitrary<readonly Choice[]> = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 23 }), number, number, number),
    { minLength: 30, maxLength: 120, size: "max" },
  );
  const sizes = fc.integer({ min: 1, max: 400 });
  let bound = 0;
  fc.assert(
    fc.property(choices, sizes, (all, lots) => {
      const fleet = new RandomFleet({ checked: false });
      for (const choice of all) fleet.step(choice);
      const { story } = fleet;
      const qty = (lots / 1_000).toFixed(3);
      const before = structuredClone(story.state);
      const draft = order(BOB, "probe", { qty });
      const turn = story.take(draft);
      if (turn === undefined) return;
      const asked = wire({ qty, order: "probe" });
      const kept: Turn = turn.rejection === undefined ? turn : { ...turn, asked };
      const told = explainDecision(before, kept, {
        seq: story.journal.length,
        turn: 0,
      });
      const { binding, reproduced, asked: read } = told;
      expect(reproduced).toBe(true);
      if (binding === undefined || binding.largest === "0") return;
      bound += 1;
      const retry = (size: string) => {
        const { id, at, exp, print } = turn;
        const command = {
          ...order(BOB, "probe", { ...read, qty: size }),
          stamp: { id, from: BOB, at, exp, print },
        };
        const place = { seq: before.seq + 1, turn: 0 };
        return takeTurn(structuredClone(before), command as Command, place)?.rejection?.code;
      };
      const more = (Number(binding.largest) + 0.001).toFixed(3);
      expect([undefined, "below_min_notional"]).toContain(retry(binding.largest));
      expect(retry(more)).not.toBeUndefined();
    }),
    { numRuns: 40, endOnFailure: true },
  );
  expect(bound).toBeGreaterThan(3);
});
