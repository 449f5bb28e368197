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
}

const machine = (): string =>
  `${cpus().length} x ${cpus()[0]?.model ?? "?"}, node ${process.version}`;

const number = (value: number | undefined, digits = 2): string =>
  value === undefined ? "" : value.toLocaleString("en", { maximumFractionDigits: digits });

/** Prints one bench: a table, or with `json` one last line. */
export function printRows(bench: string, rows: readonly BenchRow[], json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ bench, machine: machine(), rows })}\n`);
    return;
  }
  process.stdout.write(`\n${bench} on ${machine()}\n`);
  const width = Math.max(...rows.map((row) => row.name.length));
  for (const row of rows) {
    const ratio = row.ratio === undefined ? "" : `${number(row.ratio, 3)} of ${row.ratioTo}`;
    const times =
      row.p50 === undefined ? "" : `p50 ${number(row.p50, 3)} ms  p99 ${number(row.p99, 3)} ms`;
    process.stdout.write(
      `  ${row.name.padEnd(width)}  ${number(row.value).padStart(12)} ${row.unit.padEnd(12)} ${times.padEnd(34)} ${ratio}\n`,
    );
  }
}

/** The smallest value that at least this share of the sorted ones do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
