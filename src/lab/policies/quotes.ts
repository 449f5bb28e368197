/** Reads prices out of a folder of market data, whatever tables it finds there. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { type Csv, readCsv, timeOf } from "../../venue/paper/csv.ts";
import { TapeError } from "../../venue/paper/tape.ts";

export interface Quote {
  /** Epoch ms. */
  readonly at: number;
  /** USD for one coin. */
  readonly price: number;
  /** USDC that move it by 1 %, where the source tells the book. */
  readonly depth?: number;
}

/** What one file says, by coin, in the order of time. */
export interface Quotes {
  readonly file: string;
  readonly coins: ReadonlyMap<string, readonly Quote[]>;
}

/** Folders under this licence are left alone: what they hold may not be mixed with the project. */
const LEFT_ALONE = /^(gpl|agpl|lgpl)/i;
const TABLE = /\.csv(\.gz)?$/;
const FILES_MAX = 500;
const DEEP = 3;
/** What is quoted is money, or stays where it is. */
const NO_COIN = new Set(["USDT", "USDC", "DAI"]);

function filesUnder(folder: string, deep: number): string[] {
  if (deep < 0 || !existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (!statSync(path).isDirectory()) return TABLE.test(name) ? [path] : [];
      return LEFT_ALONE.test(name) ? [] : filesUnder(path, deep - 1);
    });
}

const coinOf = (symbol: string): string =>
  symbol.toUpperCase().replace(/[-_/]?(USDT|USDC|USD|PERP)$/g, "");

const numberIn = (cells: readonly string[], column: number): number => {
  const text = cells[column] ?? "";
  return text === "" ? Number.NaN : Number(text);
};

/**
 * Rows `ts|date, symbol, close|mid_price`; a book sample may tell what stands within 50 basis points
 * of the middle (`depth_50bps_usd`, both sides): half of it, over 50 basis points, is so much a
 * per cent.
 */
function longRows(csv: Csv, price: number): Map<string, Quote[]> {
  const symbol = csv.columns.indexOf("symbol");
  const book = csv.columns.indexOf("depth_50bps_usd");
  const coins = new Map<string, Quote[]>();
  for (const { row, cells } of csv.rows) {
    const at = timeOf(cells[0] ?? "", csv.file, row);
    const coin = coinOf(cells[symbol] ?? "");
    const value = numberIn(cells, price);
    if (!(value > 0) || NO_COIN.has(coin)) continue;
    const depth = book < 0 ? Number.NaN : numberIn(cells, book);
    const list = coins.get(coin) ?? [];
    list.push(depth > 0 ? { at, price: value, depth } : { at, price: value });
    coins.set(coin, list);
  }
  return coins;
}

/** Rows `ts|date, BTC, ETH, …`: a column a coin; an empty cell is no quote. */
function wideRows(csv: Csv): Map<string, Quote[]> {
  const coins = new Map<string, Quote[]>();
  for (const { row, cells } of csv.rows) {
    const at = timeOf(cells[0] ?? "", csv.file, row);
    csv.columns.forEach((name, column) => {
      const value = numberIn(cells, column);
      if (column === 0 || NO_COIN.has(name) || !(value > 0)) return;
      const list = coins.get(name) ?? [];
      list.push({ at, price: value });
      coins.set(name, list);
    });
  }
  return coins;
}

/** The prices of a table; undefined where it holds none that are one price a coin and time. */
function quotesOf(csv: Csv): Map<string, Quote[]> | undefined {
  const [first = ""] = csv.columns;
  if (first !== "ts" && first !== "date") return undefined;
  if (csv.columns.includes("exchange")) return undefined;
  const price = ["close", "mid_price"].map((name) => csv.columns.indexOf(name)).find((c) => c > 0);
  if (csv.columns.includes("symbol")) return price === undefined ? undefined : longRows(csv, price);
  const coins = csv.columns.slice(1);
  return coins.every((name) => /^[A-Z0-9]{2,10}$/.test(name)) ? wideRows(csv) : undefined;
}

/** Prices of one table. @throws TapeError when it holds none. */
export function readQuotes(path: string): Quotes {
  const found = quotesOf(readCsv(path));
  if (found === undefined) throw new TapeError(basename(path), 1, "holds no prices");
  const coins = new Map([...found].map(([coin, list]) => [coin, list.sort((a, b) => a.at - b.at)]));
  return { file: basename(path), coins };
}

/** Every table of prices under a folder, and the names of the files that held none. */
export function quotesUnder(folder: string): {
  readonly quotes: readonly Quotes[];
  readonly without: readonly string[];
} {
  const quotes: Quotes[] = [];
  const without: string[] = [];
  for (const path of filesUnder(folder, DEEP).slice(0, FILES_MAX)) {
    try {
      quotes.push(readQuotes(path));
    } catch (error) {
      if (!(error instanceof TapeError)) throw error;
      without.push(basename(path));
    }
  }
  return { quotes, without };
}
