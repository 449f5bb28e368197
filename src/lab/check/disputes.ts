/** Who may place no bet: who is held for a disputed one, and everybody while a lie of the house stands. */
import type { FleetEvent } from "../../protocol/events.ts";
import type { AtFault } from "../../protocol/words.ts";

export class Disputes {
  readonly #held = new Map<string, AtFault>();

  /** What is wrong with a bet that is placed. None: undefined for what is in order. */
  event(event: FleetEvent): string | undefined {
    switch (event.type) {
      case "BettingHeld":
        this.#held.set(event.agent, event.atFault);
        return undefined;
      case "BettingCleared":
        this.#held.delete(event.agent);
        return undefined;
      case "BetPlaced": {
        const placed = `${event.bet} by ${event.agent}`;
        if (this.#held.has(event.agent)) return `${placed}, which is held for a disputed bet`;
        const house = [...this.#held].find(([, atFault]) => atFault === "house");
        return house && `${placed}, after the house has lied to ${house[0]}: disputed`;
      }
      default:
        return undefined;
    }
  }
}
