/** The kill switch at every scope and level: latched, numbered, kept through restarts, and honest about what is left. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { leftIn } from "../../src/fleet/kills.ts";
import { emptyState } from "../../src/fleet/state.ts";
import { foldTurn, takeTurn } from "../../src/fleet/turn.ts";
import { fleetView } from "../../src/fleet/views.ts";
import type { Mode } from "../../src/protocol/words.ts";
import { canonical } from "./canonical.ts";
import { ALICE, BOB, BTC_PERP, DEMO, ETH_PERP, named, POLICY } from "./cast.ts";
import {
  answered,
  by,
  given,
  inner,
  ops,
  REJECTED,
  reported,
  type Step,
  type Story,
  tick,
  UNKNOWN,
  wait,
} from "./spec.ts";
import {
  closed,
  configured,
  deposited,
  done,
  enrolled,
  fill,
  granted,
  marks,
  order,
  stopSet,
} from "./steps.ts";

const [BTC, ETHER] = POLICY.markets;
if (BTC === undefined || ETHER === undefined) throw new Error("the cast has two markets");
/** BTC is traded at one venue, ETH at another. */
const TWO = {
  ...POLICY,
  markets: [
    { ...BTC, venue: named("north") },
    { ...ETHER, venue: named("south") },
  ],
};

const set = (mode: Mode, scope: { agent?: string; venue?: string } = {}) =>
  ops("SetMode", { mode, reason: "test", ...scope });
const eth = (agent: typeof ALICE, name: string, fields = {}) =>
  order(agent, name, { market: "eth-perp", qty: "1", ...fields });
const fleet: readonly Step[] = [
  ...[configured(TWO), deposited("10000"), marks("10000")],
  ...[ALICE, BOB].flatMap((agent) => [enrolled(agent), granted(agent)]),
];
/** Alice is long at both venues, Bob at the north alone, and each has an order that rests. */
const open: readonly Step[] = [
  ...fleet,
  order(ALICE, "o1"),
  reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")),
  eth(ALICE, "o2"),
  reported(fill(ALICE, "o2", "1", "1000"), done(ALICE, "o2", "1")),
  order(BOB, "o1"),
  reported(fill(BOB, "o1", "0.1"), done(BOB, "o1", "0.1")),
  reported(stopSet(ALICE), stopSet(ALICE, ETH_PERP), stopSet(BOB)),
  order(ALICE, "rest", { qty: "0.01", limit: "9950" }),
  eth(BOB, "rest", { qty: "0.1", limit: "995" }),
];
const killOf = (story: Story, scope: string) =>
  fleetView(story.state, 0).kills?.find((kill) => kill.scope === scope);
const types = (story: Story, type: string) =>
  story.journal.flatMap(({ turn }) => turn.events).filter((event) => event.type === type);

describe("one venue", () => {
  test.each(["reduce", "halt", "flatten"] as const)(
    "KIL-001: in %s nothing new is opened at it, by anybody, and the other venue goes on",
    (mode) => {
      const story = given(...open, set(mode, { venue: "north" }));
      const refused = mode === "reduce" ? "reduce_only" : "halted";
      for (const agent of [ALICE, BOB]) {
        story.when(order(agent, `n-${agent}`, { qty: "0.01" })).refused(refused);
        story.when(eth(agent, `s-${agent}`, { qty: "0.1" })).brings({ type: "OrderApproved" });
      }
      expect(story.state.mode).toBe("run");
      story.given(set("run", { venue: "north" }));
      story.when(order(ALICE, "again", { qty: "0.01" })).brings({ type: "OrderApproved" });
    },
  );

  test("KIL-002: its orders are cancelled, flattened its positions closed, and no other's", () => {
    given(...open)
      .when(set("reduce", { venue: "north" }))
      .brings(
        { type: "ModeSet", agent: FLEET, venue: "north", mode: "reduce", epoch: 1 },
        { type: "CancelRequested", agent: ALICE, order: "rest" },
      );
    const story = given(...open).when(set("flatten", { venue: "north" }));
    const closing = story.last?.events.filter(({ type }) => type === "PositionClosing");
    expect(closing).toMatchObject([
      { agent: ALICE, market: BTC_PERP, reason: "flatten" },
      { agent: BOB, market: BTC_PERP, reason: "flatten" },
    ]);
    story.bringsNo("LoanRecallRequested");
  });

  test("KIL-003: a stop moves no further off there, and a fill that comes late is closed at once", () => {
    const loosen = by(ALICE, "MoveStop", { market: "btc-perp", stop: "9100" });
    given(...open, set("reduce", { venue: "north" }))
      .when(loosen)
      .refused("reduce_only");
    const late = given(...fleet, order(ALICE, "o1"), set("flatten", { venue: "north" }));
    late.when(reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")));
    late.bringsAmong({
      type: "PositionClosing",
      agent: ALICE,
      market: BTC_PERP,
      reason: "flatten",
    });
  });

  test("KIL-004: a refused cancel is asked again there, and nowhere else", () => {
    const name = (law: Story["state"]) =>
      [...law.outbox.values()].findLast((held) => held.approved.effect.type === "CancelOrder")
        ?.approved.name ?? ("" as never);
    const story = given(...open, set("halt", { venue: "north" }));
    story.given(answered(name as never, REJECTED), wait(2_000)).when(tick);
    story.bringsAmong({ type: "CancelRequested", agent: ALICE, order: "rest" } as never);
  });

  test("KIL-005: a venue that trades nothing, or of one agent alone, is refused", () => {
    given(...fleet)
      .when(set("halt", { venue: "west" }))
      .refused("unknown_venue", "west");
    given(...fleet)
      .when(set("halt", { venue: "north", agent: "alice" }))
      .refused("bad_field");
  });
});

describe("flat", () => {
  const all: Step = reported(
    (law) => done(ALICE, "rest", "0", "cancelled")(law),
    (law) => done(BOB, "rest", "0", "cancelled")(law),
  );
  test.each([
    ["fleet", {}, 3, 2],
    ["alice", { agent: "alice" }, 2, 1],
    ["@north", { venue: "north" }, 2, 1],
  ] as const)(
    "KIL-006: %s is not flat until the venue has filled and ended everything",
    (key, scope, positions, orders) => {
      const story = given(...open, set("flatten", scope));
      // Each closing order is open too.
      expect(killOf(story, key)).toMatchObject({
        ...{ mode: "flatten", flat: false, positions, orders: orders + positions },
      });
      expect(types(story, "FlatReached")).toEqual([]);
      story.given(all, closed(ALICE, "0.1"));
      expect(killOf(story, key)?.flat).toBe(false);
      if (key !== "@north") story.given(closed(ALICE, "1", "1000", ETH_PERP));
      if (key !== "alice") story.given(closed(BOB, "0.1"));
      expect(types(story, "FlatReached")).toMatchObject([{ epoch: 1 }]);
      expect(killOf(story, key)).toMatchObject({ flat: true, positions: 0, orders: 0 });
    },
  );

  test("KIL-007: books that differ are not flat, and what comes back is told", () => {
    const differ = { what: "btc-perp", ours: "0", theirs: "0.1" };
    const story = given(...fleet, order(ALICE, "o1"), set("flatten"));
    const compare = (differences: readonly (typeof differ)[]) => (law: Story["state"]) =>
      inner("CompareBooks", { through: law.reportsThrough, differences });
    story.given(compare([differ]) as Step, reported(done(ALICE, "o1", "0", "cancelled")));
    expect(killOf(story, "fleet")).toMatchObject({ flat: false, positions: 0, orders: 0 });
    story.when(compare([]) as Step).bringsAmong({ type: "FlatReached" });
    story.when(compare([differ]) as Step).bringsAmong({ type: "FlatLost" });
  });

  test("KIL-008: through an outage it keeps trying and says so: unknown answers, refusals, and time", () => {
    const story = given(...open, set("flatten"), all);
    const closing = (law: Story["state"]) =>
      [...law.orders.values()].filter(({ cause }) => cause !== "").map(({ name }) => name);
    for (let round = 0; round < 5; round++) {
      for (const name of closing(story.state)) story.given(answered(name, UNKNOWN));
      story.given(wait(60_000), tick);
      expect(killOf(story, "fleet")?.flat).toBe(false);
      for (const name of closing(story.state)) story.given(answered(name, REJECTED));
      story.given(wait(2_000), tick);
      expect(closing(story.state)).toHaveLength(3);
    }
    expect(leftIn(story.state, { agent: FLEET }).positions).toBe(3);
    story.given(closed(ALICE, "0.1"), closed(ALICE, "1", "1000", ETH_PERP), closed(BOB, "0.1"));
    expect(killOf(story, "fleet")?.flat).toBe(true);
  });
});

describe("after a restart", () => {
  test("KIL-009: scopes, epochs and flatness are in the fold, and nothing opens in any turn after", () => {
    const story = given(...open, set("halt", { venue: "north" }), set("reduce", { agent: "bob" }));
    const anew = emptyState(DEMO);
    for (const { turn, place } of story.journal) foldTurn(anew, turn, place);
    expect(canonical(anew)).toBe(canonical(story.state));
    expect([...anew.kills]).toMatchObject([
      ["@north", { mode: "halt", epoch: 1, reason: "test", flat: false }],
      ["bob", { mode: "reduce", epoch: 2 }],
    ]);
    const ask = order(ALICE, "later", { qty: "0.01" });
    const stamp = { id: named("z"), from: ALICE, at: story.now, exp: story.now, print: 1 };
    const command = { type: "PlaceOrder", stamp, body: ask.body } as never;
    const turn = takeTurn(anew, command, { seq: 999, turn: 0 });
    expect(turn?.rejection?.code).toBe("halted");
  });

  test("KIL-010: floors latch a scope too; only an explicit command ends one", () => {
    const story = given(
      ...[configured(TWO), deposited("10000"), marks("10000"), enrolled(ALICE)],
      ...[granted(ALICE, { floor: "1990" }), order(ALICE, "o1")],
      reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")),
      marks("9800"),
    );
    expect(killOf(story, "alice")).toMatchObject({ mode: "reduce", reason: "floor" });
    story.given(marks("10000"), set("run", { agent: "alice" }));
    expect(fleetView(story.state, 0).kills).toBeUndefined();
  });
});
