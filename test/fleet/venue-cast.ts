/** What a venue does by itself, as it reports it: for the tests of what the law then does. */
import { notional } from "../../src/core/money.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { at, BTC_PERP, coins, usd } from "./cast.ts";

interface Terms {
  readonly name?: string;
  readonly market?: typeof BTC_PERP;
  readonly side?: "buy" | "sell";
  readonly price?: string;
  readonly fee?: string;
  readonly covered?: string;
}

const facts = (
  size: string,
  { name = "t-1", market = BTC_PERP, side = "sell", price = "9000" }: Terms,
) => ({
  ...{ name, market, side, qty: coins(size), price: at(price), mark: at(price) },
  notional: notional(at(price), coins(size), side === "buy" ? "up" : "down"),
});

/** A part of our net position was closed against a bankrupt. */
export const deleveraged = (size: string, terms: Terms = {}): ReportBody => ({
  type: "autoDeleveraged",
  ...facts(size, terms),
});

/** A part of our net position was liquidated, at a fee. */
export const liquidated = (size: string, terms: Terms = {}): ReportBody => ({
  type: "venueLiquidated",
  ...facts(size, terms),
  ...{ fee: usd(terms.fee ?? "0"), covered: usd(terms.covered ?? "0") },
  ...{ equity: usd("40"), maintenance: usd("50") },
});

export const ranked = (position: string, lights: number, market = BTC_PERP): ReportBody => {
  const short = position.startsWith("-");
  const size = coins(short ? position.slice(1) : position);
  const signed = (short ? -size : size) as typeof size;
  return { type: "adlRank", market, position: signed, lights, ahead: ppm((5 - lights) * 200_000) };
};

/** What is done about the venue's own acts; every other duty is off. */
export const WATCHED: CrisisPolicy = {
  adl: { reduceAtRank: 4, reduceBy: percent(50), hedge: "reduce", hedgeBound: percent(25) },
};
