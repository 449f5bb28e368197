/** `npm run planted`: plants every bug of the list in turn, and says which were found and by what. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PLANTED } from "./planted.ts";
import { PlantedCopy } from "./planted-run.ts";
import { transpiler } from "./transpile.ts";

const { values: args } = parseArgs({
  options: {
    /** Only bugs whose name holds this text. */
    only: { type: "string", default: "" },
    json: { type: "boolean", default: false },
  },
});

async function main(): Promise<void> {
  const built = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
  const root = process.cwd();
  const dir = mkdtempSync(join(tmpdir(), "flotilla-planted-"));
  try {
    const copy = new PlantedCopy(root, built, dir, await transpiler());
    const chosen = PLANTED.filter((one) => one.name.includes(args.only));
    let missed = 0;
    for (const planted of chosen) {
      const found = await copy.find(planted);
      if (!found.found) missed += 1;
      const how = found.found
        ? `found by ${found.invariant} at seed ${found.seed}: ${found.detail.slice(0, 100)}`
        : `NOT FOUND within ${planted.seeds} seeds`;
      process.stdout.write(
        args.json ? `${JSON.stringify(found)}\n` : `${planted.name}\n  ${how}\n`,
      );
    }
    process.stdout.write(`${chosen.length - missed} of ${chosen.length} planted bugs found\n`);
    if (missed > 0) process.exitCode = 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

await main();
