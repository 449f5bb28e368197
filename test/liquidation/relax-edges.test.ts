/** The dual of one market by hand, and the prices at which its search begins and ends. */
import { describe, expect, test } from "vitest";
import { choose } from "../../src/liquidation/choice.ts";
import type { PlanMarket, PlanPosition } from "../../src/liquidation/plan-types.ts";
import { type Relaxed, relax } from "../../src/liquidation/relax.ts";
import { fillSide, relaxTask, slopeFor } from "../../src/liquidation/relax-market.ts";
import { held, market } from "./hand.ts";
import { taskOf } from "./tasks.ts";

/** The slope of one market of members with these turns, and the lots of each. */
function solved(
  over: Partial<PlanMarket>,
  members: readonly (readonly [bigint, number])[],
  others: readonly PlanPosition[] = [],
) {
  const positions = members.map(([coins], i) => held(`p${i}`, "m", coins));
  const { book, open } = taskOf(1n, [market("m", { fee: 0, ...over })], [...positions, ...others]);
  const task = relaxTask(book, choose(book, new Float64Array(members.length)), open, 1);
  const [side] = task.sides;
  if (side === undefined) throw new Error("one market");
  members.forEach(([, turn], k) => {
    side.turns[k] = turn;
  });
  const slope = slopeFor(task, side);
  const lots = new Float64Array(members.length);
  fillSide(task, side, slope, lots);
  return { slope, lots: [...lots] };
}

function relaxed(
  need: bigint,
  markets: PlanMarket[],
  positions: PlanPosition[],
  costShare = 0,
): Relaxed {
  const { book, open } = taskOf(need, markets, positions, { costShare });
  const base = choose(book, new Float64Array(positions.length));
  return relax(book, base, open, Number(need));
}

describe("one market by hand", () => {
  test("RELAX-008: of a short and a long on the slope only the one that is wanted closes, in part", () => {
    // Impact of 1e-5: at a slope of a thousandth the market takes 50 USDC, half a lot.
    const two = solved({}, [
      [-100n, 0.001],
      [100n, 0.001],
    ]);
    expect(two.slope).toBe(0.001);
    expect(two.lots).toEqual([0, expect.closeTo(0.5, 9)]);
    const small = solved({}, [
      [-100n, 1e-5],
      [100n, 1e-5],
    ]);
    expect(small.lots).toEqual([0, expect.closeTo(0.005, 9)]);
    // The other way round: below nought the short is wanted.
    const short = solved({}, [
      [100n, -0.001],
      [-100n, -0.001],
    ]);
    expect(short.lots).toEqual([0, expect.closeTo(0.5, 9)]);
  });

  test("RELAX-009: between two turns the slope is that of what is sent whole, and of nothing else", () => {
    // A hundred USDC are sent at 7.5e-6: twice that is the slope.
    const impact = { temporary: 7.5e-6 };
    const longs = solved(impact, [
      [1n, 0.01],
      [1n, 0.0005],
    ]);
    expect(longs.slope).toBeCloseTo(0.0015, 12);
    expect(longs.lots).toEqual([1, 0]);
    const shorts = solved(impact, [
      [-1n, -0.01],
      [-1n, -0.0005],
    ]);
    expect(shorts.slope).toBeCloseTo(-0.0015, 12);
    expect(shorts.lots).toEqual([1, 0]);
  });

  test("RELAX-010: without a price the slope is nought; where a market bends it is where the answer jumps", () => {
    // Any slope within the fee would do to send nothing, with a long or a short left in the market.
    for (const kept of [100n, -100n]) {
      const none = solved({ fee: 0.001 }, [[-10n, 0]], [held("x", "m", kept, { isolated: true })]);
      expect(Math.abs(none.slope)).toBeLessThanOrEqual(1e-12);
    }
    // 1,000 USDC held: all or nothing, and all from half of 1e-5 x 1,000 on.
    const bent = solved({ temporary: 0, permanent: 1e-5 }, [[10n, 0.01]]);
    expect(bent.slope).toBeCloseTo(0.005, 9);
    expect(bent.lots).toEqual([10]);
  });
});

describe("prices of margin", () => {
  const free = (id: string): PlanMarket => market(id, { temporary: 0, fee: 0 });

  test("RELAX-011: the plan short of the need is that of the last price that is short", () => {
    // Each frees a hundred: a for 0.04, b for a hair above 0.08.
    const found = relaxed(
      200_000_000n,
      [free("m"), free("n")],
      [held("a", "m", 10n, { funding: 0.04 }), held("b", "n", 10n, { funding: 0.08 + 1e-10 })],
    );
    expect(found.price).toBeCloseTo(8e-4, 9);
    expect([...found.low]).toEqual([10, 0]);
    expect([...found.high]).toEqual([10, 10]);
  });

  test("RELAX-012: what cannot be had is asked at a billion, or just below the price that eats itself", () => {
    const one = [held("a", "m", 10n, { funding: 1 })];
    expect(relaxed(1_000_000_000n, [free("m")], one).price).toBe(1e9);
    // Half of each cost is to be freed too: at a price of two nothing is left of it.
    const shared = relaxed(1_000_000_000n, [free("m")], one, 500_000);
    expect(shared.price).toBeLessThan(2);
    expect(shared.price).toBeCloseTo(2, 8);
    expect(shared.bound).toBeGreaterThan(1e9);
  });

  test("RELAX-014: where nothing is needed any price up to the first says so, and the higher one is told", () => {
    const none = relaxed(0n, [market("m")], [held("a", "m", 10n)]);
    expect(none.bound).toBe(0);
    expect(none.price).toBeGreaterThan(0);
    expect(none.price).toBeLessThan(1e-14);
  });

  test("RELAX-013: a cost of less than one USDC counts as it is", () => {
    // A hundred for 0.5, all of which is to be freed too: 99.5 count.
    const one = [held("a", "m", 10n, { funding: 0.5 })];
    expect(relaxed(99_400_000n, [free("m")], one, 1_000_000).price).toBeLessThan(0.01);
    expect(relaxed(99_600_000n, [free("m")], one, 1_000_000).price).toBeGreaterThan(0.99);
  });
});
