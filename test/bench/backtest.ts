/** Runs the trading specialist's own strategy over closes: orders fill at the next one, at a cost. */
import type { TradingConfig } from "../../agents/trading/config.ts";
import { beginTrading } from "../../agents/trading/learn.ts";
import { tradingStrategy } from "../../agents/trading/strategy.ts";
import type { AgentView, MarketView, PositionView } from "../../src/protocol/views.ts";
import type { Intent, Outcome } from "../../src/sdk/intent.ts";
import { randomOf } from "../../src/sdk/random.ts";
import { sampleDelegation, sampleView } from "../../src/sdk/sample-view.ts";
import type { Bars } from "./strategy-data.ts";

/** What each fill costs beside its price: the taker fee, and half a spread with impact. */
const FEE = 0.0005;
const SLIPPAGE = 0.0002;
const CAP = 10_000;
/** Of the way to liquidation, where the fleet's policy puts a native stop. */
const STOP_SHARE = 0.6;
const DAY = 86_400_000;

export interface Result {
  /** Profit or loss of each day, as a share of the cap. */
  readonly daily: readonly number[];
  readonly years: number;
  readonly fees: number;
  readonly funding: number;
  /** Sum of all fills over the cap. */
  readonly traded: number;
  readonly orders: number;
  readonly stops: number;
}

interface Held {
  qty: number;
  entry: number;
  margin: number;
  funding: number;
  stop: number;
}

interface Order {
  readonly market: string;
  readonly qty: number;
  readonly leverage: number;
}

/** One account: cash results, positions by market, orders that fill at the next close. */
class Account {
  readonly held = new Map<string, Held>();
  realized = 0;
  fees = 0;
  funding = 0;
  traded = 0;
  orders = 0;
  stops = 0;
  pending: Order[] = [];

  unrealized(prices: ReadonlyMap<string, number>): number {
    let sum = 0;
    for (const [market, { qty, entry }] of this.held) {
      sum += qty * ((prices.get(market) ?? entry) - entry);
    }
    return sum;
  }

  fill({ market, qty, leverage }: Order, price: number): void {
    const paid = price * (1 + Math.sign(qty) * SLIPPAGE);
    const value = Math.abs(qty) * paid;
    this.fees += value * FEE + Math.abs(qty) * Math.abs(paid - price);
    this.traded += value;
    this.realized -= value * FEE;
    const before = this.held.get(market);
    if (before === undefined) {
      const way = (STOP_SHARE / leverage) * 0.97;
      const stop = paid * (1 - Math.sign(qty) * way);
      this.held.set(market, { qty, entry: paid, margin: value / leverage, funding: 0, stop });
      return;
    }
    const after = before.qty + qty;
    if (before.qty * qty > 0) {
      before.entry = (before.entry * before.qty + paid * qty) / after;
      before.margin += value / leverage;
    } else {
      const closed = Math.min(Math.abs(qty), Math.abs(before.qty));
      this.realized += Math.sign(before.qty) * closed * (paid - before.entry);
      const left = 1 - closed / Math.abs(before.qty);
      before.margin *= left;
      before.funding *= left;
    }
    before.qty = after;
    if (Math.abs(after) < 5e-9) this.held.delete(market);
  }
}

/** Runs one config over the bars. `coins`: the fleet holds as much of each coin as its share is worth. */
export function backtest(bars: Bars, config: TradingConfig, coins = false): Result {
  const account = new Account();
  let memory = beginTrading();
  let outcomes: Outcome[] = [];
  let spot = 0;
  const held = new Map(
    bars.markets.map(({ market, closes }) => [
      market,
      coins ? CAP / bars.markets.length / (closes[0] ?? 1) : 0,
    ]),
  );
  const worth: number[] = [];
  for (const [i, at] of bars.times.entries()) {
    const prices = new Map(bars.markets.map(({ market, closes }) => [market, closes[i] ?? 0]));
    spot += settle(account, bars, i, prices, held);
    const view = viewOf(account, bars, i, at, prices, held);
    let serial = 0;
    const decision = tradingStrategy(view, memory, {
      config,
      now: at,
      stance: "run",
      why: "",
      outcomes,
      marks: new Map(),
      random: randomOf(1, i),
      lifecycle: undefined,
      name: (kind) => `${kind}-${i}-${++serial}`,
    });
    memory = decision.memory;
    outcomes = decision.intents.map((intent) => ({ ok: true, intent, seq: i }));
    account.pending = decision.intents.flatMap((intent) => orderOf(account, intent));
    worth.push(account.realized + account.unrealized(prices) + spot);
  }
  const { fees, funding, traded, orders, stops } = account;
  const span = (bars.times.at(-1) ?? 0) - (bars.times[0] ?? 0);
  const told = { fees: fees / CAP, funding: funding / CAP, traded: traded / CAP, orders, stops };
  return { daily: dailyOf(bars, worth), years: span / (365.25 * DAY), ...told };
}

function orderOf(account: Account, intent: Intent): Order[] {
  const { command, body } = intent;
  if (command === "MoveStop") {
    const held = account.held.get(body.market);
    if (held !== undefined) held.stop = Number(body.stop);
  }
  if (command !== "PlaceOrder") return [];
  account.orders += 1;
  const qty = Number(body.qty) * (body.side === "buy" ? 1 : -1);
  return [{ market: body.market, qty, leverage: (body.leverage ?? 1e6) / 1e6 }];
}

/** What happens up to a close: orders fill at it, funding is paid, stops are hit. @returns spot's gain. */
function settle(
  account: Account,
  bars: Bars,
  i: number,
  prices: ReadonlyMap<string, number>,
  coins: ReadonlyMap<string, number>,
): number {
  let spot = 0;
  for (const { market, closes, funding } of bars.markets) {
    const position = account.held.get(market);
    if (position === undefined || i === 0) continue;
    const price = closes[i] ?? 0;
    // What a short against coins would lose on the coins: counted, so that the hedge is measured whole.
    const hedged = Math.min(Math.max(0, -position.qty), coins.get(market) ?? 0);
    spot += hedged * (price - (closes[i - 1] ?? price));
    const paid = -position.qty * price * (funding[i] ?? 0);
    position.funding += paid;
    account.funding += paid;
    account.realized += paid;
    const hit = position.qty > 0 ? price <= position.stop : price >= position.stop;
    if (!hit) continue;
    account.stops += 1;
    account.pending = account.pending.filter((order) => order.market !== market);
    account.fill({ market, qty: -position.qty, leverage: 1 }, price);
  }
  for (const order of account.pending) account.fill(order, prices.get(order.market) ?? 0);
  return spot;
}

const text = (value: number, digits = 6): string => value.toFixed(digits);

function viewOf(
  account: Account,
  bars: Bars,
  i: number,
  at: number,
  prices: ReadonlyMap<string, number>,
  coins: ReadonlyMap<string, number>,
): AgentView {
  const unrealized = account.unrealized(prices);
  const reserved = [...account.held.values()].reduce((sum, { margin }) => sum + margin, 0);
  const lost = Math.min(0, account.realized + Math.min(0, unrealized));
  const available = Math.max(0, CAP + lost - reserved);
  const delegation = {
    ...sampleDelegation("trading", at),
    ...{ cap: text(CAP), reserved: text(reserved), available: text(available) },
  };
  const markets = bars.markets.map(({ market, base, closes, lastNano }): MarketView => {
    const funding = lastNano[i];
    return {
      ...{ market, base, mark: text(closes[i] ?? 0, 8), markAt: at, lot: "0.00000001" },
      ...{ tick: "0.00000001", minNotional: "10", maxNotional: "1000000" },
      ...{ maxLeverage: 20_000_000, takerFee: 500 },
      tiers: [{ initial: 20_000, maintenance: 10_000 }],
      ...(funding === undefined ? {} : { funding }),
    };
  });
  const positions = [...account.held].map(([market, one]): PositionView => {
    const price = prices.get(market) ?? one.entry;
    return {
      ...{ market, phase: "protected", qty: text(one.qty, 8), entry: text(one.entry, 8) },
      ...{ mark: text(price, 8), margin: text(one.margin), stop: text(one.stop, 8) },
      unrealized: text(one.qty * (price - one.entry)),
      maintenance: text(Math.abs(one.qty) * price * 0.01),
      funding: text(one.funding),
    };
  });
  const holdings = bars.markets.map(({ market, base }) => ({
    ...{ asset: base, wallet: text(coins.get(market) ?? 0, 8), lent: "0" },
  }));
  const pnl = { total: text(account.realized) };
  return sampleView("trading", { at, delegation, markets, positions, holdings, pnl });
}

/** Sums by day of what the account and the coins behind it made. */
function dailyOf({ times }: Bars, worth: readonly number[]): readonly number[] {
  const days: number[] = [];
  let day = Math.floor((times[0] ?? 0) / DAY);
  let from = 0;
  for (const [i, at] of times.entries()) {
    const now = Math.floor(at / DAY);
    const before = worth[i - 1] ?? 0;
    if (now > day) {
      days.push((before - from) / CAP);
      from = before;
      day = now;
    }
  }
  return days;
}
