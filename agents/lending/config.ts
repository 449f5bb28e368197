/** What the lending specialist can be told: which assets, at what least rates, and how much of them. */
import { z } from "zod";
import { buyingFields } from "../../src/sdk/job-buying.ts";

const amount = z.string().regex(/^(0|[1-9]\d{0,11})(\.\d{1,8})?$/);

const asset = z.strictObject({
  asset: z.string().regex(/^[A-Z0-9]{1,16}$/),
  /** Lowest yearly rate, in ppm (1 % is 10,000). */
  minRate: z.number().int().min(0).max(1_000_000_000),
  /** Smallest and largest single loan, in the asset. */
  minLoan: amount,
  maxLoan: amount,
  /** Notice of its loans, in the venue's time, ms; absent: as `noticeMs`. */
  noticeMs: z.number().int().min(1_000).max(2_592_000_000).optional(),
  /** What a borrower is to have posted of a loan, as the market tells it, in ppm: 110 % of large assets. */
  collateral: z.number().int().min(0).max(10_000_000).default(1_150_000),
  /** The asset that borrowers post; its price and the loan's own tell how the cover moves between two reports. */
  against: z
    .string()
    .regex(/^[A-Z0-9]{1,16}$/)
    .default("USDC"),
});
export type LentAsset = z.output<typeof asset>;

const lent = (
  name: string,
  minRate: number,
  minLoan: string,
  maxLoan: string,
  against = "USDC",
): LentAsset => ({ asset: name, minRate, minLoan, maxLoan, collateral: 1_100_000, against });

export const lendingConfig = z.strictObject({
  assets: z
    .array(asset)
    .min(1)
    .max(32)
    .refine((all) => new Set(all.map((one) => one.asset)).size === all.length, "names one twice")
    .default([
      lent("USDC", 30_000, "10", "100", "BTC"),
      lent("BTC", 5_000, "0.0001", "0.01"),
      lent("ETH", 5_000, "0.001", "0.2"),
    ]),
  /**
   * Part of a holding that may be lent, in ppm; the fleet's own bound holds as well. A holding that
   * the fleet keeps for long has a bound of its own instead of both.
   */
  lendShare: z.number().int().min(0).max(1_000_000).default(400_000),
  /** How long a borrower may take to give back what is recalled, in the venue's time, ms. */
  noticeMs: z.number().int().min(1_000).max(2_592_000_000).default(3_600_000),
  /** A notice up to this is short, in the venue's time, ms: such loans are asked back before all others. */
  shortNoticeMs: z.number().int().min(0).max(2_592_000_000).default(86_400_000),
  /** A loan that is covered by less than this at the marks is taken back, in ppm, whatever was told of it. */
  minCollateral: z.number().int().min(0).max(10_000_000).default(1_050_000),
  /** Does jobs of kind data for other agents: tells what its borrowers pay. */
  works: z.boolean().default(true),
  /** Rates of other lenders' borrowers that it buys, to ask for as much of its own. */
  buys: buyingFields
    .extend({
      /** Part of a rate that was told which it asks for at least; never less than `minRate`. */
      follow: z.number().min(0).max(1).default(0.8),
      /** What was told raises a least rate to so many times itself at most. */
      most: z.number().min(1).max(100).default(3),
    })
    .prefault({}),
  /** Wait between two looks, in ms. */
  intervalMs: z.number().int().min(100).max(3_600_000).default(2_000),
  /** Loans at once, of all assets. */
  maxLoans: z.number().int().min(0).max(128).default(6),
  /** Loans that one decision opens, and recalls. */
  perWake: z.number().int().min(1).max(16).default(2),
  /** Part of what is available that a decision may use: the value may move until it is admitted. */
  useShare: z.number().min(0).max(1).default(0.95),
  /** An asset whose loan was refused, by the fleet or by the market, is left alone for this, in ms. */
  coolMs: z.number().int().min(0).max(604_800_000).default(30_000),
});

export type LendingConfig = z.output<typeof lendingConfig>;
