/** Position sizes by linear programme: most edge within margin, gross and concentration limits. */
import { solve as solveModel } from "yalps";
import { dot } from "./matrix.ts";
import {
  badList,
  finite,
  type Measured,
  negative,
  notFinite,
  notPositive,
  outOfRange,
  type RiskRefusal,
  refused,
} from "./refusal.ts";

/** maximise objective'x subject to rows x <= bounds and 0 <= x <= upper. */
export interface LinearProgramme {
  readonly objective: readonly number[];
  readonly rows: readonly (readonly number[])[];
  readonly bounds: readonly number[];
  /** `Infinity`: no bound. */
  readonly upper: readonly number[];
}

export interface LinearOptimum {
  readonly x: readonly number[];
  readonly value: number;
  /** What one unit more of each bound would add to the value. */
  readonly shadowPrices: readonly number[];
  /** What one unit more of each upper bound would add. */
  readonly upperPrices: readonly number[];
  /** |value - value of the dual|: zero proves the optimum. */
  readonly gap: number;
}

/** Violation and duality gap that are taken for rounding, relative to the size of the numbers. */
const ROUNDING = 1e-9;

/**
 * The optimum of a linear programme, proved: the dual is solved too, both are checked for
 * feasibility and their values must agree.
 *
 * Where the optimum or the prices are not unique, one of them is given.
 * Refusals: `infeasible`, `unbounded`, `not-converged` when the proof fails, faults of the input.
 */
export function linearOptimum(programme: LinearProgramme): Measured<LinearOptimum> {
  const fault = programmeFault(programme);
  if (fault) return fault;
  const { objective, rows, bounds, upper } = programme;
  const x = primal(programme);
  if (!x.ok) return x;
  const prices = dual(programme);
  if (!prices.ok) return prices;
  const value = dot(objective, x.value);
  const shadowPrices = prices.value.slice(0, rows.length);
  const upperPrices = prices.value.slice(rows.length);
  const dualValue =
    dot(bounds, shadowPrices) +
    upperPrices.reduce((sum, p, j) => sum + (p === 0 ? 0 : p * (upper[j] ?? 0)), 0);
  const gap = Math.abs(value - dualValue);
  const scale = Math.max(1, Math.abs(value));
  const broken = rows.some((row, i) => {
    const bound = bounds[i] ?? 0;
    return dot(row, x.value) > bound + ROUNDING * Math.max(1, Math.abs(bound));
  });
  if (broken || gap > ROUNDING * scale) {
    return refused("not-converged", `the optimum is not proved: a gap of ${gap} is left`);
  }
  return finite({ x: x.value, value, shadowPrices, upperPrices, gap });
}

function programmeFault(p: LinearProgramme): RiskRefusal | undefined {
  const fault = badList("objective", p.objective);
  if (fault) return fault;
  if (p.rows.length !== p.bounds.length || p.upper.length !== p.objective.length) {
    return refused("length-mismatch", "there is a bound for each row and variable");
  }
  if (p.rows.some((row) => row.length !== p.objective.length)) {
    return refused("length-mismatch", "each row has one coefficient for each variable");
  }
  for (const [i, row] of p.rows.entries()) {
    const wrong = badList(`row ${i}`, row) ?? notFinite({ [`bound ${i}`]: p.bounds[i] ?? 0 });
    if (wrong) return wrong;
  }
  for (const [j, upper] of p.upper.entries()) {
    if (!(upper >= 0)) return refused("out-of-range", `upper bound ${j} is at least 0`);
  }
  return undefined;
}

const OPTIONS = {
  precision: 1e-12,
  checkCycles: true,
  includeZeroVariables: true,
  maxPivots: 100_000,
};

function primal({ objective, rows, bounds, upper }: LinearProgramme): Measured<number[]> {
  const constraints = new Map<string, { max: number }>();
  for (const [i, bound] of bounds.entries()) constraints.set(`r${i}`, { max: bound });
  for (const [j, bound] of upper.entries()) {
    if (Number.isFinite(bound)) constraints.set(`u${j}`, { max: bound });
  }
  const variables = objective.map((c, j): [string, [string, number][]] => [
    `x${j}`,
    [["value", c], ...rows.map((row, i): [string, number] => [`r${i}`, row[j] ?? 0]), [`u${j}`, 1]],
  ]);
  return solved("maximize", constraints, variables, objective.length);
}

/** minimise bounds'y + upper'z subject to rows'y + z >= objective, y and z at least zero. */
function dual({ objective, rows, bounds, upper }: LinearProgramme): Measured<number[]> {
  const constraints = new Map<string, { min: number }>();
  for (const [j, c] of objective.entries()) constraints.set(`x${j}`, { min: c });
  const y = rows.map((row, i): [string, [string, number][]] => [
    `x${i}`,
    [["value", bounds[i] ?? 0], ...row.map((a, j): [string, number] => [`x${j}`, a])],
  ]);
  const m = rows.length;
  const finite = upper.flatMap((bound, j) => (Number.isFinite(bound) ? [{ bound, j }] : []));
  const z = finite.map(({ bound, j }): [string, [string, number][]] => [
    `x${m + j}`,
    [
      ["value", bound],
      [`x${j}`, 1],
    ],
  ]);
  return solved("minimize", constraints, [...y, ...z], m + upper.length);
}

function solved(
  direction: "maximize" | "minimize",
  constraints: Map<string, { min: number }> | Map<string, { max: number }>,
  variables: readonly [string, [string, number][]][],
  count: number,
): Measured<number[]> {
  const answer = solveModel({ direction, objective: "value", constraints, variables }, OPTIONS);
  switch (answer.status) {
    case "optimal":
      break;
    case "infeasible":
    case "unbounded":
      return refused(answer.status, `the programme is ${answer.status}`);
    case "timedout":
    case "cycled":
      return refused("not-converged", `the solver stopped: ${answer.status}`);
  }
  const x = new Array<number>(count).fill(0);
  for (const [name, value] of answer.variables) x[Number(name.slice(1))] = Math.max(0, value);
  return finite(x);
}

/** One opportunity. */
export interface SizingSignal {
  /** Expected return per unit of notional; negative ones get nothing. */
  readonly edge: number;
  /** Initial margin per unit of notional. */
  readonly marginRate: number;
  /** Volatility over the horizon of the adverse move; needed only with `adverse`. */
  readonly vol?: number;
}

export interface SizingLimits {
  readonly equity: number;
  /** Largest margin as a share of equity. */
  readonly targetUtilization: number;
  /** Largest notional of one position as a share of equity. */
  readonly maxPerPosition: number;
  /** Largest sum of notionals as a share of equity; 1 by default, `Infinity` for none. */
  readonly maxGross?: number;
  /**
   * Utilization must hold even after every position has lost this many of its volatilities at once:
   * margin + target x sigmas x vol <= target. Linear, and strict: a correlation of 1 is assumed.
   */
  readonly adverse?: { readonly sigmas: number };
}

export interface SizedPositions {
  /** Notional / equity of each. */
  readonly weights: readonly number[];
  readonly notionals: readonly number[];
  /** Sum of edge x weight. */
  readonly objective: number;
  /** Sum of margin rate x weight. */
  readonly marginUsed: number;
  /** What one unit more of utilization, or of gross, would add to the objective. */
  readonly shadowPrices: { readonly margin: number; readonly gross: number };
}

/**
 * Sizes that earn the most expected edge within the limits.
 *
 * Formula:  maximise sum e_i w_i subject to sum m_i w_i <= U, sum w_i <= G, 0 <= w_i <= P.
 * Source:   requirements text, `optimal_position_sizes`; there the gross limit of 1 forbids
 *           leverage, so that at margin rates of 10 % the margin limit never binds: set `maxGross`
 *           for leverage.
 * Refusals: those of `linearOptimum`, `out-of-range` for a limit or rate without meaning.
 */
export function sizeByMargin(
  signals: readonly SizingSignal[],
  limits: SizingLimits,
): Measured<SizedPositions> {
  const { equity, targetUtilization, maxPerPosition, maxGross = 1, adverse } = limits;
  const fault =
    badList(
      "edge",
      signals.map((s) => s.edge),
    ) ??
    notPositive("equity", equity) ??
    outOfRange("targetUtilization", targetUtilization, 0, 1) ??
    negative("maxPerPosition", maxPerPosition) ??
    (adverse ? negative("sigmas", adverse.sigmas) : undefined);
  if (fault) return fault;
  if (!(maxGross >= 0)) return refused("out-of-range", "maxGross is at least 0");
  for (const [i, s] of signals.entries()) {
    const wrong =
      negative(`marginRate ${i}`, s.marginRate) ??
      (adverse ? negative(`vol ${i}`, s.vol ?? Number.NaN) : undefined);
    if (wrong) return wrong;
  }
  const loss = targetUtilization * (adverse?.sigmas ?? 0);
  const rows = [signals.map((s) => s.marginRate + loss * (s.vol ?? 0))];
  const bounds = [targetUtilization];
  if (Number.isFinite(maxGross)) {
    rows.push(signals.map(() => 1));
    bounds.push(maxGross);
  }
  const best = linearOptimum({
    objective: signals.map((s) => s.edge),
    rows,
    bounds,
    upper: signals.map(() => maxPerPosition),
  });
  if (!best.ok) return best;
  const weights = best.value.x;
  return finite({
    weights,
    notionals: weights.map((w) => w * equity),
    objective: best.value.value,
    marginUsed: dot(
      signals.map((s) => s.marginRate),
      weights,
    ),
    shadowPrices: {
      margin: best.value.shadowPrices[0] ?? 0,
      gross: best.value.shadowPrices[1] ?? 0,
    },
  });
}
