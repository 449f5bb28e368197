/** The package's public entry: all that it takes to write a specialist of one's own. */
import {
  formatMicro,
  formatPrice,
  formatQty,
  max,
  micro,
  min,
  mulDiv,
  notional,
  qtyFor,
} from "./core/money.ts";
import { floorToLot, priceOf, qtyOf, unitsOf, usdcFrom, usdcOf } from "./sdk/amounts.ts";

export type { SpecialistPhase } from "../machines/specialist.ts";
export type { Micro, Price, Qty, Units } from "./core/money.ts";
export type { AgentCommandName, AgentRequest } from "./protocol/commands.ts";
export type { DomainView, SearchView } from "./protocol/domain-views.ts";
export type { JobView } from "./protocol/job-views.ts";
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
export type {
  BetPhase,
  DelegationPhase,
  DomainPhase,
  EscrowPhase,
  JobKind,
  JobPhase,
  LoanPhase,
  MarginMode,
  Mode,
  OrderPhase,
  PositionPhase,
  Service,
  Side,
  Zone,
} from "./protocol/words.ts";
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
export { type Cooldowns, cooled, isCooling } from "./sdk/cooldown.ts";
export {
  type Decision,
  defineSpecialist,
  type SpecialistDefinition,
  type Strategy,
  type StrategyContext,
} from "./sdk/define.ts";
export {
  INTENTS_MAX,
  type Intent,
  type IntentName,
  isReducing,
  type Outcome,
} from "./sdk/intent.ts";
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
  ...{ usdcOf, qtyOf, priceOf, unitsOf, usdcFrom, floorToLot },
  ...{ notional, qtyFor, formatMicro, formatQty, formatPrice },
  ...{ micro, mulDiv, min, max },
} as const;
