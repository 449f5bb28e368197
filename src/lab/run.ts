/** Runs one seed from its beginning to its end, or to the first broken invariant. */
import type { Breach } from "./check/breach.ts";
import { finalChecks } from "./check/end.ts";
import { countsOf, FAULTS } from "./faults.ts";
import type { SimOptions } from "./options.ts";
import { proofsOf } from "./parts.ts";
import { Storm } from "./storm.ts";
import { EPOCH } from "./time.ts";
import { World } from "./world.ts";

export interface RunResult {
  readonly options: SimOptions;
  readonly breaches: readonly Breach[];
  readonly counts: Readonly<Record<string, number>>;
  /** Simulated hours that passed. */
  readonly hours: number;
  readonly turns: number;
  readonly messages: number;
  readonly steps: number;
  readonly points: number;
  /** Hash of the last journal message, and how many there are. */
  readonly hash: string;
  readonly length: number;
  /** A coordinator refused to lead for good, as it must when the journal is damaged. */
  readonly halted: boolean;
  readonly world: World;
}

/** How often the costly checks run, in simulated ms of a dense run. */
const THOROUGH_MS = 60_000;
const SAME_MS = 120_000;
/** How often somebody looks who leads and what is overdue, in simulated ms. */
const LOOK_MS = 60_000;

/** @param mendMs how long the run goes on after its crash point; to its end when absent. */
export async function runSeed(
  options: SimOptions,
  mendMs = Number.POSITIVE_INFINITY,
): Promise<RunResult> {
  const world = new World(options);
  const storm = new Storm(world);
  const { time, checker } = world;
  const until = options.minutes * 60_000;
  const well = new Well(world);
  const thoroughMs = THOROUGH_MS * options.slow;
  const sameMs = SAME_MS * options.slow;
  let thoroughAt = thoroughMs;
  let lookAt = LOOK_MS;
  let sameAt = sameMs;
  const unhandled = (fault: unknown): void => checker.tell("bug", `unhandled: ${stackOf(fault)}`);
  process.on("unhandledRejection", unhandled);
  try {
    world.start();
    storm.start();
    await time.run(until, () => {
      if (checker.breaches.length > 0 || storm.halt?.over === true) return false;
      if (world.crashedAt !== undefined && time.now > world.crashedAt + mendMs) return false;
      if (time.now >= thoroughAt) {
        thoroughAt = time.now + thoroughMs;
        checker.thorough();
      }
      if (time.now >= lookAt) {
        lookAt = time.now + LOOK_MS;
        well.look();
      }
      if (time.now >= sameAt && compareLeader(world)) sameAt = time.now + sameMs;
      return checker.breaches.length === 0;
    });
    if (checker.breaches.length === 0) finalChecks(world, storm);
  } catch (fault) {
    checker.tell("bug", `escaped: ${stackOf(fault)}`);
  } finally {
    await world.close();
    process.off("unhandledRejection", unhandled);
  }
  countMet(world);
  if (checker.breaches.length === 0) unfired(world, storm);
  if (checker.breaches.length === 0 && storm.halt === undefined) unproven(world);
  return {
    options,
    breaches: checker.breaches,
    counts: world.counts.all(),
    hours: time.now / 3_600_000,
    turns: checker.turns,
    messages: world.broker.messages,
    steps: time.steps,
    points: world.points,
    hash: checker.hash,
    length: checker.length,
    halted: storm.halt !== undefined,
    world,
  };
}

/** A leader that led at every look for this long has had time for everything, ms. */
const WELL_MS = 180_000;
const LATE_MS = 15_000;

/** Knows for how long one process has led without a break. */
class Well {
  readonly #world: World;
  #who = "";
  #since = 0;
  #seenAt = 0;
  #lawTime = 0;

  constructor(world: World) {
    this.#world = world;
  }

  look(): void {
    const { leader, time, broker, checker, options, venueRates } = this.#world;
    const who = leader === undefined || leader.life.paused || broker.down ? "" : leader.life.name;
    const lawTime = leader?.leading?.loop.now() ?? 0;
    if (who === this.#who && who !== "") this.#passes(lawTime);
    else this.#since = time.now;
    // Cut off it can store nothing, and without the venue there are no answers: it is not well until it
    // has had its time again.
    const cut = leader !== undefined && broker.cutAt(leader.life) > this.#seenAt;
    if (cut || venueRates.requestLost === 1) this.#since = time.now;
    this.#who = who;
    this.#seenAt = time.now;
    this.#lawTime = lawTime;
    if (who === "" || time.now - this.#since < WELL_MS) return;
    // A leader whose wall clock was set has a time of its own: what is due is due by that.
    const skewed = options.faults.includes("clock-step");
    checker.overdue(skewed ? lawTime : EPOCH + time.now, LATE_MS, WELL_MS);
  }

  /** A deadline fires only while the law's time goes on, however the wall clock was set. */
  #passes(lawTime: number): void {
    const elapsed = this.#world.time.now - this.#seenAt;
    const passed = lawTime - this.#lawTime;
    if (passed >= elapsed * 0.9 - LATE_MS) return;
    const told = `the law's time went on by ${passed} ms in ${Math.floor(elapsed)} ms`;
    this.#world.checker.tell("I8", told);
  }
}

const stackOf = (fault: unknown): string =>
  (fault instanceof Error ? (fault.stack ?? fault.message) : String(fault))
    .split("\n")
    .slice(0, 6)
    .join(" | ");

/** True when there was a leader at rest to compare. */
function compareLeader(world: World): boolean {
  const host = world.leader;
  const law = host?.leading?.loop.law;
  if (host === undefined || law === undefined) return false;
  if (law.seq !== world.checker.law.seq || law.turns !== world.checker.law.turns) return false;
  world.checker.sameAs(law, host.life.name);
  return true;
}

/** What the run's faults and parts came to: of parts one run may leave some out, a long sweep may not. */
function countMet({ options, counts, checker, coordinators }: World): void {
  for (const [name, times] of checker.met) counts.fired(name, times);
  for (const { disk } of coordinators)
    if (disk.metDamage > 0) counts.fired("snapshot-met", disk.metDamage);
  const types = new Set(options.parts.flatMap(proofsOf).filter((name) => /^[A-Z]/.test(name)));
  for (const type of types) counts.fired(type, checker.law.counts.get(type) ?? 0);
}

/** Bets that must have come due before their proofs are looked at as a whole. */
const BETS_DUE = 8;

/**
 * Where the seed of most bets is not told in time the run shows nothing of proofs. No drawn fault comes near it: what
 * keeps a seed from being told ends before a proof's time is over.
 */
function unproven({ counts, checker }: World): void {
  const [proven, none] = [counts.of("bets-proven"), counts.of("bets-unproven")];
  if (proven + none >= BETS_DUE && none > proven)
    checker.tell(
      "I14",
      `${none} of ${proven + none} bets are unproven: most seeds are not told`,
      "",
    );
}

/** A fault that never fired, or never reached what it is meant for, makes the run worth nothing. */
function unfired(world: World, storm: Storm): void {
  const { options, counts, checker } = world;
  // A damaged journal ends a run early: what else was on may not have come to it.
  const due = options.faults.filter(
    (fault) => storm.halt === undefined || "halts" in FAULTS[fault],
  );
  for (const fault of due) {
    for (const type of countsOf(fault)) {
      if (/^[A-Z]/.test(type)) counts.fired(type, checker.law.counts.get(type) ?? 0);
    }
    for (const proof of FAULTS[fault].proof) {
      if (counts.of(proof) === 0)
        checker.tell("I14", `${fault}: ${proof} counted 0, wanted more`, "");
    }
  }
  if (options.crashAt !== undefined && counts.of("crash-point") === 0) {
    checker.tell(
      "I14",
      `crash point ${options.crashAt} was never reached, there were ${world.points}`,
      "",
    );
  }
}
