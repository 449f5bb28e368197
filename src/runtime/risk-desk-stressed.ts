/** The book's value at risk in worse weather: wider volatilities, correlations drawn together or apart. */
import { must } from "../core/assert.ts";
import { type Ppm, toFraction } from "../core/ppm.ts";
import { correlationMatrix } from "../risk/correlation.ts";
import { covarianceOf } from "../risk/covariance.ts";
import { normalQuantile } from "../risk/distributions.ts";
import { dot, type Rows, timesVector } from "../risk/matrix.ts";
import { type Measured, measured, refused } from "../risk/refusal.ts";
import { REGIME_EFFECTS, REGIMES, type Regime } from "../risk/regime.ts";
import { faultOf, faultOfTail } from "../risk/series.ts";
import { STRESS_KINDS, type StressKind, stressedMatrices } from "../risk/var-stressed.ts";
import type { Scenarios } from "./risk-desk-scenarios.ts";

/** Assets beyond which making the matrices would hold the loop up. */
const STRESSED_ASSETS_MAX = 32;
/** What stress means in fair weather. */
const LEAST_REGIME: Regime = "sell-off";

/** The worse of a regime and the mildest that counts as stress. */
export const stressRegime = (now: Regime): Regime =>
  REGIMES.indexOf(now) > REGIMES.indexOf(LEAST_REGIME) ? now : LEAST_REGIME;

export const ASSUMPTIONS: Readonly<Record<StressKind, string>> = {
  "as-measured": "correlations as measured",
  "drawn-together": "correlations drawn together",
  "fallen-apart": "correlations fallen apart",
};

export interface StressedVar {
  readonly var: number;
  readonly regime: Regime;
  readonly worst: StressKind;
}

type Tables = Readonly<Record<StressKind, Rows>>;

/**
 * The same numbers as `stressedRisk`, from covariances made once for each regime: an order is then
 * measured in assets squared and not in eigenvalues.
 */
export class StressedDesk {
  readonly correlation: Measured<Rows>;
  readonly #volatilities: Float64Array;
  readonly #tables = new Map<Regime, Measured<Tables>>();

  constructor({ assets, returns, volatilities }: Scenarios) {
    this.#volatilities = volatilities;
    this.correlation =
      assets.length > STRESSED_ASSETS_MAX
        ? refused("out-of-range", `stress is measured for up to ${STRESSED_ASSETS_MAX} assets`)
        : assets.length === 1
          ? measured([[1]])
          : correlationMatrix(returns);
    for (const regime of REGIMES.slice(REGIMES.indexOf(LEAST_REGIME))) {
      this.#tables.set(regime, this.#made(regime));
    }
  }

  #made(regime: Regime): Measured<Tables> {
    if (!this.correlation.ok) return this.correlation;
    const matrices = stressedMatrices(this.correlation.value, regime);
    if (!matrices.ok) return matrices;
    const { volatility } = REGIME_EFFECTS[regime];
    const wide = this.#volatilities.map((one) => one * volatility);
    const tables: Record<StressKind, Rows> = {
      "as-measured": [],
      "drawn-together": [],
      "fallen-apart": [],
    };
    for (const kind of STRESS_KINDS) {
      const covariance = covarianceOf(wide, matrices.value[kind].matrix);
      if (!covariance.ok) return covariance;
      tables[kind] = covariance.value;
    }
    return measured(tables);
  }

  /**
   * One-day normal VaR about a mean of zero under the worst of three assumptions.
   *
   * @param exposures by asset of the history, signed, in USDC.
   */
  measure(exposures: Float64Array, tail: Ppm, now: Regime): Measured<StressedVar> {
    const fault = faultOfTail(tail) ?? faultOf(exposures, 1, "exposures");
    if (fault) return fault;
    const regime = stressRegime(now);
    const tables = must(this.#tables.get(regime), "every regime of stress has its tables");
    if (!tables.ok) return tables;
    const z = -normalQuantile(toFraction(tail));
    let most: StressedVar = { var: 0, regime, worst: "as-measured" };
    for (const worst of STRESS_KINDS) {
      const square = dot(exposures, timesVector(tables.value[worst], exposures));
      const loss = z * Math.sqrt(Math.max(0, square));
      if (loss > most.var) most = { var: loss, regime, worst };
    }
    return measured(most);
  }
}
