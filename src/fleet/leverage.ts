/**
 * Average leverage over time: what was open at the marks and the margin held for it, each added up
 * over time, exact, and divided once, when it is told. Counted on only where a mark, a quantity or a
 * margin changes, so that the parts of a span of time add up to the whole of it.
 */
import { must } from "../core/assert.ts";
import { abs, NOTIONAL_DIVISOR, type Price } from "../core/money.ts";
import { type Ppm, ratio } from "../core/ppm.ts";
import type { HeldAgent } from "./admission.ts";
import type { Market } from "./market-state.ts";
import type { HeldTime, MarkTime } from "./past-state.ts";
import { type FleetState, keyOf, type Law, type Position } from "./state.ts";

interface Marked {
  readonly mark: Price | undefined;
  readonly markTime: MarkTime;
}

/** A market's mark added up over time, in price x ms: the last one stands until there is another. */
const sumAt = ({ mark, markTime }: Marked, at: number): bigint =>
  markTime.sum + (mark ?? 0n) * BigInt(Math.max(0, at - markTime.at));

type Held = Pick<Position, "market" | "qty" | "margin" | "counted">;

/** What a position adds since it was counted last. Nothing while its market has no mark: neither value nor margin. */
function sinceCounted(law: Law, { market: id, qty, margin, counted }: Held, at: number): HeldTime {
  const market = law.markets.get(id);
  if (market?.mark === undefined) return { value: 0n, margin: 0n };
  return {
    value: abs(qty) * (sumAt(market, at) - counted.sum),
    margin: margin * BigInt(Math.max(0, at - counted.at)),
  };
}

/** Counts what a position was until now: before its quantity or its margin is another. Constant work. */
export function countHeld(state: FleetState, position: Position): void {
  const { past } = must(state.agents.get(position.agent), "a position has an enrolled agent");
  const { at } = state.past;
  const more = sinceCounted(state, position, at);
  past.held.value += more.value;
  past.held.margin += more.margin;
  const market = state.markets.get(position.market);
  position.counted = { sum: market === undefined ? 0n : sumAt(market, at), at };
}

/** Counts what a mark was until now: before it is another. What was held before the first one begins here. */
export function countMark(state: FleetState, market: Market): void {
  const { at } = state.past;
  if (market.mark === undefined) {
    for (const agent of market.positions) {
      const held = state.positions.get(keyOf(agent, market.policy.market));
      if (held !== undefined) held.counted = { sum: market.markTime.sum, at };
    }
  }
  market.markTime = { sum: sumAt(market, at), at };
}

/** What an agent has had open since it was enrolled, added up over time until `at`: exact. Work of what it has open. */
export function heldTime(law: Law, { agent, past, positions }: HeldAgent, at: number): HeldTime {
  const sum = { ...past.held };
  for (const market of positions) {
    const held = law.positions.get(keyOf(agent, market));
    if (held === undefined) continue;
    const more = sinceCounted(law, held, at);
    sum.value += more.value;
    sum.margin += more.margin;
  }
  return sum;
}

/**
 * Average leverage over time, in ppm: the value of what agents had open x time over the margin held
 * for it x time, since they were enrolled. An hour counts by the margin that stood in it, and an hour
 * with nothing open does not count.
 *
 * Formula:  sum of |quantity| x mark x time / sum of margin x time, until `at`.
 * Rounding: both sums are exact; their ratio is rounded up. It is its line's own and adds up to nothing.
 * None:     undefined where nothing has been open under margin for any time.
 */
export function leverageOverTime(
  law: Law,
  agents: readonly HeldAgent[],
  at: number,
): Ppm | undefined {
  let [value, margin] = [0n, 0n];
  for (const agent of agents) {
    const held = heldTime(law, agent, at);
    value += held.value;
    margin += held.margin;
  }
  return value === 0n ? undefined : ratio(value, margin * NOTIONAL_DIVISOR, "ceil");
}
