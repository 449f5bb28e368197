/** Funding carry: short where longs pay much, hedged by other perpetuals or by what the fleet holds. */

import type { AssetId } from "../../../src/core/ids.ts";
import { decimalsOf, toFloat } from "../../../src/core/money.ts";
import type { MarketView } from "../../../src/protocol/views.ts";
import { priceFloat, priceOf, unitsOf } from "../../../src/sdk/amounts.ts";
import { type Look, type Side, sideOf, type Wish, type Wishes } from "../wish.ts";

const yearly = (rate: number): string => `${(rate * 100).toFixed(1)} % a year`;

/**
 * Taken from `enter` on, or from what the money would bring as a loan; kept down to `exit`. `gain` is what the
 * side would earn in a year.
 */
const taken = (gain: number, held: boolean, { config: { carry }, hurdle }: Look): boolean =>
  gain >= (held ? carry.exit : Math.max(carry.enter, hurdle));

/** Each market's own funding less the mean of all: short what pays most, long what pays least. */
function acrossMarkets(look: Look): Record<string, Wish> {
  const known = look.markets.filter(({ market }) => look.rates[market] !== undefined);
  const rateOf = ({ market }: MarketView): number => look.rates[market] ?? 0;
  const mean = known.reduce((sum, market) => sum + rateOf(market), 0) / Math.max(1, known.length);
  const sides = known.map((view): Side => {
    const over = rateOf(view) - mean;
    const side = sideOf(-over);
    return taken(Math.abs(over), look.held(view.market) === side, look) ? side : 0;
  });
  const longs = sides.filter((side) => side > 0).length;
  const shorts = sides.filter((side) => side < 0).length;
  const wishes: Record<string, Wish> = {};
  for (const [i, view] of known.entries()) {
    const side = sides[i] ?? 0;
    // As much risk long as short: the side with more markets takes less of each. Alone, it takes none.
    const [mine, others] = side > 0 ? [longs, shorts] : [shorts, longs];
    const balanced = side === 0 || others === 0 ? 0 : Math.min(1, others / mine);
    const note = `funding ${yearly(rateOf(view))}, ${yearly(mean)} in the mean`;
    wishes[view.market] =
      balanced === 0 ? { side: 0, strength: 1, note } : { side, strength: balanced, note };
  }
  return wishes;
}

/** Short, where longs pay, as much as the fleet holds of the coin itself: basis without direction. */
function againstHoldings(look: Look): Record<string, Wish> {
  const wishes: Record<string, Wish> = {};
  for (const view of look.markets) {
    const rate = look.rates[view.market];
    if (rate === undefined) continue;
    const most = holdingWorth(look, view);
    const side: Side = most > 0 && taken(rate, look.held(view.market) < 0, look) ? -1 : 0;
    const note = `funding ${yearly(rate)} on ${most.toFixed(0)} USDC held`;
    wishes[view.market] = { side, strength: 1, note, most };
  }
  return wishes;
}

function holdingWorth({ holdings }: Look, { base, mark }: MarketView): number {
  const held = holdings.find(({ asset }) => asset === base);
  if (held === undefined) return 0;
  const units = unitsOf(held.wallet, base) + unitsOf(held.lent, base);
  return toFloat(units, decimalsOf(base as AssetId)) * priceFloat(priceOf(mark));
}

export const carryWishes: Wishes = (look) =>
  look.config.carry.against === "holdings" ? againstHoldings(look) : acrossMarkets(look);
