/** New rules against those in force: what of them is looser, what holds meanwhile, and what a step makes of it. */
import { ONE, type Ppm } from "../core/ppm.ts";
import type {
  AssetPolicy,
  MarketPolicy,
  Policy,
  PricesPolicy,
  TierPolicy,
} from "../protocol/policy.ts";
import { ASSET_RULES, MARKET_RULES, RULES, rankOf, type Scalar } from "./rule-table.ts";
import {
  amountOf,
  type Calendar,
  easedTiers,
  type Ladder,
  ruleText,
  tiersOf,
  tighterCalendar,
  tighterLadder,
  tighterPrices,
  tighterTiers,
  tighterVolatility,
  type Volatility,
} from "./rule-values.ts";

/** What is asked of one rule. Absent rules are undefined. */
interface Kind {
  readonly read: (text: string) => unknown;
  /** The tighter of an old value and a new one. */
  readonly tighter: (a: unknown, b: unknown, ctx: Compared) => unknown;
  /** As loose as one step from a value goes. Absent: all at once. */
  readonly eased?: (value: unknown, step: Ppm) => unknown;
}

export interface Compared {
  readonly before: Policy;
  readonly after: Policy;
  readonly now: number;
}

const whole = (text: string): unknown => JSON.parse(text);

function scalar(rule: Scalar): Kind {
  const lower = rule.tighter === "lower";
  const tighter: Kind["tighter"] = (a, b, { before, after }) => {
    const [old, fresh] = [rankOf(rule, a, before), rankOf(rule, b, after)];
    if (lower ? old >= fresh : old <= fresh) return b;
    // What followed from another rule holds by itself until it may go.
    return a ?? (typeof rule.absent === "function" ? old : undefined);
  };
  const read = rule.amount === true ? amountOf : whole;
  if (rule.step === undefined) return { read, tighter };
  const eased = (value: unknown, step: Ppm): unknown => {
    const next = lower ? more(value as number | bigint, step) : less(value as number, step);
    return rule.most !== undefined && next >= rule.most ? undefined : next;
  };
  return { read, tighter, eased };
}

/** More by the step, rounded down, and by one at least. */
function more(value: number | bigint, step: Ppm): number | bigint {
  const next = (BigInt(value) * BigInt(ONE + step)) / BigInt(ONE);
  const least = next > BigInt(value) ? next : BigInt(value) + 1n;
  return typeof value === "bigint" ? least : Number(least);
}

/** Less by the step's part of what it leaves of the whole. */
const less = (value: number, step: Ppm): number =>
  Math.max(ONE - Number(more(Math.max(ONE - value, 0), step)), 0);

const either =
  <T>(both: (a: T, b: T, now: number) => T): Kind["tighter"] =>
  (a, b, { now }) =>
    a === undefined ? b : b === undefined ? a : both(a as T, b as T, now);

const TIERS: Kind = {
  read: tiersOf,
  tighter: either<readonly TierPolicy[]>(tighterTiers),
  eased: (value, step) => easedTiers(value as readonly TierPolicy[], step),
};
const WHOLES: Readonly<Record<string, Kind>> = {
  prices: { read: whole, tighter: either<PricesPolicy>(tighterPrices) },
  "crisis.drawdownLadder": { read: whole, tighter: either<Ladder>(tighterLadder) },
  "crisis.volatility": { read: whole, tighter: either<Volatility>(tighterVolatility) },
  "crisis.calendar": {
    read: whole,
    tighter: (a, b, { now }) => {
      const all = tighterCalendar((a ?? []) as Calendar, (b ?? []) as Calendar, now);
      return all.length === 0 ? b : all;
    },
  },
};

/** The rule by its name. None: undefined for what is no rule that can be looser. */
function kindOf(name: string): Kind | undefined {
  const [scope, , ...field] = name.split(".");
  const path = field.join(".");
  if (scope === "markets" && path === "tiers") return TIERS;
  const rule =
    scope === "markets" ? MARKET_RULES[path] : scope === "assets" ? ASSET_RULES[path] : RULES[name];
  return rule === undefined ? WHOLES[name] : scalar(rule);
}

/** Every name of a rule that the fleet's rules have: the fleet's, each market's and each asset's. */
export const namesOf = (policy: Policy): readonly string[] => [
  ...Object.keys(RULES),
  ...Object.keys(WHOLES),
  ...policy.markets.flatMap(({ market }) =>
    [...Object.keys(MARKET_RULES), "tiers"].map((field) => `markets.${market}.${field}`),
  ),
  ...policy.assets.flatMap(({ asset }) =>
    Object.keys(ASSET_RULES).map((field) => `assets.${asset}.${field}`),
  ),
];

type Tree = Readonly<Record<string, unknown>>;
const entryOf = (
  policy: Policy,
  scope: string,
  id: string,
): MarketPolicy | AssetPolicy | undefined =>
  scope === "markets"
    ? policy.markets.find(({ market }) => market === id)
    : policy.assets.find(({ asset }) => asset === id);

const at = (tree: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((node, key) => (node as Tree | undefined)?.[key], tree);

/** A rule's value. None: undefined where the rules do not name it. */
export function ruleOf(policy: Policy, name: string): unknown {
  const [scope = "", id = "", ...field] = name.split(".");
  return scope === "markets" || scope === "assets"
    ? at(entryOf(policy, scope, id), field)
    : at(policy, name.split("."));
}

/** A part of the rules that is empty when its last rule goes, goes too. */
function put(tree: Tree | undefined, [key = "", ...rest]: readonly string[], value: unknown): Tree {
  const { [key]: old, ...others } = tree ?? {};
  const next = rest.length === 0 ? value : put(old as Tree | undefined, rest, value);
  const gone = next === undefined || (rest.length > 0 && Object.keys(next as Tree).length === 0);
  return gone ? others : { ...others, [key]: next };
}

/** The rules with one of them as its text says. */
export function withRule(policy: Policy, name: string, text: string): Policy {
  const value = text === "" ? undefined : kindOf(name)?.read(text);
  const [scope, id, ...field] = name.split(".");
  const changed = <T>(entry: T): T => put(entry as Tree, field, value) as T;
  if (scope === "markets") {
    const markets = policy.markets.map((one) => (one.market === id ? changed(one) : one));
    return { ...policy, markets };
  }
  if (scope === "assets") {
    const assets = policy.assets.map((one) => (one.asset === id ? changed(one) : one));
    return { ...policy, assets };
  }
  return put(policy as unknown as Tree, name.split("."), value) as unknown as Policy;
}

/** What holds of a rule until it may be looser. None: undefined where the new rules are no looser. */
export function heldBack(name: string, compared: Compared): string | undefined {
  const { before, after } = compared;
  const [scope = "", id = ""] = name.split(".");
  // Nothing was allowed of a market that was not there; of an asset, what is of every one.
  if (scope === "markets" && entryOf(before, scope, id) === undefined) return undefined;
  const wanted = ruleOf(after, name);
  const holds = ruleText(kindOf(name)?.tighter(ruleOf(before, name), wanted, compared));
  return holds === ruleText(wanted) ? undefined : holds;
}

/** As far towards what the rules say as one step goes. */
export function stepTowards(policy: Policy, name: string, wanted: string): string {
  const kind = kindOf(name);
  const now = ruleOf(policy, name);
  if (kind?.eased === undefined || now === undefined) return wanted;
  const eased = kind.eased(now, policy.raiseStep);
  const compared = { before: policy, after: policy, now: 0 };
  const goal = wanted === "" ? undefined : kind.read(wanted);
  return ruleText(kind.tighter(eased, goal, compared));
}
