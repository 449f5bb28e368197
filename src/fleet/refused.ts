/** What the venue would not take back and may not stay: asked for again until it is gone. */
import { loanMachine } from "../../machines/loan.ts";
import { step } from "../../machines/step.ts";
import { type AgentId, FLEET, type MarketId } from "../core/ids.ts";
import { type Consequence, type Context, callFault, modeIn, modeOf } from "./admission.ts";
import { cancelRequest, loanRecall } from "./closing.ts";
import { ORANGE } from "./crisis-state.ts";
import { crisisRules, isIsolated } from "./margins.ts";
import type { Law } from "./state.ts";

/**
 * Must all that an agent has go now, whatever it was approved for? Halted and flattened, its delegation
 * ended, revoked or recalled for good.
 */
function mustStop({ law, at }: Context, id: AgentId, market: MarketId): boolean {
  const agent = law.agents.get(id);
  const delegation = agent?.delegation;
  if (agent === undefined || delegation === undefined) return true;
  const mode = modeIn(law, agent, market);
  if (mode === "halt" || mode === "flatten" || delegation.phase === "ended") return true;
  return delegation.phase === "recalling" && (delegation.closeAt ?? Infinity) <= at;
}

/** The zones in which nobody opens anything, and loans come back. */
const isOrange = ({ zone }: Law): boolean => zone === "orange" || zone === "red";

/** May an agent open nothing now, by its mode, its delegation, its lease, a call or the zone? */
function isShut(ctx: Context, id: AgentId, market: MarketId): boolean {
  const agent = ctx.law.agents.get(id);
  const delegation = agent?.delegation;
  if (agent === undefined || delegation?.phase !== "active") return true;
  if (callFault(ctx, id) !== undefined || isOrange(ctx.law)) return true;
  return modeIn(ctx.law, agent, market) !== "run" || ctx.at >= delegation.expiresAt;
}

/** A cancel was refused: an order that may still open and whose agent may not is cancelled anew. */
export function* cancelDue(ctx: Context, key: string): Consequence {
  const order = ctx.law.orders.get(key);
  if (order === undefined || order.cancelling || order.cause !== "") return;
  const { agent, market } = order;
  const gone = order.opening > 0n ? isShut(ctx, agent, market) : mustStop(ctx, agent, market);
  if (gone) yield cancelRequest(ctx, order);
}

/** An agent may hold no loan and no domain: its delegation is ending or over, or it is flattened. */
export function mayNotLend({ law }: Context, id: AgentId): string | undefined {
  const agent = law.agents.get(id);
  if (agent !== undefined && modeOf(law, agent) === "flatten") return "flatten";
  const phase = agent?.delegation?.phase;
  if (phase === "recalling") return "recall";
  return phase === undefined || phase === "ended" ? "ended" : undefined;
}

/** Why a loan of an agent may not stay: as `mayNotLend`, or the call in which its loans are given up. */
export function backFor(ctx: Context, id: AgentId): string | undefined {
  const { law } = ctx;
  const { live, calls } = law.crisis;
  const scope = isIsolated(law, id) ? id : FLEET;
  const called = live.has(scope) && crisisRules(law)?.recallLoans === true;
  return mayNotLend(ctx, id) ?? (called ? calls.get(scope)?.call : undefined);
}

/** An isolated agent's loans are no cash of the fleet's. */
const forOrange = (law: Law, id: AgentId): string | undefined =>
  isOrange(law) && !isIsolated(law, id) && crisisRules(law)?.recallLoans === true
    ? ORANGE
    : undefined;

/** A recall was refused: a loan that may not stay, or was given up for orange, is asked back anew. */
export function* loanDue(ctx: Context, key: string): Consequence {
  const loan = ctx.law.loans.get(key);
  if (loan === undefined || step(loanMachine, loan.phase, "RECALL") === undefined) return;
  const reason = backFor(ctx, loan.agent) ?? forOrange(ctx.law, loan.agent);
  if (reason !== undefined) yield loanRecall(ctx, loan, reason);
}
