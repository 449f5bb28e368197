#!/usr/bin/env node
/** The `flotilla` command: reads the command line, runs one command, ends with its exit code. */
import process from "node:process";
import { VERSION } from "../../runtime/version.ts";
import { tellFault } from "./exit.ts";
import { processIo } from "./io.ts";
import { exitOf, makeProgram } from "./program.ts";

// Whoever reads us may have read enough (`flotilla … | head`): that is an end, not a fault.
process.stdout.on("error", (fault: NodeJS.ErrnoException) => {
  if (fault.code !== "EPIPE") throw fault;
  process.exit(0);
});

async function main(): Promise<void> {
  const program = makeProgram({
    version: VERSION,
    run: async (options, work) => {
      const io = processIo(options);
      try {
        process.exitCode = await work(io);
      } catch (fault) {
        const { exit, message, code } = tellFault(fault);
        process.exitCode = exit;
        if (io.json) io.tell({ kind: "fault", code, exit, message });
        process.stderr.write(`flotilla: ${message}\n`);
      }
    },
  });
  try {
    await program.parseAsync();
  } catch (fault) {
    const exit = exitOf(fault);
    if (exit === undefined) throw fault;
    process.exitCode = exit;
  }
}

await main();
