/**
 * Native stops: one per slot, replaced by version, triggered on the path and filled at the market.
 */
import { type Qty, qty } from "../../core/money.ts";
import type { Approved, SetStopEffect } from "../../protocol/effects.ts";
import { markNear, markOf } from "./marks.ts";
import type { Refusal } from "./orders.ts";
import { averagePrice, trade } from "./trades.ts";
import { type Market, report, type Stop, type World } from "./world.ts";

function refusalOf(market: Market, stop: SetStopEffect): Refusal {
  if (!/^[A-Za-z0-9._:/-]{1,96}$/.test(stop.slot)) return "a slot is 1 to 96 plain characters";
  if (!Number.isSafeInteger(stop.version) || stop.version < 0) return "bad version";
  if (stop.qty < 0n) return "quantity is below zero";
  if (stop.qty % market.lot !== 0n) return "quantity is not a multiple of the lot";
  if (stop.qty > 0n && stop.trigger <= 0n) return "trigger is not above zero";
  return undefined;
}

/**
 * Sets, replaces or (quantity 0) removes the stop of a slot. A version at or below one that the
 * slot has seen changes nothing and is accepted: what it asked for has been overtaken. One version
 * is set once.
 */
export function setStop(world: World, { name, effect }: Approved<SetStopEffect>): Refusal {
  const { state, rules } = world;
  const market = rules.markets.get(effect.market);
  if (market === undefined) return "unknown market";
  const refusal = refusalOf(market, effect);
  if (refusal !== undefined) return refusal;
  const { slot, version, side, trigger } = effect;
  if (version <= (state.stopVersions.get(slot) ?? -1)) return undefined;
  state.stopVersions.set(slot, version);
  state.stops.delete(slot);
  if (effect.qty > 0n) {
    const set: Stop = {
      name,
      slot,
      version,
      market: effect.market,
      side,
      qty: effect.qty,
      trigger,
    };
    state.stops.set(slot, set);
  }
  report(world, { type: "stopSet", slot, version, qty: effect.qty });
  return undefined;
}

function fire(world: World, market: Market, stop: Stop): void {
  const { name, slot, version, side } = stop;
  world.state.stops.delete(slot);
  report(world, { type: "stopTriggered", slot, version });
  const at = averagePrice(market, markOf(world.state, market), side, stop.qty, 0n);
  trade(world, market, { name, side, stop: { slot, version } }, stop.qty, at);
  const filled: Qty = qty(stop.qty);
  report(world, { type: "orderDone", order: name, reason: "filled", filled });
}

/** Further than a float could err: nearly every stop at nearly every step. */
const FAR = 1e-5;

const isFar = ({ side, trigger }: Stop, near: number): boolean =>
  side === "sell" ? near > Number(trigger) * (1 + FAR) : near < Number(trigger) * (1 - FAR);

/**
 * Triggers every stop whose price the path has reached: a sell at or below its trigger, a buy at or
 * above. It fills whole at the mark less spread and impact, without a limit: it may slip, it never
 * fails.
 */
export function stepStops(world: World): void {
  const { state, rules } = world;
  if (state.stops.size === 0) return;
  let near = 0;
  let nearOf = "";
  for (const stop of state.stops.values()) {
    const market = rules.markets.get(stop.market);
    if (market === undefined) continue;
    if (nearOf !== stop.market) near = markNear(state, market);
    nearOf = stop.market;
    if (isFar(stop, near)) continue;
    const mark = markOf(state, market);
    const reached = stop.side === "sell" ? mark <= stop.trigger : mark >= stop.trigger;
    if (!reached) continue;
    fire(world, market, stop);
    // What it traded has moved the price.
    nearOf = "";
  }
}
