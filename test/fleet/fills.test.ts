/** Fills: what they cost, what they bring, and whose they are, exact to the unit. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Micro, micro, qty, ZERO } from "../../src/core/money.ts";
import { bookFill } from "../../src/fleet/fills.ts";
import { balance } from "../../src/fleet/ledger.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { ALICE, at, BTC_PERP, coins, usd } from "./cast.ts";
import {
  ACCEPTED,
  answered,
  effectOf,
  given,
  ops,
  REJECTED,
  reported,
  tick,
  wait,
} from "./spec.ts";
import {
  aliceLong,
  closed,
  done,
  fill,
  fleetOf,
  marks,
  order,
  stopFill,
  strayFill,
} from "./steps.ts";

const alice = fleetOf(ALICE);
const position = (story: ReturnType<typeof given>, key = "alice/btc-perp") =>
  story.state.positions.get(key);
const sell = (name: string, size: string, fields = {}) =>
  order(ALICE, name, { side: "sell", qty: size, ...fields });

describe("a fill", () => {
  test("FIL-001: takes margin out of the hold, pays its fee, and asks for its stop", () => {
    const story = given(...alice, order(ALICE, "o1")).when(reported(fill(ALICE, "o1", "0.1")));
    story.brings(
      {
        type: "FillBooked",
        ...{ notional: usd("1000"), fee: usd("1"), realized: 0n, holdUsed: usd("203.01") },
        ...{ positionQty: coins("0.1"), positionCost: usd("1000"), positionMargin: usd("200") },
      },
      { type: "StopRequested", version: 1, side: "sell", qty: coins("0.1"), trigger: at("9215") },
      { type: "ReportsTaken", through: 2 },
    );
    expect(story.state.reserved).toBe(usd("200"));
    expect(balance(story.state.ledger, "USDC/wallet")).toBe(usd("9999"));
  });

  test("FIL-002: partial fills share the hold in proportion, and the last one takes the rest", () => {
    const story = given(...alice, order(ALICE, "o1"), reported(fill(ALICE, "o1", "0.033")));
    story.when(reported(fill(ALICE, "o1", "0.067")));
    expect(story.state.orders.get("alice/o1")?.hold).toBe(0n);
    expect(position(story)).toMatchObject({ qty: coins("0.1"), margin: usd("200") });
  });

  test("FIL-003: closing a part realizes its part, and the whole leaves exactly nothing", () => {
    const story = given(...aliceLong, sell("o2", "0.03")).when(
      reported(fill(ALICE, "o2", "0.03", "11000")),
    );
    story.bringsAmong({ type: "FillBooked", agent: ALICE, realized: usd("30") } as never);
    expect(position(story)).toMatchObject({ cost: usd("700"), margin: usd("140") });
    story.given(sell("o3", "0.07")).when(reported(fill(ALICE, "o3", "0.07", "9000")));
    expect(position(story)).toMatchObject({ qty: 0n, cost: 0n, margin: 0n, phase: "flat" });
    expect(story.state.agents.get(ALICE)?.realized).toBe(usd("30") - usd("70") - usd("1.96"));
  });

  test("FIL-004: a sale beyond the position closes it, opens a short, and moves the stop across", () => {
    const story = given(...aliceLong, sell("o2", "0.3")).when(reported(fill(ALICE, "o2", "0.3")));
    story.bringsAmong({
      type: "StopRequested",
      agent: ALICE,
      side: "buy",
      qty: coins("0.2"),
    } as never);
    expect(position(story)).toMatchObject({
      phase: "unprotected",
      qty: -coins("0.2"),
      cost: -usd("2000"),
      margin: usd("400"),
    });
  });

  test("FIL-005: a flip to the same size at the same stop price asks for the other side anew", () => {
    // The stop of the long lies above the price by now: it fits the short, but sells.
    const fallen = given(...aliceLong, marks("9200"), sell("o2", "0.2", { stop: "9215" }));
    fallen.when(reported(fill(ALICE, "o2", "0.2", "9200")));
    fallen.bringsAmong({
      type: "StopRequested",
      agent: ALICE,
      side: "buy",
      qty: coins("0.1"),
      trigger: at("9215"),
    } as never);
  });

  test("FIL-006: more than was ordered is booked, with margin of its own, and closed", () => {
    const story = given(...alice, order(ALICE, "o1"), reported(fill(ALICE, "o1", "0.1")));
    story.when(reported(fill(ALICE, "o1", "0.1")));
    expect(position(story)).toMatchObject({ qty: coins("0.2"), margin: usd("400") });
    expect(position(story)?.closing?.reason).toBe("overshot");
  });

  test("FIL-007: a fill that nobody ordered is the fleet's own, and closed", () => {
    const story = given(...alice).when(reported(strayFill("buy", "0.5")));
    story.bringsAmong({
      type: "PositionClosing",
      agent: "fleet",
      market: BTC_PERP,
      reason: "unordered",
    } as never);
    expect(story.state.agents.get(ALICE)?.reserved).toBe(0n);
    story.when(closed("fleet" as never, "0.5"));
    expect(story.state.reserved).toBe(0n);
  });

  test("FIL-008: a fill after its order's end is nobody's, but booked", () => {
    const story = given(...alice, order(ALICE, "o1"));
    const late = fill(ALICE, "o1", "0.1")(story.state);
    story.given(answered(effectOf("PlaceOrder"), REJECTED)).when(reported(late));
    story.bringsAmong({
      type: "PositionClosing",
      agent: "fleet",
      market: BTC_PERP,
      reason: "unordered",
    } as never);
  });

  test("FIL-009: a fill of nothing, or at no price, is kept and not booked", () => {
    const base = strayFill("buy", "0.1");
    for (const wrong of [
      { qty: qty(0n) },
      { qty: qty(-1n) },
      { price: at("0") },
      { notional: micro(-1n) },
    ]) {
      given(...alice)
        .when(reported({ ...base, ...wrong } as ReportBody))
        .brings({ type: "ReportUnmatched" }, { type: "ReportsTaken" });
    }
    given(...alice)
      .when(reported({ ...base, market: "moon-perp" } as ReportBody))
      .brings({ type: "ReportUnmatched" }, { type: "ReportsTaken" });
  });

  test("FIL-010: a better price for a sale may need more margin than was held, and commits it", () => {
    const story = given(...alice, sell("o1", "0.9"), ops("Cut", { agent: "alice", cap: "1000" }));
    story.when(reported(fill(ALICE, "o1", "0.9", "12000")));
    expect(position(story)?.margin).toBe(usd("2160"));
    expect(story.state.committed).toBe(usd("2160"));
  });

  test("FIL-011: an order of the coordinator's that opens is closed in turn", () => {
    const story = given(...aliceLong, sell("mine", "0.1", { limit: "10050" }), wait(5_000));
    story.given(ops("Revoke", { agent: "alice" }), reported(fill(ALICE, "mine", "0.1", "10050")));
    expect(position(story)?.phase).toBe("flat");
    const close = [...story.state.orders.values()].find((held) => held.cause !== "");
    story.when(reported(fill(ALICE, close?.order ?? "", "0.1")));
    story.bringsAmong({ type: "PositionClosing", agent: ALICE, market: BTC_PERP } as never);
  });

  test("FIL-012: a closing order that overshoots is closed in any mode", () => {
    const story = given(
      ...alice,
      order(ALICE, "o1"),
      reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")),
    );
    story.given(sell("mine", "0.1", { limit: "10050" }), wait(5_000), tick);
    const close = [...story.state.orders.values()].find((held) => held.cause === "unprotected");
    story.given(reported(fill(ALICE, "mine", "0.1", "10050")));
    story.when(reported(fill(ALICE, close?.order ?? "", "0.1")));
    story.bringsAmong({
      type: "PositionClosing",
      agent: ALICE,
      market: BTC_PERP,
      reason: "unprotected",
    } as never);
  });

  test("FIL-017: what an agent's order opens beyond what was approved is closed at once", () => {
    const reduce = ops("SetMode", { mode: "reduce", reason: "test" });
    for (const mode of [[], [reduce]]) {
      const story = given(...aliceLong, sell("mine", "0.1", { limit: "10050" }), ...mode);
      story.given(reported(stopFill(ALICE, "0.1", "9215")));
      story.when(reported(fill(ALICE, "mine", "0.1", "10050")));
      story.bringsAmong({ type: "PositionClosing", reason: "overshot" });
      expect(position(story)?.phase).toBe("closing");
      story.when(closed(ALICE, "0.1"));
      expect([position(story)?.phase, position(story)?.margin]).toEqual(["flat", 0n]);
    }
  });

  test("FIL-018: what it opens within what was approved is kept, before and after it closed", () => {
    const story = given(...aliceLong, sell("mine", "0.3"));
    story.when(reported(fill(ALICE, "mine", "0.2"))).bringsNo("PositionClosing");
    story.when(reported(fill(ALICE, "mine", "0.1"))).bringsNo("PositionClosing");
    story.when(reported(fill(ALICE, "mine", "0.001")));
    story.bringsAmong({ type: "PositionClosing", reason: "overshot" });
  });

  test("FIL-013: a stop's fill belongs to the owner of its slot", () => {
    const story = given(...aliceLong).when(reported(stopFill(ALICE, "0.1", "9215")));
    story.bringsAmong({ type: "StopRequested", agent: ALICE, qty: 0n } as never);
    expect(story.state.agents.get(ALICE)?.realized).toBe(-usd("78.5") - usd("1") - usd("0.9215"));
  });

  test("FIL-014: the accepted order works on; its end gives back what is left", () => {
    const story = given(...alice, order(ALICE, "o1"), answered(effectOf("PlaceOrder"), ACCEPTED));
    story.when(reported(done(ALICE, "o1", "0", "cancelled")));
    story.brings(
      { type: "OrderClosed", phase: "cancelled", released: usd("203.01") },
      { type: "ReportsTaken" },
    );
  });
});

describe("bookFill", () => {
  const fills = fc.array(
    fc.record({
      sign: fc.constantFrom(1n, -1n),
      size: fc.bigInt({ min: 1n, max: 10n ** 12n }),
      value: fc.bigInt({ min: 0n, max: 10n ** 15n }),
    }),
    { minLength: 1, maxLength: 40 },
  );

  test("FIL-015: always realized and cost together are the cash that moved, to the unit", () => {
    fc.assert(
      fc.property(fills, (all) => {
        let held = { qty: qty(0n), cost: ZERO, margin: ZERO as Micro };
        let cash = 0n;
        let realized = 0n;
        for (const { sign, size, value } of all) {
          const booked = bookFill(held, sign, qty(size), micro(value));
          cash -= sign * value;
          realized += booked.realized;
          held = {
            qty: booked.qty,
            cost: booked.cost,
            margin: micro(booked.margin + booked.openedValue),
          };
          expect(realized - held.cost).toBe(cash);
          if (held.qty === 0n) expect([held.cost, held.margin]).toEqual([0n, 0n]);
          expect(held.margin >= 0n).toBe(true);
        }
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  test("FIL-016: always the cost has the sign of the position", () => {
    fc.assert(
      fc.property(fills, (all) => {
        let held = { qty: qty(0n), cost: ZERO, margin: ZERO as Micro };
        for (const { sign, size, value } of all) {
          held = bookFill(held, sign, qty(size), micro(value));
          expect(held.qty > 0n ? held.cost >= 0n : held.cost <= 0n).toBe(true);
        }
      }),
      { seed: 12, numRuns: 300 },
    );
  });
});
