/** How prices go in a made-up crisis: one fall that all share, and what each market adds of its own. */
import type { Chance } from "../chance.ts";

/** The first half. gap: most of it in one step; slide: evenly; whipsaw: down, half way back, down. */
export type Shape = "gap" | "slide" | "whipsaw";

/**
 * The second half: half as much again, or half of the way back. No rule knows which, so every crisis
 * is lived both ways: otherwise the bench would praise whoever sells most before a fall.
 */
export type Aftermath = "goes on" | "comes back";

export interface PathSpec {
  readonly shape: Shape;
  readonly aftermath: Aftermath;
  /** Relative move of the common factor in the first half, e.g. -0.15; positive squeezes shorts. */
  readonly move: number;
  readonly steps: number;
  /** Standard deviation of each market's own noise over the whole crisis. */
  readonly noise: number;
}

const normal = (chance: Chance): number =>
  Math.sqrt(-2 * Math.log(1 - chance.next())) * Math.cos(2 * Math.PI * chance.next());

/** Share of the first half's move that has happened after part `t` of it. */
function fallen(shape: Shape, t: number): number {
  if (shape === "slide") return t;
  if (shape === "gap")
    return t < 0.4 ? t * 0.25 : t < 0.44 ? 0.75 : 0.75 + ((t - 0.44) / 0.56) * 0.25;
  if (t < 0.4) return (t / 0.4) * 0.9;
  if (t < 0.65) return 0.9 - ((t - 0.4) / 0.25) * 0.45;
  return 0.45 + ((t - 0.65) / 0.35) * 0.55;
}

/** The same over both halves. */
function progress(spec: PathSpec, t: number): number {
  if (t <= 0.5) return fallen(spec.shape, t * 2);
  return 1 + (t - 0.5) * (spec.aftermath === "goes on" ? 1 : -1);
}

/** Prices of markets that start at `from` and follow the common factor by `betas`. */
export function pathsOf(
  spec: PathSpec,
  chance: Chance,
  from: readonly number[],
  betas: readonly number[],
): number[][] {
  const whole = Math.log(1 + spec.move);
  const own = from.map(() => 0);
  const rows: number[][] = [];
  for (let step = 0; step <= spec.steps; step += 1) {
    const common = whole * progress(spec, step / spec.steps);
    const row = from.map((price, m) => {
      if (step > 0) {
        own[m] = (own[m] ?? 0) + (normal(chance) * spec.noise) / Math.sqrt(spec.steps);
      }
      return price * Math.exp(common * (betas[m] ?? 1) + (own[m] ?? 0));
    });
    rows.push(row);
  }
  return rows;
}

/** Steps over which a move counts as sudden. */
const BACK = 4;
/** Share of the depth that is always there. */
const FLOOR = 0.25;

/**
 * Depth that is left where prices run: 1 when calm, 4 points less for each point of the last steps'
 * move, a quarter at least. In October 2025 what stood within 50 basis points fell to about 0.2 to
 * 0.3 of the day before (Hyperliquid book samples).
 */
export function stressOf(prices: readonly (readonly number[])[]): number[][] {
  return prices.map((row, step) =>
    row.map((price, m) => {
      const before = prices[Math.max(0, step - BACK)]?.[m] ?? price;
      return Math.max(FLOOR, 1 - 4 * Math.abs(price / before - 1));
    }),
  );
}
