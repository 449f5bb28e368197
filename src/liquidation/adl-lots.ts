/** Auto-deleveraging in whole contracts, and where a position stands in the queue of its side. */
import { type Measured, measured, refused } from "../risk/refusal.ts";

export type Side = "long" | "short" | "both";
export type WholeRounding = "ceil" | "floor" | "round";

export interface ContractRound {
  /** Signed contracts, long positive; may be fractional, only whole ones are closed. */
  readonly positions: readonly number[];
  readonly required: number;
  readonly side: Side;
  readonly rounding: WholeRounding;
  /** USDC lost per contract closed; nothing is closed where it is zero. */
  readonly lossPerContract: number;
  /** Shares other than by closable size. */
  readonly weights?: readonly number[];
  /** Which of two equal remainders gets the contract; `last` is the higher index. Default last. */
  readonly ties?: "first" | "last";
  /**
   * `once`: one extra contract each, so that caps may leave some contracts open (default).
   * `until-met`: rounds of extra contracts until the required number or all closable ones are
   * closed.
   */
  readonly extra?: "once" | "until-met";
}

export interface ContractsClosed {
  /** Whole contracts per position, not negative. */
  readonly closed: number[];
  /** Required contracts after rounding. */
  readonly required: number;
  /** Contracts that were closed. */
  readonly contracts: number;
  readonly lossTotal: number;
}

const closable = (qty: number, side: Side): number => {
  switch (side) {
    case "long":
      return Math.max(0, qty);
    case "short":
      return Math.max(0, -qty);
    case "both":
      return Math.abs(qty);
  }
};

/** To the nearest whole number, halves to the even one. */
function halfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

const WHOLE = { ceil: Math.ceil, floor: Math.floor, round: halfEven } as const;

/**
 * Closes whole contracts pro rata: the floor of each share, then one more each by largest remainder.
 *
 * Rule:   the required number is rounded as named; a position with less than one whole contract has
 *         no share; none closes more than its whole contracts.
 * Errors: refused for numbers that are not finite, a negative loss or weight, or weights of another
 *         length.
 * Source: contracts pro-rata of the study behind arXiv 2602.15182.
 */
export function contractsProRata(round: ContractRound): Measured<ContractsClosed> {
  const { positions, required, side, rounding, lossPerContract } = round;
  const weights = round.weights ?? positions.map((qty) => closable(qty, side));
  if (![...positions, ...weights, required, lossPerContract].every(Number.isFinite)) {
    return refused("not-finite", "contracts, weights and losses are finite");
  }
  if (weights.length !== positions.length) {
    return refused("length-mismatch", "there is one weight for each position");
  }
  if (lossPerContract < 0 || weights.some((w) => w < 0)) {
    return refused("out-of-range", "losses and weights are not negative");
  }
  const most = positions.map((qty) => Math.floor(closable(qty, side) + 1e-12));
  const target = Math.max(0, WHOLE[rounding](required));
  const share = weights.map((w, i) => ((most[i] ?? 0) > 0 ? w : 0));
  const total = share.reduce((a, b) => a + b, 0);
  const closed = positions.map(() => 0);
  const answer = (): ContractsClosed => {
    const contracts = closed.reduce((a, b) => a + b, 0);
    return { closed, required: target, contracts, lossTotal: contracts * lossPerContract };
  };
  if (target === 0 || lossPerContract === 0 || total <= 0) return measured(answer());
  const ideal = share.map((w) => target * (w / total));
  ideal.forEach((x, i) => {
    closed[i] = Math.min(Math.floor(x), most[i] ?? 0);
  });
  const rest = (i: number): number => (ideal[i] ?? 0) - Math.floor(ideal[i] ?? 0);
  const order = positions.map((_, i) => i);
  if (round.ties !== "first") order.reverse();
  order.sort((a, b) => rest(b) - rest(a));
  let left = target - answer().contracts;
  for (let moved = true; moved && left > 0; moved = moved && round.extra === "until-met") {
    moved = false;
    for (const i of order) {
      if (left <= 0) break;
      if ((closed[i] ?? 0) >= (most[i] ?? 0) || (share[i] ?? 0) === 0) continue;
      closed[i] = (closed[i] ?? 0) + 1;
      left -= 1;
      moved = true;
    }
  }
  return measured(answer());
}

/**
 * Whole contracts that come near targets in USDC: the floor of each, then the contract with the largest
 * uncovered part of its value, until the total is met.
 *
 * Units:  targets and perContract in USDC, maxContracts in contracts.
 * Errors: refused for columns of two lengths, or with a number that is negative or not finite.
 */
export function lotsForHaircuts(
  targets: readonly number[],
  perContract: readonly number[],
  maxContracts: readonly number[],
): Measured<{ readonly closed: number[]; readonly realized: number; readonly target: number }> {
  const columns = [targets, perContract, maxContracts];
  if (columns.some((column) => column.length !== targets.length)) {
    return refused("length-mismatch", "targets, values and limits are of one length");
  }
  if (!columns.flat().every((x) => Number.isFinite(x) && x >= 0)) {
    return refused("out-of-range", "targets, values and limits are finite and not negative");
  }
  const value = (i: number): number => perContract[i] ?? 0;
  const most = maxContracts.map((x) => Math.floor(x + 1e-12));
  const closed = targets.map((t, i) =>
    value(i) > 0 ? Math.min(Math.floor(t / value(i)), most[i] ?? 0) : 0,
  );
  const target = targets.reduce((a, b) => a + b, 0);
  let realized = closed.reduce((sum, k, i) => sum + k * value(i), 0);
  /** What of a target is not covered yet. */
  const open = (i: number): number => (targets[i] ?? 0) - (closed[i] ?? 0) * value(i);
  while (target - realized > 1e-6) {
    let best: number | undefined;
    for (const i of closed.keys()) {
      if (open(i) <= 1e-9 || (closed[i] ?? 0) >= (most[i] ?? 0) || value(i) <= 0) continue;
      if (best === undefined || open(i) / value(i) > open(best) / value(best)) best = i;
    }
    if (best === undefined) break;
    closed[best] = (closed[best] ?? 0) + 1;
    realized += value(best);
  }
  return measured({ closed, realized, target });
}

export type AdlScore =
  /** Profit share x effective leverage where in profit, profit share / leverage where not. */
  | "pnl-times-leverage"
  /** Mark over entry (entry over mark for a short) x notional over equity. */
  | "price-ratio-times-leverage"
  /** Unrealised profit in USDC. */
  | "pnl";

export interface AdlPosition {
  /** Signed contracts. */
  readonly qty: number;
  readonly entry: number;
  readonly mark: number;
  /** Equity that backs the position: margin and unrealised profit, USDC. */
  readonly equity: number;
}

/**
 * The score by which a venue ranks a position for deleveraging; higher goes first.
 *
 * Units: as in AdlPosition; a ratio, or USDC for `pnl`. Equity below 1e-12 counts as that, so that the score of
 * an account without equity is huge. Does not check.
 */
export function adlScore(position: AdlPosition, score: AdlScore): number {
  const { qty, entry, mark, equity } = position;
  const side = Math.sign(qty);
  const leverage = (Math.abs(qty) * mark) / Math.max(equity, 1e-12);
  const profit = (side * (mark - entry)) / entry;
  switch (score) {
    case "pnl-times-leverage":
      return profit > 0 ? profit * leverage : profit / leverage;
    case "price-ratio-times-leverage":
      return (side === -1 ? entry / mark : mark / entry) * leverage;
    case "pnl":
      return qty * (mark - entry);
  }
}

/**
 * Where a position stands in the queue of its side.
 *
 * Returns the quantity that would be taken before it, its share of the side in [0, 1) (0: it is
 * next), and the lights that screens show: 5 for the first fifth, 1 for the last.
 *
 * Units: sizes of one side in one unit; scores by one rule. Of equal scores none is ahead. Does not check.
 */
export function adlRank(
  own: { readonly score: number; readonly size: number },
  others: readonly { readonly score: number; readonly size: number }[],
): { readonly ahead: number; readonly share: number; readonly lights: number } {
  let ahead = 0;
  let side = own.size;
  for (const other of others) {
    side += other.size;
    if (other.score > own.score) ahead += other.size;
  }
  const share = side > 0 ? ahead / side : 0;
  return { ahead, share, lights: 5 - Math.min(4, Math.floor(share * 5)) };
}
