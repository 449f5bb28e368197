/** What orders opened, counted from the journal alone: beyond what was approved, it is being closed. */
import { expect } from "vitest";
import { abs, qty } from "../../src/core/money.ts";
import type { EventOf, FleetEvent } from "../../src/protocol/events.ts";
import type { Turn } from "../../src/protocol/turns.ts";
import { signOf } from "../../src/protocol/words.ts";

/** How much a trade of `size` opens from a position of `held`. */
function openedBy(held: bigint, side: "buy" | "sell", size: bigint): bigint {
  const against = held !== 0n && held > 0n !== signOf(side) > 0n;
  const closes = against ? abs(qty(held)) : 0n;
  return size > closes ? size - closes : 0n;
}

/** @throws when a turn leaves a position open that grew beyond what its order was approved for. */
export function checkOpenings(turns: readonly Turn[]): void {
  const left = new Map<string, bigint>();
  const held = new Map<string, bigint>();
  const closing = new Set<string>();
  const settle = (key: string, now: bigint): void => {
    held.set(key, now);
    if (now === 0n) closing.delete(key);
  };
  const fill = (event: EventOf<"FillBooked">, later: readonly FleetEvent[]): void => {
    const { agent, market, side, positionQty } = event;
    const key = `${agent}/${market}`;
    const opened = openedBy(held.get(key) ?? 0n, side, event.qty);
    settle(key, positionQty);
    const order = `${agent}/${event.order}`;
    const rest = (left.get(order) ?? 0n) - opened;
    if (event.order === "" || opened === 0n) return;
    left.set(order, rest > 0n ? rest : 0n);
    if (rest >= 0n || closing.has(key)) return;
    const next = later.findIndex(({ type }) => type === "FillBooked");
    const until = next < 0 ? later : later.slice(0, next);
    const told = until.some(
      (one) => one.type === "PositionClosing" && one.agent === agent && one.market === market,
    );
    expect([key, event.trade, "opened beyond its order, closing", told]).toEqual([
      ...[key, event.trade, "opened beyond its order, closing", true],
    ]);
  };
  for (const { events } of turns) {
    for (const [i, event] of events.entries()) {
      if (event.type === "OrderApproved") left.set(`${event.agent}/${event.order}`, event.opening);
      else if (event.type === "PositionClosing") closing.add(`${event.agent}/${event.market}`);
      else if (event.type === "FillBooked") fill(event, events.slice(i + 1));
      else if (event.type === "PositionsCrossed")
        for (const { of, positionQty } of [event.long, event.short])
          settle(`${of}/${event.market}`, positionQty);
      else if (event.type === "VenueLiquidated" || event.type === "AutoDeleveraged")
        for (const { of, positionQty } of event.parts) settle(`${of}/${event.market}`, positionQty);
    }
  }
}
