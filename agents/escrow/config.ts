/** What the escrow specialist can be told: what it buys, what it sells, and how it ends quarrels. */
import { z } from "zod";
import { JOB_KINDS, SIDES } from "../../src/protocol/words.ts";

const amount = z.string().regex(/^(0|[1-9]\d{0,11})(\.\d{1,6})?$/);
const idText = z.string().regex(/^[A-Za-z0-9._:-]{1,64}$/);

const aboveZero = (text: string): boolean => Number(text) > 0;

const deal = z.strictObject({
  /** Of a sale: made only while a job of this kind, delivered not long ago, says what is sold. */
  needs: z.enum(JOB_KINDS).exactOptional(),
  counterparty: idText,
  /** In USDC, above zero. */
  amount: amount.refine(aboveZero, "is above zero"),
  /** After so long in the venue's time what is not released goes back to the payer. */
  timeoutMs: z.number().int().min(1_000).max(2_592_000_000),
  description: z.string().min(3).max(200),
});
export type Deal = z.output<typeof deal>;

const hedge = z.strictObject({
  market: z.string().regex(/^[a-z0-9-]{1,32}$/),
  /** `sell`: gains by a fall. */
  side: z.enum(SIDES),
  /** In coins, above zero. */
  qty: z
    .string()
    .regex(/^(0|[1-9]\d{0,11})(\.\d{1,8})?$/)
    .refine(aboveZero, "is above zero"),
  /** The most that either owes the other for what the market moves, in USDC, above zero. */
  cover: amount.refine(aboveZero, "is above zero"),
});

const job = z
  .strictObject({
    kind: z.enum(JOB_KINDS),
    brief: z.string().min(3).max(200),
    /** Paid for it, in USDC, above zero. */
    amount: amount.refine(aboveZero, "is above zero"),
    /** To be done in, and again to be looked at in or, of a hedge, to stand for, in ms of fleet time. */
    ttlMs: z.number().int().min(1_000).max(2_592_000_000),
    hedge: hedge.exactOptional(),
  })
  .refine(
    ({ kind, hedge: asked }) => (kind === "hedge") === (asked !== undefined),
    "a job of kind hedge names its hedge, and no other does",
  );

/** What runs up on account with an outsider whose debts the fleet nets. */
const account = z.strictObject({
  party: idText,
  /** `pay`: we owe it. `receive`: it owes us. */
  direction: z.enum(["pay", "receive"]),
  /** Owed each time, in USDC, above zero. */
  amount: amount.refine(aboveZero, "is above zero"),
  /** How often, in ms of fleet time. */
  everyMs: z.number().int().min(1_000).max(2_592_000_000),
  note: z.string().min(3).max(200),
});

const HOUR = 3_600_000;
const traded = (counterparty: string, usdc: string, description: string): Deal => ({
  counterparty,
  amount: usdc,
  timeoutMs: HOUR,
  description,
});

export const escrowConfig = z.strictObject({
  /** Taken in turn; empty: buys nothing. */
  buy: z
    .array(deal)
    .max(64)
    .default([
      traded("out-data-1", "12", "order book snapshots, one hour"),
      traded("out-data-2", "8", "funding rates, one day"),
      traded("out-ghost-1", "5", "liquidation feed, one hour"),
    ]),
  /** Taken in turn; empty: sells nothing. */
  sell: z
    .array(deal)
    .max(64)
    .default([
      traded("out-buyer-1", "15", "momentum signals, one hour"),
      traded("out-data-1", "10", "volatility signals, one hour"),
    ]),
  /** Small debts that run up with parties of an agreement and are paid by its netting; empty: none. */
  account: z.array(account).max(16).default([]),
  /** Named as referrer of every escrow, where there is one. */
  referrer: idText.optional(),
  /** Registered once at the service as who refers this agent: an agent of the fleet, `fleet`, or an outsider. */
  registers: idText.optional(),
  /** Named as the judge of every escrow's disputes; absent: the venue's own judges. */
  referee: idText.optional(),
  /** Work that it pays the fleet's other agents for, in turn; empty: none. */
  jobs: z
    .array(job)
    .max(16)
    .default([
      { kind: "data", brief: "what borrowers pay now", amount: "0.05", ttlMs: 60_000 },
      { kind: "signal", brief: "which side traders are on", amount: "0.05", ttlMs: 60_000 },
    ]),
  /** How long what a job delivered is fresh enough to be sold on, in ms. */
  freshMs: z.number().int().min(0).max(604_800_000).default(120_000),
  /** Least time between two jobs, in ms. */
  jobEveryMs: z.number().int().min(0).max(604_800_000).default(30_000),
  /** Wait between two looks, in ms. */
  intervalMs: z.number().int().min(100).max(3_600_000).default(2_000),
  /** Least time between two openings of the same role, in ms. */
  everyMs: z.number().int().min(0).max(604_800_000).default(6_000),
  /** Open escrows of each role at once. */
  maxOpen: z.number().int().min(0).max(128).default(3),
  /** Part of the delegation's cap that purchases may hold at once. */
  useShare: z.number().min(0).max(1).default(0.8),
  /** `late`: disputes what stays undelivered, or unreleased after delivery, for `disputeAfterMs`. */
  dispute: z.enum(["never", "late"]).default("never"),
  disputeAfterMs: z.number().int().min(0).max(2_592_000_000).default(600_000),
  /** A deal that was refused is left alone for this, in ms. */
  coolMs: z.number().int().min(0).max(604_800_000).default(30_000),
});

export type EscrowConfig = z.output<typeof escrowConfig>;
