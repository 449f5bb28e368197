/**
 * What the search finds without a proof, on record: cost, bound, price and what is touched of forty plans.
 *
 * No number here is right by itself; that plans are good is tested beside. A change of the search that
 * moves one of them is to be made knowingly: `FLOTILLA_RECORD=1` prints the lines anew.
 */
import { expect, test } from "vitest";
import type { PlanInput } from "../../src/liquidation/plan-types.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { planByRule } from "../../src/liquidation/rule-plan.ts";
import { SIMPLE_RULES } from "../../src/liquidation/rules.ts";
import { fleet } from "./fleets.ts";

const tight = (input: PlanInput, lots: bigint): PlanInput => ({
  ...input,
  markets: input.markets.map((market) => ({ ...market, pace: lots * market.lot })),
});

/** Positions and markets that are alike but for their names, so that many choices cost the same. */
function twins(seed: number): PlanInput {
  const { need, markets, positions } = fleet(seed, {
    positions: 12,
    markets: 3,
    lots: 8,
    shorts: 0.1,
  });
  const [like] = markets;
  if (like === undefined) throw new Error("a market");
  return {
    need: need / 2n,
    markets: markets.map(({ id }) => ({ ...like, id })),
    positions: positions.map(({ id, agent, market, qty }, i) => ({
      ...{ id, agent, market, tier: 0, margin: 1_000_000_000n },
      qty: (qty < 0n ? -1n : 1n) * like.lot * BigInt(2 + (i % 2)),
    })),
  };
}

const KINDS: Readonly<Record<string, (seed: number) => PlanInput>> = {
  few: (seed) => fleet(seed, { positions: 8, markets: 5, lots: 4 }),
  lots: (seed) => fleet(seed, { positions: 12, markets: 4, lots: 30, shorts: 0.2 }),
  tiers: (seed) =>
    fleet(seed, { positions: 16, markets: 4, lots: 6, tiers: 3, barred: 0.15, shorts: 0.3 }),
  share: (seed) =>
    fleet(seed, { positions: 10, markets: 3, lots: 12, shorts: 0.1, costShare: 700_000 }),
  bends: (seed) =>
    fleet(seed, { positions: 10, markets: 3, lots: 12, permanent: 1, costShare: 400_000 }),
  pace: (seed) =>
    tight(fleet(seed, { positions: 12, markets: 4, lots: 9, shorts: 0.3, share: 0.5 }), 6n),
  twins,
  wide: (seed) => fleet(seed, { positions: 70, markets: 6, lots: 9, shorts: 0.05 }),
  many: (seed) => fleet(seed, { positions: 260, markets: 9, lots: 5, shorts: 0.02 }),
  fine: (seed) => fleet(seed, { positions: 8, markets: 4, lots: 5_000, costShare: 550_000 }),
};

function recorded(input: PlanInput): string {
  const made = plan(input, { proofNodes: 0 });
  if (!made.ok) throw new Error(made.reason);
  const { cost, lowerBound, shadowPrice, steps, alternatives, status, over } = made.value;
  const rules = alternatives.reduce((sum, one) => sum + one.cost * one.touched, 0);
  const prices = [cost.total, lowerBound, rules].map((x) => x.toFixed(5));
  const places = new Map(input.positions.map(({ id }, i) => [id, BigInt(i + 1)]));
  const lots = steps.reduce((sum, one) => sum + one.lots * (places.get(one.position) ?? 0n), 0n);
  return [status[0], ...prices, shadowPrice.toFixed(9), steps.length, lots, over].join(" ");
}

const RECORD: Readonly<Record<string, readonly string[]>> = {
  few: [
    "r 12.66321 10.45963 592.93319 0.003596184 1 24 31440021",
    "r 8.24464 7.06083 199.01177 0.007074679 2 7 29432157",
    "r 30.43287 25.57064 4063.49042 0.007086799 2 8 22168497",
    "r 46.78304 43.42982 2080.00286 0.010414996 2 22 321958151",
  ],
  lots: [
    "r 5.04837 4.89631 1691.10228 0.003077454 3 124 49371886",
    "r 0.00000 0.00000 1690.71078 0.000000000 4 153 686120866",
    "r 7.84200 7.45652 851.84623 0.002844132 4 79 135537787",
    "r 75.77963 74.80615 11757.64173 0.004528841 10 609 40004133",
  ],
  tiers: [
    "r 13.77940 12.64385 431.62546 0.005274223 3 81 215078899",
    "r 199.20233 198.31578 14647.07762 0.007733028 8 179 31063045",
    "r 85.36625 75.63675 2608.97840 0.000000000 6 104 368021992",
    "r 69.38678 68.84006 5640.54937 0.009881017 4 76 45463296",
  ],
  share: [
    "r 0.79697 0.00000 1595.60050 0.000000000 3 175 3690816",
    "r 56.26376 54.52923 5576.86278 0.004009510 7 227 431343972",
    "r 10.33864 9.16610 2580.15024 0.006758096 9 132 92225273",
    "r 21.72518 20.74132 21213.94625 0.006785198 2 34 143310880",
  ],
  bends: [
    "r 30.14071 29.40736 2556.53896 0.003790721 2 54 193160861",
    "r 75.92810 72.25438 6851.04657 0.004016447 4 124 759204",
    "r 82.93787 82.76377 4120.83497 0.012589062 6 156 407990",
    "r 22.14323 21.12277 24498.02761 0.006756389 2 34 149661209",
  ],
  pace: [
    "r 42.68410 41.61271 7360.93033 0.005389694 10 235 73863416",
    "r 0.73979 0.21102 6974.47208 0.000709288 8 183 745500186",
    "r 28.96035 27.27718 4557.60582 0.002844132 6 96 64172107",
    "r 12.54637 10.74436 7921.28469 0.002748446 11 203 23771976",
  ],
  twins: [
    "r 0.00000 0.00000 1295.61275 0.000000000 6 71 29294748",
    "r 0.00000 0.00000 1627.82372 0.000000000 6 78 11562673",
    "r 0.00000 0.00000 222.69616 0.000000000 2 14 34378078",
    "r 48.36719 45.89968 2811.03733 0.008535728 9 95 122412437",
  ],
  wide: [
    "r 355.52852 355.21282 232074.45596 0.011508586 33 4446 14554182",
    "r 288.11868 286.90408 335529.86300 0.013346001 29 3519 43427873",
    "r 116.82547 116.49618 142056.97294 0.003651600 7 1911 90118499",
    "r 318.58507 317.87856 706897.26313 0.009894539 26 3083 10164396",
  ],
  many: [
    "r 1971.35642 1968.12442 11034464.67122 0.012553206 84 27501 47603054",
    "r 7461.00926 7450.04518 89587268.17654 0.058181458 148 57706 46885407",
  ],
  fine: [
    "r 63.71976 63.71688 3996.70878 0.025672692 7 51638 110498",
    "r 68.13372 68.13323 11342.75445 0.007911891 5 54841 15034",
    "r 22.60803 22.60722 927.07070 0.014966364 5 16404 52793",
    "r 14.83805 14.83526 725.68946 0.004221091 2 2419 510906",
  ],
};

test("RECORD-001: forty plans are what they were", () => {
  const found = Object.fromEntries(
    Object.entries(KINDS).map(([kind, world]) => [
      kind,
      (kind === "many" ? [1, 2] : [1, 2, 3, 4]).map((seed) => recorded(world(seed))),
    ]),
  );
  if (process.env["FLOTILLA_RECORD"] !== undefined)
    process.stdout.write(JSON.stringify(found, null, 2));
  expect(found).toEqual(RECORD);
});

test("RECORD-002: so is what each simple rule closes", () => {
  const found = SIMPLE_RULES.map((rule) =>
    ["tiers", "share", "pace", "twins"].map((kind) => {
      const input = KINDS[kind]?.(2) ?? twins(2);
      const made = planByRule(input, rule, 7);
      if (!made.ok) throw new Error(made.reason);
      const { freed, shortfall, cost, closes } = made.value;
      return `${freed} ${shortfall} ${cost.toFixed(5)} ${closes.size}`;
    }),
  );
  if (process.env["FLOTILLA_RECORD"] !== undefined)
    process.stdout.write(JSON.stringify(found, null, 2));
  expect(found).toEqual([
    [
      "11295515892 0 203.43323 7",
      "20410401781 0 186.36179 8",
      "19447077081 0 168.21706 10",
      "4500000000 0 51.32892 5",
    ],
    [
      "11376586284 0 581.88704 5",
      "20840012258 0 75.01123 3",
      "19420128949 0 39.11684 5",
      "4500000000 0 51.32892 5",
    ],
    [
      "11265995541 0 582.78089 5",
      "20626822894 0 85.18004 7",
      "19639506517 0 30.56754 4",
      "4500000000 0 51.32892 5",
    ],
    [
      "11939006627 0 406.21309 8",
      "20471172827 0 135.21978 10",
      "19598874330 0 163.62127 12",
      "4499999998 0 41.95073 11",
    ],
    [
      "11479643612 0 495.15260 6",
      "20918505879 0 217.60936 7",
      "14588585788 4569962179 131.20957 8",
      "4333333333 0 32.60966 5",
    ],
    [
      "11527519853 0 208.21682 6",
      "20554881622 0 164.38449 5",
      "21499019441 0 208.94238 6",
      "4500000000 0 51.32892 5",
    ],
  ]);
});
