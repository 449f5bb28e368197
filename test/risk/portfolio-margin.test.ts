/** Portfolio margin: what must hold for every rule book, and the books' own shapes. */
import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import {
  portfolioMargin,
  type RiskPosition,
  type RuleBook,
} from "../../src/risk/portfolio-margin.ts";
import {
  deribitLike,
  okxLike,
  SEED_MATRIX,
  SPAN_LIKE,
  spanScenarios,
} from "../../src/risk/portfolio-margin-books.ts";
import { taken } from "./reference-series.ts";

const BOOKS: readonly RuleBook[] = [
  SEED_MATRIX,
  SPAN_LIKE,
  deribitLike(),
  okxLike("first"),
  okxLike("second"),
];
const books = fc.constantFrom(...BOOKS);
const number = (max: number) => fc.double({ min: -max, max, noNaN: true });
const positions = fc.array(
  fc.record({
    underlying: fc.constantFrom("BTC", "ETH", "SOL", "DOGE"),
    notional: fc.double({ min: 0, max: 1e6, noNaN: true }),
    delta: number(1),
    gamma: number(2),
    vega: number(1e4),
  }),
  { maxLength: 8 },
);
const scenario = fc.record({
  name: fc.constant("more"),
  price: number(4),
  vol: number(2),
  cover: fc.double({ min: 0, max: 1, noNaN: true }),
});
const linear = (underlying: string, notional: number, delta: number): RiskPosition => ({
  underlying,
  notional,
  delta,
});

describe("portfolio margin", () => {
  prop.prop([books, positions])(
    "PM-001: always at least the minimum charge of each unit",
    (book, held) => {
      const { margin, units } = taken(portfolioMargin(held, book));
      const floor = units.reduce((sum, unit) => sum + unit.minimum, 0);
      expect(margin).toBeGreaterThanOrEqual(floor);
      for (const unit of units) expect(unit.charge).toBeGreaterThanOrEqual(unit.minimum);
    },
  );

  prop.prop([books, positions, scenario])(
    "PM-002: always one scenario more asks for no less margin",
    (book, held, more) => {
      const before = taken(portfolioMargin(held, book)).margin;
      const wider = { ...book, scenarios: [...book.scenarios, more] };
      const after = taken(portfolioMargin(held, wider)).margin;
      expect(after).toBeGreaterThanOrEqual(before - 1e-9 * before);
    },
  );

  prop.prop([
    positions,
    scenario,
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
  ])("PM-003: always so with any spread credits, in any order", (held, more, rates) => {
    const pairs = [
      ["BTC", "ETH"],
      ["ETH", "SOL"],
      ["SOL", "DOGE"],
      ["BTC", "DOGE"],
      ["BTC", "SOL"],
      ["ETH", "DOGE"],
    ] as const;
    const credits = pairs.map((between, i) => ({ between, rate: rates[i] ?? 0 }));
    const book = { ...SPAN_LIKE, basis: 0, credits };
    const before = taken(portfolioMargin(held, book)).margin;
    const wider = { ...book, scenarios: [...book.scenarios, more] };
    const after = taken(portfolioMargin(held, wider)).margin;
    expect(after).toBeGreaterThanOrEqual(before - 1e-9 * before);
  });

  prop.prop([books, positions])(
    "PM-004: always at most the sum of the positions alone, basis aside",
    (book, held) => {
      const plain = { ...book, basis: 0 };
      const { margin, standalone } = taken(portfolioMargin(held, plain));
      expect(margin).toBeLessThanOrEqual(standalone * (1 + 1e-12) + 1e-9);
    },
  );

  test("PM-005: a full hedge in one underlying needs the minimum and basis only", () => {
    const hedged = [linear("BTC", 100_000, 1), linear("BTC", 100_000, -1)];
    for (const book of BOOKS.slice(1)) {
      const { margin, units } = taken(portfolioMargin(hedged, book));
      expect(units[0]?.worstLoss).toBe(0);
      expect(units[0]?.worstScenario).toBeUndefined();
      expect(margin).toBe(Math.max(units[0]?.minimum ?? 0, units[0]?.basis ?? 0));
      expect(margin).toBeGreaterThan(0);
    }
  });

  test("PM-006: opposite risks in two underlyings get the credit, like ones do not", () => {
    const spread = taken(
      portfolioMargin([linear("BTC", 1e5, 1), linear("ETH", 1e5, -1)], SPAN_LIKE),
    );
    const both = taken(portfolioMargin([linear("BTC", 1e5, 1), linear("ETH", 1e5, 1)], SPAN_LIKE));
    expect(both.credit).toBe(0);
    expect(spread.credit).toBeCloseTo(7_500, 6);
    expect(spread.margin).toBeCloseTo(both.margin - 7_500, 6);
  });

  test("PM-007: the SPAN set has sixteen scenarios, two of them extreme and partly counted", () => {
    const set = spanScenarios();
    expect(set.length).toBe(16);
    expect(set.filter((s) => s.cover < 1).map((s) => [s.price, s.cover])).toEqual([
      [3, 0.33],
      [-3, 0.33],
    ]);
    expect(new Set(set.map((s) => s.name)).size).toBe(16);
    const old = spanScenarios({ extreme: 2, cover: 0.35 });
    expect(old.at(-1)).toMatchObject({ price: -2, cover: 0.35 });
  });

  test("PM-008: the Deribit-like set is nine by three and eight far moves; a future costs its range", () => {
    const book = deribitLike(0.16);
    expect(book.scenarios.length).toBe(27 + 8);
    const { margin } = taken(portfolioMargin([linear("BTC", 1e5, 1)], book));
    expect(margin).toBeCloseTo(16_000, 6);
    // Far short calls lose in the extended table what the core never sees.
    const calls: RiskPosition = {
      underlying: "BTC",
      notional: 1e5,
      delta: 0,
      revalue: (move) => -1e5 * Math.max(0, move - 0.5),
    };
    const far = taken(portfolioMargin([calls], book));
    expect(far.units[0]?.worstScenario).toContain("of it");
    expect(far.margin).toBeCloseTo(1e5 * 4.5 * (0.16 / 5), 6);
  });

  test("PM-009: the OKX-like book takes the worse of shock and half the extreme move", () => {
    const { margin } = taken(portfolioMargin([linear("BTC", 1e5, -1)], okxLike("first")));
    expect(margin).toBeCloseTo(12_000, 6);
    const gamma = { ...linear("BTC", 1e5, 0), gamma: -2 };
    // At 24 % the loss is 5,760, half of it 2,880; at 12 % it is 1,440.
    expect(taken(portfolioMargin([gamma], okxLike("first"))).margin).toBeCloseTo(2_880, 6);
  });

  test("PM-010: an unknown underlying, an empty or absurd book and bad numbers are named", () => {
    const code = (held: readonly RiskPosition[], book: RuleBook) => {
      const answer = portfolioMargin(held, book);
      return answer.ok ? "ok" : answer.code;
    };
    const one = [linear("BTC", 1, 1)];
    expect(code([], SPAN_LIKE)).toBe("ok");
    expect(code(one, { ...SPAN_LIKE, ranges: {}, otherRange: undefined })).toBe("unknown-name");
    expect(code(one, { ...SPAN_LIKE, scenarios: [] })).toBe("empty");
    expect(code(one, { ...SPAN_LIKE, factor: 0.5 })).toBe("out-of-range");
    expect(code([linear("BTC", Number.NaN, 1)], SPAN_LIKE)).toBe("not-finite");
    expect(
      code([linear("BTC", Number.MAX_VALUE, 1), linear("ETH", Number.MAX_VALUE, 1)], SEED_MATRIX),
    ).toBe("ok");
    expect(code([{ ...linear("BTC", 1, 1), revalue: () => Number.NaN }], SPAN_LIKE)).toBe(
      "not-finite",
    );
  });
});
