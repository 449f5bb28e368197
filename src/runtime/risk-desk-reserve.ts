/** The reserve against the fleet's own losses: the size that a ratio asks for, what a size implies. */
import { abs, formatMicro, type Micro, toFloat, USDC_DECIMALS } from "../core/money.ts";
import type { Law } from "../fleet/state.ts";
import { reserveOf } from "../fleet/totals.ts";
import { impliedRatio } from "../liquidation/insurance.ts";
import type { MeasuresView } from "../protocol/risk-view.ts";
import { fleetVar } from "../risk/fleet-var-measures.ts";
import { microUp, ppmUp } from "./risk-desk-numbers.ts";
import type { Desk } from "./risk-desk-parts.ts";

/** A reserve is told anew when it is this part off: 1 in 20. */
const OFF = 20n;

/**
 * K*: the loss that the book of now exceeds in at most `reserveRatio` of the replayed days.
 *
 * Rounding: up. None: undefined where the rules do not size the reserve, and where it is not measured.
 * Source: newsvendor quantile; arXiv 2512.01112 v3, section 2.3.
 */
export function sizedReserve({ book }: Desk, law: Law): Micro | undefined {
  const ratio = law.policy?.crisis?.reserveRatio;
  if (ratio === undefined) return undefined;
  const told = fleetVar(book.fleet, ratio);
  return told.ok ? microUp(told.value) : undefined;
}

/** Is a size so far off what the law goes by that it must be told? */
export const isResized = (law: Law, reserve: Micro | undefined): boolean =>
  reserve !== undefined && abs(reserve - law.crisis.sized) * OFF > law.crisis.sized;

/** What is kept, and for which carrying cost over shortfall cost it would be the best. */
export function reserveView(desk: Desk, law: Law): MeasuresView["reserve"] {
  const kept = reserveOf(law);
  const { gains, scenarios } = desk.book.fleet;
  const losses = Array.from(gains.subarray(0, scenarios), (gain) => -gain);
  const implied = impliedRatio(losses, toFloat(kept, USDC_DECIMALS));
  if (!implied.ok) return undefined;
  const ratio = law.policy?.crisis?.reserveRatio;
  const sized = sizedReserve(desk, law);
  return {
    kept: formatMicro(kept),
    impliedFrom: ppmUp(implied.value.low),
    impliedTo: ppmUp(implied.value.high),
    ...(ratio === undefined ? {} : { ratio }),
    ...(sized === undefined ? {} : { sized: formatMicro(sized) }),
  };
}
