/** What plans, jobs and the operator of a storm came to, as far as no type of event says it: for parts and faults. */
import { FLEET, OPERATOR } from "../../core/ids.ts";
import type { EventOf, FleetEvent } from "../../protocol/events.ts";
import type { Turn } from "../../protocol/turns.ts";

const FACTS = {
  "plan-paced": ({ pacedUntil }) => pacedUntil !== undefined,
  "plan-waits": ({ waiting }) => waiting !== undefined,
  "plan-distressed": ({ distress }) => distress !== undefined,
  "plan-spares": ({ knockOn }) => knockOn !== undefined,
  "plan-above-bound": ({ gap, knockOn }) => gap > 0 && knockOn === undefined,
  "plan-by-rule": ({ alternatives }) => alternatives.some(({ rule }) => rule === "cheapest"),
  "plan-orange": ({ call }) => call === "orange",
  "plan-trailing": ({ call }) => call === "trailing-stop",
  "plan-isolated": ({ agent }) => agent !== FLEET,
} as const satisfies Record<string, (plan: EventOf<"LiquidationPlanned">) => boolean>;

export class Met {
  readonly counts = new Map<string, number>();
  readonly #posted = new Map<string, string>();

  /** An operator who is only refused has moved nothing. What sets the fleet up bears other names. */
  turn({ from, id, rejection, events }: Turn): void {
    const stormy = from === OPERATOR && id.startsWith("op-");
    if (stormy && rejection === undefined && events.length > 0) this.#count("operator-obeyed");
  }

  event(event: FleetEvent): void {
    if (event.type === "LiquidationPlanned") {
      for (const [name, holds] of Object.entries(FACTS)) if (holds(event)) this.#count(name);
    }
    // What the escrow agent asks for it sells on; the others buy for themselves.
    if (event.type === "JobPosted" && event.agent !== "escrow")
      this.#posted.set(event.job, event.agent);
    if (event.type === "JobEnded" && event.phase === "paid" && this.#posted.has(event.job))
      this.#count("job-bought");
  }

  #count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}
