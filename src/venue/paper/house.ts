/** The house behind the markets: insurance fund, makers, a crowd of outsiders, and the books of them all. */
import type { MarketId } from "../../core/ids.ts";
import { abs, type Micro, micro, notional, type Price, type Qty, qty } from "../../core/money.ts";
import { type Ppm, ppm, share } from "../../core/ppm.ts";
import { HOUR, MINUTE, SECOND } from "../../core/time.ts";
import type { HouseParams, Position } from "./house-state.ts";
import type { Flow, State } from "./world.ts";

export const HOUSE: HouseParams = {
  fund: micro(50_000_000_000n),
  rule: "queue",
  maintenance: ppm(5_000),
  liquidationFee: ppm(5_000),
  lookMs: 10 * SECOND,
  seats: 12,
  longsPerMille: 500,
  size: [2, 180],
  leverage: [20, 400],
  stayMs: [1 * HOUR, 48 * HOUR],
  awayMs: [5 * MINUTE, 4 * HOUR],
};

export const flat = (): Position => ({ qty: qty(0n), cost: micro(0n) });

/** Gain of a position at a price. Rounding: down. */
export const gainAt = ({ qty: held, cost }: Position, mark: Price): bigint =>
  notional(mark, held, "floor") - cost;

/** What a position needs at least. Rounding: up. */
export const maintenanceAt = (held: Qty, mark: Price, part: Ppm): Micro =>
  share(notional(mark, abs(held), "ceil"), part, "ceil");

/** Money of ours that perpetuals moved. */
const OURS: readonly Flow[] = ["trading", "fees", "funding", "liquidation", "insurance"];

/** What the house tells of itself. `off` is what its books are out of balance by: nothing, ever. */
export interface HouseStatement {
  readonly fund: bigint;
  readonly income: bigint;
  readonly deposited: bigint;
  readonly makers: bigint;
  readonly crowd: bigint;
  readonly ours: bigint;
  readonly seated: number;
  readonly liquidations: number;
  readonly deleveragings: number;
  readonly off: bigint;
  /** Contracts of all accounts together, by market: zero each. */
  readonly open: ReadonlyMap<MarketId, bigint>;
}

/**
 * The books of everybody: cash less the cost of what is open, of us, the crowd and the makers, with the
 * fund and the income, is what was brought. None: undefined where there is no house.
 */
export function houseBooks(state: State): HouseStatement | undefined {
  const { house } = state;
  if (house === undefined) return undefined;
  const open = new Map<MarketId, bigint>();
  const worth = (positions: Iterable<readonly [MarketId, Position]>): bigint => {
    let cost = 0n;
    for (const [market, held] of positions) {
      cost += held.cost;
      open.set(market, (open.get(market) ?? 0n) + held.qty);
    }
    return -cost;
  };
  let ours = worth(state.positions);
  for (const [asset, { flows }] of state.accounts) {
    if (asset === "USDC") for (const why of OURS) ours += flows[why];
  }
  const makers = house.makersCash + worth(house.makers);
  let crowd = worth(house.seats.map((seat) => [seat.market, seat.position] as const));
  for (const seat of house.seats) crowd += seat.cash;
  const { fund, income, deposited, liquidations, deleveragings } = house;
  return {
    ...{ fund, income, deposited, makers, crowd, ours, liquidations, deleveragings, open },
    seated: house.seats.filter((seat) => seat.position.qty !== 0n).length,
    off: ours + crowd + makers + fund + income - deposited,
  };
}
