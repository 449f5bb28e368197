/** Whether two correlations measured in one sample differ, by all the usual tests. */
import {
  type ComparisonTest,
  faultOfCorrelations,
  faultOfSize,
  fisherZ,
  type Interval,
  pValue,
  type TestOptions,
  zouInterval,
} from "./correlation-compare.ts";
import { normalQuantile } from "./distributions.ts";
import { type Measured, measured, refused } from "./refusal.ts";

/** r(j,k) against r(j,h): they share j. */
export interface OverlappingPair {
  readonly rJk: number;
  readonly rJh: number;
  readonly rKh: number;
  readonly n: number;
}

export interface OverlappingTests {
  readonly pearson1898: ComparisonTest;
  readonly hotelling1940: ComparisonTest;
  readonly williams1959: ComparisonTest;
  readonly olkin1967: ComparisonTest;
  readonly dunn1969: ComparisonTest;
  readonly hendrickson1970: ComparisonTest;
  readonly steiger1980: ComparisonTest;
  readonly meng1992: ComparisonTest;
  /** Of the difference of the Fisher transforms. */
  readonly mengInterval: Interval;
  readonly hittner2003: ComparisonTest;
  readonly zou2007: Interval;
}

/**
 * Tests of r(j,k) = r(j,h) in one sample of n.
 *
 * Source: the papers named by the fields, as collected by Diedenhofen and Musch (2015), cocor.
 * None: `out-of-range`, `too-few-samples`, `not-positive-definite` when no sample has the three.
 */
export function compareOverlapping(
  pair: OverlappingPair,
  options: TestOptions = {},
): Measured<OverlappingTests> {
  const { rJk: a, rJh: b, rKh: c, n } = pair;
  const fault = faultOfCorrelations({ rJk: a, rJh: b, rKh: c }) ?? faultOfSize(n);
  if (fault) return fault;
  const determinant = 1 + 2 * a * b * c - a * a - b * b - c * c;
  if (determinant <= 0) {
    return refused("not-positive-definite", "no sample has these three correlations");
  }
  const { alternative = "two-sided", confidence = 0.95 } = options;
  const test = (statistic: number, df?: number): ComparisonTest => ({
    statistic,
    df,
    p: pValue(statistic, alternative, df),
  });
  const gap = fisherZ(a) - fisherZ(b);
  const diff = a - b;
  const rest = 1 - a * a - b * b - c * c;
  const k = c * (1 - a * a - b * b) - 0.5 * a * b * rest;
  const byZ = (covariance: number): ComparisonTest =>
    test((Math.sqrt(n - 3) * gap) / Math.sqrt(2 - 2 * covariance));
  const alike = (r: number): number =>
    (c * (1 - 2 * r * r) - 0.5 * r * r * (1 - 2 * r * r - c * c)) / (1 - r * r) ** 2;
  const squares = (1 - a * a) ** 2 + (1 - b * b) ** 2;
  const top = diff * Math.sqrt((n - 3) * (1 + c));
  const mean = (a + b) / 2;
  const williams = 2 * ((n - 1) / (n - 3)) * determinant + mean * mean * (1 - c) ** 3;
  const zouC = ((c - 0.5 * a * b) * rest + c ** 3) / ((1 - a * a) * (1 - b * b));
  return measured({
    pearson1898: test((Math.sqrt(n) * diff) / Math.sqrt(squares - 2 * k)),
    hotelling1940: test(top / Math.sqrt(2 * determinant), n - 3),
    williams1959: test(diff * Math.sqrt(((n - 1) * (1 + c)) / williams), n - 3),
    olkin1967: test(
      (diff * Math.sqrt(n)) / Math.sqrt(squares - 2 * c ** 3 - (2 * c - a * b) * rest),
    ),
    dunn1969: byZ(k / ((1 - a * a) * (1 - b * b))),
    hendrickson1970: test(
      top / Math.sqrt(2 * determinant + (diff * diff * (1 - c) ** 3) / (4 * (n - 1))),
      n - 3,
    ),
    steiger1980: byZ(alike(mean)),
    ...meng(pair, gap, confidence, test),
    hittner2003: byZ(alike(Math.tanh((fisherZ(a) + fisherZ(b)) / 2))),
    zou2007: zouInterval([a, n], [b, n], zouC, confidence),
  });
}

function meng(
  { rJk: a, rJh: b, rKh: c, n }: OverlappingPair,
  gap: number,
  confidence: number,
  test: (statistic: number) => ComparisonTest,
): { readonly meng1992: ComparisonTest; readonly mengInterval: Interval } {
  const square = (a * a + b * b) / 2;
  const f = Math.min(1, (1 - c) / (2 * (1 - square)));
  const h = (1 - f * square) / (1 - square);
  const error = Math.sqrt((2 * (1 - c) * h) / (n - 3));
  const q = normalQuantile(0.5 + confidence / 2);
  return {
    meng1992: test(gap / error),
    mengInterval: { low: gap - q * error, high: gap + q * error },
  };
}

/** r(j,k) against r(h,m): they share no variable. */
export interface NonOverlappingPair {
  readonly rJk: number;
  readonly rHm: number;
  readonly rJh: number;
  readonly rJm: number;
  readonly rKh: number;
  readonly rKm: number;
  readonly n: number;
}

export interface NonOverlappingTests {
  readonly pearson1898: ComparisonTest;
  readonly dunn1969: ComparisonTest;
  readonly steiger1980: ComparisonTest;
  readonly raghunathan1996: ComparisonTest;
  readonly silver2004: ComparisonTest;
  readonly zou2007: Interval;
}

/** Tests of r(j,k) = r(h,m) in one sample. Source and None: as `compareOverlapping`. */
export function compareNonOverlapping(
  pair: NonOverlappingPair,
  options: TestOptions = {},
): Measured<NonOverlappingTests> {
  const { rJk: a, rHm: b, rJh, rJm, rKh, rKm, n } = pair;
  const fault = faultOfCorrelations({ a, b, rJh, rJm, rKh, rKm }) ?? faultOfSize(n);
  if (fault) return fault;
  const { alternative = "two-sided", confidence = 0.95 } = options;
  const test = (statistic: number): ComparisonTest => ({
    statistic,
    df: undefined,
    p: pValue(statistic, alternative),
  });
  /** Twice the covariance of the two estimates, with x for r(j,k) and y for r(h,m). */
  const twice = (x: number, y: number): number =>
    (rJh - x * rKh) * (rKm - rKh * y) +
    (rJm - rJh * y) * (rKh - x * rJh) +
    (rJh - rJm * y) * (rKm - x * rJm) +
    (rJm - x * rKm) * (rKh - rKm * y);
  const gap = fisherZ(a) - fisherZ(b);
  const byZ = (covariance: number): ComparisonTest =>
    test((Math.sqrt(n - 3) * gap) / Math.sqrt(2 - 2 * covariance));
  const alike = (r: number): number => twice(r, r) / (2 * (1 - r * r) ** 2);
  const own = (1 - a * a) * (1 - b * b);
  const squares = rJh * rJh + rJm * rJm + rKh * rKh + rKm * rKm;
  const products = a * rJh * rJm + a * rKh * rKm + rJh * rKh * b + rJm * rKm * b;
  const zouC = (0.5 * a * b * squares + rJh * rKm + rJm * rKh - products) / own;
  const dunn = byZ(twice(a, b) / (2 * own));
  return measured({
    pearson1898: test(
      (Math.sqrt(n) * (a - b)) / Math.sqrt((1 - a * a) ** 2 + (1 - b * b) ** 2 - twice(a, b)),
    ),
    dunn1969: dunn,
    steiger1980: byZ(alike((a + b) / 2)),
    // sqrt((n-3)/2) over sqrt(1 - s) is the same number as sqrt(n-3) over sqrt(2 - 2s).
    raghunathan1996: dunn,
    silver2004: byZ(alike(Math.tanh((fisherZ(a) + fisherZ(b)) / 2))),
    zou2007: zouInterval([a, n], [b, n], zouC, confidence),
  });
}
