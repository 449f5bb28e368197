/** What the venue took unasked is booked to the agents that held it, and a hedge left bare is seen to. */
import { must } from "../core/assert.ts";
import type { AgentId } from "../core/ids.ts";
import { byLots, byParts } from "../core/lots.ts";
import { abs, type Micro, micro, type Qty, qty } from "../core/money.ts";
import type { EffectName } from "../protocol/effects.ts";
import type { TakenFacts, TakenPart } from "../protocol/events-venue.ts";
import type { VenueReport } from "../protocol/reports.ts";
import { signOf } from "../protocol/words.ts";
import type { Consequence, Context } from "./admission.ts";
import { fitStop } from "./closing.ts";
import { bookFill, fillReported, stillClosing } from "./fills.ts";
import { floorDue } from "./floors.ts";
import { baredHedges, hedgesOf } from "./hedges.ts";
import { keyOf, type Law } from "./state.ts";

type Taken = Extract<VenueReport, { type: "venueLiquidated" | "autoDeleveraged" }>;

function faultOf(law: Law, report: Taken): string | undefined {
  if (law.venue.taken.has(report.name)) return "it is booked already";
  if (!law.markets.has(report.market)) return "no such market";
  const positive = report.qty > 0n && report.price > 0n && report.notional >= 0n;
  return positive ? undefined : "quantity, price and value are positive";
}

/** Who holds what the venue closed, in the order of their names. */
function holders(law: Law, { market, side }: Taken): readonly { of: AgentId; size: Qty }[] {
  const found: { of: AgentId; size: Qty }[] = [];
  for (const of of [...(law.markets.get(market)?.positions ?? [])].sort()) {
    const held = law.positions.get(keyOf(of, market))?.qty ?? 0n;
    if (held !== 0n && held > 0n === (side === "sell")) found.push({ of, size: qty(abs(held)) });
  }
  return found;
}

/** What each holder loses, and what is left that nobody is known to hold. */
function partsOf(law: Law, report: Taken): { parts: TakenPart[]; rest: Rest | undefined } {
  const { market, side } = report;
  const lot = must(law.markets.get(market), "the market is known").policy.lot;
  const held = holders(law, report);
  const sizes = byLots(
    report.qty,
    held.map(({ size }) => size),
    lot,
  );
  const known = sizes.reduce((sum, size) => sum + size, 0n);
  const quantities = [...sizes, qty(report.qty - known)];
  const liquidated = report.type === "venueLiquidated" ? report : undefined;
  const values = byParts(report.notional, quantities);
  const fees = byParts(liquidated?.fee ?? micro(0n), quantities);
  const covered = byParts(liquidated?.covered ?? micro(0n), quantities);
  const of = (amounts: readonly Micro[], i: number): Micro => amounts[i] ?? micro(0n);
  const parts = held.flatMap((holder, i): TakenPart[] => {
    const size = sizes[i] ?? qty(0n);
    if (size === 0n) return [];
    const before = must(law.positions.get(keyOf(holder.of, market)), "who holds has a position");
    const booked = bookFill(before, signOf(side), size, of(values, i));
    return [
      {
        of: holder.of,
        qty: size,
        notional: of(values, i),
        fee: of(fees, i),
        realized: micro(booked.realized + of(covered, i)),
        positionQty: booked.qty,
        positionCost: booked.cost,
        positionMargin: booked.margin,
      },
    ];
  });
  const last = held.length;
  const size = quantities[last] ?? qty(0n);
  if (size === 0n) return { parts, rest: undefined };
  const rest = { notional: of(values, last), fee: of(fees, last), covered: of(covered, last) };
  return { parts, rest: { size, ...rest } };
}

interface Rest {
  readonly size: Qty;
  readonly notional: Micro;
  readonly fee: Micro;
  readonly covered: Micro;
}

/**
 * Books a position, or a part of one, that the venue took.
 *
 * Rule: among the agents on the side that was closed, by lots in proportion to what each holds; money
 * by the quantities. What more was taken than anybody holds is a trade of the fleet's own, and closed.
 */
export function* takenReported(ctx: Context, report: Taken): Consequence {
  const { law } = ctx;
  const fault = faultOf(law, report);
  if (fault !== undefined) {
    yield { type: "ReportUnmatched", report: `${report.type} ${report.name}`, reason: fault };
    return;
  }
  const { name, market, side, price, mark } = report;
  const { parts, rest } = partsOf(law, report);
  const before = hedgesOf(law, market, parts);
  const facts: TakenFacts = {
    ...{ name, market, side, price, mark, parts },
    qty: qty(report.qty - (rest?.size ?? 0n)),
    notional: micro(report.notional - (rest?.notional ?? 0n)),
  };
  if (report.type === "autoDeleveraged") yield { type: "AutoDeleveraged", ...facts };
  else {
    const { equity, maintenance } = report;
    const fee = micro(report.fee - (rest?.fee ?? 0n));
    const covered = micro(report.covered - (rest?.covered ?? 0n));
    yield { type: "VenueLiquidated", ...facts, fee, covered, equity, maintenance };
  }
  for (const { of } of parts) {
    const left = law.positions.get(keyOf(of, market));
    if (left !== undefined) yield* fitStop(ctx, of, market, left.stopPrice);
    yield* floorDue(ctx, of);
    yield* stillClosing(ctx, of, market);
  }
  yield* baredHedges(ctx, { name, market }, before);
  if (rest !== undefined) yield* unowned(ctx, report, rest);
}

function unowned(ctx: Context, report: Taken, rest: Rest): Consequence {
  const { name, market, side, price } = report;
  const { size: qty, notional, fee, covered } = rest;
  const trade = { trade: name, order: "" as EffectName, market, side, price, qty, notional, fee };
  return fillReported(ctx, { type: "fill", ...trade }, covered);
}

/** Where our position stands in the queue: kept, and acted on by the rules after the turn. */
export function* rankReported(
  ctx: Context,
  report: Extract<VenueReport, { type: "adlRank" }>,
): Consequence {
  const { market, position, lights, ahead } = report;
  if (!ctx.law.markets.has(market)) {
    yield { type: "ReportUnmatched", report: `adlRank ${market}`, reason: "no such market" };
    return;
  }
  yield { type: "AdlRankSet", market, position, lights, ahead };
}
