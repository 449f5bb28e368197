/** A host that runs a coordinator: started, killed, and started anew by a supervisor, as in life. */
import { InvariantError } from "../core/assert.ts";
import { Coordinator, type Pace } from "../runtime/coordinator.ts";
import type { FleetFile } from "../runtime/fleet-file.ts";
import type { Leading } from "../runtime/leading.ts";
import { type Log, silentLog } from "../runtime/log.ts";
import { ROLES, roleUser } from "../wire/subjects.ts";
import type { SimBroker } from "./broker.ts";
import { SimDisk } from "./disk.ts";
import { clockOf, Life, type OnPoint } from "./life.ts";
import type { SimTime } from "./time.ts";
import type { SimVenue } from "./venue.ts";

export interface HostOptions {
  readonly name: string;
  readonly time: SimTime;
  readonly broker: SimBroker;
  readonly file: FleetFile;
  readonly snapshotEvery: number;
  readonly slow: number;
  readonly venueFor: (life: Life) => SimVenue;
  readonly onPoint: OnPoint;
  /** A fault that no coordinator should have: a broken assertion, or something that escaped. */
  readonly onBug: (fault: unknown) => void;
}

/** Slower than in life: an hour of looking at nothing proves nothing. */
const paceOf = (slow: number): Pace => ({
  tickMs: slow > 1 ? 2_000 : 1_000,
  compareEveryMs: 20_000 * slow,
  riskMs: slow > 1 ? 60_000 * slow : 30_000,
  headMs: 5_000 * slow,
  idleMs: slow > 1 ? [200, 32_000] : [50, 2_000],
  beatKeptMs: 60_000 * slow,
});
/** Short enough that a partition and a pause outlast it. */
const leaseOf = (slow: number): number => (slow > 1 ? 24_000 : 12_000);
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

export class CoordinatorHost {
  readonly disk = new SimDisk();
  readonly #options: HostOptions;
  readonly #dead = new Set<string>();
  life: Life;
  coordinator: Coordinator | undefined;
  /** How far the host's wall clock is off, ms. */
  skewMs = 0;
  starts = 0;
  /** What ended the last process by itself. */
  lastFault: unknown;
  #failures = 0;
  #wanted = true;

  constructor(options: HostOptions) {
    this.#options = options;
    this.life = new Life(options.time, `${options.name}-0`);
  }

  /** A part that goes on over its own bugs tells them in the log: there is nobody else to hear of them. */
  readonly #log: Log = {
    ...silentLog,
    error: (fields) => {
      if ("bug" in fields) this.#options.onBug(fields.bug);
    },
  };

  get name(): string {
    return this.#options.name;
  }

  get leading(): Leading | undefined {
    return this.life.alive ? this.coordinator?.leading : undefined;
  }

  start(): void {
    const { time, broker, file, name, onPoint, snapshotEvery, slow } = this.#options;
    if (!this.#wanted) return;
    this.starts += 1;
    const life = new Life(time, `${name}-${this.starts}`, onPoint);
    this.life = life;
    const coordinator = new Coordinator({
      connect: async () => {
        const opened = ROLES.map((role) => [role, broker.connect(roleUser(role), life)]);
        return Object.fromEntries(opened) as never;
      },
      headPlace: this.disk.headPlace(life),
      snapshots: this.disk.snapshots(life),
      holder: life.name,
      isDead: (holder) => this.#dead.has(holder),
      file,
      venue: this.#options.venueFor(life),
      clock: clockOf(time, life, this.skewMs),
      log: this.#log,
      pace: { ...paceOf(slow), snapshotEvery },
      leaseMs: leaseOf(slow),
    });
    this.coordinator = coordinator;
    const began = time.now;
    life.onDeath(() => this.#again(life, began));
    coordinator.run().then(
      () => this.#ended(life, undefined),
      (fault: unknown) => this.#ended(life, fault),
    );
  }

  #ended(life: Life, fault: unknown): void {
    if (!life.alive) return;
    this.lastFault = fault;
    const { code } = (fault ?? {}) as { code?: unknown };
    if (fault instanceof InvariantError || (fault !== undefined && typeof code !== "string")) {
      this.#options.onBug(fault);
    }
    life.kill();
  }

  /** The supervisor starts it anew, waiting longer after each failure in a row. */
  #again(life: Life, began: number): void {
    this.#dead.add(life.name);
    const { time, slow } = this.#options;
    if (time.now - began > 30_000) this.#failures = 0;
    const longest = slow > 1 ? 4 * LONGEST_WAIT_MS : LONGEST_WAIT_MS;
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.#failures, longest);
    this.#failures += 1;
    time.after(wait, () => this.start());
  }

  kill(): void {
    this.life.kill();
  }

  /** Ends the run of this host: no process is started any more. */
  close(): void {
    this.#wanted = false;
    this.life.kill();
  }
}
