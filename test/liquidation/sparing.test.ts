/** The search for a plan that spares others, worked by hand: what it looks at, what it finds and says. */
import { describe, expect, test } from "vitest";
import type { CascadeAgent, CascadeInput } from "../../src/liquidation/cascade.ts";
import type { Plan, PlanInput } from "../../src/liquidation/plan-types.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { planByRule } from "../../src/liquidation/rule-plan.ts";
import { SIMPLE_RULES } from "../../src/liquidation/rules.ts";
import { secondRound } from "../../src/liquidation/second-round.ts";
import { sparing } from "../../src/liquidation/sparing.ts";
import { value } from "./adl-words.ts";
import { worldOf } from "./fleets.ts";
import { COIN, held, market, USDC } from "./hand.ts";
import { agent, made, step } from "./others.ts";

/** What a search for a plan that spares others looks at: one entry a world that it asks for. */
function looked(input: PlanInput, agents: readonly CascadeAgent[], first = value(plan(input))) {
  const asked: Plan[] = [];
  const after = (each: Plan): CascadeInput => {
    asked.push(each);
    return worldOf(input, agents);
  };
  return { found: sparing(input, first, after), asked, first };
}
const lots = ({ steps }: Plan): Readonly<Record<string, number>> =>
  Object.fromEntries(steps.map(({ position, qty }) => [position, Number(qty) / 1e8]));
/** Somebody alone, exactly at a limit of five. */
const alone = (units: readonly number[], marks: readonly number[] = []): CascadeAgent => {
  const of = (u: number, a: number): number => u * (marks[a] ?? 100);
  const worth = units.reduce((sum, u, a) => sum + Math.abs(of(u, a)), 0);
  const net = units.reduce((sum, u, a) => sum + of(u, a), 0);
  return agent(units, { debt: net - worth / 5, limit: 5 });
};
const book = (id: string, temporary: number, over = {}) =>
  market(id, { permanent: 1e-6, temporary, fee: 0, ...over });
/** A hundred lots of the long a; the short b is dearer by more than what anybody is forced to lose. */
const pair = (): PlanInput => ({
  need: 1_000n * USDC,
  markets: [book("m", 0, { fee: 0.001 }), book("n", 0, { fee: 0.05 })],
  positions: [
    ...[held("a", "m", 200n), held("b", "n", -200n, { pnl: -1n })],
    // The rest of a lot: a millionth of margin.
    held("c", "m", 1n, { qty: 1n, margin: 1n }),
  ],
});

describe("how far it is looked", () => {
  const after = () => worldOf(pair(), [alone([100, 1])]);
  const first = value(plan(pair()));
  const within = (rounds?: number) =>
    sparing(pair(), first, after, rounds === undefined ? {} : { rounds });
  const needed = value(within()).before.outcome.rounds;

  test("SPR-035: the plan handed in is refused where its sales do not end within the rounds", () => {
    expect(value(within(needed))).toMatchObject({ plan: first, settled: true });
    expect(within(needed - 1)).toMatchObject({ ok: false, code: "not-converged" });
    expect(value(sparing(pair(), first, () => worldOf(pair(), []), { rounds: 1 })).settled).toBe(
      true,
    );
  });

  test("SPR-036: another plan whose sales do not end is left, and that is said", () => {
    // After any plan but the first the marks fall by 5 % more: somebody sells for longer than those rounds.
    const worlds = (each: Plan): CascadeInput => {
      const world = worldOf(pair(), [alone([100, 1])]);
      return each === first ? world : { ...world, shock: world.shock.map(() => -0.05) };
    };
    const found = value(sparing(pair(), first, worlds, { rounds: needed }));
    expect(found).toMatchObject({ plan: first, settled: false });
  });
});

describe("what is looked at", () => {
  test("SPR-024: three quarters, half, a quarter and none of the market, then the closings of each rule and a plan within them", () => {
    const { found, asked, first } = looked(pair(), [alone([100, 1])]);
    expect(lots(first)).toEqual({ a: 100 });
    expect(value(found).before.knockOn).toBeGreaterThan(1);
    expect(value(found).plan).toBe(first);
    expect(asked[0]).toBe(first);
    const [small, large, losers] = [asked[6], asked[8], asked[10]];
    expect(small?.steps).toEqual([
      step("m", 100, { position: "a", agent: "a" }),
      step("m", 1e-8, { position: "c", agent: "c" }),
    ]);
    expect(large?.steps).toEqual([step("m", 100, { position: "a", agent: "a" })]);
    expect(losers?.steps).toEqual([step("n", -100, { position: "b", agent: "b" })]);
    expect(lots(asked[11] ?? first)).toEqual({ b: 100 });
    // The plan, what it presses, one market (b's is not traded, though somebody holds it), six rules.
    expect(asked).toHaveLength(1 + 1 + 4 + 12);
    expect(asked.slice(2, 6).map(lots)).toEqual([
      { a: 75, b: 25 },
      { a: 50, b: 50 },
      { a: 25, b: 75 },
      { b: 100 },
    ]);
  });

  test("SPR-025: four markets, the largest order first, and only where the forced hold something", () => {
    const sizes: readonly (readonly [string, bigint, bigint])[] = [
      ...([
        ["r", 1n, 1_000n],
        ["u", 50n, 100n],
        ["t", 8n, 100n],
      ] as const),
      ...([
        ["q", 200n, 10n],
        ["p", 30n, 100n],
        ["s", 9n, 100n],
      ] as const),
    ];
    const input: PlanInput = {
      need: 1_270n * USDC,
      markets: [
        ...sizes.map(([id, , mark]) => book(id, 0, { mark: mark * COIN, fee: 0.001 })),
        book("z", 0, { fee: 0.2 }),
      ],
      positions: [
        ...sizes.map(([id, coins, mark]) =>
          held(id, id, coins, { margin: (coins * mark * USDC) / 10n }),
        ),
        held("z", "z", 200n),
      ],
    };
    const marks = sizes.map(([, , mark]) => Number(mark));
    const units = sizes.map(([id], a) => (id === "u" ? 0 : 1_000 / (marks[a] ?? 1)));
    const { asked, first } = looked(input, [alone([...units, 0], marks)]);
    const whole = lots(first);
    expect(whole).toEqual({ p: 30, q: 200, r: 1, s: 9, t: 8, u: 50 });
    const less = asked
      .slice(2, 18)
      .map((one) => Object.keys(whole).filter((id) => (lots(one)[id] ?? 0) < (whole[id] ?? 0)));
    const four = (id: string): string[][] => Array.from({ length: 4 }, () => [id]);
    expect(less).toEqual(["p", "q", "r", "s"].flatMap(four));
    expect(asked).toHaveLength(1 + 1 + 16 + 12);
  });

  test("SPR-026: an order of half a USDC presses too", () => {
    const tiny = { lot: COIN / 1_000n };
    const input: PlanInput = {
      need: 50_000n,
      markets: [
        market("m", { ...tiny, permanent: 0.01, fee: 0 }),
        market("n", { ...tiny, fee: 0.3 }),
      ],
      positions: ["m", "n"].map((id) => held(id, id, 1n, { qty: COIN / 100n, margin: USDC / 10n })),
    };
    const { found, asked, first } = looked(input, [alone([0.01, 0])]);
    expect(lots(first)).toEqual({ m: 0.005 });
    expect(value(found).before.knockOn).toBeGreaterThan(1e-6);
    expect(asked.slice(2, 6).map((one) => lots(one)["m"] ?? 0)).toEqual([0.003, 0.002, 0.001, 0]);
  });

  test("SPR-027: nothing is, where a plan is short or nobody loses by it", () => {
    const short = looked({ ...pair(), need: 9_000n * USDC }, [alone([100, 1])]);
    expect(value(short.found).before.knockOn).toBeGreaterThan(1);
    expect(short.first.status).toBe("short");
    const calm = looked(pair(), [agent([100, 1])]);
    for (const { found, asked, first } of [short, calm]) {
      expect(value(found).plan).toBe(first);
      expect(value(found).round).toBe(value(found).before);
      expect(asked).toEqual([first]);
    }
  });

  test("SPR-028: a plan that costs the same takes no other's place", () => {
    const input = { ...pair(), positions: [held("a", "m", 200n)] };
    const { found, first } = looked(input, [alone([100, 0])]);
    expect(value(found).before.knockOn).toBeGreaterThan(1);
    expect(value(found).plan).toBe(first);
  });
});

/** Two cheap markets that somebody holds both of, and a third that only the largest first goes to. */
const third = (): PlanInput => ({
  need: 100n * USDC,
  markets: [
    market("m", { permanent: 1e-5, temporary: 0, fee: 0.001 }),
    market("n", { permanent: 1e-5, temporary: 0, fee: 0.002 }),
    market("o", { permanent: 6e-6, temporary: 0, fee: 0.02 }),
  ],
  positions: [held("a", "m", 100n), held("b", "n", 100n), held("c", "o", 150n)],
});

describe("what is found", () => {
  test("SPR-029: a rule may show the way where no market alone does; each is told with what it forces", () => {
    const guarded = held("g", "n", 10n, { guarded: true });
    const input = { ...third(), positions: [...third().positions, guarded] };
    const agents = [alone([100, 100, 0])];
    const { found, first } = looked(input, agents);
    const { plan: spared, round } = value(found);
    expect(lots(first)).toEqual({ a: 10 });
    expect(lots(spared)).toEqual({ c: 10 });
    expect(round).toMatchObject({ knockOn: 0, forced: [] });
    expect(spared.untouched).toEqual([
      { id: "a", reason: "second-round" },
      { id: "b", reason: "second-round" },
      { id: "g", reason: "guarded" },
    ]);
    const places = new Map([
      ["a", "m"],
      ["b", "n"],
      ["c", "o"],
    ]);
    const told = SIMPLE_RULES.map((rule) => {
      const { closes, cost, freed } = value(planByRule(input, rule));
      const steps = [...closes].map(([id, qty]) => step(places.get(id) ?? "", Number(qty) / 1e8));
      const { knockOn } = value(secondRound(worldOf(input, agents), made(...steps)));
      return { rule, cost: cost + knockOn, freed, touched: closes.size };
    });
    expect(spared.alternatives).toEqual(told);
    const [small, large] = told;
    expect(large?.cost).toBeCloseTo(spared.cost.total, 9);
    expect(small?.cost).toBeCloseTo(first.cost.total + value(found).before.knockOn, 9);
  });

  test("SPR-030: of a rule that does not restore the target nothing is told, by however little", () => {
    // Ten lots net at most: one after the other 30 of the 40 go, crossed all do; 20 are elsewhere.
    const tight = (need: bigint): PlanInput => ({
      need,
      markets: [
        market("m", { temporary: 0, pace: 10n * COIN }),
        market("n", { temporary: 0, permanent: 1e-5, fee: 0.001 }),
        market("o", { temporary: 0, permanent: 1e-5, fee: 0.01 }),
      ],
      positions: [
        ...[held("a", "m", 20n), held("b", "m", -20n)],
        ...[held("c", "n", 10n), held("d", "o", 10n)],
      ],
    });
    const told = (need: bigint) => {
      const { found, first } = looked(tight(need), [alone([0, 100, 0])]);
      expect(lots(first)["c"]).toBe(10);
      expect(lots(value(found).plan)["c"] ?? 0).toBeLessThan(10);
      return value(found).plan.alternatives.map(({ rule }) => rule);
    };
    expect(told(500n * USDC)).toEqual([...SIMPLE_RULES]);
    expect(told(500n * USDC + 1n)).toEqual(["pro-rata"]);
  });

  test("SPR-031: what may close less than all of it closes no more where others close less", () => {
    const input = {
      ...third(),
      positions: [held("a", "m", 100n), held("b", "n", 100n, { maxQty: 4n * COIN })].concat(
        held("c", "o", 150n),
      ),
    };
    const { found } = looked(input, [alone([200, 0, 0])]);
    expect(lots(value(found).plan)["a"]).toBeUndefined();
    expect(lots(value(found).plan)["b"]).toBeLessThanOrEqual(4);
  });

  test("SPR-032: a position that is left says why: spared, dearer, or nothing of it may be closed", () => {
    const input: PlanInput = {
      ...third(),
      markets: [
        market("m", { permanent: 4e-6, temporary: 0, fee: 0.001 }),
        market("n", { permanent: 1e-5, temporary: 0, fee: 0.002 }),
        market("o", { permanent: 6e-6, temporary: 0, fee: 0.2 }),
      ],
      positions: [
        ...[held("a", "m", 200n), held("b", "o", 50n, { pnl: -1n }), held("c", "n", 100n)],
        held("e", "m", 10n, { maxQty: 0n }),
        held("g", "n", 10n, { guarded: true }),
      ],
    };
    const { found, first } = looked(input, [alone([400, 0, 0])]);
    expect(lots(first)).toEqual({ a: 10 });
    expect(lots(value(found).plan)).toEqual({ c: 10 });
    const { untouched } = value(found).plan;
    expect([...untouched].sort((x, y) => (x.id < y.id ? -1 : 1))).toEqual([
      { id: "a", reason: "second-round" },
      { id: "b", reason: "dearer" },
      { id: "e", reason: "empty" },
      { id: "g", reason: "guarded" },
    ]);
  });

  test("SPR-033: a bad world is refused; where only another plan's is bad, that one is passed over", () => {
    const input = third();
    const first = value(plan(input));
    const good = worldOf(input, [alone([100, 100, 0])]);
    const bad: CascadeInput = { ...good, shock: [] };
    const refused = { ok: false, code: "out-of-range" };
    expect(sparing(input, first, () => bad)).toMatchObject(refused);
    const passed = sparing(input, first, (one) => (one === first ? good : bad));
    expect(value(passed).plan).toBe(first);
    // Closings of a rule come with steps that cost nothing.
    const free = ({ steps }: Plan): boolean => steps.every(({ cost }) => cost === 0);
    const untold = sparing(input, first, (one) => (free(one) ? bad : good));
    expect(value(untold).plan.status).toBe("restored");
  });

  test("SPR-034: a bad input is refused as the planner does", () => {
    const input = third();
    const first = value(plan(input));
    const bad = { ...input, costShare: -1 };
    const after = () => worldOf(input, [alone([100, 100, 0])]);
    expect(sparing(bad, first, after)).toEqual(plan(bad));
  });
});
