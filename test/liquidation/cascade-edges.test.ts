/** Fire sales at their edges, worked by hand. */
import { describe, expect, test } from "vitest";
import { type CascadeInput, cascade, overlaps } from "../../src/liquidation/cascade.ts";
import { value } from "./adl-words.ts";

describe("fire sales", () => {
  const one: CascadeInput = {
    assets: [{ id: "a", price: 100, impact: 1e-4 }],
    agents: [{ id: "x", units: [50], cash: 100, debt: 4_100, limit: 5 }],
    shock: [0],
    form: "linear",
  };
  const run = (over: Partial<CascadeInput>) => value(cascade({ ...one, ...over }));
  const agent = (over: object) => ({
    ...(one.agents[0] as CascadeInput["agents"][number]),
    ...over,
  });

  test("FIRE-012: exactly at the limit nothing is sold, exactly nothing left is insolvent", () => {
    expect(run({})).toMatchObject({
      sold: [[0]],
      equities: [1_000],
      insolvent: [],
      secondRound: 0,
      rounds: 1,
    });
    const lost = run({ agents: [agent({ debt: 5_100 })] });
    // All fifty go at 0.5 % less.
    expect(lost).toMatchObject({
      sold: [[50]],
      equities: [-25],
      insolvent: ["x"],
      secondRound: 25,
      prices: [99.5],
    });
    const small = { units: [0.001], cash: 0.4, debt: 0 };
    expect(run({ agents: [agent(small)] })).toMatchObject({ sold: [[0]], insolvent: [] });
    const zero = run({
      agents: [agent({ debt: 5_100 })],
      assets: [{ id: "a", price: 100, impact: 0 }],
    });
    expect(zero).toMatchObject({ sold: [[50]], equities: [0], insolvent: ["x"] });
    expect(run({ agents: [agent({ limit: 6, target: 4 })] }).sold).toEqual([[0]]);
    const down = run({
      agents: [agent({ limit: 4.9, target: 4 })],
      assets: [{ id: "a", price: 100, impact: 0 }],
    });
    expect(down.sold).toEqual([[10]]);
    const flow = run({ flow: [20], agents: [] });
    expect(flow.prices[0]).toBeCloseTo(99.8, 12);
    // Sales beyond what a linear price bears leave nothing of it.
    expect(run({ flow: [20_000], agents: [] }).prices).toEqual([0]);
    expect(run({ form: "exponential", flow: [20], agents: [] }).prices[0]).toBeCloseTo(
      100 * Math.exp(-0.002),
      12,
    );
  });

  test("FIRE-013: what is sold stays sold when a later price would ask for less", () => {
    // A short and a long of one asset: the short's buying lifts the price after the long has sold.
    const agents = [
      { id: "long", units: [100], cash: 0, debt: 9_000, limit: 8 },
      { id: "short", units: [-100], cash: 11_000, debt: 0, limit: 8 },
    ];
    const found = run({ agents, shock: [0], assets: [{ id: "a", price: 100, impact: 1e-6 }] });
    expect(found.sold[0]?.[0]).toBeCloseTo(20, 1);
    expect(found.sold[1]?.[0]).toBeCloseTo(-20, 1);
    const again = run({
      agents: [...agents].reverse(),
      assets: [{ id: "a", price: 100, impact: 1e-6 }],
    });
    expect(again.prices[0]).toBeCloseTo(found.prices[0] ?? 0, 12);
  });

  test("FIRE-014: by depth: as much of each price, a small holding whole, none of what is not held", () => {
    const assets = [
      { id: "a", price: 100, impact: 1e-6 },
      { id: "b", price: 100, impact: 4e-6 },
      { id: "c", price: 100, impact: 0 },
    ];
    const spread = (units: number[], debt: number, limit = 5) =>
      run({
        assets,
        shock: [0, 0, 0],
        spread: "liquidity",
        agents: [agent({ units, cash: 0, debt, limit })],
      }).sold[0] ?? [];
    const [a = 0, b = 0, c = 0] = spread([100, 100, 0], 17_000, 5);
    // 20,000 of 3,000 equity: 5,000 go, four fifths of them deep. The impact takes a little more.
    expect(a / b).toBeCloseTo(4, 3);
    expect(a + b).toBeCloseTo(50, 0);
    expect(c).toBe(0);
    const [small = 0, rest = 0] = spread([10, 190, 0], 17_000, 5);
    expect([small, rest > 39]).toEqual([10, true]);
    expect(spread([1, 199, 0], 17_000)[0]).toBe(1);
    // What has no impact at all takes all of it.
    const [none = 1, , all = 0] = spread([100, 0, 100], 17_000, 5);
    expect(none).toBeLessThan(1e-3);
    expect(all).toBeCloseTo(50, 1);
    expect(
      overlaps(
        [
          [2, 3],
          [4, -5],
        ],
        [10, 100],
      ),
    ).toEqual([
      [4 / 10 + 9 / 100, 8 / 10 - 15 / 100],
      [8 / 10 - 15 / 100, 16 / 10 + 25 / 100],
    ]);
  });

  test("FIRE-015: worlds without meaning by their reasons, edges pass", () => {
    const reason = (over: Partial<CascadeInput>) => {
      const made = cascade({ ...one, ...over });
      return made.ok ? "fine" : made.reason.replace("a cascade needs: ", "");
    };
    const asset = (over: object) =>
      reason({ assets: [{ id: "a", price: 100, impact: 1e-4, ...over }] });
    const who = (over: object) => reason({ agents: [agent(over)] });
    for (const over of [{ shock: [] }, { flow: [1, 2] }])
      expect(reason(over)).toBe("a shock and a flow for each asset");
    expect(who({ units: [1, 2] })).toBe("units of each asset");
    for (const over of [{ shock: [Number.NaN] }, { flow: [Number.NaN] }])
      expect(reason(over)).toBe("all numbers are finite");
    for (const name of ["price", "impact"])
      expect(asset({ [name]: Number.NaN })).toBe("all numbers are finite");
    for (const name of ["cash", "debt", "limit", "target"])
      expect(who({ [name]: Number.POSITIVE_INFINITY })).toBe("all numbers are finite");
    expect(who({ units: [Number.NaN] })).toBe("all numbers are finite");
    for (const over of [{ price: 0 }, { price: -1 }, { impact: -1 }])
      expect(asset(over)).toBe("prices > 0, impact >= 0");
    for (const shock of [-1, -1.5])
      expect(reason({ shock: [shock] })).toBe("a shock leaves a price above zero");
    for (const over of [{ target: 5.1 }, { target: -0.1 }, { limit: -1 }])
      expect(who(over)).toBe("a target is at most the limit and not negative");
    for (const over of [{ target: 0 }, { target: 5 }, { limit: 0 }]) expect(who(over)).toBe("fine");
    expect([asset({ price: 0.5 }), asset({ impact: 0 }), reason({ shock: [-0.999] })]).toEqual([
      "fine",
      "fine",
      "fine",
    ]);
  });
});

describe("what ends the rounds", () => {
  const world = (price: number, over: Partial<CascadeInput> = {}): CascadeInput => ({
    assets: [{ id: "a", price, impact: 1e-3 }],
    agents: [{ id: "x", units: [50], cash: 0, debt: 42 * price, limit: 5 }],
    shock: [0],
    form: "linear",
    ...over,
  });

  test("FIRE-016: exactly at the limit nothing is sold, though the target is lower", () => {
    const agents = [{ id: "x", units: [50], cash: 0, debt: 4_000, limit: 5, target: 2 }];
    expect(value(cascade(world(100, { agents }))).sold).toEqual([[0]]);
  });

  test("FIRE-017: prices are still to a hundred-billionth of a millionth of themselves, dear or cheap", () => {
    const rounds = [1e-6, 1, 1e6].map((price) => value(cascade(world(price))).rounds);
    expect(new Set(rounds).size).toBe(1);
    expect(rounds[0]).toBeGreaterThan(3);
  });

  test("FIRE-018: by depth, what is worth less than a USDC is sold too", () => {
    const agents = [{ id: "x", units: [0.05], cash: 0, debt: 4.2, limit: 5 }];
    const found = value(cascade(world(100, { agents, spread: "liquidity" })));
    // 5 of 0.8: one of it goes.
    expect(found.sold[0]?.[0]).toBeCloseTo(0.01, 4);
  });

  test("FIRE-020: where every sale forces nearly as large a one it takes thousands of rounds, and no more than asked", () => {
    // It sells from 93.3 on; the deeper it fell, the more each sale brings about, up to as much again.
    const near = (fall: number): CascadeInput => ({
      assets: [{ id: "a", price: 100, impact: 5.3e-3 }],
      agents: [{ id: "x", units: [50], cash: 0, debt: 3_500, limit: 4 }],
      ...{ shock: [-fall], form: "linear" },
    });
    const lives = (fall: number): boolean => value(cascade(near(fall))).insolvent.length === 0;
    let [held, lost] = [0.06, 0.3];
    for (let i = 0; i < 20; i += 1) {
      const fall = (held + lost) / 2;
      if (lives(fall)) held = fall;
      else lost = fall;
    }
    const whole = value(cascade(near(held)));
    expect(whole.rounds).toBeGreaterThan(1_000);
    expect(value(cascade(near(held), { rounds: whole.rounds }))).toEqual(whole);
    expect(cascade(near(held), { rounds: whole.rounds - 1 })).toMatchObject({
      ...{ ok: false, code: "not-converged" },
      reason: `prices still move after ${whole.rounds - 1} rounds`,
    });
  });

  test("FIRE-019: a short that covered keeps to it when others' sales make it rich again", () => {
    // The short is at 10 times its 1,000; the long sells all of its thousand units, at 10 % less.
    const agents = [
      { id: "short", units: [-100], cash: 11_000, debt: 0, limit: 8 },
      { id: "long", units: [1_000], cash: 0, debt: 100_000, limit: 8 },
    ];
    const assets = [{ id: "a", price: 100, impact: 1e-4 }];
    const { sold, prices, equities } = value(cascade(world(100, { agents, assets })));
    expect(sold).toEqual([[-20], [1_000]]);
    expect(prices[0]).toBeCloseTo(100 * (1 - 0.098), 9);
    expect((100 * (prices[0] ?? 0)) / (equities[0] ?? 0)).toBeLessThan(8);
  });
});
