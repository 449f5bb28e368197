/** Commands that only look: status, the table of agents, and events as they come. */
import process from "node:process";
import { nearestOf } from "../../runtime/suggest.ts";
import { connectUser } from "../../wire/connect.ts";
import { eventSource } from "../../wire/event-source.ts";
import { paintLine } from "./account-tone.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import { feed, type Since } from "./feed.ts";
import type { GlobalOptions, Io } from "./io.ts";
import { parseSpan } from "./numbers.ts";
import { openOperator } from "./operator.ts";
import { findPlace, urlOf } from "./place.ts";
import { isRoutine, KNOWN_EVENTS, sentence } from "./sentences.ts";
import { agentsTable, attributionTable, statusPage } from "./status-text.ts";

export async function statusOf(io: Io, options: GlobalOptions) {
  const place = await findPlace(io, options);
  const operator = await openOperator({
    url: urlOf(io, place),
    keys: place.layout.keys,
    fleet: place.fleet,
  });
  try {
    return await operator.status();
  } finally {
    await operator.close();
  }
}

export async function runStatus(io: Io, options: GlobalOptions): Promise<ExitCode> {
  const view = await statusOf(io, options);
  io.tell(view);
  for (const line of statusPage(view, io.paint)) io.say(line);
  return EXIT.ok;
}

export async function runAgents(io: Io, options: GlobalOptions): Promise<ExitCode> {
  const view = await statusOf(io, options);
  const { lines, total, ...fleet } = view.attribution;
  for (const line of lines) {
    io.tell({ ...view.agents.find(({ agent }) => agent === line.agent), ...line });
  }
  io.tell({ kind: "total", ...total, ...fleet });
  const page = [...agentsTable(view, io.paint), "", ...attributionTable(view, io.paint)];
  for (const line of page) io.say(line);
  return EXIT.ok;
}

export interface WatchOptions extends GlobalOptions {
  readonly agent?: readonly string[];
  readonly type?: readonly string[];
  readonly since?: string;
  readonly all?: boolean;
}

/** `10m` back from now, a journal message such as `521`, or `start`. */
export function parseSince(text: string, now: number): Since {
  if (text === "start") return "oldest";
  if (/^\d+$/.test(text)) return { seq: Number(text) };
  const back = parseSpan(text);
  if (back !== undefined) return { time: now - back };
  throw new CliError(
    EXIT.usage,
    `--since is a span such as 10m, a journal message such as 521, or start, was "${text}"`,
  );
}

/** Which events are wanted; a type may end in "*". @throws CliError for a type that is none. */
export function wantedEvents(options: Pick<WatchOptions, "agent" | "type" | "all">) {
  const types = (options.type ?? []).flatMap((one) => one.split(","));
  const agents = new Set((options.agent ?? []).flatMap((one) => one.split(",")));
  for (const type of types) {
    if (type.endsWith("*") || KNOWN_EVENTS.includes(type)) continue;
    const near = nearestOf(type, KNOWN_EVENTS);
    const hint = near === undefined ? "see docs/cli.md" : `did you mean ${near}?`;
    throw new CliError(EXIT.usage, `no event is called "${type}" (${hint})`);
  }
  const ofType = (type: string): boolean =>
    types.length === 0
      ? options.all === true || !isRoutine(type)
      : types.some((one) => (one.endsWith("*") ? type.startsWith(one.slice(0, -1)) : one === type));
  return (event: { readonly type: string; readonly agent: string }): boolean =>
    ofType(event.type) && (agents.size === 0 || agents.has(event.agent));
}

export async function runWatch(io: Io, options: WatchOptions): Promise<ExitCode> {
  const wanted = wantedEvents(options);
  const since = options.since === undefined ? undefined : parseSince(options.since, Date.now());
  const place = await findPlace(io, options);
  const url = urlOf(io, place);
  const nc = await connectUser({ url, credentials: place.layout.keys, user: "observer" });
  const stop = (): void => void nc.close();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  if (since === undefined) io.note(`fleet ${place.fleet} at ${url}; what was before: --since 10m`);
  for await (const event of feed(eventSource(nc, place.fleet), since)) {
    if (!wanted(event)) continue;
    io.tell(event);
    const text = `${io.paint.dim(`${event.id} ${event.type}`)}  ${sentence(event)}`;
    io.say(paintLine({ at: event.time, who: event.agent, text, tone: "plain" }, io.paint));
  }
  return EXIT.ok;
}
