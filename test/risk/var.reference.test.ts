/** Every reference case of the families var_es and component_var, by its id. */
import { describe, expect, test } from "vitest";
import {
  covariance,
  historicalEs,
  historicalVar,
  maxDrawdown,
  meanOf,
  modifiedEs,
  modifiedVar,
  normalComponentEs,
  normalComponentVar,
  normalEs,
  normalVar,
  type Ppm,
  ppm,
  type QuantileRule,
  quantile,
  type Series,
} from "../../src/risk.ts";
import { absentTitle, casesOf, hasReference, type ReferenceCase } from "../reference.ts";
import { dailyReturns, taken } from "./reference-series.ts";

const tailOf = (p: number): Ppm => ppm(Math.round((1 - p) * 1e6));

/** Every measure of the family at one confidence, under the names that the cases use. */
function measures(returns: Series, p: number): Record<string, number> {
  const tail = tailOf(p);
  const historical = { tail, rule: 7, tailMean: "below" } as const;
  return {
    VaR_historical: taken(historicalVar(returns, historical)).loss,
    ES_historical: taken(historicalEs(returns, historical)).loss,
    VaR_gaussian: taken(normalVar(returns, { tail })).loss,
    ES_gaussian: taken(normalEs(returns, { tail })).loss,
    VaR_modified: taken(modifiedVar(returns, { tail })).loss,
    ES_modified_operational: taken(modifiedEs(returns, { tail })).loss,
    ES_modified: taken(modifiedEs(returns, { tail, operational: false })).loss,
  };
}

function checkSeries({ inputs, expected, tolerance }: ReferenceCase): void {
  const { returns } = dailyReturns(
    inputs.dataset,
    inputs.symbol,
    inputs.first_price_date,
    inputs.last_price_date,
  );
  expect(returns.length).toBe(inputs.n_returns);
  for (const [name, want] of Object.entries<number>(expected)) {
    if (name === "max_drawdown") {
      near(taken(maxDrawdown(returns)), want, tolerance, name);
      continue;
    }
    const [, base = name, percent] = /^(.*?)_([\d.]+)$/.exec(name) ?? [];
    const p = percent === undefined ? inputs.p : Number(percent) / 100;
    near(measures(returns, p)[base] ?? Number.NaN, want, tolerance, name);
  }
}

function checkQuantiles({ inputs, expected, tolerance }: ReferenceCase): void {
  for (const probability of inputs.probs as number[]) {
    const wanted = expected[`q${probability.toFixed(2)}`] as number[];
    wanted.forEach((want, i) => {
      const rule = (i + 1) as QuantileRule;
      near(taken(quantile(inputs.x, probability, rule)), want, tolerance, `type ${rule}`);
    });
  }
}

function checkComponents({ inputs, expected, tolerance }: ReferenceCase): void {
  const symbols = inputs.symbols as string[];
  const returns = symbols.map(
    (symbol) =>
      dailyReturns(inputs.dataset, symbol, inputs.first_price_date, inputs.last_price_date).returns,
  );
  expect(returns[0]?.length).toBe(inputs.n_returns);
  const book = {
    weights: symbols.map((symbol) => inputs.weights[symbol] as number),
    means: returns.map(meanOf),
    covariance: taken(covariance(returns)),
  };
  const tail = tailOf(inputs.p);
  for (const [name, measure] of [
    ["VaR", normalComponentVar],
    ["ES", normalComponentEs],
  ] as const) {
    if (expected[name] === undefined) continue;
    const got = taken(measure(book, tail));
    near(got.total, expected[name], tolerance, name);
    symbols.forEach((symbol, i) => {
      near(got.parts[i] ?? 0, expected[`${name}_contributions`][symbol], tolerance, symbol);
    });
  }
}

function near(
  got: number,
  want: number,
  tolerance: ReferenceCase["tolerance"],
  what: string,
): void {
  expect(Math.abs(got - want), `${what}: ${got} against ${want}`).toBeLessThanOrEqual(
    tolerance["abs"] ?? 0,
  );
}

describe("reference cases: var_es, component_var", () => {
  if (!hasReference)
    test(absentTitle("var_es and component_var"), () => expect(hasReference).toBe(false));
  for (const each of casesOf("var_es")) {
    test(`${each.id}: ${each.title}`, () => {
      if (each.inputs.probs) checkQuantiles(each);
      else checkSeries(each);
    });
  }
  for (const each of casesOf("component_var")) {
    test(`${each.id}: ${each.title}`, () => checkComponents(each));
  }
});
