/** What the domains specialist can be told: what it looks for, what it pays, and whether it parks or sells. */
import { z } from "zod";

const amount = z.string().regex(/^(0|[1-9]\d{0,11})(\.\d{1,6})?$/);

export const domainsConfig = z.strictObject({
  /** Words that it looks for, in turn. */
  words: z
    .array(z.string().regex(/^[a-z0-9-]{1,32}$/))
    .min(1)
    .max(64)
    .default(["fleet", "margin", "harbor", "signal", "ledger", "vector"]),
  /** Most that a first year may cost, in USDC. */
  maxCost: amount.default("15"),
  /** What a visit a day is worth to a buyer, in USDC: what it values every name by. */
  visitValue: z.number().min(0).max(10_000).default(6),
  /** Worth over price from which it buys, and over a renewal from which it keeps. */
  minGain: z.number().min(1).max(100).default(1.5),
  /** `sell`: offers what it has to buyers. `park`: keeps it for its income. */
  use: z.enum(["sell", "park"]).default("sell"),
  /** Kept by the market place of a sale: it asks for no less than price and fee, 0.1 is 10 %. */
  saleFee: z.number().min(0).max(0.9).default(0.1),
  /** What is not sold for this long is offered a tenth cheaper, in ms; at its least it is parked. */
  repriceMs: z.number().int().min(1_000).max(31_536_000_000).default(120_000),
  /** Wait between two looks, in ms. */
  intervalMs: z.number().int().min(100).max(3_600_000).default(2_000),
  /** Least time between two searches, in ms. */
  everyMs: z.number().int().min(0).max(604_800_000).default(5_000),
  /** Domains at once. */
  maxHeld: z.number().int().min(0).max(128).default(6),
  /** Part of the delegation's cap that domains may hold at once. */
  useShare: z.number().min(0).max(1).default(0.8),
  /** A name that was refused is left alone for this, in ms. */
  coolMs: z.number().int().min(0).max(604_800_000).default(60_000),
});

export type DomainsConfig = z.output<typeof domainsConfig>;
