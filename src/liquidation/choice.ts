/** A choice of lots: what it sends to each market, costs and frees, kept up as lots change. */
import { at, type Book, freedBy, inSpan } from "./book.ts";
import { impactCost } from "./impact.ts";

/** A choice of lots, with the sums that follow from it. */
export interface Choice {
  readonly lots: Float64Array;
  /** USDC sent into each market, sells positive. */
  readonly net: Float64Array;
  /** Cost of each market. */
  readonly paid: Float64Array;
  /** Hedge and funding. */
  linear: number;
  /** Cost of all markets. */
  impact: number;
  /** Millionths freed, exact. */
  freed: number;
}

/** The choice that closes these lots, summed afresh in the order of the ids. */
export function choose(book: Book, lots: Float64Array): Choice {
  const net = new Float64Array(book.markets.length);
  let linear = 0;
  let freed = 0;
  for (let i = 0; i < lots.length; i++) {
    const size = at(lots, i);
    if (size === 0) continue;
    const part = inSpan(book, i, size);
    const m = at(book.market, i);
    net[m] = at(net, m) + at(book.sign, i) * at(book.value, i) * part;
    linear += at(book.linear, i) * part;
    freed += freedBy(book, i, size);
  }
  const paid = new Float64Array(book.markets.length);
  let impact = 0;
  book.markets.forEach((market, m) => {
    paid[m] = impactCost(market, at(net, m), at(book.held, m));
    impact += at(paid, m);
  });
  return { lots, net, paid, linear, impact, freed };
}

export const costOf = (choice: Choice): number => choice.impact + choice.linear;

/** Net order of the market of `i` if `i` closed `lots` lots. */
export function netIf(book: Book, choice: Choice, i: number, lots: number): number {
  const change = inSpan(book, i, lots) - inSpan(book, i, at(choice.lots, i));
  return at(choice.net, at(book.market, i)) + at(book.sign, i) * at(book.value, i) * change;
}

/** Cost in USDC that is added if `i` closed `lots` lots. */
export function addedIf(book: Book, choice: Choice, i: number, lots: number): number {
  const m = at(book.market, i);
  const market = book.markets[m];
  if (market === undefined) return 0;
  const change = inSpan(book, i, lots) - inSpan(book, i, at(choice.lots, i));
  const paid = impactCost(market, netIf(book, choice, i, lots), at(book.held, m));
  return paid - at(choice.paid, m) + at(book.linear, i) * change;
}

/** Sets the lots of `i` in place. */
export function setLots(book: Book, choice: Choice, i: number, lots: number): void {
  const m = at(book.market, i);
  const market = book.markets[m];
  if (market === undefined) return;
  const change = inSpan(book, i, lots) - inSpan(book, i, at(choice.lots, i));
  const net = netIf(book, choice, i, lots);
  const paid = impactCost(market, net, at(book.held, m));
  choice.impact += paid - at(choice.paid, m);
  choice.linear += at(book.linear, i) * change;
  choice.freed += freedBy(book, i, lots) - freedBy(book, i, at(choice.lots, i));
  choice.net[m] = net;
  choice.paid[m] = paid;
  choice.lots[i] = lots;
}

export const copyChoice = (choice: Choice): Choice => ({
  lots: choice.lots.slice(),
  net: choice.net.slice(),
  paid: choice.paid.slice(),
  linear: choice.linear,
  impact: choice.impact,
  freed: choice.freed,
});

/**
 * Millionths that count towards the need: freed, less the share of the cost, rounded against us.
 */
export const counted = (book: Book, freed: number, cost: number): number =>
  book.share === 0 ? freed : freed - Math.ceil(book.share * cost * 1e6);

/** Whether `i` may close `lots` lots without sending more than the pace into its market. */
export function inPace(book: Book, choice: Choice, i: number, lots: number): boolean {
  const limit = at(book.pace, at(book.market, i));
  if (limit === Number.POSITIVE_INFINITY) return true;
  const net = Math.abs(netIf(book, choice, i, lots));
  const before = Math.abs(at(choice.net, at(book.market, i)));
  return net <= limit * (1 + 1e-12) || net <= before;
}
