/** The drill: processes of a fleet under traffic are killed at random moments, and nothing may be lost. */
import { setTimeout as delay } from "node:timers/promises";
import { type Random, randomOf } from "../../src/sdk/random.ts";
import { EMPTY_HASH } from "../../src/wire/journal.ts";
import { jetStreamJournal } from "../../src/wire/journal-jetstream.ts";
import { Audit } from "./audit.ts";
import { type DrillAgent, SPECIALISTS, TRAFFIC_AGENTS } from "./drill-fleet.ts";
import { Rig } from "./rig.ts";
import { type Answered, Traffic } from "./traffic.ts";
import { allReports, checkVenue, settledBooks, type VenueFindings } from "./venue-books.ts";
import { eventually } from "./watch.ts";

export type Victim = "coordinator" | "broker" | "venue" | "agent";
/** `both`: coordinator or broker; `all`: any of the four. */
export type Who = Victim | "both" | "all";

export interface DrillOptions {
  readonly who: Who;
  readonly kills: number;
  readonly seed: number;
  /** A second coordinator stands by: it takes over instead of waiting for a restart. */
  readonly standby?: boolean;
  /** The four specialists run beside the traffic; always so when they are to be killed. */
  readonly specialists?: boolean;
  readonly onKill?: (text: string) => void;
}

export interface DrillSummary {
  readonly drill: Who;
  readonly seed: number;
  readonly kills: number;
  /** Decisions whose answer reached their caller. */
  readonly acknowledged: number;
  readonly askedAgain: number;
  /** Acknowledged, and not in the journal at that place with that answer. */
  readonly lost: readonly string[];
  /** Answered otherwise when asked again with the same bytes. */
  readonly changed: readonly string[];
  /** Decided, approved or booked more than once. */
  readonly twice: readonly string[];
  /** Rules of the law that do not hold in the fold. */
  readonly breaches: readonly string[];
  readonly venue: VenueFindings;
  /** Where our books and the venue's differ, as of the same report. */
  readonly differences: readonly string[];
  readonly turns: number;
  readonly seq: number;
  readonly headHash: string;
  /** The head read anew from the beginning, the incremental one, and the coordinator's own agree. */
  readonly sameHead: boolean;
  readonly leaders: number;
  /** From the kill to the answer of the first decision asked for after it. */
  readonly p50Ms: number;
  readonly maxMs: number;
  readonly ok: boolean;
}

/** A kill now and then comes before the last one is recovered from. */
const AGAIN = 0.2;
/** Fewer than a requester keeps under way. */
const ASKED_AT_ONCE = 1_000;
const VICTIMS: Readonly<Record<Who, readonly Victim[]>> = {
  ...{ coordinator: ["coordinator"], broker: ["broker"], venue: ["venue"], agent: ["agent"] },
  both: ["coordinator", "broker"],
  all: ["coordinator", "broker", "venue", "agent"],
};
/** Phases of a specialist that has seen the coordinator's truth. */
const SYNCED = ["running", "resting", "reducing", "halted"];

const specialistsIn = ({ who, specialists }: DrillOptions): readonly DrillAgent[] =>
  specialists === true || who === "agent" || who === "all" ? SPECIALISTS : [];

class Drill {
  readonly #rig: Rig;
  readonly #options: DrillOptions;
  readonly #random: Random;
  readonly #traffic: Traffic;
  readonly #audit: Audit;
  readonly #times: number[] = [];
  readonly #changed: string[] = [];
  readonly #lost = new Set<string>();
  #asked = 0;
  #checked = 0;

  constructor(rig: Rig, options: DrillOptions, traffic: Traffic, audit: Audit) {
    this.#rig = rig;
    this.#options = options;
    this.#traffic = traffic;
    this.#audit = audit;
    this.#random = randomOf(options.seed, 1);
  }

  async kills(): Promise<void> {
    for (let done = 0; done < this.#options.kills; ) {
      await delay(this.#random.int(20, 600));
      let killed = await this.#kill();
      done += 1;
      if (done < this.#options.kills && this.#random.next() < AGAIN) {
        await delay(this.#random.int(0, 700));
        killed = await this.#kill();
        done += 1;
      }
      await killed.back();
      const from = this.#traffic.answered.seen.length;
      const first = await this.#traffic.firstAfter(performance.now(), from);
      this.#times.push(first.at - killed.at);
      const ms = Math.round(first.at - killed.at);
      this.#options.onKill?.(`${done}: ${killed.victim}, ${ms} ms to the next decision`);
      await this.#check();
    }
  }

  async #kill(): Promise<{ at: number; victim: Victim; back: () => Promise<unknown> }> {
    const victims = VICTIMS[this.#options.who];
    const victim = victims[this.#random.int(0, victims.length - 1)] ?? "coordinator";
    const name = this.#nameOf(victim);
    const from = this.#rig.told.seen.length;
    const at = await this.#rig.kill(name);
    if (victim === "broker") await this.#rig.startBroker();
    const back = async (): Promise<unknown> => {
      if (victim === "venue") return this.#venueAnswers();
      if (victim === "agent") return this.#rig.anyPhase(name, SYNCED, from);
      return undefined;
    };
    return { at, victim, back };
  }

  #nameOf(victim: Victim): string {
    if (victim === "coordinator") return this.#leader();
    if (victim !== "agent") return victim;
    return SPECIALISTS[this.#random.int(0, SPECIALISTS.length - 1)]?.agent ?? "trading";
  }

  async #venueAnswers(): Promise<void> {
    const venue = await this.#rig.venue();
    await eventually(() => venue.status().catch(() => undefined), "the venue");
    await venue.close();
  }

  /** The coordinator that said last that it leads; before it did, the one that is there. */
  #leader(): string {
    const last = this.#rig.told.seen.findLast(({ phase }) => phase === "leading");
    return last?.name ?? "coordinator";
  }

  /** What was acknowledged since the last time: in the journal, and the same when asked again. */
  async #check(): Promise<void> {
    const all = this.#traffic.answered.seen;
    const fresh = all.slice(this.#checked).filter(({ reply }) => reply.seq > 0);
    this.#checked = all.length;
    await this.#audit.catchUp();
    for (const one of fresh) if (!this.#stands(one)) this.#lost.add(one.key);
    for (let from = 0; from < fresh.length; from += ASKED_AT_ONCE) {
      const some = fresh.slice(from, from + ASKED_AT_ONCE);
      await Promise.all(some.map((one) => this.#askAgain(one)));
    }
  }

  #stands({ key, reply }: Answered): boolean {
    const found = this.#audit.decided.get(key);
    const code = reply.ok ? "" : reply.code;
    return found?.seq === reply.seq && found.turn === reply.turn && found.code === code;
  }

  async #askAgain({ key, command, bytes, caller, reply }: Answered): Promise<void> {
    const again = await caller.send(command, bytes);
    this.#asked += 1;
    const same = JSON.stringify(again) === JSON.stringify(reply);
    if (!same) this.#changed.push(`${key}: ${JSON.stringify(reply)}, ${JSON.stringify(again)}`);
  }

  /** Lets everything settle, ends the coordinators cleanly, and counts it all. */
  async summary(): Promise<DrillSummary> {
    const rig = this.#rig;
    await this.#traffic.stop();
    for (const { agent } of specialistsIn(this.#options)) await rig.stop(agent);
    await this.#check();
    const venue = await rig.venue();
    const differences = await settledBooks(this.#audit, venue);
    await rig.stop("coordinator");
    if (this.#options.standby === true) await rig.stop("standby");
    await this.#audit.catchUp();
    for (const one of this.#traffic.answered.seen) {
      if (one.reply.seq > 0 && !this.#stands(one)) this.#lost.add(one.key);
    }
    const anew = new Audit(rig.fleet, this.#audit.journal);
    await anew.catchUp();
    const findings = await checkVenue(anew, rig.layout.venue, await allReports(venue));
    await venue.close();
    return this.#told(
      anew,
      findings,
      differences.map((each) => JSON.stringify(each)),
    );
  }

  #told(anew: Audit, venue: VenueFindings, differences: readonly string[]): DrillSummary {
    const { who, seed, kills } = this.#options;
    const audit = this.#audit;
    const sorted = this.#times.toSorted((a, b) => a - b);
    const sameHead =
      anew.head.hash === audit.head.hash &&
      anew.head.seq === audit.head.seq &&
      anew.head.hash !== EMPTY_HASH;
    const acknowledged = this.#traffic.answered.seen.filter(({ reply }) => reply.seq > 0).length;
    const twice = [...new Set([...audit.twice, ...anew.twice])];
    const bad = [
      ...[...this.#lost, ...this.#changed, ...twice, ...anew.broken, ...audit.broken],
      ...[...venue.duplicates, ...venue.strangers, ...venue.missing, ...venue.unbooked],
      ...differences,
    ];
    return {
      ...{ drill: who, seed, kills, acknowledged, askedAgain: this.#asked },
      ...{ lost: [...this.#lost], changed: this.#changed, twice },
      breaches: [...new Set([...audit.broken, ...anew.broken])],
      ...{ venue, differences, turns: anew.state.turns },
      ...{ seq: anew.head.seq, headHash: anew.head.hash, sameHead, leaders: anew.epochs.length },
      p50Ms: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0),
      maxMs: Math.round(sorted.at(-1) ?? 0),
      // A drill that asked for nothing, or met no order, has shown nothing.
      ok: bad.length === 0 && sameHead && acknowledged > 0 && venue.orders > 0 && venue.fills > 0,
    };
  }
}

/** Runs one drill on a fleet of its own and removes it. @throws when the fleet does not come back. */
export async function runDrill(options: DrillOptions): Promise<DrillSummary> {
  const specialists = specialistsIn(options);
  const rig = await Rig.start({ agents: [...TRAFFIC_AGENTS, ...specialists] });
  try {
    rig.startCoordinator();
    await rig.phase("coordinator", "leading");
    if (options.standby === true) {
      rig.startCoordinator("standby");
      await rig.phase("standby", "standby");
    }
    const operator = await rig.caller("operator");
    await eventually(async () => {
      const { agents } = await operator.status();
      const active = agents.filter(({ phase }) => phase === "active").length;
      return active >= rig.agents.length ? true : undefined;
    }, "the delegations");
    for (const { agent } of specialists) rig.startAgent(agent);
    const journal = jetStreamJournal({
      connection: await rig.connect("c_projector"),
      fleet: rig.fleet,
    });
    const traffic = await Traffic.start(rig, { seed: options.seed });
    const drill = new Drill(rig, options, traffic, new Audit(rig.fleet, journal));
    await drill.kills();
    const summary = await drill.summary();
    await journal.close();
    return summary;
  } finally {
    await rig.close();
  }
}
