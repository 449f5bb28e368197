/** Edges of a plan: crumbs of it, whole lots at the pace of a market, and what no rule alone would do. */
import { describe, expect, test } from "vitest";
import type { PlanInput } from "../../src/liquidation/plan-types.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { value } from "./adl-words.ts";
import { COIN, held, market, USDC } from "./hand.ts";

/**
 * So many lots of a deep market and of one that is `thinner` times as dear, in which as much less is closed.
 * A lot frees 10 USDC; ten thousand lots of the deep one cost 10,000 x 100 squared x 1e-9: a thousand.
 */
const split = (lots: number, thinner: number, over: Partial<PlanInput> = {}): PlanInput => ({
  need: BigInt(lots) * 10n * USDC,
  markets: [
    market("deep", { fee: 0, temporary: 1e-9 }),
    market("thin", { fee: 0, temporary: 1e-9 * thinner }),
  ],
  positions: [held("a", "deep", 60_000n), held("b", "thin", 60_000n)],
  ...over,
});

const closed = (input: PlanInput): readonly (readonly [string, bigint])[] =>
  value(plan(input, { proofNodes: 0 })).steps.map(({ position, qty }) => [position, qty / COIN]);

describe("crumbs", () => {
  test("PLAN-024: three lots of forty thousand are left alone where the rest gives them for nothing to speak of", () => {
    expect(closed(split(40_003, 40_000 / 3))).toEqual([["a", 40_003n]]);
  });

  test("PLAN-025: more than a hundredth of a per cent is no crumb", () => {
    expect(closed(split(20_003, 20_000 / 3))).toEqual([
      ["a", 20_000n],
      ["b", 3n],
    ]);
  });

  test("PLAN-026: nor is what nothing else can give: the rest is closed already, or at its pace", () => {
    const full = split(60_003, 60_000 / 3);
    expect(closed(full)).toEqual([
      ["a", 60_000n],
      ["b", 3n],
    ]);
    const { markets } = split(40_003, 40_000 / 3);
    const paced = markets.map((one) =>
      one.id === "deep" ? { ...one, pace: 40_000n * COIN } : one,
    );
    expect(closed(split(40_003, 40_000 / 3, { markets: paced }))).toEqual([
      ["a", 40_000n],
      ["b", 3n],
    ]);
  });
});

describe("whole lots", () => {
  const two = (need: bigint, pace: bigint): PlanInput => ({
    need: need * USDC,
    markets: [market("deep", { fee: 0, pace: (pace * COIN) / 2n }), market("thin", { fee: 0.05 })],
    positions: [held("a", "deep", 100n), held("b", "thin", 100n)],
  });

  test("PLAN-027: half a lot that the pace of a market leaves is no lot: another, dearer one is taken", () => {
    // Six lots restore 58; the pace is five and a half of the cheap ones, or six.
    expect(closed(two(58n, 11n))).toEqual([
      ["a", 5n],
      ["b", 1n],
    ]);
    expect(closed(two(58n, 12n))).toEqual([["a", 6n]]);
  });

  test("PLAN-028: what earlier tiers send already is no pace left for later ones", () => {
    const input = two(120n, 12n);
    const [a, b] = input.positions;
    if (a === undefined || b === undefined) throw new Error("two positions");
    const first = { ...a, id: "first", qty: 6n * COIN, margin: 60n * USDC };
    const later = { ...a, tier: 1 };
    const positions = [first, later, { ...b, tier: 1 }];
    expect(closed({ ...input, positions })).toEqual([
      ["first", 6n],
      ["b", 6n],
    ]);
  });
});
