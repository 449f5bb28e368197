/** From what must come free to orders and crosses: the planner's question, and its answer carried out. */
import { must } from "../core/assert.ts";
import { type AgentId, FLEET, type Id, type MarketId } from "../core/ids.ts";
import { LIQUIDATION_STEPS_MAX } from "../core/limits.ts";
import { abs, fromFloat, type Micro, max, micro, qty, USDC_DECIMALS, ZERO } from "../core/money.ts";
import { ONE, ppm } from "../core/ppm.ts";
import { after, type Millis } from "../core/time.ts";
import { planFewer } from "../liquidation/fewer.ts";
import type { Patient } from "../liquidation/patience.ts";
import type { Plan, PlanInput, PlanMarket, PlanPosition } from "../liquidation/plan-types.ts";
import type { LiquidationStep } from "../protocol/crisis-facts.ts";
import type { Consequence, Context } from "./admission.ts";
import { isRefused, reducing } from "./closing.ts";
import { crossPositions } from "./crossing.ts";
import { crisisRules, isIsolated, type Measure, type Need } from "./margins.ts";
import { bookTold, depthOf, impactOf } from "./market-books.ts";
import { pacedBy, paceLeft } from "./pacing.ts";
import { type Distressed, distressed, lossesOf } from "./plan-facts.ts";
import { type Fixed, keyOf, type Law, type Position } from "./state.ts";
import { waitingOf } from "./waiting.ts";

/** Nodes that a proof may visit inside a turn: some milliseconds. */
const PROOF_NODES = 2_000;
/** A plan without steps is made again after the retry wait, then after twice that, up to a minute. */
const WAIT_MAX = 60_000;
const positionsOf = function* (law: Law, scope: AgentId): Iterable<Fixed<Position>> {
  if (scope === FLEET) {
    for (const held of law.positions.values()) if (held.qty !== 0n) yield held;
    return;
  }
  for (const market of law.agents.get(scope)?.positions ?? []) {
    const held = law.positions.get(keyOf(scope, market));
    if (held !== undefined) yield held;
  }
};

/** What the coordinator's own orders have still to fill, by position. */
function underwayQty(law: Law): ReadonlyMap<string, bigint> {
  const open = new Map<string, bigint>();
  for (const order of law.orders.values()) {
    if (order.cause === "") continue;
    const key = keyOf(order.agent, order.market);
    open.set(key, (open.get(key) ?? 0n) + order.qty - order.filled);
  }
  return open;
}

const marginBy = (position: Fixed<Position>, by: Measure): bigint =>
  by === "utilization" ? position.margin : position.maintenance;

export interface Question {
  readonly input: PlanInput;
  /** Margin that orders under way will free when they fill whole. */
  readonly underway: Micro;
}

/**
 * The planner's view of a scope: isolated agents and what is being closed anyway are not touched.
 *
 * @param at the time of the turn: what the law holds is only told up to the turn before.
 */
export function question(law: Law, scope: AgentId, need: Need, at: Millis): Question {
  const { by } = need;
  const open = underwayQty(law);
  const positions: PlanPosition[] = [];
  const markets = new Map<MarketId, PlanMarket>();
  let underway = 0n;
  for (const held of positionsOf(law, scope)) {
    const market = law.markets.get(held.market);
    const isolated = scope === FLEET && isIsolated(law, held.agent);
    if (market?.mark === undefined || isolated) continue;
    const { lot } = market.policy;
    const size = abs(held.qty);
    const key = keyOf(held.agent, held.market);
    const closing = held.closing === undefined ? (open.get(key) ?? 0n) : size;
    const taken = closing > size ? size : closing;
    underway += (marginBy(held, by) * taken) / size;
    positions.push({
      id: key,
      agent: held.agent,
      market: held.market,
      qty: held.qty,
      margin: marginBy(held, by),
      tier: law.agents.get(held.agent)?.delegation?.priority ?? 0,
      // What would be refused again is no way to margin before there is another mark.
      maxQty: isRefused(market, at) ? 0n : size - taken,
      pnl: held.unrealized,
      ...lossesOf(law, held),
    });
    const impact = impactOf(law, market);
    const pace = paceLeft(law, market, depthOf(law, market), at);
    const paced = pace === undefined ? {} : { pace };
    markets.set(held.market, { id: held.market, mark: market.mark, lot, ...impact, ...paced });
  }
  const left = max(micro(need.amount - underway), ZERO);
  const input = {
    need: left,
    costShare: need.costShare,
    markets: [...markets.values()],
    positions,
  };
  return { input, underway: micro(underway) };
}

const upToMicro = (usdc: number): Micro =>
  micro(fromFloat(Math.min(Math.max(usdc, 0), 1e9), USDC_DECIMALS, "ceil"));

/** A step as the journal keeps it. */
export const stepOf = (step: Plan["steps"][number]): LiquidationStep => ({
  kind: step.kind,
  of: step.agent as AgentId,
  market: step.market as MarketId,
  side: step.side,
  qty: qty(step.qty),
  frees: micro(step.frees),
  cost: upToMicro(step.cost),
  reason: step.reason,
  because: step.because,
});

/** The longs' agents and what they cross against, by the position that the plan names. */
const agentOf = (key: string): AgentId => key.slice(0, key.lastIndexOf("/")) as AgentId;

interface Planned {
  /** None: undefined where the planner refuses the question. */
  readonly plan: Plan | undefined;
  /** Where the next call was weighed too. */
  readonly rough: Distressed | undefined;
}

/** The plan for this call, with as few orders as the rules pay for; in rough times for the next one too. */
export function planFor(law: Law, input: PlanInput, need: Need): Planned {
  const rough = distressed(law, input, need, PROOF_NODES);
  if (rough !== undefined) return { plan: rough.made.plan, rough };
  const made = planFewer(input, crisisRules(law)?.fewerOrders ?? 0, { proofNodes: PROOF_NODES });
  return { plan: made.ok ? made.value : undefined, rough };
}

/**
 * Makes a plan for what is missing beyond what is under way, tells it whole, and takes its first steps.
 *
 * `call` names what it is for; the orders carry it as their cause.
 */
export function* unwind(ctx: Context, scope: AgentId, need: Need, call: Id): Consequence {
  const { law, at } = ctx;
  const { input, underway } = question(law, scope, need, at);
  // At the end of the grace the plan is told even when what is under way is enough.
  const expired = law.crisis.calls.get(scope)?.phase === "expired";
  if (input.need === 0n && underway > 0n && !expired) return;
  const { plan: planned, rough } = planFor(law, input, need);
  const parted = planned && waitingOf(law, scope, at, input, planned);
  const all = parted?.now ?? planned?.steps ?? [];
  const steps = all.slice(0, LIQUIDATION_STEPS_MAX);
  const waited = waitedFor(law, scope, call);
  const retry = law.policy?.closeRetryMs ?? 0;
  const idle = steps.length === 0 && (parted?.later.length ?? 0) === 0;
  const wait = idle ? Math.min(Math.max(waited * 2, retry, 1), WAIT_MAX) : retry;
  const more = (planned?.steps.length ?? 0) - steps.length;
  const pacedUntil = planned && pacedBy(law, input, planned, at);
  yield {
    type: "LiquidationPlanned",
    agent: scope,
    call,
    status: planned?.status ?? "short",
    by: need.by,
    need: need.amount,
    underway,
    freed: micro(planned?.freed ?? 0n),
    shortfall: micro(planned?.shortfall ?? input.need),
    cost: upToMicro(planned?.cost.total ?? 0),
    lowerBound: upToMicro(planned?.lowerBound ?? 0),
    gap: ppm(Math.ceil((planned?.gap ?? 0) * ONE)),
    steps: steps.map(stepOf),
    more,
    alternatives: (planned?.alternatives ?? []).map(({ rule, cost }) => ({
      rule,
      cost: upToMicro(cost),
    })),
    books: [...new Set(steps.map(({ market }) => market as MarketId))].map((market) =>
      bookTold(law, must(law.markets.get(market), "a step names a market of the fleet")),
    ),
    ...(rough === undefined ? {} : { distress: distressFacts(rough) }),
    ...(parted === undefined || parted.later.length === 0 ? {} : { waiting: waitingFacts(parted) }),
    ...(pacedUntil === undefined ? {} : { pacedUntil }),
    planAt: all.length > steps.length ? after(at, 1) : (pacedUntil ?? after(at, wait)),
  };
  for (const step of steps) yield* take(ctx, step, call);
}

/** How long the last plan of this call, or of this duty, waited because it had no steps. */
const waitedFor = (law: Law, scope: AgentId, call: Id): number =>
  law.crisis.followed.get(call)?.waitMs ?? law.crisis.calls.get(scope)?.waitMs ?? 0;

const distressFacts = ({ made, chance, nextNeed }: Distressed) => ({
  chance,
  nextNeed,
  expected: upToMicro(made.expected),
  alone: upToMicro(made.myopic.expected),
});

const waitingFacts = ({ later, expected, atOnce }: Patient) => ({
  steps: later.length,
  expected: upToMicro(expected),
  atOnce: upToMicro(atOnce),
});

function* take(ctx: Context, step: Plan["steps"][number], call: Id): Consequence {
  const market = step.market as MarketId;
  if (step.kind === "cross") {
    // Each cross stands there twice, once for each side.
    if (step.side !== "sell") return;
    const short = agentOf(must(step.against, "a cross has another side"));
    const pair = { long: step.agent as AgentId, short };
    yield* crossPositions(ctx, market, pair, qty(step.qty), call);
    return;
  }
  const position = ctx.law.positions.get(keyOf(step.agent as AgentId, market));
  if (position === undefined || position.qty === 0n) return;
  yield* reducing(ctx, position, qty(step.qty), call, step.because.slice(0, 200));
}
