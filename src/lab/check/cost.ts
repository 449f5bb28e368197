/** Adds up what margin costs in the judges' own way: all that is reserved, turn by turn, and no index. */
import { fleetCost, indexAt, marginRate } from "../../fleet/margin-cost.ts";
import type { Law } from "../../fleet/state.ts";

export class CostMeter {
  #at = 0;
  /** In micro x ppm x ms. */
  #cost = 0n;

  /** Time has come to `at`; the law is as it was until then. */
  passes(law: Law, at: number): void {
    const held = law.reserved * BigInt(marginRate(law));
    if (held !== 0n) this.#cost += held * BigInt(at - this.#at);
    this.#at = at;
  }

  /** None: undefined when the law's own count is the same. */
  differs(law: Law): string | undefined {
    const kept = fleetCost(law, indexAt(law, this.#at));
    if (kept === this.#cost) return undefined;
    return `margin has cost ${kept} by the law, ${this.#cost} by what was held (micro x ppm x ms)`;
  }
}
