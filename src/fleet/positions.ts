/** A position that nobody has yet: what the first fill of an agent in a market begins from. */
import type { AgentId, MarketId } from "../core/ids.ts";
import { price, qty, ZERO } from "../core/money.ts";
import { millis } from "../core/time.ts";
import { noTime } from "./past-state.ts";
import type { Position } from "./state.ts";

export const flatPosition = (agent: AgentId, market: MarketId): Position => ({
  agent,
  market,
  phase: "flat",
  qty: qty(0n),
  cost: ZERO,
  margin: ZERO,
  counted: noTime(),
  unrealized: ZERO,
  maintenance: ZERO,
  warned: false,
  stopPrice: price(0n),
  stopVersion: 0,
  stopConfirmed: 0,
  stopQty: qty(0n),
  stopSide: "sell",
  protectBy: millis(0),
  funding: ZERO,
  offer: undefined,
  closing: undefined,
});
