/**
 * How near an account is to losing its positions: three ratios by their names and a health table.
 */
import { finite, type Measured, negative, notFinite, notPositive, refused } from "./refusal.ts";

/**
 * Margin set aside against what there is: reserved / collateral, after haircuts.
 *
 * Says how much room is left for new obligations. Zones: 0.60, 0.75, 0.85.
 * Units:    both in one currency; the result is a share. Refusals: `not-finite`, `out-of-range` for a negative margin
 *           or no collateral.
 */
export const utilization = (reserved: number, collateral: number): Measured<number> =>
  quotient("reserved", reserved, "collateral", collateral);

/**
 * Maintenance margin against equity: 1 is liquidation. Alerts: 0.50, 0.70, 0.85.
 *
 * Says how much of the equity the positions must have. Not a distance: at 0.5 a book of 10x falls
 * less far to its breach than a book of 2x.
 * Units:    both in one currency; the result is a share. Refusals: `not-finite`, `out-of-range` for a negative margin
 *           or no equity.
 */
export const maintenanceRatio = (maintenance: number, equity: number): Measured<number> =>
  quotient("maintenance", maintenance, "equity", equity);

/**
 * Equity against notional: the reciprocal of leverage. Stops: 1.5 and 1.3 times the maintenance
 * rate.
 *
 * Units:    both in one currency; negative for a negative equity. Refusals: `not-finite`, `out-of-range` without a
 *           notional.
 */
export function equityRatio(equity: number, notional: number): Measured<number> {
  const fault = notFinite({ equity, notional });
  if (fault) return fault;
  if (notional <= 0) return refused("out-of-range", `notional must be above 0, was ${notional}`);
  return finite(equity / notional);
}

function quotient(top: string, a: number, bottom: string, b: number): Measured<number> {
  const fault = negative(top, a) ?? notFinite({ [bottom]: b });
  if (fault) return fault;
  if (b <= 0) return refused("out-of-range", `${bottom} must be above 0, was ${b}`);
  return finite(a / b);
}

/**
 * The uniform move of all prices at which equity meets maintenance margin.
 *
 * Units:    all in one currency; the result is a relative move.
 * Formula:  E + N x = M (1 + x), so x = (E - M) / (M - N), N the signed net notional, M on the mark
 *           notional. Negative: a fall.
 * Refusals: `already-liquidated` when E <= M, `never-liquidated` when no fall of up to 100 % and no
 *           rise brings it about.
 */
export function distanceToBreach(
  equity: number,
  maintenance: number,
  netNotional: number,
): Measured<number> {
  const fault = notFinite({ equity, netNotional }) ?? negative("maintenance", maintenance);
  if (fault) return fault;
  if (equity <= maintenance) return refused("already-liquidated", "equity is within maintenance");
  const move = (equity - maintenance) / (maintenance - netNotional);
  if (!Number.isFinite(move) || move < -1) {
    return refused("never-liquidated", "no uniform move brings equity down to maintenance");
  }
  return finite(move);
}

/**
 * Equity that is free beyond what keeps initial margin at a target share of it; at least zero.
 *
 * Formula: max(0, equity - initial / target), all but the target in one currency.
 * Refusals: `not-finite`, `out-of-range` for a negative margin or a target not above zero.
 */
export function headroom(equity: number, initial: number, target: number): Measured<number> {
  const fault =
    notFinite({ equity }) ?? negative("initial", initial) ?? notPositive("target", target);
  return fault ?? finite(Math.max(0, equity - initial / target));
}

export type HealthLevel = "safe" | "warning" | "critical";

/** What the health table is made of. Amounts in one currency. */
export interface HealthInput {
  /** Collateral after haircuts and unrealised profit. */
  readonly equity: number;
  readonly collateral: number;
  readonly reserved: number;
  readonly maintenance: number;
  /** Sum of delta x notional, signed. */
  readonly netExposure: number;
  /** Smallest equity and the maintenance margin there, over the stress scenarios. */
  readonly stressedEquity: number;
  readonly stressedMaintenance: number;
}

export type HealthMeasure =
  | "maintenance-ratio"
  | "utilization"
  | "liquidation-buffer"
  | "net-exposure"
  | "stress-survival";

/** Where a measure turns. `worse` says which way is worse. Reaching a bound counts as past it. */
export interface HealthRule {
  readonly measure: HealthMeasure;
  readonly worse: "higher" | "lower";
  readonly warning: number;
  readonly critical: number;
}

/** The bounds of the requirements text (cross-margin guide, "Key Monitoring Metrics"). */
export const HEALTH_RULES: readonly HealthRule[] = [
  { measure: "maintenance-ratio", worse: "higher", warning: 0.5, critical: 0.8 },
  { measure: "utilization", worse: "higher", warning: 0.6, critical: 0.8 },
  { measure: "liquidation-buffer", worse: "lower", warning: 0.4, critical: 0.2 },
  { measure: "net-exposure", worse: "higher", warning: 2, critical: 3.5 },
  { measure: "stress-survival", worse: "lower", warning: 1.1, critical: 1 },
];

export interface HealthRow {
  readonly measure: HealthMeasure;
  /** None: undefined where equity or collateral is gone and a ratio says nothing; then critical. */
  readonly value: number | undefined;
  readonly level: HealthLevel;
}

export interface Health {
  readonly level: HealthLevel;
  readonly rows: readonly HealthRow[];
}

/**
 * The health table: each measure with its value and level, and the worst level.
 *
 * An account without equity is critical in every measure that divides by it.
 * Units: amounts in one currency. Refusals: `not-finite`, `out-of-range`.
 */
export function health(
  input: HealthInput,
  rules: readonly HealthRule[] = HEALTH_RULES,
): Measured<Health> {
  if (rules.length === 0) return refused("empty", "a health table has at least one rule");
  const fault =
    notFinite({ ...input }) ??
    negative("reserved", input.reserved) ??
    negative("maintenance", input.maintenance) ??
    negative("stressedMaintenance", input.stressedMaintenance);
  if (fault) return fault;
  const rows = rules.map((rule): HealthRow => {
    const value = measureOf(rule.measure, input);
    return { measure: rule.measure, value, level: levelOf(rule, value) };
  });
  const has = (level: HealthLevel): boolean => rows.some((row) => row.level === level);
  const level = has("critical") ? "critical" : has("warning") ? "warning" : "safe";
  return finite({ level, rows });
}

function levelOf(rule: HealthRule, value: number | undefined): HealthLevel {
  if (value === undefined) return "critical";
  const past = (bound: number): boolean =>
    rule.worse === "higher" ? value >= bound : value <= bound;
  return past(rule.critical) ? "critical" : past(rule.warning) ? "warning" : "safe";
}

function measureOf(measure: HealthMeasure, i: HealthInput): number | undefined {
  const over = (a: number, b: number): number | undefined => (b > 0 ? a / b : undefined);
  switch (measure) {
    case "maintenance-ratio":
      return over(i.maintenance, i.equity);
    case "utilization":
      return i.reserved === 0 ? 0 : over(i.reserved, i.collateral);
    case "liquidation-buffer":
      return over(i.equity - i.maintenance, i.equity);
    case "net-exposure":
      return over(Math.abs(i.netExposure), i.equity);
    case "stress-survival":
      // Nothing to maintain: survival is as good as the rule can ask for while equity is positive.
      if (i.stressedMaintenance === 0) return i.stressedEquity > 0 ? Number.MAX_VALUE : undefined;
      return i.stressedEquity / i.stressedMaintenance;
  }
}
