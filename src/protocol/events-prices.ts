/** What several sources say of one price, which of them are believed, and where they do not agree. */
import type { MarketId, SourceId } from "../core/ids.ts";
import type { Price } from "../core/money.ts";
import type { Millis } from "../core/time.ts";
import type { Mark } from "./reports.ts";

/** A mark that the fleet goes by. */
export interface BelievedMark extends Omit<Mark, "source"> {
  /** The sources that agree with it. None: absent where the venue alone is asked. */
  readonly from?: readonly SourceId[];
}

/** One price of one source. */
export interface Said {
  readonly source: SourceId;
  readonly price: Price;
}

interface OfSource extends Said {
  readonly market: MarketId;
}

export type PriceEvent =
  /** What sources said, whether it is believed or not: what the marks of the same turn were made of. */
  | {
      readonly type: "PricesRead";
      readonly readings: readonly (OfSource & { readonly at: Millis })[];
    }
  /** Beyond the divergence from what is believed, so often in a row. */
  | (OfSource & {
      readonly type: "SourceDoubted";
      readonly mark: Price;
      readonly times: number;
    })
  /** So often doubted in a row that it counts no more. */
  | (OfSource & {
      readonly type: "SourceQuarantined";
      readonly mark: Price;
      readonly times: number;
    })
  /** It agrees again, and counts again. */
  | (OfSource & { readonly type: "SourceBelieved"; readonly mark: Price })
  /** No majority of the fresh sources agrees: the last believed mark stands, and nothing opens. */
  | { readonly type: "PriceUncertain"; readonly market: MarketId; readonly said: readonly Said[] }
  /** A majority agrees again, or the rules follow one source. */
  | { readonly type: "PriceCertain"; readonly market: MarketId; readonly mark: Price };
