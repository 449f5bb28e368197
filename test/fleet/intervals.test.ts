/** Intervals of netting go on without a turn while nothing is due, and what is due is netted when it always was. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Id } from "../../src/core/ids.ts";
import { millis } from "../../src/core/time.ts";
import { nextDeadline } from "../../src/fleet/deadlines.ts";
import { fleetView } from "../../src/fleet/views.ts";
import type { FleetEvent } from "../../src/protocol/events.ts";
import { freezeState, thawState } from "../../src/runtime/snapshots.ts";
import { canonical } from "./canonical.ts";
import { ALICE, BOB, ETH, named, T0, usd } from "./cast.ts";
import { crisisFleet, crisisPolicy, eventsOf } from "./crisis-cast.ts";
import {
  ACCEPTED,
  answered,
  by,
  type Draft,
  effectOf,
  given,
  ops,
  REJECTED,
  type Story,
  tick,
  wait,
} from "./spec.ts";
import { deposited, enrolled, granted, marks } from "./steps.ts";

const terms = { cap: "500", leaseMs: 90_000_000 };
const fleet = crisisFleet(crisisPolicy({}), "1000", [ALICE, terms], [BOB, terms]);
/** Rich in coins and poor in cash: what is owed may be more than there is. */
const poor = [
  ...[...crisisFleet(crisisPolicy({}), "300"), deposited("10", ETH), marks("10000")],
  ...[enrolled(ALICE), granted(ALICE, terms), enrolled(BOB), granted(BOB, terms)],
];
const EVERY = 10_000;
const agreed = (party: string, everyMs = EVERY, group = party) =>
  ops("SetAgreement", { party, everyMs, group });
const due = (name: string, amount: string, party = "shop", direction: "pay" | "receive" = "pay") =>
  by(ALICE, "RecordDue", { due: name, party, direction, amount });
const dueTimes = ({ state }: Story) =>
  state.deadlines.flatMap(({ at, kind }) => (kind === "dues" ? [at - T0] : []));

/** The old rule: the deadline of a group comes round for ever, and a group is netted whenever it comes. */
class Rounds {
  readonly #agreements = new Map<string, { readonly group: string; readonly everyMs: number }>();
  readonly #nextAt = new Map<string, number>();

  set(party: string, group: string, everyMs: number, at: number): void {
    this.#agreements.set(party, { group, everyMs });
    const [running, soon] = [this.#nextAt.get(group) ?? 0, at + everyMs];
    this.#nextAt.set(group, running > at && running < soon ? running : soon);
  }

  end(party: string): void {
    this.#agreements.delete(party);
  }

  /** Groups that have parties, and when each comes round. */
  get next(): ReadonlyMap<string, number> {
    const living = new Set([...this.#agreements.values()].map(({ group }) => group));
    return new Map([...this.#nextAt].filter(([group]) => living.has(group)));
  }

  /** Which groups come round now; each begins its next interval. */
  round(at: number): readonly string[] {
    const now = [...this.next].filter(([, nextAt]) => nextAt <= at).map(([group]) => group);
    for (const group of now) {
      const own = [...this.#agreements.values()].filter((one) => one.group === group);
      this.#nextAt.set(group, at + Math.min(...own.map(({ everyMs }) => everyMs)));
    }
    return now;
  }
}

type Did = readonly [what: number, a: number, b: number, ms: number];
const LAST: Did = [11, 0, 0, 40_000];

/** A story of debts beside the old rule: whatever comes round with something due is netted there and then. */
class Beside {
  readonly story = given(...poor);
  readonly rounds = new Rounds();
  readonly seen = new Map<string, number>();
  /** Rounds in which nothing was due. */
  quiet = 0;
  #names = 0;

  step([what, a, b, ms]: Did): void {
    const party = ["shop", "mill", "port"][a % 3] ?? "shop";
    const group = ["club", "guild"][b % 2] ?? "club";
    const amount = `${1 + (b % 300)}`;
    const name = `d${++this.#names}`;
    if (what < 2) {
      const everyMs = 1_000 * (1 + (ms % 9));
      if (this.#take(agreed(party, everyMs, group)))
        this.rounds.set(party, group, everyMs, this.story.now);
    } else if (what === 2) {
      if (this.#take(ops("EndAgreement", { party }))) this.rounds.end(party);
    } else if (what < 5) this.#take(due(name, amount, party, b % 3 === 0 ? "receive" : "pay"));
    else if (what === 5) {
      const creditor = party === "shop" ? "mill" : "shop";
      this.#take(ops("RecordOutsideDue", { debtor: party, creditor, amount }));
    } else if (what === 6) this.#take(ops("ReceiveDue", { party, amount: `${1 + (b % 40)}` }));
    else if (what === 7) this.#answer(b % 2 === 0);
    else this.#pass(ms);
  }

  #take(draft: Draft): boolean {
    const turn = this.story.take(draft);
    this.#count(turn?.events ?? []);
    return turn !== undefined && turn.rejection === undefined;
  }

  #answer(yes: boolean): void {
    const open = [...this.story.state.outbox.values()].some(
      ({ approved }) => approved.effect.type === "Withdraw",
    );
    if (!open) return;
    this.story.run(answered(effectOf("Withdraw"), yes ? ACCEPTED : REJECTED));
    this.#count(this.story.last?.events ?? []);
  }

  #count(events: readonly FleetEvent[]): void {
    for (const { type } of events) this.seen.set(type, (this.seen.get(type) ?? 0) + 1);
  }

  #pass(ms: number): void {
    const { story } = this;
    const until = story.now + ms;
    for (;;) {
      const rounds = Math.min(...this.rounds.next.values(), Number.POSITIVE_INFINITY);
      const next = Math.min(rounds, nextDeadline(story.state.deadlines) ?? rounds);
      if (next > until) break;
      story.now = millis(Math.max(next, story.now));
      this.#round();
    }
    story.now = millis(until);
  }

  /** One instant: what the old rule nets now, and what the law does. */
  #round(): void {
    const { story } = this;
    const { dues } = story.state;
    const expected = new Map<string, bigint>();
    for (const group of this.rounds.round(story.now)) {
      const ours = [...dues.open.values()].filter(
        ({ party }) => dues.agreements.get(party)?.group === group,
      );
      const all = [...ours, ...dues.outside.filter((one) => one.group === group)];
      if (all.length === 0) this.quiet += 1;
      else
        expected.set(
          group,
          all.reduce((sum, { amount }) => sum + amount, 0n),
        );
    }
    const made = new Map<string, bigint>();
    while ((nextDeadline(story.state.deadlines) ?? Number.POSITIVE_INFINITY) <= story.now) {
      const turn = story.take(tick);
      this.#count(turn?.events ?? []);
      // Nobody is woken for nothing.
      expect(turn?.events.length).toBeGreaterThan(1);
      for (const event of turn?.events ?? []) {
        if (event.type === "DuesNetted") made.set(event.group, event.gross);
        if (event.type === "DuesDeferred") made.set(event.group, expected.get(event.group) ?? -1n);
      }
    }
    expect(made).toEqual(expected);
  }
}

describe("intervals", () => {
  test("DUE-022: always the same debts are netted at the same times as when intervals came round for ever", () => {
    const seen = new Map<string, number>();
    let quiet = 0;
    const n = fc.integer({ min: 0, max: 1_000_000 });
    const did = fc.tuple(
      fc.integer({ min: 0, max: 11 }),
      n,
      n,
      fc.integer({ min: 0, max: 40_000 }),
    );
    fc.assert(
      fc.property(fc.array(did, { minLength: 10, maxLength: 60, size: "max" }), (all) => {
        const beside = new Beside();
        for (const one of [...all, LAST]) beside.step(one);
        beside.story.check();
        for (const [type, count] of beside.seen) seen.set(type, (seen.get(type) ?? 0) + count);
        quiet += beside.quiet;
      }),
      { seed: 31, numRuns: 60 },
    );
    const met = ["DuesNetted", "DuesDeferred", "DuePaymentFailed", "DueReceived", "AgreementEnded"];
    expect([...met, "OutsideDueRecorded"].filter((type) => !seen.has(type))).toEqual([]);
    expect(quiet).toBeGreaterThan(500);
  });

  test("DUE-014: where nothing is due no time passes with a turn; a debt is netted at its interval's end", () => {
    const story = given(...fleet, agreed("shop"), wait(4 * EVERY));
    story.when(tick);
    expect(eventsOf(story, "DuesNetted")).toEqual([]);
    story.given(wait(3_000), due("d1", "7"));
    expect(eventsOf(story, "DueRecorded")).toMatchObject([{ nextAt: T0 + 5 * EVERY }]);
    expect(dueTimes(story)).toEqual([5 * EVERY]);
    story.given(wait(6_999)).when(tick).bringsNothing();
    story
      .given(wait(1))
      .when(tick)
      .bringsAmong({ type: "DuesNetted", gross: usd("7") } as never);
    expect(story.state.dues.due.size).toBe(0);
  });

  test("DUE-015: what waits for cash, failed or is still to come keeps its deadline; what came lets it go", () => {
    const failed = given(...fleet, agreed("shop"), due("d1", "100"), wait(EVERY), tick);
    failed.given(answered(effectOf("Withdraw"), REJECTED));
    expect(dueTimes(failed)).toEqual([2 * EVERY]);
    expect(failed.state.dues.standing.get(named("shop"))).toBe(T0 + 2 * EVERY);
    const owed = given(...fleet, agreed("shop"), due("d1", "9", "shop", "receive"));
    owed.given(wait(EVERY), tick, ops("ReceiveDue", { party: "shop", amount: "4" }));
    expect(dueTimes(owed)).toEqual([2 * EVERY]);
    owed.given(ops("ReceiveDue", { party: "shop", amount: "5" }));
    expect([dueTimes(owed), owed.last?.spent]).toEqual([[], 1]);
  });

  test("DUE-016: a payment that fails when the agreement is over is netted once there is one again", () => {
    const story = given(...fleet, agreed("shop"), due("d1", "100"), wait(EVERY), tick);
    story.given(ops("EndAgreement", { party: "shop" }));
    story.given(answered(effectOf("Withdraw"), REJECTED));
    expect(story.last?.events.find(({ type }) => type === "DuePaymentFailed")).not.toHaveProperty(
      "nextAt",
    );
    story.given(wait(9 * EVERY)).when(tick);
    expect(eventsOf(story, "DuesNetted")).toHaveLength(1);
    story.given(agreed("shop"), wait(EVERY)).when(tick);
    expect(eventsOf(story, "DuesNetted")).toHaveLength(2);
  });

  test("DUE-017: intervals that ended quietly were of the length that they had, though the length is another now", () => {
    const story = given(...fleet, agreed("shop", 3_000, "club"), agreed("mill", 50_000, "club"));
    story.given(wait(10_000), ops("EndAgreement", { party: "shop" }), wait(1_000));
    story.given(due("d1", "7", "mill"));
    // The fourth interval of three seconds still ran; fifty begin after it.
    expect(dueTimes(story)).toEqual([12_000]);
  });

  test("DUE-018: views tell when the interval that runs ends, also where nothing has been due for long", () => {
    const story = given(...fleet, agreed("shop"), wait(4 * EVERY + 1));
    const told = () => fleetView(story.state, story.now).agreements?.[0]?.nextAt;
    expect(told()).toBe(T0 + 5 * EVERY);
    story.given(wait(EVERY - 1));
    expect(told()).toBe(T0 + 6 * EVERY);
  });

  test("DUE-019: a snapshot keeps what stands and where the intervals end", () => {
    const story = given(...fleet, agreed("shop"), agreed("mill"), due("d1", "7"), wait(1));
    const thawed = thawState(freezeState(story.state));
    expect(canonical(thawed)).toBe(canonical(story.state));
    expect(thawed?.dues.standing.get("shop" as Id)).toBe(T0 + EVERY);
  });
});
