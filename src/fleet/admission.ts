/** The checks that several commands share, cheapest first, each answered by one refusal. */
import { must } from "../core/assert.ts";
import { type AgentId, agentId, FLEET, isName, type MarketId } from "../core/ids.ts";
import { OPEN_PER_AGENT_MAX } from "../core/limits.ts";
import { formatMicro, type Micro, max, micro, min, ZERO } from "../core/money.ts";
import type { Millis } from "../core/time.ts";
import type { EffectName } from "../protocol/effects.ts";
import type { FleetEvent } from "../protocol/events.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import type { Stamp } from "../protocol/turns.ts";
import type { Mode, Service } from "../protocol/words.ts";
import { atLeast, atMost, gate, type Told } from "./checks.ts";
import { stricter, venueMode } from "./kills.ts";
import { keyOf, type Law } from "./state.ts";

/** What a decision knows beside its command: the law's state as folded so far, and its own names. */
export interface Context {
  readonly law: Law;
  readonly stamp: Stamp;
  readonly at: Millis;
  /** The next effect's name: the same at every replay of this turn. */
  readonly name: () => EffectName;
  /** Hears each limit as it is asked: who explains a decision runs these very lines. Absent: nobody. */
  readonly told?: Told;
}

/** A decision yields events, each folded before it goes on; it returns a refusal before the first. */
export type Decision = Generator<FleetEvent, Rejection | undefined, void>;
/** What follows from facts: events only. */
export type Consequence = Generator<FleetEvent, void, void>;

export type HeldAgent = NonNullable<ReturnType<Law["agents"]["get"]>>;
export type HeldDelegation = NonNullable<HeldAgent["delegation"]>;

/** The stricter of the fleet's mode and the agent's. */
export const modeOf = (law: Law, agent: HeldAgent): Mode => stricter(law.mode, agent.mode);

/** The strictest of the fleet's mode, the agent's, and that of the market's venue. */
export const modeIn = (law: Law, agent: HeldAgent, market: MarketId): Mode =>
  stricter(modeOf(law, agent), venueMode(law, market));

/** The agent that asks or is named. What belongs to the fleet itself is no agent to command. */
export const callerOf = (law: Law, from: AgentId): HeldAgent | Rejection => {
  const agent = law.agents.get(from);
  if (agent === undefined || from === FLEET) return refuse("unknown_agent", from);
  return agent.retired ? refuse("agent_retired", from) : agent;
};

/** The agent of a name, the fleet itself among them. None: undefined for who is not enrolled, or retired. */
export function agentCalled(law: Law, name: string): HeldAgent | undefined {
  const agent = isName(name) ? law.agents.get(agentId(name)) : undefined;
  return agent?.retired === true ? undefined : agent;
}

export const isRefusal = (value: object): value is Rejection => "code" in value;

/**
 * May this agent take new risk in this service now? In order: identity, delegation, lease, mode,
 * cover, books, zone, margin calls, service.
 *
 * @param leveraged a leveraged risk is refused from yellow on, any other from orange on.
 */
export function mayOpen(
  ctx: Context,
  agent: HeldAgent,
  service: Service,
  leveraged: boolean,
  market?: MarketId,
): Rejection | undefined {
  const { law, told } = ctx;
  const delegation = agent.delegation;
  if (delegation === undefined) return gate(told, "delegation", "none", refuse("no_delegation"));
  const mode = market === undefined ? modeOf(law, agent) : modeIn(law, agent, market);
  const uncovered = law.covered ? undefined : refuse("uncovered");
  return (
    gate(told, "delegation", delegation.phase, phaseFault(delegation)) ??
    leaseFault(ctx, delegation) ??
    gate(told, "mode", mode, modeFault(mode)) ??
    gate(told, "cover", law.covered ? "covered" : "not covered", uncovered) ??
    gate(told, "books", law.booksAgree ? "equal" : "different", booksFault(law)) ??
    gate(told, "zone", law.zone, zoneFault(law, leveraged)) ??
    callFault(ctx, agent.agent) ??
    gate(told, "service", service, serviceFault(delegation, service))
  );
}

function phaseFault({ phase }: HeldDelegation): Rejection | undefined {
  if (phase === "ended") return refuse("no_delegation");
  return phase === "recalling" ? refuse("reduce_only", "the delegation is recalled") : undefined;
}

function leaseFault({ at, told }: Context, held: HeldDelegation): Rejection | undefined {
  const expired = (): Rejection => refuse("lease_expired", `ran out at ${held.expiresAt}`);
  const left = BigInt(held.expiresAt - at);
  return atLeast(told, "lease", "ms", [left, 1n], expired);
}

function modeFault(mode: Mode): Rejection | undefined {
  if (mode === "reduce") return refuse("reduce_only");
  return mode === "run" ? undefined : refuse("halted", `mode is ${mode}`);
}

const booksFault = (law: Law): Rejection | undefined =>
  law.booksAgree ? undefined : refuse("reduce_only", "the books differ from the venue's");

const zoneFault = ({ zone }: Law, leveraged: boolean): Rejection | undefined =>
  zone === "orange" || zone === "red" || (leveraged && zone === "yellow")
    ? refuse("zone_closed", zone)
    : undefined;

/** While a call is open on the fleet, or on the agent itself, nothing that opens is taken. */
export const callFault = (ctx: Context, agent: AgentId): Rejection | undefined =>
  ownCallFault(ctx, ctx.law.crisis.live.has(FLEET) ? FLEET : agent);

/**
 * While its own call is open an agent gives nothing away of what the call is measured by: its cap with its results. The
 * fleet's call is no bar: what goes between agents stays, and what an obligation holds is given up with it.
 */
export function ownCallFault({ law, told }: Context, agent: AgentId): Rejection | undefined {
  const called = law.crisis.live.has(agent) ? agent : undefined;
  return gate(told, "call", called ?? "none", called && refuse("margin_called", called));
}

const serviceFault = (held: HeldDelegation, service: Service): Rejection | undefined =>
  held.services.includes(service) ? undefined : refuse("service_not_permitted", service);

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
export function mayHold(
  agent: HeldAgent,
  amount: Micro,
  freed: Micro,
  told?: Told,
): Rejection | undefined {
  // Counted from below zero: what a reservation frees first fills what a cut or a loss left open.
  const available = micro(leftOf(agent) + freed);
  return atMost(told, "margin", "USDC", [amount, available], () => {
    const allowed = formatMicro(max(available, ZERO));
    return refuse("cap_exceeded", `asked ${formatMicro(amount)}, allowed ${allowed}`);
  });
}

export const tooMany = (open: { readonly size: number }, told?: Told): Rejection | undefined =>
  atMost(told, "room", "count", [BigInt(open.size + 1), BigInt(OPEN_PER_AGENT_MAX)], () =>
    refuse("too_many_open", `${open.size} are open`),
  );

/** The pending reservation that an obligation takes the place of, if it names one. */
export function drawnOn(
  ctx: Context,
  named: Parameters<typeof keyOf>[1] | undefined,
): { readonly amount: Micro } | Rejection {
  if (named === undefined) return { amount: ZERO };
  const held = ctx.law.reservations.get(keyOf(ctx.stamp.from, named));
  const gone = held === undefined ? refuse("unknown_reservation", named) : undefined;
  const late = held !== undefined && ctx.at >= held.expiresAt;
  const fault = late ? refuse("reservation_not_pending", named) : gone;
  const refused = gate(ctx.told, "reservation", named, fault);
  return refused ?? must(held, "what is not held was refused");
}
