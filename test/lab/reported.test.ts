/** The judge of reports: what is told of the books against the books at the place that it names. */
import { describe, expect, test } from "vitest";
import { agentId, fleetId } from "../../src/core/ids.ts";
import { millis } from "../../src/core/time.ts";
import { attributionView } from "../../src/fleet/attribution.ts";
import { emptyState, type Law } from "../../src/fleet/state.ts";
import { foldTurn } from "../../src/fleet/turn.ts";
import { agentView, fleetView, riskView } from "../../src/fleet/views.ts";
import { Checker } from "../../src/lab/check/checker.ts";
import { CostMeter } from "../../src/lab/check/cost.ts";
import { unitsOf } from "../../src/lab/check/told.ts";
import type { FleetEvent } from "../../src/protocol/events.ts";
import { publicEvents } from "../../src/protocol/public.ts";
import type { Turn } from "../../src/protocol/turns.ts";
import { encode } from "../../src/wire/codec-encode.ts";
import { EMPTY_HASH, sha256 } from "../../src/wire/journal.ts";
import { ALICE, DEMO } from "../fleet/cast.ts";
import { by, given, wait } from "../fleet/spec.ts";
import { fleetOf, marks } from "../fleet/steps.ts";

const FLEET = fleetId("sim");
const A = agentId("a");

const turn = (events: readonly FleetEvent[], at: number): Turn => ({
  ...{ type: "Tick", id: "" as Turn["id"], from: agentId("fleet") },
  ...{ at: millis(at), exp: millis(at + 60_000), print: 0, events },
});
const enrolled = (agent: string): FleetEvent => ({
  ...{ type: "AgentEnrolled", agent: agentId(agent), note: "" },
});

/** Two messages are stored: one agent in the first, two in the second, a turn each. */
const turns = [
  [turn([enrolled("a")], 1_000)],
  [turn([enrolled("b")], 2_000), turn([enrolled("c")], 3_000)],
];

function stored(): Checker {
  const checker = new Checker(FLEET);
  let prev = EMPTY_HASH;
  for (const [i, batch] of turns.entries()) {
    const bytes = encode([2, FLEET, 1, prev, batch]);
    checker.stored(i + 1, bytes);
    prev = sha256(bytes);
  }
  expect(checker.breaches).toEqual([]);
  return checker;
}

/** What the operator is told at a time. */
const statusAt = (law: Law, at: number, refusedAtDoor: Record<string, number> = {}) => ({
  ...fleetView(law, at),
  attribution: attributionView(law, at),
  process: { refusedAtDoor },
});

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value), "utf8");
const told = (checker: Checker): readonly string[] =>
  checker.breaches.map(({ invariant, detail }) => `${invariant}: ${detail}`);

describe("the judge of reports", () => {
  test("SIM-070: views of the last message and of an earlier place are true; later ones are not yet", () => {
    const checker = stored();
    const view = agentView(checker.law, A, 5);
    checker.reports.reply(encode({ ok: true, view }, 16), "a");
    const fleet = statusAt(checker.law, 5);
    // After each turn: also between the two of the second message.
    const state = emptyState(FLEET);
    for (const [i, batch] of turns.entries()) {
      for (const [k, one] of batch.entries()) {
        foldTurn(state, one, { seq: i + 1, turn: k });
        const told = statusAt(state, 5);
        checker.reports.reply(encode({ ok: true, view: told }, 16), "operator");
      }
    }
    expect(told(checker)).toEqual([]);
    checker.reports.reply(encode({ ok: true, view: { ...fleet, seq: 3 } }, 16), "operator");
    expect(told(checker)).toEqual(["I13: view of operator names message 3, 2 are stored"]);
  });

  test.each([
    [{ collateral: "0.000001" }, "collateral is told as 0.000001, the books hold 0 (in 1e-6)"],
    [{ zone: "red" }, "zone is told as red, it is green"],
    [{ turns: 4 }, "turns is told as 4, it is 3"],
  ])("SIM-071: a fleet's view with %j is a breach, with both numbers", (wrong, detail) => {
    const checker = stored();
    const view = { ...statusAt(checker.law, 5), ...wrong };
    checker.reports.reply(encode({ ok: true, view }, 16), "operator");
    expect(told(checker)).toEqual([`I13: ${detail}`]);
  });

  test("SIM-099: refused replies are added up as the operator is told of them, over every process", () => {
    const checker = stored();
    const says = (counted: Record<string, number>): void => {
      const view = statusAt(checker.law, 5, counted);
      checker.reports.reply(encode({ ok: true, view }, 16), "operator");
    };
    for (const told of [2, 5, 1, 1]) says({ bad_reply: told });
    expect(checker.met.get("forged-refused")).toBe(6);
    says({});
    expect(checker.met.get("forged-refused")).toBe(6);
    expect(told(checker)).toEqual([]);
  });

  test("SIM-075: a cost of margin that is not what was held, or adds up to another, is a breach", () => {
    const checker = stored();
    const view = statusAt(checker.law, 5);
    const { lines, total, wallet } = view.attribution;
    const says = (attribution: object): void => {
      const status = { ...view, attribution: { ...view.attribution, ...attribution } };
      checker.reports.reply(encode({ ok: true, view: status }, 16), "operator");
    };
    says({ lines: lines.map((line) => ({ ...line, marginCost: "1" })) });
    says({ total: { ...total, marginCost: "2" } });
    says({ wallet: { ...wallet, marginCost: "3" } });
    expect(told(checker)).toEqual([
      "I13: margin cost of a is told as 1, the books hold 0 (in 1e-6)",
      "I13: marginCost in all is told as 2, the books hold 0 (in 1e-6)",
      "I13: margin cost of the wallet is told as 3, the books hold 0 (in 1e-6)",
    ]);
  });

  test("SIM-079: a result, a coin, a P&L or a sum of the attribution that the books do not hold is a breach", () => {
    const checker = stored();
    const view = statusAt(checker.law, 5);
    const { lines, total, wallet } = view.attribution;
    const says = (attribution: object): void => {
      const status = { ...view, attribution: { ...view.attribution, ...attribution } };
      checker.reports.reply(encode({ ok: true, view: status }, 16), "operator");
    };
    const each = (change: object) => ({ lines: lines.map((line) => ({ ...line, ...change })) });
    for (const change of [
      { results: { ...lines[0]?.results, fees: "1" } },
      { earned: { ETH: "0.00000001" } },
      ...[{ coins: "1" }, { realized: "1" }, { unrealized: "1" }, { pnl: "1" }],
      ...[{ pnlWeek: "1" }, { marginCostPerDay: "1" }, { valueAtRisk: "1" }],
    ])
      says(each(change));
    says({ total: { ...total, results: { ...total.results, casino: "1" } } });
    says({ wallet: { ...wallet, results: "1" } });
    const coin = { asset: "ETH", owned: "1", deposited: "0", results: "1" };
    says({ wallet: { ...wallet, coins: [coin] } });
    expect(told(checker).map((breach) => breach.replace(/ is told as.*/, ""))).toEqual([
      ...["I13: fees attributed to a", "I13: ETH of a", "I13: coins attributed to a"],
      ...["I13: attributed to a", "I13: attributed, open, to a", "I13: attributed in all to a"],
      ...["I13: pnlWeek in all", "I13: marginCostPerDay in all", "I13: valueAtRisk in all"],
      ...["I13: casino in all", "I13: results of the wallet", "I13: ETH of the wallet"],
    ]);
  });

  test("SIM-076: what margin has cost is added up turn by turn beside the law's own count", () => {
    const { journal } = given(
      ...fleetOf(ALICE),
      by(ALICE, "Reserve", { reservation: "r1", amount: "500", service: "escrow", ttlMs: 9e8 }),
      ...[wait(3_600_000), marks("10000"), wait(3_600_000)],
      by(ALICE, "Release", { reservation: "r1" }),
    );
    const meter = new CostMeter();
    const state = emptyState(DEMO);
    for (const { turn, place } of journal) {
      meter.passes(state, turn.at);
      foldTurn(state, turn, place);
      expect(meter.differs(state)).toBeUndefined();
    }
    // 500 for two hours at 5 %.
    const cost = 500_000_000n * 50_000n * 7_200_000n;
    state.past.cost -= 1n;
    const says = `margin has cost ${cost - 1n} by the law, ${cost} by what was held`;
    expect(meter.differs(state)).toBe(`${says} (micro x ppm x ms)`);
  });

  test("SIM-072: a risk snapshot that says what the books do not is a breach", () => {
    const checker = stored();
    const risk = riskView(checker.law, 5);
    checker.reports.risk(json(risk));
    expect(told(checker)).toEqual([]);
    checker.reports.risk(json({ ...risk, reserved: "1" }));
    expect(told(checker)).toEqual(["I13: reserved is told as 1, the books hold 0 (in 1e-6)"]);
  });

  test("SIM-073: events are kept in order, none left out, and say what happened", () => {
    const all = turns.flatMap((batch, i) => batch.flatMap((one, k) => publicEvents(one, i + 1, k)));
    const sound = stored();
    for (const event of all) sound.reports.event("evt", json(event));
    expect(told(sound)).toEqual([]);
    const skipped = stored();
    skipped.reports.event("evt", json(all[1]));
    expect(told(skipped)).toEqual(["I13: event 2.0.0 is kept, the journal's next is 1.0.0"]);
    const wrong = stored();
    wrong.reports.event("evt", json({ ...all[0], agent: "b" }));
    expect(told(wrong)).toEqual(["I13: AgentEnrolled.agent is told as b, it is a"]);
  });

  test("SIM-074: an amount is a decimal text, and no finer than its unit", () => {
    expect([unitsOf("1.5", 6), unitsOf("-0.000001", 6)]).toEqual([1_500_000n, -1n]);
    expect([unitsOf("1.0000001", 6), unitsOf(1, 6), unitsOf("1e3", 6)]).toEqual(
      Array.from({ length: 3 }, () => undefined),
    );
  });
});
