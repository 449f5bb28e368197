/** The small closed vocabularies that commands, events and views share. */

/** What a delegation may permit. */
export const SERVICES = ["trading", "casino", "escrow", "lending", "domains"] as const;
export type Service = (typeof SERVICES)[number];

/** `run`: all. `reduce`: only what lowers risk. `halt`: nothing new, orders cancelled. `flatten`: close all. */
export const MODES = ["run", "reduce", "halt", "flatten"] as const;
export type Mode = (typeof MODES)[number];

export const ZONES = ["green", "yellow", "orange", "red"] as const;
export type Zone = (typeof ZONES)[number];

/** The market's weather, calm to worst. A worse one draws correlations together and widens volatility. */
export const REGIMES = ["range", "normal", "sell-off", "liquidity-crisis"] as const;
export type Regime = (typeof REGIMES)[number];

export const SIDES = ["buy", "sell"] as const;
export type Side = (typeof SIDES)[number];

/** What an agent is contained for, and how people read it. */
export const CONTAIN_CAUSES = {
  flood: "it sends faster than its rate, and goes on",
  nonsense: "it sends what is no command",
  forgery: "it tries what only others may",
  failing: "it fails again and again",
  lies: "it claims again and again what the books contradict",
} as const;
export type ContainCause = keyof typeof CONTAIN_CAUSES;

/** Who did wrong where a bet is disputed, and how people read it. */
export const AT_FAULT = {
  house: "the house lied",
  agent: "the agent lied",
  unknown: "nobody is proven wrong yet",
} as const;
export type AtFault = keyof typeof AT_FAULT;

/** `isolated`: losses stop at the agent's cap. `cross`: the fleet's collateral stands behind it. */
export const MARGIN_MODES = ["isolated", "cross"] as const;
export type MarginMode = (typeof MARGIN_MODES)[number];

/** +1 for buy, -1 for sell. */
export const signOf = (side: Side): bigint => (side === "buy" ? 1n : -1n);

export type CallPhase = "none" | "called" | "cured" | "expired" | "liquidating" | "resolved";
export type DelegationPhase = "active" | "expired" | "recalling" | "ended";
export type PositionPhase = "flat" | "unprotected" | "protected" | "closing";
export type EscrowPhase =
  | "requested"
  | "funded"
  | "delivered"
  | "released"
  | "refunded"
  | "disputed"
  | "failed";
export type LoanPhase = "requested" | "open" | "recalling" | "returned" | "failed";
export type DomainPhase =
  | "requested"
  | "owned"
  | "parked"
  | "listed"
  | "grace"
  | "sold"
  | "lost"
  | "failed";
/** What one agent may do for another. */
export const JOB_KINDS = ["data", "signal", "hedge"] as const;
export type JobKind = (typeof JOB_KINDS)[number];
export type JobPhase =
  | "posted"
  | "taken"
  | "delivered"
  | "paid"
  | "rejected"
  | "lapsed"
  | "cancelled";
export type BetPhase = "placed" | "settled" | "verified" | "disputed" | "failed";
export type OrderPhase =
  | "approved"
  | "unresolved"
  | "working"
  | "filled"
  | "cancelled"
  | "rejected";

/** Simple rules that may say what is closed in a crisis instead of the cheapest plan. */
export const CLOSING_RULES = [
  ...(["smallest-first", "largest-first", "losers-first"] as const),
  ...(["pro-rata", "random", "priority-only"] as const),
] as const;
