/** The venue's own measure of our account: one margin for all positions. */

import { USDC } from "../../core/ids.ts";
import { abs, type Micro, micro, notional } from "../../core/money.ts";
import { gainAt, maintenanceAt } from "./house.ts";
import { markOf } from "./marks.ts";
import { accountOf, type Rules, type State } from "./world.ts";

/** Free money and what open positions show. Rounding: down. */
export function ownEquity(rules: Rules, state: State): Micro {
  let equity = accountOf(state, USDC).free;
  for (const [id, held] of state.positions) {
    const market = rules.markets.get(id);
    if (market !== undefined && held.qty !== 0n) equity += gainAt(held, markOf(state, market));
  }
  return micro(equity);
}

/** What all open positions come to without their signs. Rounding: down. */
export function ownNotional(rules: Rules, state: State): Micro {
  let value = 0n;
  for (const [id, held] of state.positions) {
    const market = rules.markets.get(id);
    if (market !== undefined) value += notional(markOf(state, market), abs(held.qty), "down");
  }
  return micro(value);
}

/** What all open positions need at least. Rounding: up. */
export function ownMaintenance(rules: Rules, state: State): Micro {
  let needed = 0n;
  for (const [id, held] of state.positions) {
    const market = rules.markets.get(id);
    if (market === undefined || held.qty === 0n || rules.house === undefined) continue;
    needed += maintenanceAt(held.qty, markOf(state, market), rules.house.maintenance);
  }
  return micro(needed);
}
