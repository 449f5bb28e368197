/** The mark of a market: the path of the tape, moved by what is left of our own trades. */
import {
  divide,
  type Micro,
  max,
  min,
  mulDiv,
  type Price,
  type Rounding,
} from "../../core/money.ts";
import type { Side } from "../../protocol/words.ts";
import { SLIPPAGE_MAX_NANO } from "./params.ts";
import type { Market, State } from "./world.ts";

const NANO = 1_000_000_000n;
const NANO_PER_BP = 100_000n;
const SLIPPAGE_MAX = Number(SLIPPAGE_MAX_NANO);

/** How far a notional moves the price, in 1e-9 of it. Linear; rounding down. */
export const impactNano = (market: Market, notional: bigint): bigint =>
  (notional * NANO_PER_BP) / market.depthPerBp;

/** The notional that moves the price so far. Rounding down. */
export const notionalFor = (market: Market, nano: bigint): Micro =>
  ((nano * market.depthPerBp) / NANO_PER_BP) as Micro;

/**
 * What is left of an impact after `elapsed` ms: half after each half-life, on a straight line
 * between halvings, so that integers do it. Towards zero.
 */
export function decayed(nano: bigint, elapsed: number, halfLife: number): bigint {
  const halvings = Math.floor(elapsed / halfLife);
  if (halvings >= 40) return 0n;
  const rest = BigInt(elapsed - halvings * halfLife);
  const double = 2n * BigInt(halfLife);
  return divide(nano * (double - rest), double << BigInt(halvings), "down");
}

/** What our trades have left in a price at a time, in 1e-9 of it. Signed: buying is positive. */
function lasting(state: State, market: Market, at: number): bigint {
  const left = state.impacts.get(market.market);
  return left === undefined ? 0n : decayed(left.nano, at - left.at, market.halfLifeMs);
}

const withinBounds = (nano: bigint): bigint =>
  max(min(nano, SLIPPAGE_MAX_NANO), -SLIPPAGE_MAX_NANO);

/** A price moved by 1e-9 parts of itself. Never to zero: the parts are held within 20 %. */
export function moved(price: Price, nano: bigint, rounding: Rounding): Price {
  if (nano === 0n) return price;
  const held = withinBounds(nano);
  return mulDiv(price, NANO + held, NANO, rounding) as Price;
}

/** The mark at the state's own time. Rounding down to 1e-8 USDC. */
export function markOf(state: State, market: Market, at: number = state.at): Price {
  return moved(market.path.at(at), lasting(state, market, at), "down");
}

/**
 * The mark at the state's own time as a float, within a millionth of it: to see without exact money
 * that something is far from being reached.
 */
export function markNear(state: State, market: Market): number {
  const path = market.path.near(state.at);
  const left = state.impacts.get(market.market);
  if (left === undefined) return path;
  const elapsed = (state.at - left.at) / market.halfLifeMs;
  const halvings = Math.floor(elapsed);
  if (halvings >= 40) return path;
  const nano = (Number(left.nano) * (1 - (elapsed - halvings) / 2)) / 2 ** halvings;
  return path * (1 + Math.min(Math.max(nano, -SLIPPAGE_MAX), SLIPPAGE_MAX) / 1e9);
}

/** Leaves the lasting part of a trade in the price. */
export function leaveImpact(state: State, market: Market, side: Side, notional: Micro): void {
  const own = impactNano(market, notional) * (side === "buy" ? 1n : -1n);
  const kept = divide(own * BigInt(market.lastingShare), 1_000_000n, "down");
  const nano = lasting(state, market, state.at) + kept;
  const held = withinBounds(nano);
  state.impacts.set(market.market, { nano: held, at: state.at });
}
