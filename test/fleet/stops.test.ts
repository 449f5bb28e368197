/** Native stops: no position stays without one longer than the policy's time. */
import { describe, expect, test } from "vitest";
import { ONE, percent } from "../../src/core/ppm.ts";
import { leverageOf } from "../../src/fleet/orders.ts";
import type { RejectionCode } from "../../src/protocol/rejections.ts";
import { ALICE, at, BTC_PERP, coins, POLICY, usd } from "./cast.ts";
import {
  ACCEPTED,
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
import {
  aliceLong,
  closed,
  configured,
  done,
  fill,
  fleetOf,
  marks,
  order,
  stopFailed,
  stopSet,
  stopTriggered,
  strayFill,
} from "./steps.ts";

const opened = [
  ...fleetOf(ALICE),
  order(ALICE, "o1"),
  reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")),
];
const position = (story: ReturnType<typeof given>) => story.state.positions.get("alice/btc-perp");
const closing = (reason: string) =>
  ({ type: "PositionClosing", agent: ALICE, market: BTC_PERP, reason }) as const;

describe("protection", () => {
  test("STP-001: a position is protected when the venue confirms the last stop, not when it accepts", () => {
    const story = given(...opened, answered(effectOf("SetStop"), ACCEPTED));
    expect(position(story)?.phase).toBe("unprotected");
    story
      .when(reported(stopSet(ALICE)))
      .brings({ type: "StopConfirmed", version: 1 }, { type: "ReportsTaken" });
    expect(position(story)?.phase).toBe("protected");
  });

  test("STP-002: unprotected for longer than allowed it is flattened: never early, once, also overdue", () => {
    given(...opened, wait(4_999))
      .when(tick)
      .bringsNo("PositionClosing");
    for (const late of [5_000, 5_000_000]) {
      const story = given(...opened, wait(late))
        .when(tick)
        .bringsAmong(closing("unprotected"));
      story.when(tick).bringsNothing();
      story.when(closed(ALICE, "0.1"));
      expect(position(story)?.phase).toBe("flat");
    }
  });

  test("STP-003: a protected position is left alone", () => {
    given(...aliceLong, wait(60_000))
      .when(tick)
      .bringsNo("PositionClosing");
  });

  test("STP-004: growing does not win time", () => {
    const more = [order(ALICE, "o2"), reported(fill(ALICE, "o2", "0.1"))];
    given(...opened, wait(4_000), ...more, wait(999))
      .when(tick)
      .bringsNo("PositionClosing");
    given(...opened, wait(4_000), ...more, wait(1_000))
      .when(tick)
      .bringsAmong(closing("unprotected"));
  });

  test("STP-005: a protected position that grows is unprotected from then on", () => {
    const story = given(...aliceLong, wait(60_000), marks("10000"), order(ALICE, "o2"));
    story.given(reported(fill(ALICE, "o2", "0.1")));
    expect(position(story)?.phase).toBe("unprotected");
    story.given(wait(4_999)).when(tick).bringsNo("PositionClosing");
    story.given(wait(1)).when(tick).bringsAmong(closing("unprotected"));
  });

  test("STP-006: an older stop's confirmation protects nothing, nor does one of a smaller size", () => {
    const story = given(...opened, order(ALICE, "o2"));
    const older = stopSet(ALICE)(story.state);
    story
      .given(reported(fill(ALICE, "o2", "0.1")))
      .when(reported(older))
      .brings({ type: "ReportsTaken" });
    const less = { ...stopSet(ALICE)(story.state), qty: coins("0.1") };
    story.when(reported(less as never)).brings({ type: "ReportsTaken" });
    expect(position(story)?.phase).toBe("unprotected");
    story.when(reported(stopSet(ALICE)));
    expect(position(story)?.phase).toBe("protected");
  });

  test("STP-007: a stop that fails, or is refused, closes its position at once; an older one does not", () => {
    given(...opened)
      .when(reported(stopFailed(ALICE)))
      .bringsAmong(closing("unprotected"));
    given(...opened)
      .when(answered(effectOf("SetStop"), REJECTED))
      .bringsAmong(closing("unprotected"));
    const story = given(...opened, order(ALICE, "o2"));
    const older = stopFailed(ALICE)(story.state);
    story
      .given(reported(fill(ALICE, "o2", "0.1")))
      .when(reported(older))
      .bringsNo("PositionClosing");
  });

  test("STP-008: a stop that has triggered and not filled in time is closed by the coordinator", () => {
    const story = given(...aliceLong).when(reported(stopTriggered(ALICE)));
    story.brings({ type: "StopTriggered" }, { type: "ReportsTaken" });
    expect(position(story)?.phase).toBe("unprotected");
    story.given(wait(4_999)).when(tick).bringsNo("PositionClosing");
    story.given(wait(1)).when(tick).bringsAmong(closing("unprotected"));
  });

  test("STP-009: a report on a stop that nobody has is kept", () => {
    given(...fleetOf(ALICE))
      .when(reported({ type: "stopSet", slot: "bob.btc-perp", version: 1, qty: coins("1") }))
      .brings({ type: "ReportUnmatched" }, { type: "ReportsTaken" });
  });
});

describe("moving a stop", () => {
  const move = (stop: string) => by(ALICE, "MoveStop", { market: "btc-perp", stop });

  test("STP-010: it is asked for under a new version; the old one protects until then", () => {
    const story = given(...aliceLong).when(move("9500"));
    story.brings({ type: "StopRequested", version: 2, trigger: at("9500"), qty: coins("0.1") });
    expect(position(story)?.phase).toBe("protected");
    story.when(move("9500")).bringsNothing();
  });

  test("STP-011: it stays on the losing side and nearer than liquidation", () => {
    given(...aliceLong)
      .when(move("10000"))
      .refused("stop_wrong_side");
    given(...aliceLong)
      .when(move("8429"))
      .refused("stop_too_far");
    given(...aliceLong, wait(10_001))
      .when(move("9500"))
      .refused("stale_mark");
  });

  test("STP-012: while only reducing a stop may come nearer and not go away", () => {
    const reduce = ops("SetMode", { mode: "reduce", reason: "test" });
    given(...aliceLong, reduce)
      .when(move("9500"))
      .brings({ type: "StopRequested" });
    given(...aliceLong, reduce)
      .when(move("9000"))
      .refused("reduce_only");
    given(...aliceLong, reduce)
      .when(move("9215"))
      .bringsNothing();
  });

  test("STP-019: it goes further off only where the position could be opened, and nearer always", () => {
    const lapsed: readonly Step[] = [wait(600_000), tick, marks("10000")];
    const zoned = (yellow: number, orange: number) =>
      configured(
        {
          ...POLICY,
          zones: { ...POLICY.zones, yellow: percent(yellow), orange: percent(orange) },
        },
        "p2",
      );
    const shut: readonly (readonly [RejectionCode, ...Step[]])[] = [
      ["reduce_only", ops("SetMode", { mode: "reduce", reason: "test", agent: "alice" })],
      ["halted", ops("SetMode", { mode: "halt", reason: "test" })],
      ["reduce_only", ops("Recall", { agent: "alice", graceMs: 600_000 })],
      ["lease_expired", ...lapsed],
      ["zone_closed", zoned(1, 75), marks("10000")],
      ["zone_closed", zoned(0.5, 1), marks("10000")],
    ];
    for (const [code, ...steps] of shut) {
      const story = given(...aliceLong, ...steps);
      story.when(move("9000")).refused(code);
      story.when(move("9500")).bringsAmong({ type: "StopRequested", trigger: at("9500") });
    }
    given(...aliceLong)
      .when(move("9000"))
      .brings({ type: "StopRequested" });
  });

  test("STP-020: without leverage it may go further off in the yellow zone, not in the orange", () => {
    const plain = [
      ...fleetOf(ALICE),
      order(ALICE, "o1", { leverage: ONE }),
      reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")),
      reported(stopSet(ALICE)),
    ];
    const zones = { ...POLICY.zones, yellow: percent(1) };
    const yellow = given(...plain, configured({ ...POLICY, zones }, "p2"), marks("10000"));
    expect(yellow.state.zone).toBe("yellow");
    yellow.when(move("4900")).brings({ type: "StopRequested" });
    const orange = configured({ ...POLICY, zones: { ...zones, orange: percent(5) } }, "p2");
    given(...plain, orange, marks("10000"))
      .when(move("4900"))
      .refused("zone_closed");
  });

  test("STP-018: a position stands at its value over its margin, at 100x where it has none", () => {
    expect(leverageOf(usd("200"), usd("1000"))).toBe(5_000_000);
    expect(leverageOf(usd("2000"), usd("1000"))).toBe(1_000_000);
    expect(leverageOf(usd("1"), usd("1000"))).toBe(200_000_000);
    expect(leverageOf(usd("0"), usd("1000"))).toBe(100_000_000);
  });

  test("STP-013: the stop of a position that is being closed is not moved", () => {
    given(...opened, wait(5_000), tick)
      .when(move("9500"))
      .refused("illegal_phase");
  });
});

describe("closing", () => {
  test("STP-014: a closing order that does not fill is tried again after the policy's wait, and again", () => {
    const story = given(...opened, wait(5_000), tick);
    for (let attempt = 0; attempt < 3; attempt++) {
      const close = [...story.state.orders.values()][0]?.order ?? "";
      story.given(reported(done(ALICE, close, "0", "cancelled")), wait(1_999));
      story.when(tick).bringsNo("OrderApproved");
      story
        .given(wait(1))
        .when(tick)
        .bringsAmong({ type: "OrderApproved", agent: ALICE, forced: "unprotected" } as never);
    }
  });

  test("STP-015: what is left after a partial close is closed by the next order", () => {
    const story = given(...opened, wait(5_000), tick);
    const close = [...story.state.orders.values()][0]?.order ?? "";
    story.given(
      reported(fill(ALICE, close, "0.04"), done(ALICE, close, "0.04", "cancelled")),
      wait(2_000),
    );
    story
      .when(tick)
      .bringsAmong({ type: "OrderApproved", agent: ALICE, qty: coins("0.06") } as never);
  });

  test("STP-016: a position without a mark is closed at the first one", () => {
    const story = given(configured()).when(reported(strayFill("buy", "0.1")));
    story.bringsNo("OrderApproved");
    story
      .when(marks("10000"))
      .bringsAmong({ type: "OrderApproved", agent: "fleet", forced: "unordered" } as never);
    story.when(marks("10001")).bringsNo("OrderApproved");
  });

  test("STP-017: closing reaches three collars from the mark, further than opening may", () => {
    given(...opened, wait(5_000))
      .when(tick)
      .bringsAmong({ type: "OrderApproved", agent: ALICE, limit: at("9700"), tif: "ioc" } as never);
  });
});
