/** One market's desk: what is held and known there, and orders within its bounds. */
import {
  abs,
  formatQty,
  type Micro,
  micro,
  notional,
  type Price,
  type Qty,
  qtyFor,
  qty as quantity,
} from "../../src/core/money.ts";
import type { AgentView, MarketView, PositionView } from "../../src/protocol/views.ts";
import { volatilityAdjustedLeverage } from "../../src/risk/sizing.ts";
import { floorToLot, priceOf, qtyOf, usdcFloat, usdcFrom, usdcOf } from "../../src/sdk/amounts.ts";
import type { StrategyContext } from "../../src/sdk/define.ts";
import type { Intent } from "../../src/sdk/intent.ts";
import { type Book, roomFor } from "./book.ts";
import type { TradingConfig } from "./config.ts";
import { strainedTo } from "./guard.ts";
import { type Signal, volatility } from "./signal.ts";
import type { Wish } from "./wish.ts";

export type Context = StrategyContext<TradingConfig>;

/** What one market's order is decided by. */
export interface Desk {
  readonly view: AgentView;
  readonly context: Context;
  readonly market: MarketView;
  readonly signal: Signal;
  /** None: undefined where the strategy leaves the market as it is. */
  readonly wish: Wish | undefined;
  readonly position: PositionView | undefined;
  /** Fleet time since this market was changed, in ms. */
  readonly since: number;
  /** An opening was refused not long ago. */
  readonly cooling: boolean;
  /** The position, signed. */
  readonly held: Qty;
  /** What of it others pay for, signed: by choice it is not given up. */
  readonly hedged: Qty;
  /** Part of the full size that the book and the ladder leave. */
  readonly scale: number;
  /** Part of the full size that the ladder leaves, whatever the book. */
  readonly keeps: number;
  readonly book: Book;
  /** All desks of this decision, by market. */
  readonly desks: ReadonlyMap<string, Desk>;
  /** Margin that this decision may still use, in USDC. */
  readonly budget: { left: number };
}

/** Equity is what the delegation is worth: cap less losses. In USDC. */
export function equityOf({ delegation }: AgentView): number {
  if (delegation === undefined) return 0;
  const worth = usdcFloat(micro(usdcOf(delegation.available) + usdcOf(delegation.reserved)));
  return Math.min(worth, usdcFloat(usdcOf(delegation.cap)));
}

/** Leverage falls as volatility rises above its base; the delegation's and the market's hold as well. */
export function leverageOf(
  view: AgentView,
  market: MarketView,
  signal: Signal,
  config: TradingConfig,
): number {
  const adjusted = volatilityAdjustedLeverage(
    config.leverage,
    volatility(signal, config),
    config.baseVol,
  );
  const own = adjusted.ok ? Math.max(1, adjusted.value) : 1;
  return Math.min(Math.floor(own * 1e6), view.delegation?.maxLeverage ?? 0, market.maxLeverage);
}

/** Markets that share the equity: the last of an odd number has none to be paired with and takes no part. */
const tradedIn = ({ strategy, markets }: TradingConfig): number =>
  strategy === "pair" ? Math.max(2, markets.length - (markets.length % 2)) : markets.length;

/**
 * Notional at full size, in USDC: share of the equity x target volatility / volatility, at most what
 * the share carries at its leverage.
 */
export function fullSize(
  view: AgentView,
  market: MarketView,
  signal: Signal,
  config: TradingConfig,
): number {
  const part = (equityOf(view) * config.useShare) / tradedIn(config);
  const scale = config.targetVol / volatility(signal, config);
  return part * Math.min(scale, leverageOf(view, market, signal, config) / 1e6);
}

/** What is held at the mark, in USDC, without its sign. */
export const worthOf = (market: MarketView, held: Qty): number =>
  usdcFloat(micro(abs(notional(priceOf(market.mark), held, "down"))));

/** Duties that take no opening of anybody. */
const BARS = new Set(["no-new-risk", "uncovered"]);

/** The most that an order which opens or grows may come to, in USDC: by margin, book and market. */
export function mostOf(desk: Desk, side: number): number {
  const { view, context, market, budget, book, signal } = desk;
  const leverage = leverageOf(view, market, signal, context.config);
  const most = (budget.left * leverage) / 1e6 / context.config.marginBuffer;
  return Math.min(most, capOf(desk), roomFor(book, market.market, side));
}

/** The same by the market alone; 0 where nothing may be opened at all. */
export function capOf({ view, context, market, signal, position }: Desk): number {
  const { config } = context;
  const leverage = leverageOf(view, market, signal, config);
  // What its config does not name is wound down: no hedge that it owes there is made larger either.
  if (!config.markets.includes(market.market)) return 0;
  // Yellow takes no new leverage, and an unprotected position is not grown.
  if (context.stance !== "run" || view.zone !== "green" || leverage < 1e6) return 0;
  // Nor is anything opened while its margin must come down, or a call is open: the fleet would refuse it.
  if (view.margin.duties.some(({ duty }) => BARS.has(duty))) return 0;
  if (strainedTo(view, config) !== undefined) return 0;
  if (position?.phase === "unprotected") return 0;
  return usdcFloat(usdcOf(market.maxNotional)) / config.marginBuffer;
}

/** An order that opens or grows by what is wanted, or by what may be of it. */
export function open(desk: Desk, side: number, wanted: number, note: string): Intent | undefined {
  const size = sizeFor(desk.market, Math.min(wanted, mostOf(desk, side)));
  return opening(desk, side, size, note);
}

/** An order of exactly this size, or none where it may not be that large. */
export const openAll = (desk: Desk, side: number, size: Qty, note: string): Intent | undefined =>
  worthOf(desk.market, size) > mostOf(desk, side) ? undefined : opening(desk, side, size, note);

/** The least that an order which opens is placed for, in USDC. */
export const leastOf = (market: MarketView): number => usdcFloat(usdcOf(market.minNotional)) * 1.05;

/** The order, where it is worth one; it takes its part of the margin and of the book. */
function opening(desk: Desk, side: number, size: Qty, note: string): Intent | undefined {
  const { view, context, market, budget, book, signal } = desk;
  const { config } = context;
  const leverage = leverageOf(view, market, signal, config);
  const worth = worthOf(market, size);
  if (size === 0n || worth < leastOf(market)) return undefined;
  budget.left -= (worth * config.marginBuffer * 1e6) / leverage;
  book.notionals[market.market] = (book.notionals[market.market] ?? 0) + side * worth;
  return {
    command: "PlaceOrder",
    body: {
      order: context.name("o"),
      market: market.market,
      side: side > 0 ? "buy" : "sell",
      qty: formatQty(size),
      leverage,
      note,
    },
  };
}

/** What is kept of a position of which `keep` (0 to 1) stays. */
function keptOf({ market, held }: Desk, keep: number): Qty {
  const lot = qtyOf(market.lot);
  const parts = BigInt(Math.floor(Math.min(1, Math.max(0, keep)) * 1e6));
  return lot > 0n ? floorToLot(quantity((abs(held) * parts) / 1_000_000n), lot) : quantity(0n);
}

/** What closes to keep `kept` of a position, and at least `spared`: all of it where too little would be left. */
function closingSize({ market, held }: Desk, kept: Qty, spared: Qty): Qty {
  const size = quantity(abs(held));
  if (kept >= size) return quantity(0n);
  if (kept < spared) return size > spared ? quantity(size - spared) : quantity(0n);
  const left = notional(priceOf(market.mark), kept, "down");
  return spared === 0n && left < usdcOf(market.minNotional) ? size : quantity(size - kept);
}

/** An order that keeps `keep` of the position and what is spared, or nothing where nothing is to be closed. */
export const reduce = (
  desk: Desk,
  keep: number,
  note: string,
  spared = quantity(0n),
): Intent | undefined => closing(desk, keptOf(desk, keep), note, spared);

/** The same with the worth that is kept, in USDC. */
export const reduceTo = (
  desk: Desk,
  worth: number,
  note: string,
  spared: Qty,
): Intent | undefined => closing(desk, sizeFor(desk.market, worth), note, spared);

function closing(desk: Desk, kept: Qty, note: string, spared: Qty): Intent | undefined {
  const { context, market, held, book } = desk;
  const size = closingSize(desk, kept, spared);
  if (size === 0n) return undefined;
  const sign = held > 0n ? 1 : -1;
  book.notionals[market.market] =
    (book.notionals[market.market] ?? 0) - sign * worthOf(market, size);
  return {
    command: "PlaceOrder",
    body: {
      order: context.name("o"),
      market: market.market,
      side: held > 0n ? "sell" : "buy",
      qty: formatQty(size),
      reduceOnly: true,
      note,
    },
  };
}

/** Whole lots that are worth no more than so many USDC. */
export function sizeFor(market: MarketView, worth: number): Qty {
  const value: Micro = usdcFrom(worth);
  const at: Price = priceOf(market.mark);
  const lot = qtyOf(market.lot);
  return at <= 0n || lot <= 0n || value <= 0n
    ? quantity(0n)
    : floorToLot(qtyFor(value, at, "down"), lot);
}
