/** What every bench answers: rows with a unit, percentiles and a ratio, printed for people and machines. */
import { cpus } from "node:os";
import process from "node:process";

export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly p50?: number;
  readonly p99?: number;
  /** value / the value of the row `ratioTo`, measured in the same run. */
  readonly ratio?: number;
  readonly ratioTo?: string;
  /** The ratio that is promised; above it the bench has failed. None: nothing is. */
  readonly ratioMost?: number;
}

/** The rows whose ratio is above what is promised. One that is no number is above everything. */
export const missed = (rows: readonly BenchRow[]): readonly BenchRow[] =>
  rows.filter(({ ratio, ratioMost }) => ratioMost !== undefined && !((ratio ?? NaN) <= ratioMost));

const machine = (): string =>
  `${cpus().length} x ${cpus()[0]?.model ?? "?"}, node ${process.version}`;

const number = (value: number | undefined, digits = 2): string =>
  value === undefined ? "" : value.toLocaleString("en", { maximumFractionDigits: digits });

/** The ratio, what it is of, and whether it is what was promised. */
function ratioText(row: BenchRow): string {
  if (row.ratio === undefined) return "";
  const said = `${number(row.ratio, 3)} of ${row.ratioTo}`;
  if (row.ratioMost === undefined) return said;
  const met = missed([row]).length === 0 ? "" : ": NOT MET";
  return `${said}, at most ${number(row.ratioMost)}${met}`;
}

/** One bench as text: a table, or with `json` one line, in which `missed` names the rows above their limit. */
export function textOf(bench: string, rows: readonly BenchRow[], json: boolean): string {
  if (json) {
    const names = missed(rows).map(({ name }) => name);
    return `${JSON.stringify({ bench, machine: machine(), rows, missed: names })}\n`;
  }
  let text = `\n${bench} on ${machine()}\n`;
  const width = Math.max(...rows.map((row) => row.name.length));
  for (const row of rows) {
    const times =
      row.p50 === undefined ? "" : `p50 ${number(row.p50, 3)} ms  p99 ${number(row.p99, 3)} ms`;
    text += `  ${row.name.padEnd(width)}  ${number(row.value).padStart(12)} ${row.unit.padEnd(12)} `;
    text += `${times.padEnd(34)} ${ratioText(row)}\n`;
  }
  return text;
}

/** The smallest value that at least this share of the sorted ones do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
