/** Turns: answers are remembered as long as they can be asked for, deadlines come in order, replay is the fold. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvariantError } from "../../src/core/assert.ts";
import { AGENTS_MAX, DEADLINES_PER_TURN_MAX, OPEN_PER_AGENT_MAX } from "../../src/core/limits.ts";
import { millis } from "../../src/core/time.ts";
import {
  type Deadline,
  dueBy,
  nextDeadline,
  schedule,
  takeEarliest,
} from "../../src/fleet/deadlines.ts";
import { evolve } from "../../src/fleet/evolve.ts";
import { emptyState } from "../../src/fleet/state.ts";
import { answered, foldTurn, hasRoom } from "../../src/fleet/turn.ts";
import { agentView, fleetView } from "../../src/fleet/views.ts";
import { canonical } from "./canonical.ts";
import { ALICE, BOB, DEMO, named, POLICY } from "./cast.ts";
import {
  ACCEPTED,
  answered as answerOf,
  by,
  effectOf,
  given,
  inner,
  ops,
  reported,
  tick,
  wait,
} from "./spec.ts";
import { aliceLong, configured, enrolled, fill, fleetOf, granted, open, order } from "./steps.ts";

const reserve = (reservation: string, ttlMs = 1_000) =>
  by(ALICE, "Reserve", { reservation, amount: "1", service: "trading", ttlMs });

describe("answers", () => {
  const ask = (story: ReturnType<typeof given>, id: string, from = ALICE) =>
    answered(story.state, {
      type: "Renew",
      stamp: { id: named(id), from, at: story.now, exp: story.now, print: story.last?.print ?? 0 },
      body: { id: named(id) },
    });

  test("TRN-001: the same id is given the same answer, a refusal as well as a yes", () => {
    const yes = given(...fleetOf(ALICE)).when({ ...reserve("r1"), id: "a" });
    expect(ask(yes, "a")).toEqual({ ok: true, seq: yes.state.seq, turn: 0 });
    const no = given(...open).when({ ...reserve("r1"), id: "a" });
    expect(ask(no, "a")).toMatchObject({ ok: false, rejection: { code: "unknown_agent" } });
  });

  test("TRN-002: another's id is not one's own, and the coordinator's commands have none", () => {
    const story = given(...fleetOf(ALICE, BOB), { ...reserve("r1"), id: "a" });
    expect(ask(story, "a", BOB)).toBeUndefined();
    expect([...story.state.answers.keys()].some((key) => key.startsWith("fleet/"))).toBe(false);
  });

  test("TRN-003: an answer is kept until its command has expired, and then forgotten", () => {
    const story = given(...fleetOf(ALICE)).when({ ...reserve("r1", 500_000), id: "a" });
    story.given(wait(30_000), reserve("r2", 500_000));
    expect(ask(story, "a")).toBeDefined();
    story.given(wait(1), reserve("r3", 500_000));
    expect(ask(story, "a")).toBeUndefined();
    expect(hasRoom(story.state)).toBe(true);
  });

  test("TRN-004: the list of answers is kept short over many turns", () => {
    const story = given(...fleetOf(ALICE));
    for (let i = 0; i < 9_000; i++) {
      story.now = millis(story.now + 10);
      story.take(
        i % 2 === 0 ? reserve("r1", 400_000) : by(ALICE, "Release", { reservation: "r1" }),
      );
    }
    expect(story.state.answers.size).toBeLessThan(3_100);
    expect(story.state.answerOrder.length).toBeLessThan(9_000);
    story.check();
  });

  test("TRN-005: time that runs backwards is a bug, not a turn", () => {
    const story = given(...open, wait(-1));
    expect(() => story.take(enrolled(ALICE))).toThrow(InvariantError);
  });
});

describe("replay", () => {
  test("TRN-006: the journal folded into an empty state is the state, from any turn on", () => {
    const story = given(
      ...aliceLong,
      order(ALICE, "o2"),
      answerOf(effectOf("PlaceOrder"), ACCEPTED),
      wait(60_000),
      tick,
    );
    const again = emptyState(DEMO);
    for (const { turn, place } of story.journal) foldTurn(again, turn, place);
    expect(canonical(again)).toBe(canonical(story.state));
  });

  test("TRN-007: the same policy again, or the books as they were, is nothing to journal", () => {
    given(...open)
      .when(configured())
      .bringsNothing();
    given(...open)
      .when(configured(POLICY, "p2"))
      .brings({ type: "FleetConfigured" });
    given(...open)
      .when(inner("Lead", { epoch: 2, holder: "two" }))
      .brings({ type: "LeaderElected", epoch: 2, holder: "two" });
  });

  test("TRN-008: a new policy keeps marks and positions", () => {
    const story = given(...aliceLong, configured({ ...POLICY, collar: 20_000 as never }, "p2"));
    expect(story.state.markets.get("btc-perp" as never)?.mark).toBe(1_000_000_000_000n);
    expect(story.state.markets.get("btc-perp" as never)?.positions.size).toBe(1);
  });

  test("TRN-009: an effect is named by its place, and no two are named alike", () => {
    const both = [...fleetOf(ALICE, BOB), order(ALICE, "o1"), order(BOB, "o1", { side: "sell" })];
    const story = given(...both, reported(fill(ALICE, "o1", "0.1"), fill(BOB, "o1", "0.1")));
    story.when(ops("SetMode", { mode: "flatten", reason: "test" }));
    const names = story.journal.flatMap(({ turn }) =>
      turn.events.flatMap((event) => ("effect" in event ? [event.effect.name] : [])),
    );
    expect(new Set(names).size).toBe(names.length);
    expect(names.at(-1)).toBe(
      `${story.state.seq}.0.${names.filter((n) => n.startsWith(`${story.state.seq}.`)).length - 1}`,
    );
  });
});

describe("deadlines", () => {
  test("TRN-010: always the earliest comes first, however they were set, and none is lost", () => {
    const entries = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 50 }),
        fc.constantFrom("lease", "answer"),
        fc.constantFrom("a", "b"),
      ),
    );
    fc.assert(
      fc.property(
        entries,
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 1, max: 9 }),
        (all, through, most) => {
          const heap: Deadline[] = [];
          for (const [at, kind, key] of all)
            schedule(heap, { at: millis(at), kind: kind as "lease", key });
          const order = (a: Deadline, b: Deadline) =>
            a.at - b.at || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : a.key < b.key ? -1 : 1);
          const sorted = [...heap].sort(order);
          const due = dueBy(heap, millis(through), most);
          expect(due).toEqual(sorted.filter(({ at }) => at <= through).slice(0, most));
          expect(due.map(() => takeEarliest(heap))).toEqual(due);
          expect([...heap].sort(order)).toEqual(sorted.slice(due.length));
          expect(nextDeadline(heap)).toBe(sorted[due.length]?.at);
        },
      ),
      { seed: 6, numRuns: 300 },
    );
  });

  test("TRN-011: one turn fires a bounded number, the next the rest, each once", () => {
    const story = given(...fleetOf(ALICE, BOB));
    const many = (agent: typeof ALICE, count: number) => {
      for (let i = 0; i < count; i++) {
        story.take(
          by(agent, "Reserve", { reservation: `r${i}`, amount: "1", service: "trading", ttlMs: 1 }),
        );
      }
    };
    many(ALICE, OPEN_PER_AGENT_MAX);
    many(BOB, 10);
    story.given(wait(1)).when(tick);
    expect(story.last?.events.filter(({ type }) => type === "ReservationVoided")).toHaveLength(
      DEADLINES_PER_TURN_MAX,
    );
    story.when(tick);
    expect(story.last?.events.filter(({ type }) => type === "ReservationVoided")).toHaveLength(10);
    story.when(tick).bringsNothing();
  });

  test("TRN-012: a sweep that did not fit one turn goes on in the next, unless its mode is over", () => {
    const halt = ops("SetMode", { mode: "halt", reason: "test" });
    const paused = () => {
      const story = given(...open);
      for (let a = 0; a < 7; a++) {
        const agent = `a${a}` as typeof ALICE;
        story.given(enrolled(agent), granted(agent, { cap: "1200" }));
        for (let i = 0; i < 100; i++)
          story.take(order(agent, `o${i}`, { qty: "0.002", limit: "9950" }));
      }
      return story.when(halt).bringsAmong({ type: "SweepPaused", mode: "halt" } as never);
    };
    const left = ({ state }: ReturnType<typeof given>) =>
      [...state.orders.values()].filter((held) => !held.cancelling).length;
    const on = paused();
    expect(left(on)).toBeGreaterThan(0);
    on.when(tick).bringsNo("SweepPaused");
    expect(left(on)).toBe(0);
    on.when(tick).bringsNothing();
    const over = paused();
    const before = left(over);
    over.given(ops("SetMode", { mode: "run", reason: "enough" })).when(tick);
    expect(left(over)).toBe(before);
  });
});

describe("limits and views", () => {
  test("TRN-013: no more agents are enrolled than are allowed for", () => {
    const story = given(...open);
    for (let i = story.state.agents.size; i < AGENTS_MAX; i++) {
      evolve(
        story.state,
        { type: "AgentEnrolled", agent: `n${i}` as typeof ALICE, note: "" },
        story.now,
      );
    }
    story.take(enrolled(ALICE));
    story.refused("too_many_open");
  });

  test("TRN-014: an agent sees its own truth, the operator the fleet's, in plain JSON", () => {
    const { state, now } = given(...aliceLong, enrolled(BOB), reserve("r1"));
    const mine = agentView(state, ALICE, now);
    expect(mine).toMatchObject({
      delegation: { cap: "2000", reserved: "201", available: "1799", phase: "active" },
      positions: [
        {
          market: "btc-perp",
          qty: "0.1",
          entry: "10000",
          mark: "10000",
          margin: "200",
          stop: "9215",
          phase: "protected",
        },
      ],
      reservations: [{ reservation: "r1", amount: "1" }],
      pnl: { fees: "-1", trading: "0", total: "-1" },
    });
    expect(agentView(state, BOB, now)).toMatchObject({
      positions: [],
      reservations: [],
      delegation: undefined,
    });
    expect(agentView(state, named("nobody") as never, now)).toBeUndefined();
    const whole = fleetView(state, now);
    expect(whole).toMatchObject({
      conserved: true,
      covered: true,
      booksAgree: true,
      reserved: "201",
      committed: "2000",
      collateral: "9999",
      dryPowder: "999.9",
      zone: "green",
    });
    expect(whole.agents.map(({ agent, phase }) => [agent, phase])).toEqual([
      ["alice", "active"],
      ["bob", "enrolled"],
    ]);
    expect(JSON.parse(JSON.stringify(whole))).toMatchObject({ outstandingEffects: 2 });
  });
});
