/**
 * Makes deploy/tape from a folder of source files: `node dist/src/venue/paper/build-tape.js SOURCE
 * TARGET`.
 *
 * SOURCE holds close_30m_12_2024-04_2024-05.csv.gz, binance_funding_8h_2022_2025.csv.gz,
 * funding_multi_exchange_2020_2024.csv.gz, daily_close_13_2020_2023.csv.gz and daily_ohlcv_4.csv.gz;
 * deploy/tape/NOTICE says where they are from.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv, stdout } from "node:process";
import { must } from "../../core/assert.ts";
import { HOUR, MINUTE } from "../../core/time.ts";
import { type Csv, numberOf, priceText, readCsv, timeOf } from "./csv.ts";
import { parseHistory } from "./history.ts";
import { parseTape, TapeError, type TapeFile } from "./tape.ts";

const COINS = ["BTC", "ETH", "BNB", "XRP", "DOGE", "ADA", "AVAX", "LINK"] as const;
const START = Date.parse("2024-04-06T00:00:00Z");
const END = Date.parse("2024-04-20T00:00:00Z");
const STEP = 30 * MINUTE;
const ABOUT =
  "Prices in USD at the given times; funding as [epoch ms, rate in 1e-9 per 8 h]. " +
  "BTC and ETH: rates as paid at Binance; the others: the mean of the two, " +
  "for want of a source. See NOTICE.";

const columnOf = (csv: Csv, name: string): number => {
  const at = csv.columns.indexOf(name);
  if (at < 0) throw new TapeError(csv.file, 1, `has no column ${name}`);
  return at;
};

/** The close of a bar is a price at the bar's end: its open time plus the step. */
function pricesOf(csv: Csv, coin: string): string[] {
  const column = columnOf(csv, coin);
  const found = new Map<number, string>();
  for (const { row, cells } of csv.rows) {
    const end = timeOf(cells[0] ?? "", csv.file, row) + STEP;
    if (end >= START && end <= END)
      found.set(end, priceText(cells[column] ?? "", coin, csv.file, row));
  }
  const prices: string[] = [];
  for (let at = START; at <= END; at += STEP) {
    prices.push(must(found.get(at), `${coin} has a price at ${new Date(at).toISOString()}`));
  }
  return prices;
}

function fundingOf(csv: Csv): Map<string, Map<number, number>> {
  const bySymbol = new Map<string, Map<number, number>>();
  for (const { row, cells } of csv.rows) {
    const [ts = "", symbol = "", rate = ""] = cells;
    const at = timeOf(ts, csv.file, row);
    if (at <= START || at > END) continue;
    const rates = bySymbol.get(symbol) ?? new Map<number, number>();
    rates.set(at, Math.round(numberOf(rate, "funding_rate", csv.file, row) * 1e9));
    bySymbol.set(symbol, rates);
  }
  return bySymbol;
}

function ratesOf(found: Map<string, Map<number, number>>, coin: string): [number, number][] {
  const rates: [number, number][] = [];
  for (let at = START + 8 * HOUR; at <= END; at += 8 * HOUR) {
    const btc = must(found.get("BTC")?.get(at), "BTC has a rate at each payment");
    const eth = must(found.get("ETH")?.get(at), "ETH has a rate at each payment");
    const mean = Math.round((btc + eth) / 2);
    rates.push([at, coin === "BTC" ? btc : coin === "ETH" ? eth : mean]);
  }
  return rates;
}

function tapeText(source: string): string {
  const prices = readCsv(join(source, "close_30m_12_2024-04_2024-05.csv.gz"));
  const funding = fundingOf(readCsv(join(source, "binance_funding_8h_2022_2025.csv.gz")));
  const tape: TapeFile = {
    format: "flotilla-tape/1",
    name: "april-2024",
    about: ABOUT,
    markets: COINS.map((coin) => ({
      market: `${coin.toLowerCase()}-perp`,
      base: coin,
      startMs: START,
      stepMs: STEP,
      prices: pricesOf(prices, coin),
      funding: ratesOf(funding, coin),
    })),
  };
  const lines = tape.markets.map((market) => JSON.stringify(market)).join(",\n");
  const head = { format: tape.format, name: tape.name, about: tape.about };
  return `${JSON.stringify(head).slice(0, -1)},"markets":[\n${lines}\n]}\n`;
}

/**
 * 2021 to 2023, when all eight and SOL are quoted on every day: 1,095 days, before the tape begins.
 */
function historyText(source: string): string {
  const wide = readCsv(join(source, "daily_close_13_2020_2023.csv.gz"));
  const long = readCsv(join(source, "daily_ohlcv_4.csv.gz"));
  const sol = new Map<string, string>();
  const [symbol, close] = [columnOf(long, "symbol"), columnOf(long, "close")];
  for (const { cells } of long.rows) {
    if (cells[symbol] === "SOL") sol.set(cells[0] ?? "", cells[close] ?? "");
  }
  const columns = COINS.map((coin) => columnOf(wide, coin));
  const lines = [`date,${COINS.join(",")},SOL`];
  for (const { cells } of wide.rows) {
    const date = cells[0] ?? "";
    if (date < "2021-01-01") continue;
    lines.push([date, ...columns.map((at) => cells[at] ?? ""), sol.get(date) ?? ""].join(","));
  }
  return `${lines.join("\n")}\n`;
}

/** Rates of Binance by coin and time, in 1e-9, as two sources have them: the first ends with 2023. */
function binanceRates(source: string): Map<string, number> {
  const many = readCsv(join(source, "funding_multi_exchange_2020_2024.csv.gz"));
  const own = readCsv(join(source, "binance_funding_8h_2022_2025.csv.gz"));
  const rates = new Map<string, number>();
  for (const csv of [own, many]) {
    const [symbol, rate] = [columnOf(csv, "symbol"), columnOf(csv, "funding_rate")];
    for (const { row, cells } of csv.rows) {
      if (csv === many && cells[columnOf(csv, "exchange")] !== "binance") continue;
      const nano = Math.round(numberOf(cells[rate] ?? "", "funding_rate", csv.file, row) * 1e9);
      rates.set(`${cells[symbol]} ${timeOf(cells[0] ?? "", csv.file, row)}`, nano);
    }
  }
  return rates;
}

/** What a long paid in each day of the history, in 1e-9: the payments of the 24 hours that end with it. */
function fundingText(source: string, dates: readonly string[]): string {
  const rates = binanceRates(source);
  const paid = (coin: string, date: string): number =>
    [8, 16, 24].reduce((sum, hour) => {
      const at = Date.parse(`${date}T00:00:00Z`) + hour * HOUR;
      return sum + must(rates.get(`${coin} ${at}`), `${coin} has a rate at each payment`);
    }, 0);
  const lines = dates.map((date) => [date, paid("BTC", date), paid("ETH", date)].join(","));
  return `${["date,BTC,ETH", ...lines].join("\n")}\n`;
}

const [, , source, target] = argv;
if (source === undefined || target === undefined) {
  stdout.write("usage: build-tape SOURCE TARGET\n");
} else {
  const tape = tapeText(source);
  const history = historyText(source);
  const { markets } = parseTape(tape, "april-2024.json");
  const { dates } = parseHistory(history, "daily-history.csv");
  writeFileSync(join(target, "april-2024.json"), tape);
  writeFileSync(join(target, "daily-history.csv"), history);
  writeFileSync(join(target, "daily-funding.csv"), fundingText(source, dates));
  stdout.write(`${markets.length} markets, ${dates.length} days\n`);
}
