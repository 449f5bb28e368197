/** Reads comma-separated files, plain or gzip, and says file and row of what is wrong. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { TapeError } from "./tape.ts";

interface CsvRow {
  /** Line of the file, counted from 1; the header is line 1. */
  readonly row: number;
  readonly cells: readonly string[];
}

export interface Csv {
  readonly file: string;
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
}

/** Largest file that is read, unpacked. */
const BYTES_MAX = 512 * 1024 * 1024;

/** @throws TapeError when the file is no table: no header, or a row of another width. */
export function readCsv(path: string): Csv {
  const file = basename(path);
  const bytes = readFileSync(path);
  let text: string;
  try {
    const plain = path.endsWith(".gz") ? gunzipSync(bytes, { maxOutputLength: BYTES_MAX }) : bytes;
    text = plain.toString("utf8");
  } catch (error) {
    throw new TapeError(
      file,
      0,
      `cannot be unpacked (${error instanceof Error ? error.message : ""})`,
    );
  }
  return parseCsv(text, file);
}

/** Quotes are not spoken: market data has no need of them, and a quoted cell is refused. */
export function parseCsv(text: string, file: string): Csv {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  while (lines.at(-1) === "") lines.pop();
  const [header, ...rest] = lines;
  if (header === undefined) throw new TapeError(file, 0, "is empty");
  const columns = header.split(",").map((name) => name.trim());
  if (columns.length < 2) throw new TapeError(file, 1, "a header has two columns or more");
  if (new Set(columns).size !== columns.length)
    throw new TapeError(file, 1, "a column comes twice");
  const rows = rest.map((line, i): CsvRow => {
    const row = i + 2;
    if (line.includes('"')) throw new TapeError(file, row, "quoted cells are not read");
    const cells = line.split(",");
    if (cells.length !== columns.length) {
      throw new TapeError(file, row, `has ${cells.length} cells, the header ${columns.length}`);
    }
    return { row, cells };
  });
  return { file, columns, rows };
}

/** Seconds since 1970 (`ts`) or a UTC date (`date`) to epoch ms. @throws TapeError */
export function timeOf(text: string, file: string, row: number): number {
  const seconds = /^\d{9,11}$/.test(text) ? Number(text) : Number.NaN;
  const ms = Number.isNaN(seconds) ? dateOf(text) : seconds * 1_000;
  if (!Number.isSafeInteger(ms)) {
    throw new TapeError(
      file,
      row,
      `${JSON.stringify(text.slice(0, 30))} is no time: seconds, or YYYY-MM-DD`,
    );
  }
  return ms;
}

function dateOf(text: string): number {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return Number.NaN;
  const ms = Date.parse(`${text}T00:00:00Z`);
  const same = Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text);
  return same ? ms : Number.NaN;
}

const NUMBER = /^-?\d{1,18}(\.\d{1,30})?(e[+-]?\d{1,2})?$/i;

/** A finite number. @throws TapeError for anything else. */
export function numberOf(text: string, what: string, file: string, row: number): number {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) {
    throw new TapeError(file, row, `${what} ${JSON.stringify(text.slice(0, 30))} is no number`);
  }
  return value;
}

/** A price above zero as a decimal text of at most 8 decimals, to the nearest. @throws TapeError */
export function priceText(text: string, what: string, file: string, row: number): string {
  const value = numberOf(text, what, file, row);
  if (value < 1e-8 || value > 1e9) {
    throw new TapeError(file, row, `${what} ${text} is not from 0.00000001 to 1000000000`);
  }
  return value.toFixed(8).replace(/\.?0+$/, "");
}
