/** Whether two correlations differ: independent samples, and pairs within one sample. */
import { normalCdf, normalQuantile, studentCdf } from "./distributions.ts";
import { type Measured, measured, type Refusal, refused } from "./refusal.ts";
import { faultOfRange } from "./series.ts";

/** What the first correlation is held to be against the second. */
export type Alternative = "two-sided" | "greater" | "less";

export interface ComparisonTest {
  readonly statistic: number;
  /** Undefined: the statistic is read against the normal; else Student's t. */
  readonly df: number | undefined;
  readonly p: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface TestOptions {
  readonly alternative?: Alternative;
  /** Confidence of intervals, default 0.95. */
  readonly confidence?: number;
}

/** Fisher's transform, atanh(r). */
export const fisherZ = (r: number): number => Math.atanh(r);

/** Chance of a statistic at least so far out. */
export function pValue(statistic: number, alternative: Alternative, df?: number): number {
  const below = (x: number): number => (df === undefined ? normalCdf(x) : studentCdf(x, df));
  switch (alternative) {
    case "two-sided":
      return 2 * below(-Math.abs(statistic));
    case "greater":
      return below(-statistic);
    case "less":
      return below(statistic);
  }
}

/** Correlations of two samples that share nothing. */
export interface IndependentPair {
  readonly r1: number;
  readonly n1: number;
  readonly r2: number;
  readonly n2: number;
}

/**
 * Fisher's z = (atanh r1 - atanh r2) / sqrt(1/(n1-3) + 1/(n2-3)) and Zou's interval of r1 - r2.
 *
 * Source: Fisher (1925); Zou (2007). Limits: normal data; heavy tails make it reject too often.
 * None: `out-of-range` unless -1 < r < 1, `too-few-samples` unless n > 3.
 */
export function compareIndependent(
  pair: IndependentPair,
  options: TestOptions = {},
): Measured<{ readonly fisher: ComparisonTest; readonly zou: Interval }> {
  const { r1, n1, r2, n2 } = pair;
  const fault = faultOfCorrelations({ r1, r2 }) ?? faultOfSize(n1) ?? faultOfSize(n2);
  if (fault) return fault;
  const z = (fisherZ(r1) - fisherZ(r2)) / Math.sqrt(1 / (n1 - 3) + 1 / (n2 - 3));
  const { alternative = "two-sided", confidence = 0.95 } = options;
  const wrong = faultOfRange(confidence, 0, 1, "confidence");
  if (wrong) return wrong;
  const zou = zouInterval([r1, n1], [r2, n2], 0, confidence);
  return measured({ fisher: { statistic: z, df: undefined, p: pValue(z, alternative) }, zou });
}

/** Zou's interval of a difference; `c` is the correlation of the two estimates. */
export function zouInterval(
  [r1, n1]: readonly [number, number],
  [r2, n2]: readonly [number, number],
  c: number,
  confidence: number,
): Interval {
  const q = normalQuantile(0.5 + confidence / 2);
  const [l1, u1] = ownInterval(r1, q / Math.sqrt(n1 - 3));
  const [l2, u2] = ownInterval(r2, q / Math.sqrt(n2 - 3));
  const half = (a: number, b: number): number => Math.sqrt(a * a + b * b - 2 * c * a * b);
  return { low: r1 - r2 - half(r1 - l1, u2 - r2), high: r1 - r2 + half(u1 - r1, r2 - l2) };
}

const ownInterval = (r: number, width: number): readonly [number, number] => [
  Math.tanh(fisherZ(r) - width),
  Math.tanh(fisherZ(r) + width),
];

/**
 * Confidence interval of one correlation by Fisher's transform.
 *
 * None: `out-of-range` unless -1 < r < 1 and the confidence is within [0, 1], `too-few-samples` unless n > 3.
 */
export function correlationInterval(r: number, n: number, confidence = 0.95): Measured<Interval> {
  const fault =
    faultOfCorrelations({ r }) ?? faultOfSize(n) ?? faultOfRange(confidence, 0, 1, "confidence");
  if (fault) return fault;
  const width = normalQuantile(0.5 + confidence / 2) / Math.sqrt(n - 3);
  const [low, high] = ownInterval(r, width);
  return measured({ low, high });
}

/** Why correlations cannot be compared: `out-of-range` unless each is strictly between -1 and 1. */
export function faultOfCorrelations(named: Readonly<Record<string, number>>): Refusal | undefined {
  for (const [name, r] of Object.entries(named)) {
    if (!(Math.abs(r) < 1)) {
      return refused("out-of-range", `${name} is between -1 and 1, was ${r}`);
    }
  }
  return undefined;
}

/** Why a sample is too small for Fisher's transform. */
export function faultOfSize(n: number): Refusal | undefined {
  if (Number.isSafeInteger(n) && n > 3) return undefined;
  return refused("too-few-samples", `a sample of more than 3 is needed, was ${n}`);
}
