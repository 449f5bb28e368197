/** The process of a broker: how it ends, how its end is seen, and that one start is under way at a time. */
import { readFile, rm, writeFile } from "node:fs/promises";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { isDeadHolder, thisHolder } from "./holder.ts";

export const START_MS = 20_000;
export const STOP_MS = 10_000;
const LOOK_MS = 200;

/** The server did not come up, or does not answer. The message has the end of its log. */
export class ServerStartError extends Error {
  override readonly name = "ServerStartError";
  readonly code = "server-start";
  readonly retryable = false;
}

/** How a process ended; both null when it was no child of ours, which is told nothing. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Ends it by a signal, and by SIGKILL when that does not help in time. Resolves when it is gone. */
export async function endProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  const deadline = performance.now() + STOP_MS;
  if (isAlive(pid)) process.kill(pid, signal);
  // An adopted process is no child of ours and tells us nothing of its end.
  while (isAlive(pid)) {
    if (performance.now() > deadline) process.kill(pid, "SIGKILL");
    await delay(5);
  }
}

/** The end of a process that is no child of ours, by looking; a look keeps nobody alive. */
export async function endOfProcess(pid: number): Promise<ProcessEnd> {
  while (isAlive(pid)) await delay(LOOK_MS, undefined, { ref: false });
  return { code: null, signal: null };
}

/** Two starts in one folder at once would put two servers on one store: the second waits. */
export async function lockStart(path: string): Promise<() => Promise<void>> {
  const deadline = performance.now() + START_MS + STOP_MS;
  for (;;) {
    try {
      await writeFile(path, thisHolder(), { flag: "wx" });
      return () => rm(path, { force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    }
    const holder = await readFile(path, "utf8").catch(() => "");
    if (isDeadHolder(holder)) await rm(path, { force: true });
    else if (performance.now() > deadline) {
      throw new ServerStartError(`another start is under way (${holder}), see ${path}`);
    } else await delay(50);
  }
}
