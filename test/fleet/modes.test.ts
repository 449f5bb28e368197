/** Modes and the kill switch: what is refused, cancelled and closed, and for how long. */
import { describe, expect, test } from "vitest";
import type { Mode } from "../../src/protocol/words.ts";
import { ALICE, BOB, BTC_PERP } from "./cast.ts";
import {
  answered,
  by,
  effectOf,
  given,
  ops,
  REJECTED,
  reported,
  type Step,
  tick,
  wait,
} from "./spec.ts";
import { aliceLong, closed, done, fill, fleetOf, marks, open, order } from "./steps.ts";

const mode = (to: Mode, agent?: string) =>
  ops("SetMode", { mode: to, reason: "test", ...(agent === undefined ? {} : { agent }) });
const reserve = (amount: string, reservation = "r1") =>
  by(ALICE, "Reserve", { reservation, amount, service: "trading", ttlMs: 600_000 });

/** Everything by which an agent could take new risk. */
const OPENINGS: readonly Step[] = [
  reserve("1", "r9"),
  order(ALICE, "n1"),
  order(ALICE, "n2", { side: "sell", qty: "0.2" }),
  by(ALICE, "PlaceBet", {
    bet: "n3",
    game: "dice",
    stake: "1",
    params: {},
    clientSeed: "alice-seed",
  }),
  by(ALICE, "OpenEscrow", {
    escrow: "n4",
    role: "pay",
    counterparty: "shop",
    amount: "1",
    timeoutMs: 9,
    description: "work",
  }),
  by(ALICE, "OpenLoan", { loan: "n5", asset: "USDC", amount: "1", minRate: 0, noticeMs: 9 }),
];

describe("modes", () => {
  test.each(["reduce", "halt", "flatten"] as const)(
    "MOD-001: in %s nothing new is opened, by an agent's mode or the fleet's",
    (to) => {
      for (const opening of OPENINGS) {
        given(...aliceLong, mode(to, "alice"))
          .when(opening)
          .refused(to === "reduce" ? "reduce_only" : "halted");
        given(...aliceLong, mode(to))
          .when(opening)
          .refused(to === "reduce" ? "reduce_only" : "halted");
      }
    },
  );

  test("MOD-002: one agent's halt is not another's", () => {
    given(...fleetOf(ALICE, BOB), mode("halt", "bob"))
      .when(reserve("1"))
      .brings({ type: "ReservationHeld" });
  });

  test("MOD-003: a mode is latched and numbered, and left only by another command", () => {
    const story = given(...aliceLong).when(mode("halt"));
    story.brings({ type: "ModeSet", agent: "fleet", mode: "halt", epoch: 1 });
    story.given(wait(500_000), tick, marks("10000"));
    story.when(reserve("1")).refused("halted");
    story.when(mode("run")).brings({ type: "ModeSet", epoch: 2 });
    story.when(reserve("1")).brings({ type: "ReservationHeld" });
  });

  test("MOD-004: halting cancels all orders, reducing only what would open", () => {
    const working = [
      ...aliceLong,
      order(ALICE, "in"),
      order(ALICE, "out", { side: "sell", limit: "10050" }),
    ];
    given(...working)
      .when(mode("reduce"))
      .brings({ type: "ModeSet" }, { type: "CancelRequested", order: "in" });
    given(...working)
      .when(mode("halt"))
      .brings(
        { type: "ModeSet" },
        { type: "CancelRequested", order: "in" },
        { type: "CancelRequested", order: "out" },
      );
  });

  describe("a cancel that the venue refused", () => {
    const placed = [...fleetOf(ALICE), order(ALICE, "in", { limit: "9950" })];
    const refused = answered(effectOf("CancelOrder"), REJECTED);
    const again = { type: "CancelRequested", order: "in" } as const;

    test("MOD-010: is asked again after the policy's wait, while its agent may not open", () => {
      const shut: readonly Step[] = [
        mode("halt"),
        mode("reduce", "alice"),
        ops("Revoke", { agent: "alice" }),
        ops("Recall", { agent: "alice", graceMs: 600_000 }),
      ];
      for (const closing of shut) {
        const story = given(...placed, closing, tick, refused, wait(1_999));
        story.when(tick).bringsNo("CancelRequested");
        for (let attempt = 0; attempt < 3; attempt++) {
          story.given(wait(1)).when(tick).bringsAmong(again);
          story.given(refused, wait(1_999));
        }
      }
      const lapsed = [...fleetOf(ALICE), wait(590_000), marks("10000"), placed.at(-1) ?? tick];
      const story = given(...lapsed, wait(10_000), tick, refused, wait(2_000));
      story.when(tick).bringsAmong(again);
    });

    test("MOD-011: is not asked again in run mode, nor of an order that is done", () => {
      const own = by(ALICE, "CancelOrder", { order: "in" });
      given(...placed, own, refused, wait(2_000))
        .when(tick)
        .bringsNo("CancelRequested");
      given(...placed, mode("halt"), refused, mode("run"), wait(2_000))
        .when(tick)
        .bringsNo("CancelRequested");
      const over = reported(done(ALICE, "in", "0", "cancelled"));
      given(...placed, mode("halt"), refused, over, wait(2_000))
        .when(tick)
        .bringsNo("CancelRequested");
    });

    test("MOD-012: is asked again for an order that only reduces where all is to stop", () => {
      const out = order(ALICE, "out", { side: "sell", limit: "10050" });
      const own = by(ALICE, "CancelOrder", { order: "out" });
      for (const [to, count] of [["reduce", 0] as const, ["halt", 1] as const]) {
        const story = given(...aliceLong, out, own, mode(to), refused, wait(2_000)).when(tick);
        const asked = story.last?.events.filter(({ type }) => type === "CancelRequested");
        expect(asked).toHaveLength(count);
      }
    });
  });

  test("MOD-005: flatten closes every position of every agent, and keeps trying", () => {
    const both = [...fleetOf(ALICE, BOB), order(ALICE, "o1"), order(BOB, "o1", { side: "sell" })];
    const story = given(...both, reported(fill(ALICE, "o1", "0.1"), fill(BOB, "o1", "0.1"))).when(
      mode("flatten"),
    );
    story.bringsAmong({
      type: "PositionClosing",
      agent: ALICE,
      market: BTC_PERP,
      reason: "flatten",
    });
    story.bringsAmong({ type: "PositionClosing", agent: BOB, market: BTC_PERP, reason: "flatten" });
    story.given(
      answered(
        (law) =>
          law.orders.get([...law.orders.keys()].find((key) => key.startsWith("alice/close")) ?? "")
            ?.name ?? ("" as never),
        REJECTED,
      ),
    );
    story.given(wait(2_000)).when(tick);
    story.bringsAmong({ type: "OrderApproved", agent: ALICE, forced: "flatten" } as never);
    story.when(closed(ALICE, "0.1")).when(closed(BOB, "0.1"));
    expect([...story.state.positions.values()].every((held) => held.qty === 0n)).toBe(true);
  });

  test("MOD-006: a fill that was on its way when the fleet was flattened is closed at once", () => {
    const story = given(...fleetOf(ALICE), order(ALICE, "o1"), mode("flatten"));
    story.when(reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")));
    story.bringsAmong({
      type: "PositionClosing",
      agent: ALICE,
      market: BTC_PERP,
      reason: "flatten",
    });
  });

  test("MOD-007: agents may reduce while reducing, and the coordinator alone while halted", () => {
    const out = order(ALICE, "out", { side: "sell", reduceOnly: true });
    given(...aliceLong, mode("reduce"))
      .when(out)
      .brings({ type: "OrderApproved" });
    given(...aliceLong, mode("flatten"))
      .when(out)
      .refused("nothing_to_reduce");
    given(...aliceLong, mode("halt"))
      .when(out)
      .refused("halted");
  });

  test("MOD-009: run mode cancels nothing, of an agent or the fleet", () => {
    for (const to of [mode("run", "alice"), mode("run")]) {
      given(...aliceLong, order(ALICE, "in"))
        .when(to)
        .brings({ type: "ModeSet", mode: "run" });
    }
  });

  test("MOD-008: a mode of an agent that is not there is refused, as is one of the fleet's own name", () => {
    given(...open)
      .when(mode("halt", "nobody"))
      .refused("unknown_agent");
    given(...open)
      .when(mode("halt", "fleet"))
      .refused("unknown_agent");
  });
});
