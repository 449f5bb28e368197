/** Duties that close positions without a call: looked at again until what they want closed is. */
import { must } from "../core/assert.ts";
import { FLEET, type Id } from "../core/ids.ts";
import { type Micro, micro } from "../core/money.ts";
import { type Ppm, ppm } from "../core/ppm.ts";
import type { CrisisPolicy } from "../protocol/crisis-policy.ts";
import type { Consequence, Context } from "./admission.ts";
import { type Followed, ORANGE } from "./crisis-state.ts";
import { crumbOf, missingBelow, type Need } from "./margins.ts";
import type { Fixed, Law } from "./state.ts";
import { unwind } from "./unwinding.ts";

/** Utilization that orange is left at. None: undefined before there are rules. */
export const orangeTarget = (law: Law): Ppm | undefined =>
  law.policy && ppm(law.policy.zones.orange - law.policy.zones.hysteresis);

/**
 * Margin that comes free by itself: orders being cancelled, but for those that the venue would not cancel before, and
 * loans that were asked back in time.
 */
export function onTheWay(law: Law, rules: CrisisPolicy, loansToo: boolean): Micro {
  let sum = 0n;
  for (const key of law.underway.cancelling) {
    const order = law.orders.get(key);
    if (order?.uncancelled === false) sum += order.hold;
  }
  const within = rules.reduceWithinMs ?? 0;
  for (const loan of loansToo ? law.loans.values() : [])
    if (loan.phase === "recalling" && loan.noticeMs < within) sum += loan.hold;
  return micro(sum);
}

/**
 * What of a duty is left to close. None: undefined where it no longer holds, or next to nothing is. Asked in every turn
 * then: no more is looked at than what is under way.
 */
function leftOf(
  { law, at }: Context,
  rules: CrisisPolicy,
  held: Fixed<Followed>,
): Need | undefined {
  if (held.target === undefined && rules.reduceWithinMs === undefined) return undefined;
  const zone = must(orangeTarget(law), "a duty is of rules");
  const costShare = held.target === undefined ? zone : ppm(0);
  const missing =
    held.target === undefined
      ? missingBelow(law.reserved, law.collateral, costShare)
      : micro(law.reserved - held.target);
  const crumb = crumbOf(law, FLEET);
  if (missing <= crumb) return undefined;
  const amount = micro(missing - onTheWay(law, rules, at < held.landsBy));
  return amount > crumb ? { by: "utilization", amount, costShare } : undefined;
}

/**
 * A call of the fleet asks for more than orange does, when its grace is over; a trailing stop waits for no grace.
 * Constant work while nothing is followed.
 */
export function* follow(ctx: Context, rules: CrisisPolicy): Consequence {
  const { followed, live } = ctx.law.crisis;
  for (const [duty, held] of [...followed] as [Id, Fixed<Followed>][]) {
    if (duty === ORANGE && live.has(FLEET)) continue;
    const need = held.planAt <= ctx.at ? leftOf(ctx, rules, held) : undefined;
    if (need !== undefined) yield* unwind(ctx, FLEET, need, duty);
  }
}
