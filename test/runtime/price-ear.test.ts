/** What is heard of feeders, what is not handed on, and how marks wait for their turn. */
import { describe, expect, test } from "vitest";
import { marketId, type SourceId } from "../../src/core/ids.ts";
import { COMMAND_BYTES_MAX, MARKS_PER_COMMAND_MAX } from "../../src/core/limits.ts";
import { price } from "../../src/core/money.ts";
import { millis } from "../../src/core/time.ts";
import type { Mark } from "../../src/protocol/reports.ts";
import type { Clock } from "../../src/runtime/clock.ts";
import { MarkLane } from "../../src/runtime/mark-lane.ts";
import { PriceEar } from "../../src/runtime/price-ear.ts";
import { at, BTC_PERP, T0 } from "../fleet/cast.ts";
import { INDEX_A, INDEX_B, priced } from "../fleet/price-cast.ts";
import { given } from "../fleet/spec.ts";
import { configured } from "../fleet/steps.ts";

function ear(policy = priced()) {
  let now = T0 as number;
  const taken: Mark[] = [];
  const refused: string[] = [];
  const clock = { now: () => millis(now), mono: () => now } as Clock;
  const law = given(configured(policy)).state;
  const to = { loop: { law }, marks: { take: (marks: readonly Mark[]) => taken.push(...marks) } };
  const heard = new PriceEar(clock, (fault) => refused.push(fault));
  return {
    ...{ taken, refused, clock },
    pass: (ms: number) => {
      now += ms;
    },
    hear: (said: unknown, source: SourceId = INDEX_A, leads = true) => {
      const text = typeof said === "string" ? said : JSON.stringify(said);
      heard.hear(leads ? (to as never) : undefined, source, new TextEncoder().encode(text));
    },
  };
}
const one = { market: "btc-perp", price: "10000.5", at: T0 };

describe("hearing feeders", () => {
  test("PRI-001: a price of a known source and market is handed on as that source's mark", () => {
    const { hear, taken, refused } = ear();
    hear({ prices: [one, { ...one, market: "moon-perp" }] });
    expect(taken).toEqual([{ source: INDEX_A, market: BTC_PERP, price: at("10000.5"), at: T0 }]);
    expect(refused).toEqual([]);
  });

  test.each([
    "",
    "no json",
    { prices: [] },
    { prices: [one], more: 1 },
    { prices: [{ ...one, price: 1 }] },
    { prices: [{ ...one, price: "0" }] },
    { prices: [{ ...one, price: "-1" }] },
    { prices: [{ ...one, price: "NaN" }] },
    { prices: [{ ...one, price: "1e9" }] },
    { prices: [{ ...one, market: "Btc Perp" }] },
    { prices: [{ ...one, at: 1.5 }] },
    { prices: [{ market: "btc-perp", price: "1" }] },
    { prices: [{ ...one, source: "venue" }] },
    [one],
  ])("PRI-002: %j is refused whole and counted", (said) => {
    const { hear, taken, refused } = ear();
    hear(said);
    expect(taken).toEqual([]);
    expect(refused).toEqual(["price-malformed"]);
  });

  test("PRI-003: a source that the rules do not name is refused; without rules nobody is asked", () => {
    const { hear, refused, taken } = ear(priced({ sources: [INDEX_A] }));
    hear({ prices: [one] }, INDEX_B);
    expect([taken, refused]).toEqual([[], ["price-no-source"]]);
    const { prices: _, ...alone } = priced();
    const plain = ear(alone);
    plain.hear({ prices: [one] });
    plain.hear({ prices: [one] }, INDEX_A, false);
    expect([plain.taken, plain.refused]).toEqual([[], []]);
  });

  test("PRI-004: what is told late is old, and what is of the future would silence its source", () => {
    const { hear, taken, refused } = ear();
    for (const off of [-8_000, 5_000]) hear({ prices: [{ ...one, at: T0 + off }] });
    expect([taken.length, refused]).toEqual([2, []]);
    for (const off of [-8_001, 5_001]) hear({ prices: [{ ...one, at: T0 + off }] });
    expect([taken.length, refused]).toEqual([2, ["price-late", "price-early"]]);
  });

  test("PRI-005: who floods is heard a hundred times a second, and the others all the same", () => {
    const { hear, pass, taken, refused } = ear();
    for (let i = 0; i < 150; i += 1) hear({ prices: [one] });
    expect([taken.length, refused.length]).toEqual([100, 50]);
    hear({ prices: [one] }, INDEX_B);
    expect(taken.length).toBe(101);
    pass(1_000);
    hear({ prices: [one] });
    expect([taken.length, new Set(refused)]).toEqual([102, new Set(["price-flood"])]);
  });

  test("PRI-006: a message has at most the bytes of a command", () => {
    const { hear, refused } = ear();
    const text = JSON.stringify({ prices: [one] });
    hear(text.padEnd(COMMAND_BYTES_MAX));
    expect(refused).toEqual([]);
    hear(text.padEnd(COMMAND_BYTES_MAX + 1));
    expect(refused).toEqual(["price-too-long"]);
  });
});

describe("the lane of marks", () => {
  const mark = (name: string, value: number, source?: SourceId): Mark => ({
    ...(source === undefined ? {} : { source }),
    ...{ market: marketId(name), price: price(BigInt(value)), at: millis(T0 + value) },
  });
  /** Each command waits until it is let go. */
  function lane(stop = new AbortController()) {
    const given: (readonly Mark[])[] = [];
    const waiting: (() => void)[] = [];
    const made = new MarkLane((marks) => {
      given.push(marks);
      return new Promise<void>((resolve) => waiting.push(resolve));
    }, stop.signal);
    const next = async (): Promise<void> => {
      waiting.shift()?.();
      await null;
    };
    return { made, given, stop, next };
  }

  test("PRI-011: while one command waits newer marks of a source and market replace older ones", async () => {
    const { made, given, next } = lane();
    made.take([mark("btc-perp", 1)]);
    made.take([mark("btc-perp", 2), mark("eth-perp", 2)]);
    made.take([mark("btc-perp", 3), mark("btc-perp", 3, INDEX_A)]);
    expect(given).toEqual([[mark("btc-perp", 1)]]);
    await next();
    expect(given[1]).toEqual([
      mark("btc-perp", 3),
      mark("eth-perp", 2),
      mark("btc-perp", 3, INDEX_A),
    ]);
  });

  test("PRI-013: an older mark that comes later replaces no newer one", async () => {
    const { made, given, next } = lane();
    made.take([mark("btc-perp", 1)]);
    made.take([mark("btc-perp", 3, INDEX_A), mark("btc-perp", 3)]);
    made.take([mark("btc-perp", 2, INDEX_A), mark("btc-perp", 4)]);
    await next();
    expect(given[1]).toEqual([mark("btc-perp", 3, INDEX_A), mark("btc-perp", 4)]);
  });

  test("PRI-012: a command has at most so many marks; the rest are the next's; none after the end", async () => {
    const { made, given, next, stop } = lane();
    const many = Array.from({ length: MARKS_PER_COMMAND_MAX + 1 }, (_, i) => mark(`m-${i}`, i + 1));
    made.take(many);
    expect(given[0]).toHaveLength(MARKS_PER_COMMAND_MAX);
    await next();
    expect(given[1]).toEqual(many.slice(-1));
    stop.abort();
    made.take([mark("btc-perp", 9)]);
    await next();
    expect(given).toHaveLength(2);
  });
});
