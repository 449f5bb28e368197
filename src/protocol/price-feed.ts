/** What a feeder of prices publishes: JSON, checked whole, nothing of it guessed. */
import { z } from "zod";
import type { SourceId } from "../core/ids.ts";
import { MARKS_PER_COMMAND_MAX } from "../core/limits.ts";
import { marketField, priceField, timeField } from "./fields.ts";
import type { Mark } from "./reports.ts";

const PRICE_FEED = z.strictObject({
  prices: z
    .array(
      z.strictObject({
        market: marketField,
        price: priceField,
        /** When the source made it, true time, epoch ms. */
        at: timeField,
      }),
    )
    .min(1)
    .max(MARKS_PER_COMMAND_MAX),
});

/** The prices of one message as marks of their source. None: undefined for anything else. */
export function readPrices(source: SourceId, bytes: Uint8Array): readonly Mark[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  const parsed = PRICE_FEED.safeParse(json);
  return parsed.success ? parsed.data.prices.map((one) => ({ source, ...one })) : undefined;
}
