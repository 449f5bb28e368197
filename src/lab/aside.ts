/** One source of prices at a time loses touch: it tells a third less of one market than all others do. */
import type { SourceId } from "../core/ids.ts";
import { price } from "../core/money.ts";
import type { Mark } from "../protocol/reports.ts";
import type { Chance } from "./chance.ts";
import type { Counts } from "./counts.ts";
import { Together, type TogetherRates } from "./together.ts";

interface Rates extends TogetherRates {
  /** Chance per round of a source, and for how many of its rounds. */
  readonly off: number;
  readonly offRounds: number;
}

/** Rounds of calm after one: what the last one said must be old before another is off. */
const CALM_ROUNDS = 12;

export class Aside {
  readonly #counts: Counts;
  readonly #together: Together;
  #off: { readonly source: SourceId; readonly market: string; rounds: number } | undefined;
  #calm = 0;

  /** @param feeders who tells prices beside the venue. */
  constructor(counts: Counts, feeders: readonly SourceId[] = []) {
    this.#counts = counts;
    this.#together = new Together(counts, feeders);
  }

  /** What a source tells in place of these. */
  told(source: SourceId, marks: readonly Mark[], rates: Rates, chance: Chance): readonly Mark[] {
    return this.#together.told(source, this.#alone(source, marks, rates, chance), rates, chance);
  }

  /** Whether what a source has just told of a market is one of several that are off. */
  isTogether(source: SourceId, market: string): boolean {
    return this.#together.isOff(source, market);
  }

  #alone(
    source: SourceId,
    marks: readonly Mark[],
    { off, offRounds }: Rates,
    chance: Chance,
  ): readonly Mark[] {
    if (this.#off === undefined && this.#calm <= 0 && chance.hit(off))
      this.#off = { source, market: chance.pick(marks).market, rounds: offRounds };
    this.#calm -= 1;
    const held = this.#off;
    if (held === undefined || held.source !== source) return marks;
    this.#counts.fired("feed-off");
    held.rounds -= 1;
    if (held.rounds <= 0) [this.#off, this.#calm] = [undefined, CALM_ROUNDS];
    return marks.map((mark) =>
      mark.market === held.market ? { ...mark, price: price((mark.price * 13n) / 20n) } : mark,
    );
  }
}
