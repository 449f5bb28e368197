/** The book of all positions: how its markets move together, and how much of it the target carries. */
import type { Rows } from "../../src/risk/matrix.ts";
import { correlationAwareSize } from "../../src/risk/sizing.ts";
import type { TradingConfig } from "./config.ts";
import { type Signal, volatility } from "./signal.ts";

/** Two markets' returns, each over the root of its time: averages of products and squares, in order of their names. */
export interface Pairing {
  readonly samples: number;
  readonly product: number;
  readonly first: number;
  readonly second: number;
}

export type Pairings = Readonly<Record<string, Pairing>>;

const keyOf = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

/** None: undefined before a return of both came in the same look, and of a market with itself. */
export const pairingOf = (pairings: Pairings, a: string, b: string): Pairing | undefined =>
  pairings[keyOf(a, b)];

/** Pairings after a look: only of markets that both had a new price, so that none seems to lag. */
export function pairedAll(
  before: Pairings,
  earlier: Readonly<Record<string, Signal>>,
  now: Readonly<Record<string, Signal>>,
  markets: readonly string[],
  { volHalfLife }: TradingConfig,
): Pairings {
  const fresh = markets.filter((id) => {
    const [then, signal] = [earlier[id], now[id]];
    return then !== undefined && signal !== undefined && signal.samples > then.samples;
  });
  if (fresh.length < 2) return before;
  const pairings: Record<string, Pairing> = { ...before };
  for (const [i, a] of fresh.entries()) {
    for (const b of fresh.slice(i + 1)) {
      const key = keyOf(a, b);
      const [x, y] = (a < b ? [a, b] : [b, a]).map((id) => now[id]?.pace ?? 0);
      pairings[key] = joined(pairings[key], x, y, volHalfLife);
    }
  }
  return pairings;
}

const NONE: Pairing = { samples: 0, product: 0, first: 0, second: 0 };

/** A plain mean at first, an exponential average once there is more than its half-life holds. */
function joined(before: Pairing = NONE, x = 0, y = 0, halfLife: number): Pairing {
  const samples = before.samples + 1;
  const part = Math.max(1 / samples, 1 - 2 ** (-1 / halfLife));
  const into = (old: number, value: number): number => old + part * (value - old);
  return {
    samples,
    product: into(before.product, x * y),
    first: into(before.first, x * x),
    second: into(before.second, y * y),
  };
}

/**
 * How many samples of equal weight the averages above are as good as: 1 / (sum of squared weights).
 *
 * Formula: n up to m = floor(1 / p), p = 1 - 2^(-1 / halfLife), while the mean is plain; after k more samples
 *          1 / (g / m + (1 - g) p / (2 - p)), g = (1 - p)^(2k), which ends at (2 - p) / p.
 */
export function effectiveSamples(samples: number, halfLife: number): number {
  const part = 1 - 2 ** (-1 / halfLife);
  const plain = Math.floor(1 / part);
  if (samples <= plain) return samples;
  const old = (1 - part) ** (2 * (samples - plain));
  return 1 / (old / plain + ((1 - old) * part) / (2 - part));
}

/** Correlation of two markets: what was seen, drawn towards what was taken for it at first. */
export function correlationOf(
  pairings: Pairings,
  a: string,
  b: string,
  config: TradingConfig,
): number {
  if (a === b) return 1;
  const pairing = pairings[keyOf(a, b)] ?? NONE;
  const { samples, product, first, second } = pairing;
  // An exponential average of half-life h weighs about as much as h / ln 2 samples.
  const seen = Math.min(samples, config.volHalfLife / Math.LN2);
  const root = Math.sqrt(first * second);
  const weight = root > 0 ? seen : 0;
  const total = weight + config.correlationWeight;
  if (total === 0) return config.startCorrelation;
  const own = root > 0 ? Math.min(1, Math.max(-1, product / root)) : 0;
  return (weight * own + config.correlationWeight * config.startCorrelation) / total;
}

/** Covariance per year, with correlations drawn towards one by `stress`. */
export function covarianceOf(
  markets: readonly string[],
  signals: Readonly<Record<string, Signal>>,
  pairings: Pairings,
  config: TradingConfig,
  stress: number,
): Rows {
  const vols = markets.map((id) => {
    const signal = signals[id];
    return signal === undefined ? config.startVol : volatility(signal, config);
  });
  return markets.map((a, i) =>
    markets.map((b, j) => {
      const rho = correlationOf(pairings, a, b, config);
      return (vols[i] ?? 0) * (vols[j] ?? 0) * (i === j ? 1 : rho + stress * (1 - rho));
    }),
  );
}

/**
 * Volatility of a book per year, in USDC: by its correlations and by stressed ones, whichever is worse.
 *
 * A long/short book is riskier by the one, a one-sided book by the other.
 */
export const bookVolatility = (notionals: readonly number[], views: readonly Rows[]): number =>
  Math.max(0, ...views.map((covariance) => Math.sqrt(Math.max(0, square(notionals, covariance)))));

const square = (notionals: readonly number[], covariance: Rows): number =>
  notionals.reduce(
    (sum, x, i) =>
      sum + notionals.reduce((line, y, j) => line + x * y * (covariance[i]?.[j] ?? 0), 0),
    0,
  );

/** The book as it stands, with what this decision adds to it. */
export interface Book {
  readonly markets: readonly string[];
  /** Signed notionals, in USDC; changed by each order. */
  readonly notionals: Record<string, number>;
  /** The covariance as seen and the stressed one. */
  readonly views: readonly Rows[];
  /** Volatility that it may have per year, in USDC. */
  readonly most: number;
  readonly equity: number;
}

/**
 * The largest order on a side that leaves the book within its volatility, by either look at it.
 *
 * A position against the book may be larger than one with it; a book above its target takes only what
 * brings it back.
 */
export function roomFor(book: Book, market: string, side: number): number {
  const { markets, equity, most } = book;
  const at = markets.indexOf(market);
  if (at < 0 || !(equity > 0)) return 0;
  // The query wants the market asked for last.
  const order = [...markets.keys()].filter((i) => i !== at).concat(at);
  const held = order.map((i) => book.notionals[markets[i] ?? ""] ?? 0);
  const rooms = book.views.map((view) => {
    const covariance = order.map((i) => order.map((j) => view[i]?.[j] ?? 0));
    const answer = correlationAwareSize({
      side: side > 0 ? "long" : "short",
      ...{ held, covariance, equity, targetVolatility: most / equity },
      // Margin is counted elsewhere: here it bounds nothing.
      ...{ freeMargin: 1e12, marginShare: 1, maxLeverage: 1 },
    });
    return answer.ok ? answer.value.byVolatility : 0;
  });
  return Math.min(...rooms);
}
