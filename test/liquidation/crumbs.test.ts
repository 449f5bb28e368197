/** Crumbs: what is next to nothing of a plan, who may give it instead, and what that may cost. */
import { describe, expect, test } from "vitest";
import type { Choice } from "../../src/liquidation/choice.ts";
import { withoutCrumbs } from "../../src/liquidation/crumbs.ts";
import type { PlanPosition } from "../../src/liquidation/plan-types.ts";
import type { Task } from "../../src/liquidation/search.ts";
import { COIN, chosen, held, market, taskOf } from "./tasks.ts";

const USDC = 1_000_000n;
const free = (id: string, over = {}) => market(id, { temporary: 0, ...over });
/** So many lots of 100 USDC that free ten each, and cost so much each. */
const lots = (id: string, count: bigint, each: number, over: Partial<PlanPosition> = {}) =>
  held(id, "m", {
    qty: count * COIN,
    margin: count * 10n * USDC,
    hedge: each * Number(count),
    ...over,
  });
const left = (task: Task, plan: Choice, dearest = Number.POSITIVE_INFINITY): number[] =>
  Array.from(withoutCrumbs(task, plan, dearest).lots);

/** Forty thousand lots of `big` at half a USDC each, and three of `crumb` that cost nothing. */
const task = (over: Partial<PlanPosition> = {}, rest: readonly PlanPosition[] = []): Task =>
  taskOf(
    400_030n * USDC,
    [free("m")],
    [lots("big", 60_000n, 0.5), lots("crumb", 3n, 0, over), ...rest],
  );

describe("a crumb", () => {
  test("CRUMB-001: is left alone where what is closed anyway gives as much for hardly more", () => {
    const one = task();
    // 1.5 more of 20,000.
    expect(left(one, chosen(one, 40_000, 3))).toEqual([40_003, 0]);
  });

  test("CRUMB-002: stays where that costs more than a hundredth of a per cent, or more than a simple rule", () => {
    // Each lot of it frees forty: twelve of the others would cost six, of 20,000.
    const rich = taskOf(
      400_120n * USDC,
      [free("m")],
      [lots("big", 60_000n, 0.5), lots("crumb", 3n, 0, { margin: 120n * USDC })],
    );
    expect(left(rich, chosen(rich, 40_000, 3))).toEqual([40_000, 3]);
    const one = task();
    expect(left(one, chosen(one, 40_000, 3), 20_001)).toEqual([40_000, 3]);
    expect(left(one, chosen(one, 40_000, 3), 20_002)).toEqual([40_003, 0]);
  });

  test("CRUMB-003: is at most a ten-thousandth of what is closed, by value", () => {
    // Lots of one USDC beside two of a hundred: 200 of 2,000,000, and of one USDC less.
    const fine = (count: number): number[] => {
      const big = held("big", "n", {
        qty: 3_000_000n * COIN,
        margin: 3_000_000n * 10n * USDC,
        hedge: 30_000,
      });
      const need = BigInt(count) * 10n * USDC + 20n * USDC;
      const one = taskOf(need, [free("m"), free("n", { mark: COIN })], [big, lots("crumb", 2n, 0)]);
      return left(one, chosen(one, count, 2));
    };
    expect(fine(1_999_800)).toEqual([1_999_802, 0]);
    expect(fine(1_999_799)).toEqual([1_999_799, 2]);
  });

  test("CRUMB-004: is more than one lot: a single one is as little as can be closed", () => {
    const need = (n: bigint) =>
      taskOf(
        400_000n * USDC + n * 10n * USDC,
        [free("m")],
        [lots("big", 60_000n, 0.5), lots("crumb", 3n, 0)],
      );
    expect(left(need(1n), chosen(need(1n), 40_000, 1))).toEqual([40_000, 1]);
    expect(left(need(2n), chosen(need(2n), 40_000, 2))).toEqual([40_002, 0]);
  });
});

describe("who gives it instead", () => {
  test("CRUMB-005: never itself, nor who is not touched so far, though it be cheaper", () => {
    // By the order of the ids the crumb and the idle one come first.
    const rows = [lots("a", 3n, 0), lots("b", 60_000n, 0.1), lots("c", 60_000n, 0.5)];
    const one = taskOf(400_030n * USDC, [free("m")], rows);
    expect(left(one, chosen(one, 3, 0, 40_000))).toEqual([0, 0, 40_003]);
    // Who closes one lot is touched, where that is no crumb itself.
    const dear = taskOf(
      400_030n * USDC,
      [free("m"), free("n", { mark: 10_000n * COIN })],
      rows.map((row) => (row.id === "b" ? { ...row, market: "n" } : row)),
    );
    expect(left(dear, chosen(dear, 3, 1, 39_999))).toEqual([0, 4, 39_999]);
  });

  test("CRUMB-006: no more than the pace of its market lets it", () => {
    const paced = (pace: bigint): number[] => {
      const markets = [free("m"), free("n", { pace: pace * COIN })];
      const rows = [lots("big", 60_000n, 0.5, { market: "n" }), lots("crumb", 3n, 0)];
      const one = taskOf(400_030n * USDC, markets, rows);
      return left(one, chosen(one, 40_000, 3));
    };
    expect(paced(40_003n)).toEqual([40_003, 0]);
    expect(paced(40_002n)).toEqual([40_000, 3]);
  });

  test("CRUMB-007: all of what is missing, to the millionth", () => {
    // All that is left of it frees a millionth less than the crumb does.
    const big = lots("big", 40_003n, 0.5, { margin: 400_030n * USDC - 1n });
    const one = taskOf(
      400_030n * USDC,
      [free("m")],
      [big, lots("crumb", 3n, 0, { margin: 30n * USDC + 3n })],
    );
    expect(left(one, chosen(one, 40_000, 3))).toEqual([40_000, 3]);
    const less = { ...one, need: one.need - 1 };
    expect(left(less, chosen(less, 40_000, 3))).toEqual([40_003, 0]);
  });

  test("CRUMB-008: nothing that nobody needs: a crumb that pays for itself stays", () => {
    // Without it the others are exactly enough: one lot more of them would be a lot over.
    const one = task({ hedge: -1 });
    const exact = { ...one, need: 400_000_000_000 };
    expect(left(exact, chosen(exact, 40_000, 3))).toEqual([40_000, 3]);
  });
});
