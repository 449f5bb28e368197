/** The order path: what must hold before an order may reach the venue. */
import type { MarketId } from "../core/ids.ts";
import {
  abs,
  divide,
  formatMicro,
  formatQty,
  type Micro,
  max,
  micro,
  notional,
  type Price,
  type Qty,
  qty,
  ZERO,
} from "../core/money.ts";
import { ONE, type Ppm, share } from "../core/ppm.ts";
import type { MarketPolicy, Policy } from "../protocol/policy.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import type { RiskEstimate } from "../protocol/risk-facts.ts";
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
  modeOf,
  tooMany,
} from "./admission.ts";
import { leverageAt } from "./calendar.ts";
import { CLOSING, cancelRequest, fitStop } from "./closing.ts";
import {
  collarPrice,
  defaultStop,
  type FreshMark,
  freshMark,
  holdFor,
  stopFault,
  withinCollar,
} from "./pricing.ts";
import { posted } from "./reservations.ts";
import { keyOf } from "./state.ts";

type Asked = CommandOf<"PlaceOrder">["body"];

/** What an order would do, worked out before anything is approved. */
interface Plan {
  readonly rules: Policy;
  readonly market: MarketPolicy;
  readonly mark: FreshMark;
  readonly limit: Price;
  readonly opening: Qty;
  readonly leverage: Ppm;
}

export function* placeOrder(ctx: Context, { body }: CommandOf<"PlaceOrder">): Decision {
  const { law } = ctx;
  const agent = callerOf(law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  const opening = openingPart(ctx, agent, body);
  if (typeof opening === "object") return opening;
  const closed = opening > 0n ? mayTrade(ctx, agent, body) : mayReduce(ctx, agent);
  if (closed !== undefined) return closed;
  if (body.order.startsWith(CLOSING)) return refuse("bad_field", `order: ${CLOSING} is not yours`);
  if (law.orders.has(keyOf(agent.agent, body.order))) return refuse("order_exists", body.order);
  const many = opening > 0n ? tooMany(agent.orders) : undefined;
  if (many !== undefined) return many;
  const plan = planOf(ctx, agent, body, opening);
  if (isRefusal(plan)) return plan;
  const fault = sizeFault(body, plan) ?? collarFault(body, plan);
  if (fault !== undefined) return fault;
  const stop = opening > 0n ? stopFor(body, plan) : (0n as Price);
  if (typeof stop === "object") return stop;
  const drawn = drawnOn(ctx, body.reservation);
  if (isRefusal(drawn)) return drawn;
  const hold =
    opening > 0n ? holdFor(plan.market, opening, plan.limit, plan.mark.price, plan.leverage) : ZERO;
  const over = opening > 0n ? mayHold(agent, hold, drawn.amount) : undefined;
  if (over !== undefined) return over;
  const { estimate } = ctx.stamp;
  const risky = opening > 0n ? varFault(law, plan.rules, estimate) : undefined;
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

/**
 * May an opening order bring the fleet's value at risk where the estimate says? What lowers it may,
 * whatever the limit; what cannot be measured may not, where there is a limit.
 */
function varFault(
  law: Context["law"],
  { varLimit }: Policy,
  estimate: RiskEstimate | undefined,
): Rejection | undefined {
  if (varLimit === undefined) return undefined;
  if (estimate === undefined) return refuse("var_exceeded", "it cannot be measured now");
  const { measure, varBefore, varAfter } = estimate;
  const allowed = share(max(law.collateral, ZERO), varLimit, "floor");
  if (varAfter <= allowed || varAfter <= varBefore) return undefined;
  const numbers = [varBefore, varAfter, allowed].map(formatMicro);
  return refuse(
    "var_exceeded",
    `${measure}: ${numbers[0]} before, ${numbers[1]} after, allowed ${numbers[2]}`,
  );
}

/** How much of an order opens: all beyond what closes the position and the orders that close it already. */
function openingPart(ctx: Context, agent: HeldAgent, body: Asked): Qty | Rejection {
  const { law } = ctx;
  if (!law.markets.has(body.market)) return refuse("unknown_market", body.market);
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
    if (left <= 0n) return refuse("nothing_to_reduce", body.market);
    const allowed = formatQty(qty(left));
    if (body.qty > left)
      return refuse("reduce_exceeds", `asked ${formatQty(body.qty)}, allowed ${allowed}`);
    return qty(0n);
  }
  return qty(left <= 0n ? body.qty : body.qty > left ? body.qty - left : 0n);
}

function mayTrade(ctx: Context, agent: HeldAgent, body: Asked): Rejection | undefined {
  const leverage = body.leverage ?? ONE;
  return mayOpen(ctx, agent, "trading", leverage > ONE);
}

/** Reducing is refused only where everything is stopped, and the coordinator closes by itself. */
function mayReduce(ctx: Context, agent: HeldAgent): Rejection | undefined {
  const mode = modeOf(ctx.law, agent);
  return mode === "halt" || mode === "flatten" ? refuse("halted", `mode is ${mode}`) : undefined;
}

function planOf(ctx: Context, agent: HeldAgent, body: Asked, opening: Qty): Plan | Rejection {
  const { law } = ctx;
  const market = law.markets.get(body.market)?.policy;
  const rules = law.policy;
  if (market === undefined || rules === undefined) return refuse("unknown_market", body.market);
  // Reducing goes by the last mark there is, however old: getting out is never refused for that.
  const asOf = opening > 0n ? ctx.at : (law.markets.get(body.market)?.markAt ?? ctx.at);
  const mark = freshMark(law, body.market, asOf);
  if (isRefusal(mark)) return mark;
  const limit = body.limit ?? collarPrice(market, rules.collar, body.side, mark.price);
  const lent = agent.delegation?.maxLeverage ?? ONE;
  const most = Math.min(lent, market.maxLeverage, leverageAt(rules.crisis, ctx.at));
  const leverage = body.leverage ?? (Math.min(ONE, most) as Ppm);
  if (opening > 0n && leverage > most) {
    return refuse("leverage_exceeded", `asked ${leverage} ppm, allowed ${most} ppm`);
  }
  return { rules, market, mark, limit, opening, leverage };
}

function sizeFault(body: Asked, { market, mark, limit, opening }: Plan): Rejection | undefined {
  if (body.qty % market.lot !== 0n) return refuse("bad_lot", `lot ${formatQty(market.lot)}`);
  if (opening === 0n) return undefined;
  const value = notional(mark.price, body.qty, "down");
  if (value < market.minNotional) {
    return refuse(
      "below_min_notional",
      `asked ${formatMicro(value)}, least ${formatMicro(market.minNotional)}`,
    );
  }
  const dear = notional(limit > mark.price ? limit : mark.price, body.qty, "up");
  if (dear <= market.maxNotional) return undefined;
  return refuse(
    "above_max_notional",
    `asked ${formatMicro(dear)}, most ${formatMicro(market.maxNotional)}`,
  );
}

function collarFault(body: Asked, { rules, market, mark, limit }: Plan): Rejection | undefined {
  if (body.limit === undefined) return undefined;
  if (limit % market.tick !== 0n) return refuse("bad_field", `limit is no multiple of the tick`);
  const edge = collarPrice(market, rules.collar, body.side, mark.price);
  if (withinCollar(limit, edge, body.side)) return undefined;
  return refuse("outside_collar", `limit ${limit}, allowed ${edge} (in 1e-8)`);
}

const offTick = (stop: Price, { tick }: MarketPolicy): Rejection | undefined =>
  stop % tick === 0n ? undefined : refuse("bad_field", "stop is no multiple of the tick");

function stopFor(body: Asked, plan: Plan): Price | Rejection {
  const { rules, market, mark, opening, leverage } = plan;
  if (body.stop === undefined) {
    return defaultStop(rules, market, body.side, opening, mark.price, leverage);
  }
  const off = offTick(body.stop, market);
  if (off !== undefined) return off;
  const fault = stopFault(market, body.side, opening, mark.price, leverage, body.stop);
  return fault ?? body.stop;
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
  const closed = looser ? mayOpen(ctx, agent, "trading", at > ONE) : undefined;
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
