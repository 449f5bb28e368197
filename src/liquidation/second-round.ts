/** The second round of a plan: its mark-down, and sales that it forces on others, simulated. */
import { type Measured, measured } from "../risk/refusal.ts";
import {
  type CascadeAsset,
  type CascadeInput,
  type CascadeOptions,
  type CascadeOutcome,
  cascade,
} from "./cascade.ts";
import { type Plan, type PlanMarket, SAME } from "./plan-types.ts";

export interface SecondRound {
  /** USDC that the plan's own permanent impact takes from what the agents keep. */
  readonly markdown: number;
  /** USDC beyond it, lost to sales that this forces on agents, and that they would not make without. */
  readonly knockOn: number;
  readonly total: number;
  /** Agents that sell more than they would without the plan. */
  readonly forced: readonly string[];
  readonly outcome: CascadeOutcome;
}

/** A plan's markets as the cascade simulator takes them. */
export const assetsOf = (markets: readonly PlanMarket[]): CascadeAsset[] =>
  markets.map(({ id, mark, permanent }) => {
    const price = Number(mark) / 1e8;
    return { id, price, impact: permanent * price };
  });

/** Units that a plan's orders sell net of each asset. */
export const flowOf = (world: CascadeInput, made: Plan): number[] =>
  world.assets.map(({ id }) => {
    let units = 0;
    for (const { market, kind, side, qty } of made.steps) {
      if (market === id && kind !== "cross") units += (side === "sell" ? 1 : -1) * Number(qty);
    }
    return units / 1e8;
  });

/**
 * The second round of a plan, simulated: its net orders move the marks for good, agents beyond
 * their limits sell, to the fixed point.
 *
 * `world`: the markets that anybody of it holds and the agents as they are after the plan, its own
 *          account among them; units in the order of the assets. Its flow is not read.
 * Units:   USDC. The mark-down is the plan's own; sales that come anyway are nobody's knock-on.
 * Errors:  refused as `cascade` does.
 */
export function secondRound(
  world: CascadeInput,
  made: Plan,
  options: CascadeOptions = {},
): Measured<SecondRound> {
  const flow = flowOf(world, made);
  const linear = { ...world, form: "linear" as const };
  const still = cascade({ ...linear, flow, agents: [] }, options);
  const anyway = cascade({ ...linear, flow: flow.map(() => 0) }, options);
  const moved = cascade({ ...linear, flow }, options);
  if (!moved.ok) return moved;
  if (!still.ok) return still;
  if (!anyway.ok) return anyway;
  const { prices } = still.value;
  const start = world.assets.map(({ price }, a) => price * (1 + (world.shock[a] ?? 0)));
  const markdown = world.agents.reduce(
    (sum, { units }) =>
      sum + units.reduce((s, u, a) => s + u * ((start[a] ?? 0) - (prices[a] ?? 0)), 0),
    0,
  );
  const total = moved.value.secondRound - anyway.value.secondRound;
  const soldBy = (outcome: CascadeOutcome, i: number): number =>
    (outcome.sold[i] ?? []).reduce((sum, u, a) => sum + Math.abs(u) * (start[a] ?? 0), 0);
  const forced = world.agents.flatMap(({ id }, i) =>
    soldBy(moved.value, i) > soldBy(anyway.value, i) + SAME ? [id] : [],
  );
  const knockOn = total - markdown;
  return measured({ markdown, knockOn, total, forced, outcome: moved.value });
}
