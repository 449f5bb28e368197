/** Time-series momentum over several perpetuals, sized by volatility. Pure: view in, orders out. */
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
import type { AgentView, MarketView } from "../../src/protocol/views.ts";
import type { Side } from "../../src/protocol/words.ts";
import {
  floorToLot,
  priceFloat,
  priceOf,
  qtyOf,
  usdcFloat,
  usdcFrom,
  usdcOf,
} from "../../src/sdk/amounts.ts";
import { type Cooldowns, cooled, isCooling } from "../../src/sdk/cooldown.ts";
import type { Decision, StrategyContext } from "../../src/sdk/define.ts";
import type { Intent, Outcome } from "../../src/sdk/intent.ts";
import type { TradingConfig } from "./config.ts";
import { type Signal, sampled, trend, volatility } from "./signal.ts";

export interface TradingMemory {
  readonly signals: Readonly<Record<string, Signal>>;
  /** When each market was last changed, fleet time. */
  readonly changedAt: Readonly<Record<string, number>>;
  readonly cooldowns: Cooldowns;
}

export const beginTrading = (): TradingMemory => ({ signals: {}, changedAt: {}, cooldowns: {} });

type Context = StrategyContext<TradingConfig>;

export function tradingStrategy(
  view: AgentView,
  memory: TradingMemory,
  context: Context,
): Decision<TradingMemory> {
  const { config, now } = context;
  const signals = sampleAll(view, memory, config);
  const changedAt = { ...memory.changedAt };
  const cooldowns = cooled(memory.cooldowns, context.outcomes, marketOf, now, config.coolMs);
  const budget = { left: usdcFloat(usdcOf(view.delegation?.available ?? "0")) };
  const intents: Intent[] = [];
  for (const market of marketsOf(view, config)) {
    const signal = signals[market.market];
    if (signal === undefined || isBusy(view, market.market)) continue;
    if (isCooling(cooldowns, market.market, now)) continue;
    const since = now - (changedAt[market.market] ?? Number.NEGATIVE_INFINITY);
    const desk: Desk = { view, context, market, signal, since, held: heldOf(view, market), budget };
    const order = view.mode === "flatten" ? undefined : (forced(desk) ?? chosen(desk));
    if (order === undefined) continue;
    changedAt[market.market] = now;
    intents.push(order);
  }
  const next = { signals, changedAt, cooldowns };
  const idle = intents.length === 0 && view.positions.length === 0;
  return idle
    ? { intents, memory: next, rest: whyIdle(signals, config) }
    : { intents, memory: next };
}

/** What one market's order is decided by. */
interface Desk {
  readonly view: AgentView;
  readonly context: Context;
  readonly market: MarketView;
  readonly signal: Signal;
  /** Fleet time since this market was changed, in ms. */
  readonly since: number;
  /** The position, signed. */
  readonly held: Qty;
  /** Margin that this decision may still use, in USDC. */
  readonly budget: { left: number };
}

/** What must be given up, whatever the trend: by zone, mode, recall, or a cap cut below its use. */
function forced(desk: Desk): Intent | undefined {
  const { view, context, held, since } = desk;
  const delegation = view.delegation;
  if (held === 0n) return undefined;
  const lost = delegation === undefined || delegation.phase === "ended";
  if (lost || delegation.phase === "recalling" || view.zone === "red") return reduce(desk, 0);
  const waited = since >= context.config.reduceEveryMs;
  const cap = usdcFloat(usdcOf(delegation.cap));
  const reserved = usdcFloat(usdcOf(delegation.reserved));
  if (reserved > cap && waited) return reduce(desk, (0.95 * cap) / reserved);
  if ((view.mode === "reduce" || view.zone === "orange") && waited) return reduce(desk, 0.5);
  return undefined;
}

/** What the trend asks for, where the band and the holding time let it. */
function chosen(desk: Desk): Intent | undefined {
  const { view, context, market, signal, held, since } = desk;
  const { config } = context;
  if (signal.samples < config.warmup || since < config.holdMs) return undefined;
  const strength = trend(signal, config);
  const side = sideOf(strength, Number(held > 0n) - Number(held < 0n), config);
  if (held !== 0n && side !== (held > 0n ? 1 : -1)) return reduce(desk, 0);
  if (side === 0) return undefined;
  const full = fullSize(view, market, signal, config);
  const ramp = Math.min(1, signal.samples / config.fullSamples);
  const now = usdcFloat(micro(abs(notional(priceOf(market.mark), held, "down"))));
  const change = full * ramp - now;
  if (Math.abs(change) <= config.band * full * ramp) return undefined;
  if (change < 0) return reduce(desk, (full * ramp) / now);
  return open(desk, side, change, strength);
}

/** With the trend once it is strong; out only when it turns. In between, as it is. */
function sideOf(strength: number, held: number, config: TradingConfig): number {
  if (Math.abs(strength) >= config.enter) return Math.sign(strength);
  return strength * held > -config.exit ? held : 0;
}

/**
 * Notional at full size, in USDC: share of the equity x target volatility / volatility, at most what
 * the share carries at its leverage. Equity is what the delegation is worth: cap less losses.
 */
function fullSize(
  view: AgentView,
  market: MarketView,
  signal: Signal,
  config: TradingConfig,
): number {
  const held = view.delegation;
  if (held === undefined) return 0;
  const worth = usdcFloat(micro(usdcOf(held.available) + usdcOf(held.reserved)));
  const equity = Math.min(worth, usdcFloat(usdcOf(held.cap)));
  const share = (equity * config.useShare) / config.markets.length;
  const scale = config.targetVol / volatility(signal, config);
  return share * Math.min(scale, leverageOf(view, market, config) / 1e6);
}

const leverageOf = (view: AgentView, market: MarketView, config: TradingConfig): number =>
  Math.min(
    Math.floor(config.leverage * 1e6),
    view.delegation?.maxLeverage ?? 0,
    market.maxLeverage,
  );

/** An order that opens or grows, within the budget; takes its margin from it. */
function open(desk: Desk, side: number, wanted: number, strength: number): Intent | undefined {
  const { view, context, market, budget } = desk;
  const { config } = context;
  const leverage = leverageOf(view, market, config);
  // Yellow takes no new leverage, and an unprotected position is not grown.
  if (context.stance !== "run" || view.zone !== "green" || leverage < 1e6) return undefined;
  if (positionOf(view, market)?.phase === "unprotected") return undefined;
  const most = (budget.left * leverage) / 1e6 / config.marginBuffer;
  const cap = usdcFloat(usdcOf(market.maxNotional)) / config.marginBuffer;
  const value = usdcFrom(Math.min(wanted, most, cap));
  const size = sizeFor(market, value);
  const at = priceOf(market.mark);
  const least = usdcFloat(usdcOf(market.minNotional)) * 1.05;
  const worth = usdcFloat(notional(at, size, "down"));
  if (size === 0n || worth < least) return undefined;
  budget.left -= (worth * config.marginBuffer * 1e6) / leverage;
  return {
    command: "PlaceOrder",
    body: {
      order: context.name("o"),
      market: market.market,
      side: side > 0 ? "buy" : "sell",
      qty: formatQty(size),
      leverage,
      note: noteOf(desk, strength),
    },
  };
}

/** An order that keeps `keep` (0 to 1) of the position, or nothing where too little would be left. */
function reduce(desk: Desk, keep: number): Intent | undefined {
  const { context, market, held } = desk;
  const size = quantity(abs(held));
  const lot = qtyOf(market.lot);
  const parts = BigInt(Math.floor(Math.min(1, Math.max(0, keep)) * 1e6));
  const kept = lot > 0n ? floorToLot(quantity((size * parts) / 1_000_000n), lot) : quantity(0n);
  const left = notional(priceOf(market.mark), kept, "down");
  const closing = left < usdcOf(market.minNotional) ? size : quantity(size - kept);
  if (closing === 0n) return undefined;
  const side: Side = held > 0n ? "sell" : "buy";
  return {
    command: "PlaceOrder",
    body: {
      order: context.name("o"),
      market: market.market,
      side,
      qty: formatQty(closing),
      reduceOnly: true,
      note: context.why === "" ? noteOf(desk, trend(desk.signal, context.config)) : context.why,
    },
  };
}

const noteOf = ({ signal, context: { config } }: Desk, strength: number): string =>
  `trend ${strength.toFixed(2)}, volatility ${(volatility(signal, config) * 100).toFixed(0)} %`;

function sizeFor(market: MarketView, value: Micro): Qty {
  const at: Price = priceOf(market.mark);
  const lot = qtyOf(market.lot);
  return at <= 0n || lot <= 0n || value <= 0n
    ? quantity(0n)
    : floorToLot(qtyFor(value, at, "down"), lot);
}

function sampleAll(
  view: AgentView,
  memory: TradingMemory,
  config: TradingConfig,
): Record<string, Signal> {
  const signals: Record<string, Signal> = {};
  for (const market of marketsOf(view, config)) {
    const { market: id, mark, markAt } = market;
    const price = priceFloat(priceOf(mark));
    signals[id] = sampled(memory.signals[id], price, markAt * config.timeScale, config);
  }
  return signals;
}

/** Its markets that the fleet has a mark of. */
const marketsOf = (view: AgentView, config: TradingConfig): readonly MarketView[] =>
  config.markets.flatMap(
    (id) => view.markets.find((known) => known.market === id && priceOf(known.mark) > 0n) ?? [],
  );

const positionOf = (view: AgentView, { market }: MarketView) =>
  view.positions.find((position) => position.market === market);

const heldOf = (view: AgentView, market: MarketView): Qty =>
  qtyOf(positionOf(view, market)?.qty ?? "0");

/** One order at a time in a market, and none where the coordinator closes. */
const isBusy = (view: AgentView, market: string): boolean =>
  view.orders.some((order) => order.market === market) ||
  view.positions.some((position) => position.market === market && position.phase === "closing");

/** Only refused openings cool a market: reducing is tried again at the next look. */
const marketOf = ({ intent }: Outcome): string | undefined =>
  intent.command === "PlaceOrder" && intent.body.reduceOnly !== true
    ? intent.body.market
    : undefined;

function whyIdle(signals: Readonly<Record<string, Signal>>, config: TradingConfig): string {
  const known = Object.values(signals);
  if (known.length === 0) return "no marks of its markets yet";
  const most = Math.max(...known.map((signal) => signal.samples));
  return most < config.warmup
    ? `warming up: ${most} of ${config.warmup} samples`
    : "no trend is strong enough, or nothing is left to trade with";
}
