/** How a command ends: exit codes, and faults told in one line that says what to do. */

export const EXIT = {
  ok: 0,
  /** The world failed: disk, broker, a process of the fleet. */
  failed: 1,
  /** The command line or the fleet file is wrong. */
  usage: 2,
  /** The coordinator refused. */
  refused: 3,
  /** The fleet does not run, or does not answer. */
  absent: 4,
  /** The books do not add up, or the journal does not hold. */
  broken: 5,
  /** Ended by the second Ctrl-C. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A fault of this command, told as it is. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exit: ExitCode;
  constructor(exit: ExitCode, message: string) {
    super(message);
    this.exit = exit;
  }
}

/** What a person can do about a fault, by its code. */
const ADVICE: Readonly<Record<string, string>> = {
  "server-start": "see broker/nats.log in the fleet's folder",
  timeout: "does the coordinator lead? see logs/coordinator.log in the fleet's folder",
  ECONNREFUSED: "is the broker up? start the fleet with: flotilla up",
  credential:
    'keys are made by "flotilla up", for a broker of your own by "flotilla broker config"',
  EACCES: "check who owns the fleet's folder",
};

const EXITS: Readonly<Record<string, ExitCode>> = {
  "fleet-file": EXIT.usage,
  credential: EXIT.usage,
  timeout: EXIT.absent,
  closed: EXIT.absent,
  ECONNREFUSED: EXIT.absent,
  "journal-broken": EXIT.broken,
  "journal-unavailable": EXIT.absent,
};

interface Told {
  readonly exit: ExitCode;
  readonly message: string;
  readonly code: string;
}

/** The code of a fault or of what caused it. */
function codeOf(fault: unknown): string {
  for (let at = fault, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    const { code } = at as { code?: unknown };
    if (typeof code === "string" && code !== "") return code;
    if (/CONNECTION_REFUSED|ECONNREFUSED|connection refused/i.test(at.message))
      return "ECONNREFUSED";
  }
  return "";
}

/** Any fault as exit code and words. */
export function tellFault(fault: unknown): Told {
  if (fault instanceof CliError) return { exit: fault.exit, message: fault.message, code: "cli" };
  const code = codeOf(fault);
  const words = fault instanceof Error ? fault.message : String(fault);
  const advice = ADVICE[code];
  const message = advice === undefined ? words : `${words}; ${advice}`;
  return { exit: EXITS[code] ?? EXIT.failed, message, code: code === "" ? "failed" : code };
}
