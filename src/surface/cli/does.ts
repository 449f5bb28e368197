/** How the command line is put together: a command, and what it does. */
import type { Command } from "commander";
import type { ExitCode } from "./exit.ts";
import type { Io } from "./io.ts";

/** What a command does, in a module of its own. */
export type Work = (io: Io, args: readonly string[], options: never) => Promise<ExitCode>;

export type Does = (command: Command, work: Work) => Command;
