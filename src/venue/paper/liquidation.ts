/** The house looks at every account: who is short of margin is closed, and a loss beyond it is paid. */
import { type MarketId, USDC } from "../../core/ids.ts";
import {
  abs,
  type Micro,
  max,
  micro,
  min,
  notional,
  type Price,
  type Qty,
  qty,
} from "../../core/money.ts";
import { share } from "../../core/ppm.ts";
import { signOf } from "../../protocol/words.ts";
import { enter, goHome, leave, marketValue, seatEquity } from "./crowd.ts";
import { deleverage, priceFor, tellRanks } from "./deleveraging.ts";
import { gainAt, maintenanceAt } from "./house.ts";
import type { HouseParams, HouseState, Position, Seat } from "./house-state.ts";
import { ownEquity, ownMaintenance } from "./margin.ts";
import { leaveImpact, markOf } from "./marks.ts";
import { bookOwn, bookTrade, makersTake } from "./trades.ts";
import { flow, type Market, report, type World } from "./world.ts";

/** One look at everybody, when it is due: the crowd comes, goes and is closed; then we; then the ranks. */
export function stepHouse(world: World): void {
  const { rules, state } = world;
  const { house } = state;
  if (house === undefined || rules.house === undefined || state.at < house.nextAt) return;
  house.nextAt = state.at + rules.house.lookMs;
  const now = new Map<MarketId, Price>();
  for (const market of rules.markets.values()) now.set(market.market, markOf(state, market));
  for (const seat of house.seats) {
    const mark = now.get(seat.market);
    if (mark !== undefined) stepSeat(world, rules.house, house, seat, mark);
  }
  stepOwn(world, rules.house, house);
  const marks = new Map<Market, Price>();
  for (const market of rules.markets.values()) {
    const ours = state.positions.get(market.market)?.qty ?? 0n;
    if (ours !== 0n || house.told.has(market.market)) marks.set(market, markOf(state, market));
  }
  tellRanks(world, marks);
}

function stepSeat(
  world: World,
  params: HouseParams,
  house: HouseState,
  seat: Seat,
  mark: Price,
): void {
  const { rules, state } = world;
  const { at } = state;
  if (seat.position.qty === 0n) {
    if (seat.enterAt <= at) enter(rules, house, seat, mark, at);
    return;
  }
  const market = rules.markets.get(seat.market);
  const needed = maintenanceAt(seat.position.qty, mark, params.maintenance);
  if (market !== undefined && seatEquity(seat, mark) < needed) {
    liquidateSeat(world, market, mark, seat);
  } else if (seat.leaveAt <= at) leave(rules, house, seat, mark, at);
}

/** The value at which closing a position leaves its account with nothing. At least zero. */
const bankruptcyValue = (position: Position, cash: bigint): Micro =>
  max(micro(position.qty > 0n ? position.cost - cash : cash - position.cost), micro(0n));

/**
 * Closes a seat at the market, and leaves nothing in the price: what the crowd really did is in the
 * tape. Beyond its margin the fund pays; beyond the fund, it is closed against the other side.
 */
function liquidateSeat(world: World, market: Market, mark: Price, seat: Seat): void {
  const { rules, state } = world;
  const { house } = state;
  if (house === undefined || rules.house === undefined) return;
  const { side, size, value } = marketValue(market, mark, seat.position.qty);
  const left = seat.cash - seat.position.cost - signOf(side) * value;
  house.liquidations += 1;
  if (left + house.fund < 0n) {
    const worth = bankruptcyValue(seat.position, seat.cash);
    const bankrupt = { side, size, value: worth };
    seat.cash += bookTrade(seat.position, side, size, worth);
    deleverage(world, market, mark, bankrupt);
  } else {
    seat.cash += bookTrade(seat.position, side, size, value);
    makersTake(house, market.market, side, size, value);
    const fee = left > 0n ? min(left, share(value, rules.house.liquidationFee, "up")) : left;
    seat.cash -= fee;
    house.fund += fee;
  }
  goHome(rules, house, seat, state.at);
}

/** Our own account: open orders go first, then the largest position, one at each look. */
function stepOwn(world: World, params: HouseParams, house: HouseState): void {
  const { rules, state } = world;
  const open = [...state.positions].filter(([, held]) => held.qty !== 0n);
  if (open.length === 0) return;
  const equity = ownEquity(rules, state);
  const maintenance = ownMaintenance(rules, state);
  if (equity >= maintenance) return;
  for (const { name, filled } of [...state.orders.values()]) {
    state.orders.delete(name);
    report(world, { type: "orderDone", order: name, reason: "cancelled", filled });
  }
  const largest = open
    .flatMap(([id, held]) => {
      const market = rules.markets.get(id);
      if (market === undefined) return [];
      const mark = markOf(state, market);
      return [{ market, mark, held, value: notional(mark, abs(held.qty), "down") }];
    })
    .sort((a, b) => (a.value !== b.value ? (a.value > b.value ? -1 : 1) : 0))[0];
  if (largest === undefined) return;
  const size = qty(abs(largest.held.qty));
  liquidateOwn(world, params, house, { ...largest, size, equity, maintenance });
}

interface Own {
  readonly market: Market;
  readonly mark: Price;
  readonly held: Position;
  /** What of it is closed. */
  readonly size: Qty;
  /** Of the whole account, before it. */
  readonly equity: Micro;
  readonly maintenance: Micro;
}

/** Closes what it is told of our position at the market, or, where that leaves less than nothing that the
 * fund does not pay, whole at the price where nothing is left. */
export function liquidateOwn(world: World, params: HouseParams, house: HouseState, own: Own): void {
  const { state } = world;
  const { market, mark, held, equity, maintenance } = own;
  const signed = qty(held.qty > 0n ? own.size : -own.size);
  const { side, size, value } = marketValue(market, mark, signed);
  // What is left of the account when this is closed; the rest stays at its marks.
  const left = equity - notional(mark, signed, "floor") - signOf(side) * value;
  house.liquidations += 1;
  const name = `liquidation-${market.market}-${house.liquidations}`;
  const told = { type: "venueLiquidated", name, market: market.market, side, mark } as const;
  const judged = { equity, maintenance };
  if (left + house.fund < 0n) {
    const all = qty(abs(held.qty));
    const worth = bankruptcyValue(held, equity - gainAt(held, mark));
    bookOwn(world, market, side, all, worth);
    const price = priceFor(worth, all);
    const free = { fee: micro(0n), covered: micro(0n) };
    report(world, { ...told, ...judged, ...free, qty: all, notional: worth, price });
    return deleverage(world, market, mark, { side, size: all, value: worth });
  }
  bookOwn(world, market, side, size, value);
  makersTake(house, market.market, side, size, value);
  leaveImpact(state, market, side, value);
  const most = share(value, params.liquidationFee, "up");
  const fee = max(min(micro(left), most), micro(0n));
  const covered = max(micro(-left), micro(0n));
  flow(state, USDC, "liquidation", -fee);
  flow(state, USDC, "insurance", covered);
  house.fund += fee - covered;
  const price = priceFor(value, size);
  report(world, { ...told, ...judged, qty: size, notional: value, price, fee, covered });
}
