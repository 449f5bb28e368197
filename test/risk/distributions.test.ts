/** Distribution functions against tables and against their own inverses. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as d from "../../src/risk/distributions.ts";
import { logGamma } from "../../src/risk/distributions-gamma.ts";

const close = (got: number, want: number, relative = 1e-12) =>
  expect(Math.abs(got - want)).toBeLessThanOrEqual(relative * Math.abs(want));

describe("distributions", () => {
  // Figures of scipy 1.17.
  test("DST-001: the normal and its quantile to twelve digits, far tails included", () => {
    close(d.normalQuantile(0.05), -1.6448536269514729);
    close(d.normalQuantile(0.01), -2.3263478740408408);
    close(d.normalQuantile(1e-10), -6.361340902404056);
    close(d.normalCdf(-8), 6.22096057427174e-16);
    close(d.normalCdf(1.3), 0.9031995154143897);
  });

  test("DST-002: chi-square, Student, F and binomial to twelve digits", () => {
    close(d.chiSquareSf(19.84, 7), 0.00592584798618384);
    close(d.chiSquareSf(69.1129738699334, 7), 2.231921248769549e-12, 1e-10);
    close(d.chiSquareQuantile(0.95, 1), 3.841458820694124);
    close(d.studentQuantile(0.01, 4.71), -3.453316879972761);
    close(d.studentCdf(-3.2, 5), 0.011997588401650239);
    close(d.studentPdf(1.1, 3), 0.18663702938545554);
    close(d.binomialCdf(4, 250, 0.01), 0.8921876269036251, 1e-12);
    close(d.fSf(3.1, 2, 17), 0.0711488623355275, 1e-11);
    close(logGamma(0.5), Math.log(Math.sqrt(Math.PI)));
  });

  test("DST-003: quantile and probability always undo each other", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), (p) => {
        expect(d.normalCdf(d.normalQuantile(p))).toBeCloseTo(p, 11);
        expect(d.studentCdf(d.studentQuantile(p, 3.5), 3.5)).toBeCloseTo(p, 11);
      }),
      { numRuns: 50 },
    );
  });

  test("DST-004: the ends are infinite and nonsense is NaN", () => {
    expect(d.normalQuantile(0)).toBe(-Infinity);
    expect(d.normalQuantile(1)).toBe(Infinity);
    expect(d.normalQuantile(2)).toBeNaN();
    expect(d.binomialCdf(-1, 10, 0.5)).toBe(0);
    expect(d.binomialCdf(10, 10, 0.5)).toBe(1);
  });
});
