/** Policies about the venue, about who gets which cap, debts, and the kill switch. */
import { num, type Policy, refusal, rows, sends, text, type } from "./signs.ts";

const TAKEN: readonly Policy[] = [
  {
    ...{
      name: "ADL rank watch",
      field: "crisis.adl.reduceAtRank",
      does: "reduces before it is taken",
    },
    fires: type("AdlAvoided"),
  },
  {
    ...{ name: "ADL booked", field: "paper.crowd", does: "what the venue took, by lots" },
    fires: type("AutoDeleveraged"),
  },
  {
    ...{ name: "hedge bared", field: "crisis.adl.hedge", does: "the other leg is closed" },
    fires: type("HedgeBared"),
  },
  {
    ...{ name: "hedge put right", field: "crisis.adl.hedge", does: "orders for what stands bare" },
    fires: sends("naked-hedge"),
  },
  {
    ...{ name: "venue liquidation", field: "paper.crowd", does: "booked as the venue's event" },
    fires: type("VenueLiquidated"),
  },
  {
    ...{ name: "insurance fund", field: "paper.crowd", does: "pays what is below zero" },
    fires: type("VenueLiquidated", (e) => num(e, "covered") > 0),
  },
];

const CAPS: readonly Policy[] = [
  {
    ...{ name: "reallocation", field: "crisis.reallocate", does: "caps move by records" },
    fires: type(
      "Reallocated",
      (e) => text(e, "rule") === "sharpe" && text(e, "dryRun") === "false",
    ),
  },
  {
    ...{ name: "its cuts", field: "crisis.reallocate", does: "hold at once" },
    fires: type("CapCut"),
  },
  {
    ...{ name: "its raises", field: "raiseDelayMs", does: "wait their delay" },
    fires: type("CapRaised"),
  },
];

const DEBTS: readonly Policy[] = [
  {
    ...{ name: "payment inside", field: "command PayAgent", does: "in the ledger, no fee" },
    fires: type("InternalPaid"),
  },
  {
    ...{
      name: "netting of dues",
      field: "command SetAgreement",
      does: "debts become few transfers",
    },
    fires: type("DuesNetted", (e) => num(e, "cleared") > 0 && rows(e, "transfers") > 0),
  },
  {
    ...{ name: "dues wait for cash", field: "command SetAgreement", does: "nothing is paid short" },
    fires: type("DuesDeferred"),
  },
];

const KILLS: readonly Policy[] = [
  {
    ...{ name: "kill switch, agent", field: "command SetMode", does: "one agent is halted" },
    fires: type("ModeSet", (e) => e.agent !== "fleet" && text(e, "mode") === "halt"),
  },
  {
    ...{ name: "kill switch, venue", field: "command SetMode", does: "a venue is flattened" },
    fires: type("ModeSet", (e) => text(e, "venue") !== "" && text(e, "mode") === "flatten"),
  },
  {
    ...{ name: "kill switch, fleet", field: "command SetMode", does: "everything is flattened" },
    fires: type(
      "ModeSet",
      (e) => e.agent === "fleet" && text(e, "venue") === "" && text(e, "mode") === "flatten",
    ),
  },
  {
    ...{ name: "it refuses", field: "command SetMode", does: "no order that adds risk" },
    fires: (e) => refusal("halted")(e) || refusal("reduce_only")(e),
  },
  {
    ...{
      name: "not flat until flat",
      field: "command SetMode",
      does: "the venue has the last word",
    },
    fires: type("FlatReached"),
  },
];

export const VENUE_POLICIES: readonly Policy[] = [...TAKEN, ...CAPS, ...DEBTS, ...KILLS];
