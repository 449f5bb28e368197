/** Which weather the market is in, and what that does to correlations and volatilities. */
import { cell, faultOfCorrelation, filled, identity, type Rows } from "./matrix.ts";
import { type Repaired, repairCorrelation } from "./matrix-repair.ts";
import { type Measured, measured, refused } from "./refusal.ts";

/** The four of the requirement's table, calm to worst. */
export const REGIMES = ["range", "normal", "sell-off", "liquidity-crisis"] as const;
export type Regime = (typeof REGIMES)[number];

/** What a regime changes. */
export interface RegimeEffect {
  /**
   * Share of the way to one that every positive correlation is drawn: rho + pull (1 - rho).
   * Negative correlations are drawn up to zero by the same share: a hedge is not trusted to hold.
   */
  readonly pull: number;
  /** Factor of every volatility. */
  readonly volatility: number;
  /** Correlations of BTC/ETH, BTC/SOL and ETH/SOL, low and high, as the requirement prints them. */
  readonly printed: readonly (readonly [number, number])[];
}

/**
 * Effects by regime.
 *
 * The requirement prints margin factors of 0.85, 1.5 and 2.0 and lays them to correlation.
 * Correlation alone moves the volatility of its three-coin book by 5 to 9 % (9.4 % at all ones),
 * and lowers that of a long/short book, so the factors are taken for what they can only be:
 * volatilities. The pulls carry the middle of the normal row to the middle of each other row.
 */
export const REGIME_EFFECTS: Readonly<Record<Regime, RegimeEffect>> = {
  range: {
    pull: 0,
    volatility: 0.85,
    printed: [
      [0.6, 0.75],
      [0.5, 0.65],
      [0.55, 0.7],
    ],
  },
  normal: {
    pull: 0,
    volatility: 1,
    printed: [
      [0.75, 0.85],
      [0.65, 0.75],
      [0.7, 0.8],
    ],
  },
  "sell-off": {
    pull: 0.68,
    volatility: 1.5,
    printed: [
      [0.9, 0.97],
      [0.85, 0.95],
      [0.88, 0.96],
    ],
  },
  "liquidity-crisis": {
    pull: 0.85,
    volatility: 2,
    printed: [
      [0.95, 0.99],
      [0.92, 0.98],
      [0.94, 0.99],
    ],
  },
};

/** What the regime is judged by. */
export interface Weather {
  /** Mean correlation of the recent window. */
  readonly averageCorrelation: number;
  /** Worst one-day return of the main markets, as a fraction: -0.1 is a fall of 10 %. */
  readonly worstDay: number;
  /** Recent over usual volatility. */
  readonly volatilityRatio: number;
  /** Recent over usual depth of the books; undefined where it is not known. */
  readonly depthRatio?: number;
}

/** Where each regime begins. Named options, not laws of nature. */
export const REGIME_EDGES = {
  sellOffDay: -0.1,
  sellOffCorrelation: 0.9,
  sellOffVolatility: 1.5,
  crisisDay: -0.2,
  crisisCorrelation: 0.95,
  crisisVolatility: 2.5,
  crisisDepth: 0.3,
  rangeCorrelation: 0.7,
  rangeVolatility: 0.85,
  /** To leave a regime towards calm, the edge must be cleared by this share of itself. */
  hysteresis: 0.1,
} as const;

/**
 * The regime of the weather, given the one before.
 *
 * Rule: crisis when books are thin in a fall, or a fall of 20 %, or correlation and volatility are
 * both at crisis level; sell-off on a fall of 10 %, or correlation and volatility both raised;
 * range when both are low. Towards calm it moves only past the edges by the hysteresis, to worse at
 * once.
 * None: `not-finite`, `out-of-range`.
 */
export function regimeOf(weather: Weather, before: Regime = "normal"): Measured<Regime> {
  const { averageCorrelation, worstDay, volatilityRatio, depthRatio = 1 } = weather;
  if (![averageCorrelation, worstDay, volatilityRatio, depthRatio].every(Number.isFinite)) {
    return refused("not-finite", "the weather is told in finite numbers");
  }
  if (Math.abs(averageCorrelation) > 1 || worstDay < -1 || volatilityRatio < 0 || depthRatio < 0) {
    return refused("out-of-range", "a correlation, return or ratio cannot be that");
  }
  const raw = judged(weather, 1);
  if (REGIMES.indexOf(raw) >= REGIMES.indexOf(before)) return measured(raw);
  const cautious = judged(weather, 1 - REGIME_EDGES.hysteresis);
  return measured(REGIMES.indexOf(cautious) >= REGIMES.indexOf(before) ? before : cautious);
}

/** The regime with every edge of alarm multiplied by `ease`: below one is more careful. */
function judged(weather: Weather, ease: number): Regime {
  const { averageCorrelation: rho, worstDay, volatilityRatio, depthRatio = 1 } = weather;
  const edges = REGIME_EDGES;
  const joint = (correlation: number, volatility: number): boolean =>
    rho >= correlation * ease && volatilityRatio >= volatility * ease;
  const thin = depthRatio <= edges.crisisDepth / ease && worstDay <= edges.sellOffDay * ease;
  if (
    thin ||
    worstDay <= edges.crisisDay * ease ||
    joint(edges.crisisCorrelation, edges.crisisVolatility)
  ) {
    return "liquidity-crisis";
  }
  if (
    worstDay <= edges.sellOffDay * ease ||
    joint(edges.sellOffCorrelation, edges.sellOffVolatility)
  ) {
    return "sell-off";
  }
  const calm =
    rho <= edges.rangeCorrelation * ease && volatilityRatio <= edges.rangeVolatility * ease;
  return calm ? "range" : "normal";
}

/**
 * Correlations as a regime would have them: each drawn towards one by its pull, repaired if need
 * be.
 *
 * None: faults of the matrix.
 */
export function regimeCorrelation(correlation: Rows, regime: Regime): Measured<Repaired> {
  const fault = faultOfCorrelation(correlation, "correlation");
  if (fault) return fault;
  const { pull } = REGIME_EFFECTS[regime];
  const drawn = filled(correlation.length, (i, j) => {
    const rho = cell(correlation, i, j);
    if (i === j) return 1;
    return rho >= 0 ? rho + pull * (1 - rho) : rho * (1 - pull);
  });
  return repairCorrelation(drawn);
}

/**
 * Correlations with every bond loosened by a share: what hurts a hedged book. Stays as fit as it
 * was.
 *
 * None: faults of the matrix, `out-of-range` for a share outside [0, 1].
 */
export function loosenedCorrelation(correlation: Rows, share: number): Measured<number[][]> {
  const fault = faultOfCorrelation(correlation, "correlation");
  if (fault) return fault;
  if (!(share >= 0 && share <= 1)) return refused("out-of-range", `a share was ${share}`);
  const unit = identity(correlation.length);
  return measured(
    filled(correlation.length, (i, j) => cell(unit, i, j) || (1 - share) * cell(correlation, i, j)),
  );
}
