/** Escrows: money held between two parties until work is released, refunded, or judged. */
import { USDC } from "../../core/ids.ts";
import { type Micro, micro } from "../../core/money.ts";
import { ppm, share } from "../../core/ppm.ts";
import { DAY, MINUTE, millis, SECOND } from "../../core/time.ts";
import type {
  Approved,
  EscrowActEffect,
  OpenEscrowEffect,
  RegisterReferrerEffect,
} from "../../protocol/effects.ts";
import type { Refusal } from "./orders.ts";
import { FLEET_REFERRER, OUTSIDERS, REFEREES, type Temper } from "./outsiders.ts";
import { between, uniform } from "./random.ts";
import { spendable } from "./transfers.ts";
import { type Escrow, flow, lock, report, spendLocked, unlock, type World } from "./world.ts";

const FEE = ppm(10_000);
const REFERRAL = ppm(150_000);
const AMOUNT_MIN = micro(100_000n);
const TIMEOUT_MIN = 1 * MINUTE;
const TIMEOUT_MAX = 30 * DAY;
/** Time for a hold to be booked, and for a referee to judge. */
const BOOKING_MS = [1 * SECOND, 3 * SECOND] as const;
const REFEREE_MS = [10 * MINUTE, 60 * MINUTE] as const;
/** A referee who was named takes always this long. */
const NAMED_REFEREE_MS = [10 * MINUTE, 10 * MINUTE] as const;
/**
 * The platform's own referee, where none was named, lets the payee have it so often: when work was
 * delivered, and when not.
 */
const JUDGED_FOR_PAYEE = { delivered: 0.75, undelivered: 0.15 } as const;

const chanceOf = (world: World, escrow: Escrow, what: string): number =>
  uniform(world.rules.chance, "escrow", what, escrow.name);

function later(
  world: World,
  escrow: Escrow,
  act: Escrow["act"],
  [from, to]: readonly [number, number],
): void {
  escrow.act = act;
  escrow.actAt = world.state.at + between(from, to, world.rules.chance, "escrow", act, escrow.name);
}

const temperOf = (escrow: Escrow): Temper | undefined => OUTSIDERS.get(escrow.counterparty);

/**
 * Opens an escrow. `pay`: our money is locked at once and counts as funded when it is booked.
 * `earn`: the outsider is asked to fund. Either is declined by chance of the outsider's temper.
 */
export function openEscrow(
  world: World,
  { name, agent, effect }: Approved<OpenEscrowEffect>,
): Refusal {
  const { state } = world;
  const { role, counterparty, amount, referee, timeoutMs } = effect;
  const registered = state.referrers.get(agent);
  // Who is named in the order goes before who is registered.
  const referrer = effect.referrer ?? registered?.referrer;
  const own = effect.referrer === undefined && registered?.own === true;
  const temper = OUTSIDERS.get(counterparty);
  if (temper === undefined) return "unknown counterparty";
  if (referee !== undefined && !REFEREES.has(referee)) return "unknown referee";
  if (amount < AMOUNT_MIN) return "amount is below the minimum of 0.1 USDC";
  if (timeoutMs < TIMEOUT_MIN || timeoutMs > TIMEOUT_MAX) return "a timeout is 1 minute to 30 days";
  if (role === "pay" && amount > spendable(world, USDC)) return "insufficient balance";
  if (role === "pay") lock(state, USDC, amount);
  const expiresAt = role === "earn" ? state.at + timeoutMs : undefined;
  const basics = { name, role, counterparty, amount, referrer, own, referee, timeoutMs };
  const escrow: Escrow = {
    ...{ ...basics, phase: "asked", act: "fund", actAt: undefined },
    ...{ deliveredAt: undefined, expiresAt },
  };
  state.escrows.set(name, escrow);
  const accepted = chanceOf(world, escrow, "accepts") < temper.accepts;
  if (!accepted) later(world, escrow, "decline", temper.fundMs);
  else if (role === "pay") later(world, escrow, "fund", BOOKING_MS);
  else if (chanceOf(world, escrow, "funds") < temper.funds) {
    later(world, escrow, "fund", temper.fundMs);
  }
  return undefined;
}

/** Once for each agent of ours, never itself and never another. */
export function registerReferrer(
  { state }: World,
  { agent, effect: { referrer, own } }: Approved<RegisterReferrerEffect>,
): Refusal {
  const same: string = agent;
  if (referrer === same) return "nobody refers itself";
  if (state.referrers.has(agent)) return "the referrer is registered already";
  if (!own && referrer !== FLEET_REFERRER && !OUTSIDERS.has(referrer)) return "unknown referrer";
  state.referrers.set(agent, { referrer, own });
  return undefined;
}

/** We deliver what we earn by, release what we pay, or dispute either. */
export function actOnEscrow(world: World, effect: EscrowActEffect): Refusal {
  const escrow = world.state.escrows.get(effect.escrow);
  if (escrow === undefined) {
    return world.state.answers.has(effect.escrow) ? "the escrow is over" : "unknown escrow";
  }
  const { phase, role } = escrow;
  if (phase !== "funded" && phase !== "delivered") return `the escrow is ${phase}`;
  switch (effect.type) {
    case "DeliverEscrow":
      if (role !== "earn") return "only the payee delivers";
      if (phase === "delivered") return "the escrow is delivered";
      delivered(world, escrow);
      return undefined;
    case "ReleaseEscrow":
      if (role !== "pay") return "only the payer releases";
      release(world, escrow);
      return undefined;
    case "DisputeEscrow":
      dispute(world, escrow, "disputed by the fleet");
      return undefined;
  }
}

function fund(world: World, escrow: Escrow): void {
  escrow.phase = "funded";
  escrow.actAt = undefined;
  const expiresAt = world.state.at + escrow.timeoutMs;
  escrow.expiresAt = expiresAt;
  report(world, { type: "escrowFunded", escrow: escrow.name, expiresAt: millis(expiresAt) });
  const temper = temperOf(escrow);
  if (escrow.role !== "pay" || temper === undefined) return;
  if (chanceOf(world, escrow, "delivers") < temper.delivers) {
    later(world, escrow, "deliver", temper.deliverMs);
  }
}

function delivered(world: World, escrow: Escrow): void {
  escrow.phase = "delivered";
  escrow.deliveredAt = world.state.at;
  escrow.actAt = undefined;
  report(world, { type: "escrowDelivered", escrow: escrow.name });
  const temper = temperOf(escrow);
  if (escrow.role !== "earn" || temper === undefined) return;
  const draw = chanceOf(world, escrow, "releases");
  if (draw < temper.releases) later(world, escrow, "release", temper.releaseMs);
  else if (draw < temper.releases + temper.disputes) {
    later(world, escrow, "dispute", temper.releaseMs);
  }
}

/** Does the payee get it? By the rule of the referee who was named, else by the platform's own draw. */
function isForPayee(world: World, escrow: Escrow): boolean {
  const { referee, deliveredAt, expiresAt, timeoutMs } = escrow;
  const rule = referee === undefined ? undefined : REFEREES.get(referee);
  if (rule === undefined) {
    const done = deliveredAt === undefined ? "undelivered" : "delivered";
    return chanceOf(world, escrow, "referee") < JUDGED_FOR_PAYEE[done];
  }
  if (deliveredAt === undefined || expiresAt === undefined) return false;
  return rule === "work" || deliveredAt <= expiresAt - timeoutMs / 2;
}

function dispute(world: World, escrow: Escrow, reason: string): void {
  const forPayee = isForPayee(world, escrow);
  escrow.phase = "disputed";
  escrow.expiresAt = undefined;
  const takes = escrow.referee === undefined ? REFEREE_MS : NAMED_REFEREE_MS;
  later(world, escrow, forPayee ? "settle-release" : "settle-refund", takes);
  report(world, { type: "escrowDisputed", escrow: escrow.name, reason });
}

/** 1 % of the amount, rounded up, is the platform's; 15 % of that, rounded down, the referrer's. */
export function feesOf(escrow: Pick<Escrow, "amount" | "referrer" | "own">): {
  readonly fee: Micro;
  readonly referral: Micro;
} {
  const fee = share(escrow.amount, FEE, "up");
  const ours = escrow.own || escrow.referrer === FLEET_REFERRER;
  return { fee, referral: ours ? share(fee, REFERRAL, "down") : micro(0n) };
}

function release(world: World, escrow: Escrow): void {
  const { state } = world;
  const { fee, referral } = feesOf(escrow);
  const received = micro(escrow.amount - fee);
  state.escrows.delete(escrow.name);
  if (escrow.role === "pay") spendLocked(state, USDC, "escrowPaid", escrow.amount);
  else flow(state, USDC, "escrowEarned", received);
  flow(state, USDC, "referrals", referral);
  const { referrer, own } = escrow;
  const told = { type: "escrowReleased", escrow: escrow.name, received, fee, referral } as const;
  report(world, own && referrer !== undefined ? { ...told, referrer } : told);
}

/** The payer has all of it back: no fee is taken of what was not done. */
function refund(world: World, escrow: Escrow): void {
  const { name, amount, role } = escrow;
  world.state.escrows.delete(name);
  if (role === "pay") unlock(world.state, USDC, amount);
  report(world, { type: "escrowRefunded", escrow: name, amount });
}

function decline(world: World, escrow: Escrow, reason: string): void {
  world.state.escrows.delete(escrow.name);
  if (escrow.role === "pay") unlock(world.state, USDC, escrow.amount);
  report(world, { type: "escrowDeclined", escrow: escrow.name, reason });
}

function act(world: World, escrow: Escrow): void {
  switch (escrow.act) {
    case "fund":
      return fund(world, escrow);
    case "decline":
      return decline(world, escrow, "declined by the counterparty");
    case "deliver":
      return delivered(world, escrow);
    case "release":
    case "settle-release":
      return release(world, escrow);
    case "dispute":
      return dispute(world, escrow, "disputed by the counterparty");
    case "settle-refund":
      return refund(world, escrow);
  }
}

/**
 * Lets outsiders, the referee and the clock act. At the same step an act comes before the timeout.
 */
export function stepEscrows(world: World): void {
  const { at, escrows } = world.state;
  for (const escrow of [...escrows.values()]) {
    const { actAt } = escrow;
    if (actAt !== undefined && actAt <= at) {
      act(world, escrow);
    } else if (escrow.expiresAt !== undefined && escrow.expiresAt <= at) {
      if (escrow.phase === "asked") decline(world, escrow, "not funded in time");
      else refund(world, escrow);
    }
  }
}
