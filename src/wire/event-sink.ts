/** Publishes public events into their stream, in order: the broker refuses one that does not follow. */
import { headers, type NatsConnection } from "@nats-io/transport-node";
import type { AgentId, FleetId, MarketId } from "../core/ids.ts";
import { readMessage } from "./js-api.ts";
import { allEvents, eventStream, eventSubject, markSubject, riskSubject } from "./subjects.ts";

/** What a public event needs to be sent. */
export interface SentEvent {
  readonly id: string;
  readonly agent: string;
  readonly type: string;
}

export interface EventSink {
  /** Where the kept events end: journal message and id; 0 and "" when there are none. */
  last(): Promise<{ readonly seq: number; readonly id: string }>;
  /** Sends without waiting. Events leave in the order of the calls. */
  publish(event: SentEvent): void;
  /** Resolves when all that was sent is kept. Rejects when one was not: begin again from `last`. */
  settled(): Promise<void>;
  /** Not kept: the newest mark and the newest risk snapshot matter, older ones do not. */
  mark(market: MarketId, mark: object): void;
  risk(snapshot: object): void;
}

const ANSWER_MS = 5_000;
const encoder = new TextEncoder();

/** @param nc with the rights of `c_projector`; stays the caller's. */
export function eventSink(nc: NatsConnection, fleet: FleetId): EventSink {
  const stream = eventStream(fleet);
  let before: string | undefined;
  let waiting: Promise<unknown>[] = [];
  const json = (value: object): Uint8Array => encoder.encode(JSON.stringify(value));

  return {
    last: async () => {
      waiting = [];
      const stored = await readMessage(nc, stream, { last_by_subj: allEvents(fleet) }, ANSWER_MS);
      if (stored === undefined) {
        before = undefined;
        return { seq: 0, id: "" };
      }
      const event = JSON.parse(new TextDecoder().decode(stored.bytes)) as {
        seq: number;
        id: string;
      };
      before = event.id;
      return { seq: event.seq, id: event.id };
    },
    publish: (event) => {
      const hdrs = headers();
      hdrs.set("Nats-Msg-Id", event.id);
      hdrs.set("Nats-Expected-Stream", stream);
      // A lost event makes every later one fail, so that nothing is kept out of order.
      if (before !== undefined) hdrs.set("Nats-Expected-Last-Msg-Id", before);
      before = event.id;
      const subject = eventSubject(fleet, event.agent as AgentId, event.type);
      const kept = nc.request(subject, json(event), { timeout: ANSWER_MS, headers: hdrs });
      waiting.push(kept.then((answer) => refuseFault(event.id, answer.string())));
    },
    settled: async () => {
      const all = waiting;
      waiting = [];
      const fault = (await Promise.allSettled(all)).find((one) => one.status === "rejected");
      if (fault?.status === "rejected") throw fault.reason;
    },
    mark: (market, mark) => nc.publish(markSubject(fleet, market), json(mark)),
    risk: (snapshot) => nc.publish(riskSubject(fleet), json(snapshot)),
  };
}

function refuseFault(id: string, answer: string): void {
  const { error } = JSON.parse(answer) as { error?: { description?: string } };
  if (error !== undefined)
    throw new Error(`event ${id} was not kept: ${error.description ?? answer}`);
}
