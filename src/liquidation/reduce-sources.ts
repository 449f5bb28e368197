/**
 * Closing positions as rungs of the ladder: what the planner would charge for more and more margin.
 */
import { divide, max, min } from "../core/money.ts";
import { type Measured, measured, refused } from "../risk/refusal.ts";
import type { CashKind, CashSource } from "./ladder.ts";
import type { PlanInput } from "./plan-types.ts";
import { plan } from "./planner.ts";

export interface RungOptions {
  /** How many rungs of equal margin; more follow the curve closer. */
  readonly rungs: number;
  readonly kind: Extract<CashKind, "reduce" | "liquidate">;
  /** Milliseconds from the order to the booked fill. */
  readonly timeToCash: number;
  readonly certainty: number;
  /** Millionths of margin beyond which no rung is wanted. Absent: all that may be closed. */
  readonly upTo?: bigint;
}

/**
 * Rungs `reduce:1`, `reduce:2`, ... whose cost rates are those of the planner, never falling from
 * one to the next.
 *
 * The need of the input is not read. When the ladder uses rungs of an amount in all, plan with that
 * amount as the need. Errors: refused as the planner does, or for a number of rungs outside 1 to
 * 1,000.
 */
export function reduceSources(input: PlanInput, options: RungOptions): Measured<CashSource[]> {
  const { rungs, kind, timeToCash, certainty } = options;
  if (!Number.isInteger(rungs) || rungs < 1 || rungs > 1000) {
    return refused("out-of-range", "there are 1 to 1,000 rungs");
  }
  const unproven = { proofNodes: 0 };
  const margins = input.positions.reduce((sum, { margin }) => sum + margin, 0n);
  const all = plan({ ...input, need: margins + 1n }, unproven);
  if (!all.ok) return all;
  const most = min(all.value.freed, options.upTo ?? all.value.freed);
  const sources: CashSource[] = [];
  let [freed, cost, rate] = [0n, 0, 0n];
  for (let k = 1; k <= rungs; k++) {
    const need = (most * BigInt(k)) / BigInt(rungs);
    if (need <= freed) continue;
    const made = plan({ ...input, need, costShare: 0 }, unproven);
    if (!made.ok) return made;
    const added = BigInt(Math.ceil((made.value.cost.total - cost) * 1e6));
    rate = max(rate, divide(added * 1_000_000n, need - freed, "up"));
    sources.push({
      id: `${kind}:${k}`,
      kind,
      amount: need - freed,
      costPpm: Number(rate),
      timeToCash,
      certainty,
    });
    freed = need;
    cost = made.value.cost.total;
  }
  return measured(sources);
}
