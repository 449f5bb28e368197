/** What a simple rule would close of the same input: to compare with, in simulations and reports. */
import { max } from "../core/money.ts";
import { type Measured, measured } from "../risk/refusal.ts";
import { at, prepare, qtyOf } from "./book.ts";
import { type Choice, choose, costOf, counted } from "./choice.ts";
import { exhaust } from "./exhaust.ts";
import type { PlanInput } from "./plan-types.ts";
import { applyRule, type SimpleRule } from "./rules.ts";
import { missing } from "./search.ts";

/** The closings of a rule. */
export interface RulePlan {
  /** Millionths of margin that come free. */
  readonly freed: bigint;
  /** Millionths that are still missing; 0 when the target is restored. */
  readonly shortfall: bigint;
  /** USDC, by the same cost as a plan's. */
  readonly cost: number;
  /** 1e-8 coin to close of each position touched, by its id. */
  readonly closes: ReadonlyMap<string, bigint>;
}

/**
 * The lots that `rule` closes for the need of `input`, tier by tier as the planner does.
 *
 * Obeys: tiers, isolation, guards, lots and pace as a plan does; only the choice within the tier at
 *        which the target is met is the rule's. Errors: refused as `prepare` says.
 */
export function planByRule(input: PlanInput, rule: SimpleRule, seed = 1): Measured<RulePlan> {
  const prepared = prepare(input);
  if (!prepared.ok) return prepared;
  const book = prepared.value;
  const need = Number(input.need);
  let choice: Choice = choose(book, new Float64Array(book.positions.length));
  const tiers = [...new Set(book.positions.map(({ tier }) => tier))].sort((a, b) => a - b);
  for (const tier of tiers) {
    const open = book.positions.flatMap((position, i) => (position.tier === tier ? [i] : []));
    const task = { book, open: Int32Array.from(open), need };
    const all = exhaust(task, choice);
    if (missing(task, all) <= 0) {
      choice = applyRule(task, choice, rule, seed);
      break;
    }
    choice = all;
  }
  const closes = new Map<string, bigint>();
  book.positions.forEach(({ id }, i) => {
    const qty = qtyOf(book, i, at(choice.lots, i));
    if (qty > 0n) closes.set(id, qty);
  });
  const cost = costOf(choice);
  const shortfall = max(input.need - BigInt(counted(book, choice.freed, cost)), 0n);
  return measured({ freed: BigInt(choice.freed), shortfall, cost, closes });
}
