/** Everything that runs while a coordinator leads: loop, performer, venue link, ticks, snapshots. */
import { setMaxListeners } from "node:events";
import type { FleetId } from "../core/ids.ts";
import { EFFECTS_IN_FLIGHT_MAX } from "../core/limits.ts";
import { nextDeadline } from "../fleet/deadlines.ts";
import type { Turn } from "../protocol/turns.ts";
import { loadHistory } from "../venue/paper/history.ts";
import type { VenuePort } from "../venue/port.ts";
import type { JournalHead, JournalPort } from "../wire/journal.ts";
import type { SnapshotStore } from "../wire/snapshot-store.ts";
import type { Clock } from "./clock.ts";
import type { FleetFile } from "./fleet-file.ts";
import type { Log } from "./log.ts";
import { MarkLane } from "./mark-lane.ts";
import { Performer } from "./performer.ts";
import type { Recovered } from "./recover.ts";
import { RiskDesk } from "./risk-desk.ts";
import { freezeState, SNAPSHOT_SCHEMA } from "./snapshots.ts";
import { TurnLoop } from "./turn-loop.ts";
import { runVenueLink, tell } from "./venue-link.ts";

export interface LeadingOptions {
  readonly fleet: FleetId;
  readonly file: FleetFile;
  readonly holder: string;
  readonly epoch: number;
  readonly recovered: Recovered;
  readonly journal: JournalPort;
  readonly snapshots: SnapshotStore | undefined;
  readonly venue: VenuePort;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the lease is beyond doubt. */
  readonly mayAct: () => boolean;
  readonly onStored?: (head: JournalHead, turns: readonly Turn[]) => void;
  readonly onStopped: (cause: unknown) => void;
  readonly snapshotEvery?: number;
  readonly tickMs?: number;
  readonly batchTurns?: number;
  readonly compareEveryMs?: number;
}

/** Least messages between two snapshots. */
const SNAPSHOT_EVERY = 2_000;
/** A snapshot holds the loop up: it may take one part in so many of the time. */
const SNAPSHOT_SHARE = 200;
const TICK_MS = 50;
/** How long a drain waits for the journal. */
const DRAIN_MS = 10_000;
const COMPARE_MS = 1_000;

export class Leading {
  readonly loop: TurnLoop;
  readonly performer: Performer;
  readonly desk: RiskDesk;
  /** Where marks enter, the venue's and those of feeders. */
  readonly marks: MarkLane;
  readonly #options: LeadingOptions;
  readonly #abort = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #snapshotAt: number;
  #snapshotNotBefore = 0;
  /** The last report as of which the books were found equal. */
  booksEqualThrough = 0;
  readonly #equal = (through: number): void => {
    this.booksEqualThrough = through;
  };

  constructor(options: LeadingOptions) {
    this.#options = options;
    const { recovered, journal, clock, epoch, venue, log, mayAct, file } = options;
    // While the broker is away every answer of the venue waits here: many, and no leak.
    setMaxListeners(EFFECTS_IN_FLIGHT_MAX * 2, this.#abort.signal);
    this.#snapshotAt = recovered.head.seq;
    this.desk = new RiskDesk(loadHistory(file.risk.history), file.risk);
    this.desk.follow(recovered.state);
    this.loop = new TurnLoop({
      state: recovered.state,
      head: recovered.head,
      ...{ journal, epoch, clock, desk: this.desk },
      ...(options.batchTurns === undefined ? {} : { batchTurns: options.batchTurns }),
      onStored: (turns, head) => this.#stored(turns, head),
      onStopped: options.onStopped,
    });
    this.marks = new MarkLane(
      (marks) => tell(this.loop, clock, { type: "SetMarks", body: { marks } }, this.#abort.signal),
      this.#abort.signal,
    );
    this.performer = new Performer({
      ...{ venue, clock, log, mayAct },
      answer: (name, answer) => {
        const body = { name, answer };
        void tell(this.loop, clock, { type: "TakeAnswer", body }, this.#abort.signal);
      },
    });
  }

  /** Writes the election into the journal: from then on every other writer is fenced off. */
  async start(): Promise<void> {
    const { clock, epoch, holder, file, venue, log } = this.#options;
    const { signal } = this.#abort;
    const { loop, marks } = this;
    const outstanding = [...loop.law.outbox.values()].map((open) => open.approved);
    await tell(loop, clock, { type: "Lead", body: { epoch, holder } }, signal);
    const { policy, policyHash } = file;
    await tell(loop, clock, { type: "Configure", body: { policy, policyHash } }, signal);
    // Somebody before us may have sent these: the venue is asked before anything is sent again.
    for (const approved of outstanding) this.performer.perform(approved, true);
    const compareEveryMs = this.#options.compareEveryMs ?? COMPARE_MS;
    this.#running = Promise.all([
      runVenueLink(
        { venue, loop, marks, clock, log, compareEveryMs, onEqual: this.#equal },
        signal,
      ),
      this.#ticking(signal),
    ]);
  }

  #stored(turns: readonly Turn[], head: JournalHead): void {
    for (const turn of turns) {
      for (const event of turn.events) {
        if ("effect" in event) this.performer.perform(event.effect, false);
      }
    }
    this.#options.onStored?.(head, turns);
    const due = head.seq - this.#snapshotAt >= (this.#options.snapshotEvery ?? SNAPSHOT_EVERY);
    if (due && this.#options.clock.mono() >= this.#snapshotNotBefore) {
      this.#snapshotAt = head.seq;
      this.loop.atRest(() => void this.#snapshot());
    }
  }

  /** Keeps the fold as of the last stored message; called when memory is at that message. */
  async #snapshot(): Promise<void> {
    const { snapshots, log, clock } = this.#options;
    const { law, head } = this.loop;
    if (snapshots === undefined || law.seq !== head.seq) return;
    const begun = clock.mono();
    const bytes = freezeState(law);
    this.#snapshotNotBefore = clock.mono() + (clock.mono() - begun) * SNAPSHOT_SHARE;
    await snapshots.save({ ...head, schema: SNAPSHOT_SCHEMA, bytes }).catch((fault: unknown) => {
      log.warn({ fault: String(fault) }, "the snapshot was not kept; recovery will fold more");
    });
  }

  async #ticking(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const every = this.#options.tickMs ?? TICK_MS;
    while (!signal.aborted) {
      const next = nextDeadline(this.loop.law.deadlines);
      if (next !== undefined && next <= this.loop.now()) {
        await tell(this.loop, clock, { type: "Tick", body: {} }, signal);
        // A turn fires a bounded number: there may be more.
        continue;
      }
      await clock.sleep(every, signal);
    }
  }

  /**
   * Decides and stores what waits, lets effects under way end, keeps a snapshot. While the broker is
   * away nothing can be stored: then it ends without, and what was not stored never happened.
   */
  async drain(): Promise<void> {
    const { clock, log } = this.#options;
    this.#abort.abort();
    await this.performer.stop();
    await this.#running.catch(() => undefined);
    const patience = new AbortController();
    const late = clock.sleep(DRAIN_MS, patience.signal).then(() => patience.signal.aborted);
    const stored = await Promise.race([this.loop.drain().then(() => true), late]);
    patience.abort();
    if (!stored) {
      this.loop.stop();
      log.warn({ waiting: this.loop.waiting }, "the broker is away: what waits was not decided");
    }
    await this.#snapshot();
  }

  /** Ends at once; what is not stored never happened. */
  async abandon(): Promise<void> {
    this.#abort.abort();
    this.loop.stop();
    await this.performer.stop();
    await this.#running.catch(() => undefined);
  }
}
