/** What named crashes would do to the book, and the smallest move that breaks it. */
import { dot, faultOfSymmetric, type Rows, timesVector } from "./matrix.ts";
import {
  badList,
  finite,
  type Measured,
  negative,
  notFinite,
  outOfRange,
  type RiskRefusal,
  refused,
} from "./refusal.ts";

/** One position, or the sum of all positions in one asset. */
export interface StressPosition {
  readonly asset: string;
  /** Signed: delta x notional. */
  readonly notional: number;
  /** Profit of half a squared relative move, per unit of it; 0 by default. */
  readonly gamma?: number;
  /** Profit per unit of volatility move; 0 by default. */
  readonly vega?: number;
  readonly maintenanceRate: number;
}

/** Collateral that moves with a price: its value after haircut. */
export interface StressCollateral {
  readonly asset: string;
  readonly value: number;
}

export interface StressBook {
  /** Equity before the shock, collateral at its value after haircuts. */
  readonly equity: number;
  readonly positions: readonly StressPosition[];
  readonly collateral?: readonly StressCollateral[];
}

/** Relative price moves by asset; `other` for every asset that is not named. */
export interface StressScenario {
  readonly name: string;
  readonly moves: Readonly<Record<string, number>>;
  readonly other: number;
  readonly vol: number;
}

export interface StressRow {
  readonly name: string;
  readonly pnl: number;
  readonly equity: number;
  /** Maintenance margin on the notional after the move. */
  readonly maintenance: number;
  /** equity / maintenance; None: undefined where nothing needs maintenance. */
  readonly cover: number | undefined;
  readonly survives: boolean;
}

function bookFault({ equity, positions, collateral = [] }: StressBook): RiskRefusal | undefined {
  if (positions.length === 0 && collateral.length === 0)
    return refused("empty", "the book is empty");
  const fault = notFinite({ equity });
  if (fault) return fault;
  for (const p of positions) {
    const wrong =
      notFinite({ notional: p.notional, gamma: p.gamma ?? 0, vega: p.vega ?? 0 }) ??
      outOfRange("maintenanceRate", p.maintenanceRate, 0, 1);
    if (wrong) return wrong;
  }
  for (const c of collateral) {
    const wrong = negative(`${c.asset} value`, c.value);
    if (wrong) return wrong;
  }
  return undefined;
}

function scenarioFault({ name, moves, other, vol }: StressScenario): RiskRefusal | undefined {
  const fault = notFinite({ ...moves, other, vol });
  if (fault) return fault;
  const deep = Object.values(moves)
    .concat(other)
    .some((move) => move < -1);
  return deep ? refused("out-of-range", `${name}: a price falls by 100 % at most`) : undefined;
}

const moveOf = (scenario: StressScenario, asset: string): number =>
  Object.hasOwn(scenario.moves, asset) ? (scenario.moves[asset] ?? 0) : scenario.other;

/**
 * What one scenario leaves of the book.
 *
 * Units:    notionals, equity and collateral in one currency, moves as fractions.
 * Refusals: `empty`, `not-finite`, `out-of-range` for a rate outside [0, 1], a negative collateral or a fall beyond
 *           100 %.
 */
export function stress(book: StressBook, scenario: StressScenario): Measured<StressRow> {
  const fault = bookFault(book) ?? scenarioFault(scenario);
  return fault ?? finite(rowOf(book, scenario));
}

function rowOf(book: StressBook, scenario: StressScenario): StressRow {
  let pnl = 0;
  let maintenance = 0;
  for (const p of book.positions) {
    const move = moveOf(scenario, p.asset);
    pnl += p.notional * move + (p.gamma ?? 0) * 0.5 * move * move + (p.vega ?? 0) * scenario.vol;
    maintenance += p.maintenanceRate * Math.abs(p.notional) * (1 + move);
  }
  for (const c of book.collateral ?? []) pnl += c.value * moveOf(scenario, c.asset);
  const equity = book.equity + pnl;
  return {
    name: scenario.name,
    pnl,
    equity,
    maintenance,
    cover: maintenance > 0 ? equity / maintenance : undefined,
    survives: equity > maintenance || (maintenance === 0 && equity >= 0),
  };
}

export interface SurvivalTable {
  readonly rows: readonly StressRow[];
  /** The row with the least equity beyond maintenance. */
  readonly worst: StressRow;
  readonly survives: boolean;
}

/** All scenarios, in their order, and the worst of them. Refusals: those of `stress`, `empty` without a scenario. */
export function survivalTable(
  book: StressBook,
  scenarios: readonly StressScenario[],
): Measured<SurvivalTable> {
  const fault = bookFault(book);
  if (fault) return fault;
  const rows: StressRow[] = [];
  for (const scenario of scenarios) {
    const wrong = scenarioFault(scenario);
    if (wrong) return wrong;
    rows.push(rowOf(book, scenario));
  }
  const first = rows[0];
  if (first === undefined) return refused("empty", "there is no scenario");
  const spare = (row: StressRow): number => row.equity - row.maintenance;
  const worst = rows.reduce((low, row) => (spare(row) < spare(low) ? row : low), first);
  return finite({ rows, worst, survives: rows.every((row) => row.survives) });
}

/** A price that rises a thousandfold counts as none: there the book is not what it was. */
const RISE_MAX = 1_000;

/** The smallest move along a direction that breaks the book. */
export interface BreakingMove {
  /** Multiple of the direction; the sign says which way. */
  readonly size: number;
  /** Relative price move of each asset of the direction at that size. */
  readonly moves: Readonly<Record<string, number>>;
}

/**
 * Reverse stress along a direction: the multiple of smallest size, of either sign, at which equity
 * equals maintenance margin.
 *
 * Formula:  E + sum g_i d_i t + sum gamma_i d_i^2 t^2 / 2 = sum m_i |n_i| (1 + d_i t), a quadratic
 *           in t, within the moves that leave every price at least zero and at most a thousandfold.
 *           Exact; vega is not moved.
 * @param direction relative move by asset for t = 1, e.g. all 0.01, or betas; unnamed: 0.
 * Refusals: `already-liquidated`, `never-liquidated`.
 */
export function reverseStress(
  book: StressBook,
  direction: Readonly<Record<string, number>>,
): Measured<BreakingMove> {
  const fault = bookFault(book) ?? notFinite(direction);
  if (fault) return fault;
  let c = book.equity;
  let b = 0;
  let a = 0;
  for (const p of book.positions) {
    const d = Object.hasOwn(direction, p.asset) ? (direction[p.asset] ?? 0) : 0;
    const margin = p.maintenanceRate * Math.abs(p.notional);
    c -= margin;
    b += (p.notional - margin) * d;
    a += (p.gamma ?? 0) * 0.5 * d * d;
  }
  for (const { asset, value } of book.collateral ?? []) {
    b += value * (Object.hasOwn(direction, asset) ? (direction[asset] ?? 0) : 0);
  }
  if (c <= 0) return refused("already-liquidated", "equity is within maintenance margin");
  const steps = Object.values(direction);
  const limits = (sign: number): number[] =>
    steps.filter((d) => d !== 0).map((d) => (d * sign > 0 ? RISE_MAX : 1) / Math.abs(d));
  const up = Math.min(...limits(1));
  const down = -Math.min(...limits(-1));
  const roots = rootsOf(a, b, c).filter((t) => t >= down && t <= up);
  const size = roots.reduce(
    (least, t) => (Math.abs(t) < Math.abs(least) ? t : least),
    roots[0] ?? 0,
  );
  if (roots.length === 0)
    return refused("never-liquidated", "no move along the direction breaks it");
  const moves: Record<string, number> = {};
  for (const [asset, d] of Object.entries(direction)) moves[asset] = d * size;
  return finite({ size, moves });
}

/** Real roots of a t^2 + b t + c, without cancellation. */
function rootsOf(a: number, b: number, c: number): number[] {
  if (a === 0) return b === 0 ? [] : [-c / b];
  const square = b * b - 4 * a * c;
  if (square < 0) return [];
  const q = -(b + (b >= 0 ? 1 : -1) * Math.sqrt(square)) / 2;
  return q === 0 ? [0] : [q / a, c / q];
}

export interface LikelyBreak {
  /** Relative move of each asset, in the order of the exposures. */
  readonly moves: readonly number[];
  /** How unlikely it is, in standard deviations of the book's profit: its Mahalanobis length. */
  readonly sigmas: number;
}

/**
 * The most likely of all moves that lose a buffer: the one of least Mahalanobis length.
 *
 * Formula:  x = -B Sigma g / (g'Sigma g), sigmas = B / sqrt(g'Sigma g), for exposures g (signed, in
 *           currency, less the maintenance that falls with the price) and a buffer B = E - M above
 *           0.
 * Refusals: `never-liquidated` where the book has no variance.
 * Source:   Breuer, Jandacka, Rheinberger, Summer (2009), How to find plausible, severe and useful
 *           stress scenarios (linear book).
 */
export function mostLikelyBreak(
  exposures: readonly number[],
  covariance: Rows,
  buffer: number,
): Measured<LikelyBreak> {
  const fault =
    badList("exposures", exposures) ??
    faultOfSymmetric(covariance, "covariance") ??
    notFinite({ buffer });
  if (fault) return fault;
  if (exposures.length !== covariance.length) {
    return refused("length-mismatch", "there is one exposure for each row");
  }
  if (buffer <= 0) return refused("already-liquidated", "there is no buffer left");
  const along = timesVector(covariance, exposures);
  const variance = dot(exposures, along);
  if (variance < 0) return refused("not-positive-definite", "the book has a negative variance");
  if (variance === 0) return refused("never-liquidated", "the book does not vary");
  return finite({
    moves: along.map((value) => (-buffer * value) / variance),
    sigmas: buffer / Math.sqrt(variance),
  });
}
