/** The house looks at every account: who is short of margin is closed, and a loss beyond it is paid. */
import { USDC } from "../../core/ids.ts";
import { abs, type Micro, max, micro, min, notional, type Price } from "../../core/money.ts";
import { share } from "../../core/ppm.ts";
import { signOf } from "../../protocol/words.ts";
import { enter, goHome, leave, marketValue, seatEquity } from "./crowd.ts";
import { deleverage, priceFor, tellRanks } from "./deleveraging.ts";
import { gainAt, type HouseParams, type HouseState, maintenanceAt, type Seat } from "./house.ts";
import { ownEquity, ownMaintenance } from "./margin.ts";
import { leaveImpact, markOf } from "./marks.ts";
import { bookOwn, bookTrade, makersTake } from "./trades.ts";
import { flow, type Market, type Position, report, type World } from "./world.ts";

/** One look at everybody, when it is due: the crowd comes, goes and is closed; then we; then the ranks. */
export function stepHouse(world: World): void {
  const { rules, state } = world;
  const { house } = state;
  if (house === undefined || rules.house === undefined || state.at < house.nextAt) return;
  house.nextAt = state.at + rules.house.lookMs;
  for (const seat of house.seats) stepSeat(world, rules.house, house, seat);
  stepOwn(world, rules.house, house);
  const marks = new Map<Market, Price>();
  for (const market of rules.markets.values()) {
    const ours = state.positions.get(market.market)?.qty ?? 0n;
    if (ours !== 0n || house.told.has(market.market)) marks.set(market, markOf(state, market));
  }
  tellRanks(world, marks);
}

function stepSeat(world: World, params: HouseParams, house: HouseState, seat: Seat): void {
  const { rules, state } = world;
  const market = rules.markets.get(seat.market);
  if (market === undefined) return;
  const { at } = state;
  if (seat.position.qty === 0n) {
    if (seat.enterAt <= at) enter(rules, house, seat, crowdMark(world, market), at);
    return;
  }
  const mark = crowdMark(world, market);
  const needed = maintenanceAt(seat.position.qty, mark, params.maintenance);
  if (seatEquity(seat, mark) < needed) liquidateSeat(world, market, mark, seat);
  else if (seat.leaveAt <= at) leave(rules, house, seat, mark, at);
}

const crowdMark = (world: World, market: Market): Price => markOf(world.state, market);

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
  liquidateOwn(world, params, house, { ...largest, equity, maintenance });
}

interface Own {
  readonly market: Market;
  readonly mark: Price;
  readonly held: Position;
  readonly equity: Micro;
  readonly maintenance: Micro;
}

function liquidateOwn(world: World, params: HouseParams, house: HouseState, own: Own): void {
  const { state } = world;
  const { market, mark, held, equity, maintenance } = own;
  const { side, size, value } = marketValue(market, mark, held.qty);
  // What is left of the account when this one is closed; the others stay at their marks.
  const left = equity - gainAt(held, mark) - held.cost - signOf(side) * value;
  house.liquidations += 1;
  const name = `liquidation-${market.market}-${house.liquidations}`;
  const told = { type: "venueLiquidated", name, market: market.market, side, qty: size } as const;
  if (left + house.fund < 0n) {
    const rest = equity - gainAt(held, mark);
    const worth = bankruptcyValue(held, rest);
    bookOwn(world, market, side, size, worth);
    const facts = { notional: worth, price: priceFor(worth, size), mark, equity, maintenance };
    report(world, { ...told, ...facts, fee: micro(0n), covered: micro(0n) });
    return deleverage(world, market, mark, { side, size, value: worth });
  }
  bookOwn(world, market, side, size, value);
  makersTake(house, market.market, side, size, value);
  leaveImpact(state, market, side, value);
  const fee = micro(
    left > 0n ? min(left, share(value, params.liquidationFee, "up") as bigint) : 0n,
  );
  const covered = micro(left < 0n ? -left : 0n);
  flow(state, USDC, "liquidation", -fee);
  flow(state, USDC, "insurance", covered);
  house.fund += fee - covered;
  const price = priceFor(value, size);
  report(world, { ...told, notional: value, price, mark, equity, maintenance, fee, covered });
}
