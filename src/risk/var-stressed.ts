/** VaR across services by correlation matrix, and the same in the worst weather a regime allows. */
import type { Ppm } from "../core/ppm.ts";
import { type Contributions, normalComponentEs, normalComponentVar } from "./component-var.ts";
import { covarianceOf } from "./covariance.ts";
import type { Rows } from "./matrix.ts";
import { type Repaired, repairCorrelation } from "./matrix-repair.ts";
import { type Measured, measured, type Refusal, refused } from "./refusal.ts";
import { loosenedCorrelation, REGIME_EFFECTS, type Regime, regimeCorrelation } from "./regime.ts";
import { faultOf, faultOfCount, faultOfTail, type Series } from "./series.ts";

/** Signed exposures of services or markets, with what they scatter and how they move together. */
export interface ServiceBook {
  /** Money, long positive. */
  readonly exposures: Series;
  /** Deviation of each one's return over one period. */
  readonly volatilities: Series;
  readonly correlation: Rows;
  /** Mean return of each over one period. Default zero. */
  readonly means?: Series;
}

export interface ServiceLevel {
  readonly tail: Ppm;
  /** Periods, by root of time. Default 1. */
  readonly horizon?: number;
}

export interface ServiceRisk {
  readonly var: Contributions;
  readonly es: Contributions;
  /** The correlation matrix that was used, and whether it had to be made fit and by how far. */
  readonly matrix: Repaired;
}

/**
 * Parametric VaR and ES of a book by its own correlations.
 *
 * An indefinite matrix (five services with half of their correlations guessed can easily be one) is
 * repaired first, and said so. None: faults of series and matrix, `length-mismatch`, `bad-tail`.
 */
export function serviceRisk(book: ServiceBook, level: ServiceLevel): Measured<ServiceRisk> {
  const repaired = repairCorrelation(book.correlation);
  return repaired.ok ? riskUnder(book, level, repaired.value, 1) : repaired;
}

function riskUnder(
  book: ServiceBook,
  level: ServiceLevel,
  matrix: Repaired,
  factor: number,
): Measured<ServiceRisk> {
  const horizon = level.horizon ?? 1;
  const fault = faultOfLevel(book, level, horizon);
  if (fault) return fault;
  const scale = factor * Math.sqrt(horizon);
  const scaled = Float64Array.from(book.volatilities, (v) => v * scale);
  const covariance = covarianceOf(scaled, matrix.matrix);
  if (!covariance.ok) return covariance;
  const means = book.means;
  const whole = {
    weights: book.exposures,
    covariance: covariance.value,
    ...(means ? { means: Float64Array.from(means, (m) => m * horizon) } : {}),
  };
  const loss = normalComponentVar(whole, level.tail);
  if (!loss.ok) return loss;
  const shortfall = normalComponentEs(whole, level.tail);
  if (!shortfall.ok) return shortfall;
  return measured({ var: loss.value, es: shortfall.value, matrix });
}

function faultOfLevel(
  book: ServiceBook,
  level: ServiceLevel,
  horizon: number,
): Refusal | undefined {
  const fault =
    faultOfTail(level.tail) ??
    faultOfCount(horizon, 1, "horizon") ??
    faultOf(book.exposures, 1, "exposures") ??
    faultOf(book.volatilities, 1, "volatilities");
  if (fault) return fault;
  const n = book.correlation.length;
  if (book.exposures.length !== n || book.volatilities.length !== n) {
    return refused("length-mismatch", "exposures, volatilities and correlation are of one size");
  }
  return undefined;
}

/** The three assumptions of correlation that a stressed measure takes the worst of. */
export const STRESS_KINDS = ["as-measured", "drawn-together", "fallen-apart"] as const;
/** Which assumption was the worst. */
export type StressKind = (typeof STRESS_KINDS)[number];

export interface StressedRisk extends ServiceRisk {
  readonly regime: Regime;
  readonly worst: StressKind;
  /** VaR under each assumption, at the regime's volatilities. */
  readonly byKind: Readonly<Record<StressKind, number>>;
}

/** How far correlations fall apart in the third assumption. */
const LOOSENED = 0.5;

/**
 * The correlations of a regime under each assumption, for those who measure many books by them.
 *
 * None: faults of the matrix.
 */
export function stressedMatrices(
  correlation: Rows,
  regime: Regime,
): Measured<Readonly<Record<StressKind, Repaired>>> {
  const measuredAs = repairCorrelation(correlation);
  if (!measuredAs.ok) return measuredAs;
  const together = regimeCorrelation(measuredAs.value.matrix, regime);
  if (!together.ok) return together;
  const { pull } = REGIME_EFFECTS[regime];
  const apart = loosenedCorrelation(measuredAs.value.matrix, pull > 0 ? LOOSENED : 0);
  if (!apart.ok) return apart;
  return measured({
    "as-measured": measuredAs.value,
    "drawn-together": together.value,
    "fallen-apart": { ...measuredAs.value, matrix: apart.value },
  });
}

/**
 * The largest VaR of a book in a regime: at its volatilities, with correlations as measured, drawn
 * together, and fallen apart. Long books are hurt by the second, hedged ones by the third; whoever
 * only raises correlations calls a hedge safer in a crisis.
 *
 * None: as `serviceRisk`.
 */
export function stressedRisk(
  book: ServiceBook,
  level: ServiceLevel,
  regime: Regime,
): Measured<StressedRisk> {
  const matrices = stressedMatrices(book.correlation, regime);
  if (!matrices.ok) return matrices;
  const { volatility } = REGIME_EFFECTS[regime];
  let found: { readonly kind: StressKind; readonly risk: ServiceRisk } | undefined;
  const byKind = { "as-measured": 0, "drawn-together": 0, "fallen-apart": 0 };
  for (const kind of STRESS_KINDS) {
    const risk = riskUnder(book, level, matrices.value[kind], volatility);
    if (!risk.ok) return risk;
    byKind[kind] = risk.value.var.total;
    if (!found || risk.value.var.total > found.risk.var.total) found = { kind, risk: risk.value };
  }
  if (!found) return refused("empty", "no assumption was tried");
  return measured({ ...found.risk, regime, worst: found.kind, byKind });
}
