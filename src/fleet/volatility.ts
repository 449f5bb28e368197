/** Leverage that follows the weather: realised volatility of each market, and how much of its leverage that leaves. */
import { type Micro, max, micro, ZERO } from "../core/money.ts";
import { ONE, type Ppm, ppm } from "../core/ppm.ts";
import { YEAR } from "../core/time.ts";
import type { CrisisPolicy } from "../protocol/crisis-policy.ts";
import type { FleetEvent } from "../protocol/events.ts";
import type { Mark } from "../protocol/reports.ts";
import { crisisRules } from "./margins.ts";
import type { Market } from "./market-state.ts";
import type { Fixed, FleetState, Law } from "./state.ts";

const MILLION = 1_000_000n;
/** A return is taken as at most this, in ppm: ten times the price. */
const RETURN_MAX = 10_000_000n;

const bounded = (value: bigint): bigint =>
  value > RETURN_MAX ? RETURN_MAX : value < -RETURN_MAX ? -RETURN_MAX : value;

/**
 * Follows one believed mark: an exponentially weighted mean of squared returns, yearly, by the
 * source's own time. It begins at the target, so that few marks say little.
 *
 * Units: ppm squared. Rounding: down. Called by the fold.
 */
export function sample(state: FleetState, market: Market, { at, price }: Mark): void {
  const rules = state.policy?.crisis?.volatility;
  if (rules === undefined) return;
  const before = market.sampled;
  if (before === undefined) {
    market.variance = BigInt(rules.target) ** 2n;
    market.sampled = { at, price };
    return;
  }
  const elapsed = at - before.at;
  if (elapsed < rules.sampleMs) return;
  const move = bounded(((price - before.price) * MILLION) / before.price);
  const yearly = (move * move * BigInt(YEAR)) / BigInt(elapsed);
  const weight = BigInt(Math.min(elapsed, rules.windowMs));
  market.variance += ((yearly - market.variance) * weight) / BigInt(rules.windowMs);
  market.sampled = { at, price };
}

/** Yearly volatility in ppm. Rounding: up. The root is the same on every machine. */
const volatilityOf = ({ variance }: Fixed<Market>): Ppm =>
  ppm(Math.ceil(Math.sqrt(Number(variance))));

/** Tells a market's leverage anew when the part of it that is left has moved by the rules' step. */
export function* weathered(law: Law, events: readonly FleetEvent[]): Generator<FleetEvent, void> {
  const rules = crisisRules(law)?.volatility;
  if (rules === undefined) return;
  for (const event of events) {
    if (event.type !== "MarksSet") continue;
    for (const { market: id } of event.marks) {
      const market = law.markets.get(id);
      if (market?.sampled === undefined) continue;
      const volatility = volatilityOf(market);
      const { target, step } = rules;
      const to = volatility <= target ? ONE : ppm(Math.floor((target * ONE) / volatility));
      const from = market.scale;
      const told = Math.abs(to - from) >= step || (to === ONE && from !== ONE);
      if (told) yield { type: "LeverageScaled", market: id, volatility, target, from, to };
    }
  }
}

/** The part of its leverage that volatility has left a market: all of it where no rule measures it any more. */
export const scaleOf = (law: Law, { scale }: Fixed<Market>): Ppm =>
  crisisRules(law)?.volatility === undefined ? ONE : scale;

/** The most leverage that the weather leaves of `most`; never less than none. Rounding: down. */
export function weatherLeverage(law: Law, market: Fixed<Market>, most: number): number {
  const scale = scaleOf(law, market);
  if (scale === ONE) return most;
  return Math.max(Math.min(ONE, most), Math.floor((most * scale) / ONE));
}

/** Cash to keep around announced events: the largest part that any window at `at` asks for. */
export function bufferAt(rules: CrisisPolicy | undefined, at: number): Ppm {
  const parts = (rules?.calendar ?? [])
    .filter((event) => at >= event.at - event.beforeMs && at <= event.at + event.afterMs)
    .map(({ buffer }) => buffer ?? 0);
  return ppm(Math.max(0, ...parts));
}

/** What may be reserved now with the buffer of the calendar kept. Rounding: down. */
export function bufferRoom(law: Law, at: number): Micro | undefined {
  const part = bufferAt(crisisRules(law), at);
  if (part === 0) return undefined;
  const usable = max(micro((law.collateral * BigInt(Math.max(ONE - part, 0))) / MILLION), ZERO);
  return max(micro(usable - law.reserved), ZERO);
}
