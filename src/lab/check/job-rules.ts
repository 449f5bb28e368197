/** What must hold of jobs between agents: done work is paid, a hedge is held, its move is paid to the unit. */
import type { EventOf, FleetEvent } from "../../protocol/events.ts";
import type { HedgeTerms } from "../../protocol/events-jobs.ts";
import type { Invariant } from "./breach.ts";

type Tell = (invariant: Invariant, detail: string) => void;

interface Job {
  /** None: undefined for work that is no hedge. */
  readonly terms: HedgeTerms | undefined;
  readonly pay: bigint;
  worker: string;
  /** The mark that a hedge stands from; none before it was delivered. */
  from: bigint | undefined;
}

interface Payment {
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
}

export class JobRules {
  readonly #tell: Tell;
  /** Positions as the rules count them, shared with those of fills. */
  readonly #sizes: ReadonlyMap<string, bigint>;
  readonly #open = new Map<string, Job>();
  /** What the turn still has to pay. */
  #owed: Payment[] = [];

  constructor(tell: Tell, sizes: ReadonlyMap<string, bigint>) {
    this.#tell = tell;
    this.#sizes = sizes;
  }

  /** Between two turns nothing is owed, and what stands is carried by its worker's position. */
  turn(): void {
    for (const { from, to, amount } of this.#owed)
      this.#tell("I1", `the end of a job owes ${amount} from ${from} to ${to}, it was not paid`);
    this.#owed = [];
    const needed = new Map<string, bigint>();
    for (const { terms, worker, from } of this.#open.values()) {
      if (from === undefined || terms === undefined) continue;
      const key = `${worker}/${terms.market}`;
      const signed = terms.side === "buy" ? terms.qty : -terms.qty;
      needed.set(key, (needed.get(key) ?? 0n) + signed);
    }
    for (const [key, need] of needed) {
      const held = this.#sizes.get(key) ?? 0n;
      if (need > 0n ? held < need : held > need && need !== 0n)
        this.#tell("I13", `hedges that stand need ${need} of ${key}, it is ${held}`);
    }
  }

  /** Before an event is folded. */
  event(event: FleetEvent): void {
    switch (event.type) {
      case "JobPosted":
        this.#open.set(keyOf(event), {
          ...{ terms: event.hedge, pay: event.amount, worker: "", from: undefined },
        });
        return;
      case "JobTaken": {
        const held = this.#open.get(keyOf(event));
        if (held !== undefined) held.worker = event.by;
        return;
      }
      case "JobDelivered": {
        const held = this.#open.get(keyOf(event));
        if (held?.terms !== undefined) held.from = event.mark ?? 0n;
        return;
      }
      case "JobEnded":
        return this.#ended(event);
      case "InternalPaid":
        return this.#paid(event);
    }
  }

  #ended(event: EventOf<"JobEnded">): void {
    const held = this.#open.get(keyOf(event));
    this.#open.delete(keyOf(event));
    if (held === undefined) return this.#tell("I4", `${keyOf(event)} ends and is not open`);
    const { terms, worker, pay, from } = held;
    if (event.phase === "paid") this.#owed.push({ from: event.agent, to: worker, amount: pay });
    if (terms === undefined || from === undefined) return;
    // Prices and quantities have eight decimals, money six.
    const rise = (event.mark ?? 0n) - from;
    const gain = terms.side === "buy" ? rise : -rise;
    const whole = ((gain < 0n ? -gain : gain) * terms.qty) / 10n ** 10n;
    const amount = whole < terms.cover ? whole : terms.cover;
    if (amount === 0n) return;
    const [payer, to] = gain > 0n ? [worker, event.agent] : [event.agent, worker];
    this.#owed.push({ from: payer, to, amount });
  }

  /** What is paid while the end of a job owes is what it owes. */
  #paid({ agent, to, amount }: EventOf<"InternalPaid">): void {
    if (this.#owed.length === 0) return;
    const at = this.#owed.findIndex(
      (one) => one.from === agent && one.to === to && one.amount === amount,
    );
    if (at < 0) this.#tell("I1", `${agent} pays ${to} ${amount}, which the end of no job owes`);
    else this.#owed.splice(at, 1);
  }
}

const keyOf = ({ agent, job }: EventOf<"JobPosted" | "JobTaken" | "JobEnded" | "JobDelivered">) =>
  `${agent}/${job}`;
