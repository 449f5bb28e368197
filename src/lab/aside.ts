/** One source of prices at a time loses touch: it tells a third less of one market than all others do. */
import type { SourceId } from "../core/ids.ts";
import { price } from "../core/money.ts";
import type { Mark } from "../protocol/reports.ts";
import type { Chance } from "./chance.ts";
import type { Counts } from "./counts.ts";

interface Rates {
  /** Chance per round of a source, and for how many of its rounds. */
  readonly off: number;
  readonly offRounds: number;
}

/** Rounds of calm after one: what the last one said must be old before another is off. */
const CALM_ROUNDS = 12;

export class Aside {
  readonly #counts: Counts;
  #off: { readonly source: SourceId; readonly market: string; rounds: number } | undefined;
  #calm = 0;

  constructor(counts: Counts) {
    this.#counts = counts;
  }

  /** What a source tells in place of these. */
  told(
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
