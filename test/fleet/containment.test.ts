/** Containment: who misbehaves at the door may only reduce, and everybody is told why. */
import { describe, expect, test } from "vitest";
import { percent, ppm } from "../../src/core/ppm.ts";
import { isLie } from "../../src/fleet/lies.ts";
import type { Command } from "../../src/protocol/turns.ts";
import type { ContainCause } from "../../src/protocol/words.ts";
import { ALICE, BOB, FIVE_TIMES, T0 } from "./cast.ts";
import { crisisFleet, crisisPolicy } from "./crisis-cast.ts";
import { by, type Draft, given, inner, ops, type Step } from "./spec.ts";
import { aliceLong, fleetOf, order } from "./steps.ts";

const contain = (cause: ContainCause = "flood", agent = ALICE) =>
  inner("Contain", { agent, cause, count: 500, windowMs: 1_000 });
const reserve = (agent = ALICE) =>
  by(agent, "Reserve", { reservation: "c1", amount: "1", service: "trading", ttlMs: 60_000 });

describe("containment", () => {
  test.each(["flood", "nonsense", "forgery", "failing", "lies"] as const)(
    "CON-001: %s is told with its figures, and the agent is set to reduce, with words for why",
    (cause) => {
      const story = given(...aliceLong).when(contain(cause));
      story.brings(
        { type: "AgentContained", agent: ALICE, cause, count: 500, windowMs: 1_000 },
        { type: "ModeSet", agent: ALICE, mode: "reduce" },
      );
      expect(story.last?.events[1]).toMatchObject({
        reason: expect.stringMatching(/^contained: .* \(500 times within 1 s\)$/),
      });
    },
  );

  test("CON-002: its margin is frozen: it opens nothing, it may close what it has", () => {
    given(...aliceLong, contain())
      .when(reserve())
      .refused("reduce_only");
    given(...aliceLong, contain())
      .when(order(ALICE, "n1"))
      .refused("reduce_only");
    given(...aliceLong, contain())
      .when(order(ALICE, "n2", { side: "sell", qty: "0.1", reduceOnly: true }))
      .bringsAmong({ type: "OrderApproved", opening: 0n });
  });

  test("CON-003: what it has resting and would open is cancelled", () => {
    const resting = order(ALICE, "n3", { limit: "9900" });
    given(...fleetOf(ALICE), resting)
      .when(contain())
      .bringsAmong({ type: "CancelRequested", agent: ALICE, order: "n3" });
  });

  test("CON-004: the others go on as before", () => {
    given(...fleetOf(ALICE, BOB), contain())
      .when(reserve(BOB))
      .brings({ type: "ReservationHeld", agent: BOB });
  });

  test("CON-005: it is told once, until the operator lets it open again", () => {
    given(...aliceLong, contain())
      .when(contain("nonsense"))
      .bringsNothing();
    const back = ops("SetMode", { agent: "alice", mode: "run", reason: "mended" });
    given(...aliceLong, contain(), back)
      .when(reserve())
      .brings({ type: "ReservationHeld", agent: ALICE });
    given(...aliceLong, contain(), back)
      .when(contain("nonsense"))
      .bringsAmong({ type: "AgentContained", cause: "nonsense" });
  });

  test("CON-006: a harder mode is not loosened to reduce", () => {
    const halted = ops("SetMode", { agent: "alice", mode: "halt", reason: "test" });
    given(...aliceLong, halted)
      .when(contain())
      .bringsNothing();
  });
});

describe("what counts as a lie", () => {
  /** Is the last command, which is refused, one? */
  const isOne = (...steps: readonly Step[]): boolean => {
    const claim = steps.at(-1) as Draft;
    const story = given(...steps.slice(0, -1)).when(claim);
    const rejection = story.last?.rejection;
    if (rejection === undefined) throw new Error("a claim of these is refused");
    const command = { type: claim.type, stamp: { from: claim.from }, body: claim.body };
    return isLie(story.state, command as unknown as Command, rejection);
  };
  const hold = (amount: string): Draft =>
    by(ALICE, "Reserve", { reservation: "c2", amount, service: "trading", ttlMs: 60_000 });

  test("CON-107: what it never had, what is another's, and more than there is", () => {
    const bobs = by(BOB, "Reserve", {
      reservation: "b",
      amount: "1",
      service: "trading",
      ttlMs: 60_000,
    });
    const fleet = fleetOf(ALICE, BOB);
    expect(isOne(...fleet, bobs, by(ALICE, "Release", { reservation: "b" }))).toBe(true);
    expect(isOne(...fleet, by(ALICE, "CancelOrder", { order: "none" }))).toBe(true);
    const past = order(ALICE, "r1", { side: "sell", qty: "999", reduceOnly: true });
    expect(isOne(...aliceLong, past)).toBe(true);
    expect(isOne(...fleet, hold("900000000"))).toBe(true);
  });

  test("CON-108: to be short of margin, or held, is none", () => {
    const fleet = fleetOf(ALICE);
    const most = by(ALICE, "Reserve", {
      ...{ reservation: "most", amount: "2000", service: "trading", ttlMs: 60_000 },
    });
    expect(isOne(...fleet, most, hold("1"))).toBe(false);
    expect(isOne(...fleet, contain(), hold("1"))).toBe(false);
    // As much as was lent is asked for in vain, more than that against better knowledge; held, it matters not.
    expect(isOne(...fleet, most, hold("2000"))).toBe(false);
    expect(isOne(...fleet, most, hold("2000.000001"))).toBe(true);
    expect(isOne(...fleet, contain(), hold("900000000"))).toBe(false);
    const high = order(ALICE, "h1", { leverage: 190_000_000 });
    expect(isOne(...fleet, contain(), high)).toBe(false);
    expect(isOne(...fleet, most, most)).toBe(false);
  });

  test("CON-109: leverage over its own or the market's is one; what the calendar takes off is none", () => {
    const event = {
      name: "x",
      at: T0,
      beforeMs: 60_000,
      afterMs: 60_000,
      maxLeverage: ppm(2_000_000),
    };
    const policy = crisisPolicy({ calendar: [{ ...event, buffer: percent(0) }] });
    const fleet = crisisFleet(policy, "10000", [ALICE, { cap: "2000", maxLeverage: FIVE_TIMES }]);
    const ask = (leverage: number) => order(ALICE, "o1", { qty: "0.01", leverage });
    expect(isOne(...fleet, ask(2_000_001))).toBe(false);
    expect(isOne(...fleet, ask(5_000_000))).toBe(false);
    expect(isOne(...fleet, ask(5_000_001))).toBe(true);
    const more = crisisFleet(policy, "10000", [
      ALICE,
      { cap: "2000", maxLeverage: ppm(20_000_000) },
    ]);
    expect(isOne(...more, ask(10_000_000))).toBe(false);
    expect(isOne(...more, ask(10_000_001))).toBe(true);
  });
});
