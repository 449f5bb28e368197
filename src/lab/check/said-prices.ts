/** What every source of prices really said: kept by the run, beside the journal. */
import type { SourceId } from "../../core/ids.ts";
import type { Mark } from "../../protocol/reports.ts";

type Said = Pick<Mark, "market" | "price" | "at">;

const keyOf = (source: SourceId, { market, price, at }: Said): string =>
  `${source}/${market}/${price}/${at}`;

export class SaidPrices {
  /** When each feeder died, and when it was there again; without an end: not yet. */
  readonly #deaths = new Map<SourceId, { readonly from: number; until?: number }[]>();
  /** What was said, and whether several were off together when it was, this one among them. */
  readonly #said = new Map<string, boolean>();

  take(source: SourceId, marks: readonly Said[], isOff?: (market: string) => boolean): void {
    for (const mark of marks) this.#said.set(keyOf(source, mark), isOff?.(mark.market) === true);
  }

  /** @param at true time, epoch ms. */
  died(source: SourceId, at: number): void {
    this.#deaths.set(source, [...(this.#deaths.get(source) ?? []), { from: at }]);
  }

  rose(source: SourceId, at: number): void {
    const last = this.#deaths.get(source)?.at(-1);
    if (last !== undefined) last.until = at;
  }

  wasDead(source: SourceId, at: number): boolean {
    const deaths = this.#deaths.get(source) ?? [];
    return deaths.some(({ from, until = Number.POSITIVE_INFINITY }) => from <= at && at < until);
  }

  has(source: SourceId, said: Said): boolean {
    return this.#said.has(keyOf(source, said));
  }

  wasOff(source: SourceId, said: Said): boolean {
    return this.#said.get(keyOf(source, said)) === true;
  }
}
