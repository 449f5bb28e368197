/** Who leads a fleet: one fenced record in the KV bucket, judged by each one's own steady clock. */
import { setTimeout as delay } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import type { FleetId } from "../core/ids.ts";
import { API, BrokerAwayError, BrokerRefusedError, readMessage, storeMessage } from "./js-api.ts";
import { coreStream, coreSubject } from "./subjects.ts";

/** What the record says. */
export interface LeaseRecord {
  /** Grows by one with each new leader; names its time of leading for ever. */
  readonly epoch: number;
  /** Who leads; empty when the last one has left of its own will. */
  readonly holder: string;
  /** For people: wall time until which the holder means to lead, epoch ms. Never judged by. */
  readonly until: number;
}

/** Clocks, given. Only differences of `monotonic` decide anything. */
export interface LeaseClock {
  /** Milliseconds that never go back and never jump. */
  monotonic(): number;
  /** Epoch milliseconds. */
  wall(): number;
  /** Resolves after `ms` by `monotonic`, rejects at once when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

const systemClock: LeaseClock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
};

/** Where the record is kept: read by the leader of the bucket, written only over what was read. */
export interface LeaseStore {
  /** When the broker stored the record as it is now, by its clock. None: absent where it is not told. */
  storedAt?(): Promise<{ readonly record: LeaseRecord; readonly at: number } | undefined>;
  /** None: undefined when nobody has ever led. `revision` is another one after each write. */
  read(): Promise<{ readonly record: LeaseRecord; readonly revision: number } | undefined>;
  /** None: undefined when the record is no longer the one of `revision` (0: never written). */
  write(record: LeaseRecord, revision: number): Promise<number | undefined>;
}

export interface LeaseOptions {
  readonly store: LeaseStore;
  readonly holder: string;
  readonly clock?: LeaseClock;
  /** A leader that was not heard of for so long is taken over, ms. */
  readonly ttlMs?: number;
  /** True when a holder is proven dead: then nobody waits for its time to end. */
  readonly isDead?: (holder: string) => boolean;
  /** Told each time the store does not answer. */
  readonly onFault?: (fault: unknown) => void;
}

/** This process leads until `lost` resolves or it lets go. */
export interface Leadership {
  readonly epoch: number;
  /**
   * Whether the leader may still act outside: its last renewal is younger than the time after which
   * another may take over, less the margin for clocks that run unevenly. To be asked before every
   * effect: a process that was stopped for a minute finds out here, before it does harm.
   */
  isFresh(): boolean;
  /**
   * How far this process's wall clock is ahead of the broker's, ms; negative where it is behind. As
   * exact as a renewal takes. None: undefined where the broker does not tell.
   */
  skewMs(): Promise<number | undefined>;
  /** Resolves with the reason when leadership is over. Never rejects. */
  readonly lost: Promise<string>;
  /** Lets go, so that a standby need not wait. Resolves when that is written, or cannot be. */
  release(): Promise<void>;
}

/** Share of the time to live by which a leader stops earlier than a standby starts. */
const MARGIN = 0.25;
const RENEWALS_PER_TTL = 4;

/**
 * Waits until this process leads: at once when nobody does, else when the leader lets go, is proven
 * dead, or its record has not changed for the whole time to live by this process's own clock.
 *
 * Leading alone fences nothing: the journal's expected sequence does. The lease keeps two
 * coordinators from fighting, and a stale one from acting outside.
 *
 * @throws the signal's reason when aborted while waiting.
 */
export async function acquireLease(
  options: LeaseOptions,
  signal: AbortSignal,
): Promise<Leadership> {
  const clock = options.clock ?? systemClock;
  const ttlMs = options.ttlMs ?? 3_000;
  let seen: number | undefined;
  let since = clock.monotonic();
  for (;;) {
    signal.throwIfAborted();
    try {
      const asked = clock.monotonic();
      const stored = await options.store.read();
      const revision = stored?.revision ?? 0;
      if (revision !== seen) {
        seen = revision;
        since = clock.monotonic();
      }
      const holder = stored?.record.holder ?? "";
      const free = holder === "" || (options.isDead?.(holder) ?? false);
      // `asked`: the record was unchanged at that moment at the latest.
      if (free || asked - since >= ttlMs) {
        const led = await lead(options, clock, ttlMs, (stored?.record.epoch ?? 0) + 1, revision);
        if (led !== undefined) return led;
        continue; // Somebody was faster: look who.
      }
    } catch (fault) {
      if (signal.aborted || !(fault instanceof BrokerAwayError)) throw fault;
      options.onFault?.(fault);
      // What was not seen cannot be judged: the wait begins anew.
      seen = undefined;
    }
    await clock.sleep(ttlMs / RENEWALS_PER_TTL, signal);
  }
}

async function lead(
  options: LeaseOptions,
  clock: LeaseClock,
  ttlMs: number,
  epoch: number,
  over: number,
): Promise<Leadership | undefined> {
  // Counted from before the request: nobody else can have seen this record earlier.
  const begun = clock.monotonic();
  const record = (): LeaseRecord => ({
    epoch,
    holder: options.holder,
    until: clock.wall() + ttlMs,
  });
  const first = await options.store.write(record(), over);
  if (first === undefined) return undefined;
  return new Leader(options, clock, ttlMs, epoch, record, first, begun);
}

class Leader implements Leadership {
  readonly epoch: number;
  readonly lost: Promise<string>;
  readonly #options: LeaseOptions;
  readonly #clock: LeaseClock;
  readonly #ttlMs: number;
  readonly #record: () => LeaseRecord;
  readonly #end = new AbortController();
  readonly #renewing: Promise<void>;
  #revision: number;
  #renewed: number;
  #resolveLost: (reason: string) => void = () => undefined;

  constructor(
    options: LeaseOptions,
    clock: LeaseClock,
    ttlMs: number,
    epoch: number,
    record: () => LeaseRecord,
    revision: number,
    renewed: number,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.epoch = epoch;
    this.#record = record;
    this.#revision = revision;
    this.#renewed = renewed;
    this.lost = new Promise((resolve) => {
      this.#resolveLost = resolve;
    });
    this.#renewing = this.#renew();
  }

  isFresh(): boolean {
    const age = this.#clock.monotonic() - this.#renewed;
    return !this.#end.signal.aborted && age < this.#ttlMs * (1 - MARGIN);
  }

  async skewMs(): Promise<number | undefined> {
    const stored = await this.#options.store.storedAt?.();
    // The record says until when it was meant to hold, counted from the wall clock of that moment.
    if (stored?.record.epoch !== this.epoch) return undefined;
    return stored.record.until - this.#ttlMs - stored.at;
  }

  async #renew(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        await this.#clock.sleep(this.#ttlMs / RENEWALS_PER_TTL, signal);
        if (!(await this.#renewOnce())) return this.#stop("another coordinator took the lease");
      } catch (fault) {
        if (signal.aborted) return;
        if (!(fault instanceof BrokerAwayError)) return this.#stop(`the lease broke: ${fault}`);
        this.#options.onFault?.(fault);
        // Not given up: while the broker is away nobody takes over, and `isFresh` says no by then.
      }
    }
  }

  async #renewOnce(): Promise<boolean> {
    const begun = this.#clock.monotonic();
    const revision = await this.#options.store.write(this.#record(), this.#revision);
    if (revision !== undefined) {
      this.#revision = revision;
      this.#renewed = begun;
      return true;
    }
    // An earlier renewal whose answer was lost may stand there.
    const stored = await this.#options.store.read();
    const { epoch, holder } = stored?.record ?? { epoch: 0, holder: "" };
    if (stored === undefined || epoch !== this.epoch || holder !== this.#options.holder)
      return false;
    this.#revision = stored.revision;
    return true;
  }

  #stop(reason: string): void {
    this.#end.abort();
    this.#resolveLost(reason);
  }

  async release(): Promise<void> {
    if (this.#end.signal.aborted) return;
    this.#stop("released");
    await this.#renewing;
    const left: LeaseRecord = { epoch: this.epoch, holder: "", until: this.#clock.wall() };
    await this.#options.store
      .write(left, this.#revision)
      .catch((fault: unknown) => this.#options.onFault?.(fault));
  }
}

/** The record in the fleet's bucket, by the connection `c_lease`; `nats kv get CORE_<f> lease`. */
export function leaseStore(nc: NatsConnection, fleet: FleetId, answerMs = 1_000): LeaseStore {
  const stream = coreStream(fleet);
  const subject = coreSubject(fleet, "lease");
  const last = () => readMessage(nc, stream, { last_by_subj: subject }, answerMs);
  return {
    storedAt: async () => {
      const stored = await last();
      if (stored?.storedAt === undefined) return undefined;
      return { record: parseRecord(stored.bytes), at: stored.storedAt };
    },
    read: async () => {
      const stored = await last();
      if (stored === undefined) return undefined;
      return { record: parseRecord(stored.bytes), revision: stored.seq };
    },
    write: async (record, revision) => {
      const bytes = new TextEncoder().encode(JSON.stringify(record));
      const options = { stream, lastSubjectSeq: revision };
      try {
        return (await storeMessage(nc, subject, bytes, options, answerMs)).seq;
      } catch (fault) {
        const raced = fault instanceof BrokerRefusedError && fault.number === API.wrongLastSequence;
        if (raced) return undefined;
        throw fault;
      }
    },
  };
}

function parseRecord(bytes: Uint8Array): LeaseRecord {
  const { epoch, holder, until } = fieldsOf(bytes);
  if (!Number.isSafeInteger(epoch) || typeof holder !== "string" || typeof until !== "number") {
    throw new BrokerRefusedError(0, "the lease's record is damaged; delete its key to begin anew");
  }
  return { epoch: epoch as number, holder, until };
}

function fieldsOf(bytes: Uint8Array): Partial<LeaseRecord> {
  try {
    return (JSON.parse(new TextDecoder().decode(bytes)) as Partial<LeaseRecord> | null) ?? {};
  } catch {
    return {};
  }
}
