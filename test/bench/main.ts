/** `npm run bench -- <name> [--json] [--seconds N] [--data DIR]`: runs one bench, or all; 1 where a limit is not met. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
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

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    seconds: { type: "string", default: "4" },
    /** A folder of market data for `policies`, `october` and `strategies`; absent: the one beside the checkout, if any. */
    data: { type: "string" },
    /** Where `policies` writes its report. */
    html: { type: "string" },
  },
});

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
