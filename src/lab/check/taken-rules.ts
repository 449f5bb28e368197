/** What must hold where the venue took positions: once by its name, from who held them, parted to the unit. */
import type { Law } from "../../fleet/state.ts";
import type { EventOf, FleetEvent } from "../../protocol/events.ts";
import type { Invariant } from "./breach.ts";

type Tell = (invariant: Invariant, detail: string) => void;
const LIGHTS_MAX = 5;
const ONE = 1_000_000;

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

  /** Before an event is folded: `law` is the state up to here. */
  event(event: FleetEvent, law: Law): void {
    if (event.type === "AdlAvoided") return this.#avoided(event, law);
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

  /** From the rules' rank on, no more at a time than their part of what is ranked, and a lot. */
  #avoided({ market, lights, qty, shares }: EventOf<"AdlAvoided">, law: Law): void {
    const rules = law.policy?.crisis?.adl;
    const from = rules?.reduceAtRank ?? LIGHTS_MAX + 1;
    if (lights < from) this.#tell("I9", `${market} is closed at ${lights} lights, allowed ${from}`);
    const ranked = law.venue.ranks.get(market)?.position ?? 0n;
    const size = ranked < 0n ? -ranked : ranked;
    const lot = law.markets.get(market)?.policy.lot ?? 0n;
    const most = (size * BigInt(rules?.reduceBy ?? ONE)) / BigInt(ONE) + lot;
    if (qty > most) this.#tell("I9", `${market}: ${qty} go before the venue, allowed ${most}`);
    const parted = shares.reduce((sum, share) => sum + share.qty, 0n);
    if (parted !== qty) this.#tell("I1", `${market}: ${qty} go before the venue, parted ${parted}`);
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
