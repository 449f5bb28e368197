/** Where several sources are asked for prices: what each says of a market, and whether they agree. */

export interface PriceView {
  readonly market: string;
  /** The last believed one; "0" where there is none yet. */
  readonly mark: string;
  /** No majority agrees: nothing opens, and nobody is called by what they say. */
  readonly uncertain: boolean;
  readonly sources: readonly {
    readonly source: string;
    readonly price: string;
    /** Epoch ms at which it was heard. */
    readonly heardAt: number;
    /** Readings in a row beyond the divergence. */
    readonly doubts: number;
    readonly quarantined: boolean;
  }[];
}

export interface PricesView {
  /** None: absent where the venue alone is asked. */
  readonly prices?: readonly PriceView[];
}
