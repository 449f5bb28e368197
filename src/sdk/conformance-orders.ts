/** The market of a practice fleet: orders that fill at once, or work for some looks and fill in part. */
import {
  abs,
  divide,
  formatMicro,
  formatQty,
  type Micro,
  micro,
  min,
  mulDiv,
  notional,
  type Qty,
  qty,
} from "../core/money.ts";
import type { AgentView, OrderView, PositionView } from "../protocol/views.ts";
import { priceOf, qtyOf, usdcOf } from "./amounts.ts";
import { type Acts, type Body, drawn } from "./conformance-act.ts";
import { markOf, type PracticeBooks } from "./conformance-books.ts";

/** Looks after which a working order fills its first half, and after which it is done. */
const [HALF_AT, DONE_AT] = [3, 5];

interface Working {
  readonly opening: Qty;
  readonly hold: Micro;
  readonly placedAt: number;
  readonly reduceOnly: boolean;
  /** Whether its second half is filled, or cancelled by the market. */
  readonly whole: boolean;
  readonly opened: Qty;
}

/** An offer to settle: every second one finds somebody. */
interface Offer {
  readonly size: Qty;
  readonly expiresAt: number;
  readonly met: boolean;
}

interface Fill {
  readonly market: string;
  readonly buys: boolean;
  readonly size: Qty;
  /** Margin of what it opens, by the size that opens. */
  readonly marginOf: (opens: Qty) => Micro;
}

export class PracticeOrders {
  readonly #books: PracticeBooks;
  /** How often the specialist has looked; undefined where orders fill at once. */
  readonly #looks: (() => number) | undefined;
  readonly #working = new Map<string, Working>();
  readonly #offers = new Map<string, Offer>();
  #placed = 0;
  #offered = 0;

  constructor(books: PracticeBooks, looks?: () => number) {
    this.#books = books;
    this.#looks = looks;
  }

  readonly acts: Acts = {
    PlaceOrder: (view, body) => this.#place(view, body),
    CancelOrder: (view, { order }) => {
      const found = view.orders.find((one) => one.order === order);
      return found === undefined ? "unknown_order" : this.#gone(view, found);
    },
    MoveStop: moveStop,
    Settle: (view, body) => this.#settle(view, body),
  };

  /** What the market and the other agents do between two looks. */
  turn(view: AgentView, now: number): AgentView {
    let next = view;
    for (const order of view.orders) {
      const held = this.#working.get(order.order);
      if (held !== undefined) next = this.#worked(next, order, held);
    }
    for (const [market, { met, size, expiresAt }] of this.#offers) {
      const most = settleable(next, market);
      const part = min(most, size);
      if (met && part > 0n) {
        const buys = qtyOf(positionOf(next, market)?.qty ?? "0") < 0n;
        next = booked(next, { market, buys, size: part, marginOf: () => micro(0n) });
      }
      if (met || part === 0n || expiresAt <= now) this.#offers.delete(market);
    }
    return next;
  }

  /** Value at the marks of all positions, and of what working orders would still open. */
  exposure(view: AgentView): bigint {
    let sum = 0n;
    for (const { market, qty: held } of view.positions) {
      sum += notional(markOf(view, market), qty(abs(qtyOf(held))), "ceil");
    }
    for (const { order, market } of view.orders) {
      const held = this.#working.get(order);
      const open = held === undefined ? 0n : held.opening - held.opened;
      sum += notional(markOf(view, market), qty(open > 0n ? open : 0n), "ceil");
    }
    return sum;
  }

  #place(before: AgentView, body: Body): AgentView | string {
    const view = drawn(before, body);
    if (typeof view === "string") return view;
    const id = String(body["market"]);
    const market = view.markets.find((one) => one.market === id);
    if (market === undefined) return "unknown_market";
    if (market.mark === "") return "stale_mark";
    const [asked, buys, mark] = [
      qtyOf(String(body["qty"])),
      body["side"] === "buy",
      priceOf(market.mark),
    ];
    const left = closable(view, id, buys);
    const reduceOnly = body["reduceOnly"] === true;
    if (reduceOnly && asked > left) return left <= 0n ? "nothing_to_reduce" : "reduce_exceeds";
    if (asked % qtyOf(market.lot) !== 0n) return "bad_lot";
    const opening = qty(asked > left ? asked - left : 0n);
    const value = notional(mark, asked, "down");
    if (opening > 0n && value < usdcOf(market.minNotional)) return "below_min_notional";
    if (opening > 0n && value > usdcOf(market.maxNotional)) return "above_max_notional";
    const leverage = BigInt(Number(body["leverage"] ?? 1_000_000));
    const hold = micro(mulDiv(notional(mark, opening, "ceil"), 1_000_000n, leverage, "ceil"));
    if (hold > 0n && hold > this.#books.left(view)) return "cap_exceeded";
    if (this.#looks === undefined) {
      return booked(view, { market: id, buys, size: asked, marginOf: () => hold });
    }
    const order: OrderView = {
      ...{ order: String(body["order"]), market: id, side: buys ? "buy" : "sell" },
      ...{ qty: formatQty(asked), filled: "0", phase: "working", by: "agent" },
    };
    this.#placed += 1;
    const whole = this.#placed % 2 === 0;
    const placedAt = this.#looks();
    this.#keep(order.order, { opening, hold, placedAt, reduceOnly, whole, opened: qty(0n) });
    return { ...view, orders: [...view.orders, order] };
  }

  #keep(order: string, held: Working): void {
    this.#working.set(order, held);
    this.#books.holds.set(`order ${order}`, micro(held.hold - marginUpTo(held, held.opened)));
  }

  #gone(view: AgentView, { order }: OrderView): AgentView {
    this.#working.delete(order);
    this.#books.holds.delete(`order ${order}`);
    return { ...view, orders: view.orders.filter((one) => one.order !== order) };
  }

  #worked(view: AgentView, order: OrderView, held: Working): AgentView {
    const waited = (this.#looks?.() ?? 0) - held.placedAt;
    const [asked, filled] = [qtyOf(order.qty), qtyOf(order.filled)];
    const lot = qtyOf(view.markets.find(({ market }) => market === order.market)?.lot ?? "1");
    const half = qty(divide(asked, 2n * lot, "up") * lot);
    if (waited >= DONE_AT) {
      const rest = qty(asked - filled);
      const last = held.whole && rest > 0n ? this.#filled(view, order, held, rest) : view;
      return this.#gone(last, order);
    }
    return waited >= HALF_AT && filled === 0n ? this.#filled(view, order, held, half) : view;
  }

  #filled(view: AgentView, order: OrderView, held: Working, part: Qty): AgentView {
    const { market } = order;
    const buys = order.side === "buy";
    const closes = closing(view, market, buys);
    const size = held.reduceOnly && part > closes ? closes : part;
    let opened = held.opened;
    const marginOf = (opens: Qty): Micro => {
      opened = min(qty(held.opened + opens), held.opening);
      return micro(marginUpTo(held, opened) - marginUpTo(held, held.opened));
    };
    const after = size === 0n ? view : booked(view, { market, buys, size, marginOf });
    this.#keep(order.order, { ...held, opened });
    const filled = formatQty(qty(qtyOf(order.filled) + part));
    const orders = after.orders.map((one) => (one === order ? { ...one, filled } : one));
    return { ...after, orders };
  }

  #settle(view: AgentView, body: Body): AgentView | string {
    if (body["with"] === view.agent) return "bad_field";
    const id = String(body["market"]);
    const market = view.markets.find((one) => one.market === id);
    if (market === undefined) return "unknown_market";
    const size = qtyOf(String(body["qty"]));
    if (size % qtyOf(market.lot) !== 0n) return "bad_lot";
    if (positionOf(view, id) === undefined) return "unknown_position";
    const most = settleable(view, id);
    if (size > most) return most === 0n ? "nothing_to_reduce" : "reduce_exceeds";
    this.#offered += 1;
    const met = this.#offered % 2 === 0;
    this.#offers.set(id, { size, expiresAt: view.at + Number(body["ttlMs"]), met });
    return view;
  }
}

/** Of a hold, what has gone over to the position once so much is opened. Exact: the parts sum to it. */
const marginUpTo = ({ hold, opening }: Working, opened: Qty): bigint =>
  opening === 0n ? 0n : mulDiv(hold, opened, opening, "floor");

const positionOf = (view: AgentView, market: string): PositionView | undefined =>
  view.positions.find((one) => one.market === market);

/** How much of a position the other side closes. */
function closing(view: AgentView, market: string, buys: boolean): Qty {
  const held = qtyOf(positionOf(view, market)?.qty ?? "0");
  return qty(held !== 0n && held > 0n !== buys ? abs(held) : 0n);
}

/** The same, less what orders at work close already. At least zero. */
function closable(view: AgentView, market: string, buys: boolean): Qty {
  const side = buys ? "buy" : "sell";
  let left: bigint = closing(view, market, buys);
  for (const order of view.orders) {
    if (order.market === market && order.side === side)
      left -= qtyOf(order.qty) - qtyOf(order.filled);
  }
  return qty(left > 0n ? left : 0n);
}

function settleable(view: AgentView, market: string): Qty {
  return closable(view, market, qtyOf(positionOf(view, market)?.qty ?? "0") < 0n);
}

/** Books a fill at the mark. */
function booked(view: AgentView, { market: id, buys, size, marginOf }: Fill): AgentView {
  const mark = view.markets.find((one) => one.market === id)?.mark ?? "0";
  const before = positionOf(view, id);
  const held = qtyOf(before?.qty ?? "0");
  const closes = closing(view, id, buys);
  const opens = qty(size > closes ? size - closes : 0n);
  const kept = abs(held) - (size - opens);
  const oldMargin = usdcOf(before?.margin ?? "0");
  const keptMargin = held === 0n ? 0n : mulDiv(oldMargin, kept, abs(held), "ceil");
  const margin = micro(keptMargin + (opens === 0n ? 0n : marginOf(opens)));
  const after = qty(buys ? held + size : held - size);
  const others = view.positions.filter((one) => one.market !== id);
  if (after === 0n) return { ...view, positions: others };
  const position: PositionView = {
    ...{ market: id, phase: "protected", qty: formatQty(after), mark, unrealized: "0" },
    ...{ margin: formatMicro(margin), entry: mark, stop: mark },
    // Turned around it is another position; else it stays where it was opened.
    ...(kept > 0n && before !== undefined ? { entry: before.entry, stop: before.stop } : {}),
  };
  return { ...view, positions: [...others, position] };
}

function moveStop(view: AgentView, body: Body): AgentView | string {
  const held = positionOf(view, String(body["market"]));
  const market = view.markets.find((one) => one.market === body["market"]);
  if (held === undefined || market === undefined) return "unknown_position";
  const [stop, mark] = [priceOf(String(body["stop"])), priceOf(market.mark)];
  if (stop % priceOf(market.tick) !== 0n) return "bad_field";
  if (qtyOf(held.qty) > 0n ? stop >= mark : stop <= mark) return "stop_wrong_side";
  const moved = { ...held, stop: String(body["stop"]) };
  return { ...view, positions: view.positions.map((one) => (one === held ? moved : one)) };
}

/** Moves each mark by parts per million, and the positions' with it. */
export function marked(view: AgentView, moves: readonly number[], at: number): AgentView {
  const markets = view.markets.map((one, i) => {
    const tick = priceOf(one.tick);
    const raw = mulDiv(priceOf(one.mark), BigInt(1_000_000 + (moves[i] ?? 0)), 1_000_000n, "down");
    const mark = formatQty(qty(divide(raw, tick, "up") * tick));
    return { ...one, mark, markAt: at };
  });
  const positions = view.positions.map((held) => ({
    ...held,
    mark: markets.find(({ market }) => market === held.market)?.mark ?? held.mark,
  }));
  return { ...view, markets, positions };
}
