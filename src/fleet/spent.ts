/**
 * Deadlines whose matter is settled before their time: a lease that was renewed, an effect that was answered. They
 * are let go at the end of a turn once they are the earliest, so that the clock wakes the law for a living one.
 *
 * How many went is said by the turn, and the fold takes away so many and asks nothing: a journal of before, in which no
 * turn says so, keeps them until they pass, and one of today replays the same whatever is spent by a later rule.
 */
import { unreachable } from "../core/assert.ts";
import type { AgentId, Id } from "../core/ids.ts";
import { DEADLINES_PER_TURN_MAX } from "../core/limits.ts";
import type { EffectName } from "../protocol/effects.ts";
import { type Deadline, takeEarliest } from "./deadlines.ts";
import type { FleetState, Law } from "./state.ts";

/**
 * Whether nothing would follow at a deadline's time, nor later by it, if the state stayed as it is; and whatever makes
 * something follow again brings a deadline of its own. False where that cannot be told at once.
 *
 * Constant work: it is asked after every turn.
 */
export function isSpent(law: Law, { at, kind, key }: Deadline): boolean {
  switch (kind) {
    case "lease": {
      const delegation = law.agents.get(key as AgentId)?.delegation;
      return delegation?.phase !== "active" || delegation.expiresAt > at;
    }
    case "reservation":
      return (law.reservations.get(key)?.expiresAt ?? Infinity) > at;
    case "job":
      return (law.jobs.get(key)?.expiresAt ?? Infinity) > at;
    case "protect": {
      const position = law.positions.get(key);
      return position?.phase !== "unprotected" || position.protectBy > at;
    }
    case "answer":
      return law.outbox.get(key as EffectName)?.unresolved ?? true;
    case "proof": {
      const proof = law.bets.get(key)?.proof ?? "fair";
      return proof === "fair" || proof === "false";
    }
    case "draws": {
      // No count of the house's, or its last draw was told.
      const { drawn = 0, next = 0 } = law.toProve.get(key) ?? {};
      return next >= drawn;
    }
    case "dues":
      return law.dues.standing.get(key as Id) !== at || !law.dues.due.has(key as Id);
    // Seldom, or what follows hangs on more than one thing: they pass as they come.
    case "raise":
    case "recall":
    case "call":
    case "period":
    case "haircut":
    case "refused":
    case "rule":
    case "close":
    case "cancel":
    case "loan":
    case "sweep":
      return false;
    default:
      return unreachable(kind);
  }
}

/** Takes away the earliest deadline; a group whose deadline went has none that stands. */
function take({ deadlines, dues }: FleetState): void {
  const taken = takeEarliest(deadlines);
  if (taken?.kind !== "dues") return;
  const group = taken.key as Id;
  if (dues.standing.get(group) === taken.at) dues.standing.delete(group);
}

/** Takes away the earliest `count` deadlines: they have passed, or were let go. */
export function discard(state: FleetState, count: number): void {
  for (let taken = 0; taken < count; taken += 1) take(state);
}

/**
 * Lets go the earliest deadlines as long as they are spent; answers how many went.
 *
 * Bound: as many as may pass in one turn; behind a living one hundreds of thousands may have gathered.
 */
export function letGo(state: FleetState): number {
  let went = 0;
  while (went < DEADLINES_PER_TURN_MAX) {
    const [first] = state.deadlines;
    if (first === undefined || !isSpent(state, first)) break;
    take(state);
    went += 1;
  }
  return went;
}
