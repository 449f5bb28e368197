/** The path between two facts: a seeded Brownian bridge that is a pure function of time. */
import { assert, must } from "../../core/assert.ts";
import { type Price, price } from "../../core/money.ts";
import { bell, hash32 } from "./random.ts";
import type { TapeMarket } from "./tape.ts";

/** The path moves in steps of one second of market time. */
export const PATH_STEP = 1_000;

/** Evaluates one market's path. */
export interface Path {
  readonly start: number;
  readonly end: number;
  /** The price at a time. Before the first fact it is the first, after the last the last. */
  at(time: number): Price;
  /** The same as a float, without the way through whole numbers. */
  near(time: number): number;
}

/** Root mean square of the returns from fact to fact, per square root of a second. */
function sigmaOf(facts: TapeMarket): number {
  let sum = 0;
  let seconds = 0;
  for (let i = 1; i < facts.prices.length; i += 1) {
    const before = Number(must(facts.prices[i - 1], "a fact"));
    const now = Number(must(facts.prices[i], "a fact"));
    const change = now / before - 1;
    sum += change * change;
    seconds += (must(facts.times[i], "a time") - must(facts.times[i - 1], "a time")) / 1_000;
  }
  return Math.sqrt(sum / seconds);
}

/** The halvings that led to the place asked last: the next one is mostly near, and begins there. */
interface Trail {
  readonly stretch: number;
  readonly seed: number;
  readonly least: number;
  readonly scale: number;
  /** Ends and their prices, halving by halving. */
  readonly ends: { readonly a: number; readonly b: number; pa: number; pb: number }[];
}

function trailOf(
  stretch: number,
  seed: number,
  steps: number,
  pa: number,
  pb: number,
  sigma: number,
): Trail {
  const least = Math.max(1, Math.min(pa, pb) / 100);
  const scale = sigma * ((pa + pb) / 2);
  return { stretch, seed, least, scale, ends: [{ a: 0, b: steps, pa, pb }] };
}

/** The price at a place of a stretch. */
function descend({ seed, least, scale, ends }: Trail, wanted: number): number {
  let last = ends[ends.length - 1] as Trail["ends"][number];
  while (wanted < last.a || wanted >= last.b) {
    ends.pop();
    last = ends[ends.length - 1] as Trail["ends"][number];
  }
  while (last.a !== wanted) {
    const { a, b, pa, pb } = last;
    const m = (a + b) >> 1;
    const spread = Math.sqrt(((m - a) * (b - m)) / (b - a)) * scale;
    const line = pa + ((pb - pa) * (m - a)) / (b - a);
    const pm = Math.max(least, line + spread * bell(seed, a, b));
    last = m <= wanted ? { a: m, b, pa: pm, pb } : { a, b: m, pa, pb: pm };
    ends.push(last);
  }
  return last.pa;
}

/**
 * The path of a market from a seed.
 *
 * Each stretch between two facts is halved again and again; the middle is the line between the ends
 * plus a bell-shaped draw of variance sigma^2 (m - a)(b - m) / (b - a), which is the law of a
 * Brownian bridge. The draw depends on (seed, market, stretch, a, b) alone, so any time is found in
 * about eleven halvings, in any order, and facts are met exactly. Sigma is the market's own, from
 * fact to fact.
 *
 * Rounding: to the nearest 1e-8 USDC; never under one per cent of the lower end.
 */
export function pathOf(facts: TapeMarket, seed: number): Path {
  const { times, prices } = facts;
  assert(times.length === prices.length && times.length >= 2, "a path has two facts or more");
  const sigma = sigmaOf(facts);
  const mine = hash32(seed, "bridge", facts.market);
  const first = must(times[0], "a first time");
  const last = must(times.at(-1), "a last time");
  let hint = 0;
  let trail: Trail | undefined;

  /** A fact as it stands, or a whole float that was made. */
  const within = (i: number, time: number): Price | number => {
    const t0 = must(times[i], "a time");
    const steps = Math.ceil((must(times[i + 1], "a time") - t0) / PATH_STEP);
    const wanted = Math.floor((time - t0) / PATH_STEP);
    const start = must(prices[i], "a price");
    if (wanted === 0) return start;
    if (trail?.stretch !== i) {
      const end = must(prices[i + 1], "a price");
      trail = trailOf(i, hash32(mine, i, t0), steps, Number(start), Number(end), sigma);
    }
    return Math.round(descend(trail, wanted));
  };

  const found = (time: number): Price | number => {
    if (time <= first) return must(prices[0], "a first price");
    if (time >= last) return must(prices.at(-1), "a last price");
    const here = times[hint];
    const next = times[hint + 1];
    if (here === undefined || next === undefined || time < here || time >= next) {
      hint = stretchOf(times, time);
    }
    return within(hint, time);
  };
  const at = (time: number): Price => {
    const one = found(time);
    return typeof one === "number" ? price(BigInt(one)) : one;
  };
  return { start: first, end: last, at, near: (time) => Number(found(time)) };
}

/** The last index whose time is at or before `time`, by halving. */
function stretchOf(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (must(times[middle], "a time") <= time) low = middle;
    else high = middle;
  }
  return low;
}
