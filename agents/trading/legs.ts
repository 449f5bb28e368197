/** The two legs of a pair as one: none larger than the other can be matched to, and the second led by the first. */
import type { Qty } from "../../src/core/money.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import type { Intent } from "../../src/sdk/intent.ts";
import type { TradingConfig } from "./config.ts";
import {
  capOf,
  type Desk,
  fullSize,
  leastOf,
  leverageOf,
  mostOf,
  open,
  reduceTo,
  sizeFor,
  worthOf,
} from "./desk.ts";
import type { Signal } from "./signal.ts";
import type { Wish } from "./wish.ts";

/**
 * Wishes with the strengths of tied legs set so that at full size the second is `ratio` times the first, and neither
 * beyond its own full size.
 */
export function matched(
  view: AgentView,
  wishes: Readonly<Record<string, Wish>>,
  signals: Readonly<Record<string, Signal>>,
  config: TradingConfig,
): Readonly<Record<string, Wish>> {
  const full = (id: string): number => {
    const [market, signal] = [view.markets.find((one) => one.market === id), signals[id]];
    return market === undefined || signal === undefined
      ? 0
      : fullSize(view, market, signal, config);
  };
  const changed: Record<string, Wish> = { ...wishes };
  for (const [id, wish] of Object.entries(wishes)) {
    const { tie } = wish;
    const other = tie === undefined ? undefined : wishes[tie.other];
    if (tie?.leads !== true || other === undefined) continue;
    const [one, two] = [full(id), full(tie.other)];
    if (!(one > 0 && two > 0)) continue;
    const size = Math.min(one, two / tie.ratio);
    changed[id] = { ...wish, strength: size / one };
    changed[tie.other] = { ...other, strength: Math.min(1, (size * tie.ratio) / two) };
  }
  return changed;
}

/** What a tied leg asks for, on the side it has or wishes; `full` is what it wants of the leader at most. */
export function legOrder(desk: Desk, full: number, spared: Qty, why: string): Intent | undefined {
  const tie = desk.wish?.tie;
  const other = tie === undefined ? undefined : desk.desks.get(tie.other);
  if (tie === undefined || other === undefined) return undefined;
  // How large the other leg is will be known when its order is over.
  if (other.view.orders.some(({ market }) => market === tie.other)) return undefined;
  const leg = { desk, other, ratio: tie.ratio, spared, why };
  return tie.leads ? leading(leg, full) : following(leg);
}

interface Leg {
  readonly desk: Desk;
  readonly other: Desk;
  readonly ratio: number;
  readonly spared: Qty;
  readonly why: string;
}

/** The first leg: to its size beyond the band, as far as the second can be matched to it. */
function leading({ desk, other, ratio, spared, why }: Leg, full: number): Intent | undefined {
  const { context, wish } = desk;
  const { band, holdMs, pair } = context.config;
  if (wish === undefined || other.since < holdMs) return undefined;
  const [now, theirs] = [onSide(desk, wish.side), onSide(other, -wish.side)];
  const mayGrow = !other.cooling;
  const change = full - now;
  const stays = Math.abs(change) <= band * full;
  // What the second cannot be brought up to, by an order that is worth placing, the first gives up.
  const second = sizeFor(other.market, (stays ? now : full) * ratio);
  const worth = theirs > 0 || worthOf(other.market, second) >= leastOf(other.market);
  const most = (theirs + (mayGrow && worth ? mostOf(other, -wish.side) : 0)) / ratio;
  if (now > most * (1 + pair.drift)) return reduceTo(desk, Math.min(full, most), why, spared);
  if (stays) return undefined;
  if (change < 0) return reduceTo(desk, full, why, spared);
  const grows = (theirs + (mayGrow ? capOf(other) : 0)) / ratio - now;
  const lacks = Math.max(0, ratio * now - theirs);
  const margin = marginFor(desk, other, ratio, lacks);
  const wanted = Math.min(change, grows, margin, mostOf(desk, wish.side));
  // Both or none: nothing that leaves the second too small an order to be placed.
  const after = now + worthOf(desk.market, sizeFor(desk.market, wanted));
  const matching = worthOf(other.market, sizeFor(other.market, after * ratio));
  if (theirs === 0 && matching < leastOf(other.market)) return undefined;
  return open(desk, wish.side, wanted, wish.note);
}

/** What is held on a side, at the mark, in USDC. */
const onSide = ({ market, held }: Desk, side: number): number =>
  Number(held) * side > 0 ? worthOf(market, held) : 0;

/** Growth of the first leg that there is margin for, beside what the second `lacks` already. In USDC. */
function marginFor(desk: Desk, other: Desk, ratio: number, lacks: number): number {
  const { view, budget, context } = desk;
  const { config } = context;
  const per = ({ market, signal }: Desk): number => {
    const leverage = leverageOf(view, market, signal, config);
    return (config.marginBuffer * 1e6) / leverage;
  };
  return (budget.left - lacks * per(other)) / (per(desk) + ratio * per(other));
}

/** The second leg: to what the first has and orders in this look, once it is off by more than the drift. */
function following({ desk, other, ratio, spared, why }: Leg): Intent | undefined {
  const { book, context, wish } = desk;
  if (wish === undefined) return undefined;
  const leads = Math.max(0, -wish.side * (book.notionals[other.market.market] ?? 0));
  const [target, now] = [ratio * leads, onSide(desk, wish.side)];
  const change = target - now;
  if (now > 0 && Math.abs(change) <= context.config.pair.drift * target) return undefined;
  if (change < 0) return reduceTo(desk, target, why, spared);
  return open(desk, wish.side, change, wish.note);
}
