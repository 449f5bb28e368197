/** The simulated broker's streams: journal, kept events and the coordinators' records, with their faults. */
import type { FleetId } from "../core/ids.ts";
import { API } from "../wire/js-api.ts";
import { coreStream, eventStream, journalStream, journalSubject } from "../wire/subjects.ts";
import type { Chance } from "./chance.ts";
import type { Counts } from "./counts.ts";
import { type SimHeaders, SimMsg } from "./message.ts";
import { EPOCH, type SimTime } from "./time.ts";

export interface StreamRates {
  /** Chance that the answer to a stored append is lost. */
  readonly ackLost: number;
  /** Chance that the disk refuses an append. */
  readonly diskFull: number;
  /** Chance that an answer takes up to this long, ms: a slow disk. */
  readonly stall: number;
  readonly stallMs: number;
}

export const SOUND: StreamRates = { ackLost: 0, diskFull: 0, stall: 0, stallMs: 0 };

/** How long the broker remembers the ids of messages, ms. */
export const DEDUPE_MS = 120_000;

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value), "utf8");
const refusal = (number: number, description: string, code = 400): Uint8Array =>
  json({ error: { code, err_code: number, description } });

interface Known {
  readonly seq: number;
  readonly at: number;
}

export interface StreamsOptions {
  readonly fleet: FleetId;
  readonly time: SimTime;
  readonly chance: Chance;
  readonly counts: Counts;
  /** Told of every journal message the moment it is stored. */
  readonly onStored: (seq: number, bytes: Uint8Array) => void;
  /** Told of every public event that is kept. */
  readonly onEvent: (subject: string, bytes: Uint8Array) => void;
}

export class SimStreams {
  rates: StreamRates = SOUND;
  /** The journal as the disk holds it; a fault may change it. */
  readonly journal: Uint8Array[] = [];
  /** Events kept, counted; and the last of them. */
  events = 0;
  readonly #options: StreamsOptions;
  readonly #subject: string;
  readonly #eventPrefix: string;
  /** What its streams are asked on. */
  readonly #api: Readonly<Record<"journal" | "records" | "events" | "state" | "direct", string>>;
  readonly #ids = new Map<string, Known>();
  readonly #eventIds = new Map<string, Known>();
  #lastEvent: { readonly id: string; readonly bytes: Uint8Array } | undefined;
  readonly #keys = new Map<string, { seq: number; bytes: Uint8Array; at: number }>();
  #keySeq = 0;

  constructor(options: StreamsOptions) {
    this.#options = options;
    this.#subject = journalSubject(options.fleet);
    this.#eventPrefix = `fleet.${options.fleet}.evt.`;
    const { fleet } = options;
    this.#api = {
      journal: `$JS.API.STREAM.MSG.GET.${journalStream(fleet)}`,
      records: `$JS.API.STREAM.MSG.GET.${coreStream(fleet)}`,
      events: `$JS.API.STREAM.MSG.GET.${eventStream(fleet)}`,
      state: `$JS.API.STREAM.INFO.${journalStream(fleet)}`,
      direct: `$JS.API.DIRECT.GET.${journalStream(fleet)}`,
    };
  }

  /** Does a request on this subject also reach ordinary listeners? */
  publishes(subject: string): boolean {
    return subject.startsWith(this.#eventPrefix);
  }

  losesAnswer(subject: string): boolean {
    if (subject !== this.#subject || !this.#options.chance.hit(this.rates.ackLost)) return false;
    this.#options.counts.fired("ack-lost");
    return true;
  }

  stall(subject: string): number {
    const { chance, counts } = this.#options;
    if (subject !== this.#subject || !chance.hit(this.rates.stall)) return 0;
    counts.fired("slow-disk");
    return chance.between(0, this.rates.stallMs);
  }

  ask(subject: string, payload: Uint8Array, headers?: SimHeaders): SimMsg {
    if (subject === this.#subject) return answerOf(this.#append(payload, headers));
    if (subject.startsWith(this.#eventPrefix))
      return answerOf(this.#event(subject, payload, headers));
    if (subject.startsWith("$KV.")) return answerOf(this.#put(subject, payload, headers));
    const which = (): { seq?: number; last_by_subj?: string } =>
      JSON.parse(Buffer.from(payload).toString("utf8")) as object;
    switch (subject) {
      case this.#api.direct:
        return this.#direct(which().seq ?? 0);
      case this.#api.journal:
        return answerOf(this.#getJournal(which().seq ?? this.journal.length));
      case this.#api.records:
        return answerOf(this.#getKey(which().last_by_subj ?? ""));
      case this.#api.events:
        return answerOf(this.#getEvent());
      case this.#api.state: {
        const last = this.journal.length;
        return answerOf(json({ state: { first_seq: 1, last_seq: last, messages: last } }));
      }
      default:
        return answerOf(refusal(404, `nobody answers ${subject}`, 404));
    }
  }

  #append(bytes: Uint8Array, headers?: SimHeaders): Uint8Array {
    const { chance, counts, time, onStored } = this.#options;
    const id = headers?.get?.("Nats-Msg-Id") ?? "";
    const known = this.#ids.get(id);
    // Inside its memory of ids the broker answers before it looks at what is expected.
    if (id !== "" && known !== undefined && time.now - known.at <= DEDUPE_MS) {
      return json({ stream: "J", seq: known.seq, duplicate: true });
    }
    if (chance.hit(this.rates.diskFull)) {
      counts.fired("disk-full");
      return refusal(10_023, "insufficient resources", 503);
    }
    const expected = headers?.get?.("Nats-Expected-Last-Sequence") ?? "";
    const last = this.journal.length;
    if (expected !== "" && Number(expected) !== last) {
      return refusal(API.wrongLastSequence, `wrong last sequence: ${last}`);
    }
    const kept = new Uint8Array(bytes);
    this.journal.push(kept);
    this.#ids.set(id, { seq: last + 1, at: time.now });
    onStored(last + 1, kept);
    return json({ stream: "J", seq: last + 1 });
  }

  #event(subject: string, bytes: Uint8Array, headers?: SimHeaders): Uint8Array {
    const { time, onEvent } = this.#options;
    const id = headers?.get?.("Nats-Msg-Id") ?? "";
    const known = this.#eventIds.get(id);
    if (known !== undefined && time.now - known.at <= DEDUPE_MS) {
      return json({ stream: "E", seq: known.seq, duplicate: true });
    }
    const before = headers?.get?.("Nats-Expected-Last-Msg-Id") ?? "";
    if (before !== "" && before !== this.#lastEvent?.id) {
      return refusal(10_070, `wrong last msg ID: ${this.#lastEvent?.id}`);
    }
    this.events += 1;
    this.#eventIds.set(id, { seq: this.events, at: time.now });
    this.#lastEvent = { id, bytes };
    onEvent(subject, bytes);
    return json({ stream: "E", seq: this.events });
  }

  #put(subject: string, bytes: Uint8Array, headers?: SimHeaders): Uint8Array {
    const expected = headers?.get?.("Nats-Expected-Last-Subject-Sequence") ?? "";
    const last = this.#keys.get(subject)?.seq ?? 0;
    if (expected !== "" && Number(expected) !== last) {
      return refusal(API.wrongLastSequence, `wrong last sequence: ${last}`);
    }
    this.#keySeq += 1;
    this.#keys.set(subject, { seq: this.#keySeq, bytes, at: this.#options.time.now });
    return json({ stream: "K", seq: this.#keySeq });
  }

  #getJournal(seq: number): Uint8Array {
    const bytes = this.journal[seq - 1];
    return bytes === undefined ? NO_MESSAGE : message(seq, bytes);
  }

  #getKey(subject: string): Uint8Array {
    const held = this.#keys.get(subject);
    return held === undefined ? NO_MESSAGE : message(held.seq, held.bytes, held.at);
  }

  #getEvent(): Uint8Array {
    return this.#lastEvent === undefined ? NO_MESSAGE : message(this.events, this.#lastEvent.bytes);
  }

  #direct(seq: number): SimMsg {
    const bytes = this.journal[seq - 1];
    const code = bytes === undefined ? 404 : 0;
    const headers = { code, get: (name: string) => (name === "Nats-Sequence" ? `${seq}` : "") };
    return new SimMsg("", bytes ?? new Uint8Array(), undefined, headers);
  }

  /** Whoever holds the lease by the record, for the checkers. */
  record(subject: string): Uint8Array | undefined {
    return this.#keys.get(subject)?.bytes;
  }

  /** Forgets the ids it has seen: what is sent again is then known only by its place. */
  forgetIds(): void {
    this.#ids.clear();
  }
}

const answerOf = (data: Uint8Array): SimMsg => new SimMsg("", data);
const NO_MESSAGE = refusal(API.noMessage, "no message found", 404);
/** The broker's clock is the right one. */
const message = (seq: number, bytes: Uint8Array, at?: number): Uint8Array => {
  const time = at === undefined ? {} : { time: new Date(EPOCH + at).toISOString() };
  return json({ message: { seq, data: Buffer.from(bytes).toString("base64"), ...time } });
};
