/** The limits of an order, each by its name: mark, leverage, size, collar, stop, value at risk. */
import { must } from "../core/assert.ts";
import {
  formatMicro,
  formatPrice,
  formatQty,
  type Micro,
  max,
  micro,
  notional,
  type Price,
  type Qty,
  ZERO,
} from "../core/money.ts";
import { ONE, type Ppm, share } from "../core/ppm.ts";
import type { MarketPolicy, Policy } from "../protocol/policy.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import type { RiskEstimate } from "../protocol/risk-facts.ts";
import type { CommandOf } from "../protocol/turns.ts";
import { type Context, type HeldAgent, isRefusal } from "./admission.ts";
import { leverageAt } from "./calendar.ts";
import { atLeast, atMost, gate, type Told } from "./checks.ts";
import {
  collarPrice,
  defaultStop,
  type FreshMark,
  freshMark,
  lastMark,
  stopFault,
} from "./pricing.ts";
import { bufferRoom, weatherLeverage } from "./volatility.ts";

type Asked = CommandOf<"PlaceOrder">["body"];

/** What an order would do, worked out before anything is approved. */
export interface OrderPlan {
  readonly rules: Policy;
  readonly market: MarketPolicy;
  readonly mark: FreshMark;
  readonly limit: Price;
  readonly opening: Qty;
  readonly leverage: Ppm;
}

/** Worked out at the mark. Refused for a mark that is too old, or for too much leverage. */
export function planOf(
  ctx: Context,
  agent: HeldAgent,
  body: Asked,
  opening: Qty,
): OrderPlan | Rejection {
  const { law } = ctx;
  const held = must(law.markets.get(body.market), "an unknown market was refused");
  const market = held.policy;
  const rules = must(law.policy, "where there are markets there are rules");
  // Reducing goes by the last mark there is, however old: getting out is never refused for that.
  const mark = opening > 0n ? freshMark(law, body.market, ctx.at) : lastMark(law, body.market);
  const age = (): string => (isRefusal(mark) ? "stale" : `${ctx.at - mark.at} ms old`);
  const stale = gate(ctx.told, "mark", age, isRefusal(mark) ? mark : undefined);
  if (stale !== undefined || isRefusal(mark)) return stale ?? refuse("stale_mark");
  const limit = body.limit ?? collarPrice(market, rules.collar, body.side, mark.price);
  const lent = agent.delegation?.maxLeverage ?? ONE;
  const calm = weatherLeverage(law, held, Math.min(lent, market.maxLeverage));
  const most = Math.min(calm, leverageAt(rules.crisis, ctx.at));
  const leverage = body.leverage ?? (Math.min(ONE, most) as Ppm);
  if (opening > 0n) {
    const pair = [BigInt(leverage), BigInt(most)] as const;
    const high = atMost(ctx.told, "leverage", "ppm", pair, () =>
      refuse("leverage_exceeded", `asked ${leverage} ppm, allowed ${most} ppm`),
    );
    if (high !== undefined) return high;
  }
  return { rules, market, mark, limit, opening, leverage };
}

/** Whole lots, and a value that the market takes. */
export function sizeFault(
  told: Told,
  body: Asked,
  { market, mark, limit, opening }: OrderPlan,
): Rejection | undefined {
  const uneven = body.qty % market.lot !== 0n;
  const size = (): string => `lot ${formatQty(market.lot)}`;
  const odd = gate(told, "lot", size, uneven ? refuse("bad_lot", size()) : undefined);
  if (odd !== undefined || opening === 0n) return odd;
  const value = notional(mark.price, body.qty, "down");
  const least = market.minNotional;
  const dear = notional(limit > mark.price ? limit : mark.price, body.qty, "up");
  const most = market.maxNotional;
  return (
    atLeast(told, "minNotional", "USDC", [value, least], () => {
      const numbers = [value, least].map(formatMicro);
      return refuse("below_min_notional", `asked ${numbers[0]}, least ${numbers[1]}`);
    }) ??
    atMost(told, "maxNotional", "USDC", [dear, most], () => {
      const numbers = [dear, most].map(formatMicro);
      return refuse("above_max_notional", `asked ${numbers[0]}, most ${numbers[1]}`);
    })
  );
}

/** Whole ticks, and not too far from the mark on the dear side. */
export function collarFault(
  told: Told,
  body: Asked,
  { rules, market, mark, limit }: OrderPlan,
): Rejection | undefined {
  if (body.limit === undefined) return undefined;
  const off = limit % market.tick === 0n ? undefined : "limit is no multiple of the tick";
  const fault = off === undefined ? undefined : refuse("bad_field", off);
  const odd = gate(told, "tick", () => formatPrice(market.tick), fault);
  if (odd !== undefined) return odd;
  const edge = collarPrice(market, rules.collar, body.side, mark.price);
  const within = body.side === "buy" ? atMost : atLeast;
  return within(told, "collar", "price", [limit, edge], () =>
    refuse("outside_collar", `limit ${limit}, allowed ${edge} (in 1e-8)`),
  );
}

export const offTick = (stop: Price, { tick }: MarketPolicy): Rejection | undefined =>
  stop % tick === 0n ? undefined : refuse("bad_field", "stop is no multiple of the tick");

/** The stop that was named, if it may stand, else the policy's. */
export function stopFor(told: Told, body: Asked, plan: OrderPlan): Price | Rejection {
  const { rules, market, mark, opening, leverage } = plan;
  if (body.stop === undefined) {
    return defaultStop(rules, market, body.side, opening, mark.price, leverage);
  }
  const { stop } = body;
  const fault =
    offTick(stop, market) ?? stopFault(market, body.side, opening, mark.price, leverage, stop);
  return gate(told, "stop", () => formatPrice(stop), fault) ?? stop;
}

/**
 * May an opening order bring the fleet's value at risk where the estimate says? What lowers it may,
 * whatever the limit; what cannot be measured may not, where there is a limit.
 */
export function varFault(
  { law, told }: Context,
  { varLimit }: Policy,
  estimate: RiskEstimate | undefined,
): Rejection | undefined {
  if (varLimit === undefined) return undefined;
  if (estimate === undefined) {
    const blind = refuse("var_exceeded", "it cannot be measured now");
    return gate(told, "valueAtRisk", "not measured", blind);
  }
  const { measure, varBefore, varAfter } = estimate;
  const allowed = share(max(law.collateral, ZERO), varLimit, "floor");
  // What lowers it may, from wherever it stands.
  const bound = max(allowed, varBefore);
  return atMost(told, "valueAtRisk", "USDC", [varAfter, bound], () => {
    const numbers = [varBefore, varAfter, allowed].map(formatMicro);
    return refuse(
      "var_exceeded",
      `${measure}: ${numbers[0]} before, ${numbers[1]} after, allowed ${numbers[2]}`,
    );
  });
}

/** Around an announced event the calendar may keep a part of the collateral from being reserved. */
export function bufferFault(ctx: Context, hold: Micro, freed: Micro): Rejection | undefined {
  const room = bufferRoom(ctx.law, ctx.at);
  if (room === undefined) return undefined;
  const allowed = micro(room + freed);
  return atMost(ctx.told, "buffer", "USDC", [hold, allowed], () =>
    refuse("buffer_kept", `asked ${formatMicro(hold)}, allowed ${formatMicro(allowed)}`),
  );
}
