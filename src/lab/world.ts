/** One simulated fleet: broker, venue, hosts and agents put together from a seed, and its judges. */

import { type SourceId, VENUE } from "../core/ids.ts";
import type { Mark } from "../protocol/reports.ts";
import { ROSTER } from "../runtime/roster.ts";
import { defineSpecialist } from "../sdk/define.ts";
import { type RunningSpecialist, runSpecialist } from "../sdk/run.ts";
import type { RunOptions } from "../sdk/run-options.ts";
import { PaperPlatform } from "../venue/paper/platform.ts";
import { coreSubject } from "../wire/subjects.ts";
import { AgentHost } from "./agent-host.ts";
import { Aside } from "./aside.ts";
import { SimBroker } from "./broker.ts";
import { Chance } from "./chance.ts";
import { Checker } from "./check/checker.ts";
import { Doubt } from "./check/doubt.ts";
import { Ears } from "./check/ears.ts";
import { CoordinatorHost } from "./coordinator-host.ts";
import { Counts } from "./counts.ts";
import { Feeder } from "./feeder.ts";
import { Life } from "./life.ts";
import type { SimOptions } from "./options.ts";
import { castOf, fleetFileOf, HOSTILE, tapeOf } from "./plan.ts";
import { SimStreams } from "./streams.ts";
import { throwing } from "./throwing.ts";
import { EPOCH, SimTime } from "./time.ts";
import { FAIR, SimVenue, type VenueRates } from "./venue.ts";

/** Seeds of which the last is a lie, where the house lies. */
const LIES_EVERY = 3;
const NO_LEASE = { bytes: new Uint8Array(), epoch: 0 };

export class World {
  readonly options: SimOptions;
  readonly time = new SimTime();
  readonly chance: Chance;
  readonly counts = new Counts();
  readonly file;
  readonly checker: Checker;
  readonly ears: Ears;
  readonly streams: SimStreams;
  readonly broker: SimBroker;
  readonly platform: PaperPlatform;
  readonly coordinators: CoordinatorHost[] = [];
  readonly agents: AgentHost[] = [];
  readonly feeders: Feeder[] = [];
  /** The venue's own process: never killed here. */
  readonly venueLife: Life;
  venueRates: VenueRates = FAIR;
  /** Runs once, when the next journal message is stored and before anybody is told. */
  onceStored: (() => void) | undefined;
  /** Awaits of coordinators so far, and where the next one is. */
  points = 0;
  lastPoint = "";
  /** When the coordinator was killed at the await that was asked for. */
  crashedAt: number | undefined;
  readonly #aside: Aside;
  readonly #stop = new AbortController();
  readonly #doubt: Doubt;
  readonly #leaseSubject: string;
  #leaseRead: { readonly bytes: Uint8Array; readonly epoch: number } = NO_LEASE;

  constructor(options: SimOptions) {
    this.options = options;
    this.chance = new Chance(options.seed, "world");
    this.file = fleetFileOf(options);
    const { fleet } = this.file;
    this.#aside = new Aside(this.counts, this.file.policy.prices?.sources);
    this.#leaseSubject = coreSubject(fleet, "lease");
    const { time, counts } = this;
    this.checker = new Checker(fleet, () => EPOCH + time.now);
    this.ears = new Ears(this.checker, fleet, counts);
    this.streams = new SimStreams({
      ...{ fleet, time, counts, chance: this.chance.of("streams") },
      onStored: (seq, bytes) => {
        this.checker.stored(seq, bytes);
        const { onceStored } = this;
        this.onceStored = undefined;
        onceStored?.();
      },
      onEvent: (subject, bytes) => this.ears.kept(subject, bytes),
    });
    this.broker = new SimBroker({
      ...{ fleet, time, counts, chance: this.chance.of("net") },
      agents: this.file.agents.map((one) => one.agent),
      sources: this.file.policy.prices?.sources ?? [],
      streams: this.streams,
      watcher: this.ears,
    });
    this.venueLife = new Life(time, "venue");
    this.platform = this.#openPlatform();
    this.#doubt = new Doubt(
      this.checker,
      (life) => this.#epochOf(life),
      () => this.#leaseEpoch(),
    );
    this.#hire();
  }

  #openPlatform(): PaperPlatform {
    const { time, options, venueLife } = this;
    const clock = {
      now: () => time.now,
      sleep: (ms: number, signal: AbortSignal) => venueLife.sleep(ms, signal),
    };
    const taken = options.faults.some((one) => one === "adl" || one === "venue-liquidation");
    return new PaperPlatform({
      ...tapeOf(options),
      // A small crowd: enough to be ranked among, and cheap.
      ...(options.parts.includes("house-lies") ? { liesEvery: LIES_EVERY } : {}),
      ...(taken ? { house: { seats: 3, lookMs: 60_000 * options.speed } } : {}),
      ...{ clock, seed: `sim-${options.seed}`, speed: options.speed },
      ...{ marksMs: options.marksMs, pumpMs: options.slow > 1 ? 2_000 : 1_000 },
    });
  }

  #hire(): void {
    const { time, broker, file, options } = this;
    const names = options.faults.includes("two-coordinators") ? ["c-a", "c-b"] : ["c-a"];
    for (const name of names) {
      const chance = this.chance.of(`venue-${name}`);
      const host = new CoordinatorHost({
        ...{ name, time, broker, file },
        ...{ snapshotEvery: options.snapshotEvery, slow: options.slow },
        venueFor: (life) => this.venueFor(life, chance),
        onPoint: (label) => this.#point(label),
        onBug: (fault) => this.#bug(name, fault),
      });
      this.coordinators.push(host);
    }
    const fleet = file.fleet;
    for (const [i, source] of (file.policy.prices?.sources ?? []).entries()) {
      this.feeders.push(
        new Feeder({
          ...{ source, fleet, time, broker, aside: this.#aside, platform: this.platform },
          // On both sides of the venue, so that it is the one in the middle while all agree.
          besidePpm: i % 2 === 0 ? 100n : -100n,
          chance: this.chance.of(`feeder-${source}`),
          rates: () => this.venueRates,
          counts: this.counts,
          watcher: {
            said: (who, marks) => this.#said(who, marks),
            died: (who) => this.checker.said.died(who, EPOCH + time.now),
            rose: (who) => this.checker.said.rose(who, EPOCH + time.now),
          },
        }),
      );
    }
    for (const [i, { agent, kind, config: plain }] of castOf(options).entries()) {
      const start = ROSTER.get(kind);
      if (start === undefined) throw new RangeError(`no specialist ${kind} in the roster`);
      const config = file.agents.find((one) => one.agent === agent)?.config ?? plain;
      const seed = options.seed * 16 + i;
      this.agents.push(new AgentHost({ agent, start, config, seed, fleet, time, broker }));
    }
    if (!options.faults.includes("throwing")) return;
    const start = (given: RunOptions): RunningSpecialist =>
      runSpecialist(defineSpecialist(throwing(this.counts)), given);
    const seed = options.seed * 16 + 15;
    this.agents.push(
      new AgentHost({
        agent: HOSTILE.throwing,
        start,
        config: "breaks",
        seed,
        fleet,
        time,
        broker,
      }),
    );
  }

  #said(who: SourceId, marks: readonly Mark[]): void {
    this.checker.said.take(who, marks, (market) => this.#aside.isTogether(who, market));
  }

  venueFor(life: Life, chance: Chance): SimVenue {
    return new SimVenue({
      ...{ platform: this.platform, time: this.time, life, chance, counts: this.counts },
      rates: () => this.venueRates,
      aside: this.#aside,
      watcher: {
        said: (marks) => this.#said(VENUE, marks),
        asked: (who, what, name) => this.#doubt.asked(who, what, name),
        answered: (who, what, name, known) => this.#doubt.answered(who, what, name, known),
        arrived: (approved) => this.checker.arrived(approved),
      },
    });
  }

  #point(label: string): boolean {
    this.points += 1;
    if (this.points !== this.options.crashAt) return false;
    this.lastPoint = label;
    this.crashedAt = this.time.now;
    this.counts.fired("crash-point");
    return true;
  }

  #bug(who: string, fault: unknown): void {
    const text = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
    this.checker.tell("bug", `${who}: ${text.split("\n").slice(0, 6).join(" | ")}`);
  }

  #epochOf(life: Life): number | undefined {
    const host = this.coordinators.find((one) => one.life === life);
    return host?.coordinator?.leading?.loop.law.epoch;
  }

  #leaseEpoch(): number {
    const bytes = this.streams.record(this.#leaseSubject);
    if (bytes === undefined) return 0;
    if (bytes !== this.#leaseRead.bytes) {
      const { epoch } = JSON.parse(Buffer.from(bytes).toString("utf8")) as { epoch: number };
      this.#leaseRead = { bytes, epoch };
    }
    return this.#leaseRead.epoch;
  }

  start(): void {
    this.platform.start();
    void this.#readReports();
    for (const host of this.coordinators) host.start();
    for (const feeder of this.feeders) void feeder.run();
    for (const host of this.agents) this.time.after(1_000 * this.chance.next(), () => host.start());
  }

  async #readReports(): Promise<void> {
    for await (const reports of this.platform.reports(0, this.#stop.signal)) {
      this.checker.reported(reports);
    }
  }

  /** The coordinator that leads now, if one does. */
  get leader(): CoordinatorHost | undefined {
    return this.coordinators.find(
      (host) => host.leading !== undefined && host.coordinator?.phase === "leading",
    );
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const host of [...this.coordinators, ...this.agents, ...this.feeders]) host.close();
    await this.platform.close().catch(() => undefined);
  }
}
