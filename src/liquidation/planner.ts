/**
 * The liquidation planner: which lots to close so that the target is restored at the least cost.
 */
import type { Measured } from "../risk/refusal.ts";
import { measured } from "../risk/refusal.ts";
import { at, type Book, prepare } from "./book.ts";
import { branch } from "./branch.ts";
import { type Choice, choose, copyChoice, costOf, counted, setLots } from "./choice.ts";
import { crossFill } from "./cross-fill.ts";
import { exhaust } from "./exhaust.ts";
import { costParts, stepsOf } from "./explain.ts";
import type { Alternative, Plan, PlanInput, UntouchedReason } from "./plan-types.ts";
import { type Relaxed, relax } from "./relax.ts";
import { applyRule, SIMPLE_RULES } from "./rules.ts";
import {
  cheaper,
  enough,
  fill,
  fillOnce,
  improve,
  missing,
  noMoreThanOneLotOver,
  room,
  type Task,
  trim,
} from "./search.ts";

export interface PlanOptions {
  /** Nodes that the proof of optimality may visit; 0 never tries. Default 20,000. */
  readonly proofNodes?: number;
  /** Seed of the random rule that is compared with. Default 1. */
  readonly seed?: number;
}

const PROOF_NODES = 20_000;
/** More open positions than this are not proven by branching: the bound tells the gap. */
const PROOF_POSITIONS = 64;
/** USDC that no ledger can tell apart. */
const SAME = 1e-6;
/** Open positions from which on all are rated once before they are rated one by one. */
const MANY = 256;
/** Additions that a start may need before it is given up; the rules always give one. */
const FILL_STEPS = 400;
/** Part of a plan that is a crumb, and what leaving crumbs may cost of it. */
const CRUMB = 1e-4;
/** Positions among which lots are exchanged. */
const NEAR = 24;

/** Whole lots of fractional ones, on top of what earlier tiers close. */
function whole(task: Task, base: Choice, lots: (i: number) => number): Choice {
  const some = base.lots.slice();
  for (const i of task.open) some[i] = lots(i);
  return choose(task.book, some);
}

/**
 * Between what the fractional plan closes whatever the price and the most that it may, as far as the need: below
 * it by less than a lot of each.
 */
function between(task: Task, base: Choice, relaxed: Relaxed): Choice {
  const short = missing(
    task,
    whole(task, base, (i) => Math.floor(at(relaxed.low, i) + 1e-9)),
  );
  const over = -missing(
    task,
    whole(task, base, (i) => Math.ceil(at(relaxed.high, i) - 1e-9)),
  );
  const t = short > 0 ? Math.min(1, short / (short + Math.max(over, 0))) : 0;
  return whole(task, base, (i) => {
    const part = at(relaxed.low, i) + t * (at(relaxed.high, i) - at(relaxed.low, i));
    return Math.floor(part + 1e-9);
  });
}

/**
 * Starting points near the fractional plan: crossed first, then filled up from between, then beyond it. Of
 * thousands of positions only the first two.
 */
function* starts(task: Task, base: Choice, relaxed: Relaxed): Generator<Choice> {
  const { book } = task;
  const crossed = copyChoice(base);
  crossFill(task, crossed, relaxed.price);
  if (missing(task, crossed) <= 0) yield crossed;
  const many = task.open.length > MANY;
  const filled = between(task, base, relaxed);
  if (many) fillOnce(task, filled);
  if (fill(task, filled, FILL_STEPS)) yield filled;
  if (many) return;
  const high = whole(task, base, (i) => Math.ceil(at(relaxed.high, i) - 1e-9));
  const paced = book.markets.every((_, m) => {
    const most = Math.max(at(book.pace, m), Math.abs(at(base.net, m)));
    return Math.abs(at(high.net, m)) <= most * (1 + 1e-9);
  });
  if (paced && missing(task, high) <= 0) yield high;
}

/** Positions near the price at which the plan stops, and those that are closed in part. */
function nearOf(task: Task, choice: Choice, relaxed: Relaxed): number[] {
  const { book } = task;
  const distance = (i: number): number => {
    const now = at(choice.lots, i);
    if (now > 0 && now < at(book.cap, i)) return -1;
    return Math.abs(at(relaxed.reduced, i)) / Math.max(at(book.margin, i), 1e-12);
  };
  return [...task.open]
    .map((i) => ({ i, distance: distance(i) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, NEAR)
    .map(({ i }) => i);
}

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
 * The same plan without its crumbs: a position of which next to nothing is closed is left alone where
 * another that is closed anyway can give as much, for a hundredth of a per cent more at most.
 */
function consolidated(task: Task, plan: Choice, rules: readonly Alternative[]): Choice {
  const { book } = task;
  const most = Math.min(costOf(plan) * (1 + CRUMB), ...rules.map(({ cost }) => cost));
  const closed = (choice: Choice, i: number): number => at(choice.lots, i) * at(book.value, i);
  const all = [...task.open].reduce((sum, i) => sum + closed(plan, i), 0);
  let best = plan;
  for (const i of task.open) {
    const size = closed(best, i);
    if (size === 0 || size > CRUMB * all || at(best.lots, i) <= 1) continue;
    const without = copyChoice(best);
    setLots(book, without, i, 0);
    for (const j of task.open) {
      if (j === i || at(best.lots, j) === 0) continue;
      const tried = copyChoice(without);
      const lots = enough(task, tried, j);
      if (lots < at(tried.lots, j) || lots > room(book, tried, j)) continue;
      setLots(book, tried, j, lots);
      if (missing(task, tried) > 0 || costOf(tried) > most) continue;
      if (!noMoreThanOneLotOver(task, tried)) continue;
      best = tried;
      break;
    }
  }
  return best;
}

/** The cheapest lots of the tier at which the target is met; `all` is what that tier may close. */
function solve(task: Task, base: Choice, all: Choice, options: PlanOptions): Solved {
  const relaxed = relax(task.book, base, task.open, task.need);
  const alternatives: Alternative[] = [];
  let best: Choice | undefined;
  for (const start of starts(task, base, relaxed)) {
    trim(task, start);
    improve(task, start, nearOf(task, start, relaxed), 8);
    if (noMoreThanOneLotOver(task, start)) best = cheaper(best, start);
    if (best !== undefined && costOf(best) - relaxed.bound < SAME) break;
  }
  for (const rule of SIMPLE_RULES) {
    const choice = applyRule(task, base, rule, options.seed ?? 1);
    if (missing(task, choice) > 0) continue;
    alternatives.push(alternative(rule, choice));
    best = cheaper(best, choice);
  }
  // A tier that can restore the target always has the choice that closes all of it, taken back.
  if (best === undefined) {
    best = copyChoice(all);
    trim(task, best);
  }
  const budget = task.open.length > PROOF_POSITIONS ? 0 : (options.proofNodes ?? PROOF_NODES);
  const found = budget > 0 ? branch(task, base, relaxed, best, budget) : undefined;
  const last = found?.choice ?? best;
  const few = task.open.length <= NEAR && found?.proven !== true;
  const choice = choose(task.book, (few ? consolidated(task, last, alternatives) : last).lots);
  return {
    choice,
    bound: found?.proven === true ? costOf(choice) : Math.min(relaxed.bound, costOf(choice)),
    price: relaxed.price,
    proven: found?.proven === true,
    alternatives,
  };
}

function untouchedOf(
  book: Book,
  choice: Choice,
  tier: number,
  restored: boolean,
): { readonly id: string; readonly reason: UntouchedReason }[] {
  const list = [...book.barred];
  book.positions.forEach((position, i) => {
    if (at(choice.lots, i) > 0) return;
    const reason = (): UntouchedReason => {
      if (restored && position.tier > tier) return "later-tier";
      if (room(book, choice, i) === 0) return "pace";
      return restored && position.tier === tier ? "dearer" : "costs-more-than-it-frees";
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

function planOf(
  book: Book,
  input: PlanInput,
  tier: number,
  solved: Solved,
  restored: boolean,
): Plan {
  const { choice, price } = solved;
  const cost = costParts(book, choice);
  const count = counted(book, choice.freed, costOf(choice));
  const left = BigInt(count) - input.need;
  const above = cost.total - solved.bound;
  return {
    status: restored ? "restored" : "short",
    need: input.need,
    freed: BigInt(choice.freed),
    shortfall: restored ? 0n : -left,
    over: restored ? left : 0n,
    cost,
    lowerBound: solved.bound,
    gap: above < SAME ? 0 : above / Math.max(cost.total, SAME),
    proof: solved.proven ? "exact" : "bounded",
    shadowPrice: price,
    steps: stepsOf({ book, choice, lastTier: tier, price }),
    untouched: untouchedOf(book, choice, tier, restored),
    alternatives: solved.alternatives,
  };
}

/**
 * The cheapest set of lots that restores the target, tier by tier.
 *
 * Obeys: isolated and guarded positions stay; a tier is touched only when the ones before it,
 *        closed as far as they may be, do not free enough; no more than `pace` net per market; no
 *        more than one lot over: some lot of the last tier is needed.
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
