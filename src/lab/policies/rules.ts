/** Who decides what is closed: the planner, each of the simple rules, or nobody. */
import { assert } from "../../core/assert.ts";
import { planFewer } from "../../liquidation/fewer.ts";
import { type Grace, patient } from "../../liquidation/patience.ts";
import type { PlanInput } from "../../liquidation/plan-types.ts";
import { planByRule } from "../../liquidation/rule-plan.ts";
import { SIMPLE_RULES, type SimpleRule } from "../../liquidation/rules.ts";

/** `nobody` leaves it to the venue: what the others are measured against. */
export type Decider = "ours" | SimpleRule | "nobody";

export const DECIDERS: readonly Decider[] = ["ours", ...SIMPLE_RULES];

export interface Decision {
  /** 1e-8 coin to close, by position. */
  readonly closes: ReadonlyMap<string, bigint>;
  /** Why, by position, in words. */
  readonly because: ReadonlyMap<string, string>;
}

/** Nodes that a proof may visit inside a turn, as in the law. */
const PROOF_NODES = 2_000;

const RULE_SAYS: Readonly<Record<SimpleRule, string>> = {
  "smallest-first": "the smallest margin that is left",
  "largest-first": "the largest margin that is left",
  "losers-first": "the largest loss that is left",
  "pro-rata": "the same part of every position",
  random: "drawn by lot",
  "priority-only": "first in the order of priority",
};

/** The planner's answer, and of its steps those that cannot wait. */
function ours(input: PlanInput, grace: Grace, fewer: number): Decision {
  const made = planFewer(input, fewer, { proofNodes: PROOF_NODES });
  assert(made.ok, "a crisis can be planned");
  const parted = patient(input, made.value, grace);
  assert(parted.ok, "a grace of a crisis is in range");
  const closes = new Map<string, bigint>();
  const because = new Map<string, string>();
  const waits = parted.value.later.length;
  const tail = waits === 0 ? "" : `; ${waits} of the plan wait for a fuller book`;
  for (const step of parted.value.now) {
    closes.set(step.position, (closes.get(step.position) ?? 0n) + step.qty);
    because.set(step.position, `${step.because}${tail}`);
  }
  return { closes, because };
}

/**
 * What is closed at a step; `fewer` in millionths of the cheapest plan's cost. The simple rules close all they can at
 * once and use no grace.
 */
export function decide(
  who: Decider,
  input: PlanInput,
  seed: number,
  { grace, fewer }: { readonly grace: Grace; readonly fewer: number },
): Decision {
  if (who === "nobody") return { closes: new Map(), because: new Map() };
  if (who === "ours") return ours(input, grace, fewer);
  const made = planByRule(input, who, seed);
  assert(made.ok, "a crisis can be met by a rule");
  const { closes } = made.value;
  return { closes, because: new Map([...closes.keys()].map((id) => [id, RULE_SAYS[who]])) };
}
