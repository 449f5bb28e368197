/** A specialist's own statechart beside the common lifecycle: on the same clock, in the same inspector. */
import {
  type Actor,
  type AnyStateMachine,
  createActor,
  type InspectionEvent,
  matchesState,
  type StateValue,
} from "xstate";
import type { SpecialistPhase } from "../../machines/specialist.ts";
import type { AgentView } from "../protocol/views.ts";
import type { Clock } from "./clock.ts";
import type { Outcome } from "./intent.ts";
import type { PublicEvent } from "./link.ts";

/** What a specialist's own machine is told. What it has no arrow for leaves it where it is. */
export type LifecycleEvent =
  | { readonly type: "PHASE"; readonly phase: SpecialistPhase; readonly why: string }
  /** The truth of the decision that comes next. */
  | { readonly type: "VIEW"; readonly view: AgentView }
  | { readonly type: "OUTCOME"; readonly outcome: Outcome }
  /** An event of its own or of the whole fleet: each once at most, and none that is behind a newer one. */
  | { readonly type: "FLEET"; readonly event: PublicEvent };

/** Where it stands when a decision is made: a fact like any other for the strategy. */
export interface LifecycleState {
  readonly value: StateValue;
  readonly context: unknown;
  /** `"open"`, for nested and parallel states `"open.hedged"`, or as XState has it: `{ open: "hedged" }`. */
  readonly matches: (state: StateValue) => boolean;
}

export interface LifecycleOptions {
  /** Made of the truth of its first look, as the memory is. */
  readonly machine: (view: AgentView) => AnyStateMachine;
  readonly clock: Clock;
  readonly inspect: ((event: InspectionEvent) => void) | undefined;
  /** It broke: an action or a guard threw. It hears nothing any more. */
  readonly onBroken: (error: unknown) => void;
}

export class Lifecycle {
  readonly #options: LifecycleOptions;
  #actor: Actor<AnyStateMachine> | undefined;
  #over = false;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /** Starts it on the first view; a later one changes nothing. */
  begin(view: AgentView): void {
    if (this.#actor !== undefined || this.#over) return;
    const { clock, inspect, onBroken } = this.#options;
    const machine = this.#options.machine(view);
    this.#actor = createActor(machine, {
      clock,
      id: machine.id,
      ...(inspect === undefined ? {} : { inspect }),
    });
    // Without an observer of errors a broken actor would throw into nowhere and look alive.
    this.#actor.subscribe({ error: onBroken });
    this.#actor.start();
  }

  /** Before the first view there is nobody to tell. */
  tell(event: LifecycleEvent): void {
    if (this.#actor?.getSnapshot().status === "active") this.#actor.send(event);
  }

  /** None: undefined before the first view. */
  get state(): LifecycleState | undefined {
    if (this.#actor === undefined) return undefined;
    const { value, context } = this.#actor.getSnapshot();
    return {
      value,
      context,
      matches: (state) =>
        typeof state === "string" ? pathsOf(value).includes(state) : matchesState(state, value),
    };
  }

  stop(): void {
    this.#over = true;
    this.#actor?.stop();
  }
}

/** Every state that is active, from the outermost in. */
export function pathsOf(value: StateValue, above = ""): string[] {
  if (typeof value === "string") return [above + value];
  return Object.entries(value).flatMap(([name, below]) => {
    if (below === undefined) return [above + name];
    return [above + name, ...pathsOf(below, `${above}${name}.`)];
  });
}

/** One inspection event in plain words, for a log or a file of JSON lines. */
export interface Inspected {
  /** Of the clock that the specialist lives by, epoch ms. */
  readonly at: number;
  readonly actor: string;
  readonly event: string;
  /** Where it stands after the event. */
  readonly state: StateValue;
}

/** Makes an `inspect` that hands on each step of each machine, once, in plain words. */
export const inspectSteps =
  (now: () => number, onStep: (step: Inspected) => void) =>
  (given: InspectionEvent): void => {
    if (given.type !== "@xstate.snapshot") return;
    const { snapshot } = given;
    const state = (snapshot as { readonly value?: StateValue }).value;
    if (state === undefined) return;
    const actor = (given.actorRef as { readonly id?: string }).id ?? "";
    onStep({ at: now(), actor, event: given.event.type, state });
  };
