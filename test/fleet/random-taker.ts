/** What a random venue does to a net position by itself: it ranks it, and takes a part of it or all. */
import type { MarketId } from "../../src/core/ids.ts";
import { abs, micro, notional, type Price, price, qty } from "../../src/core/money.ts";
import { ppm } from "../../src/core/ppm.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { signOf } from "../../src/protocol/words.ts";

type Pick = (below: number) => number;

interface Done {
  readonly reports: readonly ReportBody[];
  /** What of the position is left, and what the money of it comes to. */
  readonly net: bigint;
  readonly cash: bigint;
}

/** Takes some of a net position under a name, and ranks what is left. */
export function takenAway(
  named: number,
  market: MarketId,
  net: bigint,
  mark: bigint,
  pick: Pick,
): Done {
  const rank = (position: bigint): ReportBody => {
    const lights = position === 0n ? 0 : 1 + pick(5);
    const ahead = ppm(pick(1_000_000));
    return { type: "adlRank", market, position: qty(position), lights, ahead };
  };
  if (net === 0n || pick(3) === 0) return { reports: [rank(net)], net, cash: 0n };
  const side = net > 0n ? "sell" : "buy";
  // Whole lots, or whatever: a venue's lot may be finer than ours.
  const some = (abs(qty(net)) * BigInt(1 + pick(10))) / 10n;
  const size = qty(some === 0n ? abs(qty(net)) : some);
  const at = price(((mark * BigInt(900 + pick(201))) / 1_000n || 1n) as Price);
  const value = notional(at, size, side === "buy" ? "up" : "down");
  const left = net + signOf(side) * size;
  const facts = { market, side, qty: size, price: at, notional: value, mark: price(mark) } as const;
  const cash = -signOf(side) * value;
  if (pick(2) === 0) {
    const name = `adl-${named}`;
    return { reports: [{ type: "autoDeleveraged", name, ...facts }, rank(left)], net: left, cash };
  }
  const [fee, covered] = [micro(value / 200n), micro(BigInt(pick(3) === 0 ? pick(9_000_000) : 0))];
  const judged = { fee, covered, equity: micro(1n), maintenance: micro(2n) };
  return {
    reports: [
      { type: "venueLiquidated", name: `liquidation-${named}`, ...facts, ...judged },
      rank(left),
    ],
    net: left,
    cash: cash - fee + covered,
  };
}
