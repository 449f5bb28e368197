/** Folds domains: what was paid for them, what is held for them, and what came of them. */
import { domainMachine } from "../../machines/domain.ts";
import { step } from "../../machines/step.ts";
import { must, unreachable } from "../core/assert.ts";
import { type AgentId, USDC } from "../core/ids.ts";
import { type Micro, micro, ZERO } from "../core/money.ts";
import { millis } from "../core/time.ts";
import type { EventOf, FleetEvent } from "../protocol/events.ts";
import type { DomainEvent } from "../protocol/events-domains.ts";
import { ownAccount, resultAccount, transfer } from "./ledger.ts";
import type { Domain } from "./obligations.ts";
import { resultBooked } from "./results.ts";
import { type FleetState, keyOf } from "./state.ts";
import { addReserved, recount } from "./totals.ts";

const WALLET = ownAccount(USDC, "wallet");
/** Where a price lies until the registrar has taken it. */
const ESCROW = ownAccount(USDC, "escrow");
/** What domains cost: no cash, and collateral only as far as the policy says. */
const DOMAINS = ownAccount(USDC, "domains");

export const isDomainEvent = (event: FleetEvent): event is DomainEvent =>
  event.type.startsWith("Domain");

const holderOf = (state: FleetState, agent: AgentId) =>
  must(state.agents.get(agent), "who holds a domain is enrolled");

/** Cash from the world (negative: to it) on an agent's account. */
function gain(state: FleetState, agent: AgentId, to: string, amount: bigint): void {
  transfer(state.ledger, resultAccount(USDC, "domains", agent), to, amount);
  const holder = holderOf(state, agent);
  holder.realized = micro(holder.realized + amount);
}

function rehold(state: FleetState, domain: Domain, hold: Micro): void {
  addReserved(state, domain.agent, hold - domain.hold);
  domain.hold = hold;
}

function move(domain: Domain, arrow: string): void {
  domain.phase = must(step(domainMachine, domain.phase, arrow), `a domain can ${arrow}`);
}

export function evolveDomain(state: FleetState, event: DomainEvent): void {
  switch (event.type) {
    case "DomainSearched":
    case "DomainsFound":
    case "DomainSearchFailed":
      return evolveSearch(state, event);
    case "DomainRequested":
      return request(state, event);
    default: {
      const domain = must(
        state.domains.get(keyOf(event.agent, event.domain)),
        "a domain event names a domain",
      );
      evolveHeld(state, domain, event);
      return resultBooked(state, event.agent);
    }
  }
}

type Searching = EventOf<"DomainSearched" | "DomainsFound" | "DomainSearchFailed">;

function evolveSearch(state: FleetState, event: Searching): void {
  const { agent, query } = event;
  if (event.type === "DomainSearched") {
    const { name } = event.effect;
    state.searches.set(agent, { query, name, offers: [] });
    state.byName.set(name, { kind: "search", key: agent });
    return;
  }
  const before = must(state.searches.get(agent), "what is found was looked for");
  if (before.name !== undefined) state.byName.delete(before.name);
  const offers = event.type === "DomainsFound" ? event.offers : [];
  state.searches.set(agent, { query, name: undefined, offers });
}

function request(state: FleetState, event: EventOf<"DomainRequested">): void {
  const { agent, domain, cost, renewal, visits, hold } = event;
  const { name } = event.effect;
  const key = keyOf(agent, domain);
  state.domains.set(key, {
    ...{ agent, domain, name, phase: "requested", cost, renewal, visits, hold },
    ...{ asking: ZERO, paying: cost, earned: ZERO, expiresAt: millis(0), due: false, pending: "" },
  });
  state.byName.set(name, { kind: "domain", key });
  // A quote is used once: who was not served looks again, and does not ask for the same for ever.
  const search = must(state.searches.get(agent), "what is bought was offered");
  const offers = search.offers.filter((one) => one.domain !== domain);
  state.searches.set(agent, { ...search, offers });
  holderOf(state, agent).domains.add(domain);
  addReserved(state, agent, hold);
  transfer(state.ledger, WALLET, ESCROW, cost);
  recount(state);
}

type Holding = Exclude<DomainEvent, Searching | EventOf<"DomainRequested">>;

function evolveHeld(state: FleetState, domain: Domain, event: Holding): void {
  switch (event.type) {
    case "DomainRegistered":
      move(domain, "REGISTER");
      spend(state, domain, event.cost);
      domain.cost = event.cost;
      domain.renewal = event.renewal;
      domain.expiresAt = event.expiresAt;
      return rehold(state, domain, event.hold);
    case "DomainFailed":
      move(domain, "FAIL");
      return end(state, domain);
    case "DomainActRequested":
      domain.pending = event.act;
      domain.paying = event.cost;
      transfer(state.ledger, WALLET, ESCROW, event.cost);
      return rehold(state, domain, event.hold);
    case "DomainActFailed":
      domain.pending = "";
      return spend(state, domain, ZERO);
    case "DomainParked":
      move(domain, "PARK");
      domain.pending = "";
      domain.asking = ZERO;
      return;
    case "DomainListed":
      move(domain, "LIST");
      domain.pending = "";
      domain.asking = event.asking;
      return;
    case "DomainRenewed":
      return renewed(state, domain, event);
    case "DomainRevenue":
      domain.earned = micro(domain.earned + event.amount);
      return gain(state, domain.agent, WALLET, event.amount);
    case "DomainDue":
      domain.due = true;
      return;
    case "DomainLapsed":
      move(domain, "LAPSE");
      domain.asking = ZERO;
      return;
    case "DomainSold":
      move(domain, "SELL");
      gain(state, domain.agent, WALLET, event.received);
      return writeOff(state, domain);
    case "DomainLost":
      move(domain, "LOSE");
      return writeOff(state, domain);
    default:
      return unreachable(event);
  }
}

/** The registrar took so much of what lay ready; the rest goes back. */
function spend(state: FleetState, domain: Domain, taken: Micro): void {
  transfer(state.ledger, ESCROW, DOMAINS, taken);
  transfer(state.ledger, ESCROW, WALLET, domain.paying - taken);
  domain.paying = ZERO;
}

function renewed(state: FleetState, domain: Domain, event: EventOf<"DomainRenewed">): void {
  move(domain, "RENEW");
  spend(state, domain, event.cost);
  domain.cost = micro(domain.cost + event.cost);
  domain.expiresAt = event.expiresAt;
  domain.due = false;
  domain.pending = "";
  rehold(state, domain, event.hold);
}

/** What it cost is gone with it, whatever it brought. */
function writeOff(state: FleetState, domain: Domain): void {
  gain(state, domain.agent, DOMAINS, -domain.cost);
  end(state, domain);
}

/** What lay ready for it and was not taken goes back, and nothing is held for it any more. */
function end(state: FleetState, domain: Domain): void {
  spend(state, domain, ZERO);
  rehold(state, domain, ZERO);
  state.byName.delete(domain.name);
  state.domains.delete(keyOf(domain.agent, domain.domain));
  holderOf(state, domain.agent).domains.delete(domain.domain);
}
