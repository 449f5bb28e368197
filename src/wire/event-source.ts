/** Reads public events back with an observer's rights: the kept ones one by one, and live. */
import { errors, type NatsConnection } from "@nats-io/transport-node";
import type { FleetId } from "../core/ids.ts";
import { allEvents, eventStream } from "./subjects.ts";

/** One kept event: its place in the stream, and its JSON. */
export interface KeptMessage {
  readonly at: number;
  readonly bytes: Uint8Array;
}

export interface EventSource {
  /** The kept event at this place, or the first after it. None: undefined when there is none. */
  from(at: number): Promise<KeptMessage | undefined>;
  /** The newest kept event. None: undefined when none is kept. */
  last(): Promise<KeptMessage | undefined>;
  /** Events from the call on, as JSON; ends when the connection is closed. */
  live(): AsyncIterable<Uint8Array>;
  /** Whether its connection was closed: what it is asked then fails, and nothing is wrong. */
  isClosed(): boolean;
}

const ANSWER_MS = 3_000;

/** Nobody keeps events yet: the fleet is just coming up for the first time. */
const isNobodyThere = (fault: unknown): boolean =>
  fault instanceof errors.NoRespondersError ||
  (fault instanceof Error && fault.cause instanceof errors.NoRespondersError);

/** @param nc with the rights of `observer`; stays the caller's. */
export function eventSource(nc: NatsConnection, fleet: FleetId): EventSource {
  const all = allEvents(fleet);
  const direct = `$JS.API.DIRECT.GET.${eventStream(fleet)}`;
  const get = async (which: object): Promise<KeptMessage | undefined> => {
    try {
      const answer = await nc.request(direct, JSON.stringify(which), { timeout: ANSWER_MS });
      const at = Number(answer.headers?.get("Nats-Sequence"));
      const none = (answer.headers?.code ?? 0) >= 300 || !(at > 0);
      return none ? undefined : { at, bytes: answer.data };
    } catch (fault) {
      if (isNobodyThere(fault)) return undefined;
      throw fault;
    }
  };
  return {
    from: (at) => get({ seq: at, next_by_subj: all }),
    last: () => get({ last_by_subj: all }),
    isClosed: () => nc.isClosed(),
    live: () => {
      const subscription = nc.subscribe(all);
      return {
        async *[Symbol.asyncIterator]() {
          for await (const message of subscription) yield message.data;
        },
      };
    },
  };
}
