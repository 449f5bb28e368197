/** Where a command's words go: human lines or JSON, colours only where somebody sees them. */
import process from "node:process";
import pc from "picocolors";

export type Paint = ReturnType<typeof pc.createColors>;

/** What every command understands. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly home?: string;
  readonly fleet?: string;
}

export interface Io {
  readonly json: boolean;
  readonly paint: Paint;
  /** Whether a person sits in front of it. */
  readonly tty: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A line for people; nothing in JSON mode. */
  say(line: string): void;
  /** A line of JSON; nothing in human mode. */
  tell(value: object): void;
  /** Progress, to standard error, for people only. */
  note(line: string): void;
  /** Nobody reads any more: the pipe is closed. */
  onGone(then: () => void): void;
}

export function coloursFor(
  stream: { readonly isTTY?: boolean | undefined },
  env: Io["env"],
): boolean {
  return stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

const bigintAsText = (_: string, value: unknown): unknown =>
  typeof value === "bigint" ? value.toString() : value;

export function processIo({ json = false }: GlobalOptions): Io {
  const { stdout, stderr, env } = process;
  let gone: () => void = () => process.exit(0);
  stdout.on("error", (fault: NodeJS.ErrnoException) => {
    if (fault.code !== "EPIPE") throw fault;
    gone();
  });
  return {
    json,
    env,
    paint: pc.createColors(!json && coloursFor(stdout, env)),
    tty: stdout.isTTY === true && process.stdin.isTTY === true,
    say: (line) => void (json || stdout.write(`${line}\n`)),
    tell: (value) => void (json && stdout.write(`${JSON.stringify(value, bigintAsText)}\n`)),
    note: (line) => void (json || stderr.write(`${line}\n`)),
    onGone: (then) => {
      gone = then;
    },
  };
}
