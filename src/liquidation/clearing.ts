/** Clearing vectors: what each party can pay when all pay what they can. */
import { type Measured, measured, refused } from "../risk/refusal.ts";

export interface ClearingInput {
  /** liabilities[i][j]: what i owes j. */
  readonly liabilities: readonly (readonly number[])[];
  readonly externalAssets: readonly number[];
  /** Owed outside the network. Default none. */
  readonly externalLiabilities?: readonly number[];
  /** Share of external assets that a party in default keeps. Default 1. */
  readonly alpha?: number;
  /** Share of what it receives that a party in default keeps. Default 1. */
  readonly beta?: number;
  /** How external liabilities rank against internal ones. Default `equal`. */
  readonly externalRank?: "equal" | "senior";
}

export interface Clearing {
  /** What each party pays in all, inside and out. */
  readonly payments: readonly number[];
  /** 1 where a party pays less than it owes. */
  readonly defaults: readonly number[];
  /** Assets after clearing less liabilities; negative by what is not paid. */
  readonly equities: readonly number[];
  readonly rounds: number;
}

interface Network {
  readonly n: number;
  readonly total: readonly number[];
  readonly internal: readonly number[];
  readonly external: readonly number[];
  readonly assets: readonly number[];
  /** share[i][j] of what i pays inside goes to j. */
  readonly share: readonly (readonly number[])[];
  readonly alpha: number;
  readonly beta: number;
  readonly senior: boolean;
}

function network(input: ClearingInput): Measured<Network> {
  const { liabilities, externalAssets, alpha = 1, beta = 1 } = input;
  const n = liabilities.length;
  const external = input.externalLiabilities ?? liabilities.map(() => 0);
  if (n === 0) return refused("empty", "there is at least one party");
  const square = liabilities.every((row) => row.length === n);
  if (!square || externalAssets.length !== n || external.length !== n) {
    return refused("length-mismatch", "liabilities are square, and assets of the same length");
  }
  const numbers = [...liabilities.flat(), ...externalAssets, ...external];
  if (!numbers.every(Number.isFinite)) return refused("not-finite", "all amounts are finite");
  if (numbers.some((x) => x < 0) || liabilities.some((row, i) => (row[i] ?? 0) !== 0)) {
    return refused("out-of-range", "amounts are not negative and nobody owes itself");
  }
  if (!(alpha >= 0 && alpha <= 1 && beta >= 0 && beta <= 1)) {
    return refused("out-of-range", "alpha and beta are in [0, 1]");
  }
  const senior = input.externalRank === "senior";
  const internal = liabilities.map((row) => row.reduce((a, b) => a + b, 0));
  const total = internal.map((x, i) => x + (external[i] ?? 0));
  // Equal rank: a unit paid is split by all that is owed. Senior: by what is owed inside.
  const base = senior ? internal : total;
  const share = liabilities.map((row, i) =>
    row.map((x) => ((base[i] ?? 0) > 0 ? x / (base[i] ?? 1) : 0)),
  );
  return measured({
    n,
    total,
    internal,
    external,
    assets: externalAssets,
    share,
    alpha,
    beta,
    senior,
  });
}

const paidInside = (net: Network, i: number, payment: number): number =>
  net.senior ? Math.max(0, payment - (net.external[i] ?? 0)) : payment;

/** What each party receives from the others when they pay `payments`. */
function received(net: Network, payments: readonly number[]): number[] {
  const sums = new Array<number>(net.n).fill(0);
  for (let i = 0; i < net.n; i++) {
    const paid = paidInside(net, i, payments[i] ?? 0);
    for (let j = 0; j < net.n; j++) sums[j] = (sums[j] ?? 0) + paid * (net.share[i]?.[j] ?? 0);
  }
  return sums;
}

/**
 * Solves linear equations by elimination, in place: each row ends with its right side. No pivots are
 * searched: what a party in default pays on is at most all it pays, so no column has more beside its
 * diagonal than on it, and elimination keeps that. So nothing that is solved is negative either.
 */
function solve(rows: readonly number[][]): number[] {
  rows.forEach((row, k) => {
    for (const below of rows.slice(k + 1)) {
      const factor = (below[k] ?? 0) / (row[k] ?? 1);
      row.forEach((x, j) => {
        below[j] = (below[j] ?? 0) - factor * x;
      });
    }
  });
  // Unknowns that are not solved yet count as nought.
  const solved = rows.map(() => 0);
  for (const [i, row] of [...rows.entries()].reverse()) {
    const rest = solved.reduce((sum, x, j) => sum - (row[j] ?? 0) * x, row[rows.length] ?? 0);
    solved[i] = rest / (row[i] ?? 1);
  }
  return solved;
}

/**
 * Payments when exactly `broken` default and all others pay in full; linear where ranks are equal.
 */
function paymentsOf(net: Network, broken: readonly number[]): number[] {
  const out = new Set(broken);
  const payments = net.total.map((x, i) => (out.has(i) ? 0 : x));
  const fromSound = received(net, payments);
  const rows = broken.map((i, row) => [
    ...broken.map((j, column) => (row === column ? 1 : 0) - net.beta * (net.share[j]?.[i] ?? 0)),
    net.alpha * (net.assets[i] ?? 0) + net.beta * (fromSound[i] ?? 0),
  ]);
  const solved = solve(rows);
  broken.forEach((i, row) => {
    payments[i] = solved[row] ?? 0;
  });
  return payments;
}

/** Whether a party has less than it owes, by more than the rounding of sums. */
const isShort = (has: number, owed: number): boolean => has < owed - 1e-12 * Math.max(1, owed);

/** One application of the clearing map; its greatest fixed point is the clearing vector. */
function step(net: Network, payments: readonly number[]): number[] {
  const from = received(net, payments);
  return net.total.map((owed, i) => {
    const has = (net.assets[i] ?? 0) + (from[i] ?? 0);
    if (!isShort(has, owed)) return owed;
    const kept = net.alpha * (net.assets[i] ?? 0) + net.beta * (from[i] ?? 0);
    return kept;
  });
}

/**
 * Iterates the map from full payment downwards. Falls monotonically, so it ends at the greatest
 * fixed point.
 */
function iterate(net: Network): { payments: number[]; rounds: number } | undefined {
  let payments = [...net.total];
  for (let rounds = 1; rounds <= 200_000; rounds++) {
    const next = step(net, payments);
    const change = next.reduce((max, x, i) => Math.max(max, Math.abs(x - (payments[i] ?? 0))), 0);
    payments = next;
    if (change <= 1e-14 * Math.max(1, ...net.total)) return { payments, rounds };
  }
  return undefined;
}

/**
 * Adds defaults round by round until none is new: exact, in at most one round more than parties.
 *
 * A group that owes only itself cannot all be short, so the equations of who defaults have one answer.
 */
function fictitious(net: Network): { payments: number[]; rounds: number } {
  let payments = [...net.total];
  let broken: number[] = [];
  for (let rounds = 1; ; rounds++) {
    const from = received(net, payments);
    const now = net.total.flatMap((owed, i) => {
      const has = (net.assets[i] ?? 0) + (from[i] ?? 0);
      return broken.includes(i) || isShort(has, owed) ? [i] : [];
    });
    if (now.length === broken.length) return { payments, rounds };
    broken = now;
    payments = paymentsOf(net, broken);
  }
}

/**
 * The greatest clearing vector of a network of obligations.
 *
 * Rule:   p_i = total_i where what i has and receives covers it, else alpha assets_i + beta
 *         received_i; with alpha = beta = 1 that is min(total_i, assets_i + received_i).
 * Units:  all amounts in one unit, not negative; lists in the order of the parties.
 * Rank:   `equal` pays outside creditors pro rata with inside ones, `senior` pays them first.
 * Errors: refused for odd shapes or numbers, or when a network of losses all around does not
 *         settle.
 * Source: Eisenberg, Noe (2001), Management Science 47; Rogers, Veraart (2013), Management Science
 *         59.
 */
export function clearingVector(input: ClearingInput): Measured<Clearing> {
  const made = network(input);
  if (!made.ok) return made;
  const net = made.value;
  const found = net.senior ? iterate(net) : fictitious(net);
  if (found === undefined)
    return refused("not-converged", "payments still fall after 200,000 rounds");
  const { payments, rounds } = found;
  const from = received(net, payments);
  const equities = payments.map(
    (_, i) => (net.assets[i] ?? 0) + (from[i] ?? 0) - (net.total[i] ?? 0),
  );
  const defaults = payments.map((x, i) => (x + 1e-7 < (net.total[i] ?? 0) ? 1 : 0));
  return measured({ payments, defaults, equities, rounds });
}

export interface Contagion {
  /** 1 where a party is in default at the end. */
  readonly defaults: readonly number[];
  /** Round in which it defaulted, 0 for its own losses; -1 where it did not. */
  readonly round: readonly number[];
}

/**
 * Contagion with a fixed recovery: creditors of a party in default lose (1 - recovery) of what it owes
 * them.
 *
 * A party defaults when its losses exceed its net worth. Errors: as for the clearing vector, and a
 * recovery outside [0, 1]. Source: default cascade as in Furfine (2003).
 */
export function defaultCascade(input: ClearingInput, recovery: number): Measured<Contagion> {
  const made = network(input);
  if (!made.ok) return made;
  if (!(recovery >= 0 && recovery <= 1)) {
    return refused("out-of-range", "the recovery rate is in [0, 1]");
  }
  const { liabilities } = input;
  const net = made.value;
  const worth = net.total.map((owed, i) => {
    const owing = liabilities.reduce((sum, row) => sum + (row[i] ?? 0), 0);
    return owing + (net.assets[i] ?? 0) - owed;
  });
  const round = worth.map((x): number => (x < 0 ? 0 : -1));
  for (let now = 1; now <= net.n; now++) {
    const fell = worth.flatMap((x, i) => {
      if ((round[i] ?? 0) >= 0) return [];
      const loss = liabilities.reduce(
        (sum, row, j) => sum + ((round[j] ?? -1) >= 0 ? (1 - recovery) * (row[i] ?? 0) : 0),
        0,
      );
      return x < loss ? [i] : [];
    });
    if (fell.length === 0) break;
    for (const i of fell) round[i] = now;
  }
  return measured({ defaults: round.map((x) => (x >= 0 ? 1 : 0)), round });
}
