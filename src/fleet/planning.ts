/** Which plan is taken: for this call or the next one too, with few orders, sparing who would have to sell. */
import { type AgentId, FLEET } from "../core/ids.ts";
import { planAs } from "../liquidation/by-rule.ts";
import type { CascadeInput } from "../liquidation/cascade.ts";
import { planFewer } from "../liquidation/fewer.ts";
import type { Plan, PlanInput } from "../liquidation/plan-types.ts";
import { type SecondRound, secondRound } from "../liquidation/second-round.ts";
import { type Spared, sparing } from "../liquidation/sparing.ts";
import { type Measured, measured } from "../risk/refusal.ts";
import { cascadeOf } from "./cascade-input.ts";
import { crisisRules, isIsolated, type Need } from "./margins.ts";
import { type Distressed, distressed, openOf } from "./plan-facts.ts";
import type { Law } from "./state.ts";

/** Nodes that a proof may visit inside a turn: some milliseconds. */
const PROOF_NODES = 2_000;
/** Open positions, and scopes that stand alone, beyond which nobody is asked whether a plan would force it to sell. */
const SIMULATED_MAX = 500;
const SCOPES_MAX = 32;
/** Positions that may be closed beyond which it is told, and no other plan is looked for: each is some twenty plans. */
const SPARED_MAX = 128;

/** Looks at a holding in one simulation: some ten milliseconds. A plan takes sixty simulations at most. */
const LOOKS = 100_000;
/** Sales that end at all near enough to matter end in a dozen rounds. */
const ROUNDS_LEAST = 20;

/** Rounds that a simulation may take inside a turn: the fewer the more scopes and markets are looked at in each. */
export const roundsFor = ({ agents, assets }: CascadeInput): number =>
  Math.max(ROUNDS_LEAST, Math.floor(LOOKS / Math.max(agents.length * assets.length, 1)));

/** Sales that a plan forces on others, in USDC lost to them beyond its own cost. */
export interface Sparing {
  readonly cost: number;
  readonly forced: readonly AgentId[];
  /** What the plan that does not look at them would have cost with theirs. */
  readonly unspared: number;
}

interface Planned {
  /** None: undefined where the planner refuses the question. */
  readonly plan: Plan | undefined;
  /** Where the next call was weighed too. */
  readonly rough: Distressed | undefined;
  /** Where the cheapest plan would force somebody to sell. */
  readonly spared: Sparing | undefined;
  /** Rounds after which sales that it, or another plan that was looked at, forces on others still grew. */
  readonly unsettled?: number;
}

/** Does anybody stand beside the scope who could be forced to sell by it, and are they few enough to be asked? */
function hasOthers(law: Law, scope: AgentId): boolean {
  const owners = new Set<AgentId>();
  let open = 0;
  for (const { agent, qty } of law.positions.values()) {
    if (qty === 0n) continue;
    open += 1;
    if (open > SIMULATED_MAX) return false;
    owners.add(isIsolated(law, agent) ? agent : FLEET);
  }
  owners.delete(scope);
  return owners.size > 0 && owners.size <= SCOPES_MAX;
}

/**
 * The plan for this call, with as few orders as the rules pay for; in rough times for the next one too. `rounds` says
 * how far a simulation of whom it would make sell goes.
 */
export function planFor(
  law: Law,
  scope: AgentId,
  input: PlanInput,
  need: Need,
  rounds: (world: CascadeInput) => number = roundsFor,
): Planned {
  const rule = crisisRules(law)?.closeBy;
  if (rule !== undefined) {
    const ruled = planAs(input, rule, { proofNodes: PROOF_NODES });
    return { plan: ruled.ok ? ruled.value : undefined, rough: undefined, spared: undefined };
  }
  const others = hasOthers(law, scope);
  const after = (made: Plan) => cascadeOf(law, new Map(), { scope, made });
  let settled = true;
  const roundOf = (made: Plan): Measured<SecondRound> => {
    const world = after(made);
    const round = secondRound(world, made, { rounds: rounds(world) });
    settled = settled && (round.ok || round.code !== "not-converged");
    return round;
  };
  const knockOn = (made: Plan): number => {
    const round = others ? roundOf(made) : undefined;
    return round?.ok === true ? round.value.knockOn : 0;
  };
  const rough = distressed(law, input, need, { proofNodes: PROOF_NODES, beside: knockOn });
  const first = rough?.made.plan ?? calm(law, input);
  if (first === undefined || !others) return { plan: first, rough, spared: undefined };
  // In rough times the candidates have been weighed with it already.
  const many = openOf(input).length;
  const choice = rough === undefined && many > 1 && many <= SPARED_MAX;
  const most = rounds(after(first));
  const found = choice
    ? sparing(input, first, after, { rounds: most })
    : alone(first, roundOf(first));
  settled = settled && (found.ok ? found.value.settled : found.code !== "not-converged");
  const noted = settled ? {} : { unsettled: most };
  if (!found.ok) return { plan: first, rough, spared: undefined, ...noted };
  const { plan, round, before } = found.value;
  if (before.forced.length === 0) return { plan, rough, spared: undefined, ...noted };
  return {
    ...{ plan, rough, ...noted },
    spared: {
      cost: round.knockOn,
      forced: round.forced as readonly AgentId[],
      unspared: first.cost.total + before.knockOn,
    },
  };
}

/** The plan itself, where no other is looked for. */
const alone = (plan: Plan, round: Measured<SecondRound>): Measured<Spared> =>
  round.ok ? measured({ plan, round: round.value, before: round.value, settled: true }) : round;

function calm(law: Law, input: PlanInput): Plan | undefined {
  const made = planFewer(input, crisisRules(law)?.fewerOrders ?? 0, { proofNodes: PROOF_NODES });
  return made.ok ? made.value : undefined;
}
