/** `npm run bench -- <name> [--json] [--seconds N] [--data DIR]`: runs one bench, or all; 1 where a limit is not met. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { OptionError, readOptions } from "../../src/lab/tool.ts";
import type { PolicyOptions } from "./policies.ts";
import { type BenchRow, missed, textOf } from "./rows.ts";

type Bench = (seconds: number, options: PolicyOptions) => Promise<readonly BenchRow[]>;

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  risk: async () => (await import("./risk.ts")).risk,
  decisions: async () => (await import("./decisions.ts")).decisions,
  containment: async () => (await import("./containment.ts")).containment,
  broken: async () => (await import("./broken.ts")).broken,
  liquidation: async () => (await import("./liquidation.ts")).liquidation,
  policies: async () => {
    const { policies } = await import("./policies.ts");
    return async (_, options) => policies(options);
  },
  october: async () => {
    const { policies } = await import("./policies.ts");
    return async (_, options) => policies(options, "october");
  },
};

const OPTIONS = {
  json: { type: "boolean", default: false },
  seconds: { type: "string", default: "4" },
  /** A folder of market data for `policies`, `october` and `strategies`; absent: the one beside the checkout, if any. */
  data: { type: "string" },
  /** Where `policies` writes its report. */
  html: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

const USAGE = `usage: npm run bench -- [names] [options]
  names         ${[...Object.keys(BENCHES), "strategies"].join(", ")} (default all but october)
  --seconds N   of each measuring (default 4)
  --data DIR    market data for policies, october and strategies
  --html FILE   where policies writes its report
  --json        rows as JSON
`;

const { values, positionals } = readOptions("bench", USAGE, () => {
  const read = parseArgs({ allowPositionals: true, options: OPTIONS });
  if (!(Number(read.values.seconds) > 0))
    throw new OptionError(`--seconds is above zero, was "${read.values.seconds}"`);
  return read;
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit();
}

const all = Object.keys(BENCHES).filter((name) => name !== "october");
const names = positionals.length === 0 ? all : positionals;
/** Market data that may lie beside the checkout; nothing needs it to. */
const BESIDE = join(process.cwd(), "../shared/data");
const data =
  values.data ?? process.env["FLOTILLA_DATA"] ?? (existsSync(BESIDE) ? BESIDE : undefined);
const options = { data, html: values.html, json: values.json };
for (const name of names) {
  if (name === "strategies") {
    const { strategyTables } = await import("./strategies.ts");
    strategyTables(data, (line) => process.stdout.write(`${line}\n`));
    continue;
  }
  const found = BENCHES[name];
  if (found === undefined) {
    process.stderr.write(
      `no bench ${name}; there are ${Object.keys(BENCHES).join(", ")}, strategies\n`,
    );
    process.exitCode = 2;
    continue;
  }
  const bench = await found();
  const rows = await bench(Number(values.seconds), options);
  process.stdout.write(textOf(name, rows, values.json));
  // Whoever runs it without reading it is told as well.
  if (missed(rows).length > 0) process.exitCode = 1;
}
