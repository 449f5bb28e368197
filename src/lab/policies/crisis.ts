/** A crisis to be lived through under different rules: who holds what, and how prices go. */

/** A market of a crisis. Rates are fractions. */
export interface CrisisMarket {
  readonly id: string;
  /** Smallest quantity of an order, 1e-8 coin. */
  readonly lot: bigint;
  /** USDC of net orders that move the price by 1 % on a calm day. */
  readonly depth: number;
  /** Share of that move that stays. */
  readonly permanentShare: number;
  readonly halfSpread: number;
  readonly fee: number;
  /** Margin that a position binds, over its notional. */
  readonly initial: number;
  /** Margin below which the venue takes the account, over the notional. */
  readonly maintenance: number;
}

export interface CrisisAgent {
  readonly id: string;
  /** Delegation priority: a lower tier is closed before a higher one is touched. */
  readonly tier: number;
  /** USDC of its own that it answers with, and nothing else: an isolated agent. */
  readonly isolated?: number;
}

export interface CrisisPosition {
  readonly id: string;
  readonly agent: string;
  readonly market: string;
  /** 1e-8 coin, long positive. */
  readonly qty: bigint;
  /** Collateral in kind: moves with the mark, binds no margin, is never closed by the fleet. */
  readonly collateral?: boolean;
}

export interface Crisis {
  readonly name: string;
  readonly family: string;
  /** One sentence: what happens to whom. */
  readonly story: string;
  readonly seed: number;
  readonly markets: readonly CrisisMarket[];
  readonly agents: readonly CrisisAgent[];
  readonly positions: readonly CrisisPosition[];
  /** USDC of the account that all agents share, at the first marks. */
  readonly equity: number;
  /** What a step is called, e.g. a time or a number. */
  readonly steps: readonly string[];
  /** USDC per coin: steps x markets, as they would be without the fleet's own orders. */
  readonly prices: readonly (readonly number[])[];
  /** Share of the calm depth that is there: steps x markets, above 0. */
  readonly stress: readonly (readonly number[])[];
  /**
   * What leveraged outsiders hold in each market, in multiples of its depth; negative: they are
   * short. Their forced sales are the second round.
   */
  readonly crowd: number;
}

/** The bounds of the crisis policy (docs/crisis.md) that the bench lives by. */
export const BOUNDS = {
  /** Margin bound over equity from which a fleet is called. */
  call: 0.85,
  /** Where a liquidation ends. */
  target: 0.55,
  /** A call that is still open after this many steps is missed. */
  graceSteps: 3,
  /** Largest net order per market and step, in USDC over the depth: 2 is a move of 2 %. */
  pace: 2,
  /** What the venue takes of the notional that it liquidates. */
  venueFee: 0.005,
} as const;
