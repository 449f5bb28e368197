/** Venue reports, taken in order, each number once. */
import { unreachable } from "../core/assert.ts";
import { refuse } from "../protocol/rejections.ts";
import type { VenueReport } from "../protocol/reports.ts";
import type { CommandOf } from "../protocol/turns.ts";
import type { Consequence, Context, Decision } from "./admission.ts";
import { betReported, seedReported } from "./bets.ts";
import { ownerOf, stopFailed } from "./closing.ts";
import { domainReported, isDomainReport } from "./domains-reported.ts";
import { escrowReported } from "./escrows.ts";
import { fillReported, orderDone } from "./fills.ts";
import { loanReported } from "./loans.ts";
import { fundingReported } from "./markets.ts";
import { keyOf } from "./state.ts";
import { rankReported, takenReported } from "./venue-events.ts";
import { moneyReported } from "./wallet.ts";

export function* takeReports(ctx: Context, { body }: CommandOf<"TakeReports">): Decision {
  const { reportsThrough } = ctx.law;
  const fresh = body.reports.filter((report) => report.seq > reportsThrough);
  for (const [index, report] of fresh.entries()) {
    const expected = reportsThrough + 1 + index;
    if (report.seq !== expected)
      return refuse("report_gap", `got ${report.seq}, expected ${expected}`);
  }
  const last = fresh.at(-1);
  if (last === undefined) return undefined;
  for (const report of fresh) yield* one(ctx, report);
  yield { type: "ReportsTaken", through: last.seq };
  return undefined;
}

function one(ctx: Context, report: VenueReport): Consequence {
  if (isDomainReport(report)) return domainReported(ctx, report);
  switch (report.type) {
    case "fill":
      return fillReported(ctx, report);
    case "orderDone":
      return orderDone(ctx, report);
    case "stopSet":
    case "stopFailed":
    case "stopTriggered":
      return stopReported(ctx, report);
    case "venueLiquidated":
    case "autoDeleveraged":
      return takenReported(ctx, report);
    case "adlRank":
      return rankReported(ctx, report);
    case "funding":
      return fundingReported(ctx, report);
    case "seedCommitted":
    case "seedRevealed":
      return seedReported(ctx, report);
    case "betSettled":
      return betReported(ctx, report);
    case "escrowFunded":
    case "escrowDelivered":
    case "escrowReleased":
    case "escrowRefunded":
    case "escrowDisputed":
    case "escrowDeclined":
      return escrowReported(ctx, report);
    case "loanOpened":
    case "loanCollateral":
    case "loanInterest":
    case "loanReturned":
      return loanReported(ctx, report);
    case "deposited":
    case "withdrawn":
      return moneyReported(ctx, report);
    default:
      return unreachable(report);
  }
}

type StopReport = Extract<VenueReport, { type: "stopSet" | "stopFailed" | "stopTriggered" }>;

function* stopReported(ctx: Context, report: StopReport): Consequence {
  const { agent, market } = ownerOf(report.slot);
  const { version } = report;
  const position = ctx.law.positions.get(keyOf(agent, market));
  if (position === undefined) {
    yield {
      type: "ReportUnmatched",
      report: `${report.type} ${report.slot}`,
      reason: "no position",
    };
    return;
  }
  // Older versions were replaced: only the last one asked for protects.
  const current = version === position.stopVersion;
  if (report.type === "stopSet") {
    // Less than was asked for protects only a part.
    if (current && report.qty >= position.stopQty)
      yield { type: "StopConfirmed", agent, market, version };
  } else if (report.type === "stopTriggered") {
    yield { type: "StopTriggered", agent, market, version };
  } else {
    yield* stopFailed(ctx, agent, market, version, report.reason);
  }
}
