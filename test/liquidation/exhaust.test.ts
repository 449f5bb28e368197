/** All that a tier gives: what is taken back again as others go, to the millionth, and who goes first under a pace. */
import { expect, test } from "vitest";
import { exhaust } from "../../src/liquidation/exhaust.ts";
import type { PlanMarket, PlanPosition } from "../../src/liquidation/plan-types.ts";
import { COIN, chosen, held, market, taskOf } from "./tasks.ts";

/** Lots of each position that a tier closes when the need is beyond it; each USDC of cost counts against it. */
function closed(markets: PlanMarket[], rows: PlanPosition[], costShare = 0): number[] {
  const task = taskOf(10_000_000_000n, markets, rows, { costShare });
  return Array.from(exhaust(task, chosen(task, ...rows.map(() => 0))).lots);
}
const free = (id: string, over = {}) => market(id, { temporary: 0, ...over });
/** So many lots that free so many millionths and cost so many USDC, each. */
const of = (id: string, lots: bigint, frees: bigint, each: number): PlanPosition =>
  held(id, "m", { qty: lots * COIN, margin: lots * frees, hedge: each * Number(lots) });

test("EXHAUST-001: what was taken back goes whole again when others have made way for it", () => {
  // n lots of a market cost n squared. With four of each, a counts most with one lot; then b with two, a with
  // three, b with none, and a with all four: 40 less 16.
  const rows = [of("a", 4n, 10_000_000n, 0), of("b", 4n, 6_000_000n, 0)];
  expect(closed([market("m", { temporary: 1e-4 })], rows, 1_000_000)).toEqual([4, 0]);
});

test("EXHAUST-002: a lot is taken back that loses two millionths, and not for one, which is rounding", () => {
  const lot = (cost: number): number[] => closed([free("m")], [of("a", 1n, 3n, cost)], 1_000_000);
  // 3 less 4.5 rounded up, and 3 less 3.5 rounded up.
  expect(lot(4.5e-6)).toEqual([0]);
  expect(lot(3.5e-6)).toEqual([1]);
});

test("EXHAUST-003: under a pace the first lot's rate decides, not the second's", () => {
  const paced = [free("m", { pace: 3n * COIN })];
  // The second lot of a is not there: its rate by two lots would be less than b's.
  const rows = [of("a", 1n, 10_000_000n, 1.5), of("b", 5n, 10_000_000n, 1)];
  expect(closed(paced, rows)).toEqual([0, 3]);
});

test("EXHAUST-004: what frees nothing goes last, what frees little by its rate", () => {
  const paced = [free("m", { pace: 3n * COIN })];
  const idle = of("a", 5n, 0n, 0);
  expect(closed(paced, [idle, of("b", 5n, 10_000_000n, 1)])).toEqual([0, 3]);
  expect(closed(paced, [idle, of("b", 2n, 10_000_000n, 1)])).toEqual([1, 2]);
  // Half a USDC for 0.05, and ten for five.
  expect(closed(paced, [of("a", 5n, 10_000_000n, 5), of("b", 5n, 500_000n, 0.05)])).toEqual([0, 3]);
});
