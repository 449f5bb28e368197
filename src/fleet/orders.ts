/** The order path: what must hold before an order may reach the venue. */
import type { MarketId } from "../core/ids.ts";
import {
  abs,
  divide,
  formatQty,
  type Micro,
  micro,
  notional,
  type Price,
  type Qty,
  qty,
  ZERO,
} from "../core/money.ts";
import { ONE, type Ppm } from "../core/ppm.ts";
import type { MarketPolicy } from "../protocol/policy.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import type { CommandOf } from "../protocol/turns.ts";
import { type Side, signOf } from "../protocol/words.ts";
import { initialMargin } from "../risk/margin.ts";
import {
  type Context,
  callerOf,
  type Decision,
  drawnOn,
  type HeldAgent,
  isRefusal,
  mayHold,
  mayOpen,
  modeIn,
  tooMany,
} from "./admission.ts";
import { atMost, gate } from "./checks.ts";
import { CLOSING, cancelRequest, fitStop } from "./closing.ts";
import {
  bufferFault,
  collarFault,
  type OrderPlan,
  offTick,
  planOf,
  sizeFault,
  stopFor,
  varFault,
} from "./order-limits.ts";
import { type Beside, freshMark, holdFor, stopFault } from "./pricing.ts";
import { posted } from "./reservations.ts";
import { keyOf } from "./state.ts";

type Asked = CommandOf<"PlaceOrder">["body"];

export function* placeOrder(ctx: Context, { body }: CommandOf<"PlaceOrder">): Decision {
  const { law } = ctx;
  const agent = callerOf(law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  const opening = openingPart(ctx, agent, body);
  if (typeof opening === "object") return opening;
  const closed = opening > 0n ? mayTrade(ctx, agent, body) : mayReduce(ctx, agent, body);
  if (closed !== undefined) return closed;
  if (body.order.startsWith(CLOSING)) return refuse("bad_field", `order: ${CLOSING} is not yours`);
  const known = law.orders.has(keyOf(agent.agent, body.order));
  const again = known ? refuse("order_exists", body.order) : undefined;
  const named = gate(ctx.told, "name", body.order, again);
  if (named !== undefined) return named;
  const many = opening > 0n ? tooMany(agent.orders, ctx.told) : undefined;
  if (many !== undefined) return many;
  const plan = planOf(ctx, agent, body, opening);
  if (isRefusal(plan)) return plan;
  const fault = sizeFault(ctx.told, body, plan) ?? collarFault(ctx.told, body, plan);
  if (fault !== undefined) return fault;
  const stop = opening > 0n ? stopFor(ctx.told, body, plan) : (0n as Price);
  if (typeof stop === "object") return stop;
  const drawn = drawnOn(ctx, body.reservation);
  if (isRefusal(drawn)) return drawn;
  const hold = opening > 0n ? holdOf(ctx, agent, body, plan) : ZERO;
  const over = opening > 0n ? mayHold(agent, hold, drawn.amount, ctx.told) : undefined;
  if (over !== undefined) return over;
  const kept = opening > 0n ? bufferFault(ctx, hold, drawn.amount) : undefined;
  if (kept !== undefined) return kept;
  const { estimate } = ctx.stamp;
  const risky = opening > 0n ? varFault(ctx, plan.rules, estimate) : undefined;
  if (risky !== undefined) return risky;

  if (body.reservation !== undefined) yield posted(ctx, body.reservation);
  // Left resting, what closes would open once the position is gone: only what wholly opens may rest.
  const tif = body.limit === undefined || opening < body.qty ? "ioc" : "gtc";
  const { market, side, order } = body;
  yield {
    type: "OrderApproved",
    agent: agent.agent,
    order,
    market,
    side,
    qty: body.qty,
    opening,
    limit: plan.limit,
    tif,
    leverage: plan.leverage,
    stop,
    hold,
    mark: plan.mark.price,
    markAt: plan.mark.at,
    forced: "",
    note: body.note ?? "",
    ...(estimate === undefined ? {} : { estimate }),
    effect: {
      name: ctx.name(),
      agent: agent.agent,
      effect: { type: "PlaceOrder", market, side, qty: body.qty, limit: plan.limit, tif },
    },
  };
  return undefined;
}

/** What an opening holds, by the bracket of all that its agent has on that side of the market. */
function holdOf({ law }: Context, agent: HeldAgent, body: Asked, plan: OrderPlan): Micro {
  const { market, opening, limit, mark, leverage } = plan;
  const beside: Beside[] = [];
  const position = law.positions.get(keyOf(agent.agent, body.market));
  if (position !== undefined && position.qty !== 0n) {
    const same = position.qty > 0n === signOf(body.side) > 0n;
    if (same) beside.push({ value: abs(position.cost), margin: position.margin });
  }
  for (const id of agent.orders) {
    const order = law.orders.get(keyOf(agent.agent, id));
    if (order === undefined || order.market !== body.market || order.side !== body.side) continue;
    const left = qty(order.opening - order.opened);
    if (left <= 0n) continue;
    beside.push({ value: notional(mark.price, left, "up"), margin: order.hold });
  }
  return holdFor(market, opening, limit, mark.price, leverage, beside);
}

/** How much of an order opens: all beyond what closes the position and the orders that close it already. */
function openingPart(ctx: Context, agent: HeldAgent, body: Asked): Qty | Rejection {
  const { law, told } = ctx;
  const there = law.markets.has(body.market);
  const unknown = there ? undefined : refuse("unknown_market", body.market);
  const nowhere = gate(told, "market", body.market, unknown);
  if (nowhere !== undefined) return nowhere;
  const position = law.positions.get(keyOf(agent.agent, body.market));
  const held = position?.qty ?? 0n;
  const against = held !== 0n && held > 0n !== signOf(body.side) > 0n;
  let closing = 0n;
  for (const id of agent.orders) {
    const order = law.orders.get(keyOf(agent.agent, id));
    if (order === undefined || order.market !== body.market || order.side !== body.side) continue;
    closing += order.qty - order.opening - (order.filled - order.opened);
  }
  const left = against ? abs(held) - closing : 0n;
  if (body.reduceOnly === true) {
    return (
      atMost(told, "reduces", "coins", [body.qty, left], () => {
        if (left <= 0n) return refuse("nothing_to_reduce", body.market);
        const allowed = formatQty(qty(left));
        return refuse("reduce_exceeds", `asked ${formatQty(body.qty)}, allowed ${allowed}`);
      }) ?? qty(0n)
    );
  }
  return qty(left <= 0n ? body.qty : body.qty > left ? body.qty - left : 0n);
}

function mayTrade(ctx: Context, agent: HeldAgent, body: Asked): Rejection | undefined {
  const leverage = body.leverage ?? ONE;
  return mayOpen(ctx, agent, "trading", leverage > ONE, body.market);
}

/** Reducing is refused only where everything is stopped, and the coordinator closes by itself. */
function mayReduce(ctx: Context, agent: HeldAgent, { market }: Asked): Rejection | undefined {
  const mode = modeIn(ctx.law, agent, market);
  const stopped = mode === "halt" || mode === "flatten";
  return gate(ctx.told, "mode", mode, stopped ? refuse("halted", `mode is ${mode}`) : undefined);
}

export function* cancelOrder(ctx: Context, { body }: CommandOf<"CancelOrder">): Decision {
  const agent = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  const order = ctx.law.orders.get(keyOf(agent.agent, body.order));
  if (order === undefined) return refuse("unknown_order", body.order);
  if (order.cancelling) return refuse("order_done", "it is being cancelled");
  if (order.cause !== "") return refuse("not_allowed", "the coordinator's own order");
  yield cancelRequest(ctx, order);
  return undefined;
}

export function* moveStop(ctx: Context, { body }: CommandOf<"MoveStop">): Decision {
  const { law } = ctx;
  const agent = callerOf(law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  const position = law.positions.get(keyOf(agent.agent, body.market));
  const market = law.markets.get(body.market)?.policy;
  if (position === undefined || position.qty === 0n || market === undefined) {
    return refuse("unknown_position", body.market);
  }
  if (position.closing !== undefined) return refuse("illegal_phase", "it is being closed");
  const side: Side = position.qty > 0n ? "buy" : "sell";
  const looser = side === "buy" ? body.stop < position.stopPrice : body.stop > position.stopPrice;
  // A stop further off risks more: it may move there where its position could be opened.
  const at = leverageOf(position.margin, abs(position.cost));
  const closed = looser ? mayOpen(ctx, agent, "trading", at > ONE, body.market) : undefined;
  if (closed !== undefined) return closed;
  const mark = freshMark(law, body.market, ctx.at);
  if (isRefusal(mark)) return mark;
  const off = offTick(body.stop, market);
  if (off !== undefined) return off;
  const size = qty(abs(position.qty));
  const leverage = leverageOf(position.margin, notional(mark.price, size, "down"));
  const fault = stopFault(market, side, size, mark.price, leverage, body.stop);
  if (fault !== undefined) return fault;
  yield* fitStop(ctx, agent.agent, body.market as MarketId, body.stop);
  return undefined;
}

/** Notional over margin, rounded up: the leverage that a position stands at. At least 1x. */
export function leverageOf(margin: Micro, value: Micro): Ppm {
  if (margin <= 0n) return (ONE * 100) as Ppm;
  const times = Number(divide(value * 1_000_000n, margin, "ceil"));
  return Math.min(Math.max(times, ONE), ONE * 200) as Ppm;
}

/** Margin that a part of a position opened outside a hold must have, at the price it opened. */
export const marginFor = (market: MarketPolicy, value: Micro, leverage: Ppm): Micro =>
  micro(initialMargin(market.tiers, value, leverage));
