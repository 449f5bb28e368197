/** Watches a specialist's decisions: makes each one twice, on input that nobody may change. */
import { isDeepStrictEqual } from "node:util";
import type { AgentView } from "../protocol/views.ts";
import { Kept } from "./conformance-kept.ts";
import type { Decision, SpecialistDefinition, StrategyContext } from "./define.ts";
import { INTENTS_MAX, isReducing } from "./intent.ts";
import type { Random } from "./random.ts";

/** What a check found wrong, in a sentence for whoever writes the specialist. */
export class ConformanceError extends Error {
  override readonly name = "ConformanceError";
  readonly code = "conformance";
  readonly retryable = false;
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
  let remembered = new Kept();
  const told = (what: string, kept: Kept): void => {
    const changed = kept.changed();
    if (changed !== "") broken.push(`${what} ${changed}`);
  };
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
    const { config, outcomes, marks } = context;
    told("between two decisions it changed", remembered);
    const kept = new Kept()
      .keep("view", view)
      .keep("memory", memory)
      .keep("context.config", config);
    kept.keep("context.outcomes", outcomes).keep("context.marks", marks);
    const decide = () => definition.strategy(view, memory, given);
    const first = decide();
    told("it changed what it was given:", kept);
    remembered = new Kept().keep("memory", first.memory);
    replayed.again();
    const second = decide();
    told("it changed what it was given:", kept);
    told("a second decision changed what the first had given:", remembered);
    if (plain(first) !== plain(second)) {
      broken.push("the same view, memory and chance made two decisions");
    } else if (!isDeepStrictEqual(first.memory, second.memory)) {
      broken.push(
        "the same view, memory and chance made two memories: what is not in them decides",
      );
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
