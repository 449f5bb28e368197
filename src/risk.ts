/**
 * The entry `flotilla/risk`: margin, prices, value at risk, its examination, drift, stress and sizes, as a library.
 *
 * Files all of whose exports are for users are handed on whole, of the others what users need. Units are made by
 * `ppm`, `micro`, `qty` and `price`.
 */
export { type Micro, micro, type Price, price, type Qty, qty } from "./core/money.ts";
export { type Ppm, percent, ppm } from "./core/ppm.ts";
export {
  type Allocation,
  type BoundsOption,
  equalWeight,
  inverseVolatility,
  maximumDiversification,
  maximumSharpe,
  minimumVariance,
} from "./risk/allocation.ts";
export * from "./risk/allocation-bounded.ts";
export * from "./risk/allocation-hrp.ts";
export * from "./risk/backtest.ts";
export * from "./risk/backtest-dq.ts";
export * from "./risk/backtest-duration.ts";
export * from "./risk/backtest-live.ts";
export * from "./risk/backtest-shortfall.ts";
export {
  type Framework,
  type TrafficLight,
  trafficLight,
  type Zone as TrafficZone,
} from "./risk/backtest-traffic.ts";
export * from "./risk/collateral.ts";
export {
  type Book as WeightedBook,
  byOwner,
  type Contributions,
  normalComponentEs,
  normalComponentVar,
  normalIncrementalVar,
} from "./risk/component-var.ts";
export {
  type Concentration,
  type CorrelationKind,
  concentration,
  correlation,
  correlationMatrix,
  effectiveBets,
} from "./risk/correlation.ts";
export {
  type Alternative,
  type ComparisonTest,
  compareIndependent,
  correlationInterval,
  fisherZ,
  type IndependentPair,
  type Interval,
  type TestOptions,
} from "./risk/correlation-compare.ts";
export * from "./risk/correlation-dcc.ts";
export * from "./risk/correlation-dependent.ts";
export * from "./risk/correlation-jennrich.ts";
export * from "./risk/correlation-rolling.ts";
export {
  type Centre,
  type CovarianceOptions,
  type CovarianceSeed,
  correlationOf,
  covariance,
  covarianceOf,
  type EwmaOptions,
  ewmaCovariance,
  ewmaStep,
  portfolioVolatility,
  volatilities,
} from "./risk/covariance.ts";
export * from "./risk/covariance-shrinkage.ts";
export {
  binomialCdf,
  chiSquareCdf,
  chiSquareQuantile,
  chiSquareSf,
  fSf,
  normalCdf,
  normalPdf,
  normalQuantile,
  studentCdf,
  studentPdf,
  studentQuantile,
} from "./risk/distributions.ts";
export {
  BASELINE_MIN,
  type DriftAlarm,
  type DriftBaseline,
  type DriftMonitor,
  driftBaseline,
  driftMonitor,
  driftScan,
  driftStep,
  pearsonOfTau,
} from "./risk/drift.ts";
export {
  criticalValue,
  DRIFT_POWER,
  type DriftHorizon,
  type DriftPower,
  FALSE_ALARM_RATES,
} from "./risk/drift-calibration.ts";
export {
  type CusumOptions,
  type CusumResult,
  pearsonCusum,
  spearmanCusum,
} from "./risk/drift-cusum.ts";
export * from "./risk/drift-table.ts";
export {
  historicalEs,
  type ModifiedShortfallLevel,
  modifiedEs,
  normalEs,
  type ShortfallLevel,
  type TailMean,
} from "./risk/expected-shortfall.ts";
export * from "./risk/fhs.ts";
export {
  type AgentBook,
  createFleetVar,
  exposureOf,
  type FleetVar,
  type FleetVarSize,
  setMark,
  setPosition,
  setScenarios,
} from "./risk/fleet-var.ts";
export * from "./risk/fleet-var-measures.ts";
export {
  type Garch,
  type GarchFit,
  type GarchPath,
  type GarchStart,
  garchFilter,
  garchFit,
  garchHorizonVariance,
  persistence,
} from "./risk/garch.ts";
export * from "./risk/health.ts";
export {
  type Bet,
  betGrowth,
  type Drift as KellyDrift,
  fractionalKelly,
  growthRate,
  type KellyPortfolio,
  kellyBet,
  kellyBetBounded,
  kellyContinuous,
  kellyContinuousBounded,
  kellyOutcomes,
  kellyPortfolio,
  winRateBound,
} from "./risk/kelly.ts";
export * from "./risk/ladder.ts";
export * from "./risk/liquidation-price.ts";
export * from "./risk/liquidation-price-account.ts";
export * from "./risk/liquidation-price-float.ts";
export {
  initialMargin,
  type MarginTier,
  maintenanceMargin,
  positionLimit,
  tierOf,
  tiersFault,
} from "./risk/margin.ts";
export * from "./risk/margin-brackets.ts";
export * from "./risk/margin-rates.ts";
export type { Rows } from "./risk/matrix.ts";
export * from "./risk/matrix-repair.ts";
export {
  annualised,
  type Divisor,
  deviation,
  type EwmaSeed,
  ewmaVariance,
  type KurtosisRule,
  kurtosis,
  maxDrawdown,
  meanOf,
  type SkewnessRule,
  skewness,
  variance,
} from "./risk/moments.ts";
export * from "./risk/portfolio-margin.ts";
export * from "./risk/portfolio-margin-books.ts";
export { type QuantileRule, quantile, weightedQuantile } from "./risk/quantile.ts";
export type { Measured, RiskRefusal, RiskRefusalCode } from "./risk/refusal.ts";
export * from "./risk/regime.ts";
export * from "./risk/risk-parity.ts";
export { returnsOf, type Series, type SeriesSet } from "./risk/series.ts";
export * from "./risk/sizing.ts";
export * from "./risk/sizing-lp.ts";
export * from "./risk/stress.ts";
export * from "./risk/stress-scenarios.ts";
export {
  ewmaVar,
  type HistoricalLevel,
  type HorizonRule,
  historicalVar,
  type Level,
  type ModifiedFigure,
  modifiedVar,
  normalVar,
  type RiskFigure,
  type Shape,
  type ShapeOptions,
  shapeOf,
} from "./risk/var.ts";
export {
  type HistoricalBook,
  type HistoricalParts,
  type HistoricalShare,
  historicalComponents,
  historicalIncremental,
} from "./risk/var-component-historical.ts";
export * from "./risk/var-component-modified.ts";
export * from "./risk/var-downside.ts";
export * from "./risk/var-rolling.ts";
export * from "./risk/var-stressed.ts";
export {
  logLikelihood,
  type Student,
  studentByLikelihood,
  studentByMoments,
  studentEs,
  studentOfDeviation,
  studentVar,
} from "./risk/var-student.ts";
