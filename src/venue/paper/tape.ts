/** The tape: real prices and funding rates as facts, and the small text format they are kept in. */
import { z } from "zod";
import { type AssetId, assetId, isAsset, isName, type MarketId, marketId } from "../../core/ids.ts";
import { PRICE_DECIMALS, type Price, parseDecimal, price } from "../../core/money.ts";

/** A payment of funding: rate in 1e-9 of the notional per interval; positive is paid by longs. */
export interface FundingRate {
  readonly at: number;
  readonly rateNano: bigint;
}

/** One market's facts: prices at rising times (epoch ms), at least two of them. */
export interface TapeMarket {
  readonly market: MarketId;
  readonly base: AssetId;
  readonly times: readonly number[];
  readonly prices: readonly Price[];
  readonly funding: readonly FundingRate[];
}

export interface Tape {
  readonly name: string;
  /** When every market has begun, and when the first of them ends: epoch ms. */
  readonly start: number;
  readonly end: number;
  readonly markets: readonly TapeMarket[];
}

/** Market data that cannot be used: which file, which row, and why. */
export class TapeError extends Error {
  override readonly name = "TapeError";
  readonly code = "bad-market-data";
  readonly retryable = false;
  readonly file: string;
  /** Line of the file, counted from 1 with the header; 0 is the file as a whole. */
  readonly row: number;
  constructor(file: string, row: number, why: string) {
    super(row === 0 ? `${file}: ${why}` : `${file}:${row}: ${why}`);
    this.file = file;
    this.row = row;
  }
}

const FORMAT = "flotilla-tape/1";

const SHAPE = z.strictObject({
  format: z.literal(FORMAT),
  name: z.string().min(1).max(64),
  about: z.string(),
  markets: z
    .array(
      z.strictObject({
        market: z.string().refine(isName),
        base: z.string().refine(isAsset),
        startMs: z.number().int().nonnegative(),
        stepMs: z.number().int().positive(),
        prices: z.array(z.string()).min(2),
        funding: z.array(z.tuple([z.number().int(), z.number().int()])),
      }),
    )
    .min(1),
});

/**
 * What a tape file holds: prices at even steps as decimal texts, funding as [epoch ms, rate in
 * 1e-9].
 */
export type TapeFile = z.input<typeof SHAPE>;

/** Reads the text of a tape file. @throws TapeError when it is not one. */
export function parseTape(text: string, file: string): Tape {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new TapeError(file, 0, `is not JSON (${error instanceof Error ? error.message : "?"})`);
  }
  const read = SHAPE.safeParse(json);
  if (!read.success) throw new TapeError(file, 0, `is not a tape: ${z.prettifyError(read.error)}`);
  const markets = read.data.markets.map((m): TapeMarket => {
    const prices = m.prices.map((text, i) => {
      const value = parseDecimal(text, PRICE_DECIMALS);
      if (value === undefined || value <= 0n) {
        throw new TapeError(file, 0, `price ${i} of ${m.market} is not a decimal above 0`);
      }
      return price(value);
    });
    return {
      market: marketId(m.market),
      base: assetId(m.base),
      times: prices.map((_, i) => m.startMs + i * m.stepMs),
      prices,
      funding: m.funding.map(([at, rate]) => ({ at, rateNano: BigInt(rate) })),
    };
  });
  return tapeOf(read.data.name, markets, file);
}

/** Puts markets together. @throws TapeError when they share no time. */
export function tapeOf(name: string, markets: readonly TapeMarket[], file: string): Tape {
  const ids = new Set(markets.map((m) => m.market));
  if (ids.size !== markets.length) throw new TapeError(file, 0, "names a market twice");
  let start = 0;
  let end = Number.MAX_SAFE_INTEGER;
  for (const m of markets) {
    start = Math.max(start, m.times[0] ?? 0);
    end = Math.min(end, m.times.at(-1) ?? 0);
  }
  if (!(start < end)) throw new TapeError(file, 0, "its markets have no time in common");
  return { name, start, end, markets };
}
