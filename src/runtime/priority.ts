/** Who waits when the processors are busy: agents, before those who decide for all of them. */
import { writeFileSync } from "node:fs";
import { constants, getPriority, setPriority } from "node:os";
import process from "node:process";

/** Nice values that it is lowered by: a third of a processor that both want (sched(7): 1.25 for each). */
const STEP = 5;

/**
 * Lowers a process below the coordinator, the broker and the venue: an agent that never rests, or
 * loads its program once more, takes mostly what they leave. Not lower, for it must get on beside other programs too.
 *
 * Linux shares out processors first between sessions (`sched_autogroup_enabled`, sched(7)), and
 * looks at a process's own value only within one; a supervised process is a session of its own.
 *
 * @returns whether the system took it. One that does not leaves the process as it is.
 */
export function giveWay(pid: number): boolean {
  let value: number;
  try {
    value = Math.min(getPriority(pid) + STEP, constants.priority.PRIORITY_LOW);
    setPriority(pid, value);
  } catch {
    return false;
  }
  if (process.platform === "linux") {
    try {
      writeFileSync(`/proc/${pid}/autogroup`, String(value));
    } catch {
      // A kernel without sessions' shares goes by the process's own value.
    }
  }
  return true;
}
