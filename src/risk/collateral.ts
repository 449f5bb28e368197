/**
 * What collateral of several assets is worth: haircuts, the stable floor, forced sales to their
 * end.
 */
import {
  finite,
  type Measured,
  negative,
  notFinite,
  notPositive,
  outOfRange,
  type RiskRefusal,
  refused,
} from "./refusal.ts";

/** One asset held as collateral. */
export interface Holding {
  readonly asset: string;
  /** Coins, at least zero. */
  readonly quantity: number;
  /** In the quote currency. */
  readonly price: number;
  /** Share of the market value that does not count, 0 to 1. */
  readonly haircut: number;
  /** Counts towards the stable floor and is not moved by shocks. */
  readonly stable: boolean;
}

/**
 * Haircuts by kind of asset.
 *
 * Source: the requirements text's table (0, 10, 12, 15 to 20, 30 to 50 %), each at its strict end.
 */
export const HAIRCUTS: Readonly<Record<string, number>> = {
  USDC: 0,
  USDT: 0,
  BTC: 0.1,
  ETH: 0.12,
  SOL: 0.2,
  BNB: 0.2,
  other: 0.5,
};

export interface CollateralValue {
  readonly market: number;
  /** After haircuts: what margin may be lent against. */
  readonly value: number;
  /** Stable part of the market value; 0 when there is nothing. */
  readonly stableShare: number;
  /** Stable part of the value after haircuts: the rule of the text is on market value. */
  readonly stableValue: number;
  readonly floorMet: boolean;
}

function holdingsFault(holdings: readonly Holding[]): RiskRefusal | undefined {
  if (holdings.length === 0) return refused("empty", "there is no collateral");
  for (const { asset, quantity, price, haircut } of holdings) {
    const fault =
      negative(`${asset} quantity`, quantity) ??
      negative(`${asset} price`, price) ??
      outOfRange(`${asset} haircut`, haircut, 0, 1);
    if (fault) return fault;
  }
  return undefined;
}

/**
 * Value of collateral after haircuts, and whether enough of it is stable.
 *
 * Formula:  sum of quantity x price x (1 - haircut), in the currency of the prices.
 * Refusals: `empty`, `not-finite`, `out-of-range` for a negative quantity or price or a haircut outside [0, 1].
 * @param stableFloor smallest stable share of the market value; 0.5 by default.
 */
export function collateralValue(
  holdings: readonly Holding[],
  stableFloor = 0.5,
): Measured<CollateralValue> {
  const fault = holdingsFault(holdings) ?? outOfRange("stableFloor", stableFloor, 0, 1);
  if (fault) return fault;
  let market = 0;
  let value = 0;
  let stable = 0;
  let stableValue = 0;
  for (const h of holdings) {
    const worth = h.quantity * h.price;
    market += worth;
    value += worth * (1 - h.haircut);
    if (h.stable) stable += worth;
    if (h.stable) stableValue += worth * (1 - h.haircut);
  }
  const stableShare = market > 0 ? stable / market : 0;
  return finite({
    market,
    value,
    stableShare,
    stableValue,
    floorMet: stableShare >= stableFloor,
  });
}

export interface StressedCollateral {
  readonly normal: number;
  readonly stressed: number;
  /** normal - stressed. */
  readonly drop: number;
  /** drop / normal. */
  readonly dropShare: number;
  /** Drop as a share of the part that is not stable; 0 when there is none. */
  readonly volatileDropShare: number;
}

/**
 * Collateral value before and after a shock, if what is not stable had to be sold.
 *
 * Formula:  quantity x price x (1 + shock) x (1 - haircut - premium) for what is not stable.
 * Refusals: those of `collateralValue`, `out-of-range` for a shock below -1 or a premium outside [0, 1].
 * @param shocks relative price move by asset; unnamed assets do not move.
 * @param premium share of the value lost in a forced sale.
 */
export function stressedCollateral(
  holdings: readonly Holding[],
  shocks: Readonly<Record<string, number>>,
  premium: number,
): Measured<StressedCollateral> {
  const fault = holdingsFault(holdings) ?? outOfRange("premium", premium, 0, 1);
  if (fault) return fault;
  let normal = 0;
  let volatileNormal = 0;
  let stressed = 0;
  for (const h of holdings) {
    const before = h.quantity * h.price * (1 - h.haircut);
    normal += before;
    if (h.stable) {
      stressed += before;
      continue;
    }
    const shock = shocks[h.asset] ?? 0;
    const wrong = notFinite({ [`${h.asset} shock`]: shock });
    if (wrong) return wrong;
    if (shock < -1) return refused("out-of-range", `a price of ${h.asset} falls by 100 % at most`);
    volatileNormal += before;
    stressed += h.quantity * h.price * (1 + shock) * Math.max(0, 1 - h.haircut - premium);
  }
  const drop = normal - stressed;
  return finite({
    normal,
    stressed,
    drop,
    dropShare: normal > 0 ? drop / normal : 0,
    volatileDropShare: volatileNormal > 0 ? drop / volatileNormal : 0,
  });
}

/** A holding whose sale moves its own price. */
export interface SaleHolding extends Holding {
  /** Price falls by the factor e^-impact for each coin sold. */
  readonly impact: number;
  /** Share of the proceeds lost to fees and spread. */
  readonly fee: number;
  /** Coins of open positions in the same asset, long positive: they lose with the price. */
  readonly exposure?: number;
}

export interface SalePath {
  /** True when the requirement is met at the end; false when all was sold and it is not. */
  readonly survives: boolean;
  readonly rounds: number;
  /** Coins sold of each holding. */
  readonly sold: readonly number[];
  /** Price of each at the end, the fall by our own sales included. */
  readonly prices: readonly number[];
  readonly cash: number;
  /** Collateral value and profit at the end, cash included. */
  readonly value: number;
  /** Requirement less value before the first sale; zero when nothing had to be sold. */
  readonly firstShortfall: number;
  /**
   * What our own sales cost: value at the end had they moved no price and paid no fee, less value.
   */
  readonly salesCost: number;
}

export interface SaleOptions {
  /** What the collateral value must reach. */
  readonly required: number;
  readonly cash?: number;
  /** Shortfall that counts as none, as a share of the requirement; 1e-9 by default. */
  readonly tolerance?: number;
  readonly roundsMax?: number;
}

/**
 * Forced sales after a shock, repeated until they are enough or all is sold.
 *
 * Each round sells, in the order of the list, what would be enough at the prices of that round; the
 * sale lowers the prices, which opens a new and smaller shortfall. Sales only grow and are bounded
 * by what is held, so the rounds have a limit: the fixpoint of the loop.
 *
 * A coin sold frees haircut - fee of its price, so an asset whose fee exceeds its haircut is kept.
 * Prices of the holdings are those *after* the shock.
 * Refusals: `not-converged` after `roundsMax` rounds (10,000 by default).
 */
export function forcedSale(
  holdings: readonly SaleHolding[],
  { required, cash = 0, tolerance = 1e-9, roundsMax = 10_000 }: SaleOptions,
): Measured<SalePath> {
  const fault = saleFault(holdings, required, cash);
  if (fault) return fault;
  const sold = holdings.map(() => 0);
  let proceeds = cash;
  const priceOf = (h: SaleHolding, i: number): number =>
    h.price * Math.exp(-h.impact * (sold[i] ?? 0));
  const value = (): number =>
    holdings.reduce((sum, h, i) => {
      const price = priceOf(h, i);
      const held = (h.quantity - (sold[i] ?? 0)) * price * (1 - h.haircut);
      return sum + held + (h.exposure ?? 0) * (price - h.price);
    }, proceeds);
  const before = value();
  const firstShortfall = Math.max(0, required - before);
  const small = tolerance * Math.max(1, Math.abs(required));
  let rounds = 0;
  let shortfall = required - before;
  while (shortfall > small) {
    if (rounds >= roundsMax) return refused("not-converged", `still ${shortfall} short`);
    rounds++;
    let moved = false;
    for (const [i, h] of holdings.entries()) {
      const rest = h.quantity - (sold[i] ?? 0);
      const price = priceOf(h, i);
      const freed = price * (h.haircut - h.fee);
      if (shortfall <= 0 || rest <= 0 || freed <= 0) continue;
      const coins = Math.min(rest, shortfall / freed);
      if (!((sold[i] ?? 0) + coins > (sold[i] ?? 0))) continue;
      proceeds += proceedsOf(h, price, coins);
      sold[i] = coins === rest ? h.quantity : (sold[i] ?? 0) + coins;
      shortfall -= coins * freed;
      moved = true;
    }
    shortfall = required - value();
    if (!moved) break;
  }
  const end = value();
  const unmoved = holdings.reduce((sum, h, i) => {
    const gone = sold[i] ?? 0;
    return sum + gone * h.price + (h.quantity - gone) * h.price * (1 - h.haircut);
  }, cash);
  return finite({
    survives: shortfall <= small,
    rounds,
    sold,
    prices: holdings.map(priceOf),
    cash: proceeds,
    value: end,
    firstShortfall,
    salesCost: Math.max(0, unmoved - end),
  });
}

/** Cash for `coins` sold from `price` down along the impact curve, after fees. */
function proceedsOf(h: SaleHolding, price: number, coins: number): number {
  const average = h.impact === 0 ? 1 : -Math.expm1(-h.impact * coins) / (h.impact * coins);
  return coins * price * average * (1 - h.fee);
}

function saleFault(
  holdings: readonly SaleHolding[],
  required: number,
  cash: number,
): RiskRefusal | undefined {
  const fault = holdingsFault(holdings) ?? negative("required", required) ?? notFinite({ cash });
  if (fault) return fault;
  for (const h of holdings) {
    const wrong =
      notPositive(`${h.asset} price`, h.price) ??
      negative(`${h.asset} impact`, h.impact) ??
      outOfRange(`${h.asset} fee`, h.fee, 0, 1) ??
      notFinite({ [`${h.asset} exposure`]: h.exposure ?? 0 });
    if (wrong) return wrong;
  }
  return undefined;
}
