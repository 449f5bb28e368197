/** Folds reservations, orders, fills, positions and their stops. */
import { positionMachine } from "../../machines/position.ts";
import { step } from "../../machines/step.ts";
import { must, unreachable } from "../core/assert.ts";
import { USDC } from "../core/ids.ts";
import { abs, type Micro, micro, mulDiv, type Qty, qty, ZERO } from "../core/money.ts";
import { after, type Millis, millis } from "../core/time.ts";
import type { EffectName } from "../protocol/effects.ts";
import type { EventOf, OrderEvent, ReservationEvent, StopEvent } from "../protocol/events.ts";
import type { PositionPhase } from "../protocol/words.ts";
import { schedule } from "./deadlines.ts";
import { ownAccount, resultAccount, transfer } from "./ledger.ts";
import { countHeld } from "./leverage.ts";
import { noteUnsent, spanOf } from "./pacing.ts";
import { flatPosition } from "./positions.ts";
import { type FleetState, keyOf, type Order, type Position } from "./state.ts";
import { addReserved, notePeaks, recount, revalue } from "./totals.ts";

export function evolveReservation(state: FleetState, event: ReservationEvent): void {
  const { agent, reservation, amount } = event;
  const key = keyOf(agent, reservation);
  const holder = must(state.agents.get(agent), "who reserves is enrolled");
  if (event.type === "ReservationHeld") {
    const { service, expiresAt } = event;
    state.reservations.set(key, { agent, amount, service, expiresAt });
    holder.reservations.add(reservation);
    addReserved(state, agent, amount);
    schedule(state.deadlines, { at: expiresAt, kind: "reservation", key });
    return;
  }
  state.reservations.delete(key);
  holder.reservations.delete(reservation);
  addReserved(state, agent, -amount);
}

const orderOf = (
  state: FleetState,
  event: { agent: Order["agent"]; order: Order["order"] },
): Order =>
  must(state.orders.get(keyOf(event.agent, event.order)), "an order event names an open order");

export function evolveOrder(state: FleetState, event: OrderEvent, at: Millis): void {
  switch (event.type) {
    case "OrderApproved":
      return approve(state, event);
    case "OrderWorking":
      return takenByVenue(state, orderOf(state, event));
    case "OrderUnresolved":
      orderOf(state, event).phase = "unresolved";
      return;
    case "CancelRequested":
      orderOf(state, event).cancelling = true;
      state.underway.cancelling.add(keyOf(event.agent, event.order));
      return;
    case "FillBooked":
      book(state, event);
      return planAnew(state, at);
    case "OrderRejected":
      if (FOR_PRICE.test(event.reason)) noteRefused(state, orderOf(state, event), at);
      return closeOrder(state, orderOf(state, event), at);
    case "OrderClosed":
      return closeOrder(state, orderOf(state, event), at);
    default:
      return unreachable(event);
  }
}

function approve(state: FleetState, event: EventOf<"OrderApproved">): void {
  const { agent, order, market, side, opening, leverage, stop, forced: cause, hold, mark } = event;
  const key = keyOf(agent, order);
  const { name } = event.effect;
  state.orders.set(key, {
    ...{ agent, order, name, market, side, opening, leverage, stop, cause, hold, mark },
    qty: event.qty,
    span: spanOf(state, { agent, market, cause }),
    phase: "approved",
    filled: qty(0n),
    opened: qty(0n),
    ...{ cancelling: false, uncancelled: false },
  });
  state.byName.set(name, { kind: "order", key });
  if (cause !== "") state.underway.ours.add(key);
  must(state.agents.get(agent), "who orders is enrolled").orders.add(order);
  addReserved(state, agent, hold);
  const position = state.positions.get(keyOf(agent, market));
  if (cause !== "" && position?.closing !== undefined) position.closing.order = order;
}

function takenByVenue(state: FleetState, order: Order): void {
  order.phase = "working";
  const market = state.markets.get(order.market);
  if (market !== undefined && order.cause !== "") market.refused = undefined;
}

/** How venues say that a limit is too far from their own mark: another reason may be gone the next time. */
const FOR_PRICE = /\b(price|collar)\b/i;
/** Doublings of the wait between two orders by one mark. */
const DOUBLINGS = 5;

/** Sent again by the same mark it would be refused again: each time that waits twice as long. */
function noteRefused(state: FleetState, { cause, market: id, mark }: Order, at: Millis): void {
  const market = state.markets.get(id);
  if (cause === "" || market === undefined) return;
  const times = market.refused?.mark === mark ? market.refused.times + 1 : 1;
  const wait = (state.policy?.closeRetryMs ?? 0) * 2 ** Math.min(times, DOUBLINGS);
  market.refused = { mark, times, until: after(at, wait) };
  schedule(state.deadlines, { at: market.refused.until, kind: "refused", key: id });
}

/** A cancel that the venue refused leaves the order as it was; later it is seen whether it may stay. */
export function cancelRefused(state: FleetState, name: EffectName, at: Millis): void {
  const ref = state.byName.get(name);
  const order = ref?.kind === "order" ? state.orders.get(ref.key) : undefined;
  if (ref === undefined || order === undefined) return;
  order.cancelling = false;
  order.uncancelled = true;
  state.underway.cancelling.delete(ref.key);
  const retryAt = after(at, state.policy?.closeRetryMs ?? 0);
  schedule(state.deadlines, { at: retryAt, kind: "cancel", key: ref.key });
}

function closeOrder(state: FleetState, order: Order, at: Millis): void {
  const { agent, market } = order;
  const named = keyOf(agent, order.order);
  state.orders.delete(named);
  state.underway.ours.delete(named);
  state.underway.cancelling.delete(named);
  state.byName.delete(order.name);
  must(state.agents.get(agent), "who ordered is enrolled").orders.delete(order.order);
  addReserved(state, agent, -order.hold);
  noteUnsent(state, order, at);
  const key = keyOf(agent, market);
  const position = state.positions.get(key);
  if (position?.closing?.order !== order.order) return;
  const wait = state.policy?.closeRetryMs ?? 0;
  const retryAt = (at + wait) as Millis;
  position.closing = { ...position.closing, order: undefined, retryAt };
  schedule(state.deadlines, { at: retryAt, kind: "close", key });
}

function move(position: Position, arrow: string): void {
  const next: PositionPhase | undefined = step(positionMachine, position.phase, arrow);
  const before = position.phase;
  position.phase = must(next, `a ${before} position can ${arrow}`);
  if (position.phase === "unprotected" && before !== "unprotected") position.protectBy = millis(0);
}

function book(state: FleetState, event: EventOf<"FillBooked">): void {
  const { agent, market, fee, holdUsed } = event;
  const key = keyOf(agent, market);
  const position = state.positions.get(key) ?? flatPosition(agent, market);
  state.positions.set(key, position);
  const holder = must(state.agents.get(agent), "who fills is enrolled");
  const opened = bookOnOrder(state, event, position);
  const grew = opened || position.qty > 0n !== event.positionQty > 0n;
  addReserved(state, agent, -holdUsed);
  settle(state, position, event, fee);
  if (position.qty !== 0n) {
    if (position.phase === "flat") move(position, "OPEN");
    else if (grew) move(position, "GROW");
    holder.positions.add(market);
    state.markets.get(market)?.positions.add(agent);
  }
}

/** What a liquidation still needs may be another after every fill. */
export function planAnew(state: FleetState, at: Millis): void {
  for (const scope of state.crisis.live) {
    const call = state.crisis.calls.get(scope);
    if (call?.phase === "liquidating" && call.planAt > at) call.planAt = at;
  }
}

interface Settled {
  readonly realized: Micro;
  readonly positionQty: Qty;
  readonly positionCost: Micro;
  readonly positionMargin: Micro;
}

/** What a trade left of a position, and its result in the ledger; lists and phase are kept when flat. */
export function settle(state: FleetState, position: Position, after: Settled, fee: Micro): void {
  const { agent, market } = position;
  const holder = must(state.agents.get(agent), "who trades is enrolled");
  countHeld(state, position);
  addReserved(state, agent, after.positionMargin - position.margin);
  position.funding = fundingLeft(position, after.positionQty);
  position.qty = after.positionQty;
  position.cost = after.positionCost;
  position.margin = after.positionMargin;
  const wallet = ownAccount(USDC, "wallet");
  transfer(state.ledger, resultAccount(USDC, "trading", agent), wallet, after.realized);
  transfer(state.ledger, wallet, resultAccount(USDC, "fees", agent), fee);
  holder.realized = micro(holder.realized + after.realized - fee);
  revalue(state, agent, market);
  if (position.qty === 0n) emptied(state, position);
  recount(state);
  notePeaks(state, [agent]);
}

/** Funding goes with the part that closes; what is on the other side begins anew. */
function fundingLeft({ qty: before, funding }: Position, now: Qty): Micro {
  if (before === 0n || now === 0n || before > 0n !== now > 0n) return ZERO;
  return abs(now) >= abs(before) ? funding : micro(mulDiv(funding, abs(now), abs(before), "down"));
}

function emptied(state: FleetState, position: Position): void {
  const { agent, market } = position;
  if (position.phase !== "flat") move(position, "FLAT");
  position.closing = undefined;
  state.underway.closing.delete(keyOf(agent, market));
  position.offer = undefined;
  position.warned = false;
  state.agents.get(agent)?.positions.delete(market);
  state.markets.get(market)?.positions.delete(agent);
}

/** Counts the fill on its order; says whether any of it opened. */
function bookOnOrder(state: FleetState, event: EventOf<"FillBooked">, position: Position): boolean {
  const against = position.qty !== 0n && position.qty > 0n !== (event.side === "buy");
  const size = position.qty < 0n ? -position.qty : position.qty;
  const opened = against ? (event.qty > size ? event.qty - size : 0n) : event.qty;
  const order = event.order === "" ? undefined : state.orders.get(keyOf(event.agent, event.order));
  if (order !== undefined) {
    order.filled = qty(order.filled + event.qty);
    order.opened = qty(order.opened + opened);
    order.hold = micro(order.hold - event.holdUsed);
  }
  return opened > 0n;
}

export function evolveStop(state: FleetState, event: StopEvent, at: Millis): void {
  const key = keyOf(event.agent, event.market);
  const position = must(state.positions.get(key), "a stop event names a position");
  switch (event.type) {
    case "StopRequested":
      position.stopVersion = event.version;
      position.stopQty = event.qty;
      position.stopSide = event.side;
      position.stopPrice = event.trigger;
      position.protectBy = event.protectBy;
      if (event.qty > 0n && position.phase === "unprotected") {
        schedule(state.deadlines, { at: event.protectBy, kind: "protect", key });
      }
      return;
    case "StopConfirmed":
      position.stopConfirmed = event.version;
      if (position.phase === "unprotected") move(position, "PROTECT");
      return;
    case "StopFailed":
    case "StopTriggered":
      if (event.version !== position.stopVersion) return;
      // Triggered or failed, the venue holds no stop for it any more.
      position.stopQty = qty(0n);
      if (position.phase !== "protected") return;
      move(position, "EXPOSE");
      position.protectBy = after(at, state.policy?.protectWithinMs ?? 0);
      schedule(state.deadlines, { at: position.protectBy, kind: "protect", key });
      return;
    case "PositionClosing":
      position.closing = { reason: event.reason, order: undefined, retryAt: at };
      state.underway.closing.add(key);
      if (position.phase !== "closing") move(position, "CLOSE");
      return;
    default:
      return unreachable(event);
  }
}
