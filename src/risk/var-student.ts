/**
 * Value at risk and expected shortfall under Student's t, and the fit of its degrees of freedom.
 */
import { type Ppm, toFraction } from "../core/ppm.ts";
import { studentPdf, studentQuantile } from "./distributions.ts";
import { logGamma } from "./distributions-gamma.ts";
import { centralSum, kurtosis, meanOf } from "./moments.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { at, faultOf, faultOfTail, type Series } from "./series.ts";

/**
 * Location, scale (not the deviation: deviation = scale sqrt(df/(df-2))) and degrees of freedom.
 */
export interface Student {
  readonly location: number;
  readonly scale: number;
  readonly df: number;
}

/** The Student with this mean and standard deviation. None: `out-of-range` unless df > 2. */
export function studentOfDeviation(mean: number, deviation: number, df: number): Measured<Student> {
  if (!(df > 2 && Number.isFinite(df))) {
    return refused("out-of-range", `a deviation needs more than 2 degrees of freedom, was ${df}`);
  }
  return measured({ location: mean, scale: deviation * Math.sqrt((df - 2) / df), df });
}

/** -location - scale t, t the Student quantile of the tail. None: `bad-tail`, `out-of-range`. */
export function studentVar(student: Student, tail: Ppm): Measured<number> {
  const fault = faultOfTail(tail) ?? faultOfStudent(student, 0);
  if (fault) return fault;
  return measured(
    -student.location - student.scale * studentQuantile(toFraction(tail), student.df),
  );
}

/**
 * Expected shortfall: -location + scale pdf(t)/tail (df + t^2)/(df - 1).
 *
 * Source: McNeil, Frey, Embrechts (2005), example 2.19. None: `out-of-range` unless df > 1.
 */
export function studentEs(student: Student, tail: Ppm): Measured<number> {
  const fault = faultOfTail(tail) ?? faultOfStudent(student, 1);
  if (fault) return fault;
  const p = toFraction(tail);
  const { df } = student;
  const t = studentQuantile(p, df);
  const beyond = (studentPdf(t, df) / p) * ((df + t * t) / (df - 1));
  return measured(-student.location + student.scale * beyond);
}

function faultOfStudent(student: Student, above: number) {
  if (!Number.isFinite(student.location)) return refused("not-finite", "location is not finite");
  if (!(student.scale >= 0) || !Number.isFinite(student.scale)) {
    return refused("out-of-range", "a scale is zero or more");
  }
  if (student.df > above && Number.isFinite(student.df)) return undefined;
  return refused("out-of-range", `degrees of freedom are above ${above}, was ${student.df}`);
}

/** df = 4 + 6/K of the excess kurtosis: simple, and never below 4. None: `flat`, `out-of-range`. */
export function studentByMoments(returns: Series): Measured<Student> {
  const excess = kurtosis(returns, "excess");
  if (!excess.ok) return excess;
  if (!(excess.value > 0)) return refused("out-of-range", "the kurtosis is not above the normal's");
  const deviation = Math.sqrt(centralSum(returns, 2) / returns.length);
  return studentOfDeviation(meanOf(returns), deviation, 4 + 6 / excess.value);
}

const DF_LOW = 1.05;
const DF_HIGH = 200;

/**
 * Maximum likelihood over location, scale and degrees of freedom.
 *
 * Formula: golden section over ln df, location and scale by the EM weights (df+1)/(df + z^2) at
 * each.
 * Limits: df is held within 1.05 to 200; 200 is the normal for every practical tail.
 * None: `too-few-samples` below 20 returns, `flat`.
 */
export function studentByLikelihood(returns: Series): Measured<Student> {
  const fault = faultOf(returns, 20, "returns");
  if (fault) return fault;
  if (!(centralSum(returns, 2) > 0)) return refused("flat", "the returns do not vary");
  const score = (logDf: number): number => {
    const student = fitScale(returns, Math.exp(logDf));
    return logLikelihood(returns, student);
  };
  const best = goldenMaximum(score, Math.log(DF_LOW), Math.log(DF_HIGH));
  return measured(fitScale(returns, Math.exp(best)));
}

function fitScale(returns: Series, df: number): Student {
  let location = meanOf(returns);
  let square = centralSum(returns, 2) / returns.length;
  for (let step = 0; step < 200; step++) {
    let weights = 0;
    let sum = 0;
    for (let i = 0; i < returns.length; i++) {
      const w = (df + 1) / (df + (at(returns, i) - location) ** 2 / square);
      weights += w;
      sum += w * at(returns, i);
    }
    const nextLocation = sum / weights;
    let squares = 0;
    for (let i = 0; i < returns.length; i++) {
      const w = (df + 1) / (df + (at(returns, i) - location) ** 2 / square);
      squares += w * (at(returns, i) - nextLocation) ** 2;
    }
    const nextSquare = squares / returns.length;
    const moved = Math.abs(nextSquare / square - 1);
    location = nextLocation;
    square = nextSquare;
    if (moved < 1e-10) break;
  }
  return { location, scale: Math.sqrt(square), df };
}

/** Sum of the log densities of the returns. Does not check; NaN when one is. */
export function logLikelihood(returns: Series, student: Student): number {
  const { location, scale, df } = student;
  const constant =
    logGamma((df + 1) / 2) - logGamma(df / 2) - 0.5 * Math.log(df * Math.PI) - Math.log(scale);
  let sum = 0;
  for (let i = 0; i < returns.length; i++) {
    const z = (at(returns, i) - location) / scale;
    sum += constant - ((df + 1) / 2) * Math.log1p((z * z) / df);
  }
  return sum;
}

/** The maximum of a function with one peak between two bounds, to about eight digits. */
export function goldenMaximum(f: (x: number) => number, low: number, high: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let a = low;
  let b = high;
  let c = b - ratio * (b - a);
  let d = a + ratio * (b - a);
  let fc = f(c);
  let fd = f(d);
  for (let i = 0; i < 80 && b - a > 1e-8; i++) {
    if (fc > fd) {
      b = d;
      d = c;
      fd = fc;
      c = b - ratio * (b - a);
      fc = f(c);
    } else {
      a = c;
      c = d;
      fc = fd;
      d = a + ratio * (b - a);
      fd = f(d);
    }
  }
  return (a + b) / 2;
}
