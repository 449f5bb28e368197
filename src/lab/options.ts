/** What one run is, all of it drawn from its seed: printed before anything happens. */
import { Chance } from "./chance.ts";
import { APART, type FaultName, HALTING, RECOVERABLE } from "./faults.ts";
import { CRISIS_PARTS, type PartName, PLAIN_PARTS } from "./parts.ts";

export interface SimOptions {
  readonly seed: number;
  readonly mode: "safety" | "liveness";
  /** Simulated minutes; in liveness mode the faults stop after the first half. */
  readonly minutes: number;
  readonly faults: readonly FaultName[];
  /** What the fleet file turns on beside what it always does. */
  readonly parts: readonly PartName[];
  /** How often faults strike, 0 to 1. */
  readonly strength: number;
  /** Market seconds in one second. */
  readonly speed: number;
  /** Between two rounds of marks, ms. */
  readonly marksMs: number;
  /** Where on the tape the run begins, as a share of it. */
  readonly where: number;
  /** The coordinator's await at which it is killed, once; undefined: nowhere. */
  readonly crashAt: number | undefined;
  /** Messages between two snapshots. */
  readonly snapshotEvery: number;
  /** So many times slower is every rhythm but that of the marks: looks, leases, strikes. */
  readonly slow: number;
}

export interface Asked {
  readonly mode?: SimOptions["mode"] | undefined;
  readonly minutes?: number | undefined;
  readonly faults?: readonly FaultName[] | undefined;
  readonly parts?: readonly PartName[] | undefined;
  readonly crashAt?: number | undefined;
}

/** Long enough for leases, grants and obligations to come round many times. */
const MINUTES = 240;
/**
 * At this rhythm an hour of the fleet is about ten thousand turns and messages. A run that is shorter
 * than an hour lives so many times faster: it is short to be looked at, not to be empty.
 */
const SLOW = 8;
const DENSE_MINUTES = 60;
/** Marks come more often than anybody looks, as in life, where they are nearly all of the messages. */
const MARKS = { dense: [20_000, 30_000, 60_000], slow: [30_000, 35_000, 40_000] } as const;
/** One run of so many has a halting fault beside those that recover: each kind of it in turn. */
const HALT_EVERY = 12;
const CRASH_AT_MAX = 2_000;

/**
 * Two or three faults at a time: single ones find little after the first week, many hide each other.
 * The first goes round with the seed, so that none is left out of a row of them.
 */
function drawFaults(chance: Chance, seed: number): FaultName[] {
  const first = RECOVERABLE[seed % RECOVERABLE.length] ?? "crash";
  const others = chance.some(
    RECOVERABLE.filter((name) => name !== first),
    chance.int(1, 2),
  );
  const found = [first, ...others];
  if (seed % HALT_EVERY !== 0) return found;
  return [...found, HALTING[(seed / HALT_EVERY) % HALTING.length] ?? "bit-flip"];
}

const isOfSources = (fault: FaultName): boolean => (APART as readonly FaultName[]).includes(fault);

/** What befalls several sources of a price, in one run of seven: one of it, or all at once. */
function drawApart(chance: Chance, faults: readonly FaultName[]): readonly FaultName[] {
  if (!chance.hit(0.15) || faults.includes("feed-stuck")) return [];
  return chance.pick<readonly FaultName[]>([...APART.map((fault) => [fault]), APART]);
}

/** For these the venue must find positions to take, of which a trailing stop leaves it none. */
const TAKING: readonly FaultName[] = ["adl", "venue-liquidation"];

/** Rules of a crisis are drawn where there is one, which is seldom; of the rest one in half of all runs. */
function drawParts(chance: Chance, faults: readonly FaultName[]): PartName[] {
  const plain = chance.hit(0.5) ? [chance.pick(PLAIN_PARTS)] : [];
  if (!faults.includes("market-crash")) return plain;
  const taken = faults.some((fault) => TAKING.includes(fault));
  const crisis = chance.some(CRISIS_PARTS, chance.int(1, 3));
  return [...plain, ...crisis.filter((part) => !taken || part !== "trailing")];
}

/** Sources beside the venue: wherever one of them is to lose touch, and in some other runs. */
function drawSources(chance: Chance, faults: readonly FaultName[]): PartName[] {
  // A price that one source alone tells again and again would never stand still.
  if (faults.includes("feed-stuck")) return [];
  const off = faults.includes("feed-off") || faults.some(isOfSources);
  return chance.hit(0.1) || off ? ["sources"] : [];
}

/** One source is followed in half of the runs in which they may have no majority for long. */
const drawFollow = (chance: Chance, faults: readonly FaultName[]): PartName[] =>
  faults.some(isOfSources) && chance.hit(0.5) ? ["follow"] : [];

/** Expands a seed; what was asked for overrules what was drawn, and moves no other draw. */
export function optionsOf(seed: number, asked: Asked = {}): SimOptions {
  const chance = new Chance(seed, "options");
  const round = drawFaults(chance.of("faults"), seed);
  const drawn = [...round, ...drawApart(chance.of("apart"), round)];
  const mode = chance.hit(0.25) ? "liveness" : "safety";
  const minutes = asked.minutes ?? MINUTES;
  const slow = minutes < DENSE_MINUTES ? 1 : SLOW;
  const faults = asked.faults ?? drawn;
  const crashes = faults.includes("crash-point");
  // Some of the first awaits are those of its start; all of them come within minutes.
  const crashAt = crashes ? chance.of("crash-at").int(20, CRASH_AT_MAX) : undefined;
  const parts = asked.parts ?? [
    ...drawParts(chance.of("parts"), faults),
    ...drawSources(chance.of("sources"), faults),
    ...drawFollow(chance.of("follow"), faults),
  ];
  // Where three tell each price a slow fleet hears of it as often by half as many marks of each.
  const told = slow > 1 && parts.includes("sources") ? 2 : 1;
  return {
    seed,
    mode: asked.mode ?? mode,
    minutes,
    faults,
    parts,
    strength: chance.between(0.3, 1),
    speed: chance.pick([1, 1, 2, 5]),
    marksMs: told * chance.pick<number>(slow > 1 ? MARKS.slow : MARKS.dense),
    where: chance.between(0.01, 0.95),
    crashAt: asked.crashAt ?? crashAt,
    snapshotEvery: chance.pick([20, 50, 200]),
    slow,
  };
}
