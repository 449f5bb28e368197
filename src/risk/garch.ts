/** Volatility that clusters: GARCH(1,1) filtered, forecast and fitted by quasi-likelihood. */
import { type Measured, measured, type Refusal, refused } from "./refusal.ts";
import { at, faultOf, faultOfCount, type Series } from "./series.ts";

/** h[t] = omega + (alpha + leverage 1[e<0]) e[t-1]^2 + beta h[t-1], e = r - mean. */
export interface Garch {
  readonly omega: number;
  readonly alpha: number;
  readonly beta: number;
  /** Extra weight of a loss (Glosten, Jagannathan, Runkle 1993). Default 0. */
  readonly leverage?: number;
  readonly mean?: number;
}

/**
 * The variance before the first return. `mean-square`: h[0] is the mean of e^2 (rugarch's default);
 * `mean-square-step`: that mean stands for e^2 and h before it (ccgarch); `unconditional`:
 * omega/(1 - alpha - beta - leverage/2).
 */
export type GarchStart =
  | "mean-square"
  | "mean-square-step"
  | "unconditional"
  | { readonly variance: number };

export interface GarchPath {
  /** Variance of each time, given the returns before it. */
  readonly variances: Float64Array;
  /** Return less mean over its deviation. */
  readonly standardised: Float64Array;
  /** Variance of the time after the last return. */
  readonly next: number;
}

/** alpha + beta + leverage/2: below one, shocks die out. */
export const persistence = (model: Garch): number =>
  model.alpha + model.beta + (model.leverage ?? 0) / 2;

/**
 * Conditional variances of returns under given parameters.
 *
 * Source: Bollerslev (1986). None: faults of the series, `out-of-range` unless omega > 0, alpha,
 * beta and alpha + leverage >= 0 and, for `unconditional`, persistence < 1; `flat`.
 */
export function garchFilter(
  returns: Series,
  model: Garch,
  start: GarchStart = "mean-square",
): Measured<GarchPath> {
  const fault = faultOf(returns, 1, "returns") ?? faultOfGarch(model);
  if (fault) return fault;
  const first = startOf(returns, model, start);
  if (!first.ok) return first;
  const mean = model.mean ?? 0;
  const variances = new Float64Array(returns.length);
  const standardised = new Float64Array(returns.length);
  let h = first.value;
  for (let t = 0; t < returns.length; t++) {
    const e = at(returns, t) - mean;
    variances[t] = h;
    standardised[t] = e / Math.sqrt(h);
    h = stepOf(model, e, h);
  }
  if (!Number.isFinite(h)) return refused("not-finite", "the variance explodes");
  return measured({ variances, standardised, next: h });
}

/** The variance after a shock e under variance h. */
export const stepOf = (model: Garch, e: number, h: number): number =>
  model.omega + (model.alpha + (e < 0 ? (model.leverage ?? 0) : 0)) * e * e + model.beta * h;

/**
 * Variance of the sum of the next `horizon` returns: mean reverting, not sqrt of time.
 *
 * None: `out-of-range` unless persistence < 1 where the horizon is above 1.
 */
export function garchHorizonVariance(
  model: Garch,
  next: number,
  horizon: number,
): Measured<number> {
  const fault = faultOfGarch(model) ?? faultOfCount(horizon, 1, "horizon");
  if (fault) return fault;
  const p = persistence(model);
  let sum = 0;
  let h = next;
  for (let k = 0; k < horizon; k++) {
    sum += h;
    h = model.omega + p * h;
  }
  return Number.isFinite(sum) ? measured(sum) : refused("not-finite", "the variance explodes");
}

function faultOfGarch(model: Garch): Refusal | undefined {
  const { omega, alpha, beta, leverage = 0, mean = 0 } = model;
  if (![omega, alpha, beta, leverage, mean].every(Number.isFinite)) {
    return refused("not-finite", "the parameters are finite");
  }
  if (omega > 0 && alpha >= 0 && beta >= 0 && alpha + leverage >= 0) return undefined;
  return refused(
    "out-of-range",
    "omega is positive, alpha, beta and alpha + leverage are not negative",
  );
}

function startOf(returns: Series, model: Garch, start: GarchStart): Measured<number> {
  if (typeof start === "object") {
    return start.variance > 0 && Number.isFinite(start.variance)
      ? measured(start.variance)
      : refused("not-positive", "the first variance is positive");
  }
  if (start === "unconditional") {
    const p = persistence(model);
    return p < 1
      ? measured(model.omega / (1 - p))
      : refused("out-of-range", `persistence is below one, was ${p}`);
  }
  const square = meanSquare(returns, model.mean ?? 0);
  if (!(square > 0)) return refused("flat", "the returns do not vary");
  return measured(start === "mean-square" ? square : model.omega + persistence(model) * square);
}

function meanSquare(returns: Series, mean: number): number {
  let sum = 0;
  for (let t = 0; t < returns.length; t++) sum += (at(returns, t) - mean) ** 2;
  return sum / returns.length;
}

export interface GarchFit extends Garch {
  /** Normal log-likelihood at the parameters, without its constant. */
  readonly logLikelihood: number;
}

/** Persistence that a fit may reach. */
const PERSISTENCE_MAX = 0.999;
const FIT_MIN = 100;

/**
 * Parameters by Gaussian quasi-likelihood with variance targeting: omega = s2 (1 - alpha - beta).
 *
 * Consistent for heavy tails too (Francq, Horvath, Zakoian 2011). Method: a grid, then Nelder and
 * Mead's simplex over persistence and the share of alpha in it. Deterministic.
 * None: `too-few-samples` below 100 returns, `flat`.
 */
export function garchFit(returns: Series, mean = 0): Measured<GarchFit> {
  const fault = faultOf(returns, FIT_MIN, "returns");
  if (fault) return fault;
  const square = meanSquare(returns, mean);
  if (!(square > 0)) return refused("flat", "the returns do not vary");
  const squares = Float64Array.from(returns, (r) => (r - mean) ** 2);
  const modelOf = ([u = 0, v = 0]: readonly number[]): Garch => {
    const total = PERSISTENCE_MAX / (1 + Math.exp(-u));
    const share = 1 / (1 + Math.exp(-v));
    return { omega: square * (1 - total), alpha: total * share, beta: total * (1 - share), mean };
  };
  const score = (point: readonly number[]): number => -likelihood(squares, modelOf(point), square);
  let best: readonly number[] = [3, -2];
  for (const u of [1, 3, 5]) {
    for (const v of [-3.5, -2, -0.5]) if (score([u, v]) < score(best)) best = [u, v];
  }
  const found = nelderMead(score, best, 0.5);
  return measured({ ...modelOf(found), logLikelihood: -score(found) });
}

/** -1/2 sum(ln h + e^2/h), the first h the mean square. */
function likelihood(squares: Float64Array, model: Garch, first: number): number {
  const { omega, alpha, beta } = model;
  let h = first;
  let sum = 0;
  for (let t = 0; t < squares.length; t++) {
    const square = squares[t] as number;
    sum += Math.log(h) + square / h;
    h = omega + alpha * square + beta * h;
  }
  return -0.5 * sum;
}

/**
 * The minimum of a function near a point by Nelder and Mead's simplex (1965). Two or more numbers.
 */
function nelderMead(
  f: (point: readonly number[]) => number,
  start: readonly number[],
  size: number,
): readonly number[] {
  const n = start.length;
  const vertex = (point: readonly number[]) => ({ point, value: f(point) });
  const simplex = [vertex(start)];
  for (let i = 0; i < n; i++) simplex.push(vertex(start.map((x, j) => (i === j ? x + size : x))));
  for (let step = 0; step < 400; step++) {
    simplex.sort((a, b) => a.value - b.value);
    const best = simplex[0] as (typeof simplex)[number];
    const worst = simplex[n] as (typeof simplex)[number];
    if (worst.value - best.value < 1e-9 * (Math.abs(best.value) + 1e-9)) break;
    const centre = start.map((_, j) =>
      simplex.slice(0, n).reduce((sum, { point }) => sum + (point[j] ?? 0) / n, 0),
    );
    const along = (by: number) =>
      vertex(centre.map((c, j) => c + by * ((worst.point[j] ?? 0) - c)));
    const mirrored = along(-1);
    if (mirrored.value < best.value) {
      const further = along(-2);
      simplex[n] = further.value < mirrored.value ? further : mirrored;
    } else if (mirrored.value < (simplex[n - 1]?.value ?? 0)) {
      simplex[n] = mirrored;
    } else {
      const inner = mirrored.value < worst.value ? along(-0.5) : along(0.5);
      if (inner.value < Math.min(mirrored.value, worst.value)) simplex[n] = inner;
      else {
        for (let i = 1; i <= n; i++) {
          const point = simplex[i]?.point ?? best.point;
          simplex[i] = vertex(point.map((x, j) => ((best.point[j] ?? 0) + x) / 2));
        }
      }
    }
  }
  simplex.sort((a, b) => a.value - b.value);
  return simplex[0]?.point ?? start;
}
