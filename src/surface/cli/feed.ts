/** Public events as an observer reads them: the kept ones first, then live, each once, in order. */
import { errors } from "@nats-io/transport-node";
import type { FleetId } from "../../core/ids.ts";
import type { PublicEvent } from "../../protocol/public.ts";
import type { Connection } from "../../wire/connect.ts";
import { allEvents, eventStream } from "../../wire/subjects.ts";
import { readEvent } from "./fields.ts";

const ANSWER_MS = 3_000;
/** Kept events asked for at once. */
const WINDOW = 64;

const isNobodyThere = (fault: unknown): boolean =>
  fault instanceof errors.NoRespondersError ||
  (fault instanceof Error && fault.cause instanceof errors.NoRespondersError);

interface Kept {
  readonly at: number;
  readonly event: PublicEvent | undefined;
}

/** One kept message by the broker's direct read. None: undefined when there is none. */
async function keptMessage(
  nc: Connection,
  fleet: FleetId,
  which: object,
): Promise<Kept | undefined> {
  const subject = `$JS.API.DIRECT.GET.${eventStream(fleet)}`;
  const answer = await nc
    .request(subject, JSON.stringify(which), { timeout: ANSWER_MS })
    .catch((fault: unknown) => {
      // Nobody keeps events yet: the fleet is just coming up for the first time.
      if (isNobodyThere(fault)) return undefined;
      throw fault;
    });
  if (answer === undefined) return undefined;
  const at = Number(answer.headers?.get("Nats-Sequence"));
  if ((answer.headers?.code ?? 0) >= 300 || !(at > 0)) return undefined;
  return { at, event: readEvent(answer.data) };
}

const numbersOf = (id: string): number[] => id.split(".").map(Number);

/** Order of event ids: `seq.turn.index`. */
export function comesAfter(id: string, last: string): boolean {
  const [a, b] = [numbersOf(id), numbersOf(last)];
  for (let i = 0; i < 3; i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** Where reading begins: a moment, a journal message, or the oldest that is kept. */
export type Since = { readonly time: number } | { readonly seq: number } | "oldest";

const reached = (event: PublicEvent, since: Since): boolean =>
  since === "oldest" || ("time" in since ? event.time >= since.time : event.seq >= since.seq);

/** The place in the stream of the first kept event that is wanted; by halves, for both grow. */
async function firstPlace(nc: Connection, fleet: FleetId, since: Since): Promise<[number, number]> {
  const all = allEvents(fleet);
  const last = await keptMessage(nc, fleet, { last_by_subj: all });
  const first = await keptMessage(nc, fleet, { seq: 1, next_by_subj: all });
  if (last === undefined || first === undefined) return [1, 0];
  let [from, to] = [first.at, last.at + 1];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const held = await keptMessage(nc, fleet, { seq: middle, next_by_subj: all });
    if (held?.event === undefined || reached(held.event, since)) to = middle;
    else from = middle + 1;
  }
  return [from, last.at];
}

async function* kept(nc: Connection, fleet: FleetId, since: Since): AsyncGenerator<PublicEvent> {
  const [from, to] = await firstPlace(nc, fleet, since);
  for (let start = from; start <= to; start += WINDOW) {
    const seqs = Array.from({ length: Math.min(WINDOW, to - start + 1) }, (_, i) => start + i);
    const read = await Promise.all(seqs.map((seq) => keptMessage(nc, fleet, { seq })));
    for (const one of read) if (one?.event !== undefined) yield one.event;
  }
}

/** Events from now on. The first call of `next` has subscribed already. */
export function liveEvents(nc: Connection, fleet: FleetId): AsyncIterable<PublicEvent> {
  const subscription = nc.subscribe(allEvents(fleet));
  return {
    async *[Symbol.asyncIterator]() {
      for await (const message of subscription) {
        const event = readEvent(message.data);
        if (event !== undefined) yield event;
      }
    },
  };
}

/**
 * Kept events since then, followed by the live ones.
 *
 * @param nc with the rights of `observer`; the feed ends when it is closed.
 */
export async function* feed(
  nc: Connection,
  fleet: FleetId,
  since: Since | undefined,
): AsyncGenerator<PublicEvent> {
  const live = liveEvents(nc, fleet);
  let last = "0.0.0";
  if (since !== undefined) {
    // The subscription must stand before the kept ones are read, or some would fall between.
    await nc.flush();
    for await (const event of kept(nc, fleet, since)) {
      if (!comesAfter(event.id, last)) continue;
      last = event.id;
      yield event;
    }
  }
  for await (const event of live) {
    // Every journal message tells something: a number left out was lost on the way, and is kept.
    if (last !== "0.0.0" && event.seq > (numbersOf(last)[0] ?? 0) + 1) {
      for await (const missed of kept(nc, fleet, { seq: numbersOf(last)[0] ?? 0 })) {
        if (!comesAfter(missed.id, last)) continue;
        last = missed.id;
        yield missed;
      }
    }
    if (!comesAfter(event.id, last)) continue;
    last = event.id;
    yield event;
  }
}
