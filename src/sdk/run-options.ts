/** How a specialist is started, and how it ends. */
import type { InspectionEvent } from "xstate";
import type { Clock } from "./clock.ts";
import type { FleetLink } from "./link.ts";
import type { Log } from "./log.ts";

export interface Timing {
  /** How long a command is asked for before it counts as unanswered, in ms. */
  readonly requestMs: number;
  /** How long a command stays meant, in ms. */
  readonly ttlMs: number;
  /** Least wait between two decisions, however many events come, in ms. */
  readonly leastMs: number;
  /** Wait after the first failure in a row, in ms; doubled with each, up to the largest. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}

export const TIMING: Timing = {
  requestMs: 2_000,
  ttlMs: 15_000,
  leastMs: 200,
  backoffMs: 250,
  backoffMaxMs: 10_000,
};

export interface RunOptions {
  /** The link, or how to make one: then a lost link is made anew. */
  readonly link: FleetLink | (() => Promise<FleetLink>);
  /** Unique for each start of this agent, 1 to 16 of a-z and 0-9: the ids it gives are made of it. */
  readonly nonce: string;
  /** Of all its chance. */
  readonly seed: number;
  /** As the operator wrote it; checked against the definition's schema. */
  readonly config?: unknown;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly timing?: Partial<Timing>;
  /**
   * Sees every step of the specialist's machines, as XState inspects actors: hand it to an inspector,
   * or `inspectSteps` for plain lines.
   */
  readonly inspect?: (event: InspectionEvent) => void;
}

/** How it ended. `error` is what a failed one failed of. */
export type Ended =
  | { readonly phase: "stopped"; readonly why: string }
  | { readonly phase: "failed"; readonly why: string; readonly error: unknown };
