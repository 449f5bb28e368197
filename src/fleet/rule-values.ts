/** Rules that are more than one number: the tighter of two, what one step makes of them, and their text. */
import { divide, formatDecimal, min, parseDecimal, USDC_DECIMALS } from "../core/money.ts";
import { ONE, type Ppm, ppm } from "../core/ppm.ts";
import type { CrisisPolicy } from "../protocol/crisis-policy.ts";
import type { PricesPolicy, TierPolicy } from "../protocol/policy.ts";

export type Ladder = NonNullable<CrisisPolicy["drawdownLadder"]>;
export type Calendar = NonNullable<CrisisPolicy["calendar"]>;
export type Volatility = NonNullable<CrisisPolicy["volatility"]>;
type Tiers = readonly TierPolicy[];

const higher = (a: Ppm, b: Ppm): Ppm => (a > b ? a : b);

/** At each notional the higher rates of both; it ends where the first of them does. */
export function tighterTiers(a: Tiers, b: Tiers): Tiers {
  const tiers: TierPolicy[] = [];
  for (let [i, j] = [0, 0]; ; ) {
    const [one, other] = [a[i], b[j]];
    if (one === undefined || other === undefined) return tiers;
    const ends = [one.upTo, other.upTo].flatMap((end) => (end === undefined ? [] : [end]));
    const upTo = ends.length === 0 ? undefined : ends.reduce(min);
    const initial = higher(one.initial, other.initial);
    const maintenance = higher(one.maintenance, other.maintenance);
    const last = tiers.at(-1);
    if (last?.initial === initial && last.maintenance === maintenance) tiers.pop();
    tiers.push({ upTo, initial, maintenance });
    if (upTo === undefined) return tiers;
    if (one.upTo === upTo) i += 1;
    if (other.upTo === upTo) j += 1;
  }
}

/** The rates of all brackets, divided by one and the step. Rounding: up, yet lower by one at least. */
export const easedTiers = (tiers: Tiers, step: Ppm): Tiers => {
  const eased = (rate: Ppm): Ppm => {
    const least = Number(divide(BigInt(rate) * BigInt(ONE), BigInt(ONE + step), "ceil"));
    return ppm(Math.max(Math.min(least, rate - 1), 0));
  };
  return tiers.map(({ upTo, initial, maintenance }) => ({
    upTo,
    initial: eased(initial),
    maintenance: eased(maintenance),
  }));
};

/** What each loss leaves of a cap: the less of both, rung by rung. */
export function tighterLadder(a: Ladder, b: Ladder): Ladder {
  const keeps = (ladder: Ladder, at: Ppm): Ppm =>
    ladder.reduce((left, rung) => (rung.drawdown <= at ? rung.keeps : left), ONE);
  const rungs = [...new Set([...a, ...b].map(({ drawdown }) => drawdown))].sort((x, y) => x - y);
  const all = rungs.map((drawdown) => ({
    drawdown,
    keeps: ppm(Math.min(keeps(a, drawdown), keeps(b, drawdown))),
  }));
  return all.filter(({ keeps: kept }, i) => kept < (all[i - 1]?.keeps ?? ONE));
}

type Window = Calendar[number];

/** Does a window hold whenever another does, and allow no more? */
const covers = (one: Window, other: Window): boolean =>
  one.at - one.beforeMs <= other.at - other.beforeMs &&
  one.at + one.afterMs >= other.at + other.afterMs &&
  one.maxLeverage <= other.maxLeverage &&
  (one.buffer ?? 0) >= (other.buffer ?? 0);

/** The new windows, and those of the old ones that are not over and that no new one covers. */
export function tighterCalendar(a: Calendar, b: Calendar, now: number): Calendar {
  const stands = a.filter(
    (old) => old.at + old.afterMs >= now && !b.some((fresh) => covers(fresh, old)),
  );
  return [...b.filter((fresh) => !stands.some((old) => covers(old, fresh))), ...stands];
}

/** Measured as the new rules say, with the lower target. */
export const tighterVolatility = (a: Volatility, b: Volatility): Volatility => ({
  ...b,
  target: ppm(Math.min(a.target, b.target)),
});

/**
 * Every source of both, and the stricter of each number. One that goes, or that replaces another, waits:
 * fewer sources are easier to mislead.
 */
export function tighterPrices(a: PricesPolicy, b: PricesPolicy): PricesPolicy {
  return {
    sources: [...b.sources, ...a.sources.filter((source) => !b.sources.includes(source))],
    divergence: ppm(Math.min(a.divergence, b.divergence)),
    maxAgeMs: Math.min(a.maxAgeMs, b.maxAgeMs),
    quarantineAfter: Math.min(a.quarantineAfter, b.quarantineAfter),
    alone: a.alone === "hold" ? "hold" : b.alone,
  };
}

/** A rule's value as the journal keeps it: JSON, with amounts as decimal texts of USDC. Absent: empty. */
export function ruleText(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "bigint") return formatDecimal(value, USDC_DECIMALS);
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "bigint" ? formatDecimal(part, USDC_DECIMALS) : part,
  );
}

export const amountOf = (text: string): bigint | undefined => parseDecimal(text, USDC_DECIMALS);

type TierText = Omit<TierPolicy, "upTo"> & { readonly upTo?: string };

export const tiersOf = (text: string): Tiers =>
  (JSON.parse(text) as readonly TierText[]).map(({ upTo, initial, maintenance }) => ({
    upTo: (upTo === undefined ? undefined : amountOf(upTo)) as TierPolicy["upTo"],
    initial,
    maintenance,
  }));
