/** Every reference case of the family replay, by its id. */
import { describe, expect, test } from "vitest";
import {
  annualised,
  concentration,
  correlationMatrix,
  deviation,
  returnsOf,
} from "../../src/risk.ts";
import { absentTitle, casesOf, hasReference, type ReferenceCase, tableOf } from "../reference.ts";
import { taken } from "./reference-series.ts";

const SIX = ["BTC", "ETH", "XRP", "ADA", "LTC", "BCH"];
const HOURS_A_YEAR = 8_760;

function near(got: number, want: number, tolerance: number | undefined, what: string): void {
  expect(Math.abs(got - want), `${what}: ${got} against ${want}`).toBeLessThanOrEqual(
    tolerance ?? 0,
  );
}

/** Hourly bars of one symbol, perpetual where there is one. */
function bars(dataset: string, symbol: string) {
  const own = tableOf(dataset).filter((row) => row["symbol"] === symbol);
  const perpetual = own.filter((row) => row["kind"] === "perp");
  return perpetual.length > 0 ? perpetual : own;
}

function checkCorrelation({ inputs, expected, tolerance }: ReferenceCase): void {
  const cut = Date.parse(`${inputs.cut}T00:00:00Z`) / 1000;
  const series = SIX.map((coin) => {
    const rows = bars(inputs.dataset, `${coin}USDT`);
    const returns = taken(
      returnsOf(
        rows.map((row) => Number(row["close"])),
        "log",
      ),
    );
    const times = rows.slice(1).map((row) => Number(row["ts"]));
    return { returns, first: times.findIndex((ts) => ts >= cut) };
  });
  const before = series.map(({ returns, first }) => returns.subarray(0, first));
  const during = series.map(({ returns, first }) => returns.subarray(first, first + 72));
  expect(before[0]?.length).toBe(inputs.n_before);
  expect(during[0]?.length).toBe(inputs.n_during);
  const mean = (set: Float64Array[]) =>
    taken(concentration(taken(correlationMatrix(set)))).averagePairwise;
  const abs = tolerance["abs"];
  near(mean(before), expected.mean_correlation_before, abs, "before");
  near(mean(during), expected.mean_correlation_during, abs, "during");
  const volatility = (x: Float64Array | undefined) =>
    annualised(taken(deviation(x ?? [])), HOURS_A_YEAR);
  near(volatility(before[0]), expected.btc_vol_before, abs, "volatility before");
  near(volatility(during[0]), expected.btc_vol_during, abs, "volatility during");
  near(Math.min(...(during[1] ?? [])), expected.eth_min_hourly_log_return, abs, "worst hour");
}

function checkLiquidations({ inputs, expected, tolerance }: ReferenceCase): void {
  const start = Date.parse("2025-10-10T00:00:00Z") / 1000;
  inputs.positions.forEach((position: { symbol: string; leverage: number }, i: number) => {
    const rows = bars(inputs.dataset, position.symbol).filter((row) => Number(row["ts"]) >= start);
    const entry = Number(rows[0]?.["open"]);
    near(entry, expected.entry[i], tolerance["price_abs"], "entry");
    const price = entry * (1 - 1 / position.leverage + 0.005);
    near(price, expected.liquidation_price[i], tolerance["price_abs"], "liquidation price");
    const first = rows.find((row) => Number(row["low"]) <= price);
    expect(first ? Number(first["ts"]) : null).toBe(expected.first_bar_ts[i]);
  });
}

function checkFunding({ inputs, expected, tolerance }: ReferenceCase): void {
  for (const [symbol, want] of Object.entries<Record<string, number>>(expected)) {
    const rates = tableOf(inputs.dataset)
      .filter((row) => row["exchange"] === inputs.exchange && row["symbol"] === symbol)
      .filter((row) => new Date(Number(row["ts"]) * 1000).getUTCFullYear() === inputs.year)
      .map((row) => Number(row["funding_rate"]));
    expect(rates.length).toBe(want["payments"]);
    near(
      rates.reduce((sum, rate) => sum + rate, 0),
      want["sum"] ?? 0,
      tolerance["abs"],
      "sum",
    );
    near(Math.min(...rates), want["min"] ?? 0, tolerance["abs"], "min");
  }
}

describe("reference cases: replay", () => {
  if (!hasReference) test(absentTitle("replay"), () => expect(hasReference).toBe(false));
  for (const each of casesOf("replay")) {
    test(`${each.id}: ${each.title}`, () => {
      if (each.inputs.cut) checkCorrelation(each);
      else if (each.inputs.positions) checkLiquidations(each);
      else checkFunding(each);
    });
  }
});
