/**
 * The liquidation planner: which lots to close so that the target is restored at the least cost.
 */
import type { Measured } from "../risk/refusal.ts";
import { measured } from "../risk/refusal.ts";
import { at, type Book, prepare } from "./book.ts";
import { branch } from "./branch.ts";
import { type Choice, choose, copyChoice, costOf, counted } from "./choice.ts";
import { crossFill } from "./cross-fill.ts";
import { withoutCrumbs } from "./crumbs.ts";
import { exhaust } from "./exhaust.ts";
import { costParts, stepsOf } from "./explain.ts";
import {
  type Alternative,
  type Plan,
  type PlanInput,
  SAME,
  type UntouchedReason,
} from "./plan-types.ts";
import { relax } from "./relax.ts";
import { applyRule, SIMPLE_RULES } from "./rules.ts";
import { cheaper, improve, missing, room, type Task, trim } from "./search.ts";
import { nearOf, starts } from "./starts.ts";

export interface PlanOptions {
  /** Nodes that the proof of optimality may visit; 0 never tries. Default 20,000. */
  readonly proofNodes?: number;
  /** Seed of the random rule that is compared with. Default 1. */
  readonly seed?: number;
}

const PROOF_NODES = 20_000;
/** More open positions than this are not proven by branching: the bound tells the gap. */
const PROOF_POSITIONS = 64;
/** Positions among which lots are exchanged. */
const NEAR = 24;

interface Solved {
  readonly choice: Choice;
  readonly bound: number;
  readonly price: number;
  readonly proven: boolean;
  readonly alternatives: readonly Alternative[];
}

function alternative(rule: string, choice: Choice): Alternative {
  let touched = 0;
  for (const lots of choice.lots) touched += lots > 0 ? 1 : 0;
  return { rule, cost: costOf(choice), freed: BigInt(choice.freed), touched };
}

/**
 * Where the pace lets nothing go by itself: crosses at any price, or else all that the tier may close, taken back as
 * far as it may be.
 */
function lastResort(task: Task, base: Choice, all: Choice): Choice {
  const crossed = copyChoice(base);
  crossFill(task, crossed, Number.POSITIVE_INFINITY);
  if (missing(task, crossed) <= 0) return crossed;
  const choice = copyChoice(all);
  trim(task, choice);
  return choice;
}

/** The cheapest lots of the tier at which the target is met; `all` is what that tier may close. */
function solve(task: Task, base: Choice, all: Choice, options: PlanOptions): Solved {
  const relaxed = relax(task.book, base, task.open, task.need);
  const alternatives: Alternative[] = [];
  let best: Choice | undefined;
  for (const start of starts(task, base, relaxed)) {
    if (missing(task, start) > 0) continue;
    trim(task, start);
    improve(task, start, nearOf(task, start, relaxed.reduced, NEAR), 8);
    best = cheaper(best, start);
    if (costOf(best) - relaxed.bound < SAME) break;
  }
  for (const rule of SIMPLE_RULES) {
    const choice = applyRule(task, base, rule, options.seed ?? 1);
    if (missing(task, choice) > 0) continue;
    alternatives.push(alternative(rule, choice));
    best = cheaper(best, choice);
  }
  best ??= lastResort(task, base, all);
  const budget = task.open.length > PROOF_POSITIONS ? 0 : (options.proofNodes ?? PROOF_NODES);
  const found = branch(task, base, relaxed, best, budget);
  const few = task.open.length <= NEAR && !found.proven;
  const dearest = Math.min(...alternatives.map(({ cost }) => cost));
  const last = few ? withoutCrumbs(task, found.choice, dearest) : found.choice;
  const choice = choose(task.book, last.lots);
  return {
    choice,
    bound: found.proven ? costOf(choice) : relaxed.bound,
    price: relaxed.price,
    proven: found.proven,
    alternatives,
  };
}

function untouchedOf(
  book: Book,
  choice: Choice,
  tier: number,
): { readonly id: string; readonly reason: UntouchedReason }[] {
  const list = [...book.barred];
  book.positions.forEach((position, i) => {
    if (at(choice.lots, i) > 0) return;
    const reason = (): UntouchedReason => {
      if (position.tier > tier) return "later-tier";
      if (room(book, choice, i) === 0) return "pace";
      return position.tier === tier ? "dearer" : "costs-more-than-it-frees";
    };
    list.push({ id: position.id, reason: reason() });
  });
  return list;
}

function nothingToDo(book: Book, input: PlanInput): Plan {
  const all = [
    ...book.barred,
    ...book.positions.map(({ id }) => ({ id, reason: "not-needed" as const })),
  ];
  return {
    status: "nothing-to-do",
    need: input.need,
    freed: 0n,
    shortfall: 0n,
    over: 0n,
    cost: costParts(book, choose(book, new Float64Array(book.positions.length))),
    lowerBound: 0,
    gap: 0,
    proof: "exact",
    shadowPrice: 0,
    steps: [],
    untouched: all,
    alternatives: [],
  };
}

/** How much a cost is above its bound, as a part of it; none where no ledger could tell them apart. */
export function gapOf(cost: number, bound: number): number {
  const above = cost - bound;
  return above < SAME ? 0 : above / Math.max(Math.abs(cost), SAME);
}

function planOf(
  book: Book,
  input: PlanInput,
  tier: number,
  solved: Solved,
  restored: boolean,
): Plan {
  const { choice, price } = solved;
  const cost = costParts(book, choice);
  // Summed in another order the cost may be a last bit less.
  const lowerBound = Math.min(solved.bound, cost.total);
  const count = counted(book, choice.freed, costOf(choice));
  const left = BigInt(count) - input.need;
  return {
    status: restored ? "restored" : "short",
    need: input.need,
    freed: BigInt(choice.freed),
    shortfall: restored ? 0n : -left,
    over: restored ? left : 0n,
    cost,
    lowerBound,
    gap: gapOf(cost.total, lowerBound),
    proof: solved.proven ? "exact" : "bounded",
    shadowPrice: price,
    steps: stepsOf({ book, choice, lastTier: tier, price }),
    untouched: untouchedOf(book, choice, tier),
    alternatives: solved.alternatives,
  };
}

/**
 * The cheapest set of lots that restores the target, tier by tier.
 *
 * Obeys: isolated and guarded positions stay; a tier is touched only when the ones before it,
 *        closed as far as they may be, do not free enough; no more than `pace` net per market; no
 *        more than one lot over: some lot of the last tier is needed, or a crossed pair of them.
 * Units:   as in PlanInput. Freed margins are floored integers; costs are estimates in USDC.
 * Result:  the same for the same set of markets and positions in any order.
 * Bound:   `lowerBound` holds for all plans that close the same earlier tiers.
 * Errors:  refused as `prepare` says.
 */
export function plan(input: PlanInput, options: PlanOptions = {}): Measured<Plan> {
  const prepared = prepare(input);
  if (!prepared.ok) return prepared;
  const book = prepared.value;
  if (input.need <= 0n) return measured(nothingToDo(book, input));
  const need = Number(input.need);
  const tiers = [...new Set(book.positions.map(({ tier }) => tier))].sort((a, b) => a - b);
  let base = choose(book, new Float64Array(book.positions.length));
  let last = Number.NEGATIVE_INFINITY;
  for (const tier of tiers) {
    const open = book.positions.flatMap((position, i) => (position.tier === tier ? [i] : []));
    const task = { book, open: Int32Array.from(open), need };
    const all = exhaust(task, base);
    last = tier;
    if (missing(task, all) <= 0) {
      return measured(planOf(book, input, tier, solve(task, base, all, options), true));
    }
    base = choose(book, all.lots);
  }
  const closed = { bound: costOf(base), price: 0, proven: false, alternatives: [] };
  return measured(planOf(book, input, last + 1, { ...closed, choice: base }, false));
}
