/** Funding: every eight hours the net position pays or receives the tape's rate on its value. */
import { USDC } from "../../core/ids.ts";
import { divide, micro, qty } from "../../core/money.ts";
import { ppm } from "../../core/ppm.ts";
import { fundCrowd } from "./crowd.ts";
import { markOf } from "./marks.ts";
import { FUNDING_STEP } from "./params.ts";
import { flow, type Market, report, type World } from "./world.ts";

/** 1e-8 USDC x 1e-8 coin x 1e-9 rate to millionths of USDC. */
const DIVISOR = 10n ** 19n;

export const nextFunding = (world: World): number =>
  (Math.floor(world.state.fundedThrough / FUNDING_STEP) + 1) * FUNDING_STEP;

/** The rate that was last due, in 1e-9, whether or not we had anything to pay it on. */
export const lastRate = ({ state }: World, market: Market): bigint | undefined =>
  market.rates.get(Math.floor(state.at / FUNDING_STEP) * FUNDING_STEP);

/**
 * Pays the funding that is due now.
 *
 * Sign: positive is received. A long pays a positive rate. Formula: -(position x mark x rate).
 * Rounding: floor, against us on both sides. A market without a rate at this time, or without a
 * position, has no payment and no report.
 */
export function stepFunding(world: World): void {
  const { state, rules } = world;
  if (nextFunding(world) > state.at) return;
  state.fundedThrough = state.at;
  for (const market of rules.markets.values()) {
    const rateNano = market.rates.get(state.at);
    const held = state.positions.get(market.market)?.qty ?? qty(0n);
    if (rateNano === undefined) continue;
    const mark = markOf(state, market);
    if (state.house !== undefined) fundCrowd(state.house, market, mark, rateNano);
    if (held === 0n) continue;
    const payment = micro(divide(-held * mark * rateNano, DIVISOR, "floor"));
    flow(state, USDC, "funding", payment);
    if (state.house !== undefined) state.house.makersCash -= payment;
    report(world, {
      type: "funding",
      market: market.market,
      rate: ppm(Number(divide(rateNano, 1_000n, "down"))),
      rateNano,
      mark,
      position: held,
      payment,
    });
  }
}
