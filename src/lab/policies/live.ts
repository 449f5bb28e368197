/** Lives through a crisis under one rule, step by step, until it is over. */
import { impactFromDepth } from "../../liquidation/impact.ts";
import type { PlanInput, PlanMarket } from "../../liquidation/plan-types.ts";
import { type Books, close, free, marksAt, openBooks, SHARED, standing } from "./account.ts";
import { BOUNDS, type Crisis } from "./crisis.ts";
import { crowdOf } from "./crowd.ts";
import { graceAt, type Waits } from "./grace.ts";
import { type Decider, decide } from "./rules.ts";

/** One position closed against its agent's will, and why. */
export interface ForcedStep {
  readonly step: number;
  readonly by: "fleet" | "venue";
  readonly position: string;
  readonly agent: string;
  /** 1e-8 coin. */
  readonly qty: bigint;
  /** USDC at the mark, and USDC that its fill cost. */
  readonly value: number;
  readonly cost: number;
  readonly because: string;
}

export interface Outcome {
  readonly crisis: string;
  readonly family: string;
  readonly rule: Decider;
  /** USDC of the shared account after each step. */
  readonly equity: readonly number[];
  /** Margin bound over equity after each step; 0 when nothing is left. */
  readonly utilization: readonly number[];
  readonly calls: number;
  /** Calls that were not met in the grace, or that the venue ended. */
  readonly missed: number;
  /** Different positions closed in part or whole. */
  readonly touched: number;
  /** Of these, positions of which nothing is left: liquidated, not reduced. */
  readonly wiped: number;
  readonly orders: number;
  /** USDC sent into markets; USDC closed inside the fleet at the mark. */
  readonly sent: number;
  readonly crossed: number;
  /** USDC: what the fills cost, what followed took from the rest, and both. */
  readonly direct: number;
  readonly secondRound: number;
  readonly cost: number;
  /** USDC below zero that the venue had to bear. */
  readonly negative: number;
  /** USDC at the end beyond what is left when nobody acts. */
  readonly saved: number;
  /** 1: each agent bore the part of the cost that its margin is of all; 0: others did. */
  readonly fairness: number | undefined;
  readonly forced: readonly ForcedStep[];
}

/** What a fleet file says of its planner: millionths that fewer orders may cost, and how orders wait. */
export interface Ways {
  readonly fewer: number;
  readonly waits: Waits;
}

interface Run {
  readonly ways: Ways;
  readonly books: Books;
  readonly crowd: ReturnType<typeof crowdOf>;
  readonly rule: Decider;
  readonly forced: ForcedStep[];
  called: number | undefined;
  calls: number;
  missed: number;
  counted: boolean;
  orders: number;
  sent: number;
  crossed: number;
  negative: number;
  over: boolean;
}

/** The planner's question of a step: margins at the marks, impact by the books of the moment. */
function question(books: Books, step: number, need: number): PlanInput {
  const marks = marksAt(books, step);
  const markets = books.crisis.markets.map((market, m): PlanMarket => {
    const { permanentShare, halfSpread, fee, id, lot } = market;
    const depth = market.depth * (books.crisis.stress[step]?.[m] ?? 1);
    const made = impactFromDepth({ depth, move: 0.01, permanentShare, halfSpread, fee });
    const impact = made.ok ? made.value : { temporary: 0, permanent: 0, halfSpread, fee };
    const mark = marks[m] ?? 0;
    const pace = BigInt(Math.max(1, Math.round(((BOUNDS.pace * depth) / mark) * 1e8)));
    return { id, lot, pace, mark: BigInt(Math.max(1, Math.round(mark * 1e8))), ...impact };
  });
  const tiers = new Map(books.crisis.agents.map(({ id, tier }) => [id, tier]));
  const positions = books.held.flatMap((one) => {
    if (one.qty === 0n) return [];
    const { id, agent, market, collateral } = one.position;
    const mark = marks[one.m] ?? 0;
    const value = (Number(one.qty) / 1e8) * mark;
    const margin = collateral === true ? 0 : Math.abs(value) * one.market.initial;
    return [
      {
        ...{ id, agent, market, qty: one.qty, tier: tiers.get(agent) ?? 0 },
        margin: BigInt(Math.floor(margin * 1e6)),
        pnl: BigInt(Math.round(value * (1 - one.entry / mark) * 1e6)),
        isolated: one.scope !== SHARED,
        guarded: collateral === true,
      },
    ];
  });
  const costShare = BOUNDS.target * 1e6;
  return { need: BigInt(Math.ceil(need * 1e6)), costShare, markets, positions };
}

function force(
  run: Run,
  step: number,
  closes: ReadonlyMap<string, bigint>,
  [by, scope]: readonly [ForcedStep["by"], string],
  because: (position: string) => string,
): void {
  const marks = marksAt(run.books, step);
  const cohorts = run.crowd[step] ?? [];
  const venue = by === "venue" ? BOUNDS.venueFee : 0;
  const shared = scope === SHARED;
  // What an isolated agent loses to its venue is nobody's decision here.
  const costs = shared ? run.books.costs : free();
  const done = close(run.books, closes, { step, crowd: cohorts, venue, costs });
  run.orders += shared ? done.orders : 0;
  run.sent += shared ? done.sent : 0;
  run.crossed += shared ? done.crossed : 0;
  for (const { position, m } of run.books.held) {
    const qty = closes.get(position.id);
    if (qty === undefined || qty === 0n) continue;
    run.forced.push({
      ...{ step, by, position: position.id, agent: position.agent, qty },
      value: (Number(qty) / 1e8) * (marks[m] ?? 0),
      cost: done.paid.get(position.id) ?? 0,
      because: because(position.id),
    });
  }
}

/** The venue takes an account whose equity does not cover its maintenance. */
function takeOver(run: Run, step: number, scope: string): void {
  const all = new Map<string, bigint>();
  for (const { position, scope: own, qty } of run.books.held) {
    if (own === scope && qty !== 0n) all.set(position.id, qty < 0n ? -qty : qty);
  }
  force(run, step, all, ["venue", scope], () => "equity no longer covered its maintenance margin");
  const left = standing(run.books, scope, marksAt(run.books, step)).equity;
  if (left < 0) {
    run.books.cash.set(scope, 0);
    if (scope === SHARED) run.negative += -left;
  }
}

function miss(run: Run): void {
  if (run.counted) return;
  run.missed += 1;
  run.counted = true;
}

function oneStep(run: Run, step: number): void {
  const { books } = run;
  for (const agent of books.crisis.agents) {
    if (agent.isolated === undefined) continue;
    const now = standing(books, agent.id, marksAt(books, step));
    if (now.maintenance > 0 && now.maintenance >= now.equity) takeOver(run, step, agent.id);
  }
  const now = standing(books, SHARED, marksAt(books, step));
  if (run.over || now.margin === 0) return;
  const open = (): void => {
    if (run.called !== undefined) return;
    run.called = step;
    run.calls += 1;
    run.counted = false;
  };
  if (now.maintenance >= now.equity) {
    open();
    miss(run);
    takeOver(run, step, SHARED);
    run.over = true;
    return;
  }
  if (now.margin >= BOUNDS.call * now.equity) open();
  if (run.called === undefined) return;
  const need = now.margin - BOUNDS.target * now.equity;
  if (need > 0) {
    const input = question(books, step, need);
    const seed = books.crisis.seed * 1_000 + step;
    const { fewer, waits } = run.ways;
    const grace = graceAt(books, step, BOUNDS.graceSteps - (step - run.called), waits);
    const { closes, because } = decide(run.rule, input, seed, { grace, fewer });
    force(run, step, closes, ["fleet", SHARED], (id) => because.get(id) ?? "");
  }
  const after = standing(books, SHARED, marksAt(books, step));
  if (after.margin <= BOUNDS.target * after.equity * 1.02) run.called = undefined;
  else if (step - run.called >= BOUNDS.graceSteps) miss(run);
}

/** 1 less half the distance between who bore the cost and whose margin it was. */
function fairnessOf(crisis: Crisis, books: Books): number | undefined {
  const shared = books.held.filter((one) => one.scope === SHARED);
  const margins = new Map<string, number>();
  for (const { position, market, entry } of shared) {
    if (position.collateral === true) continue;
    const margin = (Math.abs(Number(position.qty)) / 1e8) * entry * market.initial;
    margins.set(position.agent, (margins.get(position.agent) ?? 0) + margin);
  }
  const all = [...margins.values()].reduce((a, b) => a + b, 0);
  const borne = [...margins.keys()].map((agent) => Math.max(0, books.borne.get(agent) ?? 0));
  const lost = borne.reduce((a, b) => a + b, 0);
  if (lost < crisis.equity * 1e-9 || margins.size < 2) return undefined;
  const far = [...margins.values()].map((margin, i) =>
    Math.abs((borne[i] ?? 0) / lost - margin / all),
  );
  return 1 - far.reduce((a, b) => a + b, 0) / 2;
}

function lived(crisis: Crisis, rule: Decider, ways: Ways): Omit<Outcome, "saved"> {
  const run: Run = {
    ...{ ways, books: openBooks(crisis), crowd: crowdOf(crisis), rule, forced: [] },
    ...{ called: undefined, calls: 0, missed: 0, counted: false, orders: 0, sent: 0 },
    ...{ crossed: 0, negative: 0, over: false },
  };
  const equity: number[] = [];
  const utilization: number[] = [];
  crisis.prices.forEach((_, step) => {
    oneStep(run, step);
    const now = standing(run.books, SHARED, marksAt(run.books, step));
    equity.push(now.equity);
    utilization.push(now.equity > 0 ? now.margin / now.equity : 0);
  });
  const { fees, temporary, permanent, secondRound, venue } = run.books.costs;
  const direct = fees + temporary + permanent + venue;
  const inFleet = run.forced.filter(({ agent }) => own(crisis, agent) === undefined);
  const touched = new Set(inFleet.map(({ position }) => position));
  return {
    ...{ crisis: crisis.name, family: crisis.family, rule, equity, utilization },
    ...{ calls: run.calls, missed: run.missed, orders: run.orders },
    touched: touched.size,
    wiped: run.books.held.filter(({ position, qty }) => qty === 0n && touched.has(position.id))
      .length,
    ...{ sent: run.sent, crossed: run.crossed, direct, secondRound },
    cost: direct + secondRound + run.negative,
    ...{ negative: run.negative, fairness: fairnessOf(crisis, run.books), forced: run.forced },
  };
}

const own = (crisis: Crisis, agent: string): number | undefined =>
  crisis.agents.find(({ id }) => id === agent)?.isolated;

/** The same crisis under each rule. The same input gives the same outcome. */
export function liveThrough(
  crisis: Crisis,
  rules: readonly Decider[],
  ways: Ways,
): readonly Outcome[] {
  const alone = lived(crisis, "nobody", ways).equity.at(-1) ?? 0;
  return rules.map((rule) => {
    const outcome = lived(crisis, rule, ways);
    return { ...outcome, saved: (outcome.equity.at(-1) ?? 0) - alone };
  });
}
