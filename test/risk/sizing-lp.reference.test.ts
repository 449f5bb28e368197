/** Every reference case of the family sizing_lp, by its id. */
import { describe, expect, test } from "vitest";
import { sizeByMargin } from "../../src/risk.ts";
import { absentTitle, casesOf, hasReference, type ReferenceCase } from "../reference.ts";
import { taken } from "./reference-series.ts";

interface Signal {
  readonly edge: number;
  readonly vol: number;
  readonly margin_rate: number;
}

function check({ inputs, expected, tolerance }: ReferenceCase): void {
  const signals = Object.values<Signal>(inputs.signals);
  const got = taken(
    sizeByMargin(
      signals.map((s) => ({ edge: s.edge, marginRate: s.margin_rate, vol: s.vol })),
      {
        equity: inputs.equity,
        targetUtilization: inputs.target_utilisation,
        maxPerPosition: inputs.max_per_position,
      },
    ),
  );
  const room = tolerance["abs"] ?? 0;
  const near = (value: number, want: number, what: string): void =>
    expect(Math.abs(value - want), what).toBeLessThanOrEqual(room);
  near(got.objective, expected.objective, "objective");
  near(got.shadowPrices.margin, expected.shadow_prices.margin, "price of margin");
  near(got.shadowPrices.gross, expected.shadow_prices.budget, "price of gross");
  // The weights need not be unique: they must be feasible and reach the objective.
  const sum = (f: (s: Signal, w: number) => number): number =>
    signals.reduce((total, s, i) => total + f(s, got.weights[i] ?? Number.NaN), 0);
  near(
    sum((s, w) => s.edge * w),
    expected.objective,
    "objective of the weights",
  );
  expect(sum((s, w) => s.margin_rate * w)).toBeLessThanOrEqual(inputs.target_utilisation + room);
  expect(sum((_, w) => w)).toBeLessThanOrEqual(1 + room);
  for (const [i, w] of got.weights.entries()) {
    expect(w).toBeGreaterThanOrEqual(-room);
    expect(w).toBeLessThanOrEqual(inputs.max_per_position + room);
    near(got.notionals[i] ?? 0, w * inputs.equity, "notional");
  }
}

describe("reference cases: sizing_lp", () => {
  if (!hasReference) test(absentTitle("sizing_lp"), () => expect(hasReference).toBe(false));
  for (const reference of casesOf("sizing_lp")) {
    test(`${reference.id}: ${reference.title}`, () => check(reference));
  }
});
