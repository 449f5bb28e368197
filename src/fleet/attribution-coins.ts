/** Results in other assets than USDC, in units: what each agent earned of them, and what the wallet holds. */
import { type AgentId, type AssetId, assetId, USDC } from "../core/ids.ts";
import { formatUnits, units } from "../core/money.ts";
import type { CoinView } from "../protocol/margin-view.ts";
import { balance, OWN, ownAccount, resultOf, worldAccount } from "./ledger.ts";
import type { Law } from "./state.ts";

/** Every asset but USDC that the books know, by name. */
export function coinsOf(law: Law): readonly AssetId[] {
  const names = new Set<string>();
  for (const account of law.ledger.keys()) names.add(account.slice(0, account.indexOf("/")));
  names.delete(USDC);
  return [...names].sort().map(assetId);
}

/** Units of each asset that these agents earned; assets of which they earned none are left out. */
export function earnedOf(
  law: Law,
  agents: readonly AgentId[],
  coins: readonly AssetId[],
): Record<string, string> {
  const earned: Record<string, string> = {};
  for (const asset of coins) {
    const all = agents.reduce((sum, one) => sum + resultOf(law.ledger, asset, "interest", one), 0n);
    if (all !== 0n) earned[asset] = formatUnits(units(all), asset);
  }
  return earned;
}

/** The wallet's side of an asset: owned, deposited, and the difference, which somebody earned. */
export function coinView(law: Law, asset: AssetId): CoinView {
  const owned = OWN.reduce((sum, one) => sum + balance(law.ledger, ownAccount(asset, one)), 0n);
  const deposited = -balance(law.ledger, worldAccount(asset));
  const text = (amount: bigint): string => formatUnits(units(amount), asset);
  return {
    asset,
    ...{ owned: text(owned), deposited: text(deposited), results: text(owned - deposited) },
  };
}
