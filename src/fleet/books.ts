/** Our books against the venue's, as of the same report: equal to the unit, or the difference told. */
import { USDC } from "../core/ids.ts";
import {
  formatMicro,
  formatQty,
  formatUnits,
  type Micro,
  micro,
  qty,
  type Units,
} from "../core/money.ts";
import type { VenueSnapshot } from "../protocol/reports.ts";
import { balance, OWN, ownAccount } from "./ledger.ts";
import type { Law } from "./state.ts";

/** Everything but domains lies at the venue as such. */
const CASH = OWN.filter((account) => account !== "domains");

export interface Difference {
  readonly what: string;
  readonly ours: string;
  readonly theirs: string;
}

/**
 * What differs. Cash is compared less the cost of what is open: how a result is split between agents
 * moves between the two, and only between them.
 *
 * Assets are compared over all accounts, so an effect that is under way differs nowhere.
 */
export function compareBooks(law: Law, venue: VenueSnapshot): readonly Difference[] {
  const found: Difference[] = [];
  const tell = (what: string, ours: string, theirs: string): void => {
    if (ours !== theirs) found.push({ what, ours, theirs });
  };
  for (const market of law.markets.keys()) {
    let net = 0n;
    for (const agent of law.markets.get(market)?.positions ?? []) {
      net += law.positions.get(`${agent}/${market}`)?.qty ?? 0n;
    }
    const theirs = venue.positions.get(market)?.qty ?? qty(0n);
    tell(`position ${market}`, formatQty(qty(net)), formatQty(theirs));
  }
  const assets = law.assets.size === 0 ? [USDC] : [...law.assets.keys()];
  for (const asset of assets) {
    const ours = CASH.reduce(
      (sum, account) => sum + balance(law.ledger, ownAccount(asset, account)),
      0n,
    );
    const theirs = (venue.balances.get(asset) ?? 0n) + (venue.locked.get(asset) ?? 0n);
    if (asset === USDC) {
      const venueCost = [...venue.positions.values()].reduce((sum, held) => sum + held.cost, 0n);
      const cash = micro(ours - openCost(law));
      tell("cash less cost", formatMicro(cash), formatMicro(micro(theirs - venueCost)));
    } else {
      tell(
        `holding ${asset}`,
        formatUnits(ours as Units, asset),
        formatUnits(theirs as Units, asset),
      );
    }
  }
  if (venue.domains !== undefined) {
    const held = [...law.domains.values()].filter(({ phase }) => phase !== "requested");
    const ours = held.map(({ domain }) => domain).sort();
    tell("domains", ours.join(" "), [...venue.domains].sort().join(" "));
  }
  return found;
}

/** Signed cost of everything that is open. */
function openCost(law: Law): Micro {
  let cost = 0n;
  for (const held of law.positions.values()) cost += held.cost;
  return micro(cost);
}
