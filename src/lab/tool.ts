/** The command line of a tool for those who work on the project: what is wrong with it is told in a line. */
import process from "node:process";

/** Thrown by who reads options: what is wrong with one of them, and what it may be. */
export class OptionError extends Error {
  override readonly name = "OptionError";
}

const isMistake = (fault: unknown): fault is Error =>
  fault instanceof OptionError ||
  (fault instanceof TypeError &&
    String((fault as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS"));

/** What `read` makes of the command line. A mistake in it is told with `usage` and ends the process with code 2. */
export function readOptions<T>(tool: string, usage: string, read: () => T): T {
  try {
    return read();
  } catch (fault) {
    if (!isMistake(fault)) throw fault;
    process.stderr.write(`${tool}: ${fault.message}\n\n${usage}`);
    process.exit(2);
  }
}
