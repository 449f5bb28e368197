/** Internal crossing: a long of one agent closes against a short of another, at the mark, in the ledger alone. */
import { must } from "../core/assert.ts";
import type { AgentId, MarketId } from "../core/ids.ts";
import { abs, type Micro, min, notional, type Qty, qty } from "../core/money.ts";
import type { CrossedSide } from "../protocol/crisis-facts.ts";
import type { Consequence, Context } from "./admission.ts";
import { fitStop } from "./closing.ts";
import { bookFill } from "./fills.ts";
import { floorDue } from "./floors.ts";
import { keyOf } from "./state.ts";

/** A position as it stands after a part of it closed for `value`. */
function closedSide(
  ctx: Context,
  of: AgentId,
  market: MarketId,
  size: Qty,
  value: Micro,
): CrossedSide {
  const position = must(ctx.law.positions.get(keyOf(of, market)), "what crosses is held");
  const sign = position.qty > 0n ? -1n : 1n;
  const booked = bookFill(position, sign, size, value);
  return {
    of,
    realized: booked.realized,
    positionQty: booked.qty,
    positionCost: booked.cost,
    positionMargin: booked.margin,
  };
}

/**
 * Closes up to `size` of both positions against each other.
 *
 * The venue's net position and its cash less cost stay as they are: what one agent is paid the other
 * pays. Nothing happens without a mark, or where either is not what it was thought to be.
 */
export function* crossPositions(
  ctx: Context,
  market: MarketId,
  pair: { readonly long: AgentId; readonly short: AgentId },
  size: Qty,
  because: string,
): Consequence {
  const held = ctx.law.markets.get(market);
  const long = ctx.law.positions.get(keyOf(pair.long, market));
  const short = ctx.law.positions.get(keyOf(pair.short, market));
  if (held?.mark === undefined || long === undefined || short === undefined) return;
  if (long.qty <= 0n || short.qty >= 0n) return;
  const crossed = min(size, min(long.qty, qty(abs(short.qty))));
  if (crossed <= 0n) return;
  const value = notional(held.mark, crossed, "down");
  yield {
    type: "PositionsCrossed",
    because,
    market,
    mark: held.mark,
    markAt: held.markAt,
    qty: crossed,
    notional: value,
    long: closedSide(ctx, pair.long, market, crossed, value),
    short: closedSide(ctx, pair.short, market, crossed, value),
  };
  for (const of of [pair.long, pair.short]) {
    const left = ctx.law.positions.get(keyOf(of, market));
    if (left !== undefined) yield* fitStop(ctx, of, market, left.stopPrice);
    yield* floorDue(ctx, of);
  }
}
