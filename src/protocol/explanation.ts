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
