/** From what must come free to orders and crosses: the planner's question, and its answer carried out. */
import { must } from "../core/assert.ts";
import type { AgentId, Id, MarketId } from "../core/ids.ts";
import { LIQUIDATION_STEPS_MAX } from "../core/limits.ts";
import { fromFloat, type Micro, micro, qty, USDC_DECIMALS } from "../core/money.ts";
import { ONE, ppm } from "../core/ppm.ts";
import { after } from "../core/time.ts";
import type { Patient } from "../liquidation/patience.ts";
import type { Plan } from "../liquidation/plan-types.ts";
import type { LiquidationStep } from "../protocol/crisis-facts.ts";
import type { Consequence, Context } from "./admission.ts";
import { reducing } from "./closing.ts";
import { TRAILING } from "./crisis-state.ts";
import { crossPositions } from "./crossing.ts";
import { crumbOf, type Need } from "./margins.ts";
import { bookTold } from "./market-books.ts";
import { pacedBy } from "./pacing.ts";
import type { Distressed } from "./plan-facts.ts";
import { planFor, type Sparing } from "./planning.ts";
import { question } from "./question.ts";
import { keyOf, type Law } from "./state.ts";
import { underwayOf } from "./underway.ts";
import { turnOf, waitingOf } from "./waiting.ts";

/** A plan without steps is made again after the retry wait, then after twice that, up to a minute. */
const WAIT_MAX = 60_000;
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

/**
 * Makes a plan for what is missing beyond what is under way, tells it whole, and takes its first steps.
 *
 * `call` names what it is for; the orders carry it as their cause.
 */
export function* unwind(ctx: Context, scope: AgentId, need: Need, call: Id): Consequence {
  const { law, at } = ctx;
  // At the end of the grace, and when a stop is hit, it is told even where what is under way is nearly enough.
  const expired = law.crisis.calls.get(scope)?.phase === "expired";
  const first = expired || (call === TRAILING && !law.crisis.followed.has(call));
  // Asked in every turn while the rest is a crumb: of what is under way alone, before the whole book is looked at.
  const underway = underwayOf(law, scope, need.by);
  if (need.amount - underway <= crumbOf(law, scope) && underway > 0n && !first) return;
  const input = question(law, scope, need, at);
  const { plan: planned, rough, spared, unsettled } = planFor(law, scope, input, need);
  const parted = planned && waitingOf({ law, scope, call, at }, input, planned);
  const all = parted?.now ?? planned?.steps ?? [];
  const steps = all.slice(0, LIQUIDATION_STEPS_MAX);
  const waited = waitedFor(law, scope, call);
  const retry = law.policy?.closeRetryMs ?? 0;
  const wait = steps.length > 0 ? retry : waitOf(law, waited, parted?.later.length ?? 0);
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
    ...(spared === undefined ? {} : { knockOn: knockOnFacts(spared) }),
    ...(unsettled === undefined ? {} : { unsettled }),
    planAt: all.length > steps.length ? after(at, 1) : (pacedUntil ?? after(at, wait)),
  };
  for (const step of steps) yield* take(ctx, step, call);
}

/** Until the next look after a plan without steps: a turn where orders wait, else longer each time. */
const waitOf = (law: Law, waited: number, waiting: number): number =>
  waiting > 0
    ? turnOf(law)
    : Math.min(Math.max(waited * 2, law.policy?.closeRetryMs ?? 0, 1), WAIT_MAX);

/** How long the last plan of this call, or of this duty, waited because it had no steps. */
function waitedFor({ crisis }: Law, scope: AgentId, call: Id): number {
  const open = crisis.calls.get(scope);
  return crisis.followed.get(call)?.waitMs ?? (open?.call === call ? open.waitMs : 0);
}

const distressFacts = ({ made, chance, nextNeed }: Distressed) => ({
  chance,
  nextNeed,
  expected: upToMicro(made.expected),
  alone: upToMicro(made.myopic.expected),
});

const knockOnFacts = ({ cost, forced, unspared }: Sparing) => ({
  ...{ cost: upToMicro(cost), of: forced, unspared: upToMicro(unspared) },
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
