/** Worked cases of others, by id, where their folder lies beside the checkout: all through the public entry. */
import { describe, expect, test } from "vitest";
import {
  baseToCover,
  cappedProRata,
  cascade,
  cheapestReduction,
  clearingVector,
  contractsProRata,
  depositHaircut,
  type Measured,
  netBilaterally,
  netMultilaterally,
  perpInsuranceFee,
  riskAwareShares,
  schedule,
  settle,
} from "../../src/liquidation.ts";
import { absentTitle, casesOf, hasReference, type ReferenceCase } from "../reference.ts";

type Numbers = number | readonly Numbers[];

function value<T>(answer: Measured<T>): T {
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

/** Every number is within the case's tolerance of the expected one. */
function near(found: Numbers, expected: Numbers, { tolerance }: ReferenceCase): void {
  if (Array.isArray(expected)) {
    expect((found as readonly Numbers[]).length).toBe(expected.length);
    expected.forEach((x, i) => {
      near((found as Numbers[])[i] ?? Number.NaN, x, { tolerance } as never);
    });
    return;
  }
  const size = Math.abs(expected as number);
  const slack = (tolerance["abs"] ?? 0) + (tolerance["rel"] ?? 0) * size;
  expect(Math.abs((found as number) - (expected as number))).toBeLessThanOrEqual(slack);
}

function planning(one: ReferenceCase): void {
  const { inputs, expected } = one;
  if (expected.base_amount) {
    const found = inputs.cases.map((c: Record<string, number>) =>
      value(
        baseToCover({
          shortage: c["shortage_usd"] ?? 0,
          marginRatio: c["margin_ratio"] ?? 0,
          liquidatorFee: c["liquidator_fee"] ?? 0,
          insuranceFee: c["insurance_fee"] ?? 0,
          price: c["price"] ?? 0,
          quotePrice: c["quote_price"] ?? 0,
        }),
      ),
    );
    near(found, expected.base_amount, one);
  } else if (expected.fee) {
    const found = inputs.cases.map((c: Record<string, number>) =>
      perpInsuranceFee({
        shortage: c["shortage_usd"] ?? 0,
        base: c["base"] ?? 0,
        marginRatio: c["margin_ratio"] ?? 0,
        liquidatorFee: c["liquidator_fee"] ?? 0,
        price: c["price"] ?? 0,
        quotePrice: c["quote_price"] ?? 0,
        maxFee: c["max_fee"] ?? 0,
      }),
    );
    near(found, expected.fee, one);
  } else {
    const { X: size, T: horizon, N: steps, ...rest } = inputs;
    const found = value(schedule({ size, horizon, steps, ...rest }));
    near(found.holdings, expected.holdings, one);
    near(found.kappa, expected.kappa, one);
    near(found.expectedCost, expected.expected_cost, one);
    near(found.variance, expected.variance, one);
  }
}

function netting(one: ReferenceCase): void {
  const { inputs, expected } = one;
  // Amounts are integers of a millionth, as money is here.
  const obligations = inputs.obligations.map(
    (o: { debtor: string; creditor: string; amount: number }) => ({
      ...o,
      amount: BigInt(Math.round(o.amount * 1e6)),
    }),
  );
  const back = (amount: bigint): number => Number(amount) / 1e6;
  const found = value(netMultilaterally(obligations));
  const names = Object.keys(expected.net);
  near(
    names.map((n) => back(found.net.get(n) ?? 0n)),
    names.map((n) => expected.net[n]),
    one,
  );
  near(back(found.gross), expected.gross, one);
  near(back(found.cleared), expected.cleared, one);
  near(back(found.remaining), expected.remaining, one);
  near(back(value(settle(found.net)).moved), expected.minimal_settlement_with_novation, one);
  near(back(value(netBilaterally(obligations)).cleared), expected.cleared_bilateral_only, one);
}

function clearing(one: ReferenceCase): void {
  const { inputs, expected } = one;
  const found = value(
    clearingVector({
      liabilities: inputs.L,
      externalAssets: inputs.external_assets,
      externalLiabilities: inputs.external_liabilities,
      alpha: inputs.alpha,
      beta: inputs.beta,
    }),
  );
  near(found.payments, expected.clearing_vector, one);
  expect(found.defaults).toEqual(expected.default);
}

function reduction(one: ReferenceCase): void {
  const { inputs, expected } = one;
  const positions = inputs.positions.map((p: Record<string, number>) => ({
    notional: p["notional"] ?? 0,
    maintenanceRate: p["maintenance_rate"] ?? 0,
    closeCostRate: p["close_cost_rate"] ?? 0,
  }));
  const found = value(cheapestReduction(positions, inputs.equity, inputs.target_margin_ratio));
  expect(found.feasible).toBe(expected.feasible);
  if (!expected.feasible) return;
  near(found.cost, expected.cost, one);
  near(found.closed, expected.closed_fraction, one);
}

function contracts(one: ReferenceCase): void {
  const { inputs, expected } = one;
  const names = Object.keys(inputs.positions);
  const found = value(
    contractsProRata({
      positions: names.map((n) => inputs.positions[n]),
      required: inputs.required_contracts,
      side: inputs.eligible_side,
      rounding: inputs.rounding,
      lossPerContract: inputs.loss_per_contract,
    }),
  );
  near(
    found.closed,
    names.map((n) => expected.closed[n]),
    one,
  );
  expect([found.contracts, found.required]).toContain(expected.contracts);
  near(found.lossTotal, expected.loss_total, one);
}

function fireSale(one: ReferenceCase): void {
  const { inputs, expected } = one;
  const found = value(
    cascade({
      assets: [{ id: "asset", price: inputs.p0, impact: inputs.alpha }],
      agents: inputs.holdings.map((units: number, i: number) => ({
        id: `agent-${i}`,
        units: [units],
        cash: inputs.cash[i],
        debt: inputs.debt[i],
        limit: inputs.target_leverage,
      })),
      shock: [0],
      form: "exponential",
    }),
  );
  near(found.prices[0] ?? Number.NaN, expected.price, one);
  near(
    found.sold.map((units) => units[0] ?? Number.NaN),
    expected.sold,
    one,
  );
  near(found.equities, expected.equity, one);
}

function shares(one: ReferenceCase): void {
  const { inputs, expected } = one;
  const names = Object.keys(inputs.pro_rata_shares);
  const equity = names.map((n) => inputs.pro_rata_shares[n]);
  const leverage = names.map((n) => inputs.leverage[n]);
  near(value(riskAwareShares(equity, leverage, { kind: "linear" })), expected.linear, one);
  near(value(riskAwareShares(equity, leverage, { kind: "square" })), expected.square, one);
  const cvar = riskAwareShares(equity, leverage, { kind: "cvar", threshold: 0.9 });
  near(value(cvar), expected.cvar, one);
}

function deleveraging(one: ReferenceCase): void {
  const { inputs, expected } = one;
  if (inputs.target_margin_ratio !== undefined) reduction(one);
  else if (inputs.required_contracts !== undefined) contracts(one);
  else if (inputs.holdings !== undefined) fireSale(one);
  else if (inputs.pro_rata_shares !== undefined) shares(one);
  else if (inputs.loss_usd !== undefined) {
    const unit = (x: number): bigint => BigInt(Math.round(x * 1e6));
    const found = depositHaircut(unit(inputs.loss_usd), unit(inputs.deposits));
    expect(Number(found.steps)).toBe(expected.index_delta_source_units);
    near(found.fraction, expected.fraction, one);
  } else {
    const found = value(cappedProRata(inputs.budget, inputs.weights, inputs.caps));
    near(found, expected.h, one);
    near(
      found.reduce((a, b) => a + b, 0),
      expected.sum,
      one,
    );
  }
}

const FAMILIES = { liquidation_planning: planning, netting, clearing, deleveraging };

describe("reference cases", () => {
  for (const [family, check] of Object.entries(FAMILIES)) {
    if (!hasReference) test(absentTitle(family), () => expect(hasReference).toBe(false));
    for (const one of casesOf(family)) {
      test(`${one.id}: ${one.title}`, () => {
        expect.hasAssertions();
        check(one);
      });
    }
  }
});
