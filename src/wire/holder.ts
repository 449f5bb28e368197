/** Who holds something on this machine: a process named so that its death can be seen by others. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** When a process began, as the kernel counts it; a pid that is used again gets another. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold blanks; the fields are counted behind it.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "-";
  } catch {
    return "-";
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
  } catch {
    return "-";
  }
}

/** This process as `host/boot/pid/start`. */
export const thisHolder = (pid: number = process.pid): string =>
  `${hostname()}/${bootId()}/${pid}/${startOf(pid)}`;

/**
 * True only when the holder is proven dead: a process of this very machine that is gone, was begun
 * at another time, or belonged to an earlier boot. Of another machine nothing is proven.
 */
export function isDeadHolder(holder: string): boolean {
  const [host, boot, pidText, start] = holder.split("/");
  if (host !== hostname() || boot === undefined || pidText === undefined) return false;
  if (boot !== bootId()) return boot !== "-" && bootId() !== "-";
  const pid = Number(pidText);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === "ESRCH";
  }
  return start !== undefined && start !== "-" && startOf(pid) !== start;
}
