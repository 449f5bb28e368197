/** `npm run bench -- <name> [--json] [--seconds N] [--data DIR]`: runs one bench, or all of them. */
import process from "node:process";
import { parseArgs } from "node:util";
import { type BenchRow, printRows } from "./rows.ts";

type Bench = (seconds: number) => Promise<readonly BenchRow[]>;

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  risk: async () => (await import("./risk.ts")).risk,
  decisions: async () => (await import("./decisions.ts")).decisions,
  containment: async () => (await import("./containment.ts")).containment,
  liquidation: async () => (await import("./liquidation.ts")).liquidation,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    seconds: { type: "string", default: "4" },
    /** Market data of one's own, for `strategies`: a folder of CSV files. */
    data: { type: "string" },
  },
});

const names = positionals.length === 0 ? Object.keys(BENCHES) : positionals;
for (const name of names) {
  if (name === "strategies") {
    const { strategyTables } = await import("./strategies.ts");
    strategyTables(values.data, (line) => process.stdout.write(`${line}\n`));
    continue;
  }
  const found = BENCHES[name];
  if (found === undefined) {
    process.stderr.write(`no bench ${name}; there are ${Object.keys(BENCHES).join(", ")}\n`);
    process.exitCode = 2;
    continue;
  }
  const bench = await found();
  printRows(name, await bench(Number(values.seconds)), values.json);
}
