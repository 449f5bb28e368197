/** Searches, buys with a reserve what is worth more than it costs, renews it while it is, and parks or sells it. */
import { formatMicro, type Micro, max, micro, min, mulDiv } from "../../src/core/money.ts";
import type { DomainView, SearchView } from "../../src/protocol/domain-views.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import { usdcFrom, usdcOf } from "../../src/sdk/amounts.ts";
import { type Cooldowns, cooled, isCooling } from "../../src/sdk/cooldown.ts";
import type { Decision, StrategyContext } from "../../src/sdk/define.ts";
import { INTENTS_MAX, type Intent, type Outcome } from "../../src/sdk/intent.ts";
import type { DomainsConfig } from "./config.ts";

export interface DomainsMemory {
  /** Which word comes next, and when the last search was. */
  readonly word: number;
  readonly searchedAt: number;
  /** When each domain was last priced, as far as it was seen. After a restart: when first seen. */
  readonly pricedAt: Readonly<Record<string, number>>;
  readonly cooldowns: Cooldowns;
}

export const beginDomains = (): DomainsMemory => ({
  word: 0,
  searchedAt: Number.NEGATIVE_INFINITY,
  pricedAt: {},
  cooldowns: {},
});

type Context = StrategyContext<DomainsConfig>;
type Offer = SearchView["offers"][number];

/** How long a purchase may take from its reserve to its registration. */
const RESERVE_MS = 30_000;
const [KEPT, WHOLE] = [9n, 10n];

export function domainsStrategy(
  view: AgentView,
  memory: DomainsMemory,
  context: Context,
): Decision<DomainsMemory> {
  const { config, now, stance } = context;
  const cooldowns = cooled(memory.cooldowns, context.outcomes, nameOf, now, config.coolMs);
  const acts = view.domains.flatMap((held) => act(held, memory, context) ?? []);
  const pricedAt = priced(view, memory, acts, now);
  const kept = { ...memory, cooldowns, pricedAt };
  // A reserve is drawn on in the decision that makes it: one that is still there was not needed.
  const given = view.reservations.map(
    ({ reservation }): Intent => ({ command: "Release", body: { reservation } }),
  );
  const settled = [...given, ...acts].slice(0, INTENTS_MAX - 2);
  if (stance !== "run") {
    const memo = { memory: kept, intents: settled };
    return settled.length > 0 ? memo : { ...memo, rest: context.why };
  }
  const bought = purchase(view, cooldowns, context);
  if (bought !== undefined) {
    // Whether it is had or not, the same name is not asked for again at once.
    const left = { ...cooldowns, [bought.domain]: now + config.coolMs };
    const memo = { ...kept, cooldowns: left };
    return { intents: [...settled, ...bought.intents], memory: memo };
  }
  const word = config.words[memory.word % config.words.length];
  const full = view.domains.length >= config.maxHeld;
  const due = now - memory.searchedAt >= config.everyMs && view.search?.pending !== true;
  if (word !== undefined && due && !full) {
    const search: Intent = { command: "SearchDomains", body: { query: word } };
    const next = { ...kept, word: memory.word + 1, searchedAt: now };
    return { intents: [...settled, search], memory: next };
  }
  const rest = full ? "it has as many domains as it may" : "nothing on offer is worth its price";
  const idle = settled.length === 0;
  return idle ? { intents: [], memory: kept, rest } : { intents: settled, memory: kept };
}

/** What a buyer may give for a name, by the visits that are expected of it. */
const worthOf = ({ visits }: { readonly visits: number }, config: DomainsConfig): Micro =>
  usdcFrom(visits * config.visitValue);

const isWorth = (worth: Micro, price: Micro, { minGain }: DomainsConfig): boolean =>
  worth * 1_000_000n >= price * BigInt(Math.ceil(minGain * 1e6));

/** What is due on one domain: a renewal before all, then a page, a price, or a lower one. */
function act(held: DomainView, memory: DomainsMemory, context: Context): Intent | undefined {
  const { config, now } = context;
  const { domain, phase, pending } = held;
  if (pending !== "" || phase === "requested") return undefined;
  if (held.due || phase === "grace") {
    if (isWorth(worthOf(held, config), usdcOf(held.renewal), config)) {
      return { command: "RenewDomain", body: { domain } };
    }
    if (phase === "grace") return undefined;
  }
  const park: Intent = { command: "ParkDomain", body: { domain } };
  if (phase === "parked") return undefined;
  // Also what was offered by a config before this one: it is kept for its income now.
  if (config.use === "park") return park;
  const least = leastFor(held, config);
  if (phase === "owned") return offer(domain, max(worthOf(held, config), least));
  const asking = usdcOf(held.asking);
  if (now - (memory.pricedAt[domain] ?? now) < config.repriceMs) return undefined;
  if (asking <= least) return park;
  return offer(domain, max(micro(mulDiv(asking, KEPT, WHOLE, "floor")), least));
}

const offer = (domain: string, asking: Micro): Intent => ({
  command: "ListDomain",
  body: { domain, asking: formatMicro(asking) },
});

/** The price that brings back what was paid after the market place's fee. Rounding: up. */
function leastFor({ cost }: DomainView, { saleFee }: DomainsConfig): Micro {
  const left = BigInt(Math.floor((1 - saleFee) * 1e6));
  return micro(mulDiv(usdcOf(cost), 1_000_000n, left, "ceil"));
}

/** The best offer that may be bought now, with the reserve that it takes the place of. */
function purchase(
  view: AgentView,
  cooldowns: Cooldowns,
  context: Context,
): { readonly domain: string; readonly intents: readonly Intent[] } | undefined {
  const { config, now, name } = context;
  if (view.search?.pending !== false || view.domains.length >= config.maxHeld) return undefined;
  const most = spendable(view, config);
  const wanted = view.search.offers.filter((one) => {
    const cost = usdcOf(one.cost);
    return (
      cost <= usdcOf(config.maxCost) &&
      cost + usdcOf(one.renewal) <= most &&
      isWorth(worthOf(one, config), cost, config) &&
      !isCooling(cooldowns, one.domain, now) &&
      !view.domains.some(({ domain }) => domain === one.domain)
    );
  });
  const best = wanted.reduce<Offer | undefined>((a, b) => (a && !better(b, a) ? a : b), undefined);
  if (best === undefined) return undefined;
  const reservation = name("r");
  const amount = formatMicro(micro(usdcOf(best.cost) + usdcOf(best.renewal)));
  const intents: readonly Intent[] = [
    { command: "Reserve", body: { reservation, amount, service: "domains", ttlMs: RESERVE_MS } },
    { command: "RegisterDomain", body: { domain: best.domain, reservation } },
  ];
  return { domain: best.domain, intents };
}

/** More visits for the money; of equals the first by name. */
function better(a: Offer, b: Offer): boolean {
  const [left, right] = [BigInt(a.visits) * usdcOf(b.cost), BigInt(b.visits) * usdcOf(a.cost)];
  return left !== right ? left > right : a.domain < b.domain;
}

/** What purchases may still take: a share of the cap less what domains hold, and what is available. */
function spendable(view: AgentView, { useShare }: DomainsConfig): Micro {
  const held = view.domains.reduce((sum, one) => sum + usdcOf(one.cost) + usdcOf(one.ahead), 0n);
  const cap = usdcOf(view.delegation?.cap ?? "0");
  const part = BigInt(Math.floor(useShare * 1e6));
  const left = micro(mulDiv(cap, part, 1_000_000n, "floor") - held);
  return min(left, usdcOf(view.delegation?.available ?? "0"));
}

function priced(
  view: AgentView,
  memory: DomainsMemory,
  acts: readonly Intent[],
  now: number,
): DomainsMemory["pricedAt"] {
  const offered = new Set<string>(
    acts.flatMap((intent) => (intent.command === "ListDomain" ? intent.body.domain : [])),
  );
  const listed = view.domains.filter(({ phase }) => phase === "listed" || phase === "owned");
  return Object.fromEntries(
    listed.map(({ domain }) => [
      domain,
      offered.has(domain) ? now : (memory.pricedAt[domain] ?? now),
    ]),
  );
}

const nameOf = ({ intent }: Outcome): string | undefined =>
  intent.command === "RegisterDomain" ? intent.body.domain : undefined;
