/** Liquidation and bankruptcy prices in plain numbers, with every convention of venues named. */
import { bracketsFault, type MarginBracket } from "./margin-brackets.ts";
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

export type Side = "long" | "short";

/** One position and the money behind it, in coins and quote currency. */
export interface PriceQuery {
  readonly side: Side;
  /** Coins, above zero. */
  readonly quantity: number;
  readonly entry: number;
  /** Wallet balance of the margin mode: the isolated margin, or the whole wallet for cross. */
  readonly balance: number;
  /** Rate of the bracket. */
  readonly maintenanceRate: number;
  /** Maintenance amount of the bracket; 0 by default. */
  readonly cum?: number;
  /** Funding so far: received positive, paid negative. */
  readonly funding?: number;
  /** Fees that come off the balance as an amount, e.g. for opening and closing. */
  readonly fees?: number;
  /**
   * Share of the notional at the solved price that closing costs: fee, projected funding, slippage.
   */
  readonly exitRate?: number;
  /** Other positions of the same wallet (cross): their maintenance margin and profit at mark. */
  readonly others?: { readonly maintenance: number; readonly profit: number };
}

export interface PriceOptions {
  /**
   * What the maintenance rate is taken of: `mark`, the notional at the solved price (Binance, Gate,
   * OKX, Hyperliquid), or `entry`, the notional at entry (Bybit, and the popular linear formula).
   */
  readonly basis?: "mark" | "entry";
  /** Required equity as a multiple of maintenance margin; 1 by default, 0 for bankruptcy. */
  readonly multiple?: number;
}

const signOf = (side: Side): number => (side === "long" ? 1 : -1);

function faultOf(q: PriceQuery, multiple: number): RiskRefusal | undefined {
  const others = q.others ?? { maintenance: 0, profit: 0 };
  return (
    notFinite({
      balance: q.balance,
      cum: q.cum ?? 0,
      funding: q.funding ?? 0,
      fees: q.fees ?? 0,
      profit: others.profit,
    }) ??
    notPositive("quantity", q.quantity) ??
    notPositive("entry", q.entry) ??
    outOfRange("maintenanceRate", q.maintenanceRate, 0, 1) ??
    outOfRange("exitRate", q.exitRate ?? 0, 0, 1) ??
    negative("others.maintenance", others.maintenance) ??
    outOfRange("multiple", multiple, 0, 1e6)
  );
}

/**
 * Price at which equity equals the required margin.
 *
 * Formula:  balance + funding - fees - TMM + UPNL + s Q (P - E) = k (Q P r - cum) + x Q P, s = +1
 *           for a long and -1 for a short, k the multiple, x the exit rate; with basis `entry` the
 *           margin is k (Q E r - cum). For k = 1, x = 0 this is Binance's one-way formula
 *           LP = (WB - TMM + UPNL + cum - s Q E) / (Q r - s Q).
 * Refusals: `never-liquidated` when a long's price would be zero or below, `already-liquidated`
 *           when a short's would be; `not-finite` and `out-of-range` for inputs.
 */
export function liquidationPriceOf(q: PriceQuery, options: PriceOptions = {}): Measured<number> {
  const { basis = "mark", multiple = 1 } = options;
  const fault = faultOf(q, multiple);
  if (fault) return fault;
  const { quantity, entry } = q;
  const s = signOf(q.side);
  const cash =
    q.balance +
    (q.funding ?? 0) -
    (q.fees ?? 0) -
    (q.others?.maintenance ?? 0) +
    (q.others?.profit ?? 0);
  const rate = basis === "mark" ? multiple * q.maintenanceRate : 0;
  const fixed =
    multiple * (q.cum ?? 0) -
    (basis === "entry" ? multiple * q.maintenanceRate * quantity * entry : 0);
  const slope = quantity * (rate + (q.exitRate ?? 0) - s);
  if (slope === 0 || slope < 0 !== (s === 1)) {
    return refused("out-of-range", "the rates together must be below 100 % of the notional");
  }
  const price = (cash + fixed - s * quantity * entry) / slope;
  if (price > 0 || Number.isNaN(price)) return finite(price);
  return s === 1
    ? refused("never-liquidated", "the position is paid for in full")
    : refused("already-liquidated", "no price meets the requirement");
}

/**
 * Price at which nothing is left after closing: formula and refusals of `liquidationPriceOf` with no maintenance
 * margin.
 */
export const bankruptcyPriceOf = (q: PriceQuery): Measured<number> =>
  liquidationPriceOf(q, { multiple: 0 });

/**
 * Price at which equity equals the required margin of the bracket *that holds at that price*.
 *
 * `maintenanceRate` and `cum` of the query are not read. Beyond the table the last bracket holds.
 * Refusals: those of `liquidationPriceOf`, and what `bracketsFault` says.
 */
export function liquidationPriceInBrackets(
  q: Omit<PriceQuery, "maintenanceRate" | "cum">,
  brackets: readonly MarginBracket[],
  options: { readonly multiple?: number } = {},
): Measured<number> {
  const fault = bracketsFault(brackets);
  if (fault) return fault;
  let cum = 0;
  let from = 0;
  let rate = 0;
  for (const [i, bracket] of brackets.entries()) {
    cum += from * (bracket.maintenance - rate);
    rate = bracket.maintenance;
    const price = liquidationPriceOf({ ...q, maintenanceRate: rate, cum }, options);
    if (!price.ok) return price;
    if (price.value * q.quantity <= bracket.upTo || i === brackets.length - 1) return price;
    from = bracket.upTo;
  }
  return refused("empty", "a margin table has at least one bracket");
}

/** What the linear formula says, what is so, and which way it errs. */
export interface LinearFormula {
  /** entry x (1 - s (1 / leverage - maintenance)). */
  readonly linear: number;
  /** entry x (1 - s / leverage) / (1 - s maintenance): maintenance on the mark notional. */
  readonly exact: number;
  /** linear - exact. */
  readonly error: number;
  /** True when the linear price comes after the real one: every short. Longs are told too early. */
  readonly late: boolean;
}

/**
 * The popular linear liquidation price beside the exact one, isolated margin, no fees.
 *
 * The error is entry x maintenance x (1 / leverage - maintenance) / (1 - s maintenance): to first
 * order the maintenance rate times the buffer.
 * Refusals: `not-finite`, `out-of-range` for a price or leverage not above zero or a rate of one.
 */
export function linearLiquidationPrice(
  side: Side,
  entry: number,
  leverage: number,
  maintenanceRate: number,
): Measured<LinearFormula> {
  const fault =
    notPositive("entry", entry) ??
    notPositive("leverage", leverage) ??
    outOfRange("maintenanceRate", maintenanceRate, 0, 0.999_999);
  if (fault) return fault;
  const s = signOf(side);
  const linear = entry * (1 - s * (1 / leverage - maintenanceRate));
  const exact = (entry * (1 - s / leverage)) / (1 - s * maintenanceRate);
  return finite({ linear, exact, error: linear - exact, late: s * (linear - exact) < 0 });
}

/**
 * A price moved towards the mark by a share of itself: a slippage buffer on a liquidation price.
 *
 * Refusals: `not-finite`, `out-of-range` for a price not above zero or a buffer outside [0, 1].
 */
export function bufferedPrice(side: Side, price: number, buffer: number): Measured<number> {
  const fault = notPositive("price", price) ?? outOfRange("buffer", buffer, 0, 1);
  return fault ?? finite(price * (1 + signOf(side) * buffer));
}

/**
 * Distance of the mark from a price on its losing side, as a share of the mark; negative: passed.
 *
 * Refusals: `not-finite`, `out-of-range` for a mark not above zero or a negative price.
 */
export function distanceTo(side: Side, mark: number, price: number): Measured<number> {
  const fault = notPositive("mark", mark) ?? negative("price", price);
  return fault ?? finite((signOf(side) * (mark - price)) / mark);
}

/**
 * Stop price between the liquidation price and the mark.
 *
 * Formula:  price at which equity is `multiple` (above 1) times the maintenance margin.
 * Refusals: `stop-beyond-mark` when it is not on the losing side of the mark by `gap`, a share of
 *           it.
 */
export function safeStopOf(
  q: PriceQuery,
  {
    mark,
    multiple,
    gap = 0,
  }: { readonly mark: number; readonly multiple: number; readonly gap?: number },
): Measured<number> {
  if (!(multiple > 1)) return refused("out-of-range", `a multiple is above 1, was ${multiple}`);
  const stop = liquidationPriceOf(q, { multiple });
  if (!stop.ok) return stop;
  const room = distanceTo(q.side, mark, stop.value);
  if (!room.ok) return room;
  const fault = outOfRange("gap", gap, 0, 0.999_999);
  if (fault) return fault;
  if (room.value > gap) return stop;
  return refused("stop-beyond-mark", `a stop at ${stop.value} would fire at the mark ${mark}`);
}
