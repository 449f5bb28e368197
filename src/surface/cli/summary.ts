/** What a run came to, taken from the journal itself after everything has come to rest. */
import type { PublicEvent } from "../../protocol/public.ts";
import { text } from "./fields.ts";
import type { Paint } from "./io.ts";
import { count, moment, plural, signedMoney } from "./numbers.ts";

/** Counted from the events of this run alone. */
export interface RunCounts {
  orders: number;
  fills: number;
  betsSettled: number;
  betsVerified: number;
  betsDisputed: number;
  escrowsReleased: number;
  loansOpened: number;
  refusals: number;
  /** Margin calls made, cured in time, ended by liquidation; and plans with steps. */
  calls: number;
  cured: number;
  resolved: number;
  plans: number;
  /** What was done by itself, by type of event. */
  duties: Record<string, number>;
  /** Zones that were entered, in the order of the first time. */
  zones: string[];
}

export const noCounts = (): RunCounts => ({
  orders: 0,
  fills: 0,
  betsSettled: 0,
  betsVerified: 0,
  betsDisputed: 0,
  escrowsReleased: 0,
  loansOpened: 0,
  refusals: 0,
  calls: 0,
  cured: 0,
  resolved: 0,
  plans: 0,
  duties: {},
  zones: [],
});

/** Duties as the operator counts them. */
const DUTIES = new Set([
  ...["MaintenanceAlert", "CashRaised", "PositionStopped", "PositionToppedUp", "DrawdownCut"],
  ...["TrailingStopHit", "ShortfallCut", "DryPowderDeployed", "LeverageScaled", "AdlAvoided"],
]);

/** Counts what a crisis brings; nothing while there is none. */
function countCrisis(counts: RunCounts, event: PublicEvent): void {
  const { type } = event;
  if (DUTIES.has(type)) counts.duties[type] = (counts.duties[type] ?? 0) + 1;
  else if (type === "MarginCalled") counts.calls += 1;
  else if (type === "MarginCured") counts.cured += 1;
  else if (type === "MarginResolved") counts.resolved += 1;
  else if (type === "LiquidationPlanned") {
    const { steps } = event;
    if (Array.isArray(steps) && steps.length > 0) counts.plans += 1;
  } else if (type === "ZoneChanged") {
    const zone = text(event, "to");
    if (!counts.zones.includes(zone)) counts.zones.push(zone);
  }
}

/** Counts one event of this run. */
export function countEvent(counts: RunCounts, event: PublicEvent): void {
  switch (event.type) {
    case "OrderApproved":
      counts.orders += 1;
      break;
    case "FillBooked":
      counts.fills += 1;
      break;
    case "BetSettled":
      counts.betsSettled += 1;
      break;
    case "BetChecked":
      if (text(event, "verified") === "true") counts.betsVerified += 1;
      else counts.betsDisputed += 1;
      break;
    case "EscrowReleased":
      counts.escrowsReleased += 1;
      break;
    case "LoanOpened":
      counts.loansOpened += 1;
      break;
    case "Rejected":
      counts.refusals += 1;
      break;
    default:
      countCrisis(counts, event);
  }
}

/** The last line of a run. Counts are since the fleet began, but for those in `run`. */
export interface Summary {
  readonly fleet: string;
  /** The journal's last message and its hash, as a second start will find them. */
  readonly seq: number;
  readonly headHash: string;
  readonly turns: number;
  readonly rejections: number;
  /** Approved orders, booked fills, settled bets, released escrows, opened loans. */
  readonly orders: number;
  readonly fills: number;
  readonly bets: number;
  readonly escrows: number;
  readonly loans: number;
  /** Every asset sums to zero, and at the end our books were equal to the venue's to the unit. */
  readonly conserved: boolean;
  /** The venue report as of which they were equal at the end; 0 when that was not seen. */
  readonly booksEqualThrough: number;
  readonly durability: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly betsChecked: number;
  readonly collateral: string;
  readonly marketTime: string;
  readonly results: Readonly<Record<string, string>>;
  readonly seconds: number;
  readonly run: Readonly<RunCounts>;
}

/** What there was of a crisis: a line, or none. */
function crisisLines({ calls, cured, resolved, plans, duties, zones }: Readonly<RunCounts>) {
  const done = Object.entries(duties).map(([type, times]) => `${type} ${times}`);
  if (calls === 0 && done.length === 0 && zones.length === 0) return [];
  const ends = [`${cured} cured`, `${resolved} resolved by liquidation`].join(", ");
  return [
    `  crisis     zones ${zones.length === 0 ? "none" : zones.join(", ")}; ` +
      `${plural(calls, "margin call")} (${ends}), ${plural(plans, "plan")}; ` +
      `duties: ${done.length === 0 ? "none" : done.join(", ")}`,
  ];
}

/** The summary for eyes: what was saved and where. */
export function summaryLines(
  summary: Summary,
  where: string,
  again: string,
  paint: Paint,
): string[] {
  const { run } = summary;
  const verdict = summary.conserved
    ? paint.green("the books add up: every asset sums to zero, and the venue's books say the same")
    : paint.red("the books were not found equal to the venue's at the end");
  const results = Object.entries(summary.results).map(
    ([agent, result]) => `${agent} ${signedMoney(result)}`,
  );
  const disputed = run.betsDisputed === 0 ? "" : paint.red(`, ${run.betsDisputed} not`);
  const proofs = `${count(run.betsVerified)} proven fair${disputed}`;
  return [
    "",
    `${paint.bold("stopped")} after ${summary.seconds} s, market time ${summary.marketTime}`,
    `  this run   ${plural(run.orders, "order")}, ${plural(run.fills, "fill")}, ` +
      `${plural(run.betsSettled, "bet")} (${proofs}), ` +
      `${plural(run.escrowsReleased, "escrow")} released, ` +
      `${plural(run.loansOpened, "loan")} opened, ${plural(run.refusals, "refusal")}`,
    ...crisisLines(run),
    `  results    ${results.join(", ")} USDC since the fleet began`,
    `  decisions  ${count(summary.turns)} since the fleet began, ` +
      `${count(summary.rejections)} refused; p50 ${summary.p50Ms} ms, p99 ${summary.p99Ms} ms, ` +
      summary.durability,
    `  books      ${verdict}`,
    `  saved      journal message ${summary.seq}, ` +
      `head ${summary.headHash.slice(0, 16)}, in ${where}`,
    `  go on      ${again}`,
  ];
}

export const marketText = (at: number): string => (at === 0 ? "-" : `${moment(at)} UTC`);
