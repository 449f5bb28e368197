/** Several sources of one price: what is believed, who is doubted, and what nobody is called by. */
import { describe, expect, test } from "vitest";
import { type SourceId, VENUE } from "../../src/core/ids.ts";
import { millis } from "../../src/core/time.ts";
import { agentView, fleetView } from "../../src/fleet/views.ts";
import { ALICE, at, BTC_PERP, coins, T0, usd } from "./cast.ts";
import { CALLS, crisisPolicy, eventsOf, held } from "./crisis-cast.ts";
import { agreed, INDEX_A, INDEX_B, PRICES, priced, says } from "./price-cast.ts";
import { given, inner, type Step, type Story, wait } from "./spec.ts";
import { aliceLong, configured, deposited, enrolled, granted, marks, order } from "./steps.ts";

const fleet = (policy = priced()): readonly Step[] => [
  ...[configured(policy), deposited("10000"), ...agreed("10000")],
  ...[enrolled(ALICE), granted(ALICE)],
];
/** What a feeder says now, made so long ago. */
const fed = ({ now }: Story, source: SourceId, price: string, ageMs = 0): Step => {
  const mark = { source, market: BTC_PERP, price: at(price), at: millis(now - ageMs) };
  return inner("SetMarks", { marks: [mark] });
};
const btcOf = ({ state }: Story) => state.markets.get(BTC_PERP);
const markOf = (story: Story) => btcOf(story)?.mark;

describe("what is believed", () => {
  test("PRS-001: of three sources the one in the middle; what was said is in the journal", () => {
    const story = given(...fleet(), says(INDEX_A, "10010"), says(INDEX_B, "10020"));
    story.when(says(VENUE, "10015")).brings(
      {
        type: "PricesRead",
        readings: [{ market: BTC_PERP, source: VENUE, price: at("10015"), at: T0 + 1 }],
      },
      {
        type: "MarksSet",
        marks: [
          {
            ...{ market: BTC_PERP, price: at("10015"), at: T0 + 1 },
            from: [VENUE, INDEX_A, INDEX_B],
          },
        ],
      },
    );
    story.when(says(INDEX_A, "10100"));
    expect(markOf(story)).toBe(at("10020"));
  });

  test("PRS-002: a reading counts for its age and no longer", () => {
    const story = given(...fleet(), wait(8_000), says(INDEX_A, "10100"));
    // Of 10,000 twice and 10,100 the middle; a moment later the old ones are gone.
    expect(markOf(story)).toBe(at("10000"));
    story.given(wait(1)).when(says(INDEX_B, "10102"));
    expect(markOf(story)).toBe(at("10100"));
  });

  test("PRS-003: a source is heard by its own time; one that the rules do not name says nothing", () => {
    const old = { source: INDEX_A, market: BTC_PERP, price: at("9000"), at: T0 as never };
    given(...fleet())
      .when(inner("SetMarks", { marks: [old] }))
      .bringsNothing();
    const stranger = { ...old, source: "index-c" as typeof INDEX_A, at: (T0 + 9) as never };
    given(...fleet())
      .when(inner("SetMarks", { marks: [stranger] }))
      .bringsNothing();
    given(configured(), deposited("10000"), marks("10000"))
      .when(inner("SetMarks", { marks: [{ ...old, at: (T0 + 9) as never }] }))
      .bringsNothing();
  });

  test("PRS-008: what a feeder said counts by its own time when it is decided, however late that is", () => {
    const story = given(...fleet(), wait(20_000));
    story.when(fed(story, INDEX_A, "9000", 8_001)).bringsNothing();
    story.when(fed(story, INDEX_A, "9000", 8_000)).bringsAmong({ type: "PricesRead" });
    // The venue's time is the market's: by it nothing is old.
    story.when(says(VENUE, "9000")).bringsAmong({ type: "MarksSet" });
  });

  test("PRS-004: a jump that a majority says is believed at once", () => {
    const story = given(...fleet(), says(VENUE, "5000"));
    expect(markOf(story)).toBe(at("10000"));
    story.when(says(INDEX_A, "5010")).bringsAmong({ type: "MarksSet" });
    // Of 5,000, 5,010 and an old 10,000.
    expect(markOf(story)).toBe(at("5010"));
  });

  test("PRS-005: a price of zero or below is refused, whoever says it", () => {
    for (const source of [VENUE, INDEX_A])
      given(...fleet())
        .when(says(source, "0"))
        .brings({ type: "MarkRefused", market: BTC_PERP, reason: "a price is above zero" });
  });

  test("PRS-006: market time is the venue's; while it is silent it goes on by what has passed", () => {
    const story = given(...fleet());
    const before = btcOf(story)?.sourceAt ?? 0;
    story.given(wait(9_000));
    story.given(fed(story, INDEX_A, "10001"), fed(story, INDEX_B, "10002"));
    expect(btcOf(story)?.sourceAt).toBe(before + 9_000);
    const late = { market: BTC_PERP, price: at("10003"), at: (before + 5_000) as never };
    story.given(inner("SetMarks", { marks: [late] }));
    expect(btcOf(story)?.sourceAt).toBe(before + 9_000);
  });

  test("PRS-007: the funding rate is the venue's, told with the believed mark", () => {
    const rated = { market: BTC_PERP, price: at("10000"), at: (T0 + 9) as never, rateNano: 7n };
    const story = given(...fleet(), inner("SetMarks", { marks: [rated] }));
    expect(btcOf(story)?.rateNano).toBe(7n);
  });
});

describe("who is doubted", () => {
  test("PRS-011: beyond the divergence a source is doubted, and after so often it counts no more", () => {
    const story = given(...fleet());
    for (const times of [1, 2])
      story.when(says(VENUE, "6500")).brings(
        { type: "PricesRead" },
        {
          ...{ type: "SourceDoubted", market: BTC_PERP, source: VENUE },
          ...{ price: at("6500"), mark: at("10000"), times },
        },
        { type: "MarksSet" },
      );
    story.when(says(VENUE, "6500")).bringsAmong({
      type: "SourceQuarantined",
      market: BTC_PERP,
      source: VENUE,
      times: 3,
    } as never);
    // It is told once, and left out: with one more gone, nobody agrees with who is left.
    story.when(says(VENUE, "6500")).brings({ type: "PricesRead" }, { type: "MarksSet" });
    story
      .given(wait(8_001), says(VENUE, "6500"))
      .when(says(INDEX_A, "6500"))
      // Two that say the same are believed, be one of them in quarantine; it is let out as it speaks.
      .bringsAmong({ type: "MarksSet" });
    story.when(says(VENUE, "6500")).bringsAmong({ type: "SourceBelieved", source: VENUE } as never);
    expect(btcOf(story)?.readings.get(VENUE)).toMatchObject({ doubts: 0, quarantined: false });
  });

  test("PRS-012: one reading that agrees lifts every doubt; of who agrees nothing is told", () => {
    const story = given(...fleet(), says(VENUE, "6500"), says(VENUE, "6500"));
    story
      .when(says(VENUE, "10001"))
      .brings(
        { type: "PricesRead" },
        { type: "SourceBelieved", source: VENUE },
        { type: "MarksSet" },
      );
    story.when(says(VENUE, "6500")).bringsAmong({ type: "SourceDoubted", times: 1 } as never);
    story.when(says(INDEX_A, "10002")).brings({ type: "PricesRead" }, { type: "MarksSet" });
  });

  test("PRS-013: the divergence itself still agrees", () => {
    given(...fleet())
      .when(says(VENUE, "9800"))
      .bringsNo("SourceDoubted");
    given(...fleet())
      .when(says(VENUE, "9799.99999999"))
      .bringsAmong({ type: "SourceDoubted" });
  });
});

describe("without a majority", () => {
  const torn: readonly Step[] = [
    ...fleet(),
    wait(8_001),
    says(VENUE, "6500"),
    says(INDEX_A, "10000"),
  ];

  test("PRS-021: two that differ: the last mark stands, told once, and nothing opens", () => {
    const story = given(...fleet(), wait(8_001)).when(says(VENUE, "6500"));
    story.brings(
      { type: "PricesRead" },
      { type: "PriceUncertain", market: BTC_PERP, said: [{ source: VENUE, price: at("6500") }] },
    );
    story.when(says(INDEX_A, "10000")).brings({ type: "PricesRead" });
    expect(markOf(story)).toBe(at("10000"));
    story.when(order(ALICE, "o9")).refused("stale_mark", "its sources do not agree");
    story
      .when(says(INDEX_B, "10010"))
      .bringsAmong({ type: "PriceCertain", mark: at("10000") } as never);
    story.when(order(ALICE, "o10")).bringsAmong({ type: "OrderApproved" });
  });

  test("PRS-022: what is open may be reduced meanwhile", () => {
    const story = given(...fleet(), ...aliceLong.slice(-3), wait(8_001), says(VENUE, "6500"));
    expect(btcOf(story)?.uncertain).toBe(true);
    story
      .when(order(ALICE, "o2", { side: "sell", qty: "0.05" }))
      .bringsAmong({ type: "OrderApproved", opening: coins("0") } as never);
  });

  test("PRS-023: where the rules follow one source the venue is believed, by the law of jumps", () => {
    const follow = fleet(priced({ alone: "follow" }));
    const story = given(...follow, wait(8_001), says(INDEX_A, "10050"));
    expect(markOf(story)).toBe(at("10050"));
    story.when(says(VENUE, "9000")).bringsAmong({ type: "MarksSet" });
    expect(markOf(story)).toBe(at("9000"));
    story.when(says(VENUE, "6500")).bringsAmong({ type: "MarkRefused" });
    story.when(says(VENUE, "6501")).bringsAmong({ type: "MarksSet" });
    expect(markOf(story)).toBe(at("6501"));
    story.when(says(INDEX_B, "20000")).bringsNo("PriceUncertain");
  });

  test("PRS-026: a jump of the one that is followed is confirmed by what it says next, not by its old reading", () => {
    const follow = fleet(priced({ alone: "follow" }));
    const story = given(...follow, wait(8_001), says(VENUE, "10000"));
    story.when(says(VENUE, "6500")).bringsAmong({ type: "MarkRefused", price: at("6500") });
    // Another speaks, and is not followed: of the venue nothing new is heard.
    story.when(says(INDEX_A, "10000")).brings({ type: "PricesRead" });
    story.when(says(INDEX_A, "10001")).brings({ type: "PricesRead" });
    expect(markOf(story)).toBe(at("10000"));
    story.when(says(VENUE, "6501")).bringsAmong({ type: "MarksSet" });
    expect(markOf(story)).toBe(at("6501"));
  });

  test("PRS-024: rules that ask no more sources end every doubt and keep the mark", () => {
    const { prices: _, ...alone } = priced();
    const story = given(...torn);
    // Fewer sources are looser: they wait their time.
    story.given(configured(alone, "p2"));
    expect(btcOf(story)?.uncertain).toBe(true);
    story.given(wait(60_000), inner("Tick", {}));
    expect(agentView(story.state, ALICE, story.now)?.markets[0]).not.toHaveProperty("uncertain");
    expect(markOf(story)).toBe(at("10000"));
    story.when(says(VENUE, "10100")).brings({ type: "MarksSet" });
    story.when(order(ALICE, "o9")).bringsAmong({ type: "OrderApproved" });
  });

  test("PRS-025: operator and agents see who says what, and that nothing opens", () => {
    const { state, now } = given(...torn);
    const seen = fleetView(state, now).prices?.find(({ market }) => market === BTC_PERP);
    expect(seen).toMatchObject({ market: "btc-perp", mark: "10000", uncertain: true });
    expect(seen?.sources).toEqual(
      [
        ["venue", "6500"] as const,
        ["index-a", "10000"] as const,
        ["index-b", "10000"] as const,
      ].map(([source, price]) =>
        expect.objectContaining({ source, price, doubts: 0, quarantined: false }),
      ),
    );
    const view = agentView(state, ALICE, now);
    expect(view?.markets.map(({ market, uncertain }) => [market, uncertain])).toEqual([
      ["btc-perp", true],
      ["eth-perp", undefined],
    ]);
    expect(fleetView(given(configured()).state, now).prices).toBeUndefined();
  });
});

describe("one venue loses touch", () => {
  const rules = crisisPolicy(CALLS, { prices: PRICES });
  const long: readonly Step[] = [
    ...[configured(rules), deposited("1000"), ...agreed("10000")],
    ...[enrolled(ALICE), granted(ALICE, { cap: "1000" })],
    ...held(ALICE, "0.41"),
  ];
  const alone = long.map((step, i) => (i === 0 ? configured(crisisPolicy(CALLS)) : step));

  test("PRS-031: the same fall calls by one source, and by three calls nobody", () => {
    const one = given(...alone.slice(0, 2), marks("10000"), ...alone.slice(8), marks("9900"));
    expect(eventsOf(one, "MarginCalled")).toHaveLength(1);
    const three = given(...long, ...[1, 2, 3, 4, 5].map(() => says(VENUE, "6500")));
    expect(eventsOf(three, "MarginCalled")).toEqual([]);
    expect(three.state.zone).toBe(given(...long).state.zone);
    expect(eventsOf(three, "SourceQuarantined")).toHaveLength(1);
    // Those that say so together are believed, and it is a call.
    three.given(says(INDEX_A, "9900"), says(INDEX_B, "9901"));
    expect(eventsOf(three, "MarginCalled")).toHaveLength(1);
  });

  test("PRS-032: while nobody agrees nobody is called, however low the venue goes", () => {
    const story = given(...long, wait(8_001), says(VENUE, "6500"), says(INDEX_A, "10000"));
    story.given(says(VENUE, "100"), says(VENUE, "1"));
    expect(eventsOf(story, "MarginCalled")).toEqual([]);
    expect(story.state.unrealized).toBe(usd("0"));
  });
});
