/** Parts of the product that a run's fleet file turns on beside those that are always on: drawn, and printed. */

/** As a fleet file says it: read and checked with the rest of the file. */
type CrisisText = Readonly<Record<string, unknown>>;

export interface Part {
  readonly about: string;
  /** Rules of a crisis that it sets: it shows where margin grows scarce. Absent: it shows in any run. */
  readonly crisis?: CrisisText;
  /** It shows in any run, though it is a rule of a crisis. */
  readonly anywhere?: true;
  /** Rules beside those of a crisis. */
  readonly policy?: Readonly<Record<string, unknown>>;
  /** What it says of every market. */
  readonly market?: Readonly<Record<string, unknown>>;
  /** It is drawn by itself, beside whatever else is. */
  readonly apart?: true;
  /** Counts that say that it was met; with a capital, of events in the journal. */
  readonly proof: readonly string[];
}

const SECOND = 1_000;

/** Leverage falls with what a market moves within minutes, not days. */
const ROUGH = { target: 300_000, sampleMs: 20 * SECOND, windowMs: 200 * SECOND };

export const PARTS = {
  patience: {
    about: "dear orders of a plan wait for fuller books",
    crisis: {
      volatility: ROUGH,
      // All of the depth: only so that what waits is not looked at every second.
      pace: { depth: 1_000_000, everyMs: 20 * SECOND },
      patience: {
        ...{ withinMs: 600 * SECOND, recovery: 900_000, premium: 0, shock: 10_000 },
        most: 900_000,
      },
    },
    proof: ["LeverageScaled", "plan-waits"],
  },
  pace: {
    about: "plans send a part of a market's depth at a time",
    crisis: { pace: { depth: 100, everyMs: 20 * SECOND } },
    proof: ["plan-paced"],
  },
  alone: {
    about: "one trader stands alone beside the fleet's margin",
    crisis: {},
    proof: ["plan-isolated"],
  },
  distress: {
    about: "plans in rough weather weigh the next call too",
    crisis: { volatility: ROUGH, distress: { chance: 300_000, shock: 50_000 } },
    proof: ["plan-distressed"],
  },
  thin: {
    about: "books so thin that a plan's orders may make others sell",
    crisis: {},
    market: { depth: "1000" },
    proof: ["plan-spares"],
  },
  "close-by": {
    about: "plans close by a simple rule",
    crisis: { closeBy: "largest-first" },
    proof: ["plan-by-rule"],
  },
  reserve: {
    about: "dry powder costs nothing, and stands in before anything is closed",
    crisis: { powderCost: 0 },
    proof: ["DryPowderDeployed", "DryPowderReturned"],
  },
  trailing: {
    about: "a loss from the highest equity closes a half, and is followed until it is closed",
    crisis: { trailingStop: 30_000, trailingReduce: 500_000 },
    proof: ["TrailingStopHit", "plan-trailing"],
  },
  buys: {
    about: "traders buy signals and lenders rates of other agents",
    proof: ["job-bought"],
  },
  account: {
    about: "the escrow agent runs up debts that the fleet nets and pays",
    proof: ["DueRecorded", "DuePaid"],
  },
  "house-lies": {
    about: "the casino lies about every third of its seeds, and the operator lets bet again",
    proof: ["house-called-liar", "BettingHeld", "BettingCleared"],
  },
  calendar: {
    about: "around announced events nobody opens with leverage, and cash is kept",
    proof: ["calendar-opening", "calendar-refused"],
  },
  reallocate: {
    about: "caps are moved between agents by what they earned",
    crisis: {
      reallocate: {
        ...{ periodMs: 60 * SECOND, keep: 60, every: 2, least: 2, floor: 50_000, cap: 900_000 },
        ...{ step: 200_000, cost: 0, horizonMs: 86_400 * SECOND, confidence: 500_000 },
      },
    },
    anywhere: true,
    proof: ["PeriodClosed", "caps-moved", "RaiseScheduled"],
  },
  "reserve-by-risk": {
    about: "dry powder is what the value at risk asks for",
    crisis: { reserveRatio: 100_000 },
    anywhere: true,
    proof: ["reserve-measured"],
  },
  "fewer-orders": {
    about: "a plan may cost a little more for fewer orders",
    crisis: { fewerOrders: 50_000 },
    proof: ["plan-above-bound", "plan-order-weighed"],
  },
  "margin-rate": {
    about: "margin costs what the rules say while nothing is lent",
    policy: { marginRate: 300_000 },
    proof: ["cost-by-rule"],
  },
  referrer: {
    about: "the escrow agent is referred by another, which earns a share of its fees",
    proof: ["ReferrerRegistered", "ReferralEarned"],
  },
  sources: {
    about: "two feeders tell prices beside the venue, and the median of the three is believed",
    apart: true,
    proof: ["PricesRead", "SourceDoubted", "SourceQuarantined", "PriceUncertain", "PriceCertain"],
  },
  follow: {
    about: "where the sources of a price have no majority one of them is followed",
    apart: true,
    proof: ["followed-venue", "followed-alone"],
  },
  domains: {
    about: "the domains specialist looks for names, buys and sells",
    proof: ["DomainRegistered"],
  },
} as const satisfies Record<string, Part>;

export type PartName = keyof typeof PARTS;

export const PART_NAMES = Object.keys(PARTS) as readonly PartName[];

export const isPart = (text: string): text is PartName => Object.hasOwn(PARTS, text);

const partOf = (name: PartName): Part => PARTS[name];

/** Those that show only where margin grows scarce, and those that show anywhere. */
const isOfCrisis = (name: PartName): boolean =>
  partOf(name).crisis !== undefined && partOf(name).anywhere !== true;
export const CRISIS_PARTS = PART_NAMES.filter(isOfCrisis);
export const PLAIN_PARTS = PART_NAMES.filter(
  (name) => !isOfCrisis(name) && partOf(name).apart !== true,
);

export const proofsOf = (name: PartName): readonly string[] => partOf(name).proof;

/** What these parts together say of a crisis: of two that name the same rule the later one of the list. */
export function crisisOf(parts: readonly PartName[]): CrisisText {
  const said = PART_NAMES.flatMap((name) =>
    parts.includes(name) ? Object.entries(partOf(name).crisis ?? {}) : [],
  );
  return Object.fromEntries(said);
}

/** What these parts together say of rules beside those of a crisis. */
export const policyOf = (parts: readonly PartName[]): Readonly<Record<string, unknown>> =>
  Object.assign({}, ...parts.map((name) => partOf(name).policy));

/** What these parts together say of every market. */
export const marketOf = (parts: readonly PartName[]): Readonly<Record<string, unknown>> =>
  Object.assign({}, ...parts.map((name) => partOf(name).market));

/** Parts that many runs together never met, by their counts. */
export const unshown = (counts: Readonly<Record<string, number>>): readonly string[] =>
  PART_NAMES.flatMap((name) =>
    proofsOf(name)
      .filter((proof) => (counts[proof] ?? 0) === 0)
      .map((proof) => `part ${name} never came to ${proof}`),
  );
