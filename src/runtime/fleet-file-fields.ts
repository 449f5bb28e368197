/** Markets and rules of a fleet file, field by field. */

import { z } from "zod";
import { sourceId, VENUE } from "../core/ids.ts";
import { PRICE_SOURCES_MAX } from "../core/limits.ts";
import { ppm } from "../core/ppm.ts";
import { CRISIS_FIELDS } from "../protocol/crisis-policy.ts";
import {
  amount,
  assetField,
  durationField,
  idField,
  leverageField,
  marketField,
  partField,
  ppmField,
  priceField,
  quantity,
} from "../protocol/fields.ts";

const tier = z.strictObject({ upTo: amount.optional(), initial: ppmField, maintenance: ppmField });

export const MARKET_FIELDS = z.strictObject({
  market: marketField,
  /** Where it is traded; absent: the paper platform. */
  venue: idField.optional(),
  base: assetField,
  lot: quantity,
  tick: priceField,
  minNotional: amount,
  maxNotional: amount,
  maxLeverage: leverageField,
  takerFee: ppmField,
  tiers: z.array(tier).min(1),
  /** What is believed of this market's book, in place of policy.crisis: USDC that move it by 1 % … */
  depth: amount.exactOptional(),
  /** … half the spread, and the share of a move that stays. */
  halfSpread: partField.exactOptional(),
  permanentShare: partField.exactOptional(),
});

/** Several sources of every price; in this order, for the rules are compared as text. */
export const PRICES_FIELDS = z.strictObject({
  sources: z
    .array(
      z
        .string()
        .regex(/^[a-z0-9-]{1,32}$/, "is 1 to 32 of a-z, 0-9 and -")
        .transform(sourceId),
    )
    .min(1)
    .max(PRICE_SOURCES_MAX),
  divergence: partField,
  maxAgeMs: durationField,
  quarantineAfter: z.number().int().min(1).max(1_000).default(3),
  alone: z.enum(["follow", "hold"]).default("hold"),
});

export const POLICY_FIELDS = z.strictObject({
  zones: z.strictObject({
    yellow: ppmField,
    orange: ppmField,
    red: ppmField,
    hysteresis: ppmField,
  }),
  /** Held back of the collateral; the seeds keep 15 to 20 %. */
  dryPowder: ppmField.default(ppm(150_000)),
  markAgeMaxMs: durationField,
  /** A price that stands still for longer while most others move is not believed; absent: 12 ages. */
  markStillMaxMs: durationField.optional(),
  markJumpMax: ppmField,
  /** Sources of prices beside the venue; absent: the venue alone is believed. */
  prices: PRICES_FIELDS.optional(),
  collar: ppmField,
  stopShare: ppmField,
  protectWithinMs: durationField,
  answerWithinMs: durationField,
  closeRetryMs: durationField,
  raiseDelayMs: durationField,
  raiseStep: ppmField,
  lendShare: ppmField,
  domainHaircut: partField.optional(),
  /** Least part of the collateral in stablecoins; absent: nobody is warned. */
  stableShareMin: partField.optional(),
  /** What margin costs a year while no USDC is lent; absent: 5 %. */
  marginRate: partField.optional(),
  /** Refers every escrow that names nobody; absent: nobody does. */
  referrer: idField.optional(),
  /** Largest fleet value at risk an opening order may bring about, as a share of collateral. */
  varLimit: ppmField.optional(),
  /** Absent: off. An empty object: the defaults; each field named replaces its own. */
  crisis: CRISIS_FIELDS.optional(),
  rate: z.strictObject({
    perSecond: z.number().int().min(1).max(1_000_000),
    burst: z.number().int().min(1).max(1_000_000),
  }),
});

/** What is wrong with the sources of prices, each by its name. */
export function pricesFaults({ prices, markAgeMaxMs }: z.output<typeof POLICY_FIELDS>): string[] {
  if (prices === undefined) return [];
  const { sources, divergence, maxAgeMs } = prices;
  const faults: string[] = [];
  if (new Set(sources).size < sources.length)
    faults.push("policy.prices.sources: a source stands twice");
  if (sources.includes(VENUE))
    faults.push("policy.prices.sources: venue is the venue itself, and always one of them");
  if (divergence === 0) faults.push("policy.prices.divergence: must be above 0");
  if (maxAgeMs > markAgeMaxMs)
    faults.push(
      `policy.prices.maxAgeMs: must be at most markAgeMaxMs, ${markAgeMaxMs}, was ${maxAgeMs}`,
    );
  return faults;
}
