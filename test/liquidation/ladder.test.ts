/**
 * The ladder of time to cash: what lands in time, at what cost, and what is recalled all the same.
 */
import { describe, expect, test } from "vitest";
import {
  type CashSource,
  climb,
  type LadderInput,
  type LadderPlan,
} from "../../src/liquidation/ladder.ts";
import { reduceSources } from "../../src/liquidation/reduce-sources.ts";
import { dice, fleet } from "./fleets.ts";
import { count } from "./large.ts";

const GRACE = 300_000;
const DAY = 86_400_000;

const source = (id: string, over: Partial<CashSource>): CashSource => ({
  id,
  kind: "idle",
  amount: 100_000_000n,
  costPpm: 0,
  timeToCash: 0,
  certainty: 1_000_000,
  ...over,
});

function climbed(input: LadderInput): LadderPlan {
  const answer = climb(input);
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

const need = (amount: bigint, sources: CashSource[]): LadderInput => ({
  need: amount,
  deadline: GRACE,
  sources,
});

describe("late cash", () => {
  const loan = source("loan-1", { kind: "loan", amount: 500_000_000n, timeToCash: DAY });

  test("CASH-001: with only 24-hour loans and 5 minutes of grace other cash is used, and the recall issued", () => {
    const powder = source("powder", { kind: "dry-powder", costPpm: 2_000, amount: 800_000_000n });
    const plan = climbed(need(300_000_000n, [loan, powder]));
    expect(plan.status).toBe("covered");
    expect(plan.steps.map((s) => [s.id, s.amount, s.counts, s.reason])).toEqual([
      ["powder", 300_000_000n, 300_000_000n, "on-time"],
      ["loan-1", 300_000_000n, 0n, "late-recall"],
    ]);
    expect(plan.cost).toBe(600_000n);
  });

  test("CASH-002: with nothing else the call is short by all of it, and the recall still issued", () => {
    const plan = climbed(need(300_000_000n, [loan]));
    expect(plan.status).toBe("short");
    expect(plan.covered).toBe(0n);
    expect(plan.shortfall).toBe(300_000_000n);
    expect(plan.steps.map((s) => [s.id, s.reason])).toEqual([["loan-1", "late-recall"]]);
  });

  test("CASH-003: cash that lands with the deadline is late, one millisecond sooner is not", () => {
    const at = climbed(need(1n, [source("a", { timeToCash: GRACE })]));
    const before = climbed(need(1n, [source("a", { timeToCash: GRACE - 1 })]));
    expect(at.status).toBe("short");
    expect(at.unused).toEqual([{ id: "a", reason: "late" }]);
    expect(before.status).toBe("covered");
  });

  test("CASH-004: late recalls may be all loans, or none", () => {
    const other = { ...loan, id: "loan-2" };
    const ids = (lateRecall: "all" | "none" | "need"): string[] =>
      climbed({ ...need(300_000_000n, [loan, other]), lateRecall }).steps.map((s) => s.id);
    expect(ids("all")).toEqual(["loan-1", "loan-2"]);
    expect(ids("need")).toEqual(["loan-1"]);
    expect(ids("none")).toEqual([]);
  });

  test("CASH-005: a loan whose notice fits the grace counts like any cash", () => {
    const quick = source("quick", { kind: "loan", timeToCash: 60_000 });
    const plan = climbed(need(50_000_000n, [quick]));
    expect(plan.status).toBe("covered");
    expect(plan.steps[0]?.reason).toBe("on-time");
  });
});

describe("the mix", () => {
  test("CASH-006: of equal cost the less disruptive is used first, and steps come in that order", () => {
    const kinds = [
      "liquidate",
      "reduce",
      "dry-powder",
      "loan",
      "netting",
      "pending",
      "idle",
    ] as const;
    const sources = kinds.map((kind) => source(kind, { kind }));
    const plan = climbed(need(350_000_000n, sources));
    expect(plan.steps.map((s) => s.kind)).toEqual(["idle", "pending", "netting", "loan"]);
    expect(plan.steps.at(-1)?.amount).toBe(50_000_000n);
  });

  test("CASH-007: what is cheaper goes before what disturbs less", () => {
    const plan = climbed(
      need(50_000_000n, [
        source("powder", { kind: "dry-powder", costPpm: 500 }),
        source("reduce", { kind: "reduce", costPpm: 400 }),
      ]),
    );
    expect(plan.steps.map((s) => s.id)).toEqual(["reduce"]);
  });

  test("CASH-008: only the certain part of a source counts, and its cost is per unit that counts", () => {
    const plan = climbed(
      need(40_000_000n, [
        source("maybe", { certainty: 500_000, costPpm: 600 }),
        source("sure", { kind: "reduce", costPpm: 1_000 }),
      ]),
    );
    expect(plan.steps.map((s) => s.id)).toEqual(["sure"]);
    const all = climbed(
      need(140_000_000n, [source("maybe", { certainty: 500_000 }), source("sure", {})]),
    );
    expect(all.steps.find((s) => s.id === "maybe")?.amount).toBe(80_000_000n);
  });

  test("CASH-009: an indivisible source comes whole or not at all", () => {
    const plan = climbed(
      need(120_000_000n, [
        source("idle", { amount: 100_000_000n }),
        source("big", { kind: "loan", amount: 500_000_000n, costPpm: 100, divisible: false }),
        source("small", { kind: "reduce", amount: 30_000_000n, costPpm: 2_000 }),
      ]),
    );
    expect(plan.steps.map((s) => [s.id, s.amount])).toEqual([
      ["idle", 100_000_000n],
      ["small", 20_000_000n],
    ]);
    expect(plan.cost).toBe(40_000n);
  });

  test("CASH-010: always the cheapest choice of lumps, as trying every subset in tenths finds it", () => {
    for (let seed = 1; seed <= count(60, 1000); seed++) {
      const d = dice(seed);
      const sources = Array.from({ length: d.whole(1, 5) }, (_, i) =>
        source(`s${i}`, {
          kind: "reduce",
          amount: BigInt(d.whole(1, 10)) * 10_000_000n,
          costPpm: d.whole(0, 5_000),
          fixedCost: d.unit() < 0.4 ? BigInt(d.whole(1, 100_000)) : 0n,
          divisible: d.unit() < 0.6,
        }),
      );
      const wanted = BigInt(d.whole(1, 20)) * 10_000_000n;
      const plan = climbed(need(wanted, sources));
      let best: bigint | undefined;
      const visit = (i: number, sum: bigint, cost: bigint): void => {
        const one = sources[i];
        if (one === undefined) {
          if (sum >= wanted && (best === undefined || cost < best)) best = cost;
          return;
        }
        visit(i + 1, sum, cost);
        const unit = one.divisible === false ? one.amount : 10_000_000n;
        for (let part = unit; part <= one.amount; part += unit) {
          const paid = (part * BigInt(one.costPpm)) / 1_000_000n + (one.fixedCost ?? 0n);
          visit(i + 1, sum + part, cost + paid);
        }
      };
      visit(0, 0n, 0n);
      expect(plan.status).toBe(best === undefined ? "short" : "covered");
      if (best !== undefined) expect(plan.cost).toBe(best);
      expect(plan.proven).toBe(true);
    }
  });

  test("CASH-011: beyond a dozen lumps it still covers the need, and says that it is not proven", () => {
    const sources = Array.from({ length: 14 }, (_, i) =>
      source(`s${i}`, { divisible: false, costPpm: 100 + i }),
    );
    const plan = climbed(need(350_000_000n, sources));
    expect(plan.status).toBe("covered");
    expect(plan.proven).toBe(false);
    expect(plan.steps.length).toBe(4);
  });

  test("CASH-012: nothing is asked for where nothing is needed, and odd sources are refused", () => {
    expect(climbed(need(0n, [source("a", {})])).steps).toEqual([]);
    const odd: CashSource[][] = [
      [source("a", {}), source("a", {})],
      [source("a", { amount: -1n })],
      [source("a", { costPpm: -1 })],
      [source("a", { costPpm: 0.5 })],
      [source("a", { timeToCash: Number.NaN })],
      [source("a", { certainty: 1_000_001 })],
      [source("a", { fixedCost: -1n })],
    ];
    for (const sources of odd) expect(climb(need(1n, sources))).toMatchObject({ ok: false });
    expect(climb({ ...need(1n, []), deadline: Number.NaN })).toMatchObject({ ok: false });
    expect(climbed(need(1n, [source("a", { certainty: 0 })])).unused).toEqual([
      { id: "a", reason: "nothing-certain" },
    ]);
  });
});

describe("positions on the ladder", () => {
  test("CASH-013: rungs of a plan add up to what can be freed, and never get cheaper", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const input = fleet(seed, { positions: 8, markets: 4, lots: 50 });
      const options = {
        rungs: 8,
        kind: "reduce",
        timeToCash: 1_000,
        certainty: 1_000_000,
      } as const;
      const made = reduceSources(input, options);
      if (!made.ok) throw new Error(made.reason);
      const margins = input.positions.reduce((sum, p) => sum + p.margin, 0n);
      expect(made.value.reduce((sum, s) => sum + s.amount, 0n)).toBe(margins);
      const rates = made.value.map((s) => s.costPpm);
      expect(rates).toEqual([...rates].sort((a, b) => a - b));
      const idle = source("idle", { amount: input.need / 2n });
      const plan = climbed({ need: input.need, deadline: GRACE, sources: [idle, ...made.value] });
      expect(plan.status).toBe("covered");
      expect(plan.steps[0]?.id).toBe("idle");
      expect(plan.steps[1]?.id).toBe("reduce:1");
    }
    const input = fleet(1, { positions: 2, markets: 1, lots: 2 });
    const odd = { rungs: 0, kind: "reduce", timeToCash: 0, certainty: 0 } as const;
    expect(reduceSources(input, odd).ok).toBe(false);
  });
});
