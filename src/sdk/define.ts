/** How a specialist is described: a name, a service, a config and a pure strategy. */
import type { AnyStateMachine } from "xstate";
import type { z } from "zod";
import type { AgentView } from "../protocol/views.ts";
import type { Service } from "../protocol/words.ts";
import { checkDefinition } from "./checked.ts";
import type { Intent, Outcome } from "./intent.ts";
import type { LifecycleState } from "./lifecycle.ts";
import type { MarkMessage } from "./link.ts";
import type { MarkWake } from "./mark-watch.ts";
import type { Random } from "./random.ts";

/** What a decision may know beside view and memory. Nothing in it acts. */
export interface StrategyContext<C> {
  readonly config: C;
  /** The fleet's own time, of the view, epoch ms. */
  readonly now: number;
  /** `reduce`: only reducing intents will be sent. A halted specialist is not asked at all. */
  readonly stance: "run" | "reduce";
  /** Why it may only reduce, or "". */
  readonly why: string;
  /** What became of the intents of the decision before. */
  readonly outcomes: readonly Outcome[];
  /** The newest mark of each market that came since the start, in market time. */
  readonly marks: ReadonlyMap<string, MarkMessage>;
  readonly random: Random;
  /** Where the specialist's own machine stands. None: undefined when it has none. */
  readonly lifecycle: LifecycleState | undefined;
  /** A name for a new order, bet, escrow or loan: unique for ever, the same for the same decision. */
  readonly name: (kind: string) => string;
}

export interface Decision<M> {
  /** Sent one after another, in this order; at most `INTENTS_MAX`. */
  readonly intents: readonly Intent[];
  /** Handed to the next decision. Lost at a restart: what must outlive one is in the view. */
  readonly memory: M;
  /** Set when it sits out: why, for people. */
  readonly rest?: string;
}

/** View in, intents out: no clock, no chance of its own, no promise, nothing changed. */
export type Strategy<C, M> = (
  view: AgentView,
  memory: M,
  context: StrategyContext<C>,
) => Decision<M>;

export interface SpecialistDefinition<C, M> {
  /** What kind it is, for logs: 1 to 32 of a-z, 0-9 and "-". */
  readonly name: string;
  readonly service: Service;
  /** Strict, with defaults: `{}` must be a whole config unless something has to be named. */
  readonly config: z.ZodType<C>;
  /** Memory at a start and after every restart, made of the fleet's truth. */
  readonly begin: (view: AgentView, config: C) => M;
  readonly strategy: Strategy<C, M>;
  /** Wait between two decisions, in ms: above 0. */
  readonly intervalMs: (config: C) => number;
  /**
   * A statechart of its own beside the common lifecycle, told of phases, views, outcomes and events
   * (`LifecycleEvent`); the strategy sees where it stands. Its timers run on the specialist's clock.
   * Made at the first look of each start, of the fleet's truth like `begin`: where it stood before, what
   * was in its context and what its timers had left is lost, unless the view tells it.
   */
  readonly lifecycle?: (view: AgentView, config: C) => AnyStateMachine;
  /** Events that wake it earlier, by type, beside those of its own governance. */
  readonly wakeOn?: readonly string[];
  /**
   * Marks that wake it earlier: a market's, once it has moved by so much since the last decision. However
   * many come, two decisions lie `timing.leastMs` apart; a fleet that did not answer, or halted it, is
   * not asked sooner for a mark.
   */
  readonly wakeOnMark?: (config: C) => readonly MarkWake[];
}

/** @throws RangeError that names every field which is not what its type says: JavaScript has no compiler. */
export function defineSpecialist<C, M>(
  definition: SpecialistDefinition<C, M>,
): SpecialistDefinition<C, M> {
  checkDefinition(definition);
  return definition;
}

/** What always wakes a specialist: changes of what it may do. */
export const GOVERNANCE = [
  "ModeSet",
  "ZoneChanged",
  "DelegationGranted",
  "DelegationRecalled",
  "DelegationRevoked",
  "DelegationEnded",
  "LeaseExpired",
  "CapCut",
  "CapRaised",
  "FloorBreached",
  "MarginCalled",
  "MarginCured",
  "MarginResolved",
] as const;
