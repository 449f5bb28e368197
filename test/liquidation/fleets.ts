/**
 * Random fleets from a seed, and the optimum by plain enumeration with a cost function of its own.
 */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { CascadeAgent, CascadeInput } from "../../src/liquidation/cascade.ts";
import type { PlanInput, PlanMarket, PlanPosition } from "../../src/liquidation/plan-types.ts";
import { assetsOf } from "../../src/liquidation/second-round.ts";

export interface Dice {
  /** A float in [0, 1). */
  unit(): number;
  between(low: number, high: number): number;
  /** A whole number from low to high, both included. */
  whole(low: number, high: number): number;
  normal(): number;
}

export function dice(seed: number): Dice {
  const random = xoroshiro128plus(seed);
  const unit = (): number => uniformFloat64(random) % 1;
  const between = (low: number, high: number): number => low + (high - low) * unit();
  return {
    unit,
    between,
    whole: (low, high) => Math.min(high, low + Math.floor(unit() * (high - low + 1))),
    normal: () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()),
  };
}

export interface FleetShape {
  readonly positions: number;
  readonly markets: number;
  /** Lots of a position, at most. */
  readonly lots: number;
  /** Chance that a position is short. */
  readonly shorts?: number;
  readonly tiers?: number;
  /** Share of all margin that must come free. */
  readonly share?: number;
  readonly barred?: number;
  readonly costShare?: number;
  /** Largest permanent share of the impact; beyond 2/3 a market is not convex. */
  readonly permanent?: number;
}

/** Five to eight-figure books in markets whose depth differs by two orders of magnitude. */
export function fleet(seed: number, shape: FleetShape): PlanInput {
  const d = dice(seed);
  const markets: PlanMarket[] = Array.from({ length: shape.markets }, (_, m) => {
    const slope = 0.01 / (1e6 * Math.exp(1.3 * d.normal()));
    const permanent = slope * d.between(0, shape.permanent ?? 2 / 3);
    return {
      id: `m${m}`,
      mark: BigInt(Math.round(Math.exp(d.between(0, 10)) * 1e8)),
      lot: 0n,
      temporary: slope - permanent,
      permanent,
      halfSpread: d.between(0, 0.0005),
      fee: 0.0005,
    };
  });
  const priced = markets.map((market) => {
    const lotValue = Math.exp(d.between(8, 10)) * (4 / shape.lots);
    const lot = BigInt(Math.max(1, Math.round((lotValue / (Number(market.mark) / 1e8)) * 1e8)));
    return { ...market, lot };
  });
  const positions: PlanPosition[] = Array.from({ length: shape.positions }, (_, i) => {
    const market = priced[d.whole(0, priced.length - 1)] as PlanMarket;
    const size = BigInt(d.whole(1, shape.lots)) * market.lot;
    const value = (Number(size) * Number(market.mark)) / 1e16;
    const leverage = d.between(2, 20);
    const short = d.unit() < (shape.shorts ?? 0);
    return {
      id: `p${String(i).padStart(5, "0")}`,
      agent: `a${d.whole(0, 4)}`,
      market: market.id,
      qty: short ? -size : size,
      margin: BigInt(Math.max(1, Math.round((value / leverage) * 1e6))),
      tier: d.whole(0, (shape.tiers ?? 1) - 1),
      isolated: d.unit() < (shape.barred ?? 0),
      guarded: d.unit() < (shape.barred ?? 0),
      hedge: d.unit() < 0.2 ? value * d.between(0, 0.002) : 0,
      pnl: BigInt(Math.round(value * 1e6 * 0.1 * d.normal())),
    };
  });
  let margins = 0n;
  for (const p of positions) if (!p.isolated && !p.guarded) margins += p.margin;
  const ppm = BigInt(Math.round((shape.share ?? d.between(0.1, 0.6)) * 1e6));
  const costShare = shape.costShare ?? 0;
  return { need: (margins * ppm) / 1_000_000n, costShare, markets: priced, positions };
}

/** Cost of closing `lots` of each position, written apart from the planner's own. */
export function costOfLots(input: PlanInput, lots: readonly number[]): number {
  let total = 0;
  for (const market of input.markets) {
    const mark = Number(market.mark) / 1e8;
    let held = 0;
    let sent = 0;
    input.positions.forEach((p, i) => {
      if (p.market !== market.id) return;
      held += (Number(p.qty) / 1e8) * mark;
      const size = Math.abs(Number(p.qty));
      const closed = Math.min((lots[i] ?? 0) * Number(market.lot), size);
      sent += Math.sign(Number(p.qty)) * (closed / 1e8) * mark;
    });
    const size = Math.abs(sent);
    const average = market.temporary * size + market.halfSpread + market.fee;
    const moved = market.permanent * size;
    const left = held - sent;
    const loss = Math.sign(sent) === Math.sign(left) ? Math.abs(left) * moved : 0;
    total += size * average + (size * moved) / 2 + loss;
  }
  input.positions.forEach((p, i) => {
    const market = input.markets.find((m) => m.id === p.market);
    const size = Math.abs(Number(p.qty));
    const closed = Math.min((lots[i] ?? 0) * Number(market?.lot ?? 0n), size);
    total += (((p.hedge ?? 0) + (p.funding ?? 0)) * closed) / size;
  });
  return total;
}

/** Millionths that closing `lots` frees, less the share of the cost. */
export function restored(input: PlanInput, lots: readonly number[]): number {
  let freed = 0;
  input.positions.forEach((p, i) => {
    const market = input.markets.find((m) => m.id === p.market);
    const size = p.qty < 0n ? -p.qty : p.qty;
    const closed = BigInt(lots[i] ?? 0) * (market?.lot ?? 0n);
    freed += Number((p.margin * (closed < size ? closed : size)) / size);
  });
  const share = (input.costShare ?? 0) / 1e6;
  return share === 0 ? freed : freed - Math.ceil(share * costOfLots(input, lots) * 1e6);
}

/**
 * The cheapest choice of lots by trying every one: it restores the target, and some lot of it is
 *                                                  needed.
 * For one tier and positions that may all be closed. None: undefined when nothing restores the
 * target.
 */
export function enumerated(input: PlanInput): number | undefined {
  const caps = input.positions.map((p) => {
    const lot = input.markets.find((m) => m.id === p.market)?.lot ?? 1n;
    const size = p.qty < 0n ? -p.qty : p.qty;
    return Number((size + lot - 1n) / lot);
  });
  const frees = caps.map((cap, i) =>
    Array.from({ length: cap + 1 }, (_, k) => {
      const lots = caps.map((__, j) => (j === i ? k : 0));
      return restored({ ...input, costShare: 0 }, lots);
    }),
  );
  const need = Number(input.need);
  const share = input.costShare ?? 0;
  const lots = caps.map(() => 0);
  let best: number | undefined;
  const leaf = (freed: number): void => {
    if (freed < need) return;
    if (share === 0) {
      let largest = 0;
      for (let i = 0; i < lots.length; i++) {
        const k = lots[i] ?? 0;
        if (k > 0) largest = Math.max(largest, (frees[i]?.[k] ?? 0) - (frees[i]?.[k - 1] ?? 0));
      }
      if (freed - largest >= need) return;
    } else {
      if (restored(input, lots) < need) return;
      const needed = lots.some(
        (k, i) =>
          k > 0 &&
          restored(
            input,
            lots.map((l, j) => (j === i ? l - 1 : l)),
          ) < need,
      );
      if (!needed) return;
    }
    const cost = costOfLots(input, lots);
    if (best === undefined || cost < best) best = cost;
  };
  const visit = (i: number, freed: number): void => {
    if (i === caps.length) {
      leaf(freed);
      return;
    }
    for (let k = 0; k <= (caps[i] ?? 0); k++) {
      lots[i] = k;
      visit(i + 1, freed + (frees[i]?.[k] ?? 0));
    }
    lots[i] = 0;
  };
  visit(0, 0);
  return best;
}

/** The markets of an input with these agents in them, as they are after a plan. */
export const worldOf = ({ markets }: PlanInput, agents: readonly CascadeAgent[]): CascadeInput => ({
  ...{ assets: assetsOf(markets), agents, shock: markets.map(() => 0), form: "linear" },
});
