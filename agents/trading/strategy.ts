/** View in, orders out: what must be given up first, then what guards a position, then what is wished. */
import { abs, micro, type Qty, qty as quantity } from "../../src/core/money.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import { qtyOf, usdcFloat, usdcOf } from "../../src/sdk/amounts.ts";
import { isCooling } from "../../src/sdk/cooldown.ts";
import type { Decision } from "../../src/sdk/define.ts";
import type { Intent } from "../../src/sdk/intent.ts";
import { boughtAt, drawn } from "./buys.ts";
import type { TradingConfig } from "./config.ts";
import { type Context, type Desk, fullSize, open, openAll, reduce, worthOf } from "./desk.ts";
import { alarmOf, keptOn, stopMove, strainedTo } from "./guard.ts";
import { hedgedIn, hedging } from "./hedging.ts";
import {
  bookOf,
  isOwn,
  type Known,
  learned,
  lookOf,
  positionOf,
  scaleOf,
  type TradingMemory,
  watchedOf,
} from "./learn.ts";
import { legOrder, matched } from "./legs.ts";
import { carryWishes } from "./strategies/carry.ts";
import { holdWishes } from "./strategies/hold.ts";
import { pairWishes } from "./strategies/pair.ts";
import { reversionWishes } from "./strategies/reversion.ts";
import { trendWishes } from "./strategies/trend.ts";
import { sideOf, type Wish, type Wishes } from "./wish.ts";
import { worked } from "./works.ts";

const WISHES: Readonly<Record<TradingConfig["strategy"], Wishes>> = {
  trend: trendWishes,
  reversion: reversionWishes,
  carry: carryWishes,
  pair: pairWishes,
  hold: holdWishes,
};

export function tradingStrategy(
  view: AgentView,
  memory: TradingMemory,
  context: Context,
): Decision<TradingMemory> {
  const { config, now } = context;
  const { bought, intents: buys, held: promised } = boughtAt(view, memory.bought, context);
  const known = { ...learned(view, memory, context), bought };
  const own = WISHES[config.strategy](lookOf(view, known, context));
  const wishes = matched(view, drawn(own, bought, config, now), known.signals, config);
  const markets = watchedOf(view, config);
  const book = bookOf(view, known, markets, config);
  const keeps = keptOn(known.ladder, config);
  const scale = keeps * scaleOf(view, known, markets, wishes, book, config);
  const changedAt = { ...memory.changedAt };
  const offered = { ...memory.offered };
  const available = usdcOf(view.delegation?.available ?? "0") - promised;
  const budget = { left: usdcFloat(micro(available)) };
  const intents: Intent[] = [];
  const desks = new Map<string, Desk>();
  for (const market of view.mode === "flatten" ? [] : markets) {
    const { market: id } = market;
    const signal = known.signals[id];
    if (signal === undefined) continue;
    const since = now - (changedAt[id] ?? Number.NEGATIVE_INFINITY);
    const position = positionOf(view, id);
    const held = qtyOf(position?.qty ?? "0");
    const wish = isOwn(id, config) ? wishes[id] : outOf(id);
    const hedged = hedgedIn(view, id);
    const cooling = isCooling(known.cooldowns, id, now);
    const told = { view, context, market, signal, wish, position, since, cooling, held, hedged };
    desks.set(id, { ...told, scale, keeps, book, desks, budget });
  }
  for (const [id, desk] of desks) {
    const acts = orderOf(desk, offered) ?? stopMove(desk.position, desk.market, config);
    if (acts === undefined) continue;
    if (acts.command === "PlaceOrder") changedAt[id] = now;
    intents.push(acts);
  }
  const next = { ...known, changedAt, offered };
  const idle = intents.length === 0 && view.positions.length === 0;
  // What it tells others is its own: two that buy of each other would hear themselves.
  intents.push(...worked(view, own, context), ...hedging(view, wishes, context, budget.left));
  intents.push(...buys);
  const rest = idle ? whyIdle(known, wishes, config) : undefined;
  return rest === undefined ? { intents, memory: next } : { intents, memory: next, rest };
}

/** What is left of a config before this one is closed like what is no longer wished: offered first, then sold. */
const outOf = (market: string): Wish => ({
  side: 0,
  strength: 1,
  note: `${market} is none of its markets any more: wound down`,
});

/** What must go comes first; an open order is waited for, but not by a hard stop. */
function orderOf(desk: Desk, offered: Record<string, number>): Intent | undefined {
  const { view, market, position, context } = desk;
  const alarm = alarmOf(position, market, context.config);
  if (position?.phase === "closing") return undefined;
  const orders = view.orders.filter((order) => order.market === market.market);
  if (orders.length > 0) {
    // Nothing of the market is left to an order that opens while it must be left, or is none of its own.
    const opens = orders.find(({ by, side }) => by === "agent" && opensMore(desk.held, side));
    const leaves = alarm.level === "hard" || !isOwn(market.market, context.config);
    if (!leaves || opens === undefined) return undefined;
    return { command: "CancelOrder", body: { order: opens.order } };
  }
  if (alarm.level === "hard") return reduce(desk, 0, alarm.why);
  const due = forced(desk);
  if (due !== undefined) return due;
  const soft = alarm.level === "soft";
  if (soft && desk.since >= context.config.reduceEveryMs) return reduce(desk, 0.5, alarm.why);
  const order = desk.cooling ? undefined : chosen(desk);
  if (order !== undefined && isReduction(order)) return offeredFirst(desk, order, offered);
  // What is not given up any more is offered anew when it is.
  delete offered[market.market];
  return soft ? undefined : order;
}

const opensMore = (held: Qty, side: "buy" | "sell"): boolean =>
  held === 0n || held > 0n === (side === "buy");

const isReduction = (intent: Intent): boolean =>
  intent.command === "PlaceOrder" && intent.body.reduceOnly === true;

/** What must be given up, whatever the wish: by zone, mode, recall, ladders, or a cap below its use. */
function forced(desk: Desk): Intent | undefined {
  const { view, context, held, since, wish, keeps, market, signal } = desk;
  const { config } = context;
  const delegation = view.delegation;
  if (held === 0n) return undefined;
  const why = context.why === "" ? (wish?.note ?? "") : context.why;
  const lost = delegation === undefined || delegation.phase === "ended";
  if (lost || delegation.phase === "recalling") return reduce(desk, 0, why);
  // Who holds whatever comes leaves it to the coordinator what must go, and when.
  if (config.strategy === "hold") return undefined;
  if (view.zone === "red") return reduce(desk, 0, why);
  const waited = since >= config.reduceEveryMs;
  const told = waited ? toldToKeep(desk, why) : undefined;
  if (told !== undefined) return reduce(desk, told.keep, told.why);
  const most = keeps * fullSize(view, market, signal, config);
  const now = worthOf(market, held);
  if (keeps === 1 || now <= most * (1 + config.band) || !waited) return undefined;
  return reduce(desk, most / now, `its drawdown leaves ${Math.round(keeps * 100)} % of its size`);
}

/** The least that a cut cap, its mode or zone, and its margin leave of a position. None: undefined, all of it. */
function toldToKeep(
  { view, context }: Desk,
  why: string,
): { readonly keep: number; readonly why: string } | undefined {
  const { cap = "0", reserved = "0" } = view.delegation ?? {};
  const over = usdcFloat(usdcOf(reserved)) / usdcFloat(usdcOf(cap));
  const strained = strainedTo(view, context.config);
  const halves = view.mode === "reduce" || view.zone === "orange";
  const told = [
    ...(over > 1 ? [{ keep: 0.95 / over, why }] : []),
    ...(halves ? [{ keep: 0.5, why }] : []),
    ...(strained === undefined ? [] : [{ keep: 1 - strained.gives, why: strained.why }]),
  ];
  return told.toSorted((a, b) => a.keep - b.keep)[0];
}

/** What a hedge for others lacks comes first; then what the strategy asks for, which keeps the hedge. */
function chosen(desk: Desk): Intent | undefined {
  const { hedged, held, wish } = desk;
  const side = sideOf(Number(hedged));
  const missing = BigInt(side) * (hedged - held);
  if (missing <= 0n) return wished(desk, quantity(abs(hedged)));
  // What it holds against the hedge it gives up first.
  if (BigInt(side) * held < 0n) return reduce(desk, 0, wish?.note ?? "");
  return openAll(desk, side, quantity(missing), "a hedge for another agent");
}

/** What the strategy asks for, where the band and the holding time let it; `spared` it does not touch. */
function wished(desk: Desk, spared: Qty): Intent | undefined {
  const { view, context, market, signal, wish, held, since, scale } = desk;
  const { config } = context;
  if (wish === undefined || since < config.holdMs) return undefined;
  const side = Number(held > 0n) - Number(held < 0n);
  const why = context.why === "" ? wish.note : context.why;
  if (held !== 0n && wish.side !== side) return reduce(desk, 0, why, spared);
  if (wish.side === 0) return undefined;
  const ramp = Math.min(1, signal.samples / config.fullSamples);
  const wanted = fullSize(view, market, signal, config) * ramp * wish.strength * scale;
  const full = Math.min(wanted, wish.most ?? Number.POSITIVE_INFINITY);
  if (wish.tie !== undefined) return legOrder(desk, full, spared, why);
  const now = worthOf(market, held);
  const change = full - now;
  if (Math.abs(change) <= config.band * full) return undefined;
  if (change < 0) return reduce(desk, full / now, why, spared);
  return open(desk, wish.side, change, wish.note);
}

/**
 * What closes by choice is settled with an agent that consents to the opposite, at the mark and for
 * nothing; where none does it is offered for a while, and then goes to the venue.
 */
function offeredFirst(
  desk: Desk,
  order: Intent,
  offered: Record<string, number>,
): Intent | undefined {
  const { view, context, market } = desk;
  const { config, now } = context;
  if (config.offerMs === 0 || order.command !== "PlaceOrder") return order;
  const { market: id } = market;
  const until = offered[id];
  const settle = (qty: string): Intent => ({
    command: "Settle",
    body: { market: id, qty, ttlMs: config.offerMs },
  });
  const met = (view.offers ?? []).some((offer) => offer.market === id);
  if (until !== undefined && now >= until) {
    delete offered[id];
    return order;
  }
  if (until === undefined) offered[id] = now + config.offerMs;
  if (until !== undefined && !met) return undefined;
  return settle(order.body.qty);
}

function whyIdle(
  { signals }: Known,
  wishes: Readonly<Record<string, Wish>>,
  config: TradingConfig,
): string {
  const known = Object.values(signals);
  if (known.length === 0) return "no marks of its markets yet";
  const most = Math.max(...known.map((signal) => signal.samples));
  if (config.strategy === "carry" && Object.keys(wishes).length === 0) {
    return "no funding is told of its markets";
  }
  if (most < config.warmup) return `warming up: ${most} of ${config.warmup} samples`;
  const refused = Object.values(wishes).find((wish) => wish.refused);
  if (refused !== undefined) return refused.note;
  const wished = Object.values(wishes).some(({ side }) => side !== 0);
  return wished ? "nothing is left to trade with" : `${config.strategy} sees nothing worth it`;
}
