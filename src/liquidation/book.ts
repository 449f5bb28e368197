/** Prepares a plan's input as sorted arrays, and answers what lots of a position free. */
import { abs } from "../core/money.ts";
import { type Measured, measured, refused } from "../risk/refusal.ts";
import type { PlanInput, PlanMarket, PlanPosition, UntouchedReason } from "./plan-types.ts";

/** Reads a number of an array that is known to be long enough. */
export const at = (list: ArrayLike<number>, index: number): number => list[index] ?? 0;

/** Positions that may be closed, as columns, sorted by id; markets sorted by id. */
export interface Book {
  readonly positions: readonly PlanPosition[];
  readonly markets: readonly PlanMarket[];
  /** Index of the market of each position. */
  readonly market: Int32Array;
  /** +1 where closing sells (a long), -1 where it buys. */
  readonly sign: Float64Array;
  /** USDC of one lot at the mark. */
  readonly value: Float64Array;
  /** USDC of margin that one lot frees. */
  readonly margin: Float64Array;
  /** The same in millionths, for the exact count. */
  readonly frees: Float64Array;
  /** Millionths that all that may be closed frees, exact. */
  readonly most: Float64Array;
  /** USDC of hedge and funding lost with one lot. */
  readonly linear: Float64Array;
  /** Largest whole number of lots. */
  readonly cap: Float64Array;
  /** The same in fractions of a lot: less than `cap` when the last lot is a remainder. */
  readonly span: Float64Array;
  /** USDC held in each market by the whole fleet, signed, touched or not. */
  readonly held: Float64Array;
  /** Largest net USDC that may be sent into each market. */
  readonly pace: Float64Array;
  /** Cost share as a fraction. */
  readonly share: number;
  /** Positions that may never be closed, and why. */
  readonly barred: readonly { readonly id: string; readonly reason: UntouchedReason }[];
}

/** No two have one id. */
const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : 1;

/** Millionths that all margins together may have, so that sums of them are exact as floats. */
const MARGIN_MAX = 9_000_000_000_000_000n;
const LOTS_MAX = 2n ** 52n;

function badMarket(market: PlanMarket): string | undefined {
  const rates = [market.temporary, market.permanent, market.halfSpread, market.fee];
  if (!rates.every((rate) => Number.isFinite(rate) && rate >= 0)) {
    return `market ${market.id}: impact, spread and fee are finite and not negative`;
  }
  if (market.mark <= 0n || market.lot <= 0n) return `market ${market.id}: mark and lot are above 0`;
  if (market.pace !== undefined && market.pace < 0n) return `market ${market.id}: pace is not < 0`;
  return undefined;
}

function badPosition(position: PlanPosition): string | undefined {
  if (position.margin < 0n) return `position ${position.id}: margin is not negative`;
  if (!Number.isSafeInteger(position.tier)) return `position ${position.id}: tier is an integer`;
  const { hedge, funding } = position;
  if ([hedge, funding].some((x) => x !== undefined && !Number.isFinite(x))) {
    return `position ${position.id}: hedge and funding are finite`;
  }
  if ((position.maxQty ?? 0n) < 0n) return `position ${position.id}: maxQty is not negative`;
  return undefined;
}

function badInput(input: PlanInput): string | undefined {
  if (input.need > MARGIN_MAX) return "the need is at most 9e15 millionths";
  const share = input.costShare ?? 0;
  if (!Number.isSafeInteger(share) || share < 0 || share > 10_000_000) {
    return "the cost share is 0 to 10,000,000 millionths";
  }
  let margins = 0n;
  const names = new Set<string>();
  for (const market of input.markets) {
    const bad = badMarket(market);
    if (bad !== undefined) return bad;
    if (names.has(market.id)) return `market ${market.id} stands there twice`;
    names.add(market.id);
  }
  const ids = new Set<string>();
  for (const position of input.positions) {
    const bad = badPosition(position);
    if (bad !== undefined) return bad;
    if (!names.has(position.market)) return `position ${position.id}: its market is not there`;
    if (ids.has(position.id)) return `position ${position.id} stands there twice`;
    ids.add(position.id);
    margins += position.margin;
  }
  if (margins > MARGIN_MAX) return "all margins together are at most 9e15 millionths";
  return undefined;
}

/** 1e-8 coin times 1e-8 USDC, in USDC. */
export const usdc = (qty: bigint, mark: bigint): number => Number(qty * mark) / 1e16;

/** How much of a position may be closed, and why none of it where it is none. */
function closable(position: PlanPosition, lot: bigint): bigint | UntouchedReason {
  if (position.isolated === true) return "isolated";
  if (position.guarded === true) return "guarded";
  const size = abs(position.qty);
  const max = position.maxQty ?? size;
  // The remainder of a lot goes only with the whole position.
  const most = max >= size ? size : (max / lot) * lot;
  return most === 0n ? "empty" : most;
}

/**
 * The columns of an input.
 *
 * Errors: refused when a market or position is unknown, doubled or has a number without meaning.
 */
export function prepare(input: PlanInput): Measured<Book> {
  const bad = badInput(input);
  if (bad !== undefined) return refused("out-of-range", bad);
  const markets = [...input.markets].sort(byId);
  const places = new Map(markets.map((market, place) => [market.id, place]));
  const place = (position: PlanPosition): number => places.get(position.market) ?? 0;
  const sorted = [...input.positions].sort(byId);
  const held = new Float64Array(markets.length);
  const barred: { id: string; reason: UntouchedReason }[] = [];
  const positions: PlanPosition[] = [];
  const most: bigint[] = [];
  for (const position of sorted) {
    const m = place(position);
    const market = markets[m];
    if (market === undefined) continue;
    held[m] = at(held, m) + usdc(position.qty, market.mark);
    const size = closable(position, market.lot);
    if (typeof size === "string") {
      barred.push({ id: position.id, reason: size });
    } else if (size / market.lot > LOTS_MAX) {
      return refused("out-of-range", `position ${position.id} has more lots than 2^52`);
    } else {
      positions.push(position);
      most.push(size);
    }
  }
  const n = positions.length;
  const book = {
    positions,
    markets,
    market: Int32Array.from(positions, place),
    sign: Float64Array.from(positions, (position) => (position.qty > 0n ? 1 : -1)),
    value: new Float64Array(n),
    margin: new Float64Array(n),
    frees: new Float64Array(n),
    most: new Float64Array(n),
    linear: new Float64Array(n),
    cap: new Float64Array(n),
    span: new Float64Array(n),
    held,
    pace: Float64Array.from(markets, (market) =>
      market.pace === undefined ? Number.POSITIVE_INFINITY : usdc(market.pace, market.mark),
    ),
    share: (input.costShare ?? 0) / 1_000_000,
    barred,
  };
  positions.forEach((position, i) => {
    const market = markets[at(book.market, i)];
    if (market === undefined) return;
    const lots = Number(abs(position.qty)) / Number(market.lot);
    const size = most[i] ?? 0n;
    book.value[i] = usdc(market.lot, market.mark);
    book.margin[i] = Number(position.margin) / 1e6 / lots;
    book.most[i] = Number((position.margin * size) / abs(position.qty));
    book.frees[i] = Number(position.margin) / lots;
    book.linear[i] = ((position.hedge ?? 0) + (position.funding ?? 0)) / lots;
    book.cap[i] = Number((size + market.lot - 1n) / market.lot);
    book.span[i] = Number(size) / Number(market.lot);
  });
  return measured(book);
}

/** Lots in fractions: the last one may be a remainder. */
export const inSpan = (book: Book, i: number, lots: number): number =>
  Math.min(lots, at(book.span, i));

/** Quantity that `lots` lots of position `i` are, 1e-8 coin: the last lot may be a remainder. */
export function qtyOf(book: Book, i: number, lots: number): bigint {
  const position = book.positions[i];
  const market = book.markets[at(book.market, i)];
  if (position === undefined || market === undefined) return 0n;
  const size = BigInt(lots) * market.lot;
  const all = abs(position.qty);
  return size < all ? size : all;
}

/**
 * Millionths of margin that closing `lots` lots of position `i` frees; floored, exact.
 *
 * The float is taken only where it is so far from a whole number that its error cannot change the
 * floor; otherwise the integers decide.
 */
export function freedBy(book: Book, i: number, lots: number): number {
  const position = book.positions[i];
  if (lots <= 0 || position === undefined) return 0;
  if (lots >= at(book.cap, i)) return at(book.most, i);
  const estimate = at(book.frees, i) * inSpan(book, i, lots);
  const floor = Math.floor(estimate);
  const slack = estimate * 2e-15 + 1e-9;
  if (estimate - floor > slack && floor + 1 - estimate > slack) return floor;
  return Number((position.margin * qtyOf(book, i, lots)) / abs(position.qty));
}
