/** Series out of the data sets that reference cases name. */
import { returnsOf } from "../../src/risk/series.ts";
import { tableOf } from "../reference.ts";

export interface Dated {
  readonly dates: readonly string[];
  readonly prices: readonly number[];
}

/** Daily closes of a symbol between two dates, both included. */
function dailyCloses(dataset: string, symbol: string, from = "", to = "9999"): Dated {
  const rows = tableOf(dataset).filter((row) => {
    const date = row["date"] ?? "";
    return row["symbol"] === symbol && date >= from && date <= to;
  });
  return {
    dates: rows.map((row) => row["date"] ?? ""),
    prices: rows.map((row) => Number(row["close"])),
  };
}

/** Simple returns of daily closes with the date of each return. */
export function dailyReturns(
  dataset: string,
  symbol: string,
  from?: string,
  to?: string,
): { readonly dates: readonly string[]; readonly returns: Float64Array } {
  const { dates, prices } = dailyCloses(dataset, symbol, from, to);
  return { dates: dates.slice(1), returns: taken(returnsOf(prices, "simple")) };
}

/** The value of a measure that must be there. */
export function taken<T>(measure: { ok: true; value: T } | { ok: false; reason: string }): T {
  if (!measure.ok) throw new Error(measure.reason);
  return measure.value;
}
