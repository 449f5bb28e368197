/** What a specialist counts of itself, for nothing: decisions, intents and what became of them, answers, phases. */
import type { SpecialistPhase } from "../../machines/specialist.ts";
import type { Outcome } from "./intent.ts";
import type { BeatCounts } from "./link.ts";

export interface SpecialistMetrics {
  readonly decisions: number;
  /** Rounds that ended in a failure of the link. */
  readonly failures: number;
  readonly events: number;
  readonly marks: number;
  /** Events and marks that came again or late, and were told to nobody. */
  readonly dropped: number;
  /** By command: how many were taken, and refused by code. */
  readonly intents: Readonly<Record<string, IntentCounts>>;
  /** Waits for an answer of the fleet, in ms of the specialist's clock. */
  readonly answers: { readonly count: number; readonly totalMs: number; readonly maxMs: number };
  /** Time spent in each phase that is over, in ms. */
  readonly phaseMs: Readonly<Partial<Record<SpecialistPhase, number>>>;
}

export interface IntentCounts {
  readonly taken: number;
  readonly refused: Readonly<Record<string, number>>;
}

export class Metrics {
  readonly #now: () => number;
  readonly #intents = new Map<string, { taken: number; refused: Record<string, number> }>();
  readonly #phaseMs: Partial<Record<SpecialistPhase, number>> = {};
  readonly #answers = { count: 0, totalMs: 0, maxMs: 0 };
  #phase: { readonly name: SpecialistPhase; readonly since: number } | undefined;
  decisions = 0;
  failures = 0;
  events = 0;
  marks = 0;
  dropped = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  entered(name: SpecialistPhase): void {
    const now = this.#now();
    const last = this.#phase;
    if (last !== undefined) {
      this.#phaseMs[last.name] = (this.#phaseMs[last.name] ?? 0) + now - last.since;
    }
    this.#phase = { name, since: now };
  }

  became(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      const { command } = outcome.intent;
      const counts = this.#intents.get(command) ?? { taken: 0, refused: {} };
      this.#intents.set(command, counts);
      if (outcome.ok) counts.taken += 1;
      else counts.refused[outcome.code] = (counts.refused[outcome.code] ?? 0) + 1;
    }
  }

  /** Measures the wait for an answer; what is thrown is passed on and not counted as one. */
  async answered<T>(question: () => Promise<T>): Promise<T> {
    const asked = this.#now();
    const answer = await question();
    const ms = this.#now() - asked;
    this.#answers.count += 1;
    this.#answers.totalMs += ms;
    this.#answers.maxMs = Math.max(this.#answers.maxMs, ms);
    return answer;
  }

  get counts(): BeatCounts {
    let intents = 0;
    let refused = 0;
    for (const counts of this.#intents.values()) {
      const no = Object.values(counts.refused).reduce((sum, n) => sum + n, 0);
      intents += counts.taken + no;
      refused += no;
    }
    const { count: answers, totalMs: answersMs } = this.#answers;
    return {
      decisions: this.decisions,
      intents,
      refused,
      failures: this.failures,
      answers,
      answersMs,
    };
  }

  get all(): SpecialistMetrics {
    const { decisions, failures, events, marks, dropped } = this;
    const intents = Object.fromEntries(
      [...this.#intents].map(([command, { taken, refused }]) => [
        command,
        { taken, refused: { ...refused } },
      ]),
    );
    const answers = { ...this.#answers };
    const counted = { decisions, failures, events, marks, dropped };
    return { ...counted, intents, answers, phaseMs: { ...this.#phaseMs } };
  }
}
