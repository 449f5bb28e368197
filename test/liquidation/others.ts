/** Orders of a plan, and agents beside it, for examples that a hand can work. */
import type { CascadeAgent } from "../../src/liquidation/cascade.ts";
import type { Plan, PlanStep } from "../../src/liquidation/plan-types.ts";
import { planned } from "./hand.ts";

/** An order of a plan: coins sold, or bought where negative. */
export const step = (where: string, coins: number, over: Partial<PlanStep> = {}): PlanStep => ({
  ...{ kind: "reduce", position: where, agent: where, market: where, lots: 0n, frees: 0n, cost: 0 },
  ...{ side: coins > 0 ? "sell" : "buy", qty: BigInt(Math.round(Math.abs(coins) * 1e8)) },
  ...{ reason: "cheapest", because: "", ...over },
});
/** A plan of these orders; what else it says is of another. */
export const made = (...steps: readonly PlanStep[]): Plan => ({ ...planned(), steps });
/** Far from any limit. */
export const agent = (
  units: readonly number[],
  over: Partial<CascadeAgent> = {},
): CascadeAgent => ({
  ...{ id: "alone", units, cash: 0, debt: 0, limit: 1e9, ...over },
});
