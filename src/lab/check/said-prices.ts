/** What every source of prices really said: kept by the run, beside the journal. */
import type { SourceId } from "../../core/ids.ts";
import type { Mark } from "../../protocol/reports.ts";

type Said = Pick<Mark, "market" | "price" | "at">;

const keyOf = (source: SourceId, { market, price, at }: Said): string =>
  `${source}/${market}/${price}/${at}`;

export class SaidPrices {
  readonly #said = new Set<string>();

  take(source: SourceId, marks: readonly Said[]): void {
    for (const mark of marks) this.#said.add(keyOf(source, mark));
  }

  has(source: SourceId, said: Said): boolean {
    return this.#said.has(keyOf(source, said));
  }
}
