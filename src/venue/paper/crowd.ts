/** The crowd: outsiders with leverage who come, hold and leave, drawn from the seed. */
import { abs, divide, mulDiv, notional, type Price, qty, qtyFor } from "../../core/money.ts";
import { share } from "../../core/ppm.ts";
import { HOUR } from "../../core/time.ts";
import { type Side, signOf } from "../../protocol/words.ts";
import { flat, gainAt } from "./house.ts";
import type { HouseParams, HouseState, Seat } from "./house-state.ts";
import { notionalFor } from "./marks.ts";
import { between, uniform } from "./random.ts";
import { averagePrice, bookTrade, makersTake, wholeLots } from "./trades.ts";
import type { Market, Rules } from "./world.ts";

const NANO_PER_BP = 100_000n;
/** 1e-8 USDC x 1e-8 coin x 1e-9 rate to millionths of USDC. */
const FUNDING_DIVISOR = 10n ** 19n;

/** A house before anybody has come: seats fill in the first hour. */
export function openHouse(rules: Rules, house: HouseParams, at: number): HouseState {
  const seats: Seat[] = [];
  for (const { market } of rules.markets.values()) {
    for (let place = 0; place < house.seats; place += 1) {
      const enterAt = at + between(0, HOUR, rules.chance, "comes", market, place);
      const times = { round: 0, enterAt, leaveAt: 0 };
      seats.push({ market, place, ...times, cash: 0n, position: flat() });
    }
  }
  return {
    ...{ fund: house.fund, income: 0n, deposited: house.fund, makersCash: 0n },
    ...{ makers: new Map(), seats, told: new Map(), nextAt: at + house.lookMs },
    ...{ liquidations: 0, deleveragings: 0 },
  };
}

/** The side that closes a position. */
export const closingSide = (held: bigint): Side => (held > 0n ? "sell" : "buy");

/** What closing it whole at the market is worth. Rounding: against who closes. */
export function marketValue(market: Market, mark: Price, held: bigint) {
  const side = closingSide(held);
  const size = qty(abs(held));
  const at = averagePrice(market, mark, side, size, 0n);
  return { side, size, at, value: notional(at, size, side === "buy" ? "up" : "down") };
}

/** A whole number from a range, likelier the smaller it is. */
function low(range: readonly [number, number], u: number): number {
  const [from, to] = range;
  return from + Math.floor((to - from) * u * u);
}

/** Somebody sits down: brings margin, opens a position with the makers, pays the fee. */
export function enter(rules: Rules, house: HouseState, seat: Seat, mark: Price, at: number): void {
  const { house: params, chance, markets } = rules;
  const market = markets.get(seat.market);
  if (params === undefined || market === undefined) return;
  const draw = (what: string): number =>
    uniform(chance, "crowd", what, seat.market, seat.place, seat.round);
  const long = draw("side") * 1_000 < params.longsPerMille;
  const side: Side = long ? "buy" : "sell";
  const bp = BigInt(low(params.size, draw("size")));
  const tenths = BigInt(low(params.leverage, draw("leverage")));
  const size = wholeLots(qtyFor(notionalFor(market, bp * NANO_PER_BP), mark, "down"), market);
  seat.round += 1;
  seat.leaveAt = at + low(params.stayMs, draw("stays"));
  if (size <= 0n) {
    seat.enterAt = seat.leaveAt;
    return;
  }
  const value = notional(mark, size, side === "buy" ? "up" : "down");
  const fee = share(value, market.takerFee, "up");
  const margin = mulDiv(value, 10n, tenths, "up");
  house.deposited += margin + fee;
  seat.cash = margin + bookTrade(seat.position, side, size, value);
  makersTake(house, market.market, side, size, value);
  house.income += fee;
}

/** What is left is taken home, and the seat is empty for a while. */
export function goHome(rules: Rules, house: HouseState, seat: Seat, at: number): void {
  house.deposited -= seat.cash;
  seat.cash = 0n;
  const away = rules.house?.awayMs ?? [HOUR, HOUR];
  seat.enterAt = at + low(away, uniform(rules.chance, "away", seat.market, seat.place, seat.round));
}

/** Closes at the market and goes, if that leaves anything; else it stays. */
export function leave(rules: Rules, house: HouseState, seat: Seat, mark: Price, at: number): void {
  const market = rules.markets.get(seat.market);
  if (market === undefined) return;
  const { side, size, value } = marketValue(market, mark, seat.position.qty);
  const fee = share(value, market.takerFee, "up");
  if (seat.cash - seat.position.cost - signOf(side) * value - fee < 0n) return;
  seat.cash += bookTrade(seat.position, side, size, value) - fee;
  house.income += fee;
  makersTake(house, market.market, side, size, value);
  goHome(rules, house, seat, at);
}

/** What a seat is worth at a price. Rounding: down. */
export const seatEquity = (seat: Seat, mark: Price): bigint =>
  seat.cash + gainAt(seat.position, mark);

/** The crowd pays and gets funding; the makers stand on the other side. Rounding: down, as ours. */
export function fundCrowd(house: HouseState, market: Market, mark: Price, rateNano: bigint): void {
  for (const seat of house.seats) {
    if (seat.market !== market.market || seat.position.qty === 0n) continue;
    const payment = divide(-seat.position.qty * mark * rateNano, FUNDING_DIVISOR, "floor");
    seat.cash += payment;
    house.makersCash -= payment;
  }
}
