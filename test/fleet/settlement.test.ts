/** Settlement between agents: both consent, both books change exactly, and the venue never hears of it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { USDC } from "../../src/core/ids.ts";
import { formatDecimal } from "../../src/core/money.ts";
import { resultOf } from "../../src/fleet/ledger.ts";
import { agentView } from "../../src/fleet/views.ts";
import { ALICE, BOB, BTC_PERP, coins, DORA, FIVE_TIMES, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, held, positionOf } from "./crisis-cast.ts";
import { by, given, ops, type Story, wait } from "./spec.ts";
import { marks, order } from "./steps.ts";

const CAP = { cap: "500", leaseMs: 900_000 };
const LONG_AND_SHORT = [
  ...crisisFleet(crisisPolicy(CALLS), "3000", [ALICE, CAP], [BOB, CAP], [DORA, CAP]),
  ...held(ALICE, "0.1"),
  ...held(BOB, "0.06", "sell"),
];
const settle = (from: typeof ALICE, qty: string, more: { with?: string; ttlMs?: number } = {}) =>
  by(from, "Settle", { market: "btc-perp", qty, ttlMs: 60_000, ...more });
const effects = (story: Story): number => story.state.outbox.size;
const crosses = (story: Story) => eventsOf(story, "PositionsCrossed");

describe("settlement", () => {
  test("SET-001: one consent closes nothing and is shown to whoever holds the opposite", () => {
    const story = given(...LONG_AND_SHORT).when(settle(ALICE, "0.04"));
    story.brings({ type: "SettlementOffered", agent: ALICE, market: BTC_PERP, qty: coins("0.04") });
    expect(crosses(story)).toEqual([]);
    const offers = agentView(story.state, BOB, story.now)?.offers;
    expect(offers).toMatchObject([{ agent: "alice", market: "btc-perp", qty: "0.04" }]);
    expect(agentView(story.state, ALICE, story.now)?.offers).toEqual([]);
    expect(agentView(story.state, DORA, story.now)?.offers).toEqual([]);
  });

  test("SET-002: two consents close the smaller of both at the mark: no order, no fee, one shared result", () => {
    const story = given(...LONG_AND_SHORT, marks("9000"), settle(ALICE, "0.04"));
    const fees = resultOf(story.state.ledger, USDC, "fees", ALICE);
    const open = effects(story);
    story.given(settle(BOB, "0.05"));
    const [crossed, ...more] = crosses(story);
    expect(more).toEqual([]);
    expect(crossed).toMatchObject({ because: "settled", qty: coins("0.04"), notional: usd("360") });
    // A thousand lost on each coin of the long is won on each of the short.
    expect(crossed?.long.realized).toBe(usd("-40"));
    expect(crossed?.short.realized).toBe(usd("40"));
    expect(positionOf(story, ALICE)?.qty).toBe(coins("0.06"));
    expect(positionOf(story, BOB)?.qty).toBe(coins("-0.02"));
    expect(resultOf(story.state.ledger, USDC, "fees", ALICE)).toBe(fees);
    // Two stops follow what is left, and nothing else is asked of the venue.
    expect(effects(story)).toBe(open + 2);
    expect(positionOf(story, BOB)?.offer).toMatchObject({ qty: coins("0.01") });
    expect(positionOf(story, ALICE)?.offer).toBeUndefined();
  });

  test("SET-007: what is settled frees the margin of both, in the same turn and in proportion", () => {
    const story = given(...LONG_AND_SHORT, settle(ALICE, "0.04"));
    const margins = () => [ALICE, BOB].map((of) => positionOf(story, of)?.margin ?? 0n);
    const reserved = () => [ALICE, BOB].map((of) => story.state.agents.get(of)?.reserved ?? 0n);
    const [before, held, fleet] = [margins(), reserved(), story.state.reserved];
    story.when(settle(BOB, "0.04"));
    // 40 of the long's 100 lots are gone, and 40 of the short's 60.
    const freed = [((before[0] ?? 0n) * 40n) / 100n, ((before[1] ?? 0n) * 40n) / 60n];
    const sum = (freed[0] ?? 0n) + (freed[1] ?? 0n);
    expect(sum).toBeGreaterThan(0n);
    for (const [i, part] of freed.entries()) {
      expect((before[i] ?? 0n) - (margins()[i] ?? 0n)).toBe(part);
      expect((held[i] ?? 0n) - (reserved()[i] ?? 0n)).toBe(part);
    }
    expect(fleet - story.state.reserved).toBe(sum);
  });

  test("SET-003: a consent that ran out, or was meant for another, closes nothing", () => {
    const late = given(...LONG_AND_SHORT, settle(ALICE, "0.04", { ttlMs: 5_000 }), wait(5_000));
    late.given(marks("10000"), settle(BOB, "0.04"));
    expect(crosses(late)).toEqual([]);
    const others = given(...LONG_AND_SHORT, settle(ALICE, "0.04", { with: "dora" }));
    others.given(settle(BOB, "0.04"));
    expect(crosses(others)).toEqual([]);
    others.given(settle(ALICE, "0.04", { with: "bob" }));
    expect(crosses(others)).toHaveLength(1);
  });

  test("SET-004: what an order closes already is not settled as well", () => {
    const story = given(...LONG_AND_SHORT);
    story.given(order(ALICE, "out", { side: "sell", qty: "0.08", leverage: FIVE_TIMES }));
    story.when(settle(ALICE, "0.03")).refused("reduce_exceeds");
    story.given(settle(BOB, "0.06"), settle(ALICE, "0.02"));
    expect(crosses(story).map(({ qty }) => qty)).toEqual([coins("0.02")]);
  });

  test("SET-005: it needs a position of its own, another agent, lots, a fresh mark, and its own hands free", () => {
    const story = given(...LONG_AND_SHORT);
    story.when(settle(DORA, "0.01")).refused("unknown_position");
    story.when(settle(ALICE, "0.01", { with: "alice" })).refused("bad_field");
    story.when(settle(ALICE, "0.01", { with: "nobody" })).refused("unknown_agent");
    story.when(settle(ALICE, "0.0005")).refused("bad_lot");
    story.when(settle(ALICE, "0.2")).refused("reduce_exceeds");
    story
      .when(by(ALICE, "Settle", { market: "x-perp", qty: "1", ttlMs: 1 }))
      .refused("unknown_market");
    story.given(marks("10000"), wait(20_000)).when(settle(ALICE, "0.01")).refused("stale_mark");
    story.given(marks("10000"), ops("SetMode", { agent: ALICE, mode: "reduce", reason: "x" }));
    story.given(settle(ALICE, "0.01"));
    story.given(ops("SetMode", { agent: ALICE, mode: "halt", reason: "x" }));
    story.when(settle(ALICE, "0.01")).refused("halted");
    // Halted, the other side's consent is not acted on either.
    story.given(settle(BOB, "0.01"));
    expect(crosses(story)).toEqual([]);
  });

  test("SET-006: always the sum of positions and of results stays, whatever is settled at whatever mark", () => {
    const lots = (n: number): string => formatDecimal(BigInt(n), 3);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 7_000, max: 13_000 }),
        (long, short, mark) => {
          const story = given(...LONG_AND_SHORT, marks(`${mark}`), settle(ALICE, lots(long)));
          const realized = () =>
            [ALICE, BOB].reduce(
              (sum: bigint, of) => sum + (story.state.agents.get(of)?.realized ?? 0n),
              0n,
            );
          const before = realized();
          const { unrealized } = story.state;
          story.given(settle(BOB, lots(short)));
          expect(crosses(story).map(({ qty }) => qty)).toEqual([
            coins(lots(Math.min(long, short))),
          ]);
          const net = (positionOf(story, ALICE)?.qty ?? 0n) + (positionOf(story, BOB)?.qty ?? 0n);
          expect(net).toBe(coins("0.04"));
          expect(realized() + story.state.unrealized).toBe(before + unrealized);
        },
      ),
      { numRuns: 30 },
    );
  });
});
