/** Small plans worked by hand, refusals, and large fleets. */
import { describe, expect, test } from "vitest";
import { isConvex } from "../../src/liquidation/impact.ts";
import type {
  Plan,
  PlanInput,
  PlanMarket,
  PlanPosition,
} from "../../src/liquidation/plan-types.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { fleet } from "./fleets.ts";
import { count } from "./large.ts";

function planned(input: PlanInput): Plan {
  const answer = plan(input);
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

describe("by hand", () => {
  const market: PlanMarket = {
    id: "btc",
    mark: 100_000n * 10n ** 8n,
    lot: 10n ** 6n,
    temporary: 1e-8,
    permanent: 1e-8,
    halfSpread: 0,
    fee: 0.0005,
  };
  const position = (id: string, over: Partial<PlanPosition>): PlanPosition => ({
    id,
    agent: `agent-${id}`,
    market: "btc",
    qty: 10n ** 8n,
    margin: 10_000_000_000n,
    tier: 0,
    ...over,
  });
  const input = (need: bigint, positions: PlanPosition[], markets = [market]): PlanInput => ({
    need,
    markets,
    positions,
  });

  test("PLAN-013: a tenth of a long position costs its impact, fee and the mark-down of the rest", () => {
    const made = planned(input(1_000_000_000n, [position("a", {})]));
    // 10,000 USDC sold of 100,000: temporary 1, own permanent 0.5, rest 90,000 x 1e-4 = 9, fee 5.
    expect(made.steps.map((step) => [step.kind, step.side, step.qty, step.lots])).toEqual([
      ["reduce", "sell", 10n ** 7n, 10n],
    ]);
    expect(made.cost.temporary).toBeCloseTo(1, 9);
    expect(made.cost.permanent).toBeCloseTo(0.5, 9);
    expect(made.cost.secondRound).toBeCloseTo(9, 9);
    expect(made.cost.fees).toBeCloseTo(5, 9);
    expect(made.over).toBe(0n);
    expect(made.proof).toBe("exact");
  });

  test("PLAN-014: a long crosses a short of another agent at the mark, at no cost", () => {
    const made = planned(
      input(4_000_000_000n, [position("a", {}), position("b", { qty: -(10n ** 8n) })]),
    );
    expect(made.cost.total).toBe(0);
    expect(made.steps.map((step) => [step.kind, step.position, step.against, step.side])).toEqual([
      ["cross", "a", "b", "sell"],
      ["cross", "b", "a", "buy"],
    ]);
    expect(made.steps.every((step) => step.reason === "crossed")).toBe(true);
    expect(made.freed).toBe(4_000_000_000n);
  });

  test("PLAN-022: a pace does not bind what crosses: two large sides close against each other", () => {
    const paced = { ...market, pace: market.lot };
    const made = planned(
      input(19_000_000_000n, [position("a", {}), position("b", { qty: -(10n ** 8n) })], [paced]),
    );
    expect(made.status).toBe("restored");
    expect(made.freed).toBe(19_000_000_000n);
    expect(made.steps.filter((step) => step.kind !== "cross").length).toBeLessThanOrEqual(1);
  });

  test("PLAN-015: the remainder of a lot goes with the whole position", () => {
    const odd = position("a", { qty: 10n ** 8n + 5n });
    const made = planned(input(10_000_000_000n, [odd]));
    expect(made.steps[0]?.kind).toBe("close");
    expect(made.steps[0]?.qty).toBe(10n ** 8n + 5n);
    expect(made.steps[0]?.lots).toBe(101n);
    const part = planned(input(10_000_000_000n, [{ ...odd, maxQty: 10n ** 8n }]));
    expect(part.status).toBe("short");
    expect(part.steps[0]?.qty).toBe(10n ** 8n);
  });

  test("PLAN-016: where nothing is needed nothing is closed, and where all is not enough it says so", () => {
    expect(planned(input(0n, [position("a", {})])).status).toBe("nothing-to-do");
    const made = planned(input(30_000_000_000n, [position("a", {}), position("b", {})]));
    expect(made.status).toBe("short");
    expect(made.freed).toBe(20_000_000_000n);
    expect(made.shortfall).toBe(10_000_000_000n);
    expect(planned(input(1n, [])).status).toBe("short");
  });

  test("PLAN-017: a position that costs more of the target than it frees is left alone", () => {
    const thin: PlanMarket = { ...market, id: "thin", temporary: 1e-5, permanent: 0 };
    const made = planned({
      ...input(15_000_000_000n, [position("a", {}), position("b", { market: "thin" })]),
      markets: [market, thin],
      costShare: 1_000_000,
    });
    expect(made.status).toBe("short");
    const b = made.steps.find((step) => step.position === "b");
    // One more lot frees 100 USDC; its marginal cost 2e-5 x value x 1000 passes that at 5,000 USDC.
    expect(b === undefined || b.qty < 10n ** 7n).toBe(true);
  });

  test("PLAN-023: a crumb is left alone where the rest takes it for next to nothing, and only there", () => {
    const fine = { ...market, mark: 10n ** 10n, lot: 10n ** 5n, permanent: 0, fee: 0.001 };
    const thin = { ...fine, id: "thin", temporary: fine.temporary * 20_000 };
    const big = position("a", { qty: 10n ** 11n, margin: 10_000_000_000n });
    const crumb = position("b", { market: "thin", qty: 10n ** 8n, margin: 10_000_000n });
    const half = (over: Partial<PlanPosition>): Plan => {
      const answer = plan(
        { need: 5_000_000_000n, markets: [fine, thin], positions: [big, { ...crumb, ...over }] },
        { proofNodes: 0 },
      );
      if (!answer.ok) throw new Error(answer.reason);
      return answer.value;
    };
    // Half of 100,000 USDC: 25 of impact and 50 of fees; b would take 25 of 500,000 lots.
    expect(half({}).steps.map((step) => step.position)).toEqual(["a"]);
    expect(half({}).gap).toBeLessThan(1e-4);
    // Closing all twenty lots of it saves 20: that is no crumb.
    const saves = half({ qty: 2n * 10n ** 6n, margin: 200_000n, funding: -20 });
    expect(saves.steps.map((step) => step.position).sort()).toEqual(["a", "b"]);
    expect(saves.cost.total).toBeCloseTo(55, 1);
  });

  test("PLAN-018: an absurd input is refused with its reason", () => {
    const bad: PlanInput[] = [
      input(1n, [position("a", { market: "eth" })]),
      input(1n, [position("a", {}), position("a", {})]),
      input(1n, [position("a", {})], [market, market]),
      input(1n, [position("a", {})], [{ ...market, temporary: Number.NaN }]),
      input(1n, [position("a", {})], [{ ...market, permanent: -1 }]),
      input(1n, [position("a", {})], [{ ...market, lot: 0n }]),
      input(1n, [position("a", {})], [{ ...market, pace: -1n }]),
      input(1n, [position("a", { margin: -1n })]),
      input(1n, [position("a", { tier: 0.5 })]),
      input(1n, [position("a", { hedge: Number.POSITIVE_INFINITY })]),
      input(1n, [position("a", { maxQty: -1n })]),
      input(10n ** 17n, [position("a", {})]),
      input(1n, [position("a", { margin: 10n ** 17n })]),
      { ...input(1n, [position("a", {})]), costShare: -1 },
    ];
    for (const one of bad) expect(plan(one)).toMatchObject({ ok: false, code: "out-of-range" });
  });

  test("PLAN-019: a market is convex when the permanent share of its impact is at most two thirds", () => {
    expect(isConvex({ ...market, temporary: 1, permanent: 2 })).toBe(true);
    expect(isConvex({ ...market, temporary: 0.999, permanent: 2 })).toBe(false);
  });
});

test("PLAN-020: large fleets are restored as small ones are", () => {
  for (let seed = 1; seed <= count(2, 20); seed++) {
    const input = fleet(seed, { positions: 1000, markets: 50, lots: 1000, shorts: (seed % 3) / 5 });
    expect(planned(input).status).toBe("restored");
  }
});

test("PLAN-021: lots as fine as a venue's do not keep a proof busy: October's call with millions of lots", () => {
  const row = (id: string, mark: bigint, lot: bigint, depth: number): PlanMarket => ({
    ...{ id, mark: mark * 10n ** 8n, lot, temporary: 0.007 / depth, permanent: 0.003 / depth },
    ...{ halfSpread: 0.0001, fee: 0.0005 },
  });
  const held = (market: string, qty: bigint, margin: bigint): PlanPosition => ({
    ...{ id: `trading/${market}`, agent: "trading", market, qty, margin, tier: 2 },
  });
  const begun = process.cpuUsage();
  const made = planned({
    ...{ need: 1_869_315_806_097n, costShare: 550_000 },
    markets: [
      row("bnb", 1_200n, 1_000_000n, 800_000),
      row("btc", 118_679n, 10_000n, 2_074_000),
      row("eth", 4_160n, 100_000n, 3_248_000),
      { ...row("xrp", 3n, 10_000_000n, 600_000), pace: 40_000_000_000_000n },
    ],
    positions: [
      held("bnb", 372_801_000_000n, 1_343_427_027_027n),
      held("btc", 3_681_180_000n, 1_311_956_166_049n),
      held("eth", 102_421_300_000n, 1_279_482_713_283n),
      held("xrp", 156_968_640_000_000n, 1_343_425_297_297n),
    ],
  });
  const { user, system } = process.cpuUsage(begun);
  expect(made.status).toBe("restored");
  expect(made.gap).toBeLessThan(1e-4);
  // It took minutes when only the nodes that were gone into were counted.
  expect((user + system) / 1000).toBeLessThan(5_000);
});
