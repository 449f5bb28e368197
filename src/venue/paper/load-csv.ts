/** Makes a tape of your own market data: every CSV file (plain or gzip) of a folder. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { assetId, isAsset, isName, marketId } from "../../core/ids.ts";
import { PRICE_DECIMALS, type Price, parseDecimal, price } from "../../core/money.ts";
import { type Csv, numberOf, priceText, readCsv, timeOf } from "./csv.ts";
import { type FundingRate, type Tape, TapeError, type TapeMarket, tapeOf } from "./tape.ts";

/** A price at a time, with where it was read. */
interface Fact {
  readonly time: number;
  readonly price: Price;
}

/** One bar of a source. */
interface Bar {
  readonly time: number;
  readonly row: number;
  readonly prices: readonly Price[];
}

interface Found {
  readonly file: string;
  readonly bars: Bar[];
}

const STABLES = new Set(["USDC", "USDT"]);
const NOT_COINS = new Set(["ts", "date"]);

function cell(csv: Csv, cells: readonly string[], column: string): string | undefined {
  const at = csv.columns.indexOf(column);
  const text = at < 0 ? "" : (cells[at] ?? "").trim();
  return text === "" ? undefined : text;
}

function priceIn(csv: Csv, text: string, column: string, row: number): Price {
  const value = parseDecimal(priceText(text, column, csv.file, row), PRICE_DECIMALS);
  if (value === undefined) throw new TapeError(csv.file, row, `${column} is no price`);
  return price(value);
}

/** `BTCUSDT`, `BTC_USDT_USDT-1h`, `btc-perp` are all the coin BTC. */
function coinOf(text: string): string {
  const plain = text.toUpperCase().replace(/\.CSV(\.GZ)?$/, "");
  const first = plain.split(/[^A-Z0-9]/)[0] ?? "";
  return first.replace(/(USDT|USDC|USD)$/, "") || first;
}

/**
 * The prices of a bar in their likely order. Of a whole candle: open, then the extreme that lies
 * against its direction, then the other, then close. Of a close alone: the close.
 */
function barPrices(csv: Csv, cells: readonly string[], row: number): readonly Price[] {
  const read = (column: string): Price | undefined => {
    const text = cell(csv, cells, column);
    return text === undefined ? undefined : priceIn(csv, text, column, row);
  };
  const [open, high, low, close] = [read("open"), read("high"), read("low"), read("close")];
  if (close === undefined) throw new TapeError(csv.file, row, "has no close");
  if (open === undefined || high === undefined || low === undefined) return [close];
  if (high < low || high < open || high < close || low > open || low > close) {
    throw new TapeError(csv.file, row, "high and low do not hold open and close between them");
  }
  return close >= open ? [open, low, high, close] : [open, high, low, close];
}

function add(found: Map<string, Found>, coin: string, file: string, bar: Bar): void {
  const known = found.get(coin);
  if (known === undefined) found.set(coin, { file, bars: [bar] });
  else if (known.file !== file)
    throw new TapeError(file, bar.row, `${coin} is in ${known.file} too`);
  else known.bars.push(bar);
}

/**
 * One row a bar: `ts` or `date`, `close` (or the whole candle), and `symbol` or the file's name.
 */
function readLong(csv: Csv, found: Map<string, Found>): void {
  for (const { row, cells } of csv.rows) {
    const time = timeOf(cells[0] ?? "", csv.file, row);
    const coin = coinOf(cell(csv, cells, "symbol") ?? csv.file);
    add(found, coin, csv.file, { time, row, prices: barPrices(csv, cells, row) });
  }
}

/** One column a coin; an empty cell is no price. */
function readWide(csv: Csv, found: Map<string, Found>): void {
  for (const { row, cells } of csv.rows) {
    const time = timeOf(cells[0] ?? "", csv.file, row);
    for (const [i, column] of csv.columns.entries()) {
      if (NOT_COINS.has(column) || STABLES.has(column)) continue;
      const text = (cells[i] ?? "").trim();
      if (text === "") continue;
      add(found, column, csv.file, { time, row, prices: [priceIn(csv, text, column, row)] });
    }
  }
}

/** `ts,symbol,funding_rate`: a fraction of the notional, paid at `ts`. */
function readFunding(csv: Csv, funding: Map<string, FundingRate[]>): void {
  for (const { row, cells } of csv.rows) {
    const at = timeOf(cells[0] ?? "", csv.file, row);
    const coin = coinOf(cell(csv, cells, "symbol") ?? csv.file);
    const text = cell(csv, cells, "funding_rate");
    if (text === undefined) continue;
    const rate = numberOf(text, "funding_rate", csv.file, row);
    if (Math.abs(rate) > 0.1)
      throw new TapeError(csv.file, row, `funding_rate ${text} is above 10 %`);
    const rates = funding.get(coin) ?? [];
    rates.push({ at, rateNano: BigInt(Math.round(rate * 1e9)) });
    funding.set(coin, rates);
  }
}

/** The usual distance of two bars: the smallest one. Gaps are bridged over. */
function stepOf({ file, bars }: Found): number {
  let step = Number.MAX_SAFE_INTEGER;
  for (let i = 1; i < bars.length; i += 1) {
    const gap = (bars[i]?.time ?? 0) - (bars[i - 1]?.time ?? 0);
    if (gap <= 0) throw new TapeError(file, bars[i]?.row ?? 0, "times do not rise");
    step = Math.min(step, gap);
  }
  return step;
}

/**
 * Spreads a bar over its time: the open at its beginning, the extremes at its thirds, the close at
 * its end.
 */
function factsOf(found: Found): readonly Fact[] {
  const step = stepOf(found);
  const facts: Fact[] = [];
  for (const { time, prices } of found.bars) {
    for (const [i, value] of prices.entries()) {
      const part = prices.length === 1 ? 1 : i / 3;
      const when = time + Math.round((part * step) / 1_000) * 1_000;
      // The open stands where the close before it stood; the close was there first.
      if (facts.at(-1)?.time !== when) facts.push({ time: when, price: value });
    }
  }
  return facts;
}

function marketOf(coin: string, found: Found, funding: readonly FundingRate[]): TapeMarket {
  const name = `${coin.toLowerCase()}-perp`;
  if (!isAsset(coin) || !isName(name)) {
    throw new TapeError(found.file, 1, `${JSON.stringify(coin.slice(0, 40))} is no coin`);
  }
  if (found.bars.length < 2)
    throw new TapeError(found.file, 0, `has fewer than two bars of ${coin}`);
  const facts = factsOf(found);
  return {
    market: marketId(name),
    base: assetId(coin),
    times: facts.map((fact) => fact.time),
    prices: facts.map((fact) => fact.price),
    funding,
  };
}

/**
 * Reads a folder. A file with `funding_rate` and no `close` holds funding; one with `close` holds
 * bars; one without either holds a column of closes for each coin. `ts` is the open time of a bar
 * in unix seconds UTC. Files of other endings are passed over.
 *
 * @throws TapeError by file and row; the file system's error when the folder cannot be read.
 */
export function loadCsvFolder(dir: string): Tape {
  const found = new Map<string, Found>();
  const funding = new Map<string, FundingRate[]>();
  const files = readdirSync(dir).filter((name) => /\.csv(\.gz)?$/i.test(name));
  for (const name of files.toSorted()) {
    const csv = readCsv(join(dir, name));
    const time = csv.columns[0];
    if (time !== "ts" && time !== "date") {
      throw new TapeError(csv.file, 1, 'the first column is "ts" or "date"');
    }
    if (csv.columns.includes("close")) readLong(csv, found);
    else if (csv.columns.includes("funding_rate")) readFunding(csv, funding);
    else readWide(csv, found);
  }
  if (found.size === 0) throw new TapeError(dir, 0, "holds no CSV file with prices");
  const markets = [...found].map(([coin, bars]) => marketOf(coin, bars, funding.get(coin) ?? []));
  return tapeOf("own-data", markets, dir);
}
