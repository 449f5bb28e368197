/** Every policy of a crisis by its name: the field of the fleet file, what it does, and what shows it. */
import type { PublicEvent } from "../../protocol/public.ts";
import { VENUE_POLICIES } from "./policies-venue.ts";
import { num, type Policy, refusal, rose, rows, type Sign, sends, text, type } from "./signs.ts";

/** A plan that does something about a margin call. */
const ofCall: Sign = (e) => text(e, "call").startsWith("call-") && rows(e, "steps") > 0;

const MARGIN: readonly Policy[] = [
  {
    ...{ name: "yellow zone", field: "zones.yellow", does: "no new leveraged risk" },
    fires: refusal("zone_closed"),
  },
  {
    ...{ name: "orange zone", field: "zones.orange", does: "loans back, then reduce" },
    fires: type("CashRaised", (e) => text(e, "because") === "orange"),
  },
  {
    ...{ name: "recall of loans", field: "crisis.recallLoans", does: "loans are asked back" },
    fires: type("LoanRecallRequested"),
  },
  {
    ...{ name: "orange reduces", field: "crisis.reduceWithinMs", does: "closes what is missing" },
    fires: sends("orange"),
  },
  {
    ...{ name: "red zone", field: "zones.red", does: "a margin call on the fleet" },
    fires: type("MarginCalled", (e) => text(e, "cause") === "utilization"),
  },
  {
    ...{ name: "zone hysteresis", field: "zones.hysteresis", does: "back below it, not at it" },
    fires: type("ZoneChanged", (e) => !rose(text(e, "from"), text(e, "to"))),
  },
  ...[1, 2, 3].map(
    (nth): Policy => ({
      ...{ name: `alert ${nth} of maintenance`, field: "crisis.alerts", does: "is told once" },
      fires: type("MaintenanceAlert", (e) => num(e, "from") < nth && num(e, "to") >= nth),
    }),
  ),
  {
    ...{ name: "alert hysteresis", field: "crisis.hysteresis", does: "told again when past it" },
    fires: type("MaintenanceAlert", (e) => num(e, "to") < num(e, "from")),
  },
  {
    ...{ name: "call by maintenance", field: "crisis.callAt", does: "a margin call" },
    fires: type("MarginCalled", (e) => text(e, "cause") === "maintenance"),
  },
  {
    ...{ name: "liquidity ladder", field: "crisis.graceMs", does: "cheapest cash in time" },
    fires: type("CashRaised", (e) => text(e, "because").startsWith("call-")),
  },
  {
    ...{ name: "cure in the grace", field: "crisis.graceMs", does: "ends a call" },
    fires: type("MarginCured"),
  },
  {
    ...{ name: "end of the grace", field: "crisis.graceMs", does: "positions are closed" },
    fires: type("MarginExpired"),
  },
  {
    ...{ name: "liquidation plan", field: "crisis.depth", does: "least cost, beside simple rules" },
    fires: type("LiquidationPlanned", (e) => ofCall(e) && rows(e, "alternatives") > 0),
  },
  {
    ...{ name: "distress", field: "crisis.distress", does: "a plan weighs the next call too" },
    fires: type("LiquidationPlanned", (e) => ofCall(e) && e["distress"] !== undefined),
  },
  {
    ...{ name: "patience", field: "crisis.patience", does: "dear orders wait for fuller books" },
    fires: type("LiquidationPlanned", (e) => ofCall(e) && e["waiting"] !== undefined),
  },
  {
    ...{ name: "pace", field: "crisis.pace", does: "a market takes a part at a time" },
    fires: type("LiquidationPlanned", (e) => ofCall(e) && num(e, "pacedUntil") > 0),
  },
  {
    ...{
      name: "internal crossing",
      field: "crisis.reduceWithinMs",
      does: "long meets short, no fee",
    },
    fires: type("PositionsCrossed", (e) => text(e, "because") !== "settle"),
  },
  {
    ...{ name: "targets", field: "crisis.targetUtilization", does: "end a call by liquidation" },
    fires: type("MarginResolved"),
  },
];

const POSITIONS: readonly Policy[] = [
  {
    ...{ name: "soft stop", field: "crisis.softStop", does: "150 %: its agent is told" },
    fires: type("PositionStopped", (e) => text(e, "level") === "soft"),
  },
  {
    ...{ name: "hard stop", field: "crisis.hardStop", does: "130 %: the coordinator closes" },
    fires: type("PositionStopped", (e) => text(e, "level") === "hard"),
  },
  {
    ...{ name: "top-up", field: "crisis.topUp", does: "160 %: what the agent has left" },
    fires: type("PositionToppedUp"),
  },
  {
    ...{ name: "top-up from reserve", field: "crisis.topUpFromReserve", does: "then dry powder" },
    fires: type("DryPowderDeployed", (e) => text(e, "cause") === "top-up"),
  },
  {
    ...{
      name: "dry powder in a call",
      field: "crisis.powderCost",
      does: "where closing is dearer",
    },
    fires: type("DryPowderDeployed", (e) => text(e, "cause").startsWith("call-")),
  },
  {
    ...{ name: "dry powder comes back", field: "dryPowder", does: "when it is needed no more" },
    fires: type("DryPowderReturned"),
  },
  {
    ...{ name: "reserve by risk", field: "crisis.reserveRatio", does: "sized by value at risk" },
    fires: type("RegimeSet", (e) => num(e, "reserve") > 0),
  },
];

const LOSSES: readonly Policy[] = [
  {
    ...{ name: "drawdown ladder", field: "crisis.drawdownLadder", does: "cuts an agent's cap" },
    fires: type("DrawdownCut"),
  },
  {
    ...{ name: "trailing stop", field: "crisis.trailingStop", does: "shuts every opening" },
    fires: type("TrailingStopHit"),
  },
  {
    ...{ name: "trailing reduce", field: "crisis.trailingReduce", does: "and closes a part" },
    fires: sends("trailing-stop"),
  },
  {
    ...{ name: "floor", field: "agents.delegation.floor", does: "an agent may only reduce" },
    fires: type("FloorBreached"),
  },
  {
    ...{ name: "cuts on shortfall", field: "crisis.cutOnShortfall", does: "unused caps are cut" },
    fires: type("ShortfallCut"),
  },
];

const OPENINGS: readonly Policy[] = [
  {
    ...{ name: "calendar leverage", field: "crisis.calendar", does: "less leverage near an event" },
    fires: refusal("leverage_exceeded", (e) => text(e, "detail").endsWith("allowed 2000000 ppm")),
  },
  {
    ...{ name: "calendar buffer", field: "crisis.calendar", does: "cash kept near an event" },
    fires: refusal("buffer_kept"),
  },
  {
    ...{
      name: "volatility leverage",
      field: "crisis.volatility",
      does: "wild markets, less leverage",
    },
    fires: type("LeverageScaled", (e) => num(e, "to") < num(e, "from")),
  },
  {
    ...{
      name: "volatility lets go",
      field: "crisis.volatility",
      does: "calm markets, whole again",
    },
    fires: type("LeverageScaled", (e) => num(e, "to") > num(e, "from")),
  },
];

/** All of them, in the order in which the tour tells them. */
export const POLICIES: readonly Policy[] = [
  ...MARGIN,
  ...POSITIONS,
  ...LOSSES,
  ...OPENINGS,
  ...VENUE_POLICIES,
];

/** Whose turn an event is: the policies that it shows. */
export const shownBy = (event: PublicEvent): readonly Policy[] =>
  POLICIES.filter(({ fires }) => fires(event));
