/** The judge of believed prices, and the simulated fleet with three sources of which one loses touch. */
import { expect, test } from "vitest";
import { VENUE } from "../../src/core/ids.ts";
import { PriceRules } from "../../src/lab/check/price-rules.ts";
import { SaidPrices } from "../../src/lab/check/said-prices.ts";
import { optionsOf } from "../../src/lab/options.ts";
import { at, BTC_PERP, T0 } from "../fleet/cast.ts";
import { agreed, INDEX_A, INDEX_B, priced } from "../fleet/price-cast.ts";
import { given } from "../fleet/spec.ts";
import { configured } from "../fleet/steps.ts";
import { broken, run } from "./given.ts";

const law = given(configured(priced()), ...agreed("10000")).state;
const read = (...said: readonly (readonly [typeof VENUE, string])[]) => ({
  type: "PricesRead" as const,
  readings: said.map(([source, price]) => ({ market: BTC_PERP, source, price: at(price), at: T0 })),
});
const set = (price: string) => ({
  type: "MarksSet" as const,
  marks: [{ market: BTC_PERP, price: at(price), at: T0 }],
});
const opens = { type: "OrderApproved", agent: "a", market: BTC_PERP, opening: 1n } as never;
const called = { type: "MarginCalled", agent: "a" } as never;
type Events = readonly Parameters<PriceRules["event"]>[0][];
/** What the judge says of these, one a second. */
function told(events: Events, said?: SaidPrices): readonly string[] {
  const out: string[] = [];
  const rules = new PriceRules((_, detail) => out.push(detail), said);
  for (const [i, event] of events.entries()) rules.event(event, T0 + i * 1_000, law);
  return out;
}
const three = read([VENUE, "10000"], [INDEX_A, "10010"], [INDEX_B, "9990"]);

test("PRJ-001: of three only the one in the middle may be believed", () => {
  expect(told([three, set("10000"), opens])).toEqual([]);
  for (const price of ["10010", "9990", "9995"]) expect(told([three, set(price)])).toHaveLength(1);
});

test("PRJ-002: where two differ nothing may be believed and nothing may open", () => {
  const torn = read([VENUE, "6500"], [INDEX_A, "10000"]);
  expect(told([torn])).toEqual([]);
  expect(told([torn, set("10000")])).toEqual([expect.stringContaining("no majority")]);
  expect(told([torn, opens])).toEqual([expect.stringContaining("do not agree")]);
  expect(told([read([VENUE, "10000"]), set("10000")])).toHaveLength(1);
});

test("PRJ-003: who was doubted three times in a row counts no more; of two the nearer to the last", () => {
  const off = read([VENUE, "6500"]);
  const still: Events = [three, set("10000"), off, set("9990"), off, set("9990"), off, set("9990")];
  expect(told(still)).toEqual([]);
  // Without the venue they are 9,990 and 10,010, and 9,990 was believed last.
  expect(told([...still, read([INDEX_A, "10010"]), set("9990")])).toEqual([]);
  expect(told([...still, read([INDEX_A, "10010"]), set("10010")])).toHaveLength(1);
});

test("PRJ-004: what nobody said is told, and so is a call by a mark that was never believed", () => {
  const said = new SaidPrices();
  said.take(VENUE, [{ market: BTC_PERP, price: at("10000"), at: T0 }]);
  expect(told([read([VENUE, "10000"])], said)).toEqual([]);
  expect(told([read([VENUE, "10001"])], said)).toEqual([expect.stringContaining("never said")]);
  expect(told([three, set("10000"), called])).toEqual([]);
  const high = read([VENUE, "10100"], [INDEX_A, "10110"], [INDEX_B, "10090"]);
  expect(told([high, set("10100"), called])).toEqual([expect.stringContaining("MarginCalled by")]);
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
