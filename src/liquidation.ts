/** The entry `flotilla/liquidation`: plans, ladders, cascades, deleveraging and netting, as a library. */
export {
  type AdlRound,
  adlRound,
  burden,
  cappedProRata,
  minMax,
  proRata,
  queue,
  type RiskWeight,
  riskAwareShares,
} from "./liquidation/adl.ts";
export {
  type AdlPosition,
  type AdlScore,
  adlRank,
  adlScore,
  type ContractRound,
  type ContractsClosed,
  contractsProRata,
  lotsForHaircuts,
  type Side,
  type WholeRounding,
} from "./liquidation/adl-lots.ts";
export { planAs } from "./liquidation/by-rule.ts";
export {
  type CascadeAgent,
  type CascadeAsset,
  type CascadeInput,
  type CascadeOutcome,
  cascade,
  overlaps,
} from "./liquidation/cascade.ts";
export {
  type Clearing,
  type ClearingInput,
  type Contagion,
  clearingVector,
  defaultCascade,
} from "./liquidation/clearing.ts";
export { type Closing, type Cross, type Crossed, cross } from "./liquidation/crossing.ts";
export {
  assetForLiability,
  baseToCover,
  type CheapestReduction,
  cheapestReduction,
  liabilityForAsset,
  liabilityToCover,
  perpInsuranceFee,
  type RatedPosition,
  shareToLiquidate,
  smallestSlice,
  spotInsuranceFee,
} from "./liquidation/deleveraging.ts";
export {
  afterPlan,
  closedBy,
  type Distress,
  type DistressOptions,
  type DistressPlan,
  lastTier,
  planInDistress,
} from "./liquidation/distress.ts";
export { ordersOf, planFewer } from "./liquidation/fewer.ts";
export {
  executionPrice,
  type ImpactParts,
  impactCost,
  impactFromDepth,
  impactParts,
  isConvex,
  type MarketImpact,
} from "./liquidation/impact.ts";
export {
  depositHaircut,
  impliedRatio,
  lossPerContract,
  type ReserveSize,
  reserveSize,
  type Waterfall,
  waterfall,
} from "./liquidation/insurance.ts";
export {
  CASH_KINDS,
  type CashKind,
  type CashSource,
  climb,
  type LadderInput,
  type LadderPlan,
  type LadderStep,
} from "./liquidation/ladder.ts";
export {
  type Netted,
  netBilaterally,
  netMultilaterally,
  netPositions,
  type Obligation,
  type Settlement,
  settle,
} from "./liquidation/netting.ts";
export { type Grace, type Patient, patient } from "./liquidation/patience.ts";
export type {
  Alternative,
  Plan,
  PlanCost,
  PlanInput,
  PlanMarket,
  PlanPosition,
  PlanStep,
  StepReason,
  UntouchedReason,
} from "./liquidation/plan-types.ts";
export { type PlanOptions, plan } from "./liquidation/planner.ts";
export {
  drawdownKeeps,
  naiveSharpe,
  POD_LADDER,
  REALLOCATION,
  type Reallocation,
  type ReallocationPolicy,
  type Rung,
  reallocate,
  type Skill,
  type Skills,
  skills,
} from "./liquidation/reallocation.ts";
export { type RungOptions, reduceSources } from "./liquidation/reduce-sources.ts";
export { planByRule, type RulePlan } from "./liquidation/rule-plan.ts";
export { SIMPLE_RULES, type SimpleRule } from "./liquidation/rules.ts";
export {
  type Disposal,
  disposalStep,
  type Schedule,
  type ScheduleInput,
  schedule,
} from "./liquidation/schedule.ts";
export { assetsOf, type SecondRound, secondRound } from "./liquidation/second-round.ts";
export { type Spared, sparing } from "./liquidation/sparing.ts";
export type { Measured, RiskRefusal, RiskRefusalCode } from "./risk/refusal.ts";
