/** A coordinator: connects, stands by, is elected, recovers, leads, and gives way cleanly. */
import { createActor } from "xstate";
import {
  type CoordinatorEvent,
  type CoordinatorPhase,
  coordinatorMachine,
} from "../../machines/coordinator.ts";
import type { AgentId } from "../core/ids.ts";
import { refuse } from "../protocol/rejections.ts";
import type { VenuePort } from "../venue/port.ts";
import { encode } from "../wire/codec-encode.ts";
import type { Connection } from "../wire/connect.ts";
import { checkHead, type HeadPlace, headKey, headMemory } from "../wire/head-memory.ts";
import { JournalBrokenError } from "../wire/journal.ts";
import { jetStreamJournal } from "../wire/journal-jetstream.ts";
import { acquireLease, type Leadership, leaseStore } from "../wire/lease.ts";
import { listenToBeats, openResponder } from "../wire/responder.ts";
import type { SnapshotStore } from "../wire/snapshot-store.ts";
import { StoredHint } from "../wire/stored-hint.ts";
import type { Role } from "../wire/subjects.ts";
import { announce } from "./announce.ts";
import { Beats } from "./beats.ts";
import { bootstrap } from "./bootstrap.ts";
import { type Clock, leaseClock } from "./clock.ts";
import { discoverable } from "./discovery.ts";
import { Deposed, Ending } from "./ending.ts";
import type { FleetFile } from "./fleet-file.ts";
import { Front } from "./front.ts";
import { Leading } from "./leading.ts";
import type { Log } from "./log.ts";
import { hearPrices } from "./price-ear.ts";
import { keepProjecting } from "./projector.ts";
import { recover } from "./recover.ts";
import { refusalReply } from "./replies.ts";
import { sameTime } from "./same-time.ts";

export interface CoordinatorOptions {
  /** Opens one connection for each role, on a broker that has the fleet's streams. */
  readonly connect: () => Promise<Connections>;
  /** Where the remembered head is kept beside the broker, and the snapshot. */
  readonly headPlace: HeadPlace;
  readonly snapshots: SnapshotStore;
  /** Names this process for ever; and whether another one is proven dead. */
  readonly holder: string;
  readonly isDead: (holder: string) => boolean;
  readonly file: FleetFile;
  readonly venue: VenuePort;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaseMs?: number;
  readonly batchTurns?: number;
  /** Whether this process publishes the public events itself. */
  readonly project?: boolean;
  readonly onPhase?: (phase: CoordinatorPhase) => void;
  readonly pace?: Pace;
}

/** How often things are looked at; each has a default of its own. */
export interface Pace {
  readonly tickMs?: number;
  readonly compareEveryMs?: number;
  readonly snapshotEvery?: number;
  readonly riskMs?: number;
  /** First and longest wait of a reader at an idle journal, ms. */
  readonly idleMs?: readonly [number, number];
  /** Between two writings of the journal's head, ms. */
  readonly headMs?: number;
  /** How long an agent is taken to live after each time that it said so, ms. */
  readonly beatKeptMs?: number;
}

export type Connections = Readonly<Record<Role, Connection>>;

export class Coordinator {
  readonly #options: CoordinatorOptions;
  readonly #front: Front;
  readonly #actor = createActor(coordinatorMachine);
  /** What this process has stored: its projector looks then, and seldom else. */
  readonly #stored = new StoredHint();
  readonly #stop = new AbortController();
  readonly #beats: Beats;
  #leading: Leading | undefined;
  #done: Promise<void> = Promise.resolve();
  #broken: unknown;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
    this.#front = new Front(options.clock, options.file.containment);
    this.#beats = new Beats(options.clock, options.pace?.beatKeptMs);
    // Without an observer of errors a killed actor would look alive.
    this.#actor.subscribe({
      next: (snapshot) => options.onPhase?.(snapshot.value),
      error: (fault) => {
        this.#broken ??= fault;
        this.#stop.abort();
      },
    });
    this.#actor.start();
  }

  get phase(): CoordinatorPhase {
    return this.#actor.getSnapshot().value;
  }

  get leading(): Leading | undefined {
    return this.#leading;
  }

  /** Runs until drained or broken. @throws what broke it. */
  run(): Promise<void> {
    this.#done = this.#live();
    return this.#done;
  }

  /** Finishes what is decided, lets the lease go, and ends. */
  async drain(): Promise<void> {
    this.#send({ type: "DRAIN" });
    this.#stop.abort();
    await this.#done;
  }

  #send(event: CoordinatorEvent): void {
    if (this.#actor.getSnapshot().status === "active") this.#actor.send(event);
  }

  async #live(): Promise<void> {
    const nc = await this.#options.connect();
    const listening = await this.#listen(nc);
    try {
      this.#send({ type: "READY" });
      while (!this.#stop.signal.aborted) await this.#once(nc);
      if (this.#broken !== undefined) throw this.#broken;
      this.#send({ type: "DRAINED" });
    } catch (fault) {
      this.#send({ type: "FAIL" });
      throw fault;
    } finally {
      for (const each of listening) await each.close();
      await Promise.all(Object.values(nc).map((one) => one.close()));
    }
  }

  async #listen(nc: Connections): Promise<readonly { close(): Promise<void> }[]> {
    const { holder, clock, file } = this.#options;
    const { fleet } = file;
    const tooLong = encode(refusalReply("", refuse("too_large")));
    const handle = (incoming: Parameters<Front["hear"]>[0]): void => this.#front.hear(incoming);
    const base = { fleet, handle, tooLong };
    listenToBeats(nc.responder, fleet, (agent, said) => {
      if (this.#beats.hear(agent, said)) this.#front.saw(agent, "failing");
    });
    const leads = (): Leading | undefined => (this.phase === "leading" ? this.#leading : undefined);
    hearPrices(nc.responder, fleet, leads, this.#front, clock);
    const onDropped = (agent: AgentId, why: "badReply" | "tooLong"): void =>
      this.#front.saw(agent, why === "badReply" ? "forgery" : "nonsense");
    const [agents, operator] = await Promise.all([
      openResponder({ ...base, connection: nc.responder, from: "agents", onDropped }),
      openResponder({ ...base, connection: nc.operations, from: "operator" }),
    ]);
    this.#front.listens(agents, operator);
    const found = discoverable({
      ...{ connection: nc.service, fleet, holder, clock, agents, operator },
      ...{ beats: this.#beats, front: this.#front, phase: () => this.phase },
      leading: leads,
    });
    return [found, agents, operator];
  }

  /** One time of standing by and leading. */
  async #once(nc: Connections): Promise<void> {
    const { log, file, leaseMs, holder, isDead, clock } = this.#options;
    const { signal } = this.#stop;
    let lease: Leadership;
    try {
      lease = await acquireLease(
        {
          store: leaseStore(nc.lease, file.fleet),
          ...{ holder, isDead, clock: leaseClock(clock) },
          ...(leaseMs === undefined ? {} : { ttlMs: leaseMs }),
          onFault: (fault) => log.warn({ fault: String(fault) }, "the lease does not answer"),
        },
        signal,
      );
    } catch (fault) {
      if (signal.aborted) return;
      throw fault;
    }
    this.#send({ type: "ELECTED" });
    try {
      await sameTime(lease);
      await this.#lead(nc, lease);
    } finally {
      await lease.release();
    }
  }

  async #lead(nc: Connections, lease: Leadership): Promise<void> {
    const { file, venue, clock, log, holder, snapshots, headPlace } = this.#options;
    const { tickMs, compareEveryMs, snapshotEvery, headMs } = this.#options.pace ?? {};
    const { fleet } = file;
    const journal = jetStreamJournal({ connection: nc.journal, fleet, clock });
    const memory = headMemory([headPlace, headKey(nc.journal, fleet)], {
      clock,
      ...(headMs === undefined ? {} : { everyMs: headMs }),
      onFault: (message) => log.warn({}, message),
    });
    const [ended, over] = [new AbortController(), new Ending()] as const;
    const stopped = (): void => over.tell(undefined);
    try {
      const { heads, faults } = await memory.recall();
      for (const fault of faults) log.warn({ fault }, "a remembered head cannot be read");
      const check = await checkHead(journal, heads);
      if (!check.ok)
        throw new JournalBrokenError(`this coordinator refuses to lead: ${check.reason}`);
      const recovered = await recover(fleet, journal, snapshots);
      const { turns, from, head, note } = recovered;
      log.info({ head: head.seq, from, turns, note, epoch: lease.epoch }, "recovered");
      const leading = new Leading({
        ...{ fleet, file, recovered, journal, snapshots, venue, clock, log },
        ...{ holder, epoch: lease.epoch },
        ...(tickMs === undefined ? {} : { tickMs }),
        ...(compareEveryMs === undefined ? {} : { compareEveryMs }),
        ...(snapshotEvery === undefined ? {} : { snapshotEvery }),
        ...(this.#options.batchTurns === undefined ? {} : { batchTurns: this.#options.batchTurns }),
        mayAct: () => lease.isFresh(),
        onStored: (stored) => {
          memory.note(stored);
          this.#stored.tell(stored.seq);
        },
        onStopped: (cause) => over.tell(cause),
      });
      this.#leading = leading;
      void lease.lost.then((reason) => over.tell(new Deposed(reason)));
      this.#stop.signal.addEventListener("abort", stopped);
      // Another writer may end the leading before its first append is stored.
      const start = leading.start();
      const begun = await Promise.race([start.then(() => true), over.told.then(() => false)]);
      const side = begun ? this.#begin(nc, leading, ended.signal) : start;
      const cause = await over.told;
      this.#front.leading = undefined;
      ended.abort();
      if (cause === undefined) await leading.drain();
      else await leading.abandon();
      await side;
      if (cause !== undefined) this.#deposed(cause);
    } finally {
      this.#front.leading = undefined;
      this.#leading = undefined;
      this.#stop.signal.removeEventListener("abort", stopped);
      ended.abort();
      await memory.close();
      await journal.close();
    }
  }

  /** Another writer or a lost lease ends the leading, not the process; a bug ends both. */
  #deposed(cause: unknown): void {
    const code = (cause as { code?: unknown }).code;
    this.#options.log.warn({ cause: String(cause) }, "leads no more");
    if (code !== "fenced" && code !== "deposed") throw cause;
    this.#send({ type: "DEPOSED" });
  }

  /** From here on commands are heard. */
  #begin(nc: Connections, leading: Leading, signal: AbortSignal): Promise<void> {
    this.#front.leading = leading;
    this.#send({ type: "RECOVERED" });
    return this.#beside(nc, leading, signal);
  }

  /** What runs beside the loop while it leads, on connections of its own. */
  async #beside(nc: Connections, leading: Leading, signal: AbortSignal): Promise<void> {
    const { file, clock, log } = this.#options;
    await Promise.all([
      bootstrap(leading.loop, file, clock, log, signal),
      this.#options.project === false ? undefined : this.#project(nc.projector, signal),
      announce(
        {
          ...{ fleet: file.fleet, projector: nc.projector, lease: nc.lease, clock },
          ...{
            loop: leading.loop,
            desk: leading.desk,
            beats: this.#beats,
            everyMs: this.#options.pace?.riskMs,
          },
        },
        signal,
      ),
    ]);
  }

  #project(connection: Connection, signal: AbortSignal): Promise<void> {
    const { file, clock, log, pace } = this.#options;
    const idle = pace?.idleMs === undefined ? {} : { idleMs: pace.idleMs };
    const told = { fleet: file.fleet, stored: this.#stored, ...idle };
    return keepProjecting({ connection, clock, log, ...told }, signal);
  }
}
