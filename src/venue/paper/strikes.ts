/** What a test may make the venue do to our account at any moment: the very acts that a crash brings about. */
import { abs, divide, mulDiv, notional, type Price, type Qty, qty } from "../../core/money.ts";
import type { Ppm } from "../../core/ppm.ts";
import { closingSide } from "./crowd.ts";
import { takeOwn } from "./deleveraging.ts";
import type { Position } from "./house-state.ts";
import { liquidateOwn } from "./liquidation.ts";
import { ownEquity, ownMaintenance } from "./margin.ts";
import { markOf } from "./marks.ts";
import { makersTake } from "./trades.ts";
import type { Market, World } from "./world.ts";

export type Strike = "deleverage" | "liquidate";

/** How far from the mark a bankrupt's price is, in a hundred. */
const AWAY = 2n;

interface Struck {
  readonly market: Market;
  readonly mark: Price;
  readonly held: Position;
  readonly size: Qty;
}

/** A part of our largest position, at least a lot. None: undefined while we hold nothing. */
function struck({ rules, state }: World, part: Ppm): Struck | undefined {
  const open = [...state.positions].flatMap(([id, held]) => {
    const market = rules.markets.get(id);
    if (market === undefined || held.qty === 0n) return [];
    const mark = markOf(state, market);
    return [{ market, mark, held, value: notional(mark, abs(held.qty), "down") }];
  });
  const largest = open.sort((a, b) => (a.value !== b.value ? (a.value > b.value ? -1 : 1) : 0))[0];
  if (largest === undefined) return undefined;
  const { market, mark, held } = largest;
  const whole = abs(held.qty);
  const lots = divide(mulDiv(whole, BigInt(part), 1_000_000n, "down"), market.lot, "down");
  const size = lots === 0n ? market.lot : lots * market.lot;
  return { market, mark, held, size: size < whole ? qty(size) : whole };
}

/** Strikes our largest position, with the makers on the other side. False while there is none, or no house. */
export function strike(world: World, kind: Strike, part: Ppm): boolean {
  const { rules, state } = world;
  const { house } = state;
  const found = struck(world, part);
  if (found === undefined || house === undefined || rules.house === undefined) return false;
  const { market, mark, held, size } = found;
  if (kind === "liquidate") {
    const equity = ownEquity(rules, state);
    const maintenance = ownMaintenance(rules, state);
    liquidateOwn(world, rules.house, house, { market, mark, held, size, equity, maintenance });
    return true;
  }
  const side = closingSide(held.qty);
  const worse = side === "buy" ? 100n + AWAY : 100n - AWAY;
  const value = notional(((mark * worse) / 100n) as Price, size, side === "buy" ? "up" : "down");
  house.deleveragings += 1;
  takeOwn(world, market, mark, { side, size, value });
  makersTake(house, market.market, side, size, value);
  return true;
}
