/** Auto-deleveraging rules: who among the winners bears a deficit, and how much of it. */
import { type Measured, measured, refused } from "../risk/refusal.ts";

function badColumns(columns: Readonly<Record<string, readonly number[]>>): string | undefined {
  const lengths = new Set(Object.values(columns).map((column) => column.length));
  if (lengths.size > 1) return `${Object.keys(columns).join(", ")} are of one length`;
  for (const [name, column] of Object.entries(columns)) {
    if (!column.every((x) => Number.isFinite(x) && x >= 0)) {
      return `${name} are finite and not negative`;
    }
  }
  return undefined;
}

const badBudget = (budget: number): string | undefined =>
  Number.isFinite(budget) && budget >= 0 ? undefined : "the budget is finite and not negative";

/**
 * Haircuts h_i = min(lambda weight_i, cap_i), with lambda such that they sum to the smaller of the
 * budget and what the caps of weighted accounts hold: water filling, exact in one pass over sorted
 * breaks.
 *
 * The only rule that no split of accounts changes, that scales, and that keeps the order of
 * survivors.
 * Units:  all in one unit, none negative. Errors: refused for columns of two lengths or no numbers.
 * Source: arXiv 2512.01112 v3, appendix on capped pro-rata.
 */
export function cappedProRata(
  budget: number,
  weights: readonly number[],
  caps: readonly number[],
): Measured<number[]> {
  const bad = badBudget(budget) ?? badColumns({ weights, caps });
  if (bad !== undefined) return refused("out-of-range", bad);
  const cap = (i: number): number => caps[i] ?? 0;
  const weight = (i: number): number => weights[i] ?? 0;
  const order = weights.flatMap((w, i) => (w > 0 ? [i] : []));
  order.sort((a, b) => cap(a) / weight(a) - cap(b) / weight(b) || a - b);
  const cuts = weights.map(() => 0);
  // Weights of all from a place on, summed from the end so that nothing is subtracted.
  const rest = new Float64Array(order.length + 1);
  for (let k = order.length - 1; k >= 0; k--) rest[k] = (rest[k + 1] ?? 0) + weight(order[k] ?? 0);
  let left = budget;
  for (const [place, i] of order.entries()) {
    const open = rest[place] ?? 0;
    if (cap(i) * open > left * weight(i)) {
      // From here on no cap binds: all that are open share what is left by weight.
      for (const j of order.slice(place)) cuts[j] = Math.min((left * weight(j)) / open, cap(j));
      break;
    }
    cuts[i] = cap(i);
    left -= cap(i);
  }
  return measured(cuts);
}

/**
 * Haircuts in proportion to equity, at most all of it. Units and errors: as `cappedProRata`.
 * Source: arXiv 2512.01112 v3, eq. (pro-rata).
 */
export const proRata = (budget: number, equity: readonly number[]): Measured<number[]> =>
  cappedProRata(budget, equity, equity);

/**
 * Haircuts by a queue: the highest score is taken whole, then the next, until the budget is met.
 *
 * Ties go to the lower index. An arbitrarily small change of a score can move the whole budget from
 * one account to another.
 * Units:  budget and caps in one unit, not negative; scores are only compared.
 * Errors: refused for a budget or caps without meaning, another number of scores, or a NaN among them.
 * Source: arXiv 2602.15182, proposition 8.
 */
export function queue(
  budget: number,
  caps: readonly number[],
  scores: readonly number[],
): Measured<number[]> {
  const bad = badBudget(budget) ?? badColumns({ caps });
  if (bad !== undefined) return refused("out-of-range", bad);
  if (scores.length !== caps.length || scores.some(Number.isNaN)) {
    return refused("out-of-range", "there is one score for each cap, and none is NaN");
  }
  const score = (i: number): number => scores[i] ?? 0;
  const order = caps.map((_, i) => i).sort((a, b) => score(b) - score(a) || a - b);
  const cuts = caps.map(() => 0);
  let left = budget;
  for (const i of order) {
    const cut = Math.min(left, caps[i] ?? 0);
    cuts[i] = cut;
    left -= cut;
  }
  return measured(cuts);
}

/**
 * Largest share of its capacity that any account loses; accounts without capacity do not count.
 *
 * Units: cuts and capacity in one unit; the result is 0 to 1 for cuts within their capacity. Does not check.
 */
export function burden(cuts: readonly number[], capacity: readonly number[]): number {
  let worst = 0;
  cuts.forEach((cut, i) => {
    const most = capacity[i] ?? 0;
    if (most > 0) worst = Math.max(worst, cut / most);
  });
  return worst;
}

/**
 * Haircuts that minimise the largest burden: the same share of every capacity, budget / total.
 *
 * Any queue that meets the budget without taking everything is strictly worse unless there is one
 * account. Units and errors: as `cappedProRata`.
 * Source: arXiv 2602.15182, proposition 9.
 */
export const minMax = (budget: number, capacity: readonly number[]): Measured<number[]> =>
  cappedProRata(budget, capacity, capacity);

export type RiskWeight =
  | { readonly kind: "linear" }
  | { readonly kind: "square" }
  | { readonly kind: "cvar"; readonly threshold: number };

const riskOf = (weight: RiskWeight, leverage: number): number => {
  switch (weight.kind) {
    case "linear":
      return leverage;
    case "square":
      return leverage * leverage;
    case "cvar":
      return Math.max(0, leverage - weight.threshold);
  }
};

/**
 * Shares that grow with leverage: proportional to equity x leverage x g(leverage).
 *
 * Units:  shares or equities in any one unit; the result sums to 1. None: all zero when no weight is
 *         left.
 * Errors: refused for columns of two lengths, or with a number that is negative or not finite.
 * Source: arXiv 2512.01112 v3, risk-aware pro-rata, g = leverage, its square, or what exceeds a
 *         threshold.
 */
export function riskAwareShares(
  equity: readonly number[],
  leverage: readonly number[],
  weight: RiskWeight,
): Measured<number[]> {
  const bad = badColumns({ equity, leverage });
  if (bad !== undefined) return refused("out-of-range", bad);
  const raw = equity.map((e, i) => {
    const l = leverage[i] ?? 0;
    return e * l * riskOf(weight, l);
  });
  const total = raw.reduce((a, b) => a + b, 0);
  return measured(raw.map((x) => (total > 0 ? x / total : 0)));
}

/** One account in an ADL round. */
export interface AdlRound {
  readonly equities: readonly number[];
  /** Share of the deficit that this round covers, in [0, 1]. */
  readonly severity: number;
  /** `queue` needs an order of indexes, the first to be taken first. */
  readonly rule:
    | { readonly kind: "pro-rata" }
    | { readonly kind: "queue"; readonly order: readonly number[] };
}

/**
 * One round of deleveraging over equities: winners pay severity x deficit, the deepest losers are
 * relieved first.
 *
 * Returns equities after it, the budget and each haircut as a share of the winner's equity.
 * Units:  equities and budget in one unit, a loser's equity below zero; haircuts 0 to 1.
 * Errors: refused for an equity that is not finite, a severity outside [0, 1], or an order with an index
 *         that no account has.
 * Source: arXiv 2512.01112 v3, numerical example of section on ADL policies (whose second round
 *         prints 3.75 for the top winner: that is severity 1; at 1/2 it is 5.625).
 */
export function adlRound(round: AdlRound): Measured<{
  readonly equities: number[];
  readonly budget: number;
  readonly haircuts: number[];
}> {
  const { equities, severity, rule } = round;
  if (!equities.every(Number.isFinite)) return refused("not-finite", "equities are finite");
  if (!(severity >= 0 && severity <= 1)) return refused("out-of-range", "severity is in [0, 1]");
  const winners = equities.map((e) => Math.max(0, e));
  const deficit = equities.reduce((sum, e) => sum + Math.max(0, -e), 0);
  const wanted = severity * deficit;
  const ranks = equities.map(() => Number.NEGATIVE_INFINITY);
  if (rule.kind === "queue") {
    rule.order.forEach((i, place) => {
      ranks[i] = -place;
    });
  }
  const cuts =
    rule.kind === "queue" ? queue(wanted, winners, ranks) : cappedProRata(wanted, winners, winners);
  if (!cuts.ok) return cuts;
  const budget = cuts.value.reduce((a, b) => a + b, 0);
  const after = equities.map((e, i) => (e > 0 ? e - (cuts.value[i] ?? 0) : e));
  const losers = equities.map((_, i) => i).filter((i) => (equities[i] ?? 0) < 0);
  losers.sort((a, b) => (equities[a] ?? 0) - (equities[b] ?? 0) || a - b);
  let relief = budget;
  for (const i of losers) {
    const given = Math.min(relief, -(equities[i] ?? 0));
    after[i] = (equities[i] ?? 0) + given;
    relief -= given;
  }
  const haircuts = winners.map((e, i) => (e > 0 ? (cuts.value[i] ?? 0) / e : 0));
  return measured({ equities: after, budget, haircuts });
}
