/** The journal in a JetStream stream: fenced by the expected last sequence, settled by hash. */

import type { NatsConnection } from "@nats-io/transport-node";
import { assert } from "../core/assert.ts";
import { untilEither } from "../core/either.ts";
import type { FleetId } from "../core/ids.ts";
import { PAYLOAD_BYTES_MAX } from "../core/limits.ts";
import { systemWireClock, type WireClock, wait } from "./clock.ts";
import {
  EMPTY_HEAD,
  FencedError,
  JournalBrokenError,
  type JournalEntry,
  type JournalHead,
  type JournalPort,
  JournalUnavailableError,
  sameHead,
  sha256,
} from "./journal.ts";
import { JournalReader } from "./journal-reader.ts";
import { API, BrokerAwayError, BrokerRefusedError, readMessage, storeMessage } from "./js-api.ts";
import type { StoredHint } from "./stored-hint.ts";
import { journalStream, journalSubject } from "./subjects.ts";

const NO_RIGHT = 403;
/** Room for the headers of one message. */
const HEADERS_BYTES = 1_024;

export interface JetStreamJournalOptions {
  /** With the rights of `c_journal` (or, to read only, `c_projector`). Stays the caller's. */
  readonly connection: NatsConnection;
  readonly fleet: FleetId;
  /** How long one request waits for its answer, ms. */
  readonly answerMs?: number;
  /** How long `append`, `head` and `read` try before the broker counts as away, ms. */
  readonly patienceMs?: number;
  readonly clock?: WireClock;
  /** First and longest wait between two looks at an idle journal, ms. */
  readonly idleMs?: readonly [number, number];
  /** Told of what is stored, where the writer is in this process: `follow` then looks at once. */
  readonly stored?: StoredHint;
}

/** The stream must be there already: see `provision`. */
export function jetStreamJournal(options: JetStreamJournalOptions): JournalPort {
  return new JetStreamJournal(options);
}

class JetStreamJournal implements JournalPort {
  readonly #nc: NatsConnection;
  readonly #stream: string;
  readonly #subject: string;
  readonly #answerMs: number;
  readonly #patienceMs: number;
  readonly #clock: WireClock;
  readonly #reader: JournalReader;
  readonly #closed = new AbortController();
  /** False at first and after every reconnect: another broker, or another disk, may answer now. */
  #tailKnown = false;
  #appending = false;
  /** Aborted while the connection is broken: what is asked then is lost, and would be waited for. */
  #link = new AbortController();

  constructor(options: JetStreamJournalOptions) {
    this.#nc = options.connection;
    this.#stream = journalStream(options.fleet);
    this.#subject = journalSubject(options.fleet);
    this.#answerMs = options.answerMs ?? 2_000;
    this.#patienceMs = options.patienceMs ?? 30_000;
    this.#clock = options.clock ?? systemWireClock;
    this.#reader = new JournalReader(this.#nc, this.#stream, {
      answerMs: this.#answerMs,
      patienceMs: this.#patienceMs,
      clock: this.#clock,
      ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }),
      ...(options.stored === undefined ? {} : { stored: options.stored }),
    });
    void this.#watchReconnects();
  }

  async #watchReconnects(): Promise<void> {
    for await (const status of this.#nc.status()) {
      if (status.type !== "disconnect" && status.type !== "reconnect") continue;
      this.#tailKnown = false;
      if (status.type === "disconnect") this.#link.abort();
      else this.#link = new AbortController();
    }
  }

  head(): Promise<JournalHead> {
    return this.#patiently(() => this.#tail());
  }

  #tail(): Promise<JournalHead> {
    return this.#whileConnected(() => this.#readTail());
  }

  /** The last message as the stream's leader has it. */
  async #readTail(): Promise<JournalHead> {
    const which = { last_by_subj: this.#subject };
    const first = await readMessage(this.#nc, this.#stream, which, this.#answerMs);
    const lastSeq = first === undefined ? await this.#reader.lastSeq() : first.seq;
    if (lastSeq === 0) return EMPTY_HEAD;
    // The first message may have been stored between the two questions.
    const last = first ?? (await readMessage(this.#nc, this.#stream, which, this.#answerMs));
    if (last !== undefined) return { seq: last.seq, hash: sha256(last.bytes) };
    throw new JournalBrokenError(`the stream says ${lastSeq} messages and has no last one`);
  }

  async append(expected: JournalHead, bytes: Uint8Array): Promise<JournalHead> {
    assert(!this.#appending, "one append is under way at a time");
    assert(bytes.length <= PAYLOAD_BYTES_MAX - HEADERS_BYTES, "a batch fits a message");
    const next: JournalHead = { seq: expected.seq + 1, hash: sha256(bytes) };
    this.#appending = true;
    try {
      return await this.#store(expected, next, bytes);
    } finally {
      this.#appending = false;
    }
  }

  async #store(expected: JournalHead, next: JournalHead, bytes: Uint8Array): Promise<JournalHead> {
    const deadline = this.#clock.mono() + this.#patienceMs;
    let sent = false;
    for (;;) {
      try {
        if (!this.#tailKnown && (await this.#settle(expected, next)) === "stored") return next;
        this.#tailKnown = true;
        sent = true;
        const seq = await this.#publish(expected, next, bytes);
        if (seq === next.seq) return next;
        throw new JournalBrokenError(`stored as ${seq} what follows ${expected.seq}`);
      } catch (fault) {
        if (!(fault instanceof BrokerAwayError)) throw this.#translated(fault);
        this.#tailKnown = false;
        if (this.#clock.mono() > deadline || this.#nc.isClosed() || this.#closed.signal.aborted) {
          throw new JournalUnavailableError(fault.message, sent ? "unknown" : "absent", {
            cause: fault,
          });
        }
        await wait(this.#clock, 50);
      }
    }
  }

  /** Asks only on a connection that stands, and waits only while it does. @throws BrokerAwayError */
  #whileConnected<T>(ask: () => Promise<T>): Promise<T> {
    const { signal } = this.#link;
    return new Promise((resolve, reject) => {
      const broken = (): void => reject(new BrokerAwayError("the connection is broken"));
      if (signal.aborted) return broken();
      signal.addEventListener("abort", broken, { once: true });
      ask()
        .then(resolve, reject)
        .finally(() => signal.removeEventListener("abort", broken));
    });
  }

  /** @throws BrokerAwayError outcome unknown */
  async #publish(expected: JournalHead, next: JournalHead, bytes: Uint8Array): Promise<number> {
    try {
      // The same batch in the same place has the same name, however often it is sent.
      const id = `${next.seq}.${next.hash}`;
      const options = { stream: this.#stream, lastSeq: expected.seq, id };
      const stored = await this.#whileConnected(() =>
        storeMessage(this.#nc, this.#subject, bytes, options, this.#answerMs),
      );
      // Stored by an earlier try; whether it is still the last one is not said.
      if (!stored.duplicate) return stored.seq;
    } catch (fault) {
      if (!(fault instanceof BrokerRefusedError) || fault.number !== API.wrongLastSequence) {
        throw fault;
      }
      // Outside the broker's memory of names our own stored batch is refused like a stranger's.
    }
    if ((await this.#settle(expected, next)) === "stored") return next.seq;
    throw new BrokerAwayError(`refused as out of sequence, though ${expected.seq} is the last`);
  }

  /**
   * Reads the tail back and says where `next` is.
   *
   * @throws FencedError when another message stands there, or after it; JournalBrokenError when the
   *   stream is shorter or other than expected.
   */
  async #settle(expected: JournalHead, next: JournalHead): Promise<"stored" | "absent"> {
    const tail = await this.#tail();
    if (sameHead(tail, next)) return "stored";
    if (sameHead(tail, expected)) return "absent";
    if (tail.seq > expected.seq) {
      throw new FencedError(`the journal is at ${tail.seq}, past ${expected.seq}`);
    }
    throw new JournalBrokenError(`the journal ends at ${tail.seq}, otherwise than ${expected.seq}`);
  }

  #translated(fault: unknown): unknown {
    if (!(fault instanceof BrokerRefusedError) || fault.number === NO_RIGHT) return fault;
    if (fault.number === API.streamNotFound) {
      return new JournalBrokenError(`stream ${this.#stream} is gone`, { cause: fault });
    }
    return new JournalUnavailableError(fault.message, "absent", { cause: fault });
  }

  read(fromSeq: number): AsyncIterable<JournalEntry> {
    return this.#reader.read(fromSeq);
  }

  follow(fromSeq: number, signal: AbortSignal): AsyncIterable<JournalEntry> {
    return untilEither(signal, this.#closed.signal, (ended) => this.#reader.follow(fromSeq, ended));
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    const deadline = this.#clock.mono() + this.#patienceMs;
    for (;;) {
      try {
        return await work();
      } catch (fault) {
        if (!(fault instanceof BrokerAwayError)) throw this.#translated(fault);
        if (this.#clock.mono() > deadline || this.#nc.isClosed()) {
          throw new JournalUnavailableError(fault.message, "absent", { cause: fault });
        }
        await wait(this.#clock, 50);
      }
    }
  }
}
