/** Field types of the wire: decimal texts become integers here and nowhere else. */
import { z } from "zod";
import type { AgentId, AssetId, Id, MarketId } from "../core/ids.ts";
import { isAsset, isId, isName } from "../core/ids.ts";
import { AMOUNT_MAX } from "../core/limits.ts";
import {
  decimalsOf,
  type Micro,
  PRICE_DECIMALS,
  type Price,
  parseDecimal,
  QTY_DECIMALS,
  type Qty,
  type Units,
  USDC_DECIMALS,
} from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import type { Millis } from "../core/time.ts";

/** What the published schemas say of a field that is read by a function; see `docs/asyncapi.json`. */
const told = (description: string, pattern: string) => ({ description, pattern });

function decimal<T>(what: string, decimals: number, from: bigint, to: bigint) {
  const range = from > 0n ? "above 0" : "at least 0";
  const message = `${what} is a decimal text ${range} with at most ${decimals} decimals`;
  const shape = z.string().meta(told(message, `^(0|[1-9][0-9]*)(\\.[0-9]{1,${decimals}})?$`));
  return shape.transform((text, context): T => {
    const value = text.length <= 44 ? parseDecimal(text, decimals) : undefined;
    if (value === undefined || value < from || value > to) {
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }
    return value as T;
  });
}

/** Above zero, at most 10^12 USDC, at most 6 decimals. */
export const amount = decimal<Micro>("an amount", USDC_DECIMALS, 1n, AMOUNT_MAX);
export const amountOrZero = decimal<Micro>("an amount", USDC_DECIMALS, 0n, AMOUNT_MAX);
export const quantity = decimal<Qty>("a quantity", QTY_DECIMALS, 1n, AMOUNT_MAX);
export const priceField = decimal<Price>("a price", PRICE_DECIMALS, 1n, AMOUNT_MAX);
/** An amount of any asset: a plain decimal text, read by its asset's own decimals in `assetAmount`. */
export const anyAmount = z.string().regex(/^(0|[1-9]\d{0,23})(\.\d{1,8})?$/, {
  message: "is no plain decimal text with at most 8 decimals",
});

/** Reads an amount by its asset's decimals. None: undefined when it is no such amount above zero. */
export function assetAmount(asset: AssetId, text: string): Units | undefined {
  const value = parseDecimal(text, decimalsOf(asset));
  return value === undefined || value <= 0n || value > AMOUNT_MAX ? undefined : (value as Units);
}

const named = <T>(what: string, ok: (text: string) => boolean, pattern: string) =>
  z
    .string()
    .refine(ok, { message: `is not ${what}` })
    .meta(told(what, pattern))
    .transform((text) => text as T);

export const agentField = named<AgentId>(
  "an agent id (1 to 32 of a-z, 0-9, -)",
  isName,
  "^[a-z0-9-]{1,32}$",
);
export const marketField = named<MarketId>(
  "a market id (1 to 32 of a-z, 0-9, -)",
  isName,
  "^[a-z0-9-]{1,32}$",
);
export const assetField = named<AssetId>(
  "an asset (1 to 16 of A-Z, 0-9)",
  isAsset,
  "^[A-Z0-9]{1,16}$",
);
export const idField = named<Id>(
  "an id (1 to 64 of A-Z a-z 0-9 . _ : -)",
  isId,
  "^[A-Za-z0-9._:-]{1,64}$",
);

const DOMAIN = "^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?\\.[a-z]{2,10}$";
const isDomain = (text: string): boolean => new RegExp(DOMAIN).test(text);
export const domainField = named<Id>("a domain such as name.com, in lower case", isDomain, DOMAIN);

const whole = (from: number, to: number) => z.number().int().min(from).max(to);
/** Ratio in parts per million, 0 to 10^9. */
export const ppmField = whole(0, 1_000_000_000).transform((value) => value as Ppm);
/** A part of a whole in parts per million, 0 to 10^6. */
export const partField = whole(0, 1_000_000).transform((value) => value as Ppm);
/** Leverage in ppm: 1x is 1_000_000, at most 200x. */
export const leverageField = whole(1, 200_000_000).transform((value) => value as Ppm);
export const timeField = whole(0, 8_640_000_000_000).transform((value) => value as Millis);
/** A duration in ms, up to ten years. */
export const durationField = whole(1, 315_360_000_000);
/** Text for people: no control or direction characters, at most 200. */
export const noteField = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, { message: "has control characters" });
