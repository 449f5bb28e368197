/** What must hold around announced events: less leverage, and cash that is not reserved. Kept from the rules alone. */
import type { Law } from "../../fleet/state.ts";
import type { FleetEvent } from "../../protocol/events.ts";
import type { Turn } from "../../protocol/turns.ts";
import type { Invariant } from "./breach.ts";

const ONE = 1_000_000n;

interface Around {
  readonly at: number;
  readonly beforeMs: number;
  readonly afterMs: number;
}

const isAround = ({ at, beforeMs, afterMs }: Around, now: number): boolean =>
  now >= at - beforeMs && now <= at + afterMs;

export class CalendarRules {
  readonly #tell: (invariant: Invariant, detail: string) => void;
  /** Openings around an event, and refusals that may be its. */
  met = 0;
  refused = 0;

  constructor(tell: (invariant: Invariant, detail: string) => void) {
    this.#tell = tell;
  }

  /** Between two turns. */
  turn({ at, rejection }: Turn, law: Law): void {
    if (rejection?.code !== "leverage_exceeded" && rejection?.code !== "buffer_kept") return;
    const calendar = law.policy?.crisis?.calendar ?? [];
    if (calendar.some((event) => isAround(event, at))) this.refused += 1;
  }

  /**
   * Before an event is folded, when it was counted.
   *
   * @param reserved what is reserved with it, in micro.
   */
  event(event: FleetEvent, { at }: Turn, law: Law, reserved: bigint): void {
    const calendar = law.policy?.crisis?.calendar;
    if (calendar === undefined || event.type !== "OrderApproved" || event.opening <= 0n) return;
    for (const { name, maxLeverage, buffer = 0, ...around } of calendar) {
      if (!isAround(around, at)) continue;
      this.met += 1;
      const key = `${event.agent}/${event.order}`;
      if (event.leverage > maxLeverage)
        this.#tell(
          "I7",
          `${key} opens at ${event.leverage} around ${name}, allowed ${maxLeverage}`,
        );
      if (buffer === 0) continue;
      const free = law.collateral > 0n ? law.collateral : 0n;
      const usable = (free * (ONE - BigInt(buffer))) / ONE;
      // What was reserved before it may stay.
      const most = usable > law.reserved ? usable : law.reserved;
      if (reserved > most)
        this.#tell("I2", `${key} reserves up to ${reserved} around ${name}, allowed ${most}`);
    }
  }
}
