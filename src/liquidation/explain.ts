/** Turns a choice of lots into steps in the order in which they run, each with its reason. */
import { abs } from "../core/money.ts";
import { at, type Book, qtyOf } from "./book.ts";
import type { Choice } from "./choice.ts";
import { cross } from "./crossing.ts";
import { impactCost, impactParts } from "./impact.ts";
import type { PlanCost, PlanStep, StepReason } from "./plan-types.ts";

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
    if (lots === 0) return;
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

function lotsOf(qty: bigint, lot: bigint): bigint {
  return (qty + lot - 1n) / lot;
}

/** Crossed pieces first, then orders: earlier tiers first, then the cheapest per margin. */
function pieces(ground: Ground): Piece[] {
  const { book, choice } = ground;
  const places = new Map(book.positions.map((position, i) => [position.id, i]));
  const closings = book.positions.flatMap((position, i) => {
    const qty = qtyOf(book, i, at(choice.lots, i));
    if (qty === 0n) return [];
    return [{ ...position, qty: position.qty > 0n ? qty : -qty }];
  });
  const { crosses, rest } = cross(closings);
  const crossed = crosses.flatMap(({ long, short, qty }) => [
    { i: places.get(long) ?? 0, qty, against: short },
    { i: places.get(short) ?? 0, qty, against: long },
  ]);
  const rate = (piece: Piece): number => {
    const m = at(book.market, piece.i);
    const market = book.markets[m];
    if (market === undefined) return 0;
    const lots = Number(piece.qty) / Number(market.lot);
    const sent = at(book.sign, piece.i) * at(book.value, piece.i) * lots;
    const paid = impactCost(market, sent, at(book.held, m)) + at(book.linear, piece.i) * lots;
    return paid / Math.max(at(book.margin, piece.i) * lots, 1e-12);
  };
  const orders = rest.map((closing) => ({ i: places.get(closing.id) ?? 0, qty: abs(closing.qty) }));
  const ranked = orders.map((piece) => ({ piece, tier: tierOf(book, piece.i), rate: rate(piece) }));
  ranked.sort((a, b) => a.tier - b.tier || a.rate - b.rate || a.piece.i - b.piece.i);
  return [...crossed, ...ranked.map(({ piece }) => piece)];
}

const tierOf = (book: Book, i: number): number => book.positions[i]?.tier ?? 0;

function because(reason: StepReason, ground: Ground, piece: Piece, cost: number): string {
  const { book, price } = ground;
  const position = book.positions[piece.i];
  const tier = position?.tier ?? 0;
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
    const market = book.markets[m];
    const position = book.positions[i];
    if (market === undefined || position === undefined)
      throw new RangeError("a step has a position");
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
      lots: lotsOf(qty, market.lot),
      ...(against === undefined ? {} : { against }),
      frees,
      cost,
      reason,
      because: because(reason, ground, piece, cost),
    };
  });
}
