/** Reads the decimal texts of a view into integers, and sizes made by statistics back into texts. */
import type { AssetId } from "../core/ids.ts";
import {
  decimalsOf,
  divide,
  fromFloat,
  type Micro,
  micro,
  PRICE_DECIMALS,
  type Price,
  parseDecimal,
  price,
  QTY_DECIMALS,
  type Qty,
  qty,
  toFloat,
  type Units,
  USDC_DECIMALS,
  units,
} from "../core/money.ts";

/** What a view says is a decimal text by its schema; a text that is none counts as zero. */
const read = (text: string, decimals: number): bigint => parseDecimal(text, decimals) ?? 0n;

export const usdcOf = (text: string): Micro => micro(read(text, USDC_DECIMALS));
export const qtyOf = (text: string): Qty => qty(read(text, QTY_DECIMALS));
export const priceOf = (text: string): Price => price(read(text, PRICE_DECIMALS));
export const unitsOf = (text: string, asset: string): Units =>
  units(read(text, decimalsOf(asset as AssetId)));

/** For statistics: what they make of it returns only through `usdcFrom`. */
export const usdcFloat = (value: Micro): number => toFloat(value, USDC_DECIMALS);
export const priceFloat = (value: Price): number => toFloat(value, PRICE_DECIMALS);

/** A size that statistics made, as money. Rounding: towards zero. None: zero for what is not finite. */
export function usdcFrom(value: number): Micro {
  if (!Number.isFinite(value) || Math.abs(value) > 1e12) return micro(0n);
  return micro(fromFloat(value, USDC_DECIMALS, "down"));
}

/** The largest multiple of `lot` not above `size`. @throws InvariantError when the lot is zero. */
export const floorToLot = (size: Qty, lot: Qty): Qty => qty(divide(size, lot, "down") * lot);
