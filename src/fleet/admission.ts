/** The checks that several commands share, cheapest first, each answered by one refusal. */
import { type AgentId, FLEET } from "../core/ids.ts";
import { OPEN_PER_AGENT_MAX } from "../core/limits.ts";
import { formatMicro, type Micro, max, micro, min, ZERO } from "../core/money.ts";
import type { Millis } from "../core/time.ts";
import type { EffectName } from "../protocol/effects.ts";
import type { FleetEvent } from "../protocol/events.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import type { Stamp } from "../protocol/turns.ts";
import { MODES, type Mode, type Service } from "../protocol/words.ts";
import { keyOf, type Law } from "./state.ts";

/** What a decision knows beside its command: the law's state as folded so far, and its own names. */
export interface Context {
  readonly law: Law;
  readonly stamp: Stamp;
  readonly at: Millis;
  /** The next effect's name: the same at every replay of this turn. */
  readonly name: () => EffectName;
}

/** A decision yields events, each folded before it goes on; it returns a refusal before the first. */
export type Decision = Generator<FleetEvent, Rejection | undefined, void>;
/** What follows from facts: events only. */
export type Consequence = Generator<FleetEvent, void, void>;

export type HeldAgent = NonNullable<ReturnType<Law["agents"]["get"]>>;
export type HeldDelegation = NonNullable<HeldAgent["delegation"]>;

const stricter = (a: Mode, b: Mode): Mode => (MODES.indexOf(a) > MODES.indexOf(b) ? a : b);

/** The stricter of the fleet's mode and the agent's. */
export const modeOf = (law: Law, agent: HeldAgent): Mode => stricter(law.mode, agent.mode);

/** The agent that asks or is named. What belongs to the fleet itself is no agent to command. */
export const callerOf = (law: Law, from: AgentId): HeldAgent | Rejection => {
  const agent = law.agents.get(from);
  if (agent === undefined || from === FLEET) return refuse("unknown_agent", from);
  return agent.retired ? refuse("agent_retired", from) : agent;
};

export const isRefusal = (value: object): value is Rejection => "code" in value;

/**
 * May this agent take new risk in this service now? In order: identity, delegation, lease, mode,
 * cover, books, zone, service.
 *
 * @param leveraged a leveraged risk is refused from yellow on, any other from orange on.
 */
export function mayOpen(
  ctx: Context,
  agent: HeldAgent,
  service: Service,
  leveraged: boolean,
): Rejection | undefined {
  const { law, at } = ctx;
  const delegation = agent.delegation;
  if (delegation === undefined || delegation.phase === "ended") return refuse("no_delegation");
  if (delegation.phase === "recalling") return refuse("reduce_only", "the delegation is recalled");
  if (delegation.phase === "expired" || at >= delegation.expiresAt) {
    return refuse("lease_expired", `ran out at ${delegation.expiresAt}`);
  }
  const mode = modeOf(law, agent);
  if (mode === "reduce") return refuse("reduce_only");
  if (mode !== "run") return refuse("halted", `mode is ${mode}`);
  if (!law.covered) return refuse("uncovered");
  if (!law.booksAgree) return refuse("reduce_only", "the books differ from the venue's");
  if (law.zone === "orange" || law.zone === "red") return refuse("zone_closed", law.zone);
  if (leveraged && law.zone === "yellow") return refuse("zone_closed", law.zone);
  if (!delegation.services.includes(service)) return refuse("service_not_permitted", service);
  return undefined;
}

/** What is left of the delegation, at least zero. */
export const availableOf = (agent: HeldAgent): Micro => max(leftOf(agent), ZERO);

/**
 * Cap less use; an isolated agent's losses have used up their part. Negative where a cut or a loss
 * went below what is in use.
 */
function leftOf(agent: HeldAgent): Micro {
  const delegation = agent.delegation;
  if (delegation === undefined || delegation.phase === "ended") return ZERO;
  const result = micro(agent.realized - delegation.realizedAtGrant + min(agent.unrealized, ZERO));
  const lost = delegation.mode === "isolated" ? min(result, ZERO) : ZERO;
  return micro(delegation.cap + lost - agent.reserved);
}

/** May the agent hold this much more? `freed` is what a reservation gives up for it. */
export function mayHold(agent: HeldAgent, amount: Micro, freed: Micro): Rejection | undefined {
  // Counted from below zero: what a reservation frees first fills what a cut or a loss left open.
  const available = micro(leftOf(agent) + freed);
  if (amount <= available) return undefined;
  const allowed = formatMicro(max(available, ZERO));
  return refuse("cap_exceeded", `asked ${formatMicro(amount)}, allowed ${allowed}`);
}

export const tooMany = (open: { readonly size: number }): Rejection | undefined =>
  open.size >= OPEN_PER_AGENT_MAX ? refuse("too_many_open", `${open.size} are open`) : undefined;

/** The pending reservation that an obligation takes the place of, if it names one. */
export function drawnOn(
  ctx: Context,
  named: Parameters<typeof keyOf>[1] | undefined,
): { readonly amount: Micro } | Rejection {
  if (named === undefined) return { amount: ZERO };
  const held = ctx.law.reservations.get(keyOf(ctx.stamp.from, named));
  if (held === undefined) return refuse("unknown_reservation", named);
  return ctx.at >= held.expiresAt ? refuse("reservation_not_pending", named) : held;
}
