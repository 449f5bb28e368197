/** Refuses to lead by a wall clock that is far off the broker's: its deadlines would be nobody else's. */
import type { Leadership } from "../wire/lease.ts";

/**
 * How far a leader's wall clock may be off the broker's, ms. Commands name their end by their senders'
 * clocks, seconds ahead: a leader hours ahead would refuse every one of them, and one that is behind
 * would keep every lease. What NTP keeps is far below this, and so is the time that a renewal takes.
 */
export const CLOCK_SKEW_MAX = 5_000;

/** This host's clock and the broker's differ by more than a leader may be off. */
export class ClockSkewError extends Error {
  override readonly name = "ClockSkewError";
  readonly code = "clock-skew";
  readonly retryable = true;
  /** Positive where this host is ahead. */
  readonly skewMs: number;
  constructor(skewMs: number) {
    const off = `${(Math.abs(skewMs) / 1_000).toFixed(1)} s ${skewMs > 0 ? "ahead of" : "behind"}`;
    const allowed = `allowed are ${CLOCK_SKEW_MAX / 1_000} s`;
    super(`this host's clock is ${off} the broker's, ${allowed}: set the clocks, then start again`);
    this.skewMs = skewMs;
  }
}

/** @throws ClockSkewError when the clocks are too far apart; who is not told the time cannot judge. */
export async function sameTime(lease: Pick<Leadership, "skewMs">): Promise<void> {
  const skewMs = await lease.skewMs();
  if (skewMs !== undefined && Math.abs(skewMs) > CLOCK_SKEW_MAX) throw new ClockSkewError(skewMs);
}
