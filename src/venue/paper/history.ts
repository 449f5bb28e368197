/**
 * The daily history: closes of several assets on common days, and the returns that risk is measured
 * by.
 */
import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { numberOf, parseCsv, timeOf } from "./csv.ts";
import { TapeError } from "./tape.ts";

export interface DailyHistory {
  /** Asset names in the order of the columns, e.g. BTC. */
  readonly assets: readonly string[];
  /** UTC dates, rising, one row of closes each. */
  readonly dates: readonly string[];
  /** USD for one coin: dates x assets. */
  readonly closes: readonly (readonly number[])[];
}

export interface Returns {
  readonly assets: readonly string[];
  /** The day on which each return ended. */
  readonly dates: readonly string[];
  /** close / close of the day before - 1: dates x assets. */
  readonly rows: readonly (readonly number[])[];
}

const DAY_MS = 86_400_000;

/** Reads `date,BTC,ETH,…`, every cell filled, days without gaps. @throws TapeError by row. */
export function parseHistory(text: string, file: string): DailyHistory {
  const { columns, rows } = parseCsv(text, file);
  if (columns[0] !== "date") throw new TapeError(file, 1, 'the first column is "date"');
  const dates: string[] = [];
  const closes: number[][] = [];
  let before: number | undefined;
  for (const { row, cells } of rows) {
    const [date = "", ...values] = cells;
    const time = timeOf(date, file, row);
    if (before !== undefined && time !== before + DAY_MS) {
      throw new TapeError(file, row, "is not the day after the row before");
    }
    before = time;
    const line = values.map((value, i) => {
      const close = numberOf(value, columns[i + 1] ?? "", file, row);
      if (close <= 0) throw new TapeError(file, row, `${columns[i + 1]} is not above 0`);
      return close;
    });
    dates.push(date);
    closes.push(line);
  }
  if (dates.length < 2) throw new TapeError(file, 0, "has fewer than two days");
  return { assets: columns.slice(1), dates, closes };
}

/** What was read last, and of which file it was. */
let loaded: { readonly key: string; readonly history: DailyHistory } | undefined;

/**
 * Read once: a process that leads again reads the file only when it has changed.
 *
 * @throws TapeError, or the file system's error when there is no such file.
 */
export function loadHistory(path: string): DailyHistory {
  const { mtimeMs, size } = statSync(path);
  const key = `${path} ${mtimeMs} ${size}`;
  if (loaded?.key !== key) {
    loaded = { key, history: parseHistory(readFileSync(path, "utf8"), basename(path)) };
  }
  return loaded.history;
}

/** Simple returns from day to day, one row fewer than there are days. */
export function returnsOf(history: DailyHistory): Returns {
  const rows: number[][] = [];
  for (let i = 1; i < history.closes.length; i += 1) {
    const before = history.closes[i - 1] ?? [];
    const now = history.closes[i] ?? [];
    rows.push(now.map((close, j) => close / (before[j] ?? Number.NaN) - 1));
  }
  return { assets: history.assets, dates: history.dates.slice(1), rows };
}
