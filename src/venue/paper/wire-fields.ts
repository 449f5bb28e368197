/**
 * JSON of the HTTP front: integers beyond 2^53 as decimal texts, maps as objects, and back again.
 */
import { z } from "zod";
import { type AssetId, type Id, isAsset, isId, isName, type MarketId } from "../../core/ids.ts";
import type { Micro, Price, Qty, Units } from "../../core/money.ts";
import type { Ppm } from "../../core/ppm.ts";
import type { Millis } from "../../core/time.ts";
import type { EffectName } from "../../protocol/effects.ts";

/** Writes any value of the port as JSON. Total: bigints become texts, maps become objects. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === "bigint") return part.toString();
    if (part instanceof Map) return Object.fromEntries(part);
    return part;
  });

const integer = <T>() =>
  z
    .string()
    .regex(/^-?(0|[1-9]\d{0,39})$/, { message: "is not a whole number as text" })
    .transform((text) => BigInt(text) as T);

const text = <T>(what: string, ok: (text: string) => boolean) =>
  z
    .string()
    .refine(ok, { message: `is not ${what}` })
    .transform((value) => value as T);

const isEffectName = (name: string): boolean => /^[A-Za-z0-9._:-]{1,64}$/.test(name);

export const bigField = integer<bigint>();
export const microField = integer<Micro>();
export const unitsField = integer<Units>();
export const qtyField = integer<Qty>();
export const priceField = integer<Price>();
export const nameField = text<EffectName>("an effect name", isEffectName);
export const agentName = z.string().refine(isName, { message: "is not an agent id" });
export const marketField = text<MarketId>("a market id", isName);
export const assetField = text<AssetId>("an asset", isAsset);
export const idField = text<Id>("an id", isId);
export const ppmField = z
  .number()
  .int()
  .transform((value) => value as Ppm);
export const millisField = z
  .number()
  .int()
  .nonnegative()
  .transform((value) => value as Millis);
/** A duration, at most ten years. */
export const durationField = z.number().int().min(0).max(315_360_000_000);
export const sideField = z.enum(["buy", "sell"]);
export const slotField = z.string().min(1).max(96);
export const versionField = z.number().int().nonnegative();
export const countField = z.number().int().nonnegative();

/** An object read as a map with checked keys and values. */
export function mapField<K, V>(key: z.ZodType<K, string>, value: z.ZodType<V>) {
  return z.record(z.string(), z.unknown()).transform((object, context) => {
    const made = new Map<K, V>();
    for (const [k, v] of Object.entries(object)) {
      const readKey = key.safeParse(k);
      const readValue = value.safeParse(v);
      if (!readKey.success || !readValue.success) {
        context.addIssue({ code: "custom", message: `bad entry ${k.slice(0, 40)}` });
        return z.NEVER;
      }
      made.set(readKey.data, readValue.data);
    }
    return made;
  });
}
