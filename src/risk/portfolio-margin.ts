/**
 * Margin of a whole portfolio as its worst loss over scenarios; the rules are data (rule books).
 */
import {
  finite,
  type Measured,
  negative,
  notFinite,
  outOfRange,
  type RiskRefusal,
  refused,
} from "./refusal.ts";

/** One position as its first and second sensitivities, or with a valuation of its own. */
export interface RiskPosition {
  readonly underlying: string;
  /** Size in currency, at least zero where delta carries the side; signed is allowed too. */
  readonly notional: number;
  /** Profit per unit of notional and of relative price move: +1 long, -1 short. */
  readonly delta: number;
  /** Profit per unit of notional and of half a squared relative move; 0 by default. */
  readonly gamma?: number;
  /** Profit per unit of volatility move, in currency; 0 by default. */
  readonly vega?: number;
  /** Exact profit for a relative price move and a volatility move; replaces delta, gamma, vega. */
  readonly revalue?: (price: number, vol: number) => number;
}

/** One state of the world, in shares of the underlying's scan ranges. */
export interface MarginScenario {
  readonly name: string;
  readonly price: number;
  readonly vol: number;
  /** Share of the loss that counts; 1 for core scenarios, less for extreme ones. */
  readonly cover: number;
}

/** How far one underlying is moved. */
export interface ScanRange {
  /** Relative price move of `price: 1`. */
  readonly price: number;
  /** Volatility move of `vol: 1`. */
  readonly vol: number;
  /** Smallest charge per unit of gross notional. */
  readonly minimum: number;
}

/** Relief for opposite risks in two underlyings: `rate` of the smaller charge. */
export interface SpreadCredit {
  readonly between: readonly [string, string];
  /** 0 to 1. */
  readonly rate: number;
}

export interface RuleBook {
  readonly name: string;
  readonly scenarios: readonly MarginScenario[];
  readonly ranges: Readonly<Record<string, ScanRange>>;
  /** For an underlying that is not named; undefined: it is refused. */
  readonly otherRange: ScanRange | undefined;
  /** `together`: one scenario moves all underlyings. `apart`: each has its own worst, added up. */
  readonly underlyings: "together" | "apart";
  /** Safety factor on the worst loss. */
  readonly factor: number;
  /** Charge per unit of notional that is long in one and short in another contract of the same
   * underlying: basis risk. */
  readonly basis: number;
  /** Only with `apart`. */
  readonly credits: readonly SpreadCredit[];
}

/** Charge of one underlying, or of all together. */
export interface UnitMargin {
  readonly underlying: string;
  /** Worst counted loss, at least zero, before the factor. */
  readonly worstLoss: number;
  /** None: undefined when no scenario loses. */
  readonly worstScenario: string | undefined;
  readonly basis: number;
  readonly minimum: number;
  /** max(factor x worst loss + basis, minimum). */
  readonly charge: number;
}

export interface PortfolioMargin {
  readonly margin: number;
  readonly units: readonly UnitMargin[];
  /** Relief taken for opposite risks. */
  readonly credit: number;
  /** Sum of the charges, each position on its own: what no hedge recognition would ask. */
  readonly standalone: number;
}

/**
 * Margin of a portfolio by a rule book.
 *
 * Formula:  profit = notional x (delta x m + gamma x m^2 / 2) + vega x v per position and scenario,
 *           m = price x scan range, v = vol x volatility range; loss counted = cover x loss; unit
 *           charge = max(factor x worst + basis, minimum); margin = sum of charges - credits, and
 *           at least the sum of the minimum charges.
 * Holds:    never below the minimum charge; a scenario more never lowers the margin; positions of
 *           one underlying offset each other.
 * Limits:   delta and gamma describe options badly for large moves: give `revalue` there.
 * Refusals: `empty`, `not-finite`, `out-of-range`, `unknown-name` for an underlying without a scan range.
 */
export function portfolioMargin(
  positions: readonly RiskPosition[],
  book: RuleBook,
): Measured<PortfolioMargin> {
  const fault = bookFault(book) ?? positionsFault(positions, book);
  if (fault) return fault;
  const units = unitsOf(positions, book);
  const gross = units.reduce((sum, unit) => sum + unit.charge, 0);
  const floor = units.reduce((sum, unit) => sum + unit.minimum, 0);
  const credit = book.underlyings === "apart" ? creditOf(positions, units, book.credits) : 0;
  const standalone = positions.reduce(
    (sum, position) => sum + unitsOf([position], book).reduce((s, unit) => s + unit.charge, 0),
    0,
  );
  const margin = Math.max(gross - credit, floor);
  return finite({ margin, units, credit: gross - margin, standalone });
}

const rangeOf = (book: RuleBook, underlying: string): ScanRange | undefined =>
  Object.hasOwn(book.ranges, underlying) ? book.ranges[underlying] : book.otherRange;

function bookFault(book: RuleBook): RiskRefusal | undefined {
  if (book.scenarios.length === 0) return refused("empty", "a rule book has at least one scenario");
  for (const { name, price, vol, cover } of book.scenarios) {
    const fault = notFinite({ [`${name} price`]: price, [`${name} vol`]: vol });
    if (fault) return fault;
    const wrong = outOfRange(`${name} cover`, cover, 0, 1);
    if (wrong) return wrong;
  }
  const ranges = [...Object.values(book.ranges), ...(book.otherRange ? [book.otherRange] : [])];
  for (const range of ranges) {
    const fault =
      negative("price range", range.price) ??
      negative("volatility range", range.vol) ??
      outOfRange("minimum charge", range.minimum, 0, 1);
    if (fault) return fault;
  }
  for (const { rate } of book.credits) {
    const fault = outOfRange("spread credit", rate, 0, 1);
    if (fault) return fault;
  }
  return outOfRange("factor", book.factor, 1, 1e6) ?? outOfRange("basis", book.basis, 0, 1);
}

function positionsFault(
  positions: readonly RiskPosition[],
  book: RuleBook,
): RiskRefusal | undefined {
  for (const { underlying, notional, delta, gamma = 0, vega = 0 } of positions) {
    const fault = notFinite({ notional, delta, gamma, vega });
    if (fault) return fault;
    if (rangeOf(book, underlying) === undefined) {
      return refused("unknown-name", `${book.name} has no scan range for ${underlying}`);
    }
  }
  return undefined;
}

function profitOf(p: RiskPosition, scenario: MarginScenario, book: RuleBook): number {
  const range = rangeOf(book, p.underlying);
  // A price cannot fall below zero, however wide the range.
  const move = Math.max(-1, scenario.price * (range?.price ?? 0));
  const vol = scenario.vol * (range?.vol ?? 0);
  if (p.revalue) return p.revalue(move, vol);
  const gamma = 0.5 * (p.gamma ?? 0) * move * move;
  return p.notional * (p.delta * move + gamma) + (p.vega ?? 0) * vol;
}

function unitsOf(positions: readonly RiskPosition[], book: RuleBook): readonly UnitMargin[] {
  if (positions.length === 0) return [];
  if (book.underlyings === "together") return [unitOf("all", positions, book)];
  const names = [...new Set(positions.map((p) => p.underlying))];
  return names.map((name) =>
    unitOf(
      name,
      positions.filter((p) => p.underlying === name),
      book,
    ),
  );
}

function unitOf(name: string, positions: readonly RiskPosition[], book: RuleBook): UnitMargin {
  let worstLoss = 0;
  let worstScenario: string | undefined;
  for (const scenario of book.scenarios) {
    const profit = positions.reduce((sum, p) => sum + profitOf(p, scenario, book), 0);
    const loss = -profit * scenario.cover;
    // A NaN from a valuation must not pass for "no loss".
    if (Number.isNaN(loss)) return nanUnit(name, scenario.name);
    if (loss > worstLoss) {
      worstLoss = loss;
      worstScenario = scenario.name;
    }
  }
  const minimum = positions.reduce(
    (sum, p) => sum + Math.abs(p.notional) * (rangeOf(book, p.underlying)?.minimum ?? 0),
    0,
  );
  const basis = book.basis * offsetting(positions);
  const charge = Math.max(book.factor * worstLoss + basis, minimum);
  return { underlying: name, worstLoss, worstScenario, basis, minimum, charge };
}

const nanUnit = (underlying: string, worstScenario: string): UnitMargin => ({
  underlying,
  worstLoss: Number.NaN,
  worstScenario,
  basis: 0,
  minimum: 0,
  charge: Number.NaN,
});

/** Notional that is matched by the other side within each underlying. */
function offsetting(positions: readonly RiskPosition[]): number {
  const sides = new Map<string, { long: number; short: number }>();
  for (const p of positions) {
    const side = sides.get(p.underlying) ?? { long: 0, short: 0 };
    const exposure = p.notional * p.delta;
    if (exposure > 0) side.long += exposure;
    else side.short -= exposure;
    sides.set(p.underlying, side);
  }
  return [...sides.values()].reduce((sum, s) => sum + Math.min(s.long, s.short), 0);
}

/**
 * Credits are taken in order of falling rate and each uses up the charges it is given for: only so
 * can a larger charge never lower the margin.
 */
function creditOf(
  positions: readonly RiskPosition[],
  units: readonly UnitMargin[],
  credits: readonly SpreadCredit[],
): number {
  const left = new Map(units.map((unit) => [unit.underlying, unit.charge]));
  const netOf = (name: string): number =>
    positions.reduce((sum, p) => sum + (p.underlying === name ? p.notional * p.delta : 0), 0);
  let credit = 0;
  for (const { between, rate } of [...credits].sort((a, b) => b.rate - a.rate)) {
    const [a, b] = between;
    if (a === b || netOf(a) * netOf(b) >= 0) continue;
    const used = Math.min(left.get(a) ?? 0, left.get(b) ?? 0);
    credit += rate * used;
    left.set(a, (left.get(a) ?? 0) - used);
    left.set(b, (left.get(b) ?? 0) - used);
  }
  return credit;
}
