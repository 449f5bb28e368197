/** Which prices stand still while the others move, by the marks that were set. */
import type { EventOf } from "../../protocol/events.ts";

/** Readings that must say the same before anybody may be expected to notice. */
const REPEATS = 5;

export class Still {
  readonly #seen = new Map<string, { price: bigint; since: number; repeats: number }>();

  marks({ marks }: EventOf<"MarksSet">, at: number): void {
    for (const { market, price } of marks) {
      const known = this.#seen.get(market);
      if (known?.price === price) known.repeats += 1;
      else this.#seen.set(market, { price, since: at, repeats: 0 });
    }
  }

  /** What is wrong with opening by this market's price. None: undefined when nothing is. */
  judge(market: string, at: number, limit: number | undefined): string | undefined {
    const held = this.#seen.get(market);
    if (held === undefined || limit === undefined) return undefined;
    const still = at - held.since;
    if (still <= limit || held.repeats < REPEATS) return undefined;
    let moved = 0;
    for (const [other, { since }] of this.#seen) {
      if (other !== market && at - since <= limit) moved += 1;
    }
    const others = this.#seen.size - 1;
    if (others < 2 || moved * 2 <= others) return undefined;
    return `${market}: the same for ${still} ms, ${moved} of ${others} others moved`;
  }
}
