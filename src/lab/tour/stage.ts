/** A fleet on a stage: real coordinator, broker rights, journal and paper platform, in simulated time. */
import { agentId, OPERATOR } from "../../core/ids.ts";
import type { PublicEvent } from "../../protocol/public.ts";
import type { FleetFile } from "../../runtime/fleet-file.ts";
import type { HouseParams } from "../../venue/paper/house-state.ts";
import { PaperPlatform } from "../../venue/paper/platform.ts";
import type { Tape } from "../../venue/paper/tape.ts";
import { encode } from "../../wire/codec-encode.ts";
import { openRequester, type Requester } from "../../wire/requester.ts";
import { commandSubject, opsSubject, type UserName } from "../../wire/subjects.ts";
import { SimBroker } from "../broker.ts";
import { Chance } from "../chance.ts";
import type { Breach } from "../check/breach.ts";
import { Checker } from "../check/checker.ts";
import { Ears } from "../check/ears.ts";
import { CoordinatorHost } from "../coordinator-host.ts";
import { Counts } from "../counts.ts";
import { clockOf, Life } from "../life.ts";
import { SimStreams } from "../streams.ts";
import { EPOCH, SimTime } from "../time.ts";
import { FAIR, SimVenue } from "../venue.ts";

export interface StagePlan {
  readonly seed: number;
  readonly file: FleetFile;
  readonly tape: Tape;
  /** Market time of the beginning. It runs one for one with the fleet's own. */
  readonly startAt: number;
  /** Outsiders and an insurance fund; none when absent. */
  readonly house?: Partial<HouseParams>;
  /** Told of every event that the fleet makes public, as its observers are. */
  readonly onEvent: (event: PublicEvent) => void;
}

/** Between two rounds of marks, ms. */
const MARKS_MS = 10_000;
const TTL_MS = 60_000;

export class Stage {
  readonly time = new SimTime();
  readonly checker: Checker;
  readonly #plan: StagePlan;
  readonly #chance: Chance;
  readonly #broker: SimBroker;
  readonly #platform: PaperPlatform;
  readonly #host: CoordinatorHost;
  readonly #requesters = new Map<string, Requester>();
  readonly #stop = new AbortController();
  #serial = 0;

  constructor(plan: StagePlan) {
    this.#plan = plan;
    const { time } = this;
    const { file, seed, onEvent } = plan;
    const { fleet } = file;
    this.#chance = new Chance(seed, "stage");
    const counts = new Counts();
    this.checker = new Checker(fleet, () => EPOCH + time.now);
    const ears = new Ears(this.checker, fleet);
    const streams = new SimStreams({
      ...{ fleet, time, counts, chance: this.#chance.of("streams") },
      onStored: (seq, bytes) => this.checker.stored(seq, bytes),
      onEvent: (subject, bytes) => {
        ears.kept(subject, bytes);
        onEvent(JSON.parse(Buffer.from(bytes).toString("utf8")) as PublicEvent);
      },
    });
    this.#broker = new SimBroker({
      ...{ fleet, time, counts, streams, watcher: ears, chance: this.#chance.of("net") },
      agents: file.agents.map(({ agent }) => agent),
    });
    this.#platform = this.#openPlatform(plan);
    this.#host = new CoordinatorHost({
      ...{ name: "coordinator", time, broker: this.#broker, file },
      ...{ snapshotEvery: 1_000, slow: 1 },
      venueFor: (life) => this.#venueFor(life, counts),
      onPoint: () => false,
      onBug: (fault) => this.checker.tell("bug", String(fault)),
    });
  }

  #openPlatform({ seed, tape, startAt, house }: StagePlan): PaperPlatform {
    return new PaperPlatform({
      ...{ tape, startAt, seed: `tour-${seed}`, speed: 1, marksMs: MARKS_MS, pumpMs: 500 },
      ...(house === undefined ? {} : { house }),
      // What the script asks for is what it gets: chance in the fills would tell another story.
      execution: { partialChance: 0, splitChance: 0 },
      clock: clockOf(this.time, new Life(this.time, "venue"), 0),
    });
  }

  #venueFor(life: Life, counts: Counts): SimVenue {
    return new SimVenue({
      ...{ platform: this.#platform, time: this.time, life, counts, rates: () => FAIR },
      chance: this.#chance.of("venue"),
      watcher: {
        asked: () => undefined,
        answered: () => undefined,
        arrived: (approved) => this.checker.arrived(approved),
      },
    });
  }

  /** What must never be, and was: the same judges as the simulator's. */
  get breaches(): readonly Breach[] {
    return this.checker.breaches;
  }

  /** Gives a command as an agent or the operator; what comes of it stands in the journal. */
  give(who: string, command: string, body: object): void {
    this.#serial += 1;
    const exp = Math.floor(EPOCH + this.time.now + TTL_MS);
    const bytes = encode({ ...body, id: `cue-${this.#serial}`, exp });
    const { fleet } = this.#plan.file;
    const subject =
      who === OPERATOR
        ? opsSubject(fleet, command)
        : commandSubject(fleet, agentId(who), command as never);
    this.#requesterOf(who)
      .request(subject, bytes)
      .catch((fault: unknown) => this.checker.tell("bug", `${who} ${command}: ${String(fault)}`));
  }

  #requesterOf(who: string): Requester {
    const known = this.#requesters.get(who);
    if (known !== undefined) return known;
    const life = new Life(this.time, who);
    const made = openRequester({
      connection: this.#broker.connect(who, life),
      user: who as UserName,
      clock: { mono: () => this.time.now, after: (ms, work) => life.after(ms, work) },
      session: "tour",
    });
    this.#requesters.set(who, made);
    return made;
  }

  start(): void {
    this.#platform.start();
    void this.#judgeReports();
    this.#host.start();
  }

  async #judgeReports(): Promise<void> {
    for await (const reports of this.#platform.reports(0, this.#stop.signal))
      this.checker.reported(reports);
  }

  /** Runs until so many ms of the fleet's time, or to the first breach. */
  async run(untilMs: number): Promise<void> {
    await this.time.run(untilMs, () => this.breaches.length === 0);
    this.checker.thorough();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#host.close();
    await this.#platform.close().catch(() => undefined);
  }
}
