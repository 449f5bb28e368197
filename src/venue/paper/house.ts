/** The house behind the markets: insurance fund, makers, a crowd of outsiders, and the books of them all. */
import type { MarketId } from "../../core/ids.ts";
import { abs, type Micro, micro, notional, type Price, type Qty, qty } from "../../core/money.ts";
import { type Ppm, ppm, share } from "../../core/ppm.ts";
import { HOUR, MINUTE, SECOND } from "../../core/time.ts";
import type { Flow, Position, State } from "./world.ts";

/** How the house is run. Without one nobody is liquidated, and an account may go below zero. */
export interface HouseParams {
  /** What the insurance fund begins with. */
  readonly fund: Micro;
  /** Who is closed against a bankrupt that the fund cannot pay for. */
  readonly rule: "queue" | "pro-rata";
  /** Margin below which an account is closed, as a part of the value of its positions. */
  readonly maintenance: Ppm;
  /** Of what is closed, to the fund; never more than what is left. */
  readonly liquidationFee: Ppm;
  /** Ms of market time between two looks at every account. */
  readonly lookMs: number;
  /** Outsiders in each market, and how many of a thousand are long. */
  readonly seats: number;
  readonly longsPerMille: number;
  /** Value of their positions, in basis points of the market's depth; small ones are likelier. */
  readonly size: readonly [number, number];
  /** Leverage in tenths; low ones are likelier. */
  readonly leverage: readonly [number, number];
  /** How long they stay, and how long a seat is empty. */
  readonly stayMs: readonly [number, number];
  readonly awayMs: readonly [number, number];
}

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

/** A place in the crowd of one market. It is empty while its position is flat. */
export interface Seat {
  readonly market: MarketId;
  readonly place: number;
  /** How many have sat here before. */
  round: number;
  enterAt: number;
  leaveAt: number;
  cash: bigint;
  readonly position: Position;
}

export interface HouseState {
  fund: bigint;
  /** Fees of trades, ours and the crowd's. */
  income: bigint;
  /** What the fund began with and the crowd brought, less what it took home. */
  deposited: bigint;
  /** The makers take the other side of every order. They are never short of money. */
  makersCash: bigint;
  readonly makers: Map<MarketId, Position>;
  readonly seats: readonly Seat[];
  /** What was last told of our rank, by market. */
  readonly told: Map<MarketId, string>;
  nextAt: number;
  liquidations: number;
  deleveragings: number;
}

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
