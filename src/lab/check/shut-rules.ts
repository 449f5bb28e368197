/** What shuts openings: zones, and calls that are open. Kept from the events alone. */
import { FLEET } from "../../core/ids.ts";
import type { FleetEvent } from "../../protocol/events.ts";

export class ShutRules {
  #zone = "green";
  /** Who is called, and by which call. */
  readonly #called = new Map<string, string>();

  event(event: FleetEvent): void {
    switch (event.type) {
      case "ZoneChanged":
        this.#zone = event.to;
        return;
      case "MarginCalled":
        this.#called.set(event.agent, event.call);
        return;
      case "MarginCured":
      case "MarginResolved":
        this.#called.delete(event.agent);
        return;
    }
  }

  /** Why this agent may open nothing now; leveraged risk less than other. None: undefined where it may. */
  judge(agent: string, leveraged: boolean): string | undefined {
    const zones = leveraged ? ["yellow", "orange", "red"] : ["orange", "red"];
    if (zones.includes(this.#zone)) return `the zone is ${this.#zone}`;
    const call = this.#called.get(FLEET) ?? this.#called.get(agent);
    return call === undefined ? undefined : `${call} is open`;
  }
}
