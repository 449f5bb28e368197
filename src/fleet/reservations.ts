/** Two-phase holds: pending, then posted to an obligation, released, or void at their time. */
import type { Id } from "../core/ids.ts";
import { ZERO } from "../core/money.ts";
import { after } from "../core/time.ts";
import type { FleetEvent } from "../protocol/events.ts";
import { refuse } from "../protocol/rejections.ts";
import type { CommandOf } from "../protocol/turns.ts";
import {
  type Context,
  callerOf,
  type Decision,
  isRefusal,
  mayHold,
  mayOpen,
  tooMany,
} from "./admission.ts";
import { gate } from "./checks.ts";
import { keyOf, type Law } from "./state.ts";

export function* reserve(ctx: Context, { body }: CommandOf<"Reserve">): Decision {
  const agent = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  const closed = mayOpen(ctx, agent, body.service, false);
  if (closed !== undefined) return closed;
  const { told } = ctx;
  const known = ctx.law.reservations.has(keyOf(agent.agent, body.reservation));
  const again = known ? refuse("reservation_exists", body.reservation) : undefined;
  const over =
    gate(told, "name", body.reservation, again) ??
    tooMany(agent.reservations, told) ??
    mayHold(agent, body.amount, ZERO, told);
  if (over !== undefined) return over;
  yield {
    type: "ReservationHeld",
    agent: agent.agent,
    reservation: body.reservation,
    amount: body.amount,
    service: body.service,
    expiresAt: after(ctx.at, body.ttlMs),
  };
  return undefined;
}

export function* release(ctx: Context, { body }: CommandOf<"Release">): Decision {
  const agent = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  const held = ctx.law.reservations.get(keyOf(agent.agent, body.reservation));
  if (held === undefined) return refuse("unknown_reservation", body.reservation);
  yield {
    type: "ReservationReleased",
    agent: agent.agent,
    reservation: body.reservation,
    amount: held.amount,
  };
  return undefined;
}

/** The event that hands a pending reservation over to an obligation. */
export const posted = (ctx: Context, reservation: Id): FleetEvent => ({
  type: "ReservationPosted",
  agent: ctx.stamp.from,
  reservation,
  amount: ctx.law.reservations.get(keyOf(ctx.stamp.from, reservation))?.amount ?? ZERO,
});

/** The event that voids a reservation whose time has come. None: it is gone, or has longer to live. */
export function voided(law: Law, key: string, at: number): FleetEvent | undefined {
  const held = law.reservations.get(key);
  if (held === undefined || held.expiresAt > at) return undefined;
  const reservation = key.slice(key.indexOf("/") + 1) as Id;
  return { type: "ReservationVoided", agent: held.agent, reservation, amount: held.amount };
}
