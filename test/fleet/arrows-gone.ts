/** Which arrows of a lifecycle some stories have gone. */
import type { AnyStateMachine } from "xstate";
import { evolve } from "../../src/fleet/evolve.ts";
import { emptyState, type FleetState } from "../../src/fleet/state.ts";
import type { FleetEvent } from "../../src/protocol/events.ts";
import { DEMO } from "./cast.ts";
import { given, type Step } from "./spec.ts";

/** What an event is to a lifecycle, as the state was before it; undefined: no arrow. */
export type Told = (event: FleetEvent, before: FleetState) => string | undefined;
export interface Lifecycle {
  readonly machine: AnyStateMachine;
  /** The arrow that an event is; refusals by the venue among them. */
  readonly arrows: Readonly<Record<string, string | Told>>;
  readonly phaseIn: (state: FleetState) => string | undefined;
  readonly stories: readonly (readonly Step[])[];
}

/** A phase that is the last is forgotten in most lives: it is only known to be over. */
export const kept = (machine: AnyStateMachine, phase: string | undefined): string =>
  phase === undefined || machine.states[phase]?.type === "final" ? "over" : phase;

/** Arrows gone, as `phase EVENT phase`, by folding each story's journal event by event. */
export function gone({ machine, arrows, phaseIn, stories }: Lifecycle): ReadonlySet<string> {
  const found = new Set<string>();
  for (const steps of stories) {
    const state = emptyState(DEMO);
    for (const { turn } of given(...steps).journal) {
      for (const event of turn.events) {
        const before = phaseIn(state);
        const arrow = arrowOf(event, arrows, state);
        evolve(state, event, turn.at);
        const now = kept(machine, phaseIn(state));
        if (before !== undefined && arrow !== undefined) found.add(`${before} ${arrow} ${now}`);
      }
    }
  }
  return found;
}

/** A recall that was refused is told by the answer to its effect alone. */
function arrowOf(
  event: FleetEvent,
  arrows: Lifecycle["arrows"],
  before: FleetState,
): string | undefined {
  const refused = event.type === "EffectAnswered" && event.outcome === "rejected";
  const arrow = arrows[refused ? "refused" : event.type];
  return typeof arrow === "function" ? arrow(event, before) : arrow;
}
