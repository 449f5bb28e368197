/** Follows the journal with a connection of its own and publishes what happened, in order. */
import { InvariantError } from "../core/assert.ts";
import type { FleetId, MarketId } from "../core/ids.ts";
import type { PublicEvent } from "../protocol/public.ts";
import { publicEvents } from "../protocol/public.ts";
import type { Connection } from "../wire/connect.ts";
import { type EventSink, eventSink } from "../wire/event-sink.ts";
import type { JournalPort } from "../wire/journal.ts";
import { EMPTY_HEAD } from "../wire/journal.ts";
import { jetStreamJournal } from "../wire/journal-jetstream.ts";
import type { StoredHint } from "../wire/stored-hint.ts";
import { readBatch } from "./batches.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

export interface ProjectorOptions {
  readonly fleet: FleetId;
  readonly journal: JournalPort;
  readonly sink: EventSink;
  readonly log: Log;
  readonly onEvent?: (event: PublicEvent) => void;
}

/** Order of ids within one message: by turn, then by index. */
const after = (id: string, last: string): boolean => {
  const [, turn = 0, index = 0] = id.split(".").map(Number);
  const [, lastTurn = 0, lastIndex = 0] = last.split(".").map(Number);
  return turn !== lastTurn ? turn > lastTurn : index > lastIndex;
};

/**
 * Publishes from where the kept events end. At least once: the id is the message id, so the broker
 * drops what it has already.
 *
 * Runs until aborted. @throws JournalBrokenError when the chain does not hold.
 */
async function runProjector(options: ProjectorOptions, signal: AbortSignal): Promise<void> {
  const { fleet, journal, sink, onEvent } = options;
  const last = await sink.last();
  const from = Math.max(1, last.seq);
  let prev: string | undefined = from === 1 ? EMPTY_HEAD.hash : undefined;
  for await (const entry of journal.follow(from, signal)) {
    // The first message read may lie in the middle: its predecessor's hash is what it says itself.
    const batch = readBatch(entry, fleet, prev);
    prev = entry.hash;
    for (const [index, turn] of batch.turns.entries()) {
      for (const event of publicEvents(turn, entry.seq, index)) {
        if (entry.seq === last.seq && !after(event.id, last.id)) continue;
        sink.publish(event);
        if (event.type === "MarksSet") publishMarks(sink, event);
        onEvent?.(event);
      }
    }
    await sink.settled();
  }
}

function publishMarks(sink: EventSink, event: PublicEvent): void {
  for (const mark of event["marks"] as readonly { readonly market: MarketId }[]) {
    sink.mark(mark.market, { ...mark, seq: event.seq });
  }
}

export interface ProjectingOptions {
  /** With the rights of `c_projector`; stays the caller's. */
  readonly connection: Connection;
  readonly fleet: FleetId;
  readonly clock: Clock;
  readonly log: Log;
  readonly idleMs?: readonly [number, number];
  readonly stored?: StoredHint;
}

const AGAIN_MS = 500;

/** Projects until aborted, over every fault: events wait, decisions do not. */
export async function keepProjecting(
  options: ProjectingOptions,
  signal: AbortSignal,
): Promise<void> {
  const { connection, fleet, clock, log, idleMs, stored } = options;
  const journal = jetStreamJournal({
    ...{ connection, fleet, clock },
    ...(idleMs === undefined ? {} : { idleMs }),
    ...(stored === undefined ? {} : { stored }),
  });
  while (!signal.aborted) {
    try {
      await runProjector({ fleet, journal, sink: eventSink(connection, fleet), log }, signal);
    } catch (fault) {
      // A bug comes again at the same message: whoever reads the log must know that events stand still.
      if (fault instanceof InvariantError)
        log.error({ bug: fault }, "a bug: no event is told from here on");
      else if (!signal.aborted) log.warn({ fault: String(fault) }, "events wait, trying again");
    }
    await clock.sleep(AGAIN_MS, signal);
  }
  await journal.close();
}
