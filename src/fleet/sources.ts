/** Where cash can come from: every source with amount, cost, time to cash and certainty, and the mix that is used. */
import { loanMachine } from "../../machines/loan.ts";
import { step } from "../../machines/step.ts";
import { must } from "../core/assert.ts";
import { type AgentId, FLEET, type Id } from "../core/ids.ts";
import { CASH_SOURCES_MAX } from "../core/limits.ts";
import { type Micro, max, micro, ZERO } from "../core/money.ts";
import { ONE, ppm } from "../core/ppm.ts";
import { type CashSource, climb, type LadderPlan } from "../liquidation/ladder.ts";
import { reduceSources } from "../liquidation/reduce-sources.ts";
import type { Consequence, Context, HeldAgent } from "./admission.ts";
import { cancelRequest, loanRecall } from "./closing.ts";
import { crisisRules, isIsolated, type Need, needOf } from "./margins.ts";
import type { Loan } from "./obligations.ts";
import { powderSource, relieved } from "./powder.ts";
import { question } from "./question.ts";
import { type Fixed, keyOf, type Law, type Order } from "./state.ts";
import { underwayOf } from "./underway.ts";
import { unwind } from "./unwinding.ts";

/** An order may fill before its cancel arrives. */
const CANCEL_CERTAINTY = 900_000;
/** Rungs by which the planner's rising cost is followed. */
const RUNGS = 4;

export interface Asked {
  readonly deadlineMs: number;
  /** May positions be closed for it? */
  readonly reduce: boolean;
  /** Is the grace over? Then dry powder and closing are weighed; what is closed is left to the plan that follows. */
  readonly expired?: boolean;
  /** The call, or the duty. */
  readonly because: Id;
  /** Absent: what the targets of a call ask for. */
  readonly need?: Need;
}

/** Whose obligations a scope may draw on: an isolated agent's are its own. */
function* agentsOf(law: Law, scope: AgentId): Iterable<HeldAgent> {
  for (const agent of law.agents.values()) {
    if (scope === FLEET ? !isIsolated(law, agent.agent) : agent.agent === scope) yield agent;
  }
}

/** Loans of an agent that may be asked back, where the rules say that loans are. */
function* recallable(law: Law, agent: HeldAgent): Iterable<Loan> {
  if (crisisRules(law)?.recallLoans !== true) return;
  for (const named of agent.loans) {
    const loan = law.loans.get(keyOf(agent.agent, named));
    if (loan !== undefined && step(loanMachine, loan.phase, "RECALL") !== undefined) yield loan;
  }
}

/** Orders of an agent's own that hold margin for what they would open, and whose cancel was not asked for. */
function* opening(law: Law, agent: HeldAgent): Iterable<Fixed<Order>> {
  for (const named of agent.orders) {
    const order = law.orders.get(keyOf(agent.agent, named));
    if (order === undefined || order.hold === 0n || order.cancelling || order.cause !== "")
      continue;
    yield order;
  }
}

/** Holds of an agent that nothing, or not yet anything, stands behind, and its loans. */
function* obligations(ctx: Context, agent: HeldAgent): Iterable<CashSource> {
  const { law } = ctx;
  const free = { costPpm: 0, divisible: false } as const;
  for (const named of agent.reservations) {
    const key = keyOf(agent.agent, named);
    const amount = law.reservations.get(key)?.amount ?? 0n;
    const id = `reservation:${key}`;
    yield { id, kind: "pending", amount, timeToCash: 0, certainty: ONE, ...free };
  }
  const timeToCash = law.policy?.answerWithinMs ?? 0;
  for (const { order, hold } of opening(law, agent)) {
    const certainty = CANCEL_CERTAINTY;
    yield {
      id: `order:${keyOf(agent.agent, order)}`,
      kind: "pending",
      amount: hold,
      timeToCash,
      certainty,
      ...free,
    };
  }
  for (const loan of recallable(law, agent)) {
    yield {
      id: `loan:${keyOf(loan.agent, loan.loan)}`,
      kind: "loan",
      amount: loan.hold,
      // A month of interest is what recalling it forgoes.
      costPpm: Math.ceil(loan.rate / 12),
      timeToCash: loan.noticeMs,
      certainty: ONE,
      divisible: false,
    };
  }
}

/** What closing positions would bring, dearer rung by rung; what costs nothing is crossed inside. */
function rungs(
  { law, at }: Context,
  scope: AgentId,
  need: Need,
  timeToCash: number,
): readonly CashSource[] {
  const input = question(law, scope, need, at);
  const rungs = { rungs: RUNGS, kind: "reduce", upTo: need.amount } as const;
  const made = reduceSources(input, { ...rungs, timeToCash, certainty: ONE });
  if (!made.ok) return [];
  return made.value.map((source) =>
    source.costPpm === 0 ? { ...source, kind: "netting", timeToCash: 0 } : source,
  );
}

/** The largest sources first, as many as one decision weighs. */
function sourcesOf(ctx: Context, need: Need, scope: AgentId, asked: Asked): readonly CashSource[] {
  const found: CashSource[] = asked.expired === true ? powderSource(ctx.law, scope, need) : [];
  // What is closed lands when it lands, now that the time is over: only what it costs is compared.
  if (found.length > 0) found.push(...rungs(ctx, scope, need, 0));
  // Only what is reserved can be given up; maintenance is lowered by closing alone.
  if (need.by === "utilization") {
    for (const agent of agentsOf(ctx.law, scope)) found.push(...obligations(ctx, agent));
  }
  found.sort((a, b) =>
    a.amount !== b.amount ? (a.amount > b.amount ? -1 : 1) : a.id < b.id ? -1 : 1,
  );
  return found.slice(0, CASH_SOURCES_MAX);
}

/**
 * What a call for maintenance gives up though none of it lowers any: opening orders, which filled would bring more, and
 * loans, for lent out they help in no call after this. No more than one turn may hold; the rest when the grace ends.
 */
function* givenUp(ctx: Context, scope: AgentId, because: Id): Consequence {
  const [orders, loans]: [Fixed<Order>[], Loan[]] = [[], []];
  for (const agent of agentsOf(ctx.law, scope)) {
    orders.push(...opening(ctx.law, agent));
    loans.push(...recallable(ctx.law, agent));
  }
  for (const order of orders.slice(0, CASH_SOURCES_MAX)) yield cancelRequest(ctx, order);
  for (const loan of loans.slice(0, CASH_SOURCES_MAX)) yield loanRecall(ctx, loan, because);
}

/** A need less what orders under way will free: dry powder stands in for none of that. */
function beyond({ law }: Context, scope: AgentId, need: Need): Need {
  const underway = underwayOf(law, scope, need.by);
  return { ...need, amount: max(micro(need.amount - underway), ZERO) };
}

/** Uses the cheapest mix that lands before the deadline; loans that land later are asked back too. */
export function* raiseCash(ctx: Context, scope: AgentId, asked: Asked): Consequence {
  const rules = crisisRules(ctx.law);
  const whole = asked.need ?? (rules === undefined ? undefined : needOf(ctx.law, rules, scope));
  if (whole === undefined) return;
  const need = asked.expired === true ? beyond(ctx, scope, whole) : whole;
  if (need.by === "maintenance") yield* givenUp(ctx, scope, asked.because);
  const ladder = { need: need.amount, deadline: asked.deadlineMs };
  let sources = sourcesOf(ctx, need, scope, asked);
  let made = climb({ ...ladder, sources });
  // Positions come last, whatever they cost: only for what nothing else brings in time.
  if (made.ok && made.value.shortfall > 0n && asked.reduce) {
    const timeToCash = ctx.law.policy?.answerWithinMs ?? 0;
    sources = [...sources, ...rungs(ctx, scope, need, timeToCash)];
    made = climb({ ...ladder, sources });
  }
  if (!made.ok || made.value.steps.length === 0) return;
  const mix = made.value;
  const byId = new Map(sources.map((source) => [source.id, source]));
  yield {
    type: "CashRaised",
    agent: scope,
    because: asked.because,
    need: need.amount,
    deadlineMs: asked.deadlineMs,
    covered: micro(mix.covered),
    shortfall: micro(mix.shortfall),
    cost: micro(mix.cost),
    proven: mix.proven,
    steps: mix.steps.map((used) => ({
      source: used.id,
      kind: used.kind,
      amount: micro(used.amount),
      counts: micro(used.counts),
      cost: micro(used.cost),
      timeToCashMs: used.timeToCash,
      certainty: ppm(byId.get(used.id)?.certainty ?? 0),
      reason: used.reason,
    })),
  };
  yield* useMix(ctx, scope, need, mix, asked);
}

function* useMix(
  ctx: Context,
  scope: AgentId,
  need: Need,
  mix: LadderPlan,
  { because, expired }: Asked,
): Consequence {
  let closing = 0n;
  for (const { id, kind, amount } of mix.steps) {
    if (kind === "netting" || kind === "reduce") closing += amount;
    else if (kind === "dry-powder") yield relieved(ctx.law, micro(amount), need.amount, because);
    else yield* useSource(ctx, id, because);
  }
  if (closing > 0n && expired !== true) {
    const amount: Micro = micro(closing);
    yield* unwind(ctx, scope, { ...need, amount }, because);
  }
}

function* useSource(ctx: Context, id: string, because: Id): Consequence {
  const { law } = ctx;
  const [kind, key] = [id.slice(0, id.indexOf(":")), id.slice(id.indexOf(":") + 1)];
  if (kind === "reservation") {
    const { agent, amount } = must(law.reservations.get(key), "a source is there");
    const reservation = key.slice(agent.length + 1) as Id;
    yield { type: "ReservationVoided", agent, reservation, amount };
  } else if (kind === "order") {
    yield cancelRequest(ctx, must(law.orders.get(key), "a source is there"));
  } else {
    yield loanRecall(ctx, must(law.loans.get(key), "a source is there"), because);
  }
}
