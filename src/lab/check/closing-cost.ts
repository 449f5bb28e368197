/** What closing positions costs, added up by the judges for themselves: docs/liquidation.md has the formula. */
import { min } from "../../core/money.ts";

/** A depth moves its market by one per cent. */
const MOVE = 0.01;
const ONE = 1e6;
/** Parts in which a position is offered: the finer the nearer to the cheapest. */
const PARTS = 64n;

const usdc = (qty: bigint, mark: bigint): number => Number(qty * mark) / 1e16;

/** As a plan tells it: millionths of USDC for one per cent, and parts in millionths. */
interface Book {
  readonly depth: bigint;
  readonly halfSpread: number;
  readonly permanentShare: number;
  readonly takerFee: number;
}

/** A market that takes orders: what is held there before, and what is sent net, in USDC; sales positive. */
export class Taker {
  readonly #slope: number;
  readonly #stays: number;
  readonly #rate: number;
  readonly #held: number;
  #sent = 0;

  constructor(book: Book, held: number) {
    this.#slope = MOVE / (Number(book.depth) / ONE);
    this.#stays = (this.#slope * book.permanentShare) / ONE;
    this.#rate = (book.halfSpread + book.takerFee) / ONE;
    this.#held = held;
  }

  /** USDC that so much more costs: the book's answer, its own move, and what of the move takes from what stays. */
  more(usdc: number): number {
    return this.#costs(this.#sent + usdc) - this.#costs(this.#sent);
  }

  /** Sends it, and says what it cost. */
  send(usdc: number): number {
    const cost = this.more(usdc);
    this.#sent += usdc;
    return cost;
  }

  #costs(net: number): number {
    const gone = (this.#slope - this.#stays) * net * net + (this.#stays * net * net) / 2;
    const kept = this.#stays * Math.max(0, net * (this.#held - net));
    return gone + this.#rate * Math.abs(net) + kept;
  }
}

/** A position that may be closed, and how much of it. Quantities in 1e-8 coin, marks in 1e-8 USDC. */
export interface Closable {
  readonly key: string;
  readonly market: string;
  readonly long: boolean;
  readonly size: bigint;
  readonly most: bigint;
  readonly lot: bigint;
  readonly mark: bigint;
  /** Millionths that all of it frees. */
  readonly whole: bigint;
}

/** Signed USDC of closing so much. */
export const worthOf = ({ long, mark }: Closable, qty: bigint): number =>
  long ? usdc(qty, mark) : -usdc(qty, mark);

/**
 * Closes bit by bit what costs least for what it frees, until what is missing is free and the cost besides. A plan that
 * can be made, so never cheaper than the cheapest. None: undefined where all of it is too little.
 *
 * @param wanted millionths that must come free, without the cost.
 */
export function fill(
  rows: readonly Closable[],
  takers: ReadonlyMap<string, Taker>,
  wanted: number,
): number | undefined {
  const closed = new Map<string, bigint>();
  let [freed, cost] = [0, 0];
  for (;;) {
    const missing = wanted + cost * ONE - freed;
    if (missing <= 0) return cost;
    let best: Bit | undefined;
    for (const row of rows) {
      const bit = bitOf(row, takers.get(row.market), closed.get(row.key) ?? 0n, missing);
      if (bit !== undefined && bit.price < (best?.price ?? Number.POSITIVE_INFINITY)) best = bit;
    }
    if (best === undefined) return undefined;
    cost += best.taker.send(best.worth);
    freed += best.frees;
    closed.set(best.key, best.to);
  }
}

interface Bit {
  readonly key: string;
  readonly taker: Taker;
  /** Closed of the position with it, and its signed USDC. */
  readonly to: bigint;
  readonly worth: number;
  /** Millionths. */
  readonly frees: number;
  /** USDC for each millionth of what is missing. */
  readonly price: number;
}

/** The next bit of a position. None: undefined where nothing is left of it, or where it costs more than it frees. */
function bitOf(
  row: Closable,
  taker: Taker | undefined,
  before: bigint,
  missing: number,
): Bit | undefined {
  const { key, size, whole } = row;
  const to = upTo(row, before, missing);
  if (to <= before || taker === undefined) return undefined;
  const worth = worthOf(row, to - before);
  const costs = taker.more(worth);
  const frees = Number((whole * to) / size - (whole * before) / size);
  const net = Math.min(frees, missing) - costs * ONE;
  return net <= 0 ? undefined : { key, taker, to, worth, frees, price: costs / net };
}

/** How much of it is closed with the next bit: whole lots, a part of it, no more than is missing. */
function upTo({ size, most, lot, whole }: Closable, before: bigint, missing: number): bigint {
  if (whole <= 0n) return before;
  const lots = (qty: bigint): bigint => ((qty + lot - 1n) / lot) * lot;
  const enough = lots((BigInt(Math.ceil(missing)) * size) / whole + 1n);
  const part = lots(size / PARTS + 1n);
  return min(before + min(enough, part), most);
}
