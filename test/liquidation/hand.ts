/** Small plans that a hand can work: coins at 100 USDC in whole lots, ten USDC of margin each. */
import type {
  Plan,
  PlanInput,
  PlanMarket,
  PlanPosition,
} from "../../src/liquidation/plan-types.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { value } from "./adl-words.ts";

export const COIN = 10n ** 8n;
export const USDC = 1_000_000n;
export const market = (id: string, over: Partial<PlanMarket> = {}): PlanMarket => ({
  ...{ id, mark: 100n * COIN, lot: COIN, temporary: 1e-5, permanent: 0, halfSpread: 0, fee: 0.001 },
  ...over,
});
export const held = (
  id: string,
  where: string,
  coins: bigint,
  over: Partial<PlanPosition> = {},
): PlanPosition => ({
  ...{ id, agent: id, market: where, qty: coins * COIN, tier: 0 },
  margin: (coins < 0n ? -coins : coins) * 10n * USDC,
  ...over,
});
/** A long in a deep book and a shorter one in a thinner. */
export const two: PlanInput = {
  need: 300n * USDC,
  markets: [market("m"), market("n", { temporary: 4e-5 })],
  positions: [held("a", "m", 100n), held("b", "n", -50n)],
};
/** Its plan: 24 lots of a, 6 of b. */
export const planned = (): Plan => value(plan(two));
