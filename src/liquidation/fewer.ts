/** Fewer orders for nearly the same cost: every order is a ticket, a stop to place anew, a delay. */
import { type Measured, measured, refused } from "../risk/refusal.ts";
import { closedBy, lastTier, UNPROVEN } from "./distress.ts";
import { compare } from "./order.ts";
import { type Plan, type PlanInput, SAME, type UntouchedReason } from "./plan-types.ts";
import { gapOf, type PlanOptions, plan } from "./planner.ts";

/** Orders that a search tries to do without: a plan or two for each. */
const TRIES = 24;
/** Positions beyond which a search takes too long for a turn; then the cheapest plan stands. */
const POSITIONS_MAX = 128;
/** Largest tolerance, in millionths: what a plan may cost at most beyond the optimum at p99. */
const TOLERANCE_MAX = 50_000;

/** USDC of margin that each order of a plan frees, in millionths; a cross sends no order. */
export function ordersOf(made: Plan): ReadonlyMap<string, bigint> {
  const orders = made.steps.filter(({ kind }) => kind !== "cross");
  return new Map(orders.map(({ position, frees }) => [position, frees]));
}

/** The input with these positions left alone. */
const without = (input: PlanInput, shut: ReadonlySet<string>): PlanInput => ({
  ...input,
  positions: input.positions.map((one) => (shut.has(one.id) ? { ...one, guarded: true } : one)),
});

/** The plan as one that stands beside the cheapest: its bound, its alternatives, its reasons. */
export function beside(
  made: Plan,
  cheapest: Plan,
  shut: ReadonlySet<string>,
  reason: UntouchedReason,
): Plan {
  return {
    ...made,
    lowerBound: cheapest.lowerBound,
    gap: gapOf(made.cost.total, cheapest.lowerBound),
    proof: "bounded",
    alternatives: cheapest.alternatives,
    untouched: made.untouched.map((one) => (shut.has(one.id) ? { id: one.id, reason } : one)),
  };
}

/**
 * A plan with fewer orders than the cheapest one that costs at most `tolerance` more, and no more than
 * any simple rule: orders are done without one after the other, the one that frees least first.
 *
 * Units:   `tolerance` in millionths of the cheapest plan's cost, at most 50,000; 0 gives that plan.
 * Obeys:   all that a plan obeys; tiers before the last are closed whole, so only orders of the last
 *          one are done without. What is freed is still less than a lot over.
 * Count:   no order is left without which its others would free enough within the same cost.
 * Bound:   that of the cheapest plan, with the gap to it. A search, not an optimum of the count.
 * Errors:  refused as the planner does, or for a tolerance out of range.
 */
export function planFewer(
  input: PlanInput,
  tolerance: number,
  options: PlanOptions = {},
): Measured<Plan> {
  if (!Number.isSafeInteger(tolerance) || tolerance < 0 || tolerance > TOLERANCE_MAX) {
    return refused("out-of-range", `the tolerance is 0 to ${TOLERANCE_MAX} millionths`);
  }
  const cheapest = plan(input, options);
  if (!cheapest.ok || tolerance === 0 || cheapest.value.status !== "restored") return cheapest;
  const { value } = cheapest;
  const orders = ordersOf(value);
  const open = input.positions.filter((one) => one.isolated !== true && one.guarded !== true);
  if (open.length > POSITIONS_MAX || orders.size < 2) return cheapest;
  const most = Math.min(
    value.cost.total + Math.abs(value.cost.total) * (tolerance / 1e6),
    ...value.alternatives.map(({ cost }) => cost),
  );
  const tier = lastTier(input, value);
  const inLast = input.positions.filter((one) => one.tier === tier).map(({ id }) => id);
  let best = value;
  let shut: ReadonlySet<string> = new Set();
  const tried = new Set<string>();
  while (tried.size < TRIES) {
    const id = leastOf(best, inLast, tried);
    if (id === undefined) break;
    tried.add(id);
    const closed = closedBy(best.steps);
    const first = new Set([...shut, id]);
    const rest = new Set([...first, ...inLast.filter((one) => !closed.has(one))]);
    // Whoever is cheapest takes over; where that is one order more, those that have one anyway.
    for (const left of rest.size > first.size ? [first, rest] : [first]) {
      const made = plan(without(input, left), { ...options, ...UNPROVEN });
      if (!made.ok || made.value.status !== "restored") break;
      const { value: other } = made;
      if (other.cost.total > most + SAME || lastTier(input, other) > tier) break;
      if (ordersOf(other).size >= ordersOf(best).size) continue;
      best = other;
      shut = left;
      break;
    }
  }
  return best === value ? cheapest : measured(beside(best, value, shut, "fewer-orders"));
}

/** Of the orders that are not tried yet the one that frees least, by its name among equals. None: undefined. */
function leastOf(
  made: Plan,
  ids: readonly string[],
  tried: ReadonlySet<string>,
): string | undefined {
  const orders = ordersOf(made);
  const open = ids.filter((id) => orders.has(id) && !tried.has(id));
  const frees = (id: string): bigint => orders.get(id) ?? 0n;
  return open.sort((a, b) => compare(frees(a), frees(b)) || compare(a, b))[0];
}
