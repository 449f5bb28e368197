/** Real crashes: when they were, which of them market data tells, and fleets that live through them. */
import { DAY, HOUR } from "../../core/time.ts";
import { Chance } from "../chance.ts";
import type { Crisis, CrisisAgent, CrisisMarket, CrisisPosition } from "./crisis.ts";
import { stressOf } from "./paths.ts";
import type { Quote, Quotes } from "./quotes.ts";

/** A fall that has a name. Times are UTC; `from` is before it begins. */
export interface Event {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** Steps into which it is cut. */
  readonly steps?: number;
}

/** The largest wave of liquidations so far. */
export const OCTOBER = "10 October 2025";

const EVENTS: readonly Event[] = [
  { name: "March 2020, Black Thursday", from: "2020-03-08", to: "2020-03-17" },
  { name: "January 2021", from: "2021-01-08", to: "2021-01-14" },
  { name: "February 2021", from: "2021-02-21", to: "2021-03-01" },
  { name: "April 2021", from: "2021-04-16", to: "2021-04-27" },
  { name: "19 May 2021", from: "2021-05-11", to: "2021-05-25" },
  { name: "May 2022, LUNA", from: "2022-05-04", to: "2022-05-15" },
  { name: "June 2022, Celsius and 3AC", from: "2022-06-08", to: "2022-06-20" },
  { name: "November 2022, FTX", from: "2022-11-05", to: "2022-11-16" },
  { name: "13 April 2024", from: "2024-04-11", to: "2024-04-16" },
  { name: "August 2024, carry unwind", from: "2024-08-02", to: "2024-08-07" },
  // Ten minutes a step: the fall and most of the way back took one hour.
  { name: OCTOBER, from: "2025-10-10T06", to: "2025-10-11T18", steps: 216 },
];

/** Steps into which a window is cut. */
const STEPS = 96;
/** A source tells a window when it has this many quotes of a coin in it. */
const QUOTES_MIN = 3;

/** USDC that move a coin by 1 %, half spread; see docs/paper-platform.md for where they are from. */
const BOOKS: Readonly<Record<string, readonly [depth: number, halfSpread: number]>> = {
  BTC: [2_340_000, 0.0000077],
  ETH: [3_580_000, 0.000015],
  BNB: [800_000, 0.00008],
  SOL: [1_200_000, 0.00006],
  XRP: [600_000, 0.0001],
  DOGE: [600_000, 0.0001],
};
const OTHER = [400_000, 0.00012] as const;

export interface Window {
  readonly name: string;
  readonly file: string;
  readonly coins: readonly string[];
  /** Epoch ms of each step. */
  readonly times: readonly number[];
  readonly prices: readonly (readonly number[])[];
  /** Share of the calm depth, from the books where the source tells them. */
  readonly stress: readonly (readonly number[])[];
  /** Between quotes of the coin that is quoted most: how coarse the source is. */
  readonly everyMs: number;
}

/** A day, or an hour of it. */
const timeOf = (text: string): number =>
  Date.parse(text.includes("T") ? `${text}:00:00Z` : `${text}T00:00:00Z`);

/** Between two quotes the logarithm goes in a straight line; before and after, it stands. */
function priceAt(quotes: readonly Quote[], at: number): number {
  const later = quotes.findIndex((quote) => quote.at >= at);
  const next = quotes[later < 0 ? quotes.length - 1 : later];
  const last = quotes[Math.max(0, (later < 0 ? quotes.length : later) - 1)];
  if (next === undefined || last === undefined) return Number.NaN;
  if (next.at <= last.at || later < 0) return next.price;
  const part = (at - last.at) / (next.at - last.at);
  return last.price * Math.exp(Math.log(next.price / last.price) * Math.max(0, part));
}

/** Book at a time over the first of the window, the newest sample that is known by then. */
function bookAt(quotes: readonly Quote[], at: number): number {
  const books = quotes.filter(({ depth }) => depth !== undefined);
  const known = books.filter((quote) => quote.at <= at).at(-1)?.depth ?? books[0]?.depth ?? 1;
  const calm = books.slice(0, QUOTES_MIN).map(({ depth }) => depth ?? 1);
  const usual = calm.reduce((sum, depth) => sum + depth, 0) / Math.max(1, calm.length);
  return Math.min(1, Math.max(0.05, known / usual));
}

function windowOf(event: Event, source: Quotes): Window | undefined {
  const [from, to] = [timeOf(event.from), timeOf(event.to)];
  const edge = Math.min(DAY, (to - from) / 4);
  const coins = new Map<string, readonly Quote[]>();
  for (const [coin, all] of source.coins) {
    const within = all.filter(({ at }) => at >= from && at <= to);
    // A quote before the window is known in it.
    const before = all.findLast(({ at }) => at < from);
    const begins = before !== undefined || (within[0]?.at ?? to) <= from + edge;
    const ends = (all.at(-1)?.at ?? from) >= to - edge;
    const list = before === undefined ? within : [before, ...within];
    if (within.length >= QUOTES_MIN && begins && ends) coins.set(coin, list);
  }
  if (coins.size < 2) return undefined;
  const names = [...coins.keys()].sort();
  const lists = names.map((coin) => coins.get(coin) ?? []);
  const steps = event.steps ?? STEPS;
  const times = Array.from({ length: steps + 1 }, (_, i) => from + ((to - from) * i) / steps);
  const prices = times.map((at) => lists.map((list) => priceAt(list, at)));
  const moved = stressOf(prices);
  const stress = times.map((at, step) =>
    lists.map((list, m) =>
      list.some(({ depth }) => depth !== undefined) ? bookAt(list, at) : (moved[step]?.[m] ?? 1),
    ),
  );
  const apart = (list: readonly Quote[]): number =>
    ((list.at(-1)?.at ?? 0) - (list[0]?.at ?? 0)) / Math.max(1, list.length - 1);
  const everyMs = Math.min(...lists.map(apart));
  return { name: event.name, file: source.file, coins: names, times, prices, stress, everyMs };
}

/** Every event that some source tells, by the source that tells it best: often, then of many coins. */
export function windowsIn(sources: readonly Quotes[]): readonly Window[] {
  return EVENTS.flatMap((event) => {
    const told = sources.flatMap((source) => windowOf(event, source) ?? []);
    const often = (window: Window): number => Math.max(window.everyMs, HOUR / 2);
    told.sort((a, b) => often(a) - often(b) || b.coins.length - a.coins.length);
    return told.slice(0, 1);
  });
}

/** Fleets that live through every window. */
const FLEETS = [
  { fleet: "longs", shorts: 0, tiers: 1 },
  { fleet: "longs and shorts", shorts: 0.25, tiers: 1 },
  { fleet: "three tiers", shorts: 0.1, tiers: 3 },
] as const;
const AGENTS = 5;
const EQUITY = 2_000_000;
const BEGINS = 0.8;
const INITIAL = 0.2;

export function marketOf(coin: string, price: number): CrisisMarket {
  const [depth, halfSpread] = BOOKS[coin] ?? OTHER;
  return {
    ...{ id: `${coin.toLowerCase()}-perp`, depth, halfSpread, permanentShare: 0.3, fee: 0.0005 },
    ...{ initial: INITIAL, maintenance: INITIAL / 2 },
    lot: BigInt(Math.max(1, Math.round((500 / price) * 1e8))),
  };
}

function bookOf(
  markets: readonly CrisisMarket[],
  prices: readonly number[],
  chance: Chance,
  shorts: number,
): CrisisPosition[] {
  const drafts: { m: number; agent: string; side: bigint; weight: number }[] = [];
  for (let a = 1; a <= AGENTS; a += 1) {
    markets.forEach((_, m) => {
      if (!chance.hit(Math.min(1, 4 / markets.length))) return;
      const side = chance.hit(shorts) ? -1n : 1n;
      drafts.push({ m, agent: `agent-${a}`, side, weight: Math.exp(chance.between(-1, 1)) });
    });
  }
  if (drafts.length === 0) drafts.push({ m: 0, agent: "agent-1", side: 1n, weight: 1 });
  const all = drafts.reduce((sum, { weight }) => sum + weight, 0);
  return drafts.flatMap(({ m, agent, side, weight }) => {
    const market = markets[m];
    if (market === undefined) return [];
    const coins = ((weight / all) * BEGINS * EQUITY) / INITIAL / (prices[m] ?? 1);
    const lots = BigInt(Math.max(1, Math.round((coins * 1e8) / Number(market.lot))));
    const id = `${agent}/${market.id}`;
    return [{ id, agent, market: market.id, qty: side * lots * market.lot }];
  });
}

export const hourOf = (ms: number): string => new Date(ms).toISOString().slice(0, 16);

/** The crises of a window, one for each of the fleets. */
export function crisesOf(window: Window): readonly Crisis[] {
  return FLEETS.map(({ fleet, shorts, tiers }, seed) => {
    const first = window.prices[0] ?? [];
    const markets = window.coins.map((coin, m) => marketOf(coin, first[m] ?? 1));
    const agents = Array.from(
      { length: AGENTS },
      (_, a): CrisisAgent => ({
        id: `agent-${a + 1}`,
        tier: a % tiers,
      }),
    );
    const chance = new Chance(seed + 1, window.name);
    return {
      ...{ name: `${window.name}, ${fleet}`, family: window.name, seed: seed + 1 },
      story: `${window.coins.length} coins as ${window.file} tells them; the fleet: ${fleet}`,
      ...{ markets, agents, positions: bookOf(markets, first, chance, shorts), equity: EQUITY },
      ...{ steps: window.times.map(hourOf), prices: window.prices, stress: window.stress },
      crowd: 6,
    };
  });
}
