/** Fire sales: a shock forces sales, sales move prices, prices force sales, to the fixed point. */
import { type Measured, measured, refused } from "../risk/refusal.ts";
import { cappedProRata } from "./adl.ts";

export interface CascadeAsset {
  readonly id: string;
  /** USDC per unit before the shock. */
  readonly price: number;
  /** Relative (linear) or logarithmic (exponential) price move per unit sold; 1/depth. */
  readonly impact: number;
}

export interface CascadeAgent {
  readonly id: string;
  /** Units of each asset, long positive. */
  readonly units: readonly number[];
  readonly cash: number;
  readonly debt: number;
  /** Exposure over equity beyond which the agent must sell. */
  readonly limit: number;
  /** Exposure over equity that it sells down to; at most the limit. Default the limit. */
  readonly target?: number;
}

export interface CascadeInput {
  readonly assets: readonly CascadeAsset[];
  readonly agents: readonly CascadeAgent[];
  /** Relative price move of each asset, e.g. -0.15. */
  readonly shock: readonly number[];
  /**
   * Units that others sell into each asset beside the agents, e.g. a plan's own orders. Default
   * none.
   */
  readonly flow?: readonly number[];
  /** exponential: p = p0 exp(-impact sold); linear: p = p0 max(0, 1 - impact sold). */
  readonly form: "exponential" | "linear";
  /**
   * proportional: the same share of every holding (default).
   * liquidity: by depth, so that sales move all prices alike until a holding is used up.
   */
  readonly spread?: "proportional" | "liquidity";
}

export interface CascadeOutcome {
  readonly prices: readonly number[];
  /**
   * Units given up per agent and asset, in the direction of the holding (a short's are negative).
   */
  readonly sold: readonly (readonly number[])[];
  readonly equities: readonly number[];
  /** Agents whose equity is at most zero. */
  readonly insolvent: readonly string[];
  /** Equity lost after the shock itself, to the moves that sales cause. */
  readonly secondRound: number;
  readonly rounds: number;
}

interface World {
  readonly input: CascadeInput;
  /** Prices right after the shock. */
  readonly start: readonly number[];
}

/** How far a simulation goes. */
export interface CascadeOptions {
  /** Rounds of sales after which it is given up, each a look at every holding. At least 1; default 100,000. */
  readonly rounds?: number;
}

const ROUNDS_MAX = 100_000;

function check(input: CascadeInput): string | undefined {
  const n = input.assets.length;
  const flow = input.flow ?? input.shock;
  if (input.shock.length !== n || flow.length !== n) return "a shock and a flow for each asset";
  if (input.agents.some((agent) => agent.units.length !== n)) return "units of each asset";
  const numbers = [
    ...input.shock,
    ...flow,
    ...input.assets.flatMap((a) => [a.price, a.impact]),
    ...input.agents.flatMap((a) => [...a.units, a.cash, a.debt, a.limit, a.target ?? a.limit]),
  ];
  if (!numbers.every(Number.isFinite)) return "all numbers are finite";
  if (input.assets.some((a) => a.price <= 0 || a.impact < 0)) return "prices > 0, impact >= 0";
  if (input.shock.some((s) => s <= -1)) return "a shock leaves a price above zero";
  const odd = input.agents.some(
    (a) => (a.target ?? a.limit) > a.limit || (a.target ?? a.limit) < 0,
  );
  return odd ? "a target is at most the limit and not negative" : undefined;
}

/** The part of its price that an asset keeps when so much is sold into it. */
const kept = (form: CascadeInput["form"], impact: number, sold: number): number =>
  form === "exponential" ? Math.exp(-impact * sold) : Math.max(0, 1 - impact * sold);

const equityOf = (agent: CascadeAgent, prices: readonly number[]): number =>
  agent.units.reduce((sum, u, a) => sum + u * (prices[a] ?? 0), agent.cash - agent.debt);

/** Units that an agent gives up at these prices, all counted from its holdings before the shock. */
function saleOf(world: World, agent: CascadeAgent, prices: readonly number[]): number[] {
  const values = agent.units.map((u, a) => Math.abs(u) * (prices[a] ?? 0));
  const exposure = values.reduce((a, b) => a + b, 0);
  const equity = equityOf(agent, prices);
  if (equity <= 0) return [...agent.units];
  if (exposure <= agent.limit * equity) return agent.units.map(() => 0);
  const wanted = exposure - (agent.target ?? agent.limit) * equity;
  if (world.input.spread !== "liquidity") {
    return agent.units.map((u) => (u * wanted) / exposure);
  }
  const depths = agent.units.map((u, a) => {
    const asset = world.input.assets[a];
    // Without impact no depth is too small: a thousand billion units stand for it.
    return u === 0 || asset === undefined ? 0 : (prices[a] ?? 0) / Math.max(asset.impact, 1e-12);
  });
  const cuts = cappedProRata(wanted, depths, values);
  return agent.units.map((u, a) => {
    const value = values[a] ?? 0;
    return cuts.ok && value > 0 ? (u * (cuts.value[a] ?? 0)) / value : 0;
  });
}

/** The larger of two sales of a holding: what is sold stays sold. */
const further = (before: number, now: number): number =>
  Math.abs(now) > Math.abs(before) ? now : before;

/**
 * Prices, sales and equities after all forced sales that a shock and its own sales cause.
 *
 * Rule:    equity = units x price + cash - debt, at the same price at which it sells, so that a
 *          sale itself costs nothing; equity <= 0 sells all; exposure > limit x equity sells down
 *          to the target.
 * Ends:    iterated from the shocked prices on, where sales only grow, so that it ends; for books of
 *          longs it is the greatest fixed point, the one with the highest prices, and monotone in
 *          the shock.
 * Units:   as in CascadeInput: lists by asset in the order of `assets`, by agent in that of `agents`.
 * Rounds:  some dozen; thousands where every sale forces nearly as large a one. `rounds` bounds them: a caller
 *          whose time is short is refused, for what was sold until then is only a part of it.
 * Errors:  refused for odd shapes and numbers, or (`not-converged`) when prices still move after the rounds.
 * Source:  Cifuentes, Ferrucci, Shin (2005); Greenwood, Landier, Thesmar (2015); Cont, Schaanning
 *          (2017).
 */
export function cascade(
  input: CascadeInput,
  { rounds: most = ROUNDS_MAX }: CascadeOptions = {},
): Measured<CascadeOutcome> {
  const bad = check(input);
  if (bad !== undefined) return refused("out-of-range", `a cascade needs: ${bad}`);
  const start = input.assets.map((asset, a) => asset.price * (1 + (input.shock[a] ?? 0)));
  const world = { input, start };
  const flow = input.flow ?? start.map(() => 0);
  let sold = input.agents.map((agent) => agent.units.map(() => 0));
  const pricesOf = (): number[] =>
    input.assets.map(({ impact }, a) => {
      const all = sold.reduce((sum, units) => sum + (units[a] ?? 0), flow[a] ?? 0);
      return (start[a] ?? 0) * kept(input.form, impact, all);
    });
  let prices = pricesOf();
  for (let rounds = 1; rounds <= most; rounds++) {
    sold = input.agents.map((agent, i) => {
      const now = saleOf(world, agent, prices);
      return now.map((units, a) => further(sold[i]?.[a] ?? 0, units));
    });
    const next = pricesOf();
    const still = next.every((p, a) => Math.abs(p - (prices[a] ?? 0)) <= 1e-14 * (start[a] ?? 1));
    prices = next;
    if (!still) continue;
    const equities = input.agents.map((agent) => equityOf(agent, prices));
    const before = input.agents.reduce((sum, agent) => sum + equityOf(agent, start), 0);
    return measured({
      prices,
      sold,
      equities,
      insolvent: input.agents.flatMap((agent, i) => ((equities[i] ?? 0) <= 0 ? [agent.id] : [])),
      secondRound: before - equities.reduce((a, b) => a + b, 0),
      rounds,
    });
  }
  return refused("not-converged", `prices still move after ${most} rounds`);
}

/**
 * Loss that agents cause each other by holding the same thin assets: sum over assets of V_i V_j / depth.
 *
 * Units: `holdings[agent][asset]` in USDC, signed; depth in USDC per 100 % of price, above zero. The result is
 *        `[agent][agent]` in USDC, symmetric. Does not check.
 * Source: Cont, Schaanning (2017), liquidity-weighted overlaps.
 */
export function overlaps(
  holdings: readonly (readonly number[])[],
  depths: readonly number[],
): number[][] {
  return holdings.map((own) =>
    holdings.map((other) =>
      depths.reduce((sum, depth, a) => sum + ((own[a] ?? 0) * (other[a] ?? 0)) / depth, 0),
    ),
  );
}
