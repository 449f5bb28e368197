/** Every reference case of margin_requirement, liquidation_price and requirements_examples, by its id. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  bracketMargin,
  bufferedPrice,
  covarianceOf,
  cumulativeAmounts,
  distanceTo,
  equityRatio,
  liquidationPriceOf,
  type MarginBracket,
  type MarginTier,
  maintenanceMargin,
  micro,
  type PriceQuery,
  portfolioVolatility,
  ppm,
  sizeDiscountAssetWeight,
  sizePremiumLiabilityWeight,
} from "../../src/risk.ts";
import { absentTitle, casesOf, hasReference, REFERENCE, type ReferenceCase } from "../reference.ts";
import { taken } from "./reference-series.ts";

const TIERS = "data/gpl-3.0/binance_leverage_tiers_2024-10.json";
type TierRow = readonly [number, number, number, number, number];

function checkBrackets({ inputs, expected, tolerance }: ReferenceCase): void {
  const text = readFileSync(join(REFERENCE, "..", TIERS), "utf8");
  const tables = JSON.parse(text).symbols as Record<string, TierRow[]>;
  (inputs.positions as { symbol: string; notional: number }[]).forEach(
    ({ symbol, notional }, i) => {
      const rows = tables[symbol] ?? [];
      const brackets = rows.map(
        ([, upTo, maintenance, leverage]): MarginBracket => ({
          upTo,
          maintenance,
          initial: 1 / leverage,
        }),
      );
      rows.forEach(([, , , , cum], k) => {
        expect(Math.abs((taken(cumulativeAmounts(brackets))[k] ?? Number.NaN) - cum)).toBeLessThan(
          1e-6,
        );
      });
      const got = taken(bracketMargin(brackets, notional));
      const near = (value: number, want: number): void =>
        expect(Math.abs(value - want), `${symbol} ${notional}`).toBeLessThanOrEqual(
          tolerance["abs"] ?? 0,
        );
      near(got.maintenanceRate, expected.rate[i]);
      near(got.cum, expected.cum[i]);
      near(got.maintenance, expected.maintenance_margin[i]);
      near(got.maxLeverage, expected.max_leverage[i]);
      const tiers = brackets.map((b): MarginTier => {
        const millionths = (rate: number) => ppm(Math.round(rate * 1e6));
        const upTo = micro(BigInt(b.upTo) * 1_000_000n);
        return { upTo, initial: millionths(b.initial), maintenance: millionths(b.maintenance) };
      });
      const exact = maintenanceMargin(tiers, micro(BigInt(Math.round(notional * 1e6))));
      near(Number(exact) / 1e6, expected.maintenance_margin[i]);
    },
  );
}

function checkWeights({ inputs, expected, tolerance }: ReferenceCase): void {
  (inputs.cases as { size: number; imf: number }[]).forEach(({ size, imf }, i) => {
    const asset = taken(sizeDiscountAssetWeight(size, imf, inputs.initial_asset_weight));
    const owed = taken(sizePremiumLiabilityWeight(size, imf, inputs.initial_liability_weight));
    for (const [got, want] of [
      [asset, expected.asset_weight[i]],
      [owed, expected.liability_weight[i]],
    ]) {
      if (want === null) continue;
      expect(Math.abs(got - want), `case ${i}`).toBeLessThanOrEqual(tolerance["abs"] ?? 0);
    }
  });
}

interface Quoted {
  readonly query: PriceQuery;
  readonly basis?: "mark" | "entry";
}

interface QuotedPosition {
  readonly side: "long" | "short";
  readonly coin: string;
  readonly size: number;
  readonly qty?: number;
  readonly entry: number;
  readonly entry_price: number;
  readonly isolated_margin: number;
  readonly leverage: number;
}

/** Each venue's fields in the words of the one formula. */
function queriesOf({ inputs }: ReferenceCase): Quoted[] {
  if (inputs.wallet_balance !== undefined) {
    const { qty, entry, mmr, cum } = inputs.position;
    const others = { maintenance: 0, profit: 0 };
    for (const o of inputs.other_positions) {
      const sign = (o.side ?? "long") === "long" ? 1 : -1;
      others.maintenance += o.qty * o.mark * o.mmr - o.cum;
      others.profit += sign * o.qty * (o.mark - o.entry);
    }
    const money = { balance: inputs.wallet_balance, others };
    return [
      { query: { side: inputs.side, quantity: qty, entry, maintenanceRate: mmr, cum, ...money } },
    ];
  }
  return inputs.positions.map((p: QuotedPosition): Quoted => {
    const { side } = p;
    if (inputs.max_leverage) {
      const maintenanceRate = 1 / (2 * inputs.max_leverage[p.coin]);
      const balance = p.isolated_margin;
      return { query: { side, quantity: p.size, entry: p.entry_price, balance, maintenanceRate } };
    }
    const entry: number = inputs.entry ?? p.entry;
    const quantity = p.qty ?? 1;
    const balance = (entry * quantity) / p.leverage;
    const query: PriceQuery = { side, quantity, entry, balance, maintenanceRate: inputs.mmr };
    return inputs.cum === undefined
      ? { query, basis: "entry" }
      : { query: { ...query, cum: inputs.cum } };
  });
}

function checkPrices(reference: ReferenceCase): void {
  const { expected, tolerance } = reference;
  const wanted = [expected.liquidation_price].flat() as number[];
  queriesOf(reference).forEach(({ query, basis = "mark" }, i) => {
    const got = taken(liquidationPriceOf(query, { basis }));
    const want = wanted[i] ?? Number.NaN;
    const relative = tolerance["rel"] ?? (query.side === "short" ? tolerance["rel_short"] : 0) ?? 0;
    const share = query.side === "long" ? (tolerance["abs_long_fraction_of_entry"] ?? 0) : 0;
    const room = (tolerance["abs"] ?? 0) + relative * want + share * query.entry;
    expect(Math.abs(got - want), `position ${i}`).toBeLessThanOrEqual(room);
  });
}

function checkCalculator({ inputs, expected, tolerance }: ReferenceCase): void {
  const { side, entry, qty, margin, funding, maintenance, price } = inputs;
  const query: PriceQuery = {
    side,
    quantity: qty,
    entry,
    balance: margin,
    funding,
    fees: entry * qty * inputs.taker_fee * 2,
    maintenanceRate: maintenance,
  };
  const plain = taken(liquidationPriceOf(query, { basis: "entry" }));
  const buffered = taken(bufferedPrice(side, plain, inputs.slippage_buffer));
  const equity = margin + (price - entry) * qty + funding;
  const got = {
    liquidation_price: plain,
    liquidation_price_with_buffer: buffered,
    margin_ratio: taken(equityRatio(equity, price * qty)),
    distance_percent: 100 * taken(distanceTo(side, price, buffered)),
  };
  for (const [name, value] of Object.entries(got)) {
    expect(Math.abs(value - expected[name]), name).toBeLessThanOrEqual(tolerance["abs"] ?? 0);
  }
}

/** The text's stress correlations, which the definition of the case repeats. */
const RHO = [
  [1, 0.95, 0.9],
  [0.95, 1, 0.92],
  [0.9, 0.92, 1],
];

function checkExample(reference: ReferenceCase): void {
  const { inputs, expected, tolerance } = reference;
  if (expected.sigma_usd === undefined) {
    checkCalculator(reference);
    return;
  }
  const notionals = ["BTC", "ETH", "SOL"].map((coin) => inputs.notional[coin] as number);
  const sigma = taken(portfolioVolatility(notionals, taken(covarianceOf([0.65, 0.8, 1.2], RHO))));
  expect(Math.abs(sigma - expected.sigma_usd)).toBeLessThanOrEqual(tolerance["abs"] ?? 0);
}

const FAMILIES: Readonly<Record<string, (reference: ReferenceCase) => void>> = {
  margin_requirement: (reference) =>
    reference.inputs.cases ? checkWeights(reference) : checkBrackets(reference),
  liquidation_price: checkPrices,
  requirements_examples: checkExample,
};

for (const [family, check] of Object.entries(FAMILIES)) {
  describe(`reference cases: ${family}`, () => {
    if (!hasReference) test(absentTitle(family), () => expect(hasReference).toBe(false));
    for (const reference of casesOf(family)) {
      test(`${reference.id}: ${reference.title}`, () => check(reference));
    }
  });
}
