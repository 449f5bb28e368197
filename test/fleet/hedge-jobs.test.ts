/** Jobs of kind hedge: the books say whether one stands, and what the market moves is paid, whoever ends it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { percent } from "../../src/core/ppm.ts";
import { agentView } from "../../src/fleet/views.ts";
import { movedBy } from "../../src/protocol/hedging.ts";
import { ALICE, at, BOB, BTC_PERP, coins, DORA, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, held } from "./crisis-cast.ts";
import { by, type Draft, given, ops, reported, type Step, tick, wait } from "./spec.ts";
import { done, fill, fleetOf, granted, marks, order } from "./steps.ts";
import { deleveraged, liquidated } from "./venue-cast.ts";

const terms = { market: "btc-perp", side: "buy", qty: "0.05", cover: "40" } as const;
const hedge = (from: typeof ALICE, job: string, changed: Partial<Record<string, string>> = {}) =>
  by(from, "PostJob", {
    ...{ job, kind: "hedge", brief: "long half a tenth", amount: "2", ttlMs: 10_000 },
    hedge: { ...terms, ...changed } as typeof terms,
  });
const slow: Draft = {
  ...hedge(BOB, "h1"),
  body: { ...(hedge(BOB, "h1").body as object), ttlMs: 60_000 },
};
const take = (job: string, from = ALICE, poster = "bob"): Draft =>
  by(from, "TakeJob", { by: poster, job });
const deliver = (job: string, from = ALICE, poster = "bob"): Draft =>
  by(from, "DeliverJob", { by: poster, job, result: "it stands" });
const holding = (agent: typeof ALICE, size: string, side: "buy" | "sell" = "buy"): Step[] => [
  order(agent, "o1", { qty: size, side }),
  reported(fill(agent, "o1", size), done(agent, "o1", size)),
];
const fleet: readonly Step[] = [...fleetOf(ALICE, BOB, DORA), ...holding(ALICE, "0.1")];
const standing: readonly Step[] = [...fleet, hedge(BOB, "h1"), take("h1"), deliver("h1")];
type Story = ReturnType<typeof given>;
const resultOf = ({ state }: Story, agent: typeof ALICE) => state.agents.get(agent)?.realized;
/** What each has gained since its position was there: Alice's fee of a dollar is left out. */
const gains = (story: Story) => {
  const before = given(...fleet);
  return [ALICE, BOB].map(
    (agent) => (resultOf(story, agent) ?? 0n) - (resultOf(before, agent) ?? 0n),
  );
};
const sold = (size: string): Step[] => [
  order(ALICE, "o2", { side: "sell", qty: size, reduceOnly: true }),
  reported(fill(ALICE, "o2", size), done(ALICE, "o2", size)),
];

describe("hedges as jobs", () => {
  test("HGJ-001: the pay and the cover are held of who posts it, the cover of who takes it", () => {
    const story = given(...fleet);
    const reserved = () => [ALICE, BOB].map((agent) => story.state.agents.get(agent)?.reserved);
    const [margin] = reserved();
    story.when(hedge(BOB, "h1")).brings({ type: "JobPosted", kind: "hedge", amount: usd("2") });
    expect(reserved()).toEqual([margin, usd("42")]);
    story.given(take("h1"));
    expect(reserved()).toEqual([(margin ?? 0n) + usd("40"), usd("42")]);
    story.when(deliver("h1")).brings({ type: "JobDelivered", mark: at("10000") });
    expect(agentView(story.state, BOB, 0)?.jobs).toMatchObject([
      { kind: "hedge", phase: "delivered", hedge: { ...terms, mark: "10000" } },
    ]);
    story.given(wait(10_000), marks("10000")).when(tick);
    expect(reserved()).toEqual([margin, 0n]);
  });

  test.each([
    ["10400", "20", "a rise is the poster's"],
    ["9700", "-15", "a fall it pays itself"],
    ["10900", "40", "no more than the cover"],
    ["9100", "-40", "no more than the cover"],
  ])("HGJ-002: over at %s, %s goes to who bought it: %s", (mark, moved) => {
    const story = given(...standing, marks(mark), wait(10_000)).when(tick);
    const [from, to] = moved.startsWith("-") ? [BOB, ALICE] : [ALICE, BOB];
    const amount = usd(moved.replace("-", ""));
    story.bringsAmong(
      { type: "JobEnded", phase: "paid", mark: at(mark) },
      { type: "InternalPaid", agent: BOB, to: ALICE, amount: usd("2"), note: "hedge h1" },
      { type: "InternalPaid", agent: from, to, amount },
    );
    const gained = (moved.startsWith("-") ? -amount : amount) - usd("2");
    expect(gains(story)).toEqual([-gained, gained]);
  });

  test("HGJ-003: a short one gains by a fall, and its poster may end it early and pay", () => {
    const short = [...fleetOf(ALICE, BOB), ...holding(ALICE, "0.1", "sell")];
    const story = given(...short, hedge(BOB, "h1", { side: "sell" }), take("h1"), deliver("h1"));
    story.given(marks("9900")).when(by(BOB, "AcceptJob", { job: "h1" }));
    story.bringsAmong({ type: "InternalPaid", agent: ALICE, to: BOB, amount: usd("5") } as never);
  });

  test("HGJ-004: it is delivered only where the position carries it beside those that stand", () => {
    const empty = given(...fleetOf(ALICE, BOB), hedge(BOB, "h1"), take("h1"));
    empty.when(deliver("h1")).refused("hedge_missing", "asked 0.05, held 0");
    const wrong = given(...fleet, hedge(BOB, "h1", { side: "sell" }), take("h1"));
    wrong.when(deliver("h1")).refused("hedge_missing", "asked -0.05, held 0.1");
    const story = given(
      ...standing,
      hedge(DORA, "h2", { qty: "0.051" }),
      take("h2", ALICE, "dora"),
    );
    story.when(deliver("h2", ALICE, "dora")).refused("hedge_missing", "asked 0.101, held 0.1");
    const both = given(...standing, hedge(DORA, "h2"), take("h2", ALICE, "dora"));
    both.when(deliver("h2", ALICE, "dora")).brings({ type: "JobDelivered" });
  });

  test("HGJ-005: opposite hedges of one worker need no position: it passes one's move to the other", () => {
    const story = given(
      ...[...standing, hedge(DORA, "h2", { side: "sell" }), take("h2", ALICE, "dora")],
      deliver("h2", ALICE, "dora"),
    );
    story.given(...sold("0.1")).bringsNo("JobEnded");
    story.given(marks("10200"), wait(10_000)).when(tick);
    story.bringsAmong(
      { type: "InternalPaid", agent: ALICE, to: BOB, amount: usd("10") },
      { type: "InternalPaid", agent: DORA, to: ALICE, amount: usd("10") },
    );
  });

  test("HGJ-006: who lets go is not paid, and the move until then is settled all the same", () => {
    const kept = given(...standing, marks("10100"), ...sold("0.05")).bringsNo("JobEnded");
    expect(kept.state.standing.size).toBe(1);
    const story = given(...standing, marks("10100"));
    story.given(order(ALICE, "o2", { side: "sell", qty: "0.051", reduceOnly: true }));
    story.when(reported(fill(ALICE, "o2", "0.051")));
    story.bringsAmong({
      ...{ type: "JobEnded", phase: "rejected", mark: at("10100") },
      reason: "let go: held 0.049, needed 0.05",
    } as never);
    story.bringsAmong({ type: "InternalPaid", agent: ALICE, to: BOB, amount: usd("5") } as never);
    const paid = story.last?.events.filter(({ type }) => type === "InternalPaid");
    expect(paid?.length).toBe(1);
    expect([story.state.standing.size, story.state.agents.get(BOB)?.reserved]).toEqual([0, 0n]);
  });

  test("HGJ-007: of two that are not carried any more the last one goes first, and no more than must", () => {
    const story = given(...standing, hedge(DORA, "h2"), take("h2", ALICE, "dora"));
    story.given(deliver("h2", ALICE, "dora"), ...sold("0.05"));
    expect([...story.state.standing]).toEqual(["bob/h1"]);
  });

  test.each([
    ["liquidated", reported(liquidated("0.06"))],
    ["deleveraged", reported(deleveraged("0.06"))],
  ])("HGJ-008: %s by the venue it is let go as well", (_, report) => {
    given(...standing)
      .when(report)
      .bringsAmong({ type: "JobEnded", phase: "rejected" } as never);
  });

  test("HGJ-009: crossed with another's position it is let go as well", () => {
    const story = given(...standing, ...holding(DORA, "0.1", "sell"));
    story.given(by(DORA, "Settle", { market: "btc-perp", qty: "0.1", ttlMs: 1_000 }));
    story.when(by(ALICE, "Settle", { market: "btc-perp", qty: "0.1", ttlMs: 1_000 }));
    story.bringsAmong({ type: "JobEnded", agent: BOB, phase: "rejected" } as never);
  });

  test("HGJ-010: a job of that kind names its hedge, no other does; in lots, on a market that there is", () => {
    const story = given(...fleet);
    const plain = { job: "j", brief: "a brief", amount: "2", ttlMs: 10_000 };
    story.when(by(BOB, "PostJob", { ...plain, kind: "hedge" })).refused("bad_field");
    story.when(by(BOB, "PostJob", { ...plain, kind: "data", hedge: terms })).refused("bad_field");
    story.when(hedge(BOB, "h", { market: "no-perp" })).refused("unknown_market", "no-perp");
    story.when(hedge(BOB, "h", { qty: "0.0505" })).refused("bad_lot", "btc-perp");
  });

  test("HGJ-011: both have the cover, or it is not posted and not taken; the books judge it, not its poster", () => {
    const poor = [...fleetOf(BOB, DORA), ops("Enrol", { agent: "alice" })];
    const story = given(...poor, granted(ALICE, { cap: "39.999999" }), hedge(BOB, "h1"));
    story.when(take("h1")).refused("cap_exceeded", "asked 40, allowed 39.999999");
    const cut = given(...fleet, ops("Cut", { agent: "bob", cap: "41.999999" }));
    cut.when(hedge(BOB, "h1")).refused("cap_exceeded", "asked 42, allowed 41.999999");
    const reject = by(BOB, "RejectJob", { job: "h1", reason: "no" });
    given(...standing)
      .when(reject)
      .refused("not_allowed");
  });

  test("HGJ-012: without a fresh mark none is delivered; one that stands is settled at the last mark", () => {
    const old = given(...fleet, slow, take("h1"), wait(10_001));
    old.when(deliver("h1")).refused("stale_mark");
    const story = given(...standing, marks("10100"), wait(10_000)).when(tick);
    story.bringsAmong({ type: "JobEnded", phase: "paid", mark: at("10100") } as never);
  });

  test("HGJ-013: taken and not delivered in time it lapses, and nothing is paid or held", () => {
    const story = given(...fleet, hedge(BOB, "h1"), take("h1"), marks("10300"), wait(10_000));
    story.when(tick).bringsAmong({ type: "JobEnded", phase: "lapsed" } as never);
    expect(gains(story)).toEqual([0n, 0n]);
    expect(story.state.agents.get(BOB)?.reserved).toBe(0n);
  });

  test("HGJ-014: a move that brings its payer to its floor lets it only reduce", () => {
    const again = [ops("Revoke", { agent: "bob" }), granted(BOB, { cap: "60", floor: "55" })];
    const story = given(...fleet, ...again, hedge(BOB, "h1"), take("h1"), deliver("h1"));
    story.given(marks("9900"), wait(10_000)).when(tick);
    story.bringsAmong({ type: "FloorBreached", agent: BOB } as never);
  });

  test("HGJ-016: when one of two opposite hedges is over, the other is let go of where nothing carries it", () => {
    const long: Draft = { ...take("h2", ALICE, "dora") };
    const story = given(...standing, hedge(DORA, "h2", { side: "sell" }), long);
    story.given(wait(4_000), marks("10000"), deliver("h2", ALICE, "dora"), ...sold("0.1"));
    story.given(wait(6_000)).when(tick);
    story.bringsAmong(
      { type: "JobEnded", agent: BOB, job: "h1", phase: "paid" },
      { type: "JobEnded", agent: DORA, job: "h2", phase: "rejected" },
    );
    expect(story.state.standing.size).toBe(0);
  });

  test.each([
    ["a grace that is over", CALLS, "0.19", 300_000],
    [
      "a trailing stop",
      { ...CALLS, trailingStop: percent(20), trailingReduce: percent(90) },
      "0.05",
      0,
    ],
  ])("HGJ-017: what a plan crosses for %s is let go in that turn", (_, rules, short, ms) => {
    const called = [ALICE, BOB, DORA].map((agent, i) => {
      const terms = { cap: ["500", "480", "10"][i] ?? "0", leaseMs: 900_000 };
      return [agent, terms] as const;
    });
    const offer = by(DORA, "PostJob", {
      ...{ job: "h1", kind: "hedge", brief: "long", amount: "1", ttlMs: 900_000 },
      hedge: { ...terms, qty: "0.2", cover: "5" },
    });
    const story = given(...crisisFleet(crisisPolicy(rules), "1000", ...called));
    story.given(...held(ALICE, "0.23"), ...held(BOB, short, "sell"));
    story.given(offer, take("h1", ALICE, "dora"), deliver("h1", ALICE, "dora"));
    if (ms > 0) story.given(marks("8000"), wait(ms)).when(tick);
    else story.when(marks("8000"));
    story.bringsAmong(
      { type: "PositionsCrossed" },
      { type: "JobEnded", agent: DORA, job: "h1", phase: "rejected" },
    );
  });

  test("HGJ-015: always what one side gains the other loses, at most the cover, nothing by standing still", () => {
    const money = fc.bigInt({ min: 1n, max: 10n ** 14n });
    fc.assert(
      fc.property(money, money, money, money, (size, cover, from, to) => {
        const long = { market: BTC_PERP, side: "buy", qty: size, cover } as never;
        const short = { market: BTC_PERP, side: "sell", qty: size, cover } as never;
        const moved = movedBy(long, from as never, to as never);
        expect(movedBy(short, from as never, to as never) + moved).toBe(0n);
        expect(movedBy(long, to as never, from as never) + moved).toBe(0n);
        expect(moved <= cover && -moved <= cover).toBe(true);
        expect(moved >= 0n).toBe(to >= from || moved === 0n);
      }),
    );
    expect(
      movedBy(
        { ...terms, market: BTC_PERP, qty: coins("0.05"), cover: usd("40") },
        at("100"),
        at("103"),
      ),
    ).toBe(usd("0.15"));
  });
});
