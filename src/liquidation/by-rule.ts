/** A simple rule's closings as a plan, with the cheapest one beside it. */
import { type Measured, measured } from "../risk/refusal.ts";
import { closedBy, UNPROVEN } from "./distress.ts";
import { beside } from "./fewer.ts";
import type { Alternative, Plan, PlanInput } from "./plan-types.ts";
import { type PlanOptions, plan } from "./planner.ts";
import { planByRule } from "./rule-plan.ts";
import type { SimpleRule } from "./rules.ts";
import { shutIn, within } from "./sparing.ts";

/**
 * The plan that closes what `rule` closes, lot for lot but for those that the target does not need.
 *
 * Bound:   the cheapest plan's, so that the gap says what the rule costs; that plan stands among the alternatives.
 *          What does not restore the target is all that may be closed, by whatever rule.
 * Errors:  refused as the planner does.
 */
export function planAs(
  input: PlanInput,
  rule: SimpleRule,
  options: PlanOptions = {},
): Measured<Plan> {
  const cheapest = plan(input, options);
  if (!cheapest.ok || cheapest.value.status !== "restored") return cheapest;
  const ruled = planByRule(input, rule, options.seed);
  if (!ruled.ok) return ruled;
  const { closes, shortfall } = ruled.value;
  if (shortfall > 0n) return cheapest;
  const narrow = within(input, ({ id }) => closes.get(id) ?? 0n);
  const made = plan(narrow, UNPROVEN);
  if (!made.ok) return made;
  const { cost, freed, steps, alternatives } = cheapest.value;
  const least: Alternative = {
    ...{ rule: "cheapest", cost: cost.total, freed, touched: closedBy(steps).size },
  };
  const others = alternatives.filter((one) => one.rule !== rule);
  const told = { ...cheapest.value, alternatives: [least, ...others] };
  return measured(beside(made.value, told, shutIn(cheapest.value, narrow), "not-by-rule"));
}
