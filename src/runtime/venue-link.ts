/** Brings what the venue says into the law: marks, numbered reports, and its books to compare with ours. */
import { FLEET, type Id } from "../core/ids.ts";
import { millis } from "../core/time.ts";
import { compareBooks } from "../fleet/books.ts";
import type { VenueReport } from "../protocol/reports.ts";
import type { InnerCommand, Stamp } from "../protocol/turns.ts";
import type { VenuePort } from "../venue/port.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import type { MarkLane } from "./mark-lane.ts";
import type { TurnLoop } from "./turn-loop.ts";
import type { Outcome } from "./waiting.ts";

/** Reports in one command: a turn stays small. */
const REPORTS_PER_TURN = 64;

export interface VenueLinkOptions {
  readonly venue: VenuePort;
  readonly loop: TurnLoop;
  readonly marks: MarkLane;
  readonly clock: Clock;
  readonly log: Log;
  readonly compareEveryMs: number;
  readonly retryMs?: number;
  /** Our books and the venue's are equal as of this report. */
  readonly onEqual?: (through: number) => void;
}

/** A stamp of the coordinator's own: nobody retries it, so it has no id. */
/** Of a command that the coordinator gives itself. */
export const innerStamp = (loop: TurnLoop): Stamp => {
  const at = loop.now();
  return { id: "" as Id, from: FLEET, at, exp: millis(at + 60_000), print: 0 };
};

type WithoutStamp<C> = C extends InnerCommand ? Omit<C, "stamp"> : never;

/** Gives a command of the coordinator's own and waits until it is stored. */
export async function tell(
  loop: TurnLoop,
  clock: Clock,
  command: WithoutStamp<InnerCommand>,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  while (!signal.aborted) {
    const stamped = { ...command, stamp: innerStamp(loop) } as InnerCommand;
    const heard = await new Promise<Outcome | undefined>((resolve) => {
      const stop = (): void => resolve(undefined);
      signal.addEventListener("abort", stop, { once: true });
      const taken = loop.submit(stamped, (outcome) => {
        signal.removeEventListener("abort", stop);
        resolve(outcome);
      });
      if (taken) return;
      signal.removeEventListener("abort", stop);
      stop();
    });
    if (heard !== undefined) return heard;
    await clock.sleep(20, signal);
  }
  return undefined;
}

/** Runs until aborted; what fails is tried again, from where the law's cursor stands. */
export async function runVenueLink(options: VenueLinkOptions, signal: AbortSignal): Promise<void> {
  await Promise.all([
    persist("marks", options, signal, () => followMarks(options, signal)),
    persist("reports", options, signal, () => followReports(options, signal)),
    persist("books", options, signal, () => comparing(options, signal)),
  ]);
}

async function persist(
  what: string,
  { clock, log, retryMs }: VenueLinkOptions,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (fault) {
      if (!signal.aborted)
        log.warn({ what, fault: String(fault) }, "venue link broken, trying again");
    }
    await clock.sleep(retryMs ?? 500, signal);
  }
}

async function followMarks({ venue, marks }: VenueLinkOptions, signal: AbortSignal): Promise<void> {
  for await (const told of venue.marks(signal)) marks.take(told);
}

async function followReports(options: VenueLinkOptions, signal: AbortSignal): Promise<void> {
  const { venue, loop, clock, log } = options;
  for await (const reports of venue.reports(loop.law.reportsThrough, signal)) {
    for (let from = 0; from < reports.length; from += REPORTS_PER_TURN) {
      const part: readonly VenueReport[] = reports.slice(from, from + REPORTS_PER_TURN);
      const heard = await tell(
        loop,
        clock,
        { type: "TakeReports", body: { reports: part } },
        signal,
      );
      if (heard !== undefined && "ok" in heard && !heard.ok) {
        log.warn({ code: heard.rejection.code, detail: heard.rejection.detail }, "reports refused");
        return;
      }
    }
  }
}

/** Compares as of the same report; while more reports are on their way it simply looks again. */
async function comparing(options: VenueLinkOptions, signal: AbortSignal): Promise<void> {
  const { venue, loop, clock, compareEveryMs } = options;
  while (!signal.aborted) {
    const snapshot = await venue.snapshot();
    const { law } = loop;
    if (snapshot.seq === law.reportsThrough && law.policy !== undefined) {
      const differences = compareBooks(law, snapshot).slice(0, 20);
      if (differences.length === 0) options.onEqual?.(snapshot.seq);
      if (differences.length > 0 === law.booksAgree) {
        const body = { through: snapshot.seq, differences };
        await tell(loop, clock, { type: "CompareBooks", body }, signal);
      }
    }
    await clock.sleep(compareEveryMs, signal);
  }
}
