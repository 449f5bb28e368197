/** Lets a child process end when the supervisor that started it is gone. */
import process from "node:process";

/** Calls `end` once standard input has ended; does not keep the process alive by itself. */
export function endWithStdin(end: () => void): void {
  process.stdin.once("end", end);
  process.stdin.once("error", end);
  process.stdin.resume();
  (process.stdin as { unref?: () => void }).unref?.();
}
