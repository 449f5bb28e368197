/** What the house behind the markets keeps: how it is run, who sits in its crowd, and what all hold. */
import type { MarketId } from "../../core/ids.ts";
import type { Micro, Qty } from "../../core/money.ts";
import type { Ppm } from "../../core/ppm.ts";

export interface Position {
  qty: Qty;
  /** Signed sum of the notionals of what is open. */
  cost: Micro;
}

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
