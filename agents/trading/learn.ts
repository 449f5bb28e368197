/** What a look teaches: prices, funding, results, and the book as it stands. Pure. */

import type { AgentView, MarketView } from "../../src/protocol/views.ts";
import { priceFloat, priceOf, qtyOf } from "../../src/sdk/amounts.ts";
import { type Cooldowns, cooled, isCooling } from "../../src/sdk/cooldown.ts";
import type { Outcome } from "../../src/sdk/intent.ts";
import { type Bought, noneBought } from "../../src/sdk/job-buying.ts";
import { type Book, bookVolatility, covarianceOf, type Pairings, pairedAll } from "./book.ts";
import { hurdleOf } from "./buys.ts";
import type { TradingConfig } from "./config.ts";
import { type Context, equityOf, fullSize, worthOf } from "./desk.ts";
import { type Ladder, ladderAt } from "./guard.ts";
import { hedgeOf, hedgesOf, type Spread, spreadOf } from "./hedge.ts";
import { type Rate, rateOf, type Signal, sampled } from "./signal.ts";
import { type Look, pairsOf, sideOf, type Wish } from "./wish.ts";

export interface TradingMemory {
  /** By market, and by two markets' ratio. */
  readonly signals: Readonly<Record<string, Signal>>;
  readonly pairings: Pairings;
  /** What each pair has made by its hedge ratios. */
  readonly spreads: Readonly<Record<string, Spread>>;
  readonly rates: Readonly<Record<string, Rate>>;
  readonly ladder: Ladder | undefined;
  /** When each market was last changed, fleet time. */
  readonly changedAt: Readonly<Record<string, number>>;
  /** Until when each market's reduction is offered to others. */
  readonly offered: Readonly<Record<string, number>>;
  readonly cooldowns: Cooldowns;
  /** What it buys of other agents. */
  readonly bought: Bought;
  /** A start before this one has traded under the same delegation. */
  readonly traded: boolean;
}

export const beginTrading = (): TradingMemory => ({
  signals: {},
  pairings: {},
  spreads: {},
  rates: {},
  ladder: undefined,
  changedAt: {},
  offered: {},
  cooldowns: {},
  bought: noneBought,
  traded: false,
});

/**
 * The memory to start on. Every fill pays a fee, so who has traded since its grant stands below its highest result, or
 * did: a start at the very highest one is taken for a first.
 */
export function resumeTrading({ delegation }: AgentView): TradingMemory {
  const { peak, trough = peak } = delegation ?? {};
  return { ...beginTrading(), traded: trough !== peak };
}

/** Only refused openings cool a market: reducing is tried again at the next look. */
const marketOf = ({ intent }: Outcome): string | undefined =>
  intent.command === "PlaceOrder" && intent.body.reduceOnly !== true
    ? intent.body.market
    : undefined;

/** The memory with this look's prices, funding and results in it. */
export function learned(view: AgentView, memory: TradingMemory, context: Context) {
  const { config, now, outcomes } = context;
  const signals: Record<string, Signal> = {};
  const rates: Record<string, Rate> = {};
  const markets = watchedOf(view, config);
  for (const market of markets) {
    const { market: id, mark, markAt } = market;
    const price = priceFloat(priceOf(mark));
    const at = markAt * config.timeScale;
    signals[id] = sampled(memory.signals[id], price, at, config);
    const rate = rateOf(memory.rates[id], market.funding, at, config);
    if (rate !== undefined) rates[id] = rate;
  }
  const spreads = { ...memory.spreads };
  for (const pair of config.strategy === "pair" ? pairsOf(config) : []) {
    const [a, b] = [signals[pair.first], signals[pair.second]];
    if (a === undefined || b === undefined) continue;
    // By what was known before this look: a ratio that has seen a return would fit it too well.
    const hedge = hedgeOf(pair, memory.signals, memory.pairings, config);
    const spread = spreadOf(memory.spreads[pair.key], a.log, b.log, hedge);
    const log = config.pair.hedge === "volatility" ? a.log - b.log : spread.log;
    const at = Math.min(a.at, b.at);
    signals[pair.key] = sampled(memory.signals[pair.key], Math.exp(log), at, config);
    spreads[pair.key] = spread;
  }
  const ids = markets.map(({ market }) => market);
  const pairings = pairedAll(memory.pairings, memory.signals, signals, ids, config);
  const ladder = ladderAt(memory.ladder, view, config);
  const cooldowns = cooled(memory.cooldowns, outcomes, marketOf, now, config.coolMs);
  return { ...memory, signals, rates, pairings, spreads, ladder, cooldowns };
}

export type Known = ReturnType<typeof learned>;

export const lookOf = (view: AgentView, known: Known, { config, now }: Context): Look => ({
  config,
  hurdle: hurdleOf(known.bought, config, now),
  markets: marketsOf(view, config),
  signals: known.signals,
  rates: Object.fromEntries(Object.entries(known.rates).map(([id, { rate }]) => [id, rate])),
  hedges: config.strategy === "pair" ? hedgesOf(known.signals, known.pairings, config) : {},
  held: (id) => sideOf(Number(qtyOf(positionOf(view, id)?.qty ?? "0"))),
  cooling: (id) => isCooling(known.cooldowns, id, now),
  holdings: view.holdings,
  traded: known.traded,
});

export function bookOf(
  view: AgentView,
  { signals, pairings }: Pick<Known, "signals" | "pairings">,
  markets: readonly MarketView[],
  config: TradingConfig,
): Book {
  const ids = markets.map(({ market }) => market);
  const notionals: Record<string, number> = {};
  for (const market of markets) {
    const held = qtyOf(positionOf(view, market.market)?.qty ?? "0");
    notionals[market.market] = (held < 0n ? -1 : 1) * worthOf(market, held);
  }
  const equity = equityOf(view);
  const views = [0, config.stress].map((stress) =>
    covarianceOf(ids, signals, pairings, config, stress),
  );
  return { markets: ids, notionals, views, equity, most: config.bookVol * equity };
}

/** The part of all wishes together that the book's volatility carries. */
export function scaleOf(
  view: AgentView,
  { signals }: Known,
  markets: readonly MarketView[],
  wishes: Readonly<Record<string, Wish>>,
  book: Book,
  config: TradingConfig,
): number {
  const wished = markets.map((market) => {
    const [wish, signal] = [wishes[market.market], signals[market.market]];
    if (wish === undefined || signal === undefined) return book.notionals[market.market] ?? 0;
    const full = fullSize(view, market, signal, config) * wish.strength;
    return wish.side * Math.min(full, wish.most ?? full);
  });
  const volatility = bookVolatility(wished, book.views);
  return volatility > book.most ? book.most / volatility : 1;
}

/** Its markets that the fleet has a mark of. */
const marketsOf = (view: AgentView, config: TradingConfig): readonly MarketView[] =>
  config.markets.flatMap(
    (id) => view.markets.find((known) => known.market === id && priceOf(known.mark) > 0n) ?? [],
  );

/** Is this one of the markets that its config names? */
export const isOwn = (market: string, { markets }: TradingConfig): boolean =>
  markets.includes(market);

/**
 * Markets that its config does not name and that it has a position or an order in: of a config before this one. They
 * are guarded like its own and wound down.
 */
const besideOf = (view: AgentView, config: TradingConfig): readonly MarketView[] => {
  const held = view.positions.filter(({ qty }) => qtyOf(qty) !== 0n);
  const open = new Set([...held, ...view.orders].map(({ market }) => market));
  return view.markets.filter(
    ({ market, mark }) => open.has(market) && !isOwn(market, config) && priceOf(mark) > 0n,
  );
};

/** All that it watches: what must be wound down first, for a decision may be too short for all of them. */
export const watchedOf = (view: AgentView, config: TradingConfig): readonly MarketView[] => [
  ...besideOf(view, config),
  ...marketsOf(view, config),
];

export const positionOf = (view: AgentView, id: string) =>
  view.positions.find((position) => position.market === id);
