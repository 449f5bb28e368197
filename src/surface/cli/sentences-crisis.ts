/** Crises in words: calls, duties, plans, what the venue took, and how the reserve and the caps moved. */
import type { PublicEvent } from "../../protocol/public.ts";
import { number, text } from "./fields.ts";
import { coinOf, count, money, percent, plural, priceText, signedMoney, span } from "./numbers.ts";

type Say = (event: PublicEvent) => string;

const coin: Say = (e) => coinOf(text(e, "market"));
const size: Say = (e) => `${count(text(e, "qty"))} ${coin(e)}`;

/** Rows of an event, read without trusting that they are any. */
const rows = (e: PublicEvent, field: string): readonly Readonly<Record<string, unknown>>[] => {
  const held = e[field];
  return Array.isArray(held) ? (held as readonly Readonly<Record<string, unknown>>[]) : [];
};
const rowText = (row: Readonly<Record<string, unknown>>, field: string): string =>
  text(row as PublicEvent, field);

/** What a mode holds for: an agent, the fleet, or what is at one venue. */
export const scopeOf: Say = (e) =>
  text(e, "venue") === "" ? text(e, "agent") : `venue ${text(e, "venue")}`;

const ratios: Say = (e) =>
  `${percent(number(e, "utilization"))} reserved, maintenance ` +
  `${percent(number(e, "maintenanceRatio"))} of equity ${money(text(e, "equity"))}`;

const steps: Say = (e) =>
  rows(e, "steps")
    .slice(0, 4)
    .map((step) => {
      const what = `${rowText(step, "kind")} ${count(rowText(step, "qty"))}`;
      return `${what} ${coinOf(rowText(step, "market"))} of ${rowText(step, "of")}`;
    })
    .join(", ");

/** The dearest simple rule that would have done: what the plan is measured against. */
const dearest: Say = (e) => {
  const all = rows(e, "alternatives").map((row) => ({
    rule: rowText(row, "rule"),
    cost: Number(rowText(row, "cost")),
  }));
  const worst = all.sort((a, b) => b.cost - a.cost)[0];
  return worst === undefined ? "" : `; ${worst.rule} would have cost ${money(worst.cost)}`;
};

/** What of a plan waits for fuller books, as `{steps, expected, atOnce}`. */
const waits: Say = (e) => {
  const held = (e["waiting"] ?? {}) as PublicEvent;
  const many = number(held, "steps");
  if (many === 0) return "";
  const [so, atOnce] = [money(text(held, "expected")), money(text(held, "atOnce"))];
  const who = `${plural(many, "order")} ${many === 1 ? "waits" : "wait"}`;
  return `${who} for fuller books: ${so} expected in place of ${atOnce}`;
};

const planned: Say = (e) => {
  const [none, later] = [rows(e, "steps").length === 0, waits(e)];
  if (none && later !== "") return later;
  const paced = number(e, "pacedUntil") - e.time;
  const until = paced > 0 ? `; the pace lets more go in ${span(paced)}` : "";
  if (none && paced > 0) return `nothing to close yet${until}`;
  if (none) return `nothing to close, ${money(text(e, "shortfall"))} short`;
  const gap = `at most ${percent(number(e, "gap"))} above the bound`;
  const cost = `${money(text(e, "cost"))} USDC, ${gap}`;
  const pressed = (e["knockOn"] as { of?: readonly string[] } | undefined)?.of ?? [];
  const forced = pressed.length === 0 ? "" : `; makes ${pressed.join(", ")} sell too`;
  const so = `${steps(e)}; frees ${money(text(e, "freed"))} for ${cost}`;
  const said = `${so}${dearest(e)}${forced}${until}`;
  return later === "" ? said : `${said}; ${later}`;
};

/** Whose it was, and how much of each. */
const taken: Say = (e) => {
  const parts = rows(e, "parts").map(
    (row) => `${count(rowText(row, "qty"))} of ${rowText(row, "of")}`,
  );
  return parts.length === 0 ? "" : `: ${parts.join(", ")}`;
};

const CALLS = {
  MarginCalled: (e) =>
    `MARGIN CALL ${text(e, "call")} for ${text(e, "cause")}: ${money(text(e, "need"))} USDC must ` +
    `come free within ${span(number(e, "graceEndsAt") - e.time)} (${ratios(e)})`,
  MarginCured: (e) => `${text(e, "call")} is cured: ${ratios(e)}`,
  MarginExpired: (e) => `the grace of ${text(e, "call")} is over: ${ratios(e)}`,
  MarginResolved: (e) => `${text(e, "call")} is resolved: ${ratios(e)}`,
  LiquidationPlanned: (e) => `plan for ${text(e, "call")}: ${planned(e)}`,
  CashRaised: (e) =>
    `cash for ${text(e, "because")}: ${plural(rows(e, "steps").length, "source")} ` +
    `${rows(e, "steps").length === 1 ? "brings" : "bring"} ` +
    `${money(text(e, "covered"))} of ${money(text(e, "need"))} in time, for ` +
    `${money(text(e, "cost"))}`,
  PositionsCrossed: (e) => {
    const [long, short] = ["long", "short"].map((side) =>
      rowText((e[side] ?? {}) as Readonly<Record<string, unknown>>, "of"),
    );
    const at = `${priceText(text(e, "mark"))}, no order and no fee`;
    return `${size(e)} of ${long} and ${short} cross inside the fleet at ${at}`;
  },
} satisfies Readonly<Record<string, Say>>;

const DUTIES = {
  MaintenanceAlert: (e) =>
    `maintenance ${number(e, "to") > number(e, "from") ? "passes" : "falls below"} threshold ` +
    `${Math.max(number(e, "from"), number(e, "to"))}: ${ratios(e)}`,
  PositionStopped: (e) => {
    const maintenance = money(text(e, "maintenance"));
    const over = `equity ${money(text(e, "equity"))} over maintenance ${maintenance}`;
    if (text(e, "level") === "clear") return `${coin(e)} is past its soft stop again: ${over}`;
    const what = text(e, "level") === "hard" ? "the coordinator closes it" : "its agent is told";
    return `${text(e, "level")} stop of ${coin(e)}, ${what}: ${over}`;
  },
  PositionToppedUp: (e) => `puts ${money(text(e, "amount"))} more behind ${coin(e)}`,
  DryPowderDeployed: (e) =>
    `dry powder: ${money(text(e, "amount"))} for ${text(e, "cause")}, ` +
    `${money(text(e, "remaining"))} left (${text(e, "because")})`,
  DryPowderReturned: (e) =>
    `dry powder: ${money(text(e, "amount"))} come back (${text(e, "because")})`,
  TrailingStopHit: (e) =>
    `trailing stop: equity ${money(text(e, "equity"))} from ${money(text(e, "peak"))}; ` +
    "nothing opens until the operator resumes",
  DrawdownCut: (e) =>
    `lost ${percent(number(e, "drawdown"))} from its highest: ` +
    `keeps a cap of ${money(text(e, "cap"))}`,
  ShortfallCut: (e) => `unused cap cut to ${money(text(e, "cap"))}: losses took the cover`,
  InternalPaid: (e) => `pays ${money(text(e, "amount"))} to ${text(e, "to")} in the ledger`,
  Reallocated: (e) =>
    `caps weighed by ${text(e, "rule")}${text(e, "dryRun") === "true" ? ", told only" : ""}: ` +
    `turnover ${percent(number(e, "turnover"))} (${text(e, "because")})`,
  LeverageScaled: (e) =>
    `${coin(e)} moves ${percent(number(e, "volatility"))} a year: ` +
    `${percent(number(e, "to"))} of its leverage is left`,
  PeriodClosed: (e) => `period ${text(e, "period")} is closed`,
} satisfies Readonly<Record<string, Say>>;

const VENUE = {
  VenueLiquidated: (e) =>
    `the venue LIQUIDATED ${size(e)} at ${priceText(text(e, "price"))}, ` +
    (number(e, "covered") > 0
      ? `its insurance fund paid ${money(text(e, "covered"))}`
      : `fee ${money(text(e, "fee"))}`) +
    taken(e),
  AutoDeleveraged: (e) =>
    `the venue took ${size(e)} by auto-deleveraging at ${priceText(text(e, "price"))}${taken(e)}`,
  AdlRankSet: (e) =>
    `${coin(e)} stands at ${text(e, "lights")} of 5 lights in the deleveraging queue`,
  AdlAvoided: (e) => `closes ${size(e)} before the venue takes it (${text(e, "lights")} lights)`,
  HedgeBared: (e) =>
    `a hedge is naked (markets: ${text(e, "group")}): net ` +
    `${signedMoney(text(e, "netAfter"))} was ${signedMoney(text(e, "netBefore"))}; ` +
    text(e, "handling"),
  FlatReached: (e) => `${scopeOf(e)} is flat: our books and the venue's say so`,
  FlatLost: (e) => `${scopeOf(e)} is not flat any more`,
  SweepPaused: (e) => `the sweep to ${text(e, "mode")} goes on at the next tick`,
} satisfies Readonly<Record<string, Say>>;

/** By type of event. */
export const CRISIS_SENTENCES = { ...CALLS, ...DUTIES, ...VENUE };
