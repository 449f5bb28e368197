/** Legs that stand against each other: seen before the venue takes one of them, and put right after it. */
import { must } from "../core/assert.ts";
import { type AgentId, FLEET, type MarketId } from "../core/ids.ts";
import { abs, type Micro, micro, min, mulDiv, notional, qty } from "../core/money.ts";
import { type Ppm, ppm, share } from "../core/ppm.ts";
import type { AdlPolicy } from "../protocol/crisis-policy.ts";
import type { TakenPart } from "../protocol/events-venue.ts";
import type { Consequence, Context } from "./admission.ts";
import { cancelOpen, reducing } from "./closing.ts";
import { sweep } from "./governance.ts";
import { crisisRules } from "./margins.ts";
import { settleable } from "./settlement.ts";
import { type Fixed, keyOf, type Law, type Position } from "./state.ts";

/** The cause of orders that close what a hedge was for. */
const NAKED = "naked-hedge";
/** What a net may be of its legs where the rules do not say. */
const BOUND = ppm(250_000);

interface Leg {
  readonly position: Fixed<Position>;
  /** At the mark, signed: a long is positive. */
  readonly value: Micro;
}

/** What an agent's, or the fleet's, legs of one group came to before the venue took any. */
interface Hedge {
  readonly agent: AgentId;
  readonly group: string;
  readonly markets: ReadonlySet<MarketId>;
  readonly net: Micro;
  readonly gross: Micro;
  /** What the rules said then: how large the net may be, and what is done when it is larger. */
  readonly bound: Ppm;
  readonly handling: NonNullable<AdlPolicy["hedge"]>;
}

/** The groups that a market belongs to. Without any of their own, all markets are one. */
function groupsOf(law: Law, rules: AdlPolicy, market: MarketId) {
  const { hedgeGroups } = rules;
  if (hedgeGroups === undefined) return [{ name: "all", markets: new Set(law.markets.keys()) }];
  return hedgeGroups
    .filter(({ markets }) => markets.includes(market))
    .map(({ name, markets }) => ({ name, markets: new Set(markets) }));
}

/** What an agent holds in these markets; all agents for the fleet. */
function legsOf(law: Law, scope: AgentId, markets: ReadonlySet<MarketId>): readonly Leg[] {
  const legs: Leg[] = [];
  for (const market of markets) {
    const held = law.markets.get(market);
    if (held?.mark === undefined) continue;
    for (const agent of scope === FLEET ? [...held.positions].sort() : [scope]) {
      const position = law.positions.get(keyOf(agent, market));
      if (position === undefined || position.qty === 0n) continue;
      legs.push({ position, value: notional(held.mark, position.qty, "down") });
    }
  }
  return legs;
}

const netOf = (legs: readonly Leg[]): Micro =>
  micro(legs.reduce((sum, { value }) => sum + value, 0n));
const grossOf = (legs: readonly Leg[]): Micro =>
  micro(legs.reduce((sum, { value }) => sum + abs(value), 0n));

/** The most that a net may be for its legs to be a hedge. Rounding: down. */
const allowed = (gross: Micro, bound: Ppm): Micro => share(gross, bound, "floor");

/** Whose legs are hedged now, of those that an event of the venue is about to touch, and of the fleet. */
export function hedgesOf(
  law: Law,
  market: MarketId,
  parts: readonly Pick<TakenPart, "of">[],
): readonly Hedge[] {
  const rules = crisisRules(law)?.adl;
  const handling = rules?.hedge;
  if (rules === undefined || handling === undefined) return [];
  const bound = rules.hedgeBound ?? BOUND;
  const found: Hedge[] = [];
  for (const { name: group, markets } of groupsOf(law, rules, market)) {
    for (const agent of [...parts.map(({ of }) => of), FLEET]) {
      const legs = legsOf(law, agent, markets);
      const [net, gross] = [netOf(legs), grossOf(legs)];
      // One leg alone has all of itself as its net.
      if (gross > 0n && abs(net) <= allowed(gross, bound))
        found.push({ agent, group, markets, net, gross, bound, handling });
    }
  }
  return found;
}

/**
 * Tells which of them are hedges no more, and does about it what the rules say.
 *
 * The fleet's own net is looked at only where no agent's is bared: one leg is put right once.
 */
export function* baredHedges(
  ctx: Context,
  by: { readonly name: string; readonly market: MarketId },
  before: readonly Hedge[],
): Consequence {
  const done = new Set<string>();
  for (const { agent, group, markets, net, gross, bound, handling } of before) {
    const legs = legsOf(ctx.law, agent, markets);
    const netAfter = netOf(legs);
    const fine = abs(netAfter) <= allowed(gross, bound);
    if (fine || (agent === FLEET && done.has(group))) continue;
    done.add(group);
    yield {
      ...{ type: "HedgeBared", agent, ...by, group, handling },
      ...{ netBefore: net, netAfter, grossBefore: gross, bound },
    };
    if (handling === "reduce") yield* reduceLegs(ctx, legs, netAfter, by.name);
    else if (handling === "freeze") yield* freeze(ctx, agent, by.name);
  }
}

/** Closes of the legs that are too much as much as stands against nothing, the largest first. */
function* reduceLegs(ctx: Context, legs: readonly Leg[], net: Micro, name: string): Consequence {
  const over = legs.filter(({ value }) => value !== 0n && value > 0n === net > 0n);
  over.sort((a, b) => Number(abs(b.value) - abs(a.value)));
  let left: bigint = abs(net);
  for (const { position, value } of over) {
    if (position.closing !== undefined) continue;
    const { lot } = must(ctx.law.markets.get(position.market), "a position has a market").policy;
    const whole = abs(position.qty);
    const wanted = left >= abs(value) ? whole : mulDiv(whole, left, abs(value), "down");
    const free = settleable(ctx.law, position);
    const most = min(wanted, free as bigint);
    const size = most === whole ? most : most - (most % lot);
    if (size <= 0n) continue;
    yield* reducing(ctx, position, qty(size), NAKED, `${name} took the other leg`);
    left -= mulDiv(abs(value), size, whole, "down");
  }
}

/** Nothing that opens any more, until the operator says so; the agent is told by the mode's event. */
function* freeze(ctx: Context, scope: AgentId, name: string): Consequence {
  const { law } = ctx;
  const mode = scope === FLEET ? law.mode : law.agents.get(scope)?.mode;
  if (mode !== "run") return;
  const reason = `a hedge is bare: ${name}`;
  yield { type: "ModeSet", agent: scope, mode: "reduce", epoch: law.haltEpoch + 1, reason };
  if (scope === FLEET) yield* sweep(ctx, "reduce");
  else yield* cancelOpen(ctx, scope, "reduce");
}
