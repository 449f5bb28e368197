/** Skill and reallocation by hand: moments, shrinkage, limits, the chance of a move, refusals. */
import { describe, expect, test } from "vitest";
import {
  drawdownKeeps,
  naiveSharpe,
  REALLOCATION,
  type ReallocationPolicy,
  reallocate,
  skills,
} from "../../src/liquidation/reallocation.ts";
import { sum, value } from "./adl-words.ts";

/** Three records of four returns, and what a careful hand makes of them at 4 periods a year. */
const records = [
  [0.01, 0.03, 0.02, 0.04],
  [0.02, -0.01, 0.01, 0.0],
  [-0.03, 0.01, -0.02, -0.01],
];
const PERIODS = 4;

function byHand(list: readonly (readonly number[])[]) {
  const moments = list.map((r) => {
    const mean = sum(r) / r.length;
    const deviation = Math.sqrt(sum(r.map((x) => (x - mean) * (x - mean))) / (r.length - 1));
    const step = mean / deviation;
    const variance = (PERIODS * (1 + 0.5 * step * step)) / r.length;
    return { ratio: 2 * step, variance, volatility: 2 * deviation };
  });
  const w = moments.map(({ variance }) => 1 / variance);
  const fixed = sum(moments.map(({ ratio }, i) => ratio * (w[i] ?? 0))) / sum(w);
  const q = sum(moments.map(({ ratio }, i) => (w[i] ?? 0) * (ratio - fixed) ** 2));
  const spread = Math.max(
    0,
    (q - (list.length - 1)) / (sum(w) - sum(w.map((x) => x * x)) / sum(w)),
  );
  const v = moments.map(({ variance }) => 1 / (variance + spread));
  const common = sum(moments.map(({ ratio }, i) => ratio * (v[i] ?? 0))) / sum(v);
  return { moments, spread, common };
}

const policy: ReallocationPolicy = {
  ...{ periods: PERIODS, floor: 0.1, cap: 0.7, step: 0.5, cost: 0.001, horizon: 2 },
  ...{ confidence: 0.5, lean: 0.4 },
};
const thirds = [1 / 3, 1 / 3, 1 / 3];
const decide = (over: Partial<ReallocationPolicy> = {}, shares = thirds, list = records) =>
  value(reallocate(list, shares, { ...policy, ...over }));

describe("skill", () => {
  test("ALLOC-017: ratios, their errors and what they are shrunk to, as the formulas have them", () => {
    const { moments, spread, common } = byHand(records);
    const found = value(skills(records, PERIODS));
    expect(spread).toBeGreaterThan(0);
    expect(found.spread).toBeCloseTo(spread, 10);
    expect(found.common).toBeCloseTo(common, 10);
    found.agents.forEach((agent, i) => {
      const { ratio = 0, variance = 0, volatility = 0 } = moments[i] ?? {};
      const shrink = spread / (spread + variance);
      expect(agent.observed).toBeCloseTo(ratio, 10);
      expect(agent.error).toBeCloseTo(Math.sqrt(variance), 10);
      expect(agent.volatility).toBeCloseTo(volatility, 10);
      expect(agent.mean).toBeCloseTo(common + shrink * (ratio - common), 10);
      expect(agent.deviation).toBeCloseTo(Math.sqrt(shrink * variance), 10);
    });
    const [one = []] = records;
    const alone = value(skills([one], PERIODS));
    expect([alone.spread, alone.agents[0]?.mean]).toEqual([0, alone.common]);
    expect(value(skills([one, one], PERIODS)).spread).toBe(0);
  });

  test("ALLOC-018: the naive rule shares by the positive ratios of the last periods", () => {
    const ratio = (r: readonly number[]) => {
      const mean = sum(r) / r.length;
      return mean / Math.sqrt(sum(r.map((x) => (x - mean) ** 2)) / (r.length - 1));
    };
    const last = records.map((r) => Math.max(0, ratio(r.slice(-3))));
    const found = naiveSharpe(records, 3);
    found.forEach((share, i) => {
      expect(share).toBeCloseTo((last[i] ?? 0) / sum(last), 12);
    });
    expect(found[2]).toBe(0);
    expect(
      naiveSharpe(
        [
          [-1, -2],
          [-2, -3],
        ],
        2,
      ),
    ).toEqual([0.5, 0.5]);
    expect(
      naiveSharpe(
        [
          [0.1, 0.1],
          [0.2, 0.1],
        ],
        2,
      ),
    ).toEqual([0, 1]);
    expect(
      drawdownKeeps(0.3, [
        { drawdown: 0.2, keeps: 0.1 },
        { drawdown: 0.1, keeps: 0.6 },
      ]),
    ).toBe(0.1);
    expect(drawdownKeeps(0.2, [{ drawdown: 0.2, keeps: 0.1 }])).toBe(0.1);
    expect(
      drawdownKeeps(0.2, [
        { drawdown: 0.1, keeps: 0.6 },
        { drawdown: 0.1, keeps: 0.4 },
      ]),
    ).toBe(0.4);
  });
});

describe("a decision", () => {
  test("ALLOC-019: target, step, turnover, gain and worth by hand", () => {
    const { agents, common } = value(skills(records, PERIODS));
    const weights = agents.map(({ mean }) => Math.exp(0.4 * (mean - common)));
    // No limit binds but the floor: what is over 3 x 0.1 goes by weight.
    const target = weights.map((w) => 0.1 + (0.7 * w) / sum(weights));
    const found = decide();
    expect(found.because).toBe("moved");
    for (const [i, share] of found.shares.entries()) expect(share).toBeCloseTo(target[i] ?? 0, 10);
    const changes = target.map((x) => x - 1 / 3);
    const turnover = sum(changes.map(Math.abs)) / 2;
    const gain = sum(agents.map((a, i) => (changes[i] ?? 0) * a.mean * a.volatility));
    expect(found.turnover).toBeCloseTo(turnover, 10);
    expect(found.gain).toBeCloseTo(gain, 10);
    expect(found.worth).toBeCloseTo(2 * gain - 2 * turnover * 0.001, 10);
    const deviation = Math.sqrt(
      sum(agents.map((a, i) => ((changes[i] ?? 0) * a.deviation * a.volatility) ** 2)),
    );
    // The normal distribution by a fine sum.
    const z = gain / deviation;
    const [steps, wide] = [20_000, z / 20_000];
    let below = 0.5;
    for (let k = 0; k < steps; k++) {
      const at = (k + 0.5) * wide;
      below += (Math.exp((-at * at) / 2) * wide) / Math.sqrt(2 * Math.PI);
    }
    expect(found.chance).toBeCloseTo(below, 6);
    const small = decide({ step: 0.01 });
    expect(Math.max(...small.shares.map((x) => Math.abs(x - 1 / 3)))).toBeCloseTo(0.01, 12);
    expect(sum([...small.shares])).toBeCloseTo(1, 12);
  });

  test("ALLOC-020: caps and floors bind, and a lean beyond all bounds is held", () => {
    const all = decide({ lean: 1e6, step: 1 });
    expect(all.shares[0]).toBeCloseTo(0.7, 12);
    for (const share of all.shares) expect(share).toBeGreaterThanOrEqual(0.1 - 1e-12);
    // Both others are held at fifty below: what the cap leaves is theirs alike.
    expect(all.shares[1]).toBeCloseTo(0.15, 6);
    expect(all.shares[2]).toBeCloseTo(0.15, 6);
    const even = decide({ cap: 1 / 3 + 1e-12, floor: 0 });
    expect(even.turnover).toBeLessThan(1e-11);
    const flat = decide({ lean: 0 });
    expect([flat.because, flat.moved, flat.turnover]).toEqual(["no-difference", false, 0]);
    expect(flat.shares).toEqual(thirds);
  });

  test("ALLOC-021: it stands where a move is not worth its cost, or not sure enough, and says what it would be", () => {
    const free = decide({ cost: 0 });
    const dear = decide({ cost: 9 });
    expect([dear.because, dear.moved, dear.turnover, dear.shares]).toEqual([
      "not-worth-its-cost",
      false,
      0,
      thirds,
    ]);
    expect(dear.gain).toBeCloseTo(free.gain, 12);
    const edge = (2 * free.gain) / (2 * free.turnover);
    expect([
      decide({ cost: edge * 0.999 }).because,
      decide({ cost: edge * 1.001 }).because,
    ]).toEqual(["moved", "not-worth-its-cost"]);
    expect([
      decide({ confidence: free.chance }).because,
      decide({ confidence: free.chance + 1e-9 }).because,
    ]).toEqual(["moved", "not-sure-enough"]);
    // Towards the worse one: a move back has more than half a chance, the way there less.
    const back = decide({}, [0.1, 0.2, 0.7]);
    expect(back.chance).toBeGreaterThan(0.5);
    expect(back.shares[0]).toBeGreaterThan(0.1);
    const [one = []] = records;
    const alike = decide({}, [0.5, 0.3, 0.2], [one, one, one]);
    expect(alike.skills.spread).toBe(0);
    expect(alike.because).toBe("no-difference");
  });

  test("ALLOC-022: policies and shares without meaning are refused, their edges pass", () => {
    const reason = (over: Partial<ReallocationPolicy>, shares = thirds) => {
      const made = reallocate(records, shares, { ...policy, ...over });
      return made.ok ? "fine" : made.reason;
    };
    expect(reason({}, [0.5, 0.5])).toBe("there is one share for each record");
    for (const name of Object.keys(policy).filter((one) => one !== "periods"))
      expect(reason({ [name]: Number.NaN }), name).toBe("the policy is finite");
    for (const over of [{ floor: -0.01 }, { floor: 0.34 }, { cap: 0.33 }, { cap: 1.01 }])
      expect(reason(over)).toBe("floors fit into 1 and caps hold 1");
    for (const over of [
      { step: 0 },
      { step: -1 },
      { cost: -0.1 },
      { horizon: 0 },
      { horizon: -1 },
      { lean: -0.1 },
    ])
      expect(reason(over)).toBe("step and horizon are above zero, cost and lean not negative");
    expect(reason({}, [0.3, 0.3, 0.3])).toBe("shares sum to 1");
    expect(reason({}, [0.4, 0.4, 0.4])).toBe("shares sum to 1");
    for (const over of [
      { floor: 0 },
      { cap: 1 },
      { step: 0.5 },
      { cost: 0 },
      { horizon: 0.5 },
      { lean: 0 },
      { floor: 1 / 4 },
      { cap: 0.5 },
    ])
      expect(reason(over)).toBe("fine");
    const halves = records.slice(0, 2);
    for (const edge of [
      { floor: 0.5, cap: 0.5 },
      { floor: 0, cap: 0.5 },
    ])
      expect(reallocate(halves, [0.5, 0.5], { ...policy, ...edge }).ok).toBe(true);
    for (const bad of [0, -1, Number.NaN])
      expect(skills(records, bad)).toMatchObject({ code: "not-positive" });
    expect(skills(records, 0.5).ok).toBe(true);
    expect(reallocate([], [], REALLOCATION)).toMatchObject({ code: "empty" });
    expect(skills([[1, 2], [1]], 1)).toMatchObject({
      code: "too-few-samples",
      reason: "record 1 has fewer than 2 returns",
    });
    expect(
      skills(
        [
          [1, 2],
          [1, Number.NaN],
        ],
        1,
      ),
    ).toMatchObject({ code: "not-finite", reason: "record 1 is not finite" });
    expect(
      skills(
        [
          [1, 2],
          [3, 3],
        ],
        1,
      ),
    ).toMatchObject({ code: "flat", reason: "record 1 does not vary" });
  });
});
