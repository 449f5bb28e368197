/** Asks a law machine for its next phase: the arrows decide, nothing is run. */
import { type AnyStateMachine, getNextSnapshot } from "xstate";

const memo = new Map<string, string | undefined>();

/**
 * The phase after `event`, or undefined where the machine has no such arrow.
 *
 * A law machine has only states and arrows, so the answer is a constant of (machine, phase, event) and
 * is remembered. `getNextSnapshot` hands the same snapshot back for an illegal event, so `can` is asked
 * first.
 */
export function step<P extends string>(
  machine: AnyStateMachine,
  phase: P,
  event: string,
): P | undefined {
  const key = `${machine.id}|${phase}|${event}`;
  if (memo.has(key)) return memo.get(key) as P | undefined;
  const snapshot = machine.resolveState({ value: phase, context: {} });
  const next = snapshot.can({ type: event })
    ? (getNextSnapshot(machine, snapshot, { type: event }).value as P)
    : undefined;
  memo.set(key, next);
  return next;
}

/** Every arrow of a machine as [from, event, to], for tests and for the drawn pages. */
export function arrowsOf(machine: AnyStateMachine): readonly (readonly [string, string, string])[] {
  const arrows: [string, string, string][] = [];
  for (const [from, node] of Object.entries(machine.states)) {
    for (const event of node.ownEvents) {
      const to = step(machine, from, event);
      if (to !== undefined) arrows.push([from, event, to]);
    }
  }
  return arrows;
}
