/** Limits by name: the lines that admit or refuse tell what they compared to whoever explains a decision. */
import type { Rejection } from "../protocol/rejections.ts";

/** Every limit that a command may meet, in the order in which limits are asked, and what it is about. */
export const LIMITS = {
  market: "the market is one of the fleet's",
  reduces: "a reducing order is no larger than what there is to reduce",
  delegation: "the agent holds a delegation that may open",
  lease: "its lease has not run out",
  mode: "neither the agent nor the fleet is held back by the operator",
  frozen: "no alarm holds delegations back",
  cover: "what is delegated is covered by collateral",
  step: "size of one raise",
  books: "our books are the venue's",
  zone: "the fleet's zone takes this risk",
  call: "no margin call is open on the fleet, nor on an agent that stands alone",
  service: "the delegation is for this service",
  name: "the name is new",
  room: "open obligations of this kind",
  mark: "age of the mark",
  leverage: "leverage of delegation, market and calendar",
  lot: "the quantity is in whole lots",
  minNotional: "least value of an order",
  maxNotional: "largest value of an order",
  tick: "the price is in whole ticks",
  collar: "distance of the limit from the mark",
  stop: "the stop is on the losing side and before liquidation",
  betting: "no dispute of a bet of the agent's stands, and no proven lie of the house",
  lendShare: "part of a holding that may be lent",
  reservation: "the reservation that it draws on is pending",
  margin: "what is left of the delegation",
  buffer: "cash that the calendar keeps around an announced event",
  cash: "free cash in the wallet",
  valueAtRisk: "the fleet's value at risk",
  coverage: "collateral less dry powder less what is delegated",
} as const;
export type LimitName = keyof typeof LIMITS;

/** USDC in millionths, coins and prices in 1e-8, units in the smallest of an asset, ratios in ppm. */
export type LimitUnit = "USDC" | "coins" | "price" | "units" | "ppm" | "ms" | "count";

/** One limit as it was asked: a state, or a value against a bound. */
export interface Check {
  readonly limit: LimitName;
  readonly passed: boolean;
  /** What was found, in words; "" where numbers tell it. */
  readonly state: string;
  /** None: undefined for a state. */
  readonly measured?: {
    readonly value: bigint;
    readonly bound: bigint;
    readonly unit: LimitUnit;
    readonly wants: "at most" | "at least";
  };
}

/** Who listens to a decision. None: undefined, and nothing is told. */
export type Told = ((check: Check) => void) | undefined;

/** A state that either lets it pass or refuses it; words that cost something are made when somebody listens. */
export function gate(
  told: Told,
  limit: LimitName,
  state: string | (() => string),
  refusal: Rejection | undefined,
): Rejection | undefined {
  const words = (): string => (typeof state === "string" ? state : state());
  told?.({ limit, passed: refusal === undefined, state: words() });
  return refusal;
}

/** A value that may be as large as a bound, itself included. */
export function atMost(
  told: Told,
  limit: LimitName,
  unit: LimitUnit,
  [value, bound]: readonly [bigint, bigint],
  refusal: () => Rejection,
): Rejection | undefined {
  const passed = value <= bound;
  told?.({ limit, passed, state: "", measured: { value, bound, unit, wants: "at most" } });
  return passed ? undefined : refusal();
}

/** A value that must be as large as a bound, itself included. */
export function atLeast(
  told: Told,
  limit: LimitName,
  unit: LimitUnit,
  [value, bound]: readonly [bigint, bigint],
  refusal: () => Rejection,
): Rejection | undefined {
  const passed = value >= bound;
  told?.({ limit, passed, state: "", measured: { value, bound, unit, wants: "at least" } });
  return passed ? undefined : refusal();
}
