/** Every crisis under every rule: `npm run bench -- policies [--data DIR] [--html FILE]`. */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { type PolicyBench, policyBench } from "../../src/lab/policies/bench.ts";
import { reportOf } from "../../src/lab/policies/report.ts";
import { byFamily, type RuleSum, sumUp } from "../../src/lab/policies/sums.ts";
import { columns } from "../../src/lab/policies/words.ts";
import type { BenchRow } from "./rows.ts";

export interface PolicyOptions {
  readonly data: string | undefined;
  readonly html: string | undefined;
  readonly json: boolean;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function printSums(title: string, sums: readonly RuleSum[]): void {
  const told = columns(sums);
  const widths = told.head.map((name, c) =>
    Math.max(name.length, ...told.rows.map((row) => (row[c] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, c) => (c === 0 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0)))
      .join("  ");
  process.stdout.write(`\n${title}\n  ${line(told.head)}\n`);
  for (const row of told.rows) process.stdout.write(`  ${line(row)}\n`);
}

function printOctober(bench: PolicyBench): void {
  const { october } = bench;
  if (october === undefined) return;
  printSums(`${october.crisis.name}: ${october.crisis.story}`, sumUp(october.outcomes));
  for (const { rule, forced } of october.outcomes) {
    if (rule !== "ours") continue;
    process.stdout.write("\n  every forced step of ours\n");
    for (const step of forced) {
      const at = october.crisis.steps[step.step] ?? "";
      const value = Math.round(step.value).toLocaleString("en");
      process.stdout.write(
        `  ${at}  ${step.position.padEnd(18)} ${value.padStart(10)} USDC  ${step.because}\n`,
      );
    }
  }
}

/** A row for each rule: its aggregate cost over all crises, and that over ours. */
export function policies(options: PolicyOptions, only?: "october"): readonly BenchRow[] {
  const bench = policyBench(options.data, say, only);
  const all = [...bench.madeUp, ...bench.real].flatMap(({ outcomes }) => outcomes);
  const outcomes = only === undefined ? all : (bench.october?.outcomes ?? []);
  if (!options.json) {
    if (only === undefined) {
      for (const [family, group] of byFamily(all)) printSums(family, sumUp(group));
      printSums("all crises", sumUp(all));
    }
    printOctober(bench);
  }
  if (options.html !== undefined) {
    writeFileSync(options.html, reportOf(bench));
    say(`wrote ${options.html}`);
  }
  return sumUp(outcomes).map(({ rule, cost, ratio }) => ({
    ...{ name: rule, value: cost, unit: "USDC" },
    ...(rule === "ours" ? {} : { ratio, ratioTo: "ours" }),
  }));
}
