/**
 * The distributions that measures and tests are read against: normal, Student, chi-square,
 * binomial.
 */
import { betaI, gammaP, gammaQ, logGamma } from "./distributions-gamma.ts";

const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);

/** Density of the standard normal. */
export const normalPdf = (x: number): number => Math.exp(-0.5 * x * x) / ROOT_TWO_PI;

/** P(Z <= x) of the standard normal; the lower tail keeps its relative precision. */
export function normalCdf(x: number): number {
  const half = 0.5 * gammaQ(0.5, 0.5 * x * x);
  return x <= 0 ? half : 1 - half;
}

const CENTRE = [
  [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946,
    1971.5909503065513, 133.14166789178438, 3.3871328727963665,
  ],
  [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751,
    687.1870074920579, 42.31333070160091, 1,
  ],
] as const;
const SHOULDER = [
  [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684,
    3.6478483247632045, 5.769497221460691, 4.630337846156546, 1.4234371107496837,
  ],
  [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008,
    0.6897673349851, 1.6763848301838038, 2.053191626637759, 1,
  ],
] as const;
const FAR = [
  [
    2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124,
    0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501104,
  ],
  [
    2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133,
    0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1,
  ],
] as const;

/**
 * The x with P(Z <= x) = p, 0 < p < 1 (infinite at the ends).
 *
 * Source: Wichura (1988), algorithm AS 241, about sixteen digits; the routine behind R's qnorm.
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : Number.NaN;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * rational(CENTRE, 0.180625 - q * q);
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const x = r <= 5 ? rational(SHOULDER, r - 1.6) : rational(FAR, r - 5);
  return q < 0 ? -x : x;
}

type Rational = readonly [readonly number[], readonly number[]];
const rational = ([above, below]: Rational, x: number): number =>
  horner(above, x) / horner(below, x);
const horner = (terms: readonly number[], x: number): number =>
  terms.reduce((sum, term) => sum * x + term, 0);

/** P(X > x) of chi-square with df degrees of freedom. */
export const chiSquareSf = (x: number, df: number): number => gammaQ(df / 2, x / 2);
/** P(X <= x) of chi-square. */
export const chiSquareCdf = (x: number, df: number): number => gammaP(df / 2, x / 2);
/** The x with P(X <= x) = p of chi-square, 0 < p < 1. Bisection to machine precision. */
export const chiSquareQuantile = (p: number, df: number): number =>
  bisect((x) => chiSquareCdf(x, df) - p, 0, df + 40 * Math.sqrt(2 * df) + 100);

/** Density of Student's t with df > 0 degrees of freedom (variance df/(df-2), not one). */
export const studentPdf = (x: number, df: number): number =>
  Math.exp(
    logGamma((df + 1) / 2) -
      logGamma(df / 2) -
      0.5 * Math.log(df * Math.PI) -
      ((df + 1) / 2) * Math.log1p((x * x) / df),
  );

/** P(T <= x) of Student's t. */
export function studentCdf(x: number, df: number): number {
  const half = 0.5 * betaI(df / 2, 0.5, df / (df + x * x));
  return x <= 0 ? half : 1 - half;
}

/** The x with P(T <= x) = p, 0 < p < 1. */
export function studentQuantile(p: number, df: number): number {
  if (p === 0.5) return 0;
  if (p > 0.5) return -studentQuantile(1 - p, df);
  let low = -1;
  while (studentCdf(low, df) > p && low > -1e300) low *= 2;
  return bisect((x) => studentCdf(x, df) - p, low, 0);
}

/** P(X <= k) of the binomial with n trials of chance p; 0 for k < 0, 1 for k >= n. */
export function binomialCdf(k: number, n: number, p: number): number {
  const whole = Math.floor(k);
  if (whole < 0) return 0;
  if (whole >= n) return 1;
  return betaI(n - whole, whole + 1, 1 - p);
}

/** P(F > x) of Fisher's F with (d1, d2) degrees of freedom. */
export const fSf = (x: number, d1: number, d2: number): number =>
  x <= 0 ? 1 : betaI(d2 / 2, d1 / 2, d2 / (d2 + d1 * x));

/** The zero of a rising function between two bounds, to the last representable bit. */
function bisect(rising: (x: number) => number, low: number, high: number): number {
  let a = low;
  let b = high;
  for (let i = 0; i < 2_000; i++) {
    const middle = a + (b - a) / 2;
    if (middle === a || middle === b) return middle;
    if (rising(middle) < 0) a = middle;
    else b = middle;
  }
  return a + (b - a) / 2;
}
