/** Every reference case of the family var_backtest, by its id. */
import { describe, expect, test } from "vitest";
import {
  breachesOf,
  coverage,
  dynamicQuantile,
  ppm,
  quantileLoss,
  type RollingModel,
  rollingVar,
  trafficLight,
} from "../../src/risk.ts";
import { absentTitle, casesOf, hasReference, type ReferenceCase } from "../reference.ts";
import { dailyReturns, taken } from "./reference-series.ts";

const WINDOW = 250;

function modelOf(title: string): RollingModel {
  if (title.includes("EWMA")) return { kind: "ewma", lambda: 0.94 };
  if (title.includes("gaussian")) return { kind: "normal", divisor: "n-1" };
  return { kind: "historical", rule: 7 };
}

function checkRolling({ inputs, expected, tolerance, title }: ReferenceCase): void {
  const { dates, returns } = dailyReturns(
    inputs.dataset,
    inputs.symbol,
    inputs.first_price_date,
    inputs.last_price_date,
  );
  const tail = ppm(Math.round((1 - inputs.p) * 1e6));
  const { losses, from } = taken(rollingVar(returns, WINDOW, tail, modelOf(title)));
  const tested = returns.subarray(from);
  expect(dates[from]).toBe(inputs.first_test_date);
  inputs.first_thresholds.forEach((want: number, i: number) => {
    expect(-(losses[i] ?? 0)).toBeCloseTo(want, 10);
  });
  expect(-(losses[losses.length - 1] ?? 0)).toBeCloseTo(inputs.last_threshold, 10);
  const report = taken(coverage(taken(breachesOf(tested, losses)), tail));
  const dq = taken(dynamicQuantile(tested, losses, tail));
  expect(report.observations).toBe(expected.T);
  expect(report.breaches).toBe(expected.hits);
  expect(report.transitions).toEqual(expected.transitions);
  const got: Record<string, number> = {
    LR_uc: report.unconditional.statistic,
    p_uc: report.unconditional.p,
    LR_cc: report.conditional.statistic,
    p_cc: report.conditional.p,
    DQ: dq.statistic,
    p_DQ: dq.p,
    actual_over_expected: report.actualOverExpected,
    mean_quantile_loss: taken(quantileLoss(tested, losses, tail)),
  };
  for (const [name, value] of Object.entries(got)) {
    if (expected[name] !== undefined) near(value, expected[name], tolerance["abs"] ?? 0, name);
  }
}

function checkConstructed({ inputs, expected, tolerance }: ReferenceCase): void {
  const breaches = new Array<number>(inputs.T).fill(0);
  for (const day of inputs.hit_days as number[]) breaches[day - 1] = 1;
  for (const [key, wanted] of Object.entries<Record<string, number>>(expected)) {
    const tail = ppm(Math.round(Number(key.replace("alpha", "")) * 1e6));
    const report = taken(coverage(breaches, tail));
    const got: Record<string, number> = {
      LR_uc: report.unconditional.statistic,
      p_uc: report.unconditional.p,
      LR_cc: report.conditional.statistic,
      p_cc: report.conditional.p,
    };
    for (const [name, want] of Object.entries(wanted)) {
      near(got[name] ?? Number.NaN, want, tolerance["abs"] ?? 0, `${key} ${name}`);
    }
  }
}

function checkTraffic({ inputs, expected, tolerance }: ReferenceCase): void {
  const tail = ppm(Math.round(inputs.alpha * 1e6));
  expected.cumulative_percent.forEach((want: number, k: number) => {
    const light = taken(trafficLight(k, inputs.T, tail));
    near(100 * light.cumulative, want, tolerance["abs"] ?? 0, `at most ${k}`);
    expect(light.zone).toBe(
      k <= expected.zone.green[1] ? "green" : k <= expected.zone.yellow[1] ? "yellow" : "red",
    );
    const key = k <= 4 ? "0-4" : k >= 10 ? "10+" : `${k}`;
    expect(light.multiplier).toBe(expected.multiplier[key]);
  });
}

function near(got: number, want: number, tolerance: number, what: string): void {
  expect(Math.abs(got - want), `${what}: ${got} against ${want}`).toBeLessThanOrEqual(tolerance);
}

describe("reference cases: var_backtest", () => {
  if (!hasReference) test(absentTitle("var_backtest"), () => expect(hasReference).toBe(false));
  for (const each of casesOf("var_backtest")) {
    test(`${each.id}: ${each.title}`, () => {
      if (each.inputs.dataset) checkRolling(each);
      else if (each.inputs.hit_days) checkConstructed(each);
      else checkTraffic(each);
    });
  }
});
