/** Reads what other agents delivered: a result that cannot be read is not what was paid for. */
import type { JobView } from "../../src/protocol/job-views.ts";

/** By asset, what borrowers pay in a year, in per cent; or by market, how long (short: below zero). */
export type Reading = Readonly<Record<string, number>>;

const RATE = /^([A-Z0-9]{1,16}) (\d{1,4}(?:\.\d+)?) %$/;
const SIDE = /^([a-z0-9-]{1,32}) (long|short|flat)(?: (\d{1,3}) %)?$/;
const SIGN = { long: 1, short: -1, flat: 0 } as const;

function rate(part: string): readonly [string, number] | undefined {
  const [, asset, percent] = RATE.exec(part) ?? [];
  return asset === undefined ? undefined : [asset, Number(percent)];
}

function side(part: string): readonly [string, number] | undefined {
  const [, market, word, percent = "0"] = SIDE.exec(part) ?? [];
  if (market === undefined) return undefined;
  return [market, SIGN[word as keyof typeof SIGN] * Number(percent)];
}

/**
 * What a result says: of kind data "USDC 9.40 %, BTC 2.00 %", of kind signal "btc-perp long 60 %,
 * eth-perp flat". None: undefined where a part of it says nothing of its kind.
 */
export function readingOf({ kind, result }: Pick<JobView, "kind" | "result">): Reading | undefined {
  const parts = result.split(",").map((part) => part.trim());
  const read = parts.map(kind === "data" ? rate : side);
  const known = read.flatMap((one) => (one === undefined ? [] : [one]));
  return known.length === parts.length ? Object.fromEntries(known) : undefined;
}
