/** Turns a choice of lots into steps in the order in which they run, each with its reason. */
import { must } from "../core/assert.ts";
import { abs, divide } from "../core/money.ts";
import { at, type Book, qtyOf } from "./book.ts";
import type { Choice } from "./choice.ts";
import { cross } from "./crossing.ts";
import { impactCost, impactParts } from "./impact.ts";
import type { PlanCost, PlanMarket, PlanPosition, PlanStep, StepReason } from "./plan-types.ts";

/** What the planner knows beside the lots themselves. */
export interface Ground {
  readonly book: Book;
  readonly choice: Choice;
  /** The tier at which the target is met; the ones before it are closed whole. */
  readonly lastTier: number;
  readonly price: number;
}

const usd = (value: number): string => value.toFixed(2);

/** The parts of the cost of a choice. */
export function costParts(book: Book, choice: Choice): PlanCost {
  const sum = { temporary: 0, permanent: 0, secondRound: 0, fees: 0, funding: 0, hedge: 0 };
  book.markets.forEach((market, m) => {
    const parts = impactParts(market, at(choice.net, m), at(book.held, m));
    sum.temporary += parts.temporary;
    sum.permanent += parts.permanent;
    sum.secondRound += parts.rest;
    sum.fees += parts.fees;
  });
  book.positions.forEach((position, i) => {
    const lots = at(choice.lots, i);
    const part = Number(qtyOf(book, i, lots)) / Number(abs(position.qty));
    sum.funding += (position.funding ?? 0) * part;
    sum.hedge += (position.hedge ?? 0) * part;
  });
  const { temporary, permanent, secondRound, fees, funding, hedge } = sum;
  const total = temporary + permanent + secondRound + fees + funding + hedge;
  return { total, ...sum };
}

interface Piece {
  readonly i: number;
  readonly qty: bigint;
  readonly against?: string;
}

const positionOf = (book: Book, i: number): PlanPosition =>
  must(book.positions[i], "a step has a position");
const marketOf = (book: Book, i: number): PlanMarket =>
  must(book.markets[at(book.market, i)], "a position has a market");

/** Crossed pieces first, then orders: earlier tiers first, then the cheapest per margin. */
function pieces(ground: Ground): Piece[] {
  const { book, choice } = ground;
  const places = new Map(book.positions.map((position, i) => [position.id, i]));
  const placeOf = (id: string): number => must(places.get(id), "what is closed is in the book");
  const closings = book.positions.flatMap((position, i) => {
    const qty = qtyOf(book, i, at(choice.lots, i));
    if (qty === 0n) return [];
    return [{ ...position, qty: position.qty > 0n ? qty : -qty }];
  });
  const { crosses, rest } = cross(closings);
  const crossed = crosses.flatMap(({ long, short, qty }) => [
    { i: placeOf(long), qty, against: short },
    { i: placeOf(short), qty, against: long },
  ]);
  const rate = (piece: Piece): number => {
    const market = marketOf(book, piece.i);
    const held = at(book.held, at(book.market, piece.i));
    const lots = Number(piece.qty) / Number(market.lot);
    const sent = at(book.sign, piece.i) * at(book.value, piece.i) * lots;
    const paid = impactCost(market, sent, held) + at(book.linear, piece.i) * lots;
    return paid / Math.max(at(book.margin, piece.i) * lots, 1e-12);
  };
  const orders = rest.map((closing) => ({ i: placeOf(closing.id), qty: abs(closing.qty) }));
  const ranked = orders.map((piece) => ({
    piece,
    tier: positionOf(book, piece.i).tier,
    rate: rate(piece),
  }));
  ranked.sort((a, b) => a.tier - b.tier || a.rate - b.rate);
  return [...crossed, ...ranked.map(({ piece }) => piece)];
}

function because(reason: StepReason, ground: Ground, piece: Piece, cost: number): string {
  const { book, price } = ground;
  const { tier } = positionOf(book, piece.i);
  switch (reason) {
    case "crossed":
      return `closes against ${piece.against ?? ""} at the mark: no impact, no fee`;
    case "tier-exhausted":
      return `tier ${tier} does not free enough, so all of it that may be closed is closed`;
    case "cheapest":
      return (
        `costs ${usd(cost)} USDC in tier ${tier}; ` +
        `margin is bought at up to ${price.toFixed(6)} a USDC`
      );
    case "marginal":
      return (
        `the cheapest way to the rest in tier ${tier}, for ${usd(cost)} USDC; ` +
        "the target is met here"
      );
  }
}

/** The steps of a plan; their costs add up to the total in this order. */
export function stepsOf(ground: Ground): PlanStep[] {
  const { book, lastTier } = ground;
  const sent = new Float64Array(book.markets.length);
  const paid = new Float64Array(book.markets.length);
  const done = new Map<number, bigint>();
  const list = pieces(ground);
  return list.map((piece, place) => {
    const { i, qty, against } = piece;
    const m = at(book.market, i);
    const market = marketOf(book, i);
    const position = positionOf(book, i);
    const lots = Number(qty) / Number(market.lot);
    let cost = at(book.linear, i) * lots;
    if (against === undefined) {
      sent[m] = at(sent, m) + at(book.sign, i) * at(book.value, i) * lots;
      const now = impactCost(market, at(sent, m), at(book.held, m));
      cost += now - at(paid, m);
      paid[m] = now;
    }
    const before = done.get(i) ?? 0n;
    done.set(i, before + qty);
    const size = abs(position.qty);
    const frees = (position.margin * (before + qty)) / size - (position.margin * before) / size;
    const last = place === list.length - 1;
    const reason: StepReason =
      against !== undefined
        ? "crossed"
        : position.tier < lastTier
          ? "tier-exhausted"
          : last
            ? "marginal"
            : "cheapest";
    return {
      kind: against !== undefined ? "cross" : before + qty === size ? "close" : "reduce",
      position: position.id,
      agent: position.agent,
      market: market.id,
      side: position.qty > 0n ? "sell" : "buy",
      qty,
      lots: divide(qty, market.lot, "up"),
      ...(against === undefined ? {} : { against }),
      frees,
      cost,
      reason,
      because: because(reason, ground, piece, cost),
    };
  });
}
