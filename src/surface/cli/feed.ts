/** Public events as an observer reads them: the kept ones first, then live, each once, in order. */
import type { PublicEvent } from "../../protocol/public.ts";
import type { EventSource, KeptMessage } from "../../wire/event-source.ts";
import { readEvent } from "./fields.ts";

/** Kept events asked for at once. */
const WINDOW = 64;

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

const eventOf = (message: KeptMessage | undefined): PublicEvent | undefined =>
  message && readEvent(message.bytes);

/** The first and last place of the kept events that are wanted; by halves, for both grow. */
async function wantedPlaces(source: EventSource, since: Since): Promise<[number, number]> {
  const [first, last] = [await source.from(1), await source.last()];
  if (last === undefined || first === undefined) return [1, 0];
  let [from, to] = [first.at, last.at + 1];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const held = eventOf(await source.from(middle));
    if (held === undefined || reached(held, since)) to = middle;
    else from = middle + 1;
  }
  return [from, last.at];
}

async function* kept(source: EventSource, since: Since): AsyncGenerator<PublicEvent> {
  const [from, to] = await wantedPlaces(source, since);
  for (let start = from; start <= to; start += WINDOW) {
    const places = Array.from({ length: Math.min(WINDOW, to - start + 1) }, (_, i) => start + i);
    for (const message of await Promise.all(places.map((at) => source.from(at)))) {
      const event = eventOf(message);
      if (event !== undefined) yield event;
    }
  }
}

/**
 * Kept events since then, if any are wanted, followed by the live ones until the source ends, which may be
 * in the middle of the kept ones.
 *
 * @throws what the source threw while it was open.
 */
export async function* feed(
  source: EventSource,
  since: Since | undefined,
): AsyncGenerator<PublicEvent> {
  try {
    yield* keptThenLive(source, since);
  } catch (fault) {
    if (!source.isClosed()) throw fault;
  }
}

async function* keptThenLive(
  source: EventSource,
  since: Since | undefined,
): AsyncGenerator<PublicEvent> {
  // The subscription must stand before the kept ones are read, or some would fall between.
  const live = source.live();
  let last: string | undefined;
  const after = (event: PublicEvent): boolean => {
    if (last !== undefined && !comesAfter(event.id, last)) return false;
    last = event.id;
    return true;
  };
  if (since !== undefined) {
    for await (const event of kept(source, since)) if (after(event)) yield event;
  }
  for await (const bytes of live) {
    const event = readEvent(bytes);
    if (event === undefined) continue;
    const seq = last === undefined ? event.seq : (numbersOf(last)[0] ?? 0);
    // Every journal message tells something: a number left out was lost on the way, and is kept.
    if (event.seq > seq + 1) {
      for await (const missed of kept(source, { seq })) if (after(missed)) yield missed;
    }
    if (after(event)) yield event;
  }
}
