/** The path between facts. */
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { pathOf } from "../../src/venue/paper/bridge.ts";
import { loadTape } from "../../src/venue/paper/load-tape.ts";
import { bell } from "../../src/venue/paper/random.ts";
import { at, smallTape, T0 } from "./helpers.ts";

const tape = loadTape();

describe("the path of a market", () => {
  test("BRG-001: every fact of the tape is met exactly, at its time", () => {
    for (const facts of tape.markets) {
      const path = pathOf(facts, 7);
      for (const [i, time] of facts.times.entries()) expect(path.at(time)).toBe(facts.prices[i]);
    }
  });

  test.prop([fc.integer(), fc.array(fc.nat(14 * 86_400_000), { minLength: 2, maxLength: 30 })])(
    "BRG-002: always the same price for (seed, market, time), in whatever order it is asked",
    (seed, offsets) => {
      const [facts] = tape.markets;
      if (facts === undefined) throw new Error("the tape has markets");
      const forward = pathOf(facts, seed);
      const backward = pathOf(facts, seed);
      const ahead = offsets.map((offset) => forward.at(tape.start + offset));
      const behind = offsets.toReversed().map((offset) => backward.at(tape.start + offset));
      expect(behind.toReversed()).toEqual(ahead);
    },
  );

  test("BRG-003: the middle of a stretch varies as a Brownian bridge does", () => {
    // Facts that rise and fall by 1 % each half hour: sigma^2 x 1800 s = 0.01^2, at the middle a
    // quarter.
    const [facts] = smallTape(["100", "101", "100", "101", "100"]).markets;
    if (facts === undefined) throw new Error("a market");
    const draws: number[] = [];
    for (let seed = 0; seed < 4_000; seed += 1) {
      draws.push(Number(pathOf(facts, seed).at(T0 + 900_000)) / 1e8);
    }
    const mean = draws.reduce((a, b) => a + b, 0) / draws.length;
    const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.length;
    expect(mean).toBeCloseTo(100.5, 1);
    expect(variance).toBeGreaterThan(0.25 * 0.92);
    expect(variance).toBeLessThan(0.25 * 1.08);
  });

  test("BRG-004: other seeds and other markets walk other paths", () => {
    const [btc, eth] = tape.markets;
    if (btc === undefined || eth === undefined) throw new Error("two markets");
    const time = tape.start + 777_000;
    expect(pathOf(btc, 1).at(time)).not.toBe(pathOf(btc, 2).at(time));
    const twin = { ...btc, market: eth.market };
    expect(pathOf(btc, 1).at(time)).not.toBe(pathOf(twin, 1).at(time));
  });

  test("BRG-005: before the first fact and after the last the price stands", () => {
    const [facts] = smallTape(["100", "110", "120"]).markets;
    if (facts === undefined) throw new Error("a market");
    const path = pathOf(facts, 1);
    expect(path.at(0)).toBe(at("100"));
    expect(path.at(path.end + 1)).toBe(at("120"));
  });

  test("BRG-006: the price is never at or below zero, however wild the facts", () => {
    const [facts] = smallTape(["100", "1", "100", "0.01", "100"]).markets;
    if (facts === undefined) throw new Error("a market");
    for (let seed = 0; seed < 20; seed += 1) {
      const path = pathOf(facts, seed);
      for (let time = T0; time <= path.end; time += 7_000) {
        expect(path.at(time)).toBeGreaterThan(0n);
      }
    }
  });

  test("BRG-007: a draw has mean zero and variance one", () => {
    let sum = 0;
    let squares = 0;
    const count = 50_000;
    for (let i = 0; i < count; i += 1) {
      const x = bell(1, i, i + 1);
      sum += x;
      squares += x * x;
    }
    expect(Math.abs(sum / count)).toBeLessThan(0.02);
    expect(Math.abs(squares / count - 1)).toBeLessThan(0.03);
  });
});
