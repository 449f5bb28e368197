/** Ratios as integers, one millionth each: with floats Math.ceil(100 * (1 - 0.99)) is 2. */
import { assert } from "./assert.ts";
import type { Brand } from "./ids.ts";
import { divide, type Micro, mulDiv, type Rounding } from "./money.ts";

/** Parts per million: 1 % is 10_000. Always a safe integer. */
export type Ppm = Brand<number, "Ppm">;

export const ONE = 1_000_000 as Ppm;

/** @throws InvariantError unless the value is a safe integer. */
export function ppm(value: number): Ppm {
  assert(Number.isSafeInteger(value), "parts per million are a safe integer");
  return value as Ppm;
}

/** A percentage such as 12.5 in millionths. @throws InvariantError when it is not whole in ppm. */
export const percent = (value: number): Ppm => ppm(Math.round(value * 1e10) / 1e6);

/** a share of an amount. Rounding as named; the sign is the amount's. */
export const share = (amount: Micro, part: Ppm, rounding: Rounding): Micro =>
  mulDiv(amount, BigInt(part), 1_000_000n, rounding) as Micro;

/**
 * a / b in ppm.
 *
 * None: undefined when b is zero or negative, where a ratio says nothing.
 * The result is held within +-1e15 so that it stays a safe integer.
 */
export function ratio(a: bigint, b: bigint, rounding: Rounding): Ppm | undefined {
  if (b <= 0n) return undefined;
  const value = divide(a * 1_000_000n, b, rounding);
  const limit = 10n ** 15n;
  return Number(value > limit ? limit : value < -limit ? -limit : value) as Ppm;
}

/** As a fraction (1 % is 0.01), for statistics and screens only. */
export const toFraction = (value: Ppm): number => value / 1_000_000;
/** As text such as "12.5 %". */
export const formatPpm = (value: Ppm): string => `${(value / 10_000).toFixed(2)} %`;
