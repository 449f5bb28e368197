/** What an explanation tells: plain JSON, amounts as decimal texts in the unit that stands beside them. */

/** A limit as it was asked, in its order. */
export interface CheckTold {
  readonly limit: string;
  /** What it is about. */
  readonly about: string;
  readonly passed: boolean;
  /** What was found, in words; "" where numbers tell it. */
  readonly state: string;
  readonly value?: string;
  readonly bound?: string;
  readonly wants?: "at most" | "at least";
  readonly unit?: string;
  /** Bound less value, or value less bound: below zero it was refused for. */
  readonly slack?: string;
}

/** What would have been refused first, had it been larger. */
export interface Binding {
  readonly limit: string;
  /** The largest that passes, all else as it was. */
  readonly largest: string;
  readonly unit: string;
  /** How much larger for one more unit of the limit, and which unit. Absent: it does not grow with it. */
  readonly shadow?: { readonly gains: string; readonly per: string };
  /** In words. */
  readonly says: string;
}

/** One decision, asked again of the law as it stood before. */
export interface DecisionTold {
  readonly kind: "decision";
  /** `seq.turn` in the journal. */
  readonly place: string;
  readonly type: string;
  readonly from: string;
  readonly id: string;
  readonly at: number;
  readonly outcome: "approved" | "refused" | "happened";
  readonly asked: Readonly<Record<string, unknown>>;
  readonly refusal?: {
    readonly code: string;
    readonly number: number;
    readonly message: string;
    readonly remedy: string;
    readonly detail: string;
  };
  readonly checks: readonly CheckTold[];
  readonly binding?: Binding;
  /** The smallest change with which it would have passed; absent where it did, or none is known. */
  readonly change?: string;
  /** Marks, estimates and model numbers that it was decided by. */
  readonly numbers: Readonly<Record<string, string>>;
  /** Asked again, the law said the same. */
  readonly reproduced: boolean;
  /** Public events of the turn. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

/** One plan of a liquidation, beside what the same question brings now. */
export interface PlanTold {
  readonly place: string;
  readonly at: number;
  readonly status: string;
  /** Which margin it frees. */
  readonly by: string;
  readonly need: string;
  readonly underway: string;
  readonly freed: string;
  readonly shortfall: string;
  readonly cost: string;
  readonly lowerBound: string;
  /** How far from the bound at most, as a part of the cost. */
  readonly gap: string;
  readonly steps: readonly {
    readonly kind: string;
    readonly agent: string;
    readonly market: string;
    readonly side: string;
    readonly qty: string;
    readonly frees: string;
    readonly cost: string;
    readonly reason: string;
    readonly because: string;
  }[];
  /** Steps that waited for the next plan. */
  readonly more: number;
  /** Those of them that wait for fuller books, and USDC: what is expected so, and with all at once. */
  readonly waiting?: { readonly steps: number; readonly expected: string; readonly atOnce: string };
  /** USDC lost to sales that the plan forces on these, and what the cheapest would have cost with its own. */
  readonly knockOn?: {
    readonly cost: string;
    readonly of: readonly string[];
    readonly unspared: string;
  };
  /** Rounds after which sales forced on others still grew: they were not weighed. */
  readonly unsettled?: number;
  /** Epoch ms before which the pace lets no more go of some market. */
  readonly pacedUntil?: number;
  /** What simple rules would have cost, and how many times ours; with the sales that each forces. */
  readonly alternatives: readonly {
    readonly rule: string;
    readonly cost: string;
    readonly times: string;
  }[];
  /** The planner, asked again, takes the same steps. */
  readonly reproduced: boolean;
  /** USDC that one more USDC of margin would have cost at the end of the plan. */
  readonly shadowPrice?: string;
  /** What was believed of each market's book, and which of it is the market's own. */
  readonly books?: readonly {
    readonly market: string;
    readonly mark: string;
    readonly depth: string;
    readonly halfSpread: string;
    readonly permanentShare: string;
    readonly takerFee: string;
    readonly own: readonly string[];
  }[];
  /** The cost in its parts, in USDC. */
  readonly parts?: Readonly<Record<string, string>>;
  readonly untouched?: readonly { readonly id: string; readonly reason: string }[];
}

/** A margin call from its beginning to where it stands. */
export interface LiquidationTold {
  readonly kind: "liquidation";
  readonly call: string;
  readonly agent: string;
  readonly phases: readonly {
    readonly place: string;
    readonly at: number;
    readonly type: string;
    readonly facts: Readonly<Record<string, unknown>>;
  }[];
  /** What was given up before anything was closed. */
  readonly cash: readonly Readonly<Record<string, unknown>>[];
  readonly plans: readonly PlanTold[];
  readonly outcome: {
    readonly orders: number;
    readonly fills: number;
    readonly crosses: number;
    readonly fees: string;
    readonly realized: string;
  };
}

/** What an agent may open now, limit by limit. */
export interface AgentTold {
  readonly kind: "agent";
  readonly agent: string;
  readonly at: number;
  readonly view: object;
  readonly services: readonly {
    readonly service: string;
    readonly open: boolean;
    readonly checks: readonly CheckTold[];
  }[];
  /** Refusals of it so far, by code. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Places of its last decisions. */
  readonly last: readonly {
    readonly place: string;
    readonly type: string;
    readonly outcome: string;
  }[];
}

export type Explanation = DecisionTold | LiquidationTold | AgentTold;
