/**
 * Exact money: integers of the smallest unit, and the few products of two of them.
 *
 * Units: USDC in millionths, every other asset and every quantity in 1e-8, every price in 1e-8 USDC
 * for one whole coin. A product of two has its own constructor and names its rounding.
 */
import { Decimal } from "decimal.js";
import { assert } from "./assert.ts";
import type { AssetId, Brand } from "./ids.ts";

/** Millionths of USDC. Signed. */
export type Micro = Brand<bigint, "Micro">;
/** Smallest units of some asset (millionths for USDC, 1e-8 for others). Signed. */
export type Units = Brand<bigint, "Units">;
/** 1e-8 of a coin. Signed where it is a position (long positive), otherwise positive. */
export type Qty = Brand<bigint, "Qty">;
/** 1e-8 USDC for one whole coin. Positive. */
export type Price = Brand<bigint, "Price">;

/** Where a remainder goes. `up` is away from zero, `down` towards zero, `floor` and `ceil` by sign. */
export type Rounding = "up" | "down" | "floor" | "ceil";

export const USDC_DECIMALS = 6;
export const QTY_DECIMALS = 8;
export const PRICE_DECIMALS = 8;
/** price x quantity has 16 decimals; USDC has 6. */
export const NOTIONAL_DIVISOR = 10n ** BigInt(PRICE_DECIMALS + QTY_DECIMALS - USDC_DECIMALS);

/** Millionths of USDC: 1 USDC is 1_000_000n. */
export const micro = (value: bigint): Micro => value as Micro;
export const units = (value: bigint): Units => value as Units;
/** 1e-8 coins: one coin is 100_000_000n, a short is negative. */
export const qty = (value: bigint): Qty => value as Qty;
/** 1e-8 USDC for one whole coin. */
export const price = (value: bigint): Price => value as Price;
export const ZERO = micro(0n);

/** How many decimals an asset is kept with. */
export const decimalsOf = (asset: AssetId): number =>
  (asset as string) === "USDC" ? USDC_DECIMALS : QTY_DECIMALS;

/**
 * a / b in integers.
 *
 * Rounding: as named. @throws InvariantError when b is zero.
 */
export function divide(a: bigint, b: bigint, rounding: Rounding): bigint {
  assert(b !== 0n, "a divisor is not zero");
  const quotient = a / b;
  const rest = a % b;
  if (rest === 0n) return quotient;
  const negative = a < 0n !== b < 0n;
  switch (rounding) {
    case "down":
      return quotient;
    case "up":
      return negative ? quotient - 1n : quotient + 1n;
    case "floor":
      return negative ? quotient - 1n : quotient;
    case "ceil":
      return negative ? quotient : quotient + 1n;
  }
}

/** a x b / c in integers, exact before the one rounding. @throws InvariantError when c is zero. */
export const mulDiv = (a: bigint, b: bigint, c: bigint, rounding: Rounding): bigint =>
  divide(a * b, c, rounding);

/** Value of a quantity at a price, in millionths of USDC; has the sign of the quantity. */
export const notional = (at: Price, size: Qty, rounding: Rounding): Micro =>
  divide(at * size, NOTIONAL_DIVISOR, rounding) as Micro;

/** The quantity that a value buys at a price. @throws InvariantError when the price is zero. */
export const qtyFor = (value: Micro, at: Price, rounding: Rounding): Qty =>
  divide(value * NOTIONAL_DIVISOR, at, rounding) as Qty;

/** The price at which a quantity has a value. @throws InvariantError when the quantity is zero. */
export const priceOf = (value: Micro, size: Qty, rounding: Rounding): Price =>
  divide(value * NOTIONAL_DIVISOR, size, rounding) as Price;

export const abs = <T extends bigint>(value: T): T => (value < 0n ? -value : value) as T;
export const min = <T extends bigint>(a: T, b: T): T => (a < b ? a : b);
export const max = <T extends bigint>(a: T, b: T): T => (a > b ? a : b);

const DECIMAL_TEXT = /^-?(0|[1-9]\d{0,23})(\.\d{1,18})?$/;

/**
 * Reads a decimal text such as "12.5" into integers of 10^-decimals.
 *
 * None: undefined for anything that is not a plain decimal (no exponent, no sign "+", no blanks), and
 * for more decimals than the unit has: nothing is ever rounded away on the way in.
 */
export function parseDecimal(text: string, decimals: number): bigint | undefined {
  if (!DECIMAL_TEXT.test(text)) return undefined;
  const dot = text.indexOf(".");
  if (dot < 0) return BigInt(text) * 10n ** BigInt(decimals);
  const fraction = text.slice(dot + 1);
  if (fraction.length > decimals) return undefined;
  return BigInt(text.slice(0, dot) + fraction.padEnd(decimals, "0"));
}

const ZERO_CODE = "0".charCodeAt(0);

/** Writes integers of 10^-decimals as a plain decimal text without trailing zeros. Exact. */
export function formatDecimal(value: bigint, decimals: number): string {
  if (value === 0n) return "0";
  const digits = abs(value)
    .toString()
    .padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  let end = digits.length;
  while (end > point && digits.charCodeAt(end - 1) === ZERO_CODE) end -= 1;
  const whole = digits.slice(0, point);
  const sign = value < 0n ? "-" : "";
  return end === point ? sign + whole : `${sign}${whole}.${digits.slice(point, end)}`;
}

export const formatMicro = (value: Micro): string => formatDecimal(value, USDC_DECIMALS);
export const formatQty = (value: Qty): string => formatDecimal(value, QTY_DECIMALS);
export const formatPrice = (value: Price): string => formatDecimal(value, PRICE_DECIMALS);
export const formatUnits = (value: Units, asset: AssetId): string =>
  formatDecimal(value, decimalsOf(asset));

/** decimal.js at 40 digits: holds every float and every amount without a further rounding. */
const Exact = Decimal.clone({ precision: 40, toExpNeg: -40, toExpPos: 40 });

const MODES = {
  up: Decimal.ROUND_UP,
  down: Decimal.ROUND_DOWN,
  floor: Decimal.ROUND_FLOOR,
  ceil: Decimal.ROUND_CEIL,
} as const;

/**
 * What statistics made, as integers of 10^-decimals: the only way back from floats.
 *
 * The float is read as the decimal it is written as, so 2.007 with 6 decimals is 2_007_000 and not the
 * 2_007_001 that a float's product rounded up would be.
 * Rounding: as named. @throws InvariantError when the value is not finite.
 */
export function fromFloat(value: number, decimals: number, rounding: Rounding): bigint {
  assert(Number.isFinite(value), "what becomes an amount is finite");
  const written = FLOAT_TEXT.exec(String(value));
  if (written !== null) return ofDigits(written, decimals, rounding);
  const scaled = new Exact(value).times(new Exact(10).pow(decimals));
  return BigInt(scaled.toDecimalPlaces(0, MODES[rounding]).toFixed(0));
}

/** A float as it is written without an exponent: sign, whole part, fraction. */
const FLOAT_TEXT = /^(-?)(\d+)(?:\.(\d+))?$/;

function ofDigits(written: RegExpExecArray, decimals: number, rounding: Rounding): bigint {
  const [, sign = "", whole = "", fraction = ""] = written;
  const kept = BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, "0"));
  const cut = /[1-9]/.test(fraction.slice(decimals));
  const negative = sign === "-";
  const away = cut && (rounding === "up" || rounding === (negative ? "floor" : "ceil"));
  const size = away ? kept + 1n : kept;
  return negative ? -size : size;
}

/** To a float, for statistics and screens only. Nothing made of it returns to the ledger. */
export const toFloat = (value: bigint, decimals: number): number => Number(value) / 10 ** decimals;
