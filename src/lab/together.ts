/** Two of three sources of a market's price are off at once: apart from each other, or both by the same. */
import { type SourceId, VENUE } from "../core/ids.ts";
import { price } from "../core/money.ts";
import type { Mark } from "../protocol/reports.ts";
import type { Chance } from "./chance.ts";
import type { Counts } from "./counts.ts";

export interface TogetherRates {
  /** Chance per round of a source, and for how many rounds of each. */
  readonly together: number;
  readonly togetherRounds: number;
}

interface Off {
  readonly market: string;
  /** What each makes of the price, in ppm. */
  readonly bySource: ReadonlyMap<SourceId, bigint>;
  /** Rounds of any source until all are right again: of dead ones too, which tell none. */
  left: number;
}

/** What two make of a price, one way after the other. By the last one they are a majority that is wrong. */
const WAYS = [
  [650_000n, 800_000n],
  [650_000n, 1_350_000n],
  [650_000n, 650_000n],
] as const;
/** Rounds of a source without anything after one: what was said must be old before two are off again. */
const CALM_ROUNDS = 12;

export class Together {
  readonly #counts: Counts;
  readonly #sources: readonly SourceId[];
  #off: Off | undefined;
  #calm = 0;
  #times = 0;

  /** @param feeders of fewer than two none is ever off. */
  constructor(counts: Counts, feeders: readonly SourceId[]) {
    this.#counts = counts;
    this.#sources = [VENUE, ...feeders];
  }

  /** What a source tells in place of these. */
  told(
    source: SourceId,
    marks: readonly Mark[],
    rates: TogetherRates,
    chance: Chance,
  ): readonly Mark[] {
    if (this.#off?.left === 0) [this.#off, this.#calm] = [undefined, CALM_ROUNDS];
    if (this.#off === undefined && this.#calm <= 0 && this.#sources.length > 2)
      this.#begin(marks, rates, chance);
    this.#calm -= 1;
    const held = this.#off;
    if (held !== undefined) held.left -= 1;
    const ppm = held?.bySource.get(source);
    if (ppm === undefined) return marks;
    this.#counts.fired("sources-off");
    return marks.map((mark) =>
      mark.market === held?.market
        ? { ...mark, price: price((mark.price * ppm) / 1_000_000n) }
        : mark,
    );
  }

  /** Whether what a source has just told of a market was off. */
  isOff(source: SourceId, market: string): boolean {
    return this.#off?.market === market && this.#off.bySource.has(source);
  }

  #begin(
    marks: readonly Mark[],
    { together, togetherRounds }: TogetherRates,
    chance: Chance,
  ): void {
    if (!chance.hit(together)) return;
    const ways = WAYS[this.#times % WAYS.length] ?? WAYS[0];
    this.#times += 1;
    const two = chance.some(this.#sources, ways.length);
    const bySource = new Map(two.map((one, i) => [one, ways[i] ?? 0n] as const));
    const left = togetherRounds * this.#sources.length;
    this.#off = { market: chance.pick(marks).market, bySource, left };
  }
}
