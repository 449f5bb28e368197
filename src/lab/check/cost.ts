/** Adds up what margin costs in the judges' own way: all that is reserved, turn by turn, and no index. */
import { USDC } from "../../core/ids.ts";
import { YEAR } from "../../core/time.ts";
import { fleetCost, indexAt } from "../../fleet/margin-cost.ts";
import type { Law } from "../../fleet/state.ts";
import type { FleetEvent } from "../../protocol/events.ts";

/** A year, where nothing is lent and the rules name nothing, in ppm. */
const LEAST_RATE = 50_000n;

interface Lent {
  readonly units: bigint;
  readonly rate: bigint;
}

export class CostMeter {
  #at = 0;
  /** In micro x ppm x ms. */
  #cost = 0n;
  /** Loans of USDC that earn, by their owner and name. */
  readonly #lent = new Map<string, Lent>();
  /** Yearly rate of all that is lent, in ppm; none where nothing is. */
  #earns: bigint | undefined;
  /** Turns before which margin cost what the rules say. */
  byRule = 0;

  /** Before an event is folded. */
  event(event: FleetEvent, law: Law): void {
    if (event.type !== "LoanOpened" && event.type !== "LoanReturned") return;
    const key = `${event.agent}/${event.loan}`;
    const loan = law.loans.get(key);
    if (loan?.asset !== USDC) return;
    if (event.type === "LoanReturned") this.#lent.delete(key);
    else this.#lent.set(key, { units: loan.units, rate: BigInt(event.rate) });
    let [amount, yearly] = [0n, 0n];
    for (const { units, rate } of this.#lent.values()) {
      amount += units;
      yearly += units * rate;
    }
    this.#earns = amount === 0n ? undefined : yearly / amount;
  }

  /** Time has come to `at`; the law is as it was until then. */
  passes(law: Law, at: number): void {
    const ruled = law.policy?.marginRate;
    const rate = this.#earns ?? (ruled === undefined ? LEAST_RATE : BigInt(ruled));
    if (law.reserved !== 0n) {
      this.#cost += law.reserved * rate * BigInt(at - this.#at);
      if (this.#earns === undefined && ruled !== undefined) this.byRule += 1;
    }
    this.#at = at;
  }

  /** In millionths, rounded down. */
  get micro(): bigint {
    return this.#cost / (1_000_000n * BigInt(YEAR));
  }

  /** None: undefined when the law's own count is the same. */
  differs(law: Law): string | undefined {
    const kept = fleetCost(law, indexAt(law, this.#at));
    if (kept === this.#cost) return undefined;
    return `margin has cost ${kept} by the law, ${this.#cost} by what was held (micro x ppm x ms)`;
  }
}
