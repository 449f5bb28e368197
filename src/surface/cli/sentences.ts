/** One public event as one sentence, knowing nothing but the event. */
import type { FleetEvent } from "../../protocol/events.ts";
import type { PublicEvent } from "../../protocol/public.ts";
import { number, text, values } from "./fields.ts";
import {
  coinOf,
  count,
  moment,
  money,
  multiple,
  percent,
  plainText,
  plural,
  priceText,
  signedMoney,
  span,
} from "./numbers.ts";
import { BET_SENTENCES } from "./sentences-bets.ts";
import { CRISIS_SENTENCES, scopeOf } from "./sentences-crisis.ts";
import { DUES_SENTENCES } from "./sentences-dues.ts";
import { PRICE_SENTENCES } from "./sentences-prices.ts";
import { REFERRAL_SENTENCES } from "./sentences-referrals.ts";

type Say = (event: PublicEvent) => string;

const coin: Say = (e) => coinOf(text(e, "market"));
const units: Say = (e) => `${count(text(e, "units"))} ${text(e, "asset")}`;
const because: Say = (e) => (text(e, "reason") === "" ? "" : `: ${text(e, "reason")}`);

/** What a job of kind hedge asks for, in words; "" of any other. */
const hedged: Say = ({ hedge }) => {
  if (typeof hedge !== "object" || hedge === null) return "";
  const of = { ...hedge } as PublicEvent;
  const side = text(of, "side") === "buy" ? "long" : "short";
  const size = `${count(text(of, "qty"))} ${coin(of)}`;
  return `, ${side} ${size}, covered up to ${money(text(of, "cover"))}`;
};
/** The mark that a hedge is settled from, or at; "" of any other job. */
const marked = (e: PublicEvent, word: string): string =>
  text(e, "mark") === "" ? "" : `, ${word} a mark of ${priceText(text(e, "mark"))}`;

const position: Say = (e) => {
  const held = number(e, "positionQty");
  if (held === 0) return "now flat";
  return `now ${held > 0 ? "long" : "short"} ${count(Math.abs(held))} ${coin(e)}`;
};

const GOVERNANCE = {
  FleetConfigured: (e) => `rules ${text(e, "policyHash").slice(0, 12)} are in force`,
  LeaderElected: (e) => `epoch ${text(e, "epoch")} is led by ${text(e, "holder")}`,
  AgentEnrolled: () => "joins the fleet",
  AgentRetired: () => "is retired",
  DelegationGranted: (e) =>
    `gets ${money(text(e, "cap"))} USDC for ${values(e, "services")}, up to ` +
    `${multiple(number(e, "maxLeverage"))}, ${text(e, "mode")}, ` +
    `lease ${span(number(e, "leaseMs"))}`,
  LeaseRenewed: (e) => `lease runs until ${moment(number(e, "expiresAt"))} UTC`,
  LeaseExpired: () => "is silent: its lease was not renewed and ran out; it may only reduce now",
  RaiseScheduled: (e) =>
    `cap rises to ${money(text(e, "cap"))} at ${moment(number(e, "effectiveAt"))} UTC`,
  CapRaised: (e) => `cap is ${money(text(e, "cap"))} USDC now`,
  RaiseVoided: (e) => `the raise is void${because(e)}`,
  CapCut: (e) => `cap is cut to ${money(text(e, "cap"))} USDC`,
  DelegationRecalled: (e) => `must give back what it holds by ${moment(number(e, "closeAt"))} UTC`,
  DelegationRevoked: () => "its delegation is revoked: it is closed down now",
  DelegationEnded: () => "its delegation has ended",
  FloorBreached: (e) =>
    `lost ${money(text(e, "loss"))} of ${money(text(e, "allowed"))} USDC allowed: reduce only`,
  AgentContained: (e) =>
    `is contained for ${text(e, "cause")}: ${count(text(e, "count"))} within ` +
    `${span(number(e, "windowMs"))}; only the operator lets it open again`,
  ModeSet: (e) => `${scopeOf(e)} is set to ${text(e, "mode")}${because(e)}`,
} satisfies Readonly<Record<string, Say>>;

const WALLET = {
  DepositRequested: (e) => `asks for a deposit of ${units(e)}`,
  Deposited: (e) => `${units(e)} arrived in the wallet`,
  WithdrawalApproved: (e) => `${units(e)} go to ${text(e, "to")}`,
  Withdrawn: (e) => `${units(e)} have left the wallet`,
  WithdrawalFailed: (e) => `the withdrawal of ${units(e)} failed`,
  ReservationHeld: (e) =>
    `holds ${money(text(e, "amount"))} USDC for ${text(e, "service")} as ${text(e, "reservation")}`,
  ReservationReleased: (e) => `gives ${money(text(e, "amount"))} USDC back`,
  ReservationPosted: (e) => `uses the ${money(text(e, "amount"))} USDC held`,
  ReservationVoided: (e) => `the hold of ${money(text(e, "amount"))} USDC is void`,
} satisfies Readonly<Record<string, Say>>;

const ORDERS = {
  OrderApproved: (e) =>
    `${text(e, "side")} ${count(text(e, "qty"))} ${coin(e)}, ` +
    `limit ${priceText(text(e, "limit"))}, holds ${money(text(e, "hold"))}${whyOf(e)}`,
  OrderWorking: (e) => `order ${text(e, "order")} works at the venue`,
  OrderUnresolved: (e) => `order ${text(e, "order")} is in doubt${because(e)}`,
  OrderRejected: (e) => `the venue rejects order ${text(e, "order")}${because(e)}`,
  FillBooked: (e) =>
    `${text(e, "side") === "buy" ? "bought" : "sold"} ${count(text(e, "qty"))} ${coin(e)} at ` +
    `${priceText(text(e, "price"))}, fee ${money(text(e, "fee"))}, realized ` +
    `${signedMoney(text(e, "realized"))}; ${position(e)}`,
  OrderClosed: (e) =>
    `order ${text(e, "order")} is ${text(e, "phase")}, ${count(text(e, "filled"))} filled`,
  CancelRequested: (e) => `cancels order ${text(e, "order")}`,
  StopRequested: (e) =>
    number(e, "qty") === 0
      ? `takes the stop of ${coin(e)} away`
      : `stop: ${text(e, "side")} ${count(text(e, "qty"))} ${coin(e)} at ` +
        `${priceText(text(e, "trigger"))}`,
  StopConfirmed: (e) => `the venue holds stop ${text(e, "version")} of ${coin(e)}`,
  StopFailed: (e) => `the stop of ${coin(e)} failed${because(e)}`,
  StopTriggered: (e) => `the stop of ${coin(e)} was hit`,
  PositionClosing: (e) => `the coordinator closes ${coin(e)}${because(e)}`,
} satisfies Readonly<Record<string, Say>>;

/** The strategy's note, or what forced the coordinator's hand. */
function whyOf(e: PublicEvent): string {
  const forced = text(e, "forced");
  const why = forced === "" ? text(e, "note") : `forced: ${forced}`;
  return why === "" ? "" : ` (${why})`;
}

const cover: Say = (e) =>
  `${money(text(e, "committed"))} committed, ${money(text(e, "collateral"))} collateral`;

/** Which part of the collateral is stable, and which was asked for. */
const stable: Say = (e) => {
  const least = number(e, "least");
  const asked = least === 0 ? "the rules ask no more" : `the rules ask for ${percent(least)}`;
  return `${percent(number(e, "share"))} of the collateral, ${asked}`;
};

const MARKET = {
  MarksSet: (e) => `${(e["marks"] as readonly unknown[] | undefined)?.length ?? 0} marks`,
  MarkRefused: (e) =>
    `the mark ${priceText(text(e, "price"))} of ${coin(e)} is not believed${because(e)}`,
  SettlementOffered: (e) => `offers to settle ${count(text(e, "qty"))} ${coin(e)} at the mark`,
  FundingBooked: (e) => `funding of ${coin(e)}: ${signedMoney(text(e, "payment"))} USDC`,
  ZoneChanged: (e) =>
    `zone ${text(e, "from")} -> ${text(e, "to")} at ` +
    `${percent(number(e, "utilization"))} utilization`,
  RegimeSet: (e) =>
    `weather ${text(e, "regime")}${text(e, "alarm") === "true" ? ", delegations frozen" : ""}` +
    because(e) +
    (number(e, "reserve") > 0 ? `; the reserve is ${money(text(e, "reserve"))}` : ""),
  HaircutScheduled: (e) =>
    `the haircut of ${text(e, "asset")} falls from ${percent(number(e, "from"))} to ` +
    `${percent(number(e, "to"))} at ${moment(number(e, "effectiveAt"))} UTC`,
  HaircutLoosened: (e) =>
    `the haircut of ${text(e, "asset")} is ${percent(number(e, "haircut"))} now`,
  RuleScheduled: (e) =>
    `the rule ${text(e, "rule")} stays ${text(e, "from") || "none"} until ` +
    `${moment(number(e, "effectiveAt"))} UTC, on its way to ${text(e, "to") || "none"}`,
  RuleLoosened: (e) => `the rule ${text(e, "rule")} is ${text(e, "to") || "none"} now`,
  StableShareLow: (e) => `stablecoins are ${stable(e)}`,
  StableShareRestored: (e) => `stablecoins are enough again: ${stable(e)}`,
  CoverageLost: (e) => `losses took the cover: ${cover(e)}`,
  CoverageRestored: (e) => `covered again: ${cover(e)}`,
} satisfies Readonly<Record<string, Say>>;

const OBLIGATIONS = {
  EscrowRequested: (e) =>
    `${text(e, "role") === "pay" ? "pays" : "earns"} ${money(text(e, "amount"))} ` +
    `${text(e, "role") === "pay" ? "to" : "from"} ${text(e, "counterparty")}: ` +
    `${text(e, "description")}`,
  EscrowFunded: (e) => `${text(e, "escrow")} is funded`,
  EscrowActRequested: (e) => `${text(e, "act")} of ${text(e, "escrow")}${because(e)}`,
  EscrowDelivered: (e) => `${text(e, "escrow")} is delivered`,
  EscrowReleased: (e) =>
    `${text(e, "escrow")} is released: ${money(text(e, "received"))} paid out, ` +
    `fee ${money(text(e, "fee"))}`,
  EscrowRefunded: (e) => `${text(e, "escrow")} is refunded: ${money(text(e, "amount"))}`,
  EscrowDisputed: (e) => `${text(e, "escrow")} is disputed${because(e)}`,
  EscrowFailed: (e) => `${text(e, "escrow")} came to nothing${because(e)}`,
  EscrowActFailed: (e) => `the act on ${text(e, "escrow")} failed${because(e)}`,
  LoanRequested: (e) =>
    `offers ${units(e)} for at least ${percent(number(e, "minRate"), 2)} a year`,
  LoanOpened: (e) => `${text(e, "loan")} earns ${percent(number(e, "rate"), 2)} a year`,
  LoanCollateral: (e) =>
    `${text(e, "loan")} is covered ${percent(number(e, "ratio"), 1)} by its borrower`,
  LoanInterest: (e) => `${text(e, "loan")} earned ${units(e)}`,
  LoanRecallRequested: (e) => `asks ${text(e, "loan")} back${because(e)}`,
  LoanReturned: (e) =>
    `${count(text(e, "principal"))} ${text(e, "asset")} came back with ` +
    `${count(text(e, "interest"))} interest` +
    `${text(e, "liquidated") === "true" ? ": its borrower was sold out" : ""}`,
  LoanFailed: (e) => `${text(e, "loan")} came to nothing${because(e)}`,
} satisfies Readonly<Record<string, Say>>;

const visited = (e: PublicEvent): string => plural(number(e, "visits"), "visit");

const DOMAINS = {
  DomainSearched: (e) => `looks for domains with ${text(e, "query")}`,
  DomainsFound: (e) =>
    `${plural((e["offers"] as readonly unknown[] | undefined)?.length ?? 0, "domain")} with ` +
    `${text(e, "query")} may be had`,
  DomainSearchFailed: (e) => `the search for ${text(e, "query")} failed${because(e)}`,
  DomainRequested: (e) =>
    `buys ${text(e, "domain")} for ${money(text(e, "cost"))}, holds ${money(text(e, "hold"))} ` +
    `with a renewal (${visited(e)} a day)`,
  DomainRegistered: (e) => `${text(e, "domain")} is ours for a year: ${money(text(e, "cost"))}`,
  DomainFailed: (e) => `${text(e, "domain")} was not had${because(e)}`,
  DomainActRequested: (e) => `${text(e, "act")} of ${text(e, "domain")}${because(e)}`,
  DomainActFailed: (e) => `the act on ${text(e, "domain")} failed${because(e)}`,
  DomainParked: (e) => `${text(e, "domain")} is parked`,
  DomainListed: (e) => `${text(e, "domain")} is for sale at ${money(text(e, "asking"))}`,
  DomainRenewed: (e) => `${text(e, "domain")} is renewed for ${money(text(e, "cost"))}`,
  DomainRevenue: (e) => `${text(e, "domain")} earned ${money(text(e, "amount"))}`,
  DomainSold: (e) =>
    `${text(e, "domain")} is sold to ${text(e, "buyer")}: got ${money(text(e, "received"))}, ` +
    `fee ${money(text(e, "fee"))}`,
  DomainDue: (e) => `${text(e, "domain")} runs out soon`,
  DomainLapsed: (e) => `${text(e, "domain")} ran out and may still be renewed`,
  DomainLost: (e) => `${text(e, "domain")} is lost`,
  JobPosted: (e) =>
    `offers ${money(text(e, "amount"))} for ${text(e, "kind")}: ${text(e, "brief")}${hedged(e)}`,
  JobTaken: (e) => `${text(e, "by")} takes ${text(e, "job")}`,
  JobDelivered: (e) =>
    `${text(e, "by")} delivers ${text(e, "job")}: ${text(e, "result")}${marked(e, "from")}`,
  JobEnded: (e) => `${text(e, "job")} is ${text(e, "phase")}${because(e)}${marked(e, "at")}`,
} satisfies Readonly<Record<string, Say>>;

const MACHINERY = {
  Rejected: (e) =>
    `refused ${text(e, "number")} ${text(e, "code")}: ${text(e, "message")}` +
    `${text(e, "detail") === "" ? "" : ` (${text(e, "detail")})`}`,
  EffectAnswered: (e) => `effect ${text(e, "name")} is ${text(e, "outcome")}${because(e)}`,
  ReportsTaken: (e) => `the venue's reports are taken up to ${text(e, "through")}`,
  ReportUnmatched: (e) => `a report fits nothing we know: ${text(e, "report")}${because(e)}`,
  DeadlinesPassed: (e) => `${text(e, "count")} deadlines have passed`,
  BooksDiffer: (e) =>
    `${text(e, "what")}: we say ${text(e, "ours")}, the venue ${text(e, "theirs")}`,
  BooksAgree: (e) => `our books and the venue's agree again as of report ${text(e, "through")}`,
} satisfies Readonly<Record<string, Say>>;

const ALL = {
  ...GOVERNANCE,
  ...WALLET,
  ...ORDERS,
  ...MARKET,
  ...BET_SENTENCES,
  ...OBLIGATIONS,
  ...DOMAINS,
  ...MACHINERY,
  ...CRISIS_SENTENCES,
  ...DUES_SENTENCES,
  ...REFERRAL_SENTENCES,
  ...PRICE_SENTENCES,
} satisfies Readonly<Record<FleetEvent["type"] | "Rejected", Say>>;

/** Types of events that this page has words for. */
export const KNOWN_EVENTS: readonly string[] = Object.keys(ALL);

const ENVELOPE = new Set(["id", "seq", "time", "agent", "type", "cause"]);

/** What happened, in words; an event of a newer fleet by its fields. */
export function sentence(event: PublicEvent): string {
  const say: Say | undefined = ALL[event.type as keyof typeof ALL];
  if (say !== undefined) return say(event);
  return Object.entries(event)
    .filter(([field]) => !ENVELOPE.has(field))
    .map(([field, value]) => plainText(`${field}=${JSON.stringify(value)}`))
    .join(" ")
    .slice(0, 400);
}

/** Every heartbeat of the machinery: true and rarely interesting. */
const ROUTINE = new Set([
  ...[
    "MarksSet",
    "PricesRead",
    "ReportsTaken",
    "DeadlinesPassed",
    "EffectAnswered",
    "LeaseRenewed",
  ],
  ...["OrderWorking", "StopConfirmed", "SeedCommitted", "EscrowFunded", "PeriodClosed"],
  ...["SweepPaused", "AdlRankSet"],
]);
export const isRoutine = (type: string): boolean => ROUTINE.has(type);
