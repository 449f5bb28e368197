/** The judge of believed prices, and the simulated fleet with three sources of which one loses touch. */
import { describe, expect, test } from "vitest";
import { type SourceId, VENUE } from "../../src/core/ids.ts";
import { millis } from "../../src/core/time.ts";
import { PriceRules } from "../../src/lab/check/price-rules.ts";
import { SaidPrices } from "../../src/lab/check/said-prices.ts";
import { APART, type FaultName } from "../../src/lab/faults.ts";
import { optionsOf, type SimOptions } from "../../src/lab/options.ts";
import type { PartName } from "../../src/lab/parts.ts";
import type { PricesPolicy } from "../../src/protocol/policy.ts";
import { at, BTC_PERP, ETH, ETH_PERP, T0 } from "../fleet/cast.ts";
import { agreed, INDEX_A, INDEX_B, priced } from "../fleet/price-cast.ts";
import { given } from "../fleet/spec.ts";
import { configured, deposited } from "../fleet/steps.ts";
import { broken, run } from "./given.ts";

const lawOf = (alone: PricesPolicy["alone"] = "hold") =>
  given(configured(priced({ alone })), ...agreed("10000")).state;
const law = lawOf();
const read = (...said: readonly (readonly [SourceId, string])[]) => ({
  type: "PricesRead" as const,
  readings: said.map(([source, price]) => ({ market: BTC_PERP, source, price: at(price), at: T0 })),
});
const ALL = [VENUE, INDEX_A, INDEX_B];
const set = (price: string, from: readonly SourceId[] = ALL) => ({
  type: "MarksSet" as const,
  marks: [{ market: BTC_PERP, price: at(price), at: T0, from }],
});
const opens = (mark = "10000") =>
  ({
    ...{ type: "OrderApproved", agent: "a", market: BTC_PERP, opening: 1n },
    mark: at(mark),
  }) as never;
const called = { type: "MarginCalled", agent: "a" } as never;
const ofSource = (type: string, source: SourceId, times = 0) =>
  ({ type, market: BTC_PERP, source, times }) as never;
const torn = (...said: readonly (readonly [SourceId, string])[]) => ({
  type: "PriceUncertain" as const,
  market: BTC_PERP,
  said: said.map(([source, price]) => ({ source, price: at(price) })),
});
const jump = (price: string) =>
  ({ type: "MarkRefused", market: BTC_PERP, price: at(price), reason: "" }) as never;
type Events = readonly Parameters<PriceRules["event"]>[0][];
interface Given {
  readonly said?: SaidPrices;
  readonly by?: typeof law;
  /** Between two events, ms. */
  readonly apartMs?: number;
  /** How old what is read is. */
  readonly oldMs?: number;
}

/** What the judge says of these: a turn with each reading, one a second. */
function judged(events: Events, { said, by = law, apartMs = 1_000, oldMs = 0 }: Given = {}) {
  const out: string[] = [];
  const rules = new PriceRules((_, detail) => out.push(detail), said);
  let now: number = T0;
  for (const event of events) {
    if (event.type !== "PricesRead") {
      rules.event(event, now, by);
      continue;
    }
    rules.turn();
    now += apartMs;
    const readings = event.readings.map((one) => ({ ...one, at: millis(now - oldMs) }));
    rules.event({ ...event, readings }, now, by);
  }
  rules.turn();
  return { told: out as readonly string[], met: rules.met };
}
const told = (events: Events, rest?: Given): readonly string[] => judged(events, rest).told;
const three = () => read([VENUE, "10000"], [INDEX_A, "10010"], [INDEX_B, "9990"]);
const began = (): Events => [three(), set("10000")];

test("PRJ-001: of three only the one in the middle may be believed, by who agrees with it, and it must be", () => {
  expect(told([...began(), opens()])).toEqual([]);
  for (const price of ["10010", "9990", "9995"])
    expect(told([three(), set(price)])).toEqual([
      expect.stringContaining(`due by what its sources said is a mark of ${at("10000")}`),
      expect.stringContaining("was not told"),
    ]);
  expect(told([three(), set("10000", [VENUE])])).toHaveLength(2);
  expect(told([three()])).toEqual([expect.stringContaining("is due, and was not told")]);
});

test("PRJ-002: where two differ nothing may be believed and nothing may open, and it is told once", () => {
  const two = [
    [VENUE, "6500"],
    [INDEX_A, "10000"],
  ] as const;
  expect(told([read(...two), torn(...two)])).toEqual([]);
  expect(told([read(...two)])).toEqual([expect.stringContaining("doubt of all")]);
  expect(told([read(...two), torn(...two), read(...two)])).toEqual([]);
  expect(told([read(...two), torn(...two), read(...two), torn(...two)])).toEqual([
    expect.stringContaining("due by what its sources said is nothing"),
  ]);
  expect(told([read(...two), torn(...two), set("10000", [INDEX_A])])).toHaveLength(1);
  expect(told([...began(), read(...two, [INDEX_B, "8000"]), opens()])).toEqual([
    expect.stringContaining("do not agree"),
    expect.stringContaining("doubt of all"),
  ]);
  expect(told([read([VENUE, "10000"]), set("10000", [VENUE])])).toHaveLength(2);
});

test("PRJ-003: who was doubted three times in a row counts no more; of two the nearer to the last", () => {
  const others = [INDEX_A, INDEX_B];
  const off = (times: number): Events => [
    read([VENUE, "6500"]),
    ofSource("SourceDoubted", VENUE, times),
    ...(times === 3 ? [ofSource("SourceQuarantined", VENUE, times)] : []),
    set("9990", others),
  ];
  const still = (): Events => [...began(), ...off(1), ...off(2), ...off(3)];
  expect(told(still())).toEqual([]);
  // Without the venue they are 9,990 and 10,010, and 9,990 was believed last.
  expect(told([...still(), read([INDEX_A, "10010"]), set("9990", others)])).toEqual([]);
  expect(told([...still(), read([INDEX_A, "10010"]), set("10010", others)])).toHaveLength(2);
  const back: Events = [read([VENUE, "10000"]), ofSource("SourceBelieved", VENUE)];
  // What it says is heard, and who counted until then decides once more.
  expect(told([...still(), ...back, set("9990", others)])).toEqual([]);
  expect(told([...still(), ...back.slice(0, 1), set("9990", others)])).toHaveLength(1);
});

test("PRJ-004: what nobody said is told, and so is a call or an order by a mark that was never believed", () => {
  const said = new SaidPrices();
  said.take(VENUE, [{ market: BTC_PERP, price: at("10000"), at: millis(T0 + 1_000) }]);
  expect(told([read([VENUE, "10000"]), torn([VENUE, "10000"])], { said })).toEqual([]);
  const other = read([VENUE, "10001"]);
  expect(told([other, torn([VENUE, "10001"])], { said })).toEqual([
    expect.stringContaining("never said"),
  ]);
  expect(told([...began(), called])).toEqual([]);
  expect(told([...began(), opens("9990")])).toEqual([expect.stringContaining("an order in")]);
  const high = read([VENUE, "10100"], [INDEX_A, "10110"], [INDEX_B, "10090"]);
  expect(told([high, set("10100"), called])).toEqual([expect.stringContaining("MarginCalled by")]);
});

test("PRJ-006: who is silent for longer than a reading counts is counted without, dead or not", () => {
  const gone = [read([VENUE, "10001"], [INDEX_A, "10001"])];
  // 9,990 of a feeder that says nothing more: eight seconds are still fresh.
  expect(told([...began(), ...gone, set("10001", ALL)], { apartMs: 8_000 })).toEqual([]);
  expect(told([...began(), ...gone, set("10001", ALL)], { apartMs: 8_001 })).toHaveLength(2);
  const said = new SaidPrices();
  const events: Events = [...began(), ...gone, set("10001", [VENUE, INDEX_A])];
  said.died(INDEX_B, T0 + 9_000);
  expect(judged(events, { said, apartMs: 9_000 }).met.get("feeder-missed")).toBe(1);
  said.rose(INDEX_B, T0 + 18_000);
  expect(judged(events, { said, apartMs: 9_000 }).met.get("feeder-missed")).toBeUndefined();
});

test("PRJ-007: a feeder's reading that is too old when it is decided says nothing", () => {
  const late: Events = [read([INDEX_A, "10000"]), torn([INDEX_A, "10000"])];
  expect(told(late, { oldMs: 8_000 })).toEqual([]);
  expect(told(late, { oldMs: 8_001 })).toEqual([
    expect.stringContaining("is read when it is 8001 ms old"),
  ]);
  expect(told([read([VENUE, "1"]), torn([VENUE, "1"])], { oldMs: 60_000 })).toEqual([]);
});

test("PRJ-008: to follow is to believe who counts alone, of several the venue, and by the law of jumps", () => {
  const by = lawOf("follow");
  expect(told([read([INDEX_A, "10000"]), set("10000", [INDEX_A])], { by })).toEqual([]);
  const two = () => read([VENUE, "10400"], [INDEX_A, "10000"], [INDEX_B, "9000"]);
  expect(told([...began(), two(), set("10400", [VENUE])], { by })).toEqual([]);
  expect(told([...began(), two(), set("10000", [INDEX_A])], { by })).toHaveLength(2);
  const apart = [
    [INDEX_A, "10000"],
    [INDEX_B, "9000"],
  ] as const;
  expect(told([read(...apart), torn(...apart)], { by })).toEqual([]);
  const far = () => read([VENUE, "6500"], [INDEX_A, "10000"], [INDEX_B, "8000"]);
  const doubted = (): Events => [...began(), far(), jump("6500")];
  expect(told(doubted(), { by })).toEqual([]);
  expect(told([...began(), far(), set("6500", [VENUE])], { by })).toHaveLength(2);
  expect(told([...doubted(), read([VENUE, "6501"]), set("6501", [VENUE])], { by })).toEqual([]);
  // What another says does not make the venue's old reading a new one.
  expect(told([...doubted(), read([INDEX_A, "10001"])], { by })).toEqual([]);
  expect(told([...doubted(), read([INDEX_A, "10001"]), set("6500", [VENUE])], { by })).toHaveLength(
    1,
  );
});

test("PRJ-005: a run in which one source is to be off has three, unless it is told otherwise", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const { faults, parts } = optionsOf(seed);
    if (faults.includes("feed-stuck")) expect(parts).not.toContain("sources");
    else if (faults.includes("feed-off")) expect(parts).toContain("sources");
  }
  expect(optionsOf(1, { faults: ["feed-off"], parts: [] }).parts).toEqual([]);
});

test("SIM-098: of three sources one is off: it is doubted, counts no more, and nobody opens or is called by it", {
  timeout: 120_000,
}, async () => {
  const asked = { faults: ["feed-off"], parts: ["sources"], mode: "safety", minutes: 30 } as const;
  const result = await run(7, asked);
  expect(broken(result)).toBe("");
  const { counts } = result.world.checker.law;
  for (const type of ["SourceDoubted", "SourceQuarantined", "PriceCertain"])
    expect(counts.get(type) ?? 0, type).toBeGreaterThan(0);
  expect(result.counts["feed-off"]).toBeGreaterThan(0);
});

test("PRJ-010: nothing is granted while the sources of an asset that is owned do not agree", () => {
  const grant = { type: "DelegationGranted", agent: "a" } as never;
  const readings = [{ market: ETH_PERP, source: VENUE, price: at("1000"), at: T0 }];
  const said = [{ source: VENUE, price: at("1000") }];
  const ether: Events = [
    { type: "PricesRead", readings },
    { type: "PriceUncertain", market: ETH_PERP, said },
    grant,
  ];
  expect(told(ether)).toEqual([]);
  const by = given(configured(priced()), deposited("1", ETH), ...agreed("10000")).state;
  expect(told(ether, { by })).toEqual([
    expect.stringContaining("a is granted, the sources of ETH do not agree"),
  ]);
  expect(told([...began(), grant], { by })).toEqual([]);
});

test("PRJ-009: what befalls several sources is drawn by itself, with three of them, and one is followed in some runs", () => {
  const drawn = Array.from({ length: 400 }, (_, i) => optionsOf(1 + i));
  const isApart = (fault: FaultName): boolean => APART.some((one) => one === fault);
  const struck = drawn.filter(({ faults }) => faults.some(isApart));
  expect(struck.length).toBeGreaterThan(40);
  expect(struck.length).toBeLessThan(80);
  for (const { faults, parts } of struck) {
    expect(parts).toContain("sources");
    expect(faults).not.toContain("feed-stuck");
  }
  const follow = drawn.filter(({ parts }) => parts.includes("follow"));
  expect(follow.length).toBeGreaterThan(10);
  expect(follow.length).toBeLessThan(struck.length);
  for (const { faults } of follow) expect(faults.some(isApart)).toBe(true);
});

describe("three sources", () => {
  const LONG = 120_000;
  const asked = (parts: readonly PartName[], mode: SimOptions["mode"]) =>
    ({ faults: APART, parts, mode, minutes: 30 }) as const;

  test("SIM-102: two are off at once and feeders die: without a majority the mark stands, and the fleet is well after it", {
    timeout: LONG,
  }, async () => {
    const result = await run(1, asked(["sources"], "liveness"));
    expect(broken(result)).toBe("");
    const { counts } = result;
    for (const count of ["sources-torn", "feeder-missed", "feeder-back", "PriceCertain"])
      expect(counts[count], count).toBeGreaterThan(0);
  });

  test("SIM-103: where one is followed it is the venue, or who is left, and the rule holds to the letter", {
    timeout: LONG,
  }, async () => {
    const result = await run(2, asked(["sources", "follow"], "safety"));
    expect(broken(result)).toBe("");
    for (const count of ["followed-venue", "followed-alone"])
      expect(result.counts[count], count).toBeGreaterThan(0);
  });

  test("SIM-104: faults of sources in a run that has none make it void", {
    timeout: LONG,
  }, async () => {
    const result = await run(1, { ...asked([], "safety"), minutes: 4 });
    expect(result.breaches.map(({ detail }) => detail)).toEqual(
      ["sources-off", "sources-torn", "feeder-dead", "feeder-missed"].map((count) =>
        expect.stringContaining(`${count} counted 0`),
      ),
    );
  });
});
