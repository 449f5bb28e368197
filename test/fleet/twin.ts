/** A story told twice: by the law, and by one that lets go of no deadline. Both must decide the same at the same times. */
import { expect } from "vitest";
import { FLEET, type Id } from "../../src/core/ids.ts";
import { type Millis, millis } from "../../src/core/time.ts";
import { type Deadline, nextDeadline } from "../../src/fleet/deadlines.ts";
import { isSpent } from "../../src/fleet/spent.ts";
import { emptyState, type FleetState } from "../../src/fleet/state.ts";
import { foldTurn, type Place, takeTurn } from "../../src/fleet/turn.ts";
import type { FleetEvent } from "../../src/protocol/events.ts";
import type { Command, CommandOf, Turn } from "../../src/protocol/turns.ts";
import { DEMO } from "./cast.ts";
import { type Step, Story, tick } from "./spec.ts";

const told = (turn: Turn | undefined): readonly FleetEvent[] =>
  (turn?.events ?? []).filter(({ type }) => type !== "DeadlinesPassed");

export class Twin extends Story {
  /** What the other keeps: its turns are folded without what was let go. */
  readonly keeps: FleetState = emptyState(DEMO);
  /** Turns of the clock in which nothing happened, of this one and of the other. */
  readonly idle = { ours: 0, theirs: 0 };
  /** By kind, deadlines that the other has and this one let go. */
  readonly spent = new Map<string, number>();

  protected override decided(command: Command, place: Place): Turn | undefined {
    const ours = super.decided(command, place);
    const theirs = this.#other(command, place);
    expect(told(theirs)).toEqual(told(ours));
    expect(theirs?.rejection).toEqual(ours?.rejection);
    if (ours !== undefined && ours.rejection === undefined && told(ours).length === 0)
      this.idle.ours += 1;
    // Between two turns the earliest deadline is one that matters.
    const [first] = this.state.deadlines;
    expect(first !== undefined && isSpent(this.state, first)).toBe(false);
    return ours;
  }

  #other(command: Command, place: Place): Turn | undefined {
    const turn = takeTurn(structuredClone(this.keeps), command, place);
    if (turn === undefined) return undefined;
    const { spent: _, ...kept } = turn;
    foldTurn(this.keeps, kept, place);
    return turn;
  }

  /** Time passes from deadline to deadline of either, as for a coordinator whose clock is exact. */
  override run(step: Step): void {
    if (typeof step === "function" || !("wait" in step)) return super.run(step);
    const until = millis(this.now + step.wait);
    for (let next = this.#next(); next <= until; next = this.#next()) {
      this.now = millis(Math.max(next, this.now));
      if ((nextDeadline(this.state.deadlines) ?? until + 1) <= this.now) this.take(tick);
      else this.#alone();
    }
    this.now = until;
  }

  #next(): Millis | number {
    const heaps = [this.state.deadlines, this.keeps.deadlines];
    return Math.min(...heaps.map((heap) => nextDeadline(heap) ?? Number.POSITIVE_INFINITY));
  }

  /** The other's clock alone wakes it: it must find nothing to do. */
  #alone(): void {
    for (const { kind } of this.#due()) this.spent.set(kind, (this.spent.get(kind) ?? 0) + 1);
    const stamp = { id: "" as Id, from: FLEET, at: this.now, exp: millis(this.now + 1), print: 0 };
    const command: CommandOf<"Tick"> = { type: "Tick", stamp, body: {} };
    const turn = this.#other(command, { seq: this.journal.length + 1, turn: 0 });
    expect(told(turn)).toEqual([]);
    this.idle.theirs += 1;
  }

  #due = (): readonly Deadline[] => this.keeps.deadlines.filter(({ at }) => at <= this.now);
}
