/** Which way each rule is looser: one line a parameter, by its path in the fleet's rules. */
import { ONE } from "../core/ppm.ts";
import type { Policy } from "../protocol/policy.ts";

/**
 * One rule that is a number, a switch or a choice.
 *
 * `tighter`: which of two values allows less.
 * `absent`:  what it stands for where the rules do not name it; none: as loose as can be.
 * `step`:    it loosens by the rules' `raiseStep` at most at a time: a rule that is tighter when lower by that
 *            part of itself; one that is tighter when higher by that part of what it leaves of the whole.
 * `most`:    as a stepped rule comes to this on its way to none, it is none.
 */
export interface Scalar {
  readonly tighter: "lower" | "higher";
  readonly absent?: number | ((policy: Policy) => number);
  readonly step?: true;
  readonly most?: number;
  readonly amount?: true;
}

const LOWER: Scalar = { tighter: "lower" };
const HIGHER: Scalar = { tighter: "higher" };
const LOWER_STEP: Scalar = { tighter: "lower", step: true };
const UP_TO_ALL: Scalar = { ...LOWER_STEP, most: ONE };

const AGES = 12;
const UNDER_YELLOW = 50_000;

/** Of the fleet. */
export const RULES: Readonly<Record<string, Scalar>> = {
  "zones.yellow": LOWER_STEP,
  "zones.orange": LOWER_STEP,
  "zones.red": LOWER_STEP,
  "zones.hysteresis": HIGHER,
  dryPowder: { tighter: "higher", step: true },
  markAgeMaxMs: LOWER,
  markStillMaxMs: { ...LOWER, absent: ({ markAgeMaxMs }) => markAgeMaxMs * AGES },
  markJumpMax: LOWER,
  collar: LOWER_STEP,
  stopShare: LOWER,
  protectWithinMs: LOWER,
  answerWithinMs: LOWER,
  raiseDelayMs: HIGHER,
  raiseStep: LOWER,
  lendShare: LOWER_STEP,
  domainHaircut: { tighter: "higher", absent: ONE },
  varLimit: UP_TO_ALL,
  "rate.perSecond": LOWER,
  "rate.burst": LOWER,
  "crisis.graceMs": LOWER,
  "crisis.callAt": UP_TO_ALL,
  "crisis.targetUtilization": {
    ...LOWER,
    absent: ({ zones }) => Math.max(zones.yellow - UNDER_YELLOW, 1),
  },
  "crisis.targetMaintenance": {
    ...LOWER,
    absent: ({ crisis }) => Math.max((crisis?.callAt ?? 1) - (crisis?.hysteresis ?? 0), 1),
  },
  "crisis.hysteresis": { ...HIGHER, absent: 0 },
  "crisis.recallLoans": { ...HIGHER, absent: 0 },
  "crisis.reduceWithinMs": LOWER,
  "crisis.softStop": { ...HIGHER, absent: 0 },
  "crisis.hardStop": { ...HIGHER, absent: 0 },
  "crisis.topUp": { ...HIGHER, absent: 0 },
  // The reserve is spent more readily.
  "crisis.topUpFromReserve": { ...LOWER, absent: 0 },
  "crisis.powderCost": { ...HIGHER, absent: Number.POSITIVE_INFINITY },
  "crisis.reserveRatio": LOWER,
  "crisis.trailingStop": LOWER,
  "crisis.trailingReduce": { ...HIGHER, absent: 0 },
  "crisis.cutOnShortfall": { ...HIGHER, absent: 0 },
  "crisis.cutSpare": { ...HIGHER, absent: 0 },
  // What is not paced goes at once; both halves come together.
  "crisis.pace.depth": { ...HIGHER, absent: Number.POSITIVE_INFINITY },
  "crisis.pace.everyMs": { ...LOWER, absent: 0 },
  // Without all three nothing waits.
  "crisis.patience.withinMs": { ...LOWER, absent: 0 },
  "crisis.patience.shock": { ...HIGHER, absent: Number.POSITIVE_INFINITY },
  "crisis.patience.most": { ...LOWER, absent: 0 },
  "crisis.adl.reduceAtRank": LOWER,
  "crisis.adl.reduceBy": { ...HIGHER, absent: 0 },
  "crisis.adl.hedgeBound": { ...HIGHER, absent: 0 },
  "crisis.adl.hedge": { ...HIGHER, absent: 0 },
};

/** Of each market, by its path in it. Brackets are in `rules.ts`: they are more than a number. */
export const MARKET_RULES: Readonly<Record<string, Scalar>> = {
  maxLeverage: LOWER_STEP,
  maxNotional: { ...LOWER_STEP, amount: true },
};

/** Of each asset. Haircuts have events of their own. */
export const ASSET_RULES: Readonly<Record<string, Scalar>> = {
  lendShare: { ...LOWER_STEP, absent: ({ lendShare }) => lendShare },
};

const CHOICES = ["tell", "freeze", "reduce"];

/** A value as a number that can be compared with another of the same rule. */
export function rankOf(rule: Scalar, value: unknown, policy: Policy): number | bigint {
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "string") return CHOICES.indexOf(value) + 1;
  const { absent } = rule;
  if (absent === undefined) {
    return rule.tighter === "lower" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }
  return typeof absent === "function" ? absent(policy) : absent;
}
