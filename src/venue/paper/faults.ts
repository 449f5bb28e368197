/** Faults that a test asks for: what happens to a request on its way to the platform and back. */
import type { Approved } from "../../protocol/effects.ts";
import { seedOf, uniform } from "./random.ts";

/**
 * `lose-request`: never arrives. `lose-answer`: arrives, the answer does not. `delay`: arrives
 * after so many wall ms. `duplicate`: arrives twice. `reject`: the platform refuses it.
 */
export type Fault =
  | { readonly type: "lose-request" }
  | { readonly type: "lose-answer" }
  | { readonly type: "delay"; readonly ms: number }
  | { readonly type: "duplicate" }
  | { readonly type: "reject"; readonly reason: string };

/** Asked once per call: `nth` counts the calls of this port from 0. */
export type Faults = (approved: Approved, nth: number) => Fault | undefined;

/** Chances of each fault per call; together at most 1. */
export interface FaultRates {
  readonly loseRequest?: number;
  readonly loseAnswer?: number;
  readonly delay?: number;
  readonly delayMs?: number;
  readonly duplicate?: number;
  readonly reject?: number;
}

/** Faults by seed: the same calls in the same order meet the same faults. */
export function seededFaults(seed: string, rates: FaultRates): Faults {
  const chance = seedOf(seed);
  const kinds: readonly (readonly [number, Fault])[] = [
    [rates.loseRequest ?? 0, { type: "lose-request" }],
    [rates.loseAnswer ?? 0, { type: "lose-answer" }],
    [rates.delay ?? 0, { type: "delay", ms: rates.delayMs ?? 10 }],
    [rates.duplicate ?? 0, { type: "duplicate" }],
    [rates.reject ?? 0, { type: "reject", reason: "a fault that was asked for" }],
  ];
  return (approved, nth) => {
    let left = uniform(chance, "fault", approved.name, nth);
    for (const [rate, fault] of kinds) {
      if (left < rate) return fault;
      left -= rate;
    }
    return undefined;
  };
}
