/**
 * The time-to-cash ladder: which sources of cash to use so that enough lands before the deadline.
 */
import { divide, max, min } from "../core/money.ts";
import { type Measured, measured, refused } from "../risk/refusal.ts";
import { compare } from "./order.ts";

/** In the order of disruption: of two sources that cost the same, the earlier kind is used. */
export const CASH_KINDS = [
  "idle",
  "pending",
  "netting",
  "loan",
  "dry-powder",
  "reduce",
  "liquidate",
] as const;
export type CashKind = (typeof CASH_KINDS)[number];

export interface CashSource {
  readonly id: string;
  readonly kind: CashKind;
  /** Millionths of USDC that it can give. */
  readonly amount: bigint;
  /** Cost of what is used, parts per million. */
  readonly costPpm: number;
  /** Cost of using it at all, millionths. Default 0. */
  readonly fixedCost?: bigint;
  /** Milliseconds from asking to cash that is booked, e.g. the recall notice of a loan. */
  readonly timeToCash: number;
  /** Share of the amount that is counted on, parts per million. */
  readonly certainty: number;
  /** Whether a part of it can be used. Default true. */
  readonly divisible?: boolean;
}

export interface LadderInput {
  /** Millionths of USDC that must be there. */
  readonly need: bigint;
  /** Milliseconds until the grace ends. Cash that lands at this time or later does not count. */
  readonly deadline: number;
  readonly sources: readonly CashSource[];
  /**
   * Which loans are recalled although their cash comes too late for this call: as many as make
   * up the need (default), all, or none.
   */
  readonly lateRecall?: "need" | "all" | "none";
}

export interface LadderStep {
  readonly id: string;
  readonly kind: CashKind;
  /** Millionths asked of the source. */
  readonly amount: bigint;
  /** Millionths of it that count towards the need: 0 for late cash. */
  readonly counts: bigint;
  readonly cost: bigint;
  readonly timeToCash: number;
  readonly reason: "on-time" | "late-recall";
  readonly because: string;
}

export interface LadderPlan {
  readonly status: "nothing-to-do" | "covered" | "short";
  readonly need: bigint;
  /** Millionths that count and land before the deadline. */
  readonly covered: bigint;
  readonly shortfall: bigint;
  /** Of the steps that count. */
  readonly cost: bigint;
  readonly steps: readonly LadderStep[];
  readonly unused: readonly {
    readonly id: string;
    readonly reason: "late" | "not-needed" | "nothing-certain";
  }[];
  /** Whether every choice of indivisible sources was tried. */
  readonly proven: boolean;
}

const ONE = 1_000_000n;
/** Sources that come whole or have a fixed cost, of which all choices are tried. */
const LUMPS_MAX = 12;

const rank = (kind: CashKind): number => CASH_KINDS.indexOf(kind);
const certain = (source: CashSource, amount: bigint): bigint =>
  (amount * BigInt(source.certainty)) / ONE;
const fixedCost = (source: CashSource): bigint => source.fixedCost ?? 0n;
/** Of an amount above nought. */
const costOf = (source: CashSource, amount: bigint): bigint =>
  divide(amount * BigInt(source.costPpm), ONE, "up") + fixedCost(source);
const isLump = (source: CashSource): boolean =>
  source.divisible === false || fixedCost(source) > 0n;

function check(input: LadderInput): string | undefined {
  if (!Number.isFinite(input.deadline) || input.deadline < 0) return "the deadline is not negative";
  const ids = new Set<string>();
  for (const source of input.sources) {
    const { id, amount, costPpm, timeToCash, certainty } = source;
    if (ids.has(id)) return `source ${id} stands there twice`;
    ids.add(id);
    if (amount < 0n || fixedCost(source) < 0n) return `source ${id}: nothing is negative`;
    if (!Number.isSafeInteger(costPpm) || costPpm < 0) return `source ${id}: costPpm is an integer`;
    if (!Number.isFinite(timeToCash) || timeToCash < 0) return `source ${id}: time is not negative`;
    if (!Number.isSafeInteger(certainty) || certainty < 0 || certainty > 1_000_000) {
      return `source ${id}: certainty is 0 to 1,000,000`;
    }
  }
  return undefined;
}

/** Cheapest per counted unit first, then the least disruptive, the most certain, and by id. */
function byCost(a: CashSource, b: CashSource): number {
  // Cross-multiplied, so that no rounding decides.
  const left = BigInt(a.costPpm) * BigInt(b.certainty);
  const right = BigInt(b.costPpm) * BigInt(a.certainty);
  return (
    compare(left, right) ||
    rank(a.kind) - rank(b.kind) ||
    b.certainty - a.certainty ||
    compare(a.id, b.id)
  );
}

interface Mix {
  readonly used: ReadonlyMap<string, bigint>;
  readonly covered: bigint;
  readonly cost: bigint;
  readonly disruption: number;
}

/**
 * Fills the need from divisible sources in the order of their cost, after the lumps that are taken
 * whole.
 */
function mixOf(need: bigint, smooth: readonly CashSource[], lumps: readonly CashSource[]): Mix {
  const used = new Map<string, bigint>();
  let covered = 0n;
  let cost = 0n;
  let disruption = 0;
  const take = (source: CashSource, amount: bigint): void => {
    used.set(source.id, amount);
    covered += certain(source, amount);
    cost += costOf(source, amount);
    disruption = Math.max(disruption, rank(source.kind));
  };
  for (const lump of lumps) if (lump.divisible === false) take(lump, lump.amount);
  // A source with a fixed cost that is opened is filled like any other.
  const open = [...smooth, ...lumps.filter((lump) => lump.divisible !== false)].sort(byCost);
  for (const source of open) {
    if (covered >= need) break;
    const wanted = divide((need - covered) * ONE, BigInt(source.certainty), "up");
    take(source, min(wanted, source.amount));
  }
  return { used, covered, cost, disruption };
}

/**
 * Better than one that covers as much as can be: covers the need too and costs less, then disturbs
 * less, then takes fewer sources.
 */
const better = (need: bigint, a: Mix, b: Mix): boolean =>
  a.covered >= need &&
  (compare(a.cost, b.cost) || a.disruption - b.disruption || a.used.size - b.used.size) < 0;

/** Every choice of some of them. */
function choices(lumps: readonly CashSource[]): CashSource[][] {
  let sets: CashSource[][] = [[]];
  for (const lump of lumps) sets = [...sets, ...sets.map((set) => [...set, lump])];
  return sets;
}

function cheapestMix(need: bigint, sources: readonly CashSource[]): { mix: Mix; proven: boolean } {
  const smooth = sources.filter((source) => !isLump(source));
  const lumps = sources.filter(isLump).sort(byCost);
  let kept: readonly CashSource[] = lumps;
  // Nothing covers more than all of them.
  let best = mixOf(need, smooth, kept);
  const attempt = (some: readonly CashSource[]): void => {
    const mix = mixOf(need, smooth, some);
    if (!better(need, mix, best)) return;
    best = mix;
    kept = some;
  };
  const proven = lumps.length <= LUMPS_MAX;
  if (proven) {
    for (const some of choices(lumps)) attempt(some);
    return { mix: best, proven };
  }
  // Too many to try all: none of them, each further one in order, then any one left out again.
  for (const count of lumps.keys()) attempt(lumps.slice(0, count));
  for (const lump of [...kept].reverse()) attempt(kept.filter((other) => other.id !== lump.id));
  return { mix: best, proven };
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function onTime(input: LadderInput, source: CashSource, amount: bigint): LadderStep {
  const cost = costOf(source, amount);
  return {
    id: source.id,
    kind: source.kind,
    amount,
    counts: certain(source, amount),
    cost,
    timeToCash: source.timeToCash,
    reason: "on-time",
    because: `lands in ${seconds(source.timeToCash)}, before ${seconds(input.deadline)}`,
  };
}

/** Loans whose cash comes too late, the soonest first, up to what is to be recalled. */
function lateRecalls(input: LadderInput, late: readonly CashSource[]): LadderStep[] {
  const rule = input.lateRecall ?? "need";
  const loans = late.filter((source) => source.kind === "loan" && source.amount > 0n);
  loans.sort((a, b) => a.timeToCash - b.timeToCash || byCost(a, b));
  let left = input.need;
  const steps: LadderStep[] = [];
  for (const loan of rule === "none" ? [] : loans) {
    if (rule === "need" && left <= 0n) break;
    const part = rule === "need" && loan.divisible !== false ? min(left, loan.amount) : loan.amount;
    left -= part;
    steps.push({
      ...onTime(input, loan, part),
      counts: 0n,
      reason: "late-recall",
      because: `recalled, but lands in ${seconds(loan.timeToCash)}: too late to count here`,
    });
  }
  return steps;
}

/**
 * The least-cost mix of sources whose cash lands strictly before the deadline; late loans are
 * recalled too.
 *
 * Units:  amounts in millionths; of each source amount x certainty counts, floored.
 * Order:  steps are listed in the order of disruption, late recalls last.
 * Proof:  exact up to the rounding of a millionth when at most 12 sources are indivisible or have a
 *         fixed cost, which `proven` says.
 * Errors: refused for doubled ids or numbers without meaning.
 */
export function climb(input: LadderInput): Measured<LadderPlan> {
  const bad = check(input);
  if (bad !== undefined) return refused("out-of-range", bad);
  const { need } = input;
  const late = input.sources.filter((source) => source.timeToCash >= input.deadline);
  const timely = input.sources.filter((source) => source.timeToCash < input.deadline);
  const usable = timely.filter((source) => certain(source, source.amount) > 0n);
  const { mix, proven } = cheapestMix(need, usable);
  const steps = usable
    .flatMap((source) => {
      const amount = mix.used.get(source.id);
      return amount === undefined ? [] : [onTime(input, source, amount)];
    })
    .sort((a, b) => rank(a.kind) - rank(b.kind) || compare(a.id, b.id));
  const recalls = need > 0n ? lateRecalls(input, late) : [];
  const recalled = new Set(recalls.map(({ id }) => id));
  const covered = steps.reduce((sum, { counts }) => sum + counts, 0n);
  const unused = input.sources.flatMap((source) => {
    if (mix.used.has(source.id) || recalled.has(source.id)) return [];
    const isLate = source.timeToCash >= input.deadline;
    const empty = certain(source, source.amount) === 0n;
    return [
      {
        id: source.id,
        reason: isLate ? "late" : empty ? "nothing-certain" : "not-needed",
      } as const,
    ];
  });
  return measured({
    status: need <= 0n ? "nothing-to-do" : covered >= need ? "covered" : "short",
    need,
    covered,
    shortfall: max(need - covered, 0n),
    cost: steps.reduce((sum, { cost }) => sum + cost, 0n),
    steps: [...steps, ...recalls],
    unused,
    proven,
  });
}
