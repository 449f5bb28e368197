/** Marks and funding: which prices are believed, and who pays what of a funding. */

import type { AgentId, MarketId } from "../core/ids.ts";
import { MARKS_PER_COMMAND_MAX } from "../core/limits.ts";
import { abs, type Micro, micro, mulDiv, type Price, qty } from "../core/money.ts";
import type { FleetEvent } from "../protocol/events.ts";
import { refuse } from "../protocol/rejections.ts";
import type { Mark, VenueReport } from "../protocol/reports.ts";
import type { CommandOf } from "../protocol/turns.ts";
import type { Consequence, Context, Decision } from "./admission.ts";
import { stillClosing } from "./fills.ts";
import { floorDue } from "./floors.ts";
import { keyOf, type Law } from "./state.ts";

/** How near two doubted readings must be for the second to confirm the first: 1 %. */
const CONFIRMS = 100n;

export function* setMarks(ctx: Context, { body }: CommandOf<"SetMarks">): Decision {
  if (body.marks.length > MARKS_PER_COMMAND_MAX) return refuse("bad_mark", "too many at once");
  const believed: Mark[] = [];
  const refused: FleetEvent[] = [];
  for (const mark of newestOf(body.marks)) {
    const held = ctx.law.markets.get(mark.market);
    if (held === undefined || mark.at <= held.sourceAt) continue;
    const fault = markFault(ctx.law, held, mark.price);
    if (fault === undefined) believed.push(mark);
    else
      refused.push({ type: "MarkRefused", market: mark.market, price: mark.price, reason: fault });
  }
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

/** One mark for each market: the newest, wherever it stands. */
function newestOf(marks: readonly Mark[]): Iterable<Mark> {
  const newest = new Map<MarketId, Mark>();
  for (const mark of marks) {
    if (mark.at >= (newest.get(mark.market)?.at ?? 0)) newest.set(mark.market, mark);
  }
  return newest.values();
}

/** Why a price is not believed. A jump is believed when the next reading says the same. */
function markFault(
  law: Law,
  held: { readonly mark: Price | undefined; readonly doubted: Price | undefined },
  now: Price,
): string | undefined {
  if (now <= 0n) return "a price is above zero";
  const jump = law.policy?.markJumpMax;
  if (held.mark === undefined || jump === undefined) return undefined;
  const far = abs(now - held.mark) * 1_000_000n > held.mark * BigInt(jump);
  if (!far) return undefined;
  const confirmed =
    held.doubted !== undefined && abs(now - held.doubted) * CONFIRMS <= held.doubted;
  return confirmed ? undefined : `moved more than ${jump} ppm at once`;
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
