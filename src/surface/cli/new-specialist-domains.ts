/** A new specialist that buys names: it searches, buys the best within a price, and parks what it has. */
import { specialistOf, type Template, testOf } from "./new-specialist-template.ts";

const CONFIG = `/** What it can be told: strict, with defaults, so that {} is a whole config. */
import { z } from "zod";

export const config = z.strictObject({
  /** Words that it looks for, in turn. */
  words: z
    .array(z.string().regex(/^[a-z0-9-]{1,32}$/))
    .min(1)
    .max(64)
    .default(["anchor", "beacon", "current"]),
  /** Most that a first year may cost, in USDC. */
  maxCost: z.number().min(0).max(100_000).default(15),
  /** Fewest visits a day that it buys for. */
  minVisits: z.number().min(0).max(1_000_000).default(3),
  /** Names at once. */
  most: z.number().int().min(1).max(100).default(3),
  /** Least time between two searches, in ms. */
  everyMs: z.number().int().min(100).max(604_800_000).default(5_000),
  /** Wait between two looks, in ms. */
  intervalMs: z.number().int().min(100).max(3_600_000).default(1_000),
  /** A name that was refused is left alone for this, in ms. */
  coolMs: z.number().int().min(0).max(86_400_000).default(60_000),
});

export type Config = z.output<typeof config>;
`;

const STRATEGY = `/** Searches, buys the most visited name, parks it, and renews it. Pure. */
import {
  type AgentView,
  amounts,
  type Cooldowns,
  cooled,
  type Decision,
  type DomainView,
  type Intent,
  isCooling,
  type SearchView,
  type StrategyContext,
} from "flotilla";
import type { Config } from "./config.js";

/** Lost at a restart: what must outlive one is in the view. */
export interface Memory {
  /** Which word comes next, and when it may. */
  readonly word: number;
  readonly nextAt: number;
  readonly cooldowns: Cooldowns;
}

export const begin = (view: AgentView, _config: Config): Memory => ({
  word: 0,
  nextAt: view.at,
  cooldowns: {},
});

type Context = StrategyContext<Config>;
type Offer = SearchView["offers"][number];

export function strategy(view: AgentView, before: Memory, context: Context): Decision<Memory> {
  const { config, now, outcomes } = context;
  const cooldowns = cooled(before.cooldowns, outcomes, named, now, config.coolMs);
  const memory: Memory = { ...before, cooldowns };
  const acts = view.domains.flatMap((one) => act(one) ?? []).slice(0, 16);
  const idle = (rest: string): Decision<Memory> =>
    acts.length > 0 ? { intents: acts, memory } : { intents: [], memory, rest };
  if (context.stance === "reduce") return idle(context.why);
  if (view.domains.length >= config.most) return idle("it has as many names as it may");
  const best = bestOffer(view, memory, context);
  if (best !== undefined) {
    const { domain } = best;
    const buy: Intent = { command: "RegisterDomain", body: { domain } };
    // Had or not, the same name is not asked for again at once.
    const left = { ...cooldowns, [domain]: now + config.coolMs };
    return { intents: [...acts, buy], memory: { ...memory, cooldowns: left } };
  }
  const waits = view.search?.pending === true || now < memory.nextAt;
  if (waits) return idle("nothing on offer is worth its price");
  const query = config.words[memory.word % config.words.length] ?? "";
  const search: Intent = { command: "SearchDomains", body: { query } };
  const next = { ...memory, word: memory.word + 1, nextAt: now + config.everyMs };
  return { intents: [...acts, search], memory: next };
}

/** A renewal before all, then a page; nothing while the registrar has not confirmed the last act. */
function act({ domain, phase, due, pending }: DomainView): Intent | undefined {
  if (pending !== "") return undefined;
  const held = phase === "owned" || phase === "parked" || phase === "grace";
  if (held && (due || phase === "grace")) return { command: "RenewDomain", body: { domain } };
  return phase === "owned" ? { command: "ParkDomain", body: { domain } } : undefined;
}

/** The most visited of the last search that it may and can buy, with a year more reserved ahead. */
function bestOffer(view: AgentView, { cooldowns }: Memory, context: Context): Offer | undefined {
  const { config, now } = context;
  const { search } = view;
  if (search === undefined || search.pending) return undefined;
  const available = amounts.usdcOf(view.delegation?.available ?? "0");
  const may = search.offers.filter(
    ({ domain, cost, renewal, visits }) =>
      visits >= config.minVisits &&
      Number(cost) <= config.maxCost &&
      amounts.usdcOf(cost) + amounts.usdcOf(renewal) <= available &&
      !isCooling(cooldowns, domain, now) &&
      !view.domains.some((held) => held.domain === domain),
  );
  return may.toSorted((a, b) => b.visits - a.visits)[0];
}

const named = ({ intent }: Context["outcomes"][number]): string | undefined =>
  intent.command === "RegisterDomain" ? intent.body.domain : undefined;
`;

const OWN = `const offer = (domain: string, visits: number, cost = "12") => ({
  ...{ domain, visits, cost, renewal: "12" },
});
const found = (...offers: object[]) => ({ search: { query: "anchor", pending: false, offers } });
const owned = (part: object = {}) => ({
  ...{ domain: "a.com", phase: "owned", cost: "12", renewal: "12", ahead: "12", asking: "0" },
  ...{ earned: "0", visits: 5, expiresAt: 0, due: false, pending: "" },
  ...part,
});

test("it searches, and buys the most visited name within its price", () => {
  expect(decide().intents).toEqual([{ command: "SearchDomains", body: { query: "anchor" } }]);
  const offers = found(offer("a.com", 4), offer("b.com", 9), offer("c.com", 99, "16"));
  const [buy] = decide(offers).intents;
  expect(buy).toEqual({ command: "RegisterDomain", body: { domain: "b.com" } });
});

test("it parks what it has, and renews what is due, also when it may only reduce", () => {
  const told = (part: object) => decide({ domains: [owned(part)] }, { stance: "reduce" }).intents;
  expect(told({})).toEqual([{ command: "ParkDomain", body: { domain: "a.com" } }]);
  expect(told({ phase: "parked" })).toEqual([]);
  expect(told({ phase: "parked", due: true })).toMatchObject([{ command: "RenewDomain" }]);
  expect(told({ pending: "park" })).toEqual([]);
});
`;

export const DOMAINS: Template = {
  does: "searches for names, buys the most visited within a price, parks them and renews them",
  ...{ config: CONFIG, strategy: STRATEGY, test: testOf("domains", "sampleView", "", OWN) },
  specialist: specialistOf("domains", ["DomainsFound", "DomainRegistered", "DomainFailed"]),
  grant: "--cap 150 --services domains",
};
