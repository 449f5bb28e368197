/** Watches a specialist's decisions: makes each one twice, on input that nobody may change. */
import type { AgentView } from "../protocol/views.ts";
import type { Decision, SpecialistDefinition, StrategyContext } from "./define.ts";
import { INTENTS_MAX, isReducing } from "./intent.ts";
import type { Random } from "./random.ts";

/** What a check found wrong, in a sentence for whoever writes the specialist. */
export class ConformanceError extends Error {
  override readonly name = "ConformanceError";
  readonly code = "conformance";
  readonly retryable = false;
}

/** Freezes plain data all the way down. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}

/** The first time it draws, and keeps; the second time it gives the same again. */
class Replayed {
  readonly #drawn: unknown[] = [];
  #at: number | undefined;

  again(): void {
    this.#at = 0;
  }

  of<T>(draw: () => T): T {
    if (this.#at !== undefined && this.#at < this.#drawn.length) {
      this.#at += 1;
      return this.#drawn[this.#at - 1] as T;
    }
    const value = draw();
    this.#drawn.push(value);
    return value;
  }
}

const plain = (decision: Decision<unknown>): string =>
  JSON.stringify([decision.intents, decision.rest ?? ""], (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );

export interface Watched<C, M> {
  readonly definition: SpecialistDefinition<C, M>;
  /** Words that were broken, in the order they were. */
  readonly broken: string[];
  readonly decisions: () => number;
}

/** The same specialist, watched. */
export function watched<C, M>(definition: SpecialistDefinition<C, M>): Watched<C, M> {
  const broken: string[] = [];
  let decisions = 0;
  const strategy = (view: AgentView, memory: M, context: StrategyContext<C>): Decision<M> => {
    decisions += 1;
    const replayed = new Replayed();
    const random: Random = {
      next: () => replayed.of(() => context.random.next()),
      int: (from, to) => replayed.of(() => context.random.int(from, to)),
      text: (length) => replayed.of(() => context.random.text(length)),
    };
    const name = (kind: string): string => replayed.of(() => context.name(kind));
    const given = { ...context, random, name };
    const decide = () => definition.strategy(frozen(view), frozen(memory), given);
    const first = decide();
    replayed.again();
    const second = decide();
    if (plain(first) !== plain(second)) {
      broken.push("the same view, memory and chance made two decisions");
    }
    if (first.intents.length > INTENTS_MAX) {
      broken.push(`a decision had ${first.intents.length} intents, more than ${INTENTS_MAX}`);
    }
    const opening = first.intents.find((intent) => !isReducing(intent));
    if (context.stance === "reduce" && opening !== undefined) {
      broken.push(`told to reduce (${context.why}) it asked for ${opening.command}`);
    }
    return first;
  };
  return { definition: { ...definition, strategy }, broken, decisions: () => decisions };
}
