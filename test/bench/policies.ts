/** Every crisis under every rule: `npm run bench -- policies [--data DIR] [--html FILE]`. */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { demoFile, type PolicyBench, policyBench } from "../../src/lab/policies/bench.ts";
import { replay, STARTS } from "../../src/lab/policies/replay.ts";
import { reportOf } from "../../src/lab/policies/report.ts";
import { DECIDERS } from "../../src/lab/policies/rules.ts";
import { byFamily, type RuleSum, sumUp } from "../../src/lab/policies/sums.ts";
import { OCTOBER } from "../../src/lab/policies/windows.ts";
import { columns } from "../../src/lab/policies/words.ts";
import { EPOCH } from "../../src/lab/time.ts";
import type { PublicEvent } from "../../src/protocol/public.ts";
import { partRows } from "./policy-parts.ts";
import type { BenchRow } from "./rows.ts";

export interface PolicyOptions {
  readonly data: string | undefined;
  readonly html: string | undefined;
  readonly json: boolean;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function printSums(title: string, sums: readonly RuleSum[]): void {
  const told = columns(sums);
  const lines = table([told.head, ...told.rows]);
  process.stdout.write(`\n${title}\n${lines.map((line) => `  ${line}\n`).join("")}`);
}

/** Rows as lines of equal columns: the first to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, c) =>
    Math.max(...rows.map((row) => (row[c] ?? "").length)),
  );
  return rows.map((row) =>
    row
      .map((cell, c) => (c === 0 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0)))
      .join("  "),
  );
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

/** The same window through the real coordinator, once under each rule. */
async function printReplays(bench: PolicyBench): Promise<void> {
  const window = bench.windows.find(({ name }) => name === OCTOBER);
  if (window === undefined) return;
  const head = ["rule", "cost", "slippage", "fees", "orders", "touched", "sent", "calls", "equity"];
  const rows: (readonly string[])[] = [];
  const plans: string[] = [];
  for (const rule of DECIDERS) {
    if (rule === "nobody") continue;
    say(`through the coordinator: ${rule}`);
    const one = await replay(demoFile(), window, rule);
    const { cost, slippage, fees, orders, touched, sent, calls, equity } = one;
    const numbers = [cost, slippage, fees, orders, touched, sent, calls, equity];
    rows.push([rule, ...numbers.map((n) => Math.round(n).toLocaleString("en"))]);
    if (one.breaches > 0) say(`${rule}: the judges found ${one.breaches} breaches`);
    if (rule === "ours") plans.push(...one.plans.flatMap(planLines));
  }
  const lines = table([head, ...rows]);
  const title = "through the coordinator, the paper platform and the journal: USDC";
  process.stdout.write(`\n${title}\n${lines.map((line) => `  ${line}\n`).join("")}`);
  process.stdout.write(`\n  every forced step of ours\n${plans.join("")}`);
}

/** One line for each step of a plan, with its reason. */
function planLines(plan: PublicEvent): string[] {
  const steps = plan["steps"] as readonly Readonly<Record<string, string>>[];
  const at = new Date(plan.time - EPOCH + STARTS).toISOString().slice(11, 19);
  return steps.map(
    ({ side, qty, market, because }) =>
      `  ${at}  ${String(plan["call"]).padEnd(8)} ${side} ${qty} ${market}: ${because}\n`,
  );
}

/** A row for each rule: its aggregate cost over all crises, and that over ours. */
export async function policies(
  options: PolicyOptions,
  only?: "october",
): Promise<readonly BenchRow[]> {
  const bench = policyBench(options.data, say, only);
  const all = [...bench.madeUp, ...bench.real].flatMap(({ outcomes }) => outcomes);
  const outcomes = only === undefined ? all : (bench.october?.outcomes ?? []);
  if (!options.json) {
    if (only === undefined) {
      for (const [family, group] of byFamily(all)) printSums(family, sumUp(group));
      printSums("all crises", sumUp(all));
      say("the planner's parts, one after the other");
      const parts = table(partRows(bench, demoFile()));
      process.stdout.write(`\nwhat each part does\n${parts.map((line) => `  ${line}\n`).join("")}`);
    }
    printOctober(bench);
    if (only !== undefined) await printReplays(bench);
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
