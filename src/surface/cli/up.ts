/** `flotilla up`: starts the whole fleet, tells what it does, and ends it cleanly. */
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { agentId } from "../../core/ids.ts";
import { systemClock } from "../../runtime/clock.ts";
import { type FleetNews, type RunningFleet, startFleet } from "../../runtime/fleet.ts";
import { homeOf, layoutOf } from "../../runtime/layout.ts";
import { type Connection, connectUser } from "../../wire/connect.ts";
import { eventSource } from "../../wire/event-source.ts";
import { closeFleet } from "./closing.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import { comesAfter, feed, type Since } from "./feed.ts";
import { fleetPath, loadFleetFile } from "./fleet-source.ts";
import { commandText, headerLines, headerOf } from "./header.ts";
import type { GlobalOptions, Io } from "./io.ts";
import { parseSpan } from "./numbers.ts";
import { type Operator, openOperator } from "./operator.ts";
import { readRunning } from "./place.ts";
import { Show } from "./show.ts";
import { summaryLines } from "./summary.ts";

export interface UpOptions extends GlobalOptions {
  readonly demo?: boolean;
  readonly crisis?: boolean;
  readonly tour?: boolean;
  readonly for?: string;
  readonly speed?: string;
  readonly data?: string;
  readonly logLevel?: string;
}

const STATUS_MS = 10_000;
const QUIET_LOOK_MS = 250;
const AGAIN_MS = 1_000;
const TWICE_MS = 750;
/** How long a start may take before its time runs all the same. */
const LEAD_MS = 30_000;

interface Wanted {
  readonly forMs: number | undefined;
  readonly speed: number | undefined;
}

function wantedOf(options: UpOptions): Wanted {
  const forMs = options.for === undefined ? undefined : parseSpan(options.for);
  if (options.for !== undefined && forMs === undefined) {
    throw new CliError(EXIT.usage, `--for is a span such as 30s, 5m or 2h, was "${options.for}"`);
  }
  const speed = options.speed === undefined ? undefined : Number(options.speed);
  if (speed !== undefined && !(speed > 0 && speed <= 100_000)) {
    throw new CliError(EXIT.usage, `--speed is above 0 and at most 100000, was "${options.speed}"`);
  }
  return { forMs, speed };
}

/** Why it ends, told once; the second time insists. */
class Ending {
  readonly #abort = new AbortController();
  readonly signal = this.#abort.signal;
  insist: () => void = () => undefined;
  #begunAt = 0;
  begin(): void {
    if (this.signal.aborted) return;
    this.#begunAt = performance.now();
    this.#abort.abort();
  }
  ask(): void {
    if (!this.signal.aborted) this.begin();
    // One Ctrl-C may come twice: of the terminal, and passed on by what started us.
    else if (performance.now() - this.#begunAt > TWICE_MS) this.insist();
  }
}

export async function runUp(
  io: Io,
  named: string | undefined,
  options: UpOptions,
): Promise<ExitCode> {
  const { forMs, speed } = wantedOf(options);
  if (options.tour === true) return tour(io, named, options);
  const crisis = options.crisis === true;
  const demo = options.demo === true || crisis;
  if (crisis && named !== undefined)
    throw new CliError(EXIT.usage, "--crisis is the demo's own fleet file: name no other");
  const path = await fleetPath(named, demo, crisis);
  const file = await loadFleetFile(path);
  const home = options.home ?? homeOf(io.env);
  const layout = layoutOf(home, file.fleet);
  const other = await readRunning(layout);
  if (other !== undefined) {
    const hint = "see it with: flotilla status, or stop it with Ctrl-C where it was started";
    throw new CliError(EXIT.failed, `fleet ${file.fleet} runs already (pid ${other.pid}); ${hint}`);
  }
  const ending = new Ending();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => ending.ask());
  }
  // A reader that went away is a wish to end, and no impatience.
  io.onGone(() => ending.begin());
  const show = new Show(io);
  const broker = io.env["NATS_URL"];
  if (broker !== undefined && broker !== "") await reachable(broker, layout.keys);
  const fleet = await startFleet({
    ...{ filePath: path, home, clock: systemClock() },
    onNews: (news: FleetNews) => show.news(news),
    ...(speed === undefined ? {} : { speed }),
    ...(options.data === undefined ? {} : { data: options.data }),
    ...(options.logLevel === undefined ? {} : { logLevel: options.logLevel }),
    ...(broker === undefined || broker === "" ? {} : { brokerUrl: broker }),
  });
  ending.insist = () => {
    void fleet.kill().finally(() => process.exit(EXIT.interrupted));
  };
  const where = options.home ?? io.env["FLOTILLA_HOME"];
  const header = headerOf(fleet, speed ?? file.paper.speed, where, process.argv);
  io.tell({ kind: "header", ...header });
  for (const line of headerLines(header, io.paint)) io.say(line);
  const which =
    !demo || named !== undefined ? [path] : crisis ? ["--demo", "--crisis"] : ["--demo"];
  const again = commandText("up", which, where, process.argv);
  return runUntilEnd(io, show, fleet, ending, forMs, again);
}

/** The tour has acts of its own: it takes no file, and ends by itself. */
async function tour(
  io: Io,
  named: string | undefined,
  { crisis, speed, data, for: span }: UpOptions,
): Promise<ExitCode> {
  const other = [named, crisis, speed, data, span].some((one) => one !== undefined);
  if (other) throw new CliError(EXIT.usage, "--tour brings its own acts: it takes no other option");
  return (await import("./tour.ts")).runTour(io);
}

async function runUntilEnd(
  io: Io,
  show: Show,
  fleet: RunningFleet,
  ending: Ending,
  forMs: number | undefined,
  again: string,
): Promise<ExitCode> {
  const { url, layout, file } = fleet;
  const begun = performance.now();
  const over = new AbortController();
  let observer: Connection | undefined;
  try {
    const { keys } = layout;
    // All processes begin at once: the first greetings may take long.
    const patienceMs = LEAD_MS;
    const isComing = (): boolean => fleet.broker !== undefined && !ending.signal.aborted;
    const operator = await openOperator({ url, keys, fleet: file.fleet, patienceMs, isComing });
    const as = { credentials: keys, user: "observer" } as const;
    observer = await connectUser({ url, ...as, patienceMs, isComing });
    const events = showEvents(show, observer, fleet);
    const beside = Promise.all([
      statusEvery(show, operator, over.signal),
      quieten(show, over.signal),
    ]);
    await ended(show, ending.signal, forMs);
    show.ending();
    const seconds = Math.round((performance.now() - begun) / 1_000);
    over.abort();
    await beside;
    const onStep = (text: string): void => show.step(text);
    const summary = await closeFleet({ fleet, operator, seconds, run: show.run, onStep });
    await observer.close();
    await events;
    io.tell({ kind: "summary", ...summary });
    for (const line of summaryLines(summary, layout.dir, again, io.paint)) io.say(line);
    return summary.conserved ? EXIT.ok : EXIT.broken;
  } catch (fault) {
    over.abort();
    show.ending();
    await fleet.stop();
    // It would look for a broker that is gone for ever, and keep this process alive for it.
    await observer?.close();
    throw fault;
  }
}

/** Nothing is started for a broker that is not there or knows none of our keys. */
async function reachable(url: string, keys: string): Promise<void> {
  try {
    const connection = await connectUser({ url, credentials: keys, user: "observer" });
    await connection.close();
  } catch (fault) {
    if ((fault as { code?: unknown }).code === "credential") throw fault;
    const why = fault instanceof Error ? fault.message : String(fault);
    const advice = 'start it with the configuration of "flotilla broker config", or unset NATS_URL';
    throw new CliError(EXIT.absent, `no broker for us at NATS_URL ${url} (${why}): ${advice}`);
  }
}

/** Until asked for, or until its time is up; that begins when somebody leads the fleet. */
async function ended(show: Show, asked: AbortSignal, forMs: number | undefined): Promise<void> {
  if (asked.aborted) return;
  const signal = asked;
  if (forMs !== undefined) {
    const early = delay(LEAD_MS, undefined, { signal, ref: false }).catch(() => undefined);
    await Promise.race([show.leads, early]);
    await delay(forMs, undefined, { signal }).catch(() => undefined);
    return;
  }
  // Nothing else may keep the process alive when its children are between two starts.
  const alive = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => {
    asked.addEventListener("abort", () => resolve(), { once: true });
  });
  clearInterval(alive);
}

/** From this run's first event on: a resumed fleet's past is not told again. */
async function showEvents(show: Show, observer: Connection, fleet: RunningFleet): Promise<void> {
  const source = eventSource(observer, fleet.file.fleet);
  let since: Since = { time: fleet.startedAt };
  let last = "0.0.0";
  while (!observer.isClosed()) {
    try {
      for await (const event of feed(source, since)) {
        if (!comesAfter(event.id, last)) continue;
        last = event.id;
        since = { seq: event.seq };
        show.event(event);
        if (event.type === "AgentEnrolled") letIn(show, fleet, event.agent);
      }
    } catch (fault) {
      show.trouble(`no events: ${(fault as Error).message}`);
      await delay(AGAIN_MS);
    }
  }
}

/** Enrolled over the wire it has no key at our broker yet; who has one keeps it. */
function letIn(show: Show, fleet: RunningFleet, named: string): void {
  const { agents } = fleet.file;
  if (agents.some(({ agent }) => agent === named)) return;
  const told = (fault: unknown): void =>
    show.trouble(`${named} has no way in: ${fault instanceof Error ? fault.message : fault}`);
  fleet.letIn(agentId(named)).catch(told);
}

async function statusEvery(show: Show, operator: Operator, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(STATUS_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      show.status(await operator.status());
    } catch (fault) {
      if (!signal.aborted) show.trouble(`no status: ${(fault as Error).message}`);
    }
  }
}

async function quieten(show: Show, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(QUIET_LOOK_MS, undefined, { signal }).catch(() => undefined);
    show.quiet();
  }
}
