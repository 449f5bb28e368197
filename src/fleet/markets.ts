/** Marks and funding: which prices are believed, and who pays what of a funding. */

import type { AgentId } from "../core/ids.ts";
import { MARKS_PER_COMMAND_MAX } from "../core/limits.ts";
import { type Micro, micro, mulDiv, type Price, qty } from "../core/money.ts";
import { refuse } from "../protocol/rejections.ts";
import type { VenueReport } from "../protocol/reports.ts";
import type { CommandOf } from "../protocol/turns.ts";
import type { Consequence, Context, Decision } from "./admission.ts";
import { ofSources, ofVenue } from "./believing.ts";
import { stillClosing } from "./fills.ts";
import { floorDue } from "./floors.ts";
import { keyOf } from "./state.ts";

export function* setMarks(ctx: Context, { body }: CommandOf<"SetMarks">): Decision {
  if (body.marks.length > MARKS_PER_COMMAND_MAX) return refuse("bad_mark", "too many at once");
  const rules = ctx.law.policy?.prices;
  const { believed, refused } =
    rules === undefined ? ofVenue(ctx.law, body.marks) : yield* ofSources(ctx, rules, body.marks);
  if (believed.length > 0) yield { type: "MarksSet", marks: believed };
  yield* refused;
  const agents = new Set<AgentId>();
  for (const mark of believed) {
    for (const agent of ctx.law.markets.get(mark.market)?.positions ?? []) agents.add(agent);
  }
  for (const agent of [...agents].sort()) {
    yield* floorDue(ctx, agent);
    // What could not be closed for want of a mark is closed at the first one.
    for (const { market } of believed) yield* stillClosing(ctx, agent, market);
  }
  return undefined;
}

/**
 * Shares one funding payment on the net position out to the agents whose positions make it up.
 *
 * Formula:  share = -quantity x mark x rate, positive is received.
 * Rounding: each share down, against the agent; the rest goes to the fleet's rounding account.
 */
export function* fundingReported(
  ctx: Context,
  report: Extract<VenueReport, { type: "funding" }>,
): Consequence {
  const held = ctx.law.markets.get(report.market);
  if (held === undefined) {
    yield { type: "ReportUnmatched", report: `funding ${report.market}`, reason: "no such market" };
    return;
  }
  const shares: { agent: AgentId; amount: Micro }[] = [];
  let sum = 0n;
  for (const agent of [...held.positions].sort()) {
    const position = ctx.law.positions.get(keyOf(agent, report.market));
    if (position === undefined || position.qty === 0n) continue;
    const amount = fundingOf(qty(position.qty), report.mark, report.rateNano);
    if (amount === 0n) continue;
    shares.push({ agent, amount });
    sum += amount;
  }
  yield {
    type: "FundingBooked",
    market: report.market,
    rateNano: report.rateNano,
    mark: report.mark,
    payment: report.payment,
    shares,
    remainder: micro(report.payment - sum),
  };
  for (const { agent } of shares) yield* floorDue(ctx, agent);
}

/** -quantity x mark x rate (in 1e-9), rounded down. Long pays where the rate is positive. */
export const fundingOf = (size: bigint, mark: Price, rateNano: bigint): Micro =>
  micro(mulDiv(-size * mark, rateNano, 10n ** 19n, "floor"));
