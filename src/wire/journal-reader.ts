/** Reads the journal message by message, so that no reconnect can lose, repeat or reorder one. */
import type { NatsConnection } from "@nats-io/transport-node";
import { type WireClock, wait } from "./clock.ts";
import {
  JournalBrokenError,
  type JournalEntry,
  JournalUnavailableError,
  sha256,
} from "./journal.ts";
import {
  API,
  BrokerAwayError,
  BrokerRefusedError,
  readDirect,
  readMessage,
  streamState,
} from "./js-api.ts";
import type { StoredHint } from "./stored-hint.ts";

/** Requests under way at once while catching up. */
const WINDOW = 32;
/** Waits between two looks at an idle journal, ms: doubled from the first to the last. */
const IDLE_MIN_MS = 1;
const IDLE_MAX_MS = 32;
/** The longest where a hint says when to look: only what it missed waits so long. */
const IDLE_TOLD_MS = 250;
/** After so many idle looks in a row the stream is asked whether it went backwards. */
const IDLE_CHECK = 32;

export interface ReaderOptions {
  readonly answerMs: number;
  readonly patienceMs: number;
  readonly clock: WireClock;
  /** First and longest wait between two looks at an idle journal, ms. */
  readonly idleMs?: readonly [number, number];
  /** Told of what is stored, where the writer is in this process. */
  readonly stored?: StoredHint;
}

export class JournalReader {
  readonly #nc: NatsConnection;
  readonly #stream: string;
  readonly #answerMs: number;
  readonly #patienceMs: number;
  readonly #clock: WireClock;
  readonly #idleMs: readonly [number, number];
  readonly #stored: StoredHint | undefined;

  constructor(nc: NatsConnection, stream: string, options: ReaderOptions) {
    this.#nc = nc;
    this.#stream = stream;
    this.#answerMs = options.answerMs;
    this.#patienceMs = options.patienceMs;
    this.#clock = options.clock;
    this.#stored = options.stored;
    this.#idleMs = options.idleMs ?? [
      IDLE_MIN_MS,
      options.stored === undefined ? IDLE_MAX_MS : IDLE_TOLD_MS,
    ];
  }

  /** How many messages the stream counts. @throws BrokerAwayError, JournalBrokenError */
  async lastSeq(): Promise<number> {
    try {
      return (await streamState(this.#nc, this.#stream, this.#answerMs)).lastSeq;
    } catch (fault) {
      if (fault instanceof BrokerRefusedError && fault.number === API.streamNotFound) {
        throw new JournalBrokenError(`stream ${this.#stream} is gone`, { cause: fault });
      }
      throw fault;
    }
  }

  async *read(fromSeq: number): AsyncGenerator<JournalEntry> {
    const signal = new AbortController().signal;
    const to = await this.#patiently(() => this.lastSeq(), signal, this.#patienceMs);
    yield* this.#range(Math.max(1, fromSeq), to, signal, this.#patienceMs);
  }

  async *follow(fromSeq: number, signal: AbortSignal): AsyncGenerator<JournalEntry> {
    let next = Math.max(1, fromSeq);
    const forEver = Number.POSITIVE_INFINITY;
    try {
      while (!signal.aborted) {
        const to = await this.#patiently(() => this.lastSeq(), signal, forEver);
        if (to < next - 1) {
          throw new JournalBrokenError(`the journal went back to ${to}, ${next - 1} was read`);
        }
        for await (const entry of this.#range(next, to, signal, forEver)) {
          next = entry.seq + 1;
          yield entry;
        }
        for await (const entry of this.#live(next, signal)) {
          next = entry.seq + 1;
          yield entry;
        }
      }
    } catch (fault) {
      if (!signal.aborted) throw fault;
    }
  }

  /** Messages as they come, until it has been quiet for a while. */
  async *#live(from: number, signal: AbortSignal): AsyncGenerator<JournalEntry> {
    let next = from;
    const [shortest, longest] = this.#idleMs;
    let pause = shortest;
    let found = false;
    for (let idle = 0; idle < IDLE_CHECK; ) {
      // All that this process stored is read: before it is told of more there is nothing to look for.
      const told = this.#stored?.seq === next - 1;
      const entry: JournalEntry | undefined =
        found && told ? undefined : await this.#look(next, signal);
      found = entry !== undefined;
      if (entry === undefined) {
        await this.#rest(next, told ? longest : pause, signal);
        pause = Math.min(pause * 2, longest);
        idle += 1;
      } else {
        next += 1;
        idle = 0;
        pause = shortest;
        yield entry;
      }
    }
  }

  #look(seq: number, signal: AbortSignal): Promise<JournalEntry | undefined> {
    return this.#patiently(() => this.#direct(seq), signal, Number.POSITIVE_INFINITY);
  }

  /** Until something may be there. What is known to be stored is on its way to this replica. */
  #rest(next: number, pause: number, signal: AbortSignal): Promise<void> {
    const hint = this.#stored;
    if (hint === undefined) return wait(this.#clock, pause, signal);
    return hint.rest(this.#clock, hint.seq < next ? pause : this.#idleMs[0], signal);
  }

  async *#range(
    from: number,
    to: number,
    signal: AbortSignal,
    patienceMs: number,
  ): AsyncGenerator<JournalEntry> {
    const window: Promise<JournalEntry>[] = [];
    for (let next = from; next <= to || window.length > 0; ) {
      for (; next <= to && window.length < WINDOW; next++) {
        const seq = next;
        const entry = this.#patiently(() => this.#certain(seq), signal, patienceMs);
        entry.catch(() => undefined); // It is told when its turn comes, if anybody still asks.
        window.push(entry);
      }
      yield await (window.shift() as Promise<JournalEntry>);
    }
  }

  async #direct(seq: number): Promise<JournalEntry | undefined> {
    const stored = await readDirect(this.#nc, this.#stream, seq, this.#answerMs);
    return stored && { seq, bytes: stored.bytes, hash: sha256(stored.bytes) };
  }

  /** A message that must be there. A replica may be behind; the leader has the last word. */
  async #certain(seq: number): Promise<JournalEntry> {
    const near = await this.#direct(seq);
    if (near !== undefined) return near;
    const stored = await readMessage(this.#nc, this.#stream, { seq }, this.#answerMs);
    if (stored === undefined) throw new JournalBrokenError(`message ${seq} is missing`);
    return { seq, bytes: stored.bytes, hash: sha256(stored.bytes) };
  }

  async #patiently<T>(work: () => Promise<T>, signal: AbortSignal, patienceMs: number): Promise<T> {
    const deadline = this.#clock.mono() + patienceMs;
    for (;;) {
      try {
        return await work();
      } catch (fault) {
        if (!(fault instanceof BrokerAwayError)) throw fault;
        if (this.#clock.mono() > deadline || this.#nc.isClosed()) {
          throw new JournalUnavailableError(fault.message, "absent", { cause: fault });
        }
        await wait(this.#clock, 50, signal);
      }
    }
  }
}
