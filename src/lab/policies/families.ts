/** Families of made-up crises, each with its seeds: the same ones on every machine. */
import { Chance } from "../chance.ts";
import type { Crisis, CrisisAgent, CrisisMarket, CrisisPosition } from "./crisis.ts";
import { type Aftermath, type PathSpec, pathsOf, type Shape, stressOf } from "./paths.ts";

interface Family {
  readonly family: string;
  readonly story: string;
  readonly markets: number;
  readonly positions: number;
  readonly agents: number;
  /** USDC that move a market by 1 %, from and to, evenly in the logarithm. */
  readonly depth: readonly [number, number];
  readonly path: Omit<PathSpec, "aftermath">;
  /** Chance that a position is short. */
  readonly shorts: number;
  readonly tiers?: number;
  /** Share of all notional in one position of the thinnest market. */
  readonly concentrated?: number;
  /** Every long has a short of another agent in a market that moves alike. */
  readonly hedged?: boolean;
  /** Agents with collateral of their own. */
  readonly isolated?: number;
  /** Outsiders' holdings in multiples of depth. */
  readonly crowd: number;
  /** Every market moves by this much of the common factor; otherwise 0.6 to 1.6 of it. */
  readonly beta?: number;
}

const EQUITY = 2_000_000;
/** Margin bound over equity when the crisis begins: orange has begun. */
const BEGINS = 0.8;
/** Margin asked of a market that moves as the common factor does; others in proportion. */
const INITIAL = 0.2;

const path = (shape: Shape, move: number, noise = 0.04): Omit<PathSpec, "aftermath"> => ({
  ...{ shape, move, steps: 60, noise },
});
const USUAL = { markets: 6, positions: 12, agents: 4, shorts: 0.1, crowd: 6 };
const MIXED = [150_000, 6_000_000] as const;
const DEEP = [4e6, 2e7] as const;
const THIN = [1.5e5, 8e5] as const;
const dip = path("slide", -0.15);

export const FAMILIES: readonly Family[] = [
  {
    ...{ ...USUAL, family: "liquid", depth: DEEP, path: path("slide", -0.15) },
    story: "deep markets fall, day after day",
  },
  {
    ...{ ...USUAL, family: "illiquid", depth: THIN, path: dip },
    story: "every market is thin",
  },
  {
    ...{ ...USUAL, family: "mixed depth", depth: MIXED, path: dip },
    story: "some markets are deep, some are thin",
  },
  {
    ...{ ...USUAL, family: "concentrated", depth: MIXED, path: dip, concentrated: 0.25 },
    story: "a quarter of the book is one position in the thinnest market",
  },
  {
    ...{ ...USUAL, family: "hedged pairs", depth: MIXED, shorts: 0, hedged: true },
    ...{ path: path("slide", -0.3, 0.2), story: "longs have shorts beside them that stop fitting" },
  },
  {
    ...{ ...USUAL, family: "correlated gap", depth: MIXED, path: path("gap", -0.15), beta: 1 },
    story: "all markets gap at once, and go on falling",
  },
  {
    ...{ ...USUAL, family: "many small", depth: MIXED, path: dip },
    ...{ positions: 120, agents: 12, markets: 15, story: "120 small positions of a dozen agents" },
  },
  {
    ...{ ...USUAL, family: "isolated mix", depth: MIXED, path: dip, isolated: 2, agents: 6 },
    story: "two of six agents answer with collateral of their own",
  },
  {
    ...{ ...USUAL, family: "priority tiers", depth: MIXED, path: dip, tiers: 3 },
    ...{ positions: 24, agents: 9, story: "three tiers of priority, obeyed by every rule" },
  },
  {
    ...{ ...USUAL, family: "whipsaw", depth: MIXED, path: path("whipsaw", -0.17) },
    story: "down, half of the way back, and down again",
  },
  {
    ...{ ...USUAL, family: "squeeze", depth: MIXED, path: path("slide", 0.14), shorts: 0.9 },
    ...{ crowd: -6, story: "the fleet is short and prices rise" },
  },
  {
    ...{ ...USUAL, family: "crowded", depth: MIXED, path: dip, crowd: 14 },
    story: "leveraged outsiders hold the same and are near their limits",
  },
];

/** Fleets of each family; each lives through both aftermaths. */
const SEEDS = [1, 2, 3] as const;

const logBetween = (chance: Chance, [from, to]: readonly [number, number]): number =>
  Math.exp(chance.between(Math.log(from), Math.log(to)));

function marketsOf(
  spec: Family,
  chance: Chance,
  prices: readonly number[],
  betas: readonly number[],
): CrisisMarket[] {
  return prices.map((price, m) => {
    const depth = logBetween(chance, spec.depth);
    const initial = INITIAL * (betas[m] ?? 1);
    // About 500 USDC a lot.
    const lot = BigInt(Math.max(1, Math.round((500 / price) * 1e8)));
    return {
      ...{ id: `m${m + 1}-perp`, lot, depth, initial, fee: 0.0005 },
      permanentShare: chance.between(0.2, 0.6),
      // A thinner book has a wider spread.
      halfSpread: 0.0001 * Math.sqrt(4e6 / depth),
      maintenance: initial / 2,
    };
  });
}

interface Draft {
  readonly agent: string;
  readonly m: number;
  readonly side: 1 | -1;
  readonly weight: number;
}

function draftsOf(spec: Family, chance: Chance, markets: readonly CrisisMarket[]): Draft[] {
  const agent = (): string => `agent-${chance.int(1, spec.agents)}`;
  const drafts: Draft[] = [];
  for (let i = 0; i < spec.positions; i += 1) {
    const m = chance.int(0, markets.length - 1);
    const weight = Math.exp(chance.between(-1, 1));
    const side = chance.next() < spec.shorts ? -1 : 1;
    drafts.push({ agent: agent(), m, side, weight });
    if (spec.hedged !== true) continue;
    const other = (m + 1) % markets.length;
    drafts.push({ agent: agent(), m: other, side: -1, weight: weight * chance.between(0.3, 0.6) });
  }
  if (spec.concentrated !== undefined) {
    const thin = markets.reduce(
      (least, { depth }, m) => (depth < (markets[least]?.depth ?? 0) ? m : least),
      0,
    );
    const rest = drafts.reduce((sum, { weight }) => sum + weight, 0);
    const weight = (rest * spec.concentrated) / (1 - spec.concentrated);
    drafts.push({ agent: "agent-1", m: thin, side: spec.shorts > 0.5 ? -1 : 1, weight });
  }
  return drafts;
}

/** Positions that bind `BEGINS` of the shared equity, and of each isolated agent's own. */
function positionsOf(
  drafts: readonly Draft[],
  markets: readonly CrisisMarket[],
  prices: readonly number[],
  collateral: (agent: string) => number | undefined,
): CrisisPosition[] {
  const bound = new Map<string, number>();
  const scopeOf = (agent: string): string => (collateral(agent) === undefined ? "" : agent);
  for (const { agent, m, weight } of drafts) {
    const scope = scopeOf(agent);
    bound.set(scope, (bound.get(scope) ?? 0) + weight * (markets[m]?.initial ?? 0));
  }
  const held = new Map<string, CrisisPosition>();
  for (const { agent, m, side, weight } of drafts) {
    const market = markets[m];
    if (market === undefined) continue;
    const own = collateral(agent) ?? EQUITY;
    const notional = (weight * BEGINS * own) / (bound.get(scopeOf(agent)) ?? 1);
    const lots = BigInt(
      Math.max(1, Math.round(((notional / (prices[m] ?? 1)) * 1e8) / Number(market.lot))),
    );
    const id = `${agent}/${market.id}`;
    const qty = (held.get(id)?.qty ?? 0n) + BigInt(side) * lots * market.lot;
    held.set(id, { id, agent, market: market.id, qty });
  }
  return [...held.values()].filter(({ qty }) => qty !== 0n);
}

/** One crisis of a family. */
export function madeUp(spec: Family, seed: number, aftermath: Aftermath): Crisis {
  const chance = new Chance(seed, spec.family);
  const worth = chance.of("price");
  const from = Array.from({ length: spec.markets }, () => logBetween(worth, [1, 60_000]));
  const betas = from.map((_, m) => spec.beta ?? chance.of(`beta-${m}`).between(0.6, 1.6));
  const markets = marketsOf(spec, chance.of("markets"), from, betas);
  const agents = Array.from({ length: spec.agents }, (_, i): CrisisAgent => {
    const own = i >= spec.agents - (spec.isolated ?? 0) ? { isolated: EQUITY / 10 } : {};
    return { id: `agent-${i + 1}`, tier: i % (spec.tiers ?? 1), ...own };
  });
  const drafts = draftsOf(spec, chance.of("book"), markets);
  const own = (agent: string): number | undefined =>
    agents.find(({ id }) => id === agent)?.isolated;
  const prices = pathsOf({ ...spec.path, aftermath }, chance.of("path"), from, betas);
  return {
    ...{
      name: `${spec.family} #${seed} ${aftermath}`,
      family: spec.family,
      story: spec.story,
      seed,
    },
    ...{ markets, agents, positions: positionsOf(drafts, markets, from, own), equity: EQUITY },
    ...{ steps: prices.map((_, step) => String(step)), prices, stress: stressOf(prices) },
    crowd: spec.crowd,
  };
}

/** All families, all seeds. */
export const madeUpCrises = (seeds: readonly number[] = SEEDS): readonly Crisis[] =>
  FAMILIES.flatMap((spec) =>
    seeds.flatMap((seed) => [madeUp(spec, seed, "goes on"), madeUp(spec, seed, "comes back")]),
  );
