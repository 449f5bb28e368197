/** Domains: found, bought with what was reserved, renewed out of what was reserved ahead, parked or sold. */
import { domainMachine } from "../../machines/domain.ts";
import { step } from "../../machines/step.ts";
import type { AgentId } from "../core/ids.ts";
import { type Micro, max, micro, ZERO } from "../core/money.ts";
import type { EffectName } from "../protocol/effects.ts";
import type { FleetEvent } from "../protocol/events.ts";
import type { DomainAct, DomainOffer } from "../protocol/events-domains.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import type { CommandOf } from "../protocol/turns.ts";
import {
  type Context,
  callerOf,
  type Decision,
  isRefusal,
  mayHold,
  mayOpen,
  modeOf,
  ownCallFault,
} from "./admission.ts";
import type { Domain } from "./obligations.ts";
import { cashFault, opening } from "./openings.ts";
import { type Fixed, keyOf } from "./state.ts";

/** Asks the registrar what may be had; one question of an agent at a time. */
export function* searchDomains(ctx: Context, { body }: CommandOf<"SearchDomains">): Decision {
  const agent = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  const closed = mayOpen(ctx, agent, "domains", false);
  if (closed !== undefined) return closed;
  const before = ctx.law.searches.get(agent.agent);
  if (before?.name !== undefined) return refuse("search_pending", before.query);
  const { query } = body;
  yield {
    type: "DomainSearched",
    agent: agent.agent,
    query,
    effect: { name: ctx.name(), agent: agent.agent, effect: { type: "SearchDomains", query } },
  };
  return undefined;
}

/** Does anybody of the fleet hold this name, or ask for it? */
const isHeld = ({ law }: Context, domain: Fixed<Domain>["domain"]): boolean =>
  [...law.agents.values()].some((agent) => agent.domains.has(domain));

interface Bought {
  readonly hold: Micro;
  readonly cash: Micro;
  readonly offer: DomainOffer;
}

/** The price of the agent's own last search, and a renewal ahead. */
function boughtBy(ctx: Context, domain: Fixed<Domain>["domain"]): Bought | Rejection {
  if (isHeld(ctx, domain)) return refuse("domain_exists", domain);
  const found = ctx.law.searches.get(ctx.stamp.from)?.offers ?? [];
  const offer = found.find((one) => one.domain === domain);
  if (offer === undefined) return refuse("no_offer", domain);
  return { hold: micro(offer.cost + offer.renewal), cash: offer.cost, offer };
}

export function* registerDomain(ctx: Context, { body }: CommandOf<"RegisterDomain">): Decision {
  const { domain, reservation } = body;
  const opened = yield* opening(ctx, {
    service: "domains",
    kind: "domains",
    named: domain,
    reservation,
    binds: () => boughtBy(ctx, domain),
  });
  if (isRefusal(opened)) return opened;
  const { agent } = opened.agent;
  const { cost, renewal, visits } = opened.bound.offer;
  yield {
    type: "DomainRequested",
    agent,
    domain,
    cost,
    renewal,
    visits,
    hold: opened.bound.hold,
    effect: {
      name: ctx.name(),
      agent,
      effect: { type: "RegisterDomain", domain, maxCost: cost },
    },
  };
  return undefined;
}

const ARROW = { RenewDomain: "RENEW", ParkDomain: "PARK", ListDomain: "LIST" } as const;

type Acting = CommandOf<DomainAct>;

/** What is one's own is kept, parked and sold in any zone, in its own call not below cost; only a renewal costs. */
export function* actOnDomain(ctx: Context, command: Acting): Decision {
  const agent = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  const { type: act, body } = command;
  const domain = ctx.law.domains.get(keyOf(agent.agent, body.domain));
  if (domain === undefined) return refuse("unknown_domain", body.domain);
  if (domain.pending !== "") return refuse("illegal_phase", `${domain.pending} is under way`);
  if (step(domainMachine, domain.phase, ARROW[act]) === undefined)
    return refuse("illegal_phase", domain.phase);
  if (act !== "RenewDomain") {
    const asking = "asking" in body ? body.asking : ZERO;
    const loses = act === "ListDomain" && asking < domain.cost;
    const called = loses ? ownCallFault(ctx, agent.agent) : undefined;
    if (called !== undefined) return called;
    yield domainAct(ctx, domain, { act, asking });
    return undefined;
  }
  const hold = max(domain.hold, micro(domain.cost + domain.renewal));
  const shut = renewalFault(ctx, domain, hold);
  if (shut !== undefined) return shut;
  yield domainAct(ctx, domain, { act, asking: ZERO, cost: domain.renewal, hold });
  return undefined;
}

/**
 * A renewal that was reserved ahead is paid out of that, also where nothing new may be opened; more
 * than was reserved is an opening like any other.
 */
function renewalFault(ctx: Context, domain: Fixed<Domain>, hold: Micro): Rejection | undefined {
  const agent = callerOf(ctx.law, domain.agent);
  if (isRefusal(agent)) return agent;
  const mode = modeOf(ctx.law, agent);
  if (mode === "halt" || mode === "flatten") return refuse("halted", `mode is ${mode}`);
  const more = micro(hold - domain.hold);
  const shut =
    more === 0n ? undefined : (mayOpen(ctx, agent, "domains", false) ?? mayHold(agent, more, ZERO));
  return shut ?? cashFault(ctx, domain.renewal);
}

interface Asked {
  readonly act: DomainAct;
  readonly asking: Micro;
  readonly reason?: string;
  readonly cost?: Micro;
  readonly hold?: Micro;
}

/** The event that asks the registrar for an act on a domain. */
function domainAct(ctx: Context, domain: Fixed<Domain>, asked: Asked): FleetEvent {
  const { act, asking, reason = "", cost = ZERO, hold = domain.hold } = asked;
  const { agent, name: registration } = domain;
  const effect =
    act === "RenewDomain"
      ? ({ type: act, registration, maxCost: cost } as const)
      : act === "ListDomain"
        ? ({ type: act, registration, asking } as const)
        : ({ type: act, registration } as const);
  return {
    ...{ type: "DomainActRequested", agent, domain: domain.domain, act, reason },
    ...{ asking, cost, hold },
    effect: { name: ctx.name(), agent, effect },
  };
}

/** Offers a domain to buyers at what it cost: how the coordinator gets out of one. None: not now. */
export function domainSale(
  ctx: Context,
  { agent, domain }: Pick<Fixed<Domain>, "agent" | "domain">,
  reason: string,
): FleetEvent | undefined {
  const held = ctx.law.domains.get(keyOf(agent, domain));
  if (held === undefined || held.pending !== "" || held.phase === "listed") return undefined;
  if (step(domainMachine, held.phase, "LIST") === undefined) return undefined;
  return domainAct(ctx, held, { act: "ListDomain", asking: held.cost, reason });
}

/** The domain that an effect's name stands for. */
export function domainOf(ctx: Context, name: EffectName): Fixed<Domain> | undefined {
  const ref = ctx.law.byName.get(name);
  return ref?.kind === "domain" ? ctx.law.domains.get(ref.key) : undefined;
}

/** What the registrar refused: the name was not had, the act did not happen, nothing was found. */
export function domainRefused(
  ctx: Context,
  agent: AgentId,
  refused: { readonly name: EffectName; readonly reason: string; readonly search: boolean },
): FleetEvent | undefined {
  const { name, reason } = refused;
  if (refused.search) {
    const search = ctx.law.searches.get(agent);
    if (search?.name !== name) return undefined;
    return { type: "DomainSearchFailed", agent, query: search.query, reason };
  }
  const held = domainOf(ctx, name);
  if (held === undefined) return undefined;
  const { domain } = held;
  return held.phase === "requested"
    ? { type: "DomainFailed", agent: held.agent, domain, reason }
    : { type: "DomainActFailed", agent: held.agent, domain, reason };
}
