/** `npm run drill`: processes of a fleet killed again and again, and what it came to. */
import process from "node:process";
import { parseArgs } from "node:util";
import { OptionError, readOptions } from "../../src/lab/tool.ts";
import { type DrillSummary, runDrill, type Who } from "./drill.ts";

const WHO: readonly Who[] = ["coordinator", "broker", "both", "venue", "agent", "all"];

const OPTIONS = {
  kills: { type: "string", default: "50" },
  who: { type: "string", default: "coordinator" },
  seed: { type: "string", default: "1" },
  standby: { type: "boolean", default: false },
  specialists: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const USAGE = `usage: npm run drill -- [options]
  --kills N       how often somebody is killed (default 50)
  --who W         ${WHO.join(", ")} (default coordinator)
  --standby       a second coordinator stands by
  --specialists   the specialists run too
  --seed N        of the choices; the moments are the machine's (default 1)
  --json          one line of JSON
`;

function optionsOf() {
  const { values } = parseArgs({ options: OPTIONS });
  const who = WHO.find((each) => each === values.who);
  if (who === undefined) throw new OptionError(`--who is one of ${WHO.join(", ")}`);
  const whole = (name: "kills" | "seed"): number => {
    const value = Number(values[name]);
    if (Number.isSafeInteger(value) && value >= 1) return value;
    throw new OptionError(`--${name} is a whole number above zero, was "${values[name]}"`);
  };
  return { ...values, who, kills: whole("kills"), seed: whole("seed") };
}

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

const options = readOptions("drill", USAGE, optionsOf);
if (options.help) process.stdout.write(USAGE);
else {
  const onKill = (text: string): void => {
    if (!options.json) process.stdout.write(`  kill ${text}\n`);
  };
  const { who, kills, seed, standby, specialists } = options;
  const summary = await runDrill({ who, kills, standby, specialists, seed, onKill });
  if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else print(summary);
  if (!summary.ok) {
    for (const key of ["lost", "changed", "twice", "breaches", "differences"] as const) {
      for (const each of summary[key].slice(0, 5)) process.stderr.write(`${key}: ${each}\n`);
    }
    process.exitCode = 1;
  }
}
