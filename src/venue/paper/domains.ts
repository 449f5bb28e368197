/** The domains service: names that are had once, renewed by the year, parked for income, or sold. */
import { type Id, id, USDC } from "../../core/ids.ts";
import { type Micro, micro, ZERO } from "../../core/money.ts";
import { ppm, share } from "../../core/ppm.ts";
import { DAY, MINUTE, millis, SECOND } from "../../core/time.ts";
import type { Approved, Effect, EffectName } from "../../protocol/effects.ts";
import {
  budgetOf,
  costOf,
  earnedIn,
  endingOf,
  isTaken,
  namesFor,
  renewalOf,
  visitsOf,
} from "./domain-names.ts";
import type { Refusal } from "./orders.ts";
import { between, hash32, uniform } from "./random.ts";
import { spendable } from "./transfers.ts";
import { type Domain, flow, lock, report, spendLocked, unlock, type World } from "./world.ts";

const OFFERS = 8;
const QUERY = /^[a-z0-9-]{1,32}$/;
/** The registrar behind takes so long, and now and then somebody was quicker. */
const REGISTRAR_MS = [1 * SECOND, 20 * SECOND] as const;
const LOST_CHANCE = 0.03;
const TERM = 365 * DAY;
const TERMS_AHEAD = 10;
/** The notice comes so long before the end of a year, and so long after it a renewal still saves it. */
const NOTICE = 30 * DAY;
export const GRACE = 30 * DAY;
/** A parked page pays, and a buyer may look at what is listed, this often. */
const SLOT = 30 * MINUTE;
const LOOK_CHANCE = 0.25;
/** Kept of a sale by the market place. Rounding: up. */
const SALE_FEE = ppm(100_000);

type Of<T extends Effect["type"]> = Approved<Extract<Effect, { readonly type: T }>>;
type DomainEffect = Of<
  "SearchDomains" | "RegisterDomain" | "RenewDomain" | "ParkDomain" | "ListDomain"
>;

const isOurs = (world: World, name: string): boolean =>
  [...world.state.domains.values()].some((held) => held.domain === name);

const isFree = (world: World, name: string): boolean =>
  !isOurs(world, name) &&
  !world.state.soldDomains.has(name as Id) &&
  !isTaken(world.rules.chance, name);

const nextSlot = (at: number): number => (Math.floor(at / SLOT) + 1) * SLOT;

export function takeDomainEffect(world: World, { name, effect }: DomainEffect): Refusal {
  switch (effect.type) {
    case "SearchDomains":
      return search(world, name, effect.query);
    case "RegisterDomain":
      return register(world, name, effect.domain, effect.maxCost);
    case "RenewDomain":
      return renew(world, effect.registration, effect.maxCost);
    case "ParkDomain":
      return park(world, effect.registration);
    case "ListDomain":
      return list(world, effect.registration, effect.asking);
  }
}

/** Names that are free, with their prices: at most eight. */
function search(world: World, name: EffectName, query: string): Refusal {
  if (!QUERY.test(query)) return "a search is 1 to 32 of a-z, 0-9 and -";
  const { chance } = world.rules;
  const offers = [];
  for (const domain of namesFor(query)) {
    if (offers.length >= OFFERS) break;
    const ending = endingOf(domain);
    if (ending === undefined || !isFree(world, domain)) continue;
    const cost = costOf(chance, domain, ending);
    offers.push({ domain, cost, renewal: renewalOf(ending), visits: visitsOf(chance, domain) });
  }
  report(world, { type: "domainsFound", search: name, offers });
  return undefined;
}

function register(world: World, name: EffectName, domain: Id, maxCost: Micro): Refusal {
  const { state, rules } = world;
  const ending = endingOf(domain);
  if (ending === undefined) return "no such ending is sold here";
  if (!isFree(world, domain)) return "domain unavailable";
  const cost = costOf(rules.chance, domain, ending);
  if (cost > maxCost) return `it costs ${cost} micro, more than the ${maxCost} given`;
  if (cost > spendable(world, USDC)) return "insufficient balance";
  lock(state, USDC, cost);
  const [from, to] = REGISTRAR_MS;
  state.domains.set(name, {
    ...{ name, domain, cost, renewal: renewalOf(ending), phase: "registering" },
    ...{ expiresAt: 0, noticed: false, asking: ZERO },
    nextAt: state.at + between(from, to, rules.chance, "registrar", name),
  });
  return undefined;
}

/** The domain of a registration that can still be acted on, or why not. */
function held(world: World, name: EffectName): Domain | string {
  const found = world.state.domains.get(name);
  if (found === undefined) {
    return world.state.answers.has(name) ? "the domain is no longer ours" : "unknown domain";
  }
  return found.phase === "registering" ? "the domain is being registered" : found;
}

function renew(world: World, name: EffectName, maxCost: Micro): Refusal {
  const found = held(world, name);
  if (typeof found === "string") return found;
  const { state } = world;
  const { renewal } = found;
  if (found.expiresAt + TERM > state.at + TERMS_AHEAD * TERM) return "ten years ahead is the most";
  if (renewal > maxCost) return `it costs ${renewal} micro, more than the ${maxCost} given`;
  if (renewal > spendable(world, USDC)) return "insufficient balance";
  flow(state, USDC, "domainsPaid", -renewal);
  found.expiresAt += TERM;
  found.noticed = false;
  if (found.phase === "grace") found.phase = "owned";
  const expiresAt = millis(found.expiresAt);
  report(world, { type: "domainRenewed", registration: name, cost: renewal, expiresAt });
  return undefined;
}

function park(world: World, name: EffectName): Refusal {
  const found = held(world, name);
  if (typeof found === "string") return found;
  if (found.phase === "grace" || found.phase === "parked") return `the domain is ${found.phase}`;
  found.phase = "parked";
  found.asking = ZERO;
  found.nextAt = nextSlot(world.state.at);
  report(world, { type: "domainParked", registration: name });
  return undefined;
}

function list(world: World, name: EffectName, asking: Micro): Refusal {
  const found = held(world, name);
  if (typeof found === "string") return found;
  if (found.phase === "grace") return "the domain is grace";
  if (asking <= 0n) return "a price is above zero";
  found.phase = "listed";
  found.asking = asking;
  found.nextAt = nextSlot(world.state.at);
  report(world, { type: "domainListed", registration: name, asking });
  return undefined;
}

/** The registrar's word: it is ours for a year, or somebody was quicker and the money is back. */
function registered(world: World, domain: Domain): void {
  const { state, rules } = world;
  const { name, cost, renewal } = domain;
  if (uniform(rules.chance, "domain", "lost", name) < LOST_CHANCE) {
    unlock(state, USDC, cost);
    state.domains.delete(name);
    const reason = "registered by somebody else";
    return report(world, { type: "domainFailed", registration: name, reason });
  }
  spendLocked(state, USDC, "domainsPaid", cost);
  domain.phase = "owned";
  domain.expiresAt = state.at + TERM;
  domain.nextAt = undefined;
  const expiresAt = millis(domain.expiresAt);
  report(world, { type: "domainRegistered", registration: name, cost, renewal, expiresAt });
}

function paid(world: World, domain: Domain): void {
  const amount = earnedIn(world.rules.chance, domain.domain, SLOT, DAY);
  if (amount === 0n) return;
  flow(world.state, USDC, "domainsEarned", amount);
  report(world, { type: "domainRevenue", registration: domain.name, amount });
}

/** A buyer may look in a slot, and buys where the price is within what he would give. */
function offered(world: World, domain: Domain, slot: number): boolean {
  const { state, rules } = world;
  const { name, asking } = domain;
  if (uniform(rules.chance, "domain", "look", domain.domain, slot) >= LOOK_CHANCE) return false;
  if (asking > budgetOf(rules.chance, domain.domain, slot)) return false;
  const fee = share(asking, SALE_FEE, "up");
  const received = micro(asking - fee);
  const buyer = id(`buyer-${hash32(rules.chance, "buyer", domain.domain, slot)}`);
  state.domains.delete(name);
  state.soldDomains.set(domain.domain, name);
  flow(state, USDC, "domainsEarned", received);
  report(world, { type: "domainSold", registration: name, buyer, asking, fee, received });
  return true;
}

/** What falls due of one domain: registration, notice, its year's end, the end of the grace, a slot. */
function stepDomain(world: World, domain: Domain): void {
  const { state } = world;
  const { name: registration } = domain;
  if (domain.phase === "registering") {
    if ((domain.nextAt ?? 0) <= state.at) registered(world, domain);
    return;
  }
  if (domain.phase === "grace") {
    if (domain.expiresAt + GRACE > state.at) return;
    state.domains.delete(registration);
    return report(world, { type: "domainLost", registration });
  }
  if (!domain.noticed && domain.expiresAt - NOTICE <= state.at) {
    domain.noticed = true;
    report(world, { type: "domainDue", registration });
  }
  while (domain.nextAt !== undefined && domain.nextAt <= Math.min(state.at, domain.expiresAt)) {
    const slot = domain.nextAt;
    domain.nextAt += SLOT;
    if (domain.phase === "parked") paid(world, domain);
    else if (offered(world, domain, slot)) return;
  }
  if (domain.expiresAt > state.at) return;
  domain.phase = "grace";
  domain.asking = ZERO;
  domain.nextAt = undefined;
  report(world, { type: "domainLapsed", registration });
}

export function stepDomains(world: World): void {
  for (const domain of [...world.state.domains.values()]) stepDomain(world, domain);
}

/** When something next falls due of a domain. */
export function domainDue({ phase, nextAt, expiresAt, noticed }: Domain): number {
  if (phase === "registering") return nextAt ?? 0;
  if (phase === "grace") return expiresAt + GRACE;
  const end = noticed ? expiresAt : expiresAt - NOTICE;
  return Math.min(nextAt ?? end, end);
}
