/** How often the law met sources that were off together, dead, or followed: counted where the journal shows it. */
import type { SourceId } from "../../core/ids.ts";
import type { Heard, PriceVerdict } from "./price-verdict.ts";

/** Sources that are off at once: one alone is another fault. */
const SEVERAL = 2;

export class PriceCounts {
  readonly met = new Map<string, number>();
  /** Who was dead for so long that it was counted without, by market and source. */
  readonly #missed = new Set<string>();

  /** @param dead who is dead, and what it said too old. */
  judged(
    market: string,
    verdict: PriceVerdict,
    fresh: readonly Heard[],
    dead: readonly SourceId[],
    spoke: ReadonlySet<SourceId>,
  ): void {
    const off = fresh.filter((one) => one.off);
    if (off.length >= SEVERAL) {
      if (verdict.by !== "majority") this.#count("sources-torn");
      else if (off.every(({ source }) => verdict.from.includes(source)))
        this.#count("sources-alike");
    }
    for (const source of dead) {
      this.#count("feeder-missed");
      this.#missed.add(`${market}/${source}`);
    }
    for (const source of spoke)
      if (this.#missed.delete(`${market}/${source}`)) this.#count("feeder-back");
    if (verdict.by === "venue" || verdict.by === "alone") this.#count(`followed-${verdict.by}`);
  }

  #count(name: string): void {
    this.met.set(name, (this.met.get(name) ?? 0) + 1);
  }
}
