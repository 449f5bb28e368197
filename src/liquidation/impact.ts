/** What it costs to send a net amount into one market: linear temporary and permanent impact. */
import { type Measured, measured, refused } from "../risk/refusal.ts";

/**
 * How one market answers to an order, all relative to its mark.
 *
 * Units: `temporary` and `permanent` are the fraction of the mark that one USDC of net order moves
 * the average fill and the mark that remains; `halfSpread` and `fee` are fractions of the notional.
 */
export interface MarketImpact {
  readonly temporary: number;
  readonly permanent: number;
  readonly halfSpread: number;
  readonly fee: number;
}

/** The parts of a cost in USDC, each at least zero. */
export interface ImpactParts {
  /** Paid to the book and gone: temporary impact and half the spread. */
  readonly temporary: number;
  /** Paid because our own order moves the mark while it fills. */
  readonly permanent: number;
  /** What the moved mark takes from the holdings that stay. */
  readonly rest: number;
  readonly fees: number;
}

/**
 * A sell (positive) loses on a long rest, a buy (negative) on a short one; gains are not counted.
 */
const restLoss = (permanent: number, net: number, held: number): number =>
  permanent * Math.max(0, net * (held - net));

/**
 * Cost of sending `net` USDC of orders into a market where `held` USDC are held before.
 *
 * Units:   net and held in USDC at the mark; net > 0 sells; held is signed, long positive.
 * Formula: temporary net^2 + (halfSpread + fee)|net| + permanent net^2/2
 *          + permanent max(0, net (held - net)).
 *          The last term is the mark-down of what stays; a gain there is not planned with.
 * Convex:  when temporary >= permanent/2, that is when the permanent share is at most 2/3. Does not check.
 * Source:  Brown, Carlin, Lobo (2010), Optimal Portfolio Liquidation with Distress Risk.
 */
export function impactCost(impact: MarketImpact, net: number, held: number): number {
  const size = Math.abs(net);
  return (
    (impact.temporary + impact.permanent / 2) * net * net +
    (impact.halfSpread + impact.fee) * size +
    restLoss(impact.permanent, net, held)
  );
}

/** The same cost, part by part, in USDC. Does not check. */
export function impactParts(impact: MarketImpact, net: number, held: number): ImpactParts {
  const size = Math.abs(net);
  return {
    temporary: impact.temporary * net * net + impact.halfSpread * size,
    permanent: (impact.permanent * net * net) / 2,
    rest: restLoss(impact.permanent, net, held),
    fees: impact.fee * size,
  };
}

/**
 * Whether the cost of a market is convex in the net order, so that a local optimum is the optimum.
 */
export const isConvex = (impact: MarketImpact): boolean => impact.temporary >= impact.permanent / 2;

/**
 * Where the slope of a convex cost reaches `slope`, for a market held long: a walk over its pieces.
 */
function convexNet(impact: MarketImpact, held: number, slope: number): number {
  const linear = impact.halfSpread + impact.fee;
  const steep = 2 * impact.temporary + impact.permanent;
  const flat = 2 * impact.temporary - impact.permanent;
  const start = linear + impact.permanent * held;
  if (slope < -linear) return (slope + linear) / steep;
  if (slope <= start) return 0;
  if (slope <= start + flat * held) return (slope - start) / flat;
  if (slope <= linear + steep * held) return held;
  return (slope - linear) / steep;
}

/** The best of the ends, the breaks and the stationary points, where the cost bends both ways. */
function anyNet(
  impact: MarketImpact,
  held: number,
  slope: number,
  low: number,
  high: number,
): number {
  const linear = impact.halfSpread + impact.fee;
  const steep = 2 * impact.temporary + impact.permanent;
  let net = low;
  let value = impactCost(impact, low, held) - slope * low;
  for (const candidate of [high, 0, held, (slope - linear) / steep, (slope + linear) / steep]) {
    if (!(candidate > low && candidate <= high)) continue;
    const now = impactCost(impact, candidate, held) - slope * candidate;
    if (now < value || (now === value && Math.abs(candidate) < Math.abs(net))) {
      net = candidate;
      value = now;
    }
  }
  return net;
}

/**
 * The net order in [low, high] that minimises impactCost(net) - slope * net.
 *
 * The cost is quadratic between the breaks 0 and `held`. Exact also where it is not convex: then
 * the piece that bends down has its least value at an end.
 */
export function impactConjugate(
  impact: MarketImpact,
  held: number,
  slope: number,
  low: number,
  high: number,
): number {
  if (!isConvex(impact)) return anyNet(impact, held, slope, low, high);
  const net = held >= 0 ? convexNet(impact, held, slope) : -convexNet(impact, -held, -slope);
  return Math.min(Math.max(net, low), high);
}

/** The slope of a convex cost just below `net`, for a market held long. */
function convexSlope(impact: MarketImpact, held: number, net: number): number {
  const linear = impact.halfSpread + impact.fee;
  const steep = 2 * impact.temporary + impact.permanent;
  const flat = 2 * impact.temporary - impact.permanent;
  const start = linear + impact.permanent * held;
  if (net <= 0) return steep * net - linear;
  return net <= held ? flat * net + start : steep * net + linear;
}

/**
 * A slope in [below, above] at which a convex cost wants `net`, or the end that is nearest to one.
 *
 * At a break every slope between the two pieces will do, so the one next to nothing's is enough.
 */
export const impactSlope = (
  impact: MarketImpact,
  held: number,
  net: number,
  below: number,
  above: number,
): number =>
  Math.min(
    Math.max(held >= 0 ? convexSlope(impact, held, net) : -convexSlope(impact, -held, -net), below),
    above,
  );

/**
 * Impact of a market from the depth that a screen shows.
 *
 * Units: `depth` in USDC that move the price by `move` (0.01 is 1 %); `permanentShare` of the move
 *        stays. Errors: refused unless depth and move are above zero and the share is in [0, 1].
 */
export function impactFromDepth(input: {
  readonly depth: number;
  readonly move: number;
  readonly permanentShare: number;
  readonly halfSpread?: number;
  readonly fee?: number;
}): Measured<MarketImpact> {
  const { depth, move, permanentShare, halfSpread = 0, fee = 0 } = input;
  const all = [depth, move, permanentShare, halfSpread, fee];
  if (!all.every(Number.isFinite)) return refused("not-finite", "depth, move and rates are finite");
  if (depth <= 0 || move <= 0) return refused("not-positive", "depth and move are above zero");
  if (permanentShare < 0 || permanentShare > 1 || halfSpread < 0 || fee < 0) {
    return refused("out-of-range", "the permanent share is in [0, 1] and rates are not negative");
  }
  const slope = move / depth;
  return measured({
    temporary: slope * (1 - permanentShare),
    permanent: slope * permanentShare,
    halfSpread,
    fee,
  });
}

/**
 * Average price of an order under linear impact: half of the way that the order moves the price.
 *
 * Units: price in USDC, slope in USDC per unit, qty positive. Sign: a sell fills below, a buy
 *        above. Does not check.
 * Source: arXiv 2512.01112, appendix, execution price example.
 */
export const executionPrice = (
  price: number,
  slope: number,
  qty: number,
  side: "sell" | "buy",
): number => (side === "sell" ? price - (slope * qty) / 2 : price + (slope * qty) / 2);
