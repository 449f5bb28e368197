/** What a falling equity asks for: the account's trailing stop and the drawdown ladder. */
import { abs, type Micro, max, micro } from "../core/money.ts";
import { ONE, type Ppm, ppm, ratio, share } from "../core/ppm.ts";
import { type Measured, measured, notFinite, type RiskRefusal, refused } from "./refusal.ts";

/**
 * Fall from the peak as a share of the peak.
 *
 * Units:    millionths of USDC in, ppm out; zero where the peak is not above zero: there is nothing
 *           to fall from. Above 100 % where equity is negative.
 * Rounding: up, against the account.
 */
export function drawdown(peak: Micro, equity: Micro): Ppm {
  if (peak <= 0n || equity >= peak) return ppm(0);
  return ratio(peak - equity, peak, "ceil") ?? ppm(0);
}

/**
 * The same in plain numbers.
 *
 * Refusals: `not-finite`.
 */
export function drawdownOf(peak: number, equity: number): Measured<number> {
  const fault = notFinite({ peak, equity });
  if (fault) return fault;
  return measured(peak <= 0 || equity >= peak ? 0 : (peak - equity) / peak);
}

/** The trailing stop's memory and its last answer. */
export interface TrailingStop {
  readonly peak: Micro;
  readonly drawdown: Ppm;
  /** True when the drawdown has reached the threshold. */
  readonly fired: boolean;
}

/**
 * The account trailing stop after one more look at equity.
 *
 * Deposits and withdrawals are not profit: move the peak by them (`shiftPeak`) before looking.
 * @param peak highest equity so far; zero at the start.
 */
export function trailingStop(peak: Micro, equity: Micro, threshold: Ppm): TrailingStop {
  const highest = max(peak, equity);
  const fall = drawdown(highest, equity);
  return { peak: highest, drawdown: fall, fired: highest > 0n && fall >= threshold };
}

/**
 * The peak after a deposit (positive) or withdrawal (negative) of `amount` from `equityBefore`.
 *
 * Formula: peak x (equity + amount) / equity, so that the drawdown stays what it was. Rounded up.
 * None: peak + amount, at least zero, where equity was not above zero.
 */
export function shiftPeak(peak: Micro, equityBefore: Micro, amount: Micro): Micro {
  if (equityBefore <= 0n) return max(micro(peak + amount), micro(0n));
  const after = max(micro(equityBefore + amount), micro(0n));
  const top = peak * after;
  return micro((top + abs(equityBefore) - 1n) / equityBefore);
}

/** One rung: from this drawdown on, gross exposure is held at this share of normal. */
export interface Rung {
  readonly from: Ppm;
  readonly gross: Ppm;
  /** What else the rung asks for; the strategy's business. */
  readonly hedge: "none" | "protect" | "inverse" | "exit";
}

/** The ladder of the requirements text: 5, 8, 12 and 18 %. The last rung leaves a tenth. */
export const DRAWDOWN_LADDER: readonly Rung[] = [
  { from: ppm(0), gross: ONE, hedge: "none" },
  { from: ppm(50_000), gross: ppm(900_000), hedge: "none" },
  { from: ppm(80_000), gross: ppm(750_000), hedge: "protect" },
  { from: ppm(120_000), gross: ppm(500_000), hedge: "inverse" },
  { from: ppm(180_000), gross: ppm(100_000), hedge: "exit" },
];

/**
 * What is wrong with a ladder: empty, first rung not at 0, rungs that do not ascend, gross that
 * rises.
 */
export function ladderFault(ladder: readonly Rung[]): RiskRefusal | undefined {
  const first = ladder[0];
  if (first === undefined) return refused("empty", "a ladder has at least one rung");
  if (first.from !== 0) return refused("out-of-range", "the first rung is at a drawdown of 0");
  for (const [i, rung] of ladder.entries()) {
    if (rung.gross < 0 || rung.gross > ONE) {
      return refused("out-of-range", `rung ${i} holds 0 to 100 % of normal exposure`);
    }
    const next = ladder[i + 1];
    if (next && (next.from <= rung.from || next.gross > rung.gross)) {
      return refused("out-of-range", `rung ${i + 1} must be deeper and hold no more`);
    }
  }
  return undefined;
}

/**
 * The rung for a drawdown, with hysteresis: down at once, up only when the drawdown is less than
 * the current rung's bound by `back`.
 *
 * @param current place of the rung held now; 0 at the start.
 * Refusals: those of `ladderFault`, `out-of-range` for a negative drawdown.
 */
export function ladderStep(
  ladder: readonly Rung[],
  fall: Ppm,
  current = 0,
  back: Ppm = ppm(0),
): Measured<{ readonly index: number; readonly rung: Rung }> {
  const fault = ladderFault(ladder);
  if (fault) return fault;
  const place = (at: number): number => ladder.findLastIndex((rung) => rung.from <= at);
  const down = place(fall);
  const index = down >= current ? down : Math.min(current, place(fall + back));
  const rung = ladder[index];
  if (fall < 0 || rung === undefined) {
    return refused("out-of-range", `a drawdown is at least 0, was ${fall} ppm`);
  }
  return measured({ index, rung });
}

/** Exposure to shed so that gross is at most the rung's share of normal. Rounding: up. */
export function excessGross(gross: Micro, normal: Micro, rung: Rung): Micro {
  const allowed = share(normal, rung.gross, "floor");
  return max(micro(gross - allowed), micro(0n));
}
