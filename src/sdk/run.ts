/** Runs a specialist: wake, look, decide, ask, and the same again, one decision at a time. */
import type { SpecialistPhase } from "../../machines/specialist.ts";
import { checkDefinition, checkOptions } from "./checked.ts";
import type { SpecialistDefinition } from "./define.ts";
import type { SpecialistMetrics } from "./metrics.ts";
import type { Ended, RunOptions } from "./run-options.ts";
import { Runner } from "./runner.ts";

export interface RunningSpecialist {
  /** Settles once, when it has stopped or failed and its link is closed. Never rejects. */
  readonly done: Promise<Ended>;
  phase(): SpecialistPhase;
  /** Why it is in that phase, or "". */
  why(): string;
  /** Sends nothing more, closes the link. */
  stop(): Promise<Ended>;
  /** Hands the actor an event from outside. False when it is none of its events. */
  tell(event: unknown): boolean;
  /** Tells each new phase, and another reason for the same one once a minute at most. */
  onPhase(listener: (phase: SpecialistPhase, why: string) => void): () => void;
  /** What it has counted of itself since its start. */
  metrics(): SpecialistMetrics;
}

/** @throws RangeError when definition, options or config are not what they must be; nothing has started then. */
export function runSpecialist<C, M>(
  definition: SpecialistDefinition<C, M>,
  options: RunOptions,
): RunningSpecialist {
  // It may come from a module that never called defineSpecialist.
  checkDefinition(definition);
  checkOptions(options);
  const parsed = definition.config.safeParse(options.config ?? {});
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) =>
      path.length === 0 ? message : `${path.join(".")}: ${message}`,
    );
    throw new RangeError(`config of ${definition.name}: ${issues.join("; ")}`);
  }
  const runner = new Runner(definition, parsed.data, options);
  const done = runner.live();
  return {
    done,
    phase: () => runner.phase,
    why: () => runner.why,
    stop: () => {
      runner.tell({ type: "STOP" });
      return done;
    },
    tell: (event) => runner.tell(event),
    onPhase: (listener) => runner.onPhase(listener),
    metrics: () => runner.metrics.all,
  };
}
