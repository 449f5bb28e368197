/**
 * Reallocation of delegations: by what can be known of each agent's skill, slowly, or by a drawdown
 * ladder.
 */
import { type Measured, measured, refused } from "../risk/refusal.ts";
import { cappedProRata } from "./adl.ts";

/** Skill of one agent, as far as its record tells. Ratios are annual. */
export interface Skill {
  readonly observed: number;
  /** Standard error of the observed ratio. */
  readonly error: number;
  /** Mean and standard deviation after shrinking towards what agents have in common. */
  readonly mean: number;
  readonly deviation: number;
  /** Annual volatility of its returns. */
  readonly volatility: number;
}

export interface Skills {
  readonly agents: readonly Skill[];
  /** What the agents have in common. */
  readonly common: number;
  /** Estimated variance of true ratios between agents; 0 where the records show no difference. */
  readonly spread: number;
}

interface Moments {
  readonly ratio: number;
  readonly variance: number;
  readonly volatility: number;
}

function momentsOf(returns: readonly number[], periods: number): Moments | undefined {
  const n = returns.length;
  const mean = returns.reduce((a, b) => a + b, 0) / n;
  const square = returns.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  if (!(square > 0)) return undefined;
  const step = mean / Math.sqrt(square);
  return {
    ratio: step * Math.sqrt(periods),
    // Lo (2002): the error of a ratio of independent returns, in annual units.
    variance: (periods / n) * (1 + (step * step) / 2),
    volatility: Math.sqrt(square * periods),
  };
}

/** Variance between agents by moments, never below zero. Source: DerSimonian, Laird (1986). */
function between(ratios: readonly number[], variances: readonly number[]): number {
  const weights = variances.map((v) => 1 / v);
  const sum = weights.reduce((a, b) => a + b, 0);
  const squares = weights.reduce((a, w) => a + w * w, 0);
  const mean = ratios.reduce((a, r, i) => a + r * (weights[i] ?? 0), 0) / sum;
  const q = ratios.reduce((a, r, i) => a + (weights[i] ?? 0) * (r - mean) ** 2, 0);
  const scale = sum - squares / sum;
  return scale > 0 ? Math.max(0, (q - (ratios.length - 1)) / scale) : 0;
}

/**
 * Posterior of each agent's annual Sharpe ratio, shrunk towards the common mean (empirical Bayes).
 *
 * Units:  `records` are returns per period net of costs, one list per agent; `periods` in a year.
 * Formula: B = spread / (spread + error^2); mean = common + B (observed - common), variance = B
 *          error^2.
 * Limit:  7 days at a true ratio of 2 give a t-statistic of 0.28: short records shrink to nothing.
 * Errors: refused when empty, below two returns, not finite, or a record that does not vary.
 * Source: Lo (2002), Financial Analysts Journal 58(4); DerSimonian, Laird (1986).
 */
export function skills(records: readonly (readonly number[])[], periods: number): Measured<Skills> {
  if (records.length === 0) return refused("empty", "there is at least one record");
  if (!(periods > 0)) return refused("not-positive", "periods of a year are above zero");
  const moments: Moments[] = [];
  for (const [i, record] of records.entries()) {
    if (record.length < 2)
      return refused("too-few-samples", `record ${i} has fewer than 2 returns`);
    if (!record.every(Number.isFinite)) return refused("not-finite", `record ${i} is not finite`);
    const made = momentsOf(record, periods);
    if (made === undefined) return refused("flat", `record ${i} does not vary`);
    moments.push(made);
  }
  const ratios = moments.map(({ ratio }) => ratio);
  const variances = moments.map(({ variance }) => variance);
  const spread = between(ratios, variances);
  const weights = variances.map((v) => 1 / (v + spread));
  const sum = weights.reduce((a, b) => a + b, 0);
  const common = ratios.reduce((a, r, i) => a + r * (weights[i] ?? 0), 0) / sum;
  const agents = moments.map(({ ratio, variance, volatility }) => {
    const shrink = spread / (spread + variance);
    return {
      observed: ratio,
      error: Math.sqrt(variance),
      mean: common + shrink * (ratio - common),
      deviation: Math.sqrt(shrink * variance),
      volatility,
    };
  });
  return measured({ agents, common, spread });
}

/** How reallocation is bounded; shares are of the whole delegated amount. */
export interface ReallocationPolicy {
  readonly periods: number;
  /** Share that every agent keeps, and the most that one may have. */
  readonly floor: number;
  readonly cap: number;
  /** Largest change of one agent's share in one decision. */
  readonly step: number;
  /** Cost of moving one unit of share, as a fraction. */
  readonly cost: number;
  /** Years over which a move must earn its cost back. */
  readonly horizon: number;
  /** Chance that the receiving agents are the better ones, below which nothing moves. */
  readonly confidence: number;
  /** How far shares lean with skill: share_i grows with base_i exp(lean (mean_i - common)). */
  readonly lean: number;
}

/** Weekly decisions on daily returns; what they achieve is told in docs/liquidation.md. */
export const REALLOCATION: ReallocationPolicy = {
  periods: 365,
  floor: 0.05,
  cap: 0.4,
  step: 0.1,
  cost: 0.001,
  horizon: 0.25,
  confidence: 0.8,
  lean: 2,
};

export interface Reallocation {
  readonly shares: readonly number[];
  /** Half of the sum of all changes. */
  readonly turnover: number;
  readonly moved: boolean;
  /**
   * Expected gain per year and over the horizon less the cost, in units of the delegated amount.
   */
  readonly gain: number;
  readonly worth: number;
  /** Chance that the move gains at all. */
  readonly chance: number;
  readonly because: "moved" | "not-worth-its-cost" | "not-sure-enough" | "no-difference";
  readonly skills: Skills;
}

/** Distribution of a standard normal below z, to 1e-7. Source: Abramowitz, Stegun 26.2.17. */
function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return z >= 0 ? 1 - tail : tail;
}

/**
 * Shares between floor and cap that sum to 1, in proportion to weights as far as the limits let
 * them.
 */
function within(weights: readonly number[], floor: number, cap: number): number[] {
  const n = weights.length;
  const caps = weights.map(() => cap - floor);
  const over = cappedProRata(1 - n * floor, weights, caps);
  const more = over.ok ? over.value : [];
  return weights.map((_, i) => floor + (more[i] ?? 0));
}

function targetOf(found: Skills, policy: ReallocationPolicy): number[] {
  const n = found.agents.length;
  const weights = found.agents.map(
    ({ mean }) => Math.exp(Math.max(-50, Math.min(50, policy.lean * (mean - found.common)))) / n,
  );
  return within(weights, policy.floor, policy.cap);
}

/** Moves towards the target, no share by more than the step, so that the sum stays 1. */
function bounded(from: readonly number[], to: readonly number[], step: number): number[] {
  const changes = to.map((x, i) => x - (from[i] ?? 0));
  const largest = changes.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  const part = Math.min(1, step / largest);
  return from.map((x, i) => x + part * (changes[i] ?? 0));
}

function check(
  n: number,
  shares: readonly number[],
  policy: ReallocationPolicy,
): string | undefined {
  if (shares.length !== n) return "there is one share for each record";
  if (!Object.values(policy).every(Number.isFinite)) return "the policy is finite";
  if (policy.floor < 0 || policy.floor * n > 1 || policy.cap * n < 1 || policy.cap > 1) {
    return "floors fit into 1 and caps hold 1";
  }
  if (!(policy.step > 0) || policy.cost < 0 || !(policy.horizon > 0) || policy.lean < 0) {
    return "step and horizon are above zero, cost and lean not negative";
  }
  const sum = shares.reduce((a, b) => a + b, 0);
  return Math.abs(sum - 1) < 1e-9 ? undefined : "shares sum to 1";
}

/**
 * The next shares: shrunken skill, a region of no trade, and a bounded step.
 *
 * Moves only when the posterior gain over the horizon exceeds the cost of the turnover and the
 * chance that it gains at all is at least the confidence. Units: shares of the delegated amount,
 * returns per period.
 * Errors: refused as `skills` does, or for a policy or shares without meaning.
 */
export function reallocate(
  records: readonly (readonly number[])[],
  shares: readonly number[],
  policy: ReallocationPolicy,
): Measured<Reallocation> {
  const found = skills(records, policy.periods);
  if (!found.ok) return found;
  const bad = check(records.length, shares, policy);
  if (bad !== undefined) return refused("out-of-range", bad);
  const { agents, spread } = found.value;
  const next = bounded(shares, targetOf(found.value, policy), policy.step);
  const changes = next.map((x, i) => x - (shares[i] ?? 0));
  const turnover = changes.reduce((sum, x) => sum + Math.abs(x), 0) / 2;
  const gain = agents.reduce((sum, a, i) => sum + (changes[i] ?? 0) * a.mean * a.volatility, 0);
  const variance = agents.reduce(
    (sum, a, i) => sum + ((changes[i] ?? 0) * a.deviation * a.volatility) ** 2,
    0,
  );
  const worth = gain * policy.horizon - 2 * turnover * policy.cost;
  const chance = variance > 0 ? normalBelow(gain / Math.sqrt(variance)) : 0.5;
  const because =
    spread === 0 || turnover < 1e-12
      ? "no-difference"
      : worth <= 0
        ? "not-worth-its-cost"
        : chance < policy.confidence
          ? "not-sure-enough"
          : "moved";
  const moved = because === "moved";
  return measured({
    shares: moved ? next : [...shares],
    turnover: moved ? turnover : 0,
    moved,
    gain,
    worth,
    chance,
    because,
    skills: found.value,
  });
}

/**
 * Shares in proportion to the positive Sharpe ratios of the last periods: the naive rule to compare
 * with.
 *
 * Units: returns per period, one list per agent; the shares sum to 1, alike where no ratio is above zero. Does not
 *        check.
 */
export function naiveSharpe(records: readonly (readonly number[])[], last: number): number[] {
  const ratios = records.map((record) =>
    Math.max(0, momentsOf(record.slice(-last), 1)?.ratio ?? 0),
  );
  const sum = ratios.reduce((a, b) => a + b, 0);
  return ratios.map((r) => (sum > 0 ? r / sum : 1 / records.length));
}

export interface Rung {
  /** Loss from the peak as a fraction, above zero. */
  readonly drawdown: number;
  /** Share of its base that the agent keeps from this loss on. */
  readonly keeps: number;
}

/** Half of the capital at -5 %, none at -7.5 %: reported of multi-manager funds. */
export const POD_LADDER: readonly Rung[] = [
  { drawdown: 0.05, keeps: 0.5 },
  { drawdown: 0.075, keeps: 0 },
];

/**
 * What an agent keeps of its base after a drawdown: the deepest rung that is reached; all before
 * the first.
 *
 * Units: losses from the peak and shares as fractions; rungs in any order. Does not check.
 */
export function drawdownKeeps(drawdown: number, ladder: readonly Rung[]): number {
  let deepest = 0;
  let keeps = 1;
  for (const rung of ladder) {
    if (drawdown >= rung.drawdown && rung.drawdown >= deepest) {
      deepest = rung.drawdown;
      keeps = rung.keeps;
    }
  }
  return keeps;
}
