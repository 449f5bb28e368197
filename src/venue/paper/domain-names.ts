/** What names cost and are worth on paper: registrars' prices by ending, and visitors and buyers by seed. */
import { type Id, id } from "../../core/ids.ts";
import { type Micro, micro } from "../../core/money.ts";
import { type Ppm, ppm, share } from "../../core/ppm.ts";
import { hash32, uniform } from "./random.ts";

/**
 * Registrar prices in euro cents a year: assumptions of the order of public price lists of 2024.
 * The service adds 20 % and takes 1.08 USD for a euro, as the published one does.
 */
const REGISTRAR_CENTS: Readonly<Record<string, bigint>> = {
  com: 920n,
  net: 1_090n,
  org: 990n,
  xyz: 850n,
  dev: 1_250n,
  io: 3_300n,
  ai: 6_200n,
};
const MARKUP: Ppm = ppm(1_200_000);
const USD_PER_EUR: Ppm = ppm(1_080_000);
export const ENDINGS: readonly string[] = Object.keys(REGISTRAR_CENTS);

/** Names of so few letters, and one in twenty others, cost ten times as much the first year. */
const SHORT = 4;
const PREMIUM_CHANCE = 0.05;
const PREMIUM = 10n;
/** How many of the names that one thinks of are somebody's already. */
const TAKEN_CHANCE = 0.55;
const VISITS_MAX = 20;
/** A visit to a parked page earns two cents; a buyer pays about a year of that. */
const PER_VISIT = micro(20_000n);
const WORTH_DAYS = 365n;

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?\.([a-z]{2,10})$/;

/** The ending of a name that may be sold here. None: undefined. */
export function endingOf(domain: string): string | undefined {
  const ending = NAME.exec(domain)?.[1];
  return ending !== undefined && ENDINGS.includes(ending) ? ending : undefined;
}

const chanceOf = (seed: number, what: string, domain: string): number =>
  uniform(seed, "domain", what, domain);

export const isTaken = (seed: number, domain: string): boolean =>
  chanceOf(seed, "taken", domain) < TAKEN_CHANCE;

/** A year more of a name. Rounding: up to the micro. */
export function renewalOf(ending: string): Micro {
  const cents = REGISTRAR_CENTS[ending] ?? 0n;
  const euros = micro(cents * 10_000n);
  return share(share(euros, MARKUP, "ceil"), USD_PER_EUR, "ceil");
}

/** The first year of a name. */
export function costOf(seed: number, domain: string, ending: string): Micro {
  const renewal = renewalOf(ending);
  const short = domain.length - ending.length - 1 <= SHORT;
  const premium = short || chanceOf(seed, "premium", domain) < PREMIUM_CHANCE;
  return premium ? micro(renewal * PREMIUM) : renewal;
}

/** Visits a day that the registrar expects: few of most names, many of some. */
export function visitsOf(seed: number, domain: string): number {
  const u = chanceOf(seed, "visits", domain);
  return Math.floor(VISITS_MAX * u * u * u);
}

/** Visits a day that come in truth: three to thirteen tenths of what was expected. */
const trueVisits = (seed: number, domain: string): bigint => {
  const tenths = 3 + (hash32(seed, "domain", "true", domain) % 11);
  return BigInt(Math.floor((visitsOf(seed, domain) * tenths) / 10));
};

/** What a parked page earns in a part of a day. Rounding: down. */
export const earnedIn = (seed: number, domain: string, ms: number, dayMs: number): Micro =>
  micro((trueVisits(seed, domain) * PER_VISIT * BigInt(ms)) / BigInt(dayMs));

/** What a buyer who comes in a given slot of time would pay at most. */
export function budgetOf(seed: number, domain: string, slot: number): Micro {
  const worth = trueVisits(seed, domain) * PER_VISIT * WORTH_DAYS;
  const percent = BigInt(50 + (hash32(seed, "domain", "budget", domain, slot) % 101));
  return micro((worth * percent) / 100n);
}

/** What stands before and after the word that is looked for. */
const FORMS: readonly (readonly [string, string])[] = [
  ["", ""],
  ["get", ""],
  ["my", ""],
  ["", "-app"],
  ["", "hub"],
  ["", "labs"],
];

/** The names that a search thinks of, in a fixed order. */
export function* namesFor(query: string): Iterable<Id> {
  for (const [before, after] of FORMS) {
    for (const ending of ENDINGS) {
      const name = `${before}${query}${after}.${ending}`;
      if (endingOf(name) !== undefined) yield id(name);
    }
  }
}
