/** The operator's commands: asked of the coordinator, answered by the law, told as they end. */

import process from "node:process";
import { createInterface } from "node:readline/promises";
import type { OperatorCommandName, OperatorRequest } from "../../protocol/commands.ts";
import type { Reply } from "../../protocol/turns.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import type { GlobalOptions, Io } from "./io.ts";
import { nameFault } from "./names.ts";
import { parseMultiple, parseSpan, plainText } from "./numbers.ts";
import { openOperator } from "./operator.ts";
import { findPlace, type Place, urlOf } from "./place.ts";

/** A reply for eyes: done, or the refusal with its number, its detail and what to do. */
export function replyText(what: string, reply: Reply): string {
  if (reply.ok)
    return reply.seq === 0 ? `${what}: nothing to do` : `${what}: done (journal ${reply.seq})`;
  const detail = reply.detail === undefined ? "" : ` (${plainText(reply.detail)})`;
  return `${what}: refused, ${reply.number} ${reply.code}: ${reply.message}${detail}`;
}

/** Gives one command as the operator and tells the answer. */
export async function give<N extends OperatorCommandName>(
  io: Io,
  place: Place,
  command: N,
  body: Omit<OperatorRequest<N>, "id" | "exp">,
  what: string,
): Promise<ExitCode> {
  const url = urlOf(io, place);
  const operator = await openOperator({ url, keys: place.layout.keys, fleet: place.fleet });
  try {
    const reply = await operator.give(command, body);
    io.tell({ command, ...reply });
    const text = replyText(what, reply);
    if (reply.ok) io.say(text);
    else io.note(text);
    return reply.ok ? EXIT.ok : EXIT.refused;
  } finally {
    await operator.close();
  }
}

function agentNamed(text: string): string {
  const fault = nameFault("an agent", text);
  if (fault === undefined) return text;
  throw new CliError(EXIT.usage, fault);
}

/** A person types what it is about; without one, `--yes` says that nobody has to. */
async function confirm(io: Io, word: string, about: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!io.tty || io.json)
    throw new CliError(EXIT.usage, `${about}: say --yes where nobody can be asked`);
  const ask = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const said = await ask.question(`${about}. Type ${word} to go on: `);
    if (said.trim() !== word) throw new CliError(EXIT.usage, "nothing was done");
  } finally {
    ask.close();
  }
}

export interface ModeOptions extends GlobalOptions {
  readonly reason?: string;
  /** Of the whole fleet, what is at one venue. */
  readonly venue?: string;
  readonly yes?: boolean;
}

const MODE_OF = { halt: "halt", reduce: "reduce", resume: "run", flatten: "flatten" } as const;
export type ModeVerb = keyof typeof MODE_OF;

export async function runMode(
  io: Io,
  verb: ModeVerb,
  agent: string | undefined,
  options: ModeOptions,
): Promise<ExitCode> {
  const place = await findPlace(io, options);
  const target = agent === undefined ? undefined : agentNamed(agent);
  const { venue } = options;
  const all = venue === undefined ? `the whole fleet ${place.fleet}` : `all at ${venue}`;
  const whom = target ?? all;
  const word = target ?? venue ?? place.fleet;
  if (verb === "flatten") {
    await confirm(
      io,
      word,
      `flatten closes every position of ${whom} at the market`,
      options.yes === true,
    );
  }
  if (verb === "resume") {
    const bets =
      target === undefined ? "" : ", and bet again if it was held for a dispute, the others too";
    const about = `resume lets ${whom} take new risk again${bets}`;
    await confirm(io, word, about, options.yes === true);
  }
  const reason = options.reason ?? `${verb} by the operator`;
  const scope = {
    ...(target === undefined ? {} : { agent: target }),
    ...(venue === undefined ? {} : { venue }),
  };
  const body = { mode: MODE_OF[verb], reason, ...scope };
  return give(io, place, "SetMode", body, `${verb} ${whom}`);
}

export interface ReallocateOptions extends GlobalOptions {
  readonly ladder?: boolean;
  readonly dryRun?: boolean;
}

/** Moves caps between agents by their records, or tells what would move. */
export async function runReallocate(io: Io, options: ReallocateOptions): Promise<ExitCode> {
  const place = await findPlace(io, options);
  const dryRun = options.dryRun === true;
  const rule = options.ladder === true ? "ladder" : "sharpe";
  const body = { rule, dryRun } as const;
  return give(io, place, "Reallocate", body, dryRun ? "reallocate (dry run)" : "reallocate");
}

export interface WithdrawOptions extends GlobalOptions {
  readonly to: string;
  readonly yes?: boolean;
}

export async function runDeposit(io: Io, amount: string, asset: string, options: GlobalOptions) {
  const place = await findPlace(io, options);
  return give(io, place, "Deposit", { asset, amount }, `deposit of ${amount} ${asset}`);
}

export async function runWithdraw(io: Io, amount: string, asset: string, options: WithdrawOptions) {
  const place = await findPlace(io, options);
  const what = `withdrawal of ${amount} ${asset} to ${options.to}`;
  await confirm(io, place.fleet, what, options.yes === true);
  return give(io, place, "Withdraw", { asset, amount, to: options.to }, what);
}

export interface GrantOptions extends GlobalOptions {
  readonly cap: string;
  readonly services: string;
  readonly maxLeverage: string;
  readonly priority: string;
  readonly mode: string;
  readonly floor: string;
  readonly lease: string;
}

function spanOf(option: string, text: string): number {
  const ms = parseSpan(text);
  if (ms !== undefined) return ms;
  throw new CliError(EXIT.usage, `${option} is a span such as 30s, 5m or 2h, was "${text}"`);
}

export async function runGrant(io: Io, agent: string, options: GrantOptions): Promise<ExitCode> {
  const maxLeverage = parseMultiple(options.maxLeverage);
  if (maxLeverage === undefined) {
    throw new CliError(
      EXIT.usage,
      `--max-leverage is a multiple such as 3x, was "${options.maxLeverage}"`,
    );
  }
  const body = {
    agent: agentNamed(agent),
    cap: options.cap,
    services: options.services.split(","),
    maxLeverage,
    priority: Number(options.priority),
    mode: options.mode,
    floor: options.floor,
    leaseMs: spanOf("--lease", options.lease),
    // The coordinator's own schema says of each field what is wrong with it.
  } as unknown as Omit<OperatorRequest<"Grant">, "id" | "exp">;
  return give(io, await findPlace(io, options), "Grant", body, `grant to ${agent}`);
}

export async function runCap(
  io: Io,
  verb: "Raise" | "Cut",
  agent: string,
  cap: string,
  options: GlobalOptions,
): Promise<ExitCode> {
  const what = `${verb === "Raise" ? "raise" : "cut"} of ${agent} to ${cap}`;
  return give(io, await findPlace(io, options), verb, { agent: agentNamed(agent), cap }, what);
}

export interface RecallOptions extends GlobalOptions {
  readonly grace: string;
}

export async function runRecall(io: Io, agent: string, options: RecallOptions): Promise<ExitCode> {
  const body = { agent: agentNamed(agent), graceMs: spanOf("--grace", options.grace) };
  return give(io, await findPlace(io, options), "Recall", body, `recall of ${agent}`);
}

export async function runRevoke(io: Io, agent: string, options: ModeOptions): Promise<ExitCode> {
  const place = await findPlace(io, options);
  const about = `revoke ends the delegation of ${agent} and closes what it holds`;
  await confirm(io, agentNamed(agent), about, options.yes === true);
  return give(io, place, "Revoke", { agent }, `revoke of ${agent}`);
}

export async function runRetire(io: Io, agent: string, options: GlobalOptions): Promise<ExitCode> {
  const body = { agent: agentNamed(agent) };
  return give(io, await findPlace(io, options), "Retire", body, `retirement of ${agent}`);
}

export interface EnrolOptions extends GlobalOptions {
  readonly note?: string;
}

export async function runEnrol(io: Io, agent: string, options: EnrolOptions): Promise<ExitCode> {
  const named = agentNamed(agent);
  const place = await findPlace(io, options);
  const body = { agent: named, ...(options.note === undefined ? {} : { note: options.note }) };
  const exit = await give(io, place, "Enrol", body, `enrolment of ${named}`);
  if (exit !== EXIT.ok) return exit;
  const { admitKey } = await import("./admit-key.ts");
  const { key, hint } = await admitKey(place, named);
  io.tell({ key, hint });
  io.say(`its key: ${key}`);
  io.say(hint);
  return exit;
}
