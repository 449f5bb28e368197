/** What part of the collateral is stablecoins: measured at every turn where the rules ask for one, and told. */
import { USDC } from "../core/ids.ts";
import { type Micro, max, micro, min, type Units, ZERO } from "../core/money.ts";
import { ONE, type Ppm, ppm, ratio } from "../core/ppm.ts";
import type { FleetView } from "../protocol/views.ts";
import type { Consequence } from "./admission.ts";
import { ownedOf } from "./ledger.ts";
import type { Law } from "./state.ts";
import { collateralValue } from "./totals.ts";

/**
 * What of the collateral no price moves: assets that are worth themselves, after their haircut, less
 * the unrealized loss of the net book, which is owed in USDC. Not below zero. Work of the assets.
 */
function stableOf(law: Law): Micro {
  let total = 0n;
  for (const asset of law.assets.values()) {
    if (asset.market !== undefined) continue;
    total += collateralValue(law, asset, ownedOf(law.ledger, asset.asset) as Units);
  }
  if (!law.assets.has(USDC)) total += ownedOf(law.ledger, USDC);
  return max(micro(total + min(law.unrealized, ZERO)), ZERO);
}

/**
 * Stable part of the collateral, in ppm.
 *
 * Rounding: down, against the fleet.
 * None:     undefined where there is no collateral.
 */
export const stableShareOf = (law: Law): Ppm | undefined =>
  ratio(stableOf(law), law.collateral, "floor");

/**
 * Told once when the share is below what the rules ask for, and once when it is back: above by the
 * hysteresis of the zones, for it moves with every mark, or the rules ask no more. It is a warning:
 * what coins are held is the operator's, and each is lent against by its own haircut.
 */
export function* stableDue(law: Law): Consequence {
  const { policy, collateral, stableLow } = law;
  const least = policy?.stableShareMin;
  if (least === undefined && !stableLow) return;
  const share = stableShareOf(law);
  if (share === undefined) return;
  const from = least ?? ppm(0);
  const back = Math.min(from + (policy?.zones.hysteresis ?? 0), ONE);
  const low = share < (stableLow && least !== undefined ? back : from);
  if (low === stableLow) return;
  yield {
    type: low ? "StableShareLow" : "StableShareRestored",
    ...{ share, least: from, stable: stableOf(law), collateral },
  };
}

/** The share as it is now, and what the rules ask for. */
export function stableView(law: Law): Pick<FleetView, "stableShare" | "stableShareMin"> {
  const [share, least] = [stableShareOf(law), law.policy?.stableShareMin];
  return {
    ...(share === undefined ? {} : { stableShare: share }),
    ...(least === undefined ? {} : { stableShareMin: least }),
  };
}
