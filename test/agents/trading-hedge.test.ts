/** The hedge ratio of a pair: worked by hand, as least squares, and refused where it is not known well enough. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { effectiveSamples, type Pairing, pairedAll } from "../../agents/trading/book.ts";
import { tradingConfig } from "../../agents/trading/config.ts";
import { fitted, hedgeOf, type Moments, momentsOf, spreadOf } from "../../agents/trading/hedge.ts";
import type { Signal } from "../../agents/trading/signal.ts";
import type { Pair } from "../../agents/trading/wish.ts";

const PAIR: Pair = { key: "btc-perp/eth-perp", first: "btc-perp", second: "eth-perp" };
const MARKETS = ["btc-perp", "eth-perp", "bnb-perp"];
const configOf = (pair: object, markets = MARKETS) =>
  tradingConfig.parse({ strategy: "pair", markets, pair });

/** Moments of two series of returns, the second being the index. */
function momentsIn(a: readonly number[], b: readonly number[]): Moments {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, one) => sum + one, 0) / values.length;
  const cross = mean(a.map((x, i) => x * (b[i] ?? 0)));
  const second = mean(b.map((y) => y * y));
  const legs = { first: mean(a.map((x) => x * x)), second, cross };
  return {
    ...{ ...legs, index: second, firstToIndex: cross, secondToIndex: second },
    samples: a.length,
  };
}

describe("least squares of returns", () => {
  test("TPH-001: three returns by hand: beta 1.5, R² 27/28, standard error √(1/24)", () => {
    // Products 0.0002 + 0.0001 + 0.0006 = 0.0009 over squares 0.0001 + 0.0001 + 0.0004 = 0.0006.
    // Residuals 0.005, 0.005, 0: squares 0.00005 of 0.0014; 0.00005 / 2 / 0.0006 = 1 / 24.
    const fit = fitted(momentsIn([0.02, -0.01, 0.03], [0.01, -0.01, 0.02]));
    expect(fit?.ratio).toBeCloseTo(1.5, 12);
    expect(fit?.taken).toBeCloseTo(27 / 28, 12);
    expect(fit?.error).toBeCloseTo(Math.sqrt(1 / 24), 12);
  });

  test("TPH-002: against the rest of the market, by hand: its covariances with the legs, one over the other", () => {
    const pairings: Record<string, Pairing> = {
      "btc-perp eth-perp": { samples: 5, product: 0.9, first: 1, second: 2 },
      "bnb-perp btc-perp": { samples: 4, product: 0.6, first: 1.5, second: 1 },
      "bnb-perp eth-perp": { samples: 7, product: 0.8, first: 1.5, second: 2 },
    };
    const moments = momentsOf(pairings, PAIR, configOf({ hedge: "market" }));
    expect(moments).toEqual({
      ...{ first: 1, second: 2, cross: 0.9, index: 1.5, firstToIndex: 0.6, secondToIndex: 0.8 },
      samples: 4,
    });
    const fit = moments === undefined ? undefined : fitted(moments);
    // 0.6 / 0.8; left 1 - 2 x 0.75 x 0.9 + 0.5625 x 2 = 0.775; √(0.775 x 1.5 / 3) / 0.8.
    expect(fit?.ratio).toBeCloseTo(0.75, 12);
    expect(fit?.taken).toBeCloseTo(0.225, 12);
    expect(fit?.error).toBeCloseTo(Math.sqrt(0.3875) / 0.8, 12);
  });

  test("TPH-012: the rest of the market is the mean of all others, by hand of two; unknown while two of them are", () => {
    const pairings: Record<string, Pairing> = {
      "btc-perp eth-perp": { samples: 5, product: 0.9, first: 1, second: 2 },
      "bnb-perp btc-perp": { samples: 6, product: 0.6, first: 1.5, second: 1 },
      "bnb-perp eth-perp": { samples: 7, product: 0.8, first: 1.5, second: 2 },
      "btc-perp xrp-perp": { samples: 8, product: 0.4, first: 1, second: 1 },
      "eth-perp xrp-perp": { samples: 9, product: 0.2, first: 2, second: 1 },
    };
    const given = configOf({ hedge: "market" }, [...MARKETS, "xrp-perp"]);
    expect(momentsOf(pairings, PAIR, given)).toBeUndefined();
    const known = { "bnb-perp xrp-perp": { samples: 9, product: 0.5, first: 1.5, second: 1 } };
    // (1.5 + 0.5 + 0.5 + 1) / 4; (0.6 + 0.4) / 2; (0.8 + 0.2) / 2.
    expect(momentsOf({ ...pairings, ...known }, PAIR, given)).toEqual({
      ...{ first: 1, second: 2, cross: 0.9, index: 0.875, firstToIndex: 0.5, secondToIndex: 0.5 },
      samples: 5,
    });
  });

  const move = fc.double({ min: -0.1, max: 0.1, noNaN: true });
  const returns = fc
    .array(fc.tuple(move, move), { minLength: 3, maxLength: 30 })
    .filter(
      (rows) => rows.some(([x]) => Math.abs(x) > 0.01) && rows.some(([, y]) => Math.abs(y) > 0.01),
    );
  const scale = fc.double({ min: 0.01, max: 100, noNaN: true });

  test("TPH-003: always scaled with the first leg, inversely with the second; its fit and relative error stay", () => {
    fc.assert(
      fc.property(returns, scale, scale, (rows, k, l) => {
        const fit = fitted(
          momentsIn(
            rows.map(([x]) => x),
            rows.map(([, y]) => y),
          ),
        );
        const other = fitted(
          momentsIn(
            rows.map(([x]) => x * k),
            rows.map(([, y]) => y * l),
          ),
        );
        if (fit === undefined || other === undefined) throw new Error("both legs move");
        const near = (one: number, two: number): void =>
          expect(Math.abs(one - two)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(two)));
        near((other.ratio * l) / k, fit.ratio);
        near((other.error * l) / k, fit.error);
        near(other.taken, fit.taken);
      }),
    );
  });

  test("TPH-004: always turned about with either leg, and no other ratio leaves less variance", () => {
    fc.assert(
      fc.property(returns, move, (rows, off) => {
        const [a, b] = [rows.map(([x]) => x), rows.map(([, y]) => y)];
        const [fit, turned] = [
          fitted(momentsIn(a, b)),
          fitted(
            momentsIn(
              a.map((x) => -x),
              b,
            ),
          ),
        ];
        if (fit === undefined || turned === undefined) throw new Error("both legs move");
        expect(turned.ratio).toBeCloseTo(-fit.ratio, 9);
        expect(turned.taken).toBeCloseTo(fit.taken, 9);
        const left = (ratio: number): number =>
          a.reduce((sum, x, i) => sum + (x - ratio * (b[i] ?? 0)) ** 2, 0);
        expect(left(fit.ratio)).toBeLessThanOrEqual(left(fit.ratio + off) + 1e-12);
      }),
    );
  });

  test("TPH-005: nothing is fitted to one sample, to a leg that stands still, or to an index that the second ignores", () => {
    expect(fitted(momentsIn([0.1], [0.1]))).toBeUndefined();
    expect(fitted(momentsIn([0, 0, 0], [0.1, -0.1, 0.1]))).toBeUndefined();
    expect(fitted(momentsIn([0.1, -0.1, 0.1], [0, 0, 0]))).toBeUndefined();
    expect(momentsOf({}, PAIR, configOf({ hedge: "beta" }))).toBeUndefined();
    const two = { "btc-perp eth-perp": { samples: 9, product: 1, first: 1, second: 1 } };
    expect(momentsOf(two, PAIR, configOf({ hedge: "market" }))).toBeUndefined();
  });

  test("TPH-011: whichever market the config names first, each leg has its own variance", () => {
    const signal = (samples: number, pace = 0): Signal => ({
      ...{ at: 0, log: 0, samples, fast: 0, slow: 0, fastWeight: 0, slowWeight: 0 },
      ...{ spread: 0, gap: 0, pace, variance: 1, step: 1 },
    });
    const before = { "btc-perp": signal(1), "eth-perp": signal(1) };
    const now = { "btc-perp": signal(2, 2), "eth-perp": signal(2, 3) };
    const markets = ["eth-perp", "btc-perp"];
    const given = configOf({ hedge: "beta" }, markets);
    const turned = { key: "eth-perp/btc-perp", first: "eth-perp", second: "btc-perp" };
    for (const order of [markets, markets.toReversed()]) {
      const seen = pairedAll({}, before, now, order, given);
      expect(momentsOf(seen, turned, given)).toMatchObject({ first: 9, second: 4, cross: 6 });
      expect(momentsOf(seen, PAIR, given)).toMatchObject({ first: 4, second: 9, cross: 6 });
    }
  });

  test("TPH-006: always as many samples as the averages' own weights are worth", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.double({ min: 1, max: 80, noNaN: true }),
        (samples, halfLife) => {
          let weights: number[] = [];
          for (let n = 1; n <= samples; n++) {
            const part = Math.max(1 / n, 1 - 2 ** (-1 / halfLife));
            weights = [...weights.map((weight) => weight * (1 - part)), part];
          }
          const worth = 1 / weights.reduce((sum, weight) => sum + weight ** 2, 0);
          expect(effectiveSamples(samples, halfLife)).toBeCloseTo(worth, 6);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("what is refused", () => {
  /** A fit with this beta and this correlation, after so many samples. */
  const seen = (beta: number, rho: number, samples: number): Record<string, Pairing> => ({
    "btc-perp eth-perp": { samples, product: beta, first: (beta / rho) ** 2, second: 1 },
  });
  const asked = (pairings: Record<string, Pairing>, more: object = {}) =>
    hedgeOf(PAIR, {}, pairings, configOf({ hedge: "beta", ...more }));

  test("TPH-007: a ratio within its bounds, known well enough and worth its while is taken as it is", () => {
    expect(asked(seen(0.8, 0.9, 60))).toEqual({ ok: true, ratio: 0.8 });
    expect(asked(seen(-0.8, -0.9, 60))).toMatchObject({ ok: false });
  });

  test("TPH-008: each bound refuses in its own words, and lets through what is on its right side", () => {
    const why = (pairings: Record<string, Pairing>, more: object = {}): string => {
      const hedge = asked(pairings, more);
      return hedge.ok ? "" : hedge.why.slice("btc-perp/eth-perp is not traded: ".length);
    };
    expect(why({})).toBe("its hedge ratio is not known yet");
    expect(why(seen(0.19, 0.9, 60))).toBe("hedge ratio 0.19 is not from 0.2 to 5");
    expect(why(seen(5.1, 0.9, 60))).toBe("hedge ratio 5.10 is not from 0.2 to 5");
    expect(why(seen(5.1, 0.9, 60), { maxRatio: 6 })).toBe("");
    // With a correlation of 0.8 the error is 0.75 / √(n - 1) of the ratio: 0.2 at 15 samples and a little.
    expect(why(seen(2, 0.8, 15))).toBe("hedge ratio 2.00 has an error of 20 %, at most 20 %");
    expect(why(seen(2, 0.8, 16))).toBe("");
    // A half-life of 60 is worth 173 samples at most, in which 0.49 is known well and explains 24 %.
    expect(why(seen(1, 0.49, 9_999))).toBe("its hedge takes 24 % of the variance, at least 25 %");
    expect(why(seen(1, 0.51, 9_999))).toBe("");
    expect(why(seen(1, 0.49, 9_999), { minFit: 0.24 })).toBe("");
  });

  test("TPH-009: the config says what is wrong with it", () => {
    const fault = (given: object): string => {
      const parsed = tradingConfig.safeParse({ strategy: "pair", ...given });
      return parsed.success ? "" : parsed.error.issues.map(({ message }) => message).join("; ");
    };
    expect(fault({ pair: { hedge: "market" } })).toBe("");
    expect(fault({ markets: MARKETS.slice(0, 2), pair: { hedge: "market" } })).toBe(
      "a pair hedged by the market needs a third market to know it by",
    );
    expect(fault({ pair: { minRatio: 3, maxRatio: 2 } })).toBe("minRatio must be below maxRatio");
    expect(fault({ pair: { hedge: "gamma" } })).toContain('"volatility"|"beta"|"market"');
    expect(fault({ pair: { window: 20 } })).toContain("window");
    expect(fault({ pair: { minFit: 1 } })).not.toBe("");
  });
});

test("TPH-010: what a pair has made is counted by the ratio known before; a refused one leaves the last", () => {
  const first = spreadOf(undefined, 10, 5, { ok: false, why: "" });
  expect(first).toEqual({ first: 10, second: 5, log: 0, ratio: 1 });
  const second = spreadOf(first, 10.03, 5.02, { ok: true, ratio: 0.5 });
  expect(second.log).toBeCloseTo(0.02, 12);
  const third = spreadOf(second, 10.03, 5.04, { ok: false, why: "" });
  expect(third.log).toBeCloseTo(0.01, 12);
  expect(third.ratio).toBe(0.5);
});
