/** What must hold where the venue took positions: once by its name, from who held them, parted to the unit. */
import type { EventOf, FleetEvent } from "../../protocol/events.ts";
import type { Invariant } from "./breach.ts";

type Tell = (invariant: Invariant, detail: string) => void;
type Taken = EventOf<"VenueLiquidated" | "AutoDeleveraged">;

export class TakenRules {
  readonly #tell: Tell;
  /** Positions as the rules count them, shared with those of fills. */
  readonly #sizes: Map<string, bigint>;
  readonly #names = new Set<string>();

  constructor(tell: Tell, sizes: Map<string, bigint>) {
    this.#tell = tell;
    this.#sizes = sizes;
  }

  /** Before an event is folded. */
  event(event: FleetEvent): void {
    if (event.type !== "VenueLiquidated" && event.type !== "AutoDeleveraged") return;
    const { name } = event;
    if (this.#names.has(name)) this.#tell("I4", `${name} is booked twice`);
    this.#names.add(name);
    this.#parted(event);
    for (const part of event.parts) {
      const key = `${part.of}/${event.market}`;
      const before = this.#sizes.get(key) ?? 0n;
      const sign = event.side === "sell" ? 1n : -1n;
      const after = before - sign * part.qty;
      if (before * sign < part.qty)
        this.#tell("I9", `${name}: ${key} is ${before}, took ${part.qty}`);
      if (after !== part.positionQty) {
        this.#tell("I1", `${name}: ${key} is ${after} after it, booked ${part.positionQty}`);
      }
      this.#sizes.set(key, after);
    }
  }

  #parted(event: Taken): void {
    const { name, parts } = event;
    const sum = (of: (part: Taken["parts"][number]) => bigint): bigint =>
      parts.reduce((total, part) => total + of(part), 0n);
    const fee = event.type === "VenueLiquidated" ? event.fee : 0n;
    for (const [what, whole, parted] of [
      ["quantity", event.qty, sum((part) => part.qty)],
      ["notional", event.notional, sum((part) => part.notional)],
      ["fee", fee, sum((part) => part.fee)],
    ] as const) {
      if (whole !== parted) this.#tell("I1", `${name}: ${what} ${whole}, its parts ${parted}`);
    }
  }
}
