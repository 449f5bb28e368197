/** A broken invariant: which one, both numbers, and where. */

export type Invariant =
  | "I1"
  | "I2"
  | "I3"
  | "I4"
  | "I5"
  | "I6"
  | "I7"
  | "I8"
  | "I9"
  | "I10"
  | "I11"
  | "I12"
  | "I13"
  | "I14"
  | "bug";

export const MEANING: Readonly<Record<Invariant, string>> = {
  I1: "conservation: what we own is what the venue says came and went, to the unit",
  I2: "no over-allocation: holds within caps, caps within collateral less dry powder",
  I3: "intent before effect: nothing reaches the venue that the journal does not hold",
  I4: "once: one order for each intent, each trade booked once, no retry before a lookup",
  I5: "state is the fold of the journal",
  I6: "the journal is one chain, without gaps, and never goes back",
  I7: "one leader at a time, and nothing that opens while it must not",
  I8: "deadlines fire once, never early, and not late",
  I9: "forced reductions close what is open and no more",
  I10: "nobody hears what is another's, nobody speaks where it may not",
  I11: "no decision by a stale or unbelieved price",
  I12: "when faults stop, everything runs or is halted, and is resolved or told as unresolved",
  I13: "what is reported is what the books hold at the place it names",
  I14: "every fault that was on has fired",
  bug: "no assertion of the product fails, and nothing escapes it",
};

export interface Breach {
  readonly invariant: Invariant;
  /** With both numbers: what was found, and what it should have been. */
  readonly detail: string;
  /** Journal message and turn, where there is one. */
  readonly where: string;
}
