/**
 * `npm run drill -- [--kills 50] [--who coordinator|broker|both|venue|agent|all] [--standby]
 * [--specialists] [--seed N] [--json]`.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { type DrillSummary, runDrill, type Who } from "./drill.ts";

const WHO: readonly Who[] = ["coordinator", "broker", "both", "venue", "agent", "all"];

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    who: { type: "string", default: "coordinator" },
    seed: { type: "string", default: "1" },
    standby: { type: "boolean", default: false },
    specialists: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

function print(summary: DrillSummary): void {
  const { venue } = summary;
  const rows: readonly (readonly [string, string | number])[] = [
    ["kills -9", `${summary.kills} of ${summary.drill}, seed ${summary.seed}`],
    ["acknowledged", `${summary.acknowledged} decisions, ${summary.askedAgain} asked again`],
    ["lost", summary.lost.length],
    ["answered otherwise", summary.changed.length],
    ["applied twice", summary.twice.length],
    ["broken rules", summary.breaches.length],
    ["venue", `${venue.names} effects, ${venue.orders} orders, ${venue.fills} fills`],
    ["duplicates there", venue.duplicates.length + venue.strangers.length],
    ["missing, unbooked", venue.missing.length + venue.unbooked.length],
    ["books differ in", summary.differences.length],
    ["journal", `${summary.seq} messages, ${summary.turns} turns, ${summary.leaders} leaders`],
    ["head", `${summary.headHash.slice(0, 16)}, ${summary.sameHead ? "the same" : "NOT the same"}`],
    ["kill to decision", `p50 ${summary.p50Ms} ms, max ${summary.maxMs} ms`],
  ];
  for (const [name, value] of rows) process.stdout.write(`  ${name.padEnd(20)} ${value}\n`);
  process.stdout.write(summary.ok ? "  held\n" : "  NOT held\n");
}

const who = WHO.find((each) => each === values.who);
const kills = Number(values.kills);
if (who === undefined || !Number.isSafeInteger(kills) || kills < 1) {
  process.stderr.write(`drill: --who is one of ${WHO.join(", ")}; --kills is a number above 0\n`);
  process.exitCode = 2;
} else {
  const onKill = (text: string): void => {
    if (!values.json) process.stdout.write(`  kill ${text}\n`);
  };
  const { seed, standby, specialists } = values;
  const options = { who, kills, standby, specialists, seed: Number(seed), onKill };
  const summary = await runDrill(options);
  if (values.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else print(summary);
  if (!summary.ok) {
    for (const key of ["lost", "changed", "twice", "breaches", "differences"] as const) {
      for (const each of summary[key].slice(0, 5)) process.stderr.write(`${key}: ${each}\n`);
    }
    process.exitCode = 1;
  }
}
