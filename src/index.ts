/** The package's public entry: all that it takes to write a specialist of one's own. */
import {
  abs,
  decimalsOf,
  formatMicro,
  formatPrice,
  formatQty,
  formatUnits,
  max,
  micro,
  min,
  mulDiv,
  notional,
  price,
  qty,
  qtyFor,
  toFloat,
  units,
} from "./core/money.ts";
import { betFault } from "./protocol/fair.ts";
import { ROLLS, termsOf } from "./protocol/games.ts";
import { optionKeyOf } from "./protocol/play.ts";
import { binomialCdf, normalQuantile } from "./risk/distributions.ts";
import { kellyBet, winRateBound } from "./risk/kelly.ts";
import { liquidationPrice, requirementAt } from "./risk/liquidation-price.ts";
import { correlationAwareSize, volatilityAdjustedLeverage } from "./risk/sizing.ts";
import {
  floorToLot,
  priceFloat,
  priceOf,
  qtyOf,
  unitsOf,
  usdcFloat,
  usdcFrom,
  usdcOf,
} from "./sdk/amounts.ts";

export { type SpecialistPhase, specialistMachine } from "../machines/specialist.ts";
export type { AssetId } from "./core/ids.ts";
export type { Micro, Price, Qty, Units } from "./core/money.ts";
export { type Ppm, ppm } from "./core/ppm.ts";
export { YEAR } from "./core/time.ts";
export type { AgentCommandName, AgentRequest } from "./protocol/commands.ts";
export type { DomainView, SearchView } from "./protocol/domain-views.ts";
export type { Hashes } from "./protocol/fair.ts";
export type { JobView } from "./protocol/job-views.ts";
export type { PlayView, Tally } from "./protocol/play.ts";
export { REJECTIONS, type RejectionCode, type RejectionEntry } from "./protocol/rejections.ts";
export type { Reply } from "./protocol/turns.ts";
export type {
  AdlView,
  AgentView,
  BetView,
  DelegationView,
  EscrowView,
  HoldingView,
  LoanView,
  MarketView,
  OfferView,
  OrderView,
  PositionView,
} from "./protocol/views.ts";
export {
  AT_FAULT,
  type AtFault,
  type BetPhase,
  type DelegationPhase,
  type DomainPhase,
  type EscrowPhase,
  JOB_KINDS,
  type JobKind,
  type JobPhase,
  type LoanPhase,
  type MarginMode,
  type Mode,
  type OrderPhase,
  type PositionPhase,
  type Service,
  SIDES,
  type Side,
  type Zone,
} from "./protocol/words.ts";
export type { LiquidationQuery } from "./risk/liquidation-price.ts";
export type { MarginTier } from "./risk/margin.ts";
export type { Rows } from "./risk/matrix.ts";
export { type Clock, systemClock } from "./sdk/clock.ts";
export {
  type ConformanceCheck,
  describeSpecialist,
  type TestApi,
  testSpecialist,
} from "./sdk/conformance.ts";
export type { ConformanceOptions } from "./sdk/conformance-ground.ts";
export { ConformanceError } from "./sdk/conformance-watch.ts";
export { type ConnectOptions, connectFleet } from "./sdk/connect.ts";
export { type Cooldowns, cooled, isCooling, wasMissed } from "./sdk/cooldown.ts";
export {
  type Decision,
  defineSpecialist,
  type SpecialistDefinition,
  type Strategy,
  type StrategyContext,
} from "./sdk/define.ts";
export { endWhenHung, type HangOptions } from "./sdk/hang.ts";
export {
  INTENTS_MAX,
  type Intent,
  type IntentName,
  isReducing,
  type Outcome,
} from "./sdk/intent.ts";
export {
  type Bought,
  buying,
  buyingFields,
  heardOf,
  lookedAt,
  noneBought,
  takenBack,
} from "./sdk/job-buying.ts";
export { type Reading, readingOf } from "./sdk/job-reading.ts";
export { resultOf } from "./sdk/job-result.ts";
export {
  type Inspected,
  inspectSteps,
  type LifecycleEvent,
  type LifecycleState,
} from "./sdk/lifecycle.ts";
export {
  type Beat,
  type BeatCounts,
  type CommandBody,
  type FleetLink,
  LinkError,
  type MarkMessage,
  type PublicEvent,
  type RequestOptions,
} from "./sdk/link.ts";
export { type Log, silentLog } from "./sdk/log.ts";
export type { MarkWake } from "./sdk/mark-watch.ts";
export {
  MemoryFleet,
  type MemoryFleetOptions,
  type Script,
  type Taken,
} from "./sdk/memory-fleet.ts";
export type { IntentCounts, SpecialistMetrics } from "./sdk/metrics.ts";
export type { Random } from "./sdk/random.ts";
export { type RunningSpecialist, runSpecialist } from "./sdk/run.ts";
export { type Ended, type RunOptions, TIMING, type Timing } from "./sdk/run-options.ts";
export { sampleDelegation, sampleMarket, sampleView } from "./sdk/sample-view.ts";
export { StrategyError } from "./sdk/session.ts";

/** Decimal texts of a view as exact integers, and back; a size made by statistics as money. */
export const amounts = {
  ...{ usdcOf, qtyOf, priceOf, unitsOf, usdcFrom, usdcFloat, priceFloat, floorToLot },
  ...{ notional, qtyFor, formatMicro, formatQty, formatPrice, formatUnits, decimalsOf },
  ...{ micro, price, qty, units, mulDiv, min, max, abs, toFloat },
} as const;

/** What the house's traders size and guard their positions by. */
export const sizing = {
  ...{ correlationAwareSize, volatilityAdjustedLeverage, liquidationPrice, requirementAt },
  ...{ binomialCdf, normalQuantile, kellyBet, winRateBound },
} as const;

/** A game's chances and payout, one text for an option, and whether a settled bet is what its seeds say. */
export const fair = { termsOf, optionKeyOf, betFault, ROLLS } as const;
