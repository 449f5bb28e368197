/** What the paper markets cost and hold, as data: every number of the simulation is here. */
import type { AssetId, MarketId } from "../../core/ids.ts";
import {
  type Micro,
  micro,
  PRICE_DECIMALS,
  type Price,
  price,
  type Qty,
  qty,
} from "../../core/money.ts";
import { type Ppm, ppm } from "../../core/ppm.ts";
import { HOUR, MINUTE, SECOND } from "../../core/time.ts";
import type { TapeMarket } from "./tape.ts";

/**
 * What one perpetual takes and how it answers to size. Impacts are in 1e-9 of the price ("nano").
 */
export interface MarketParams {
  readonly market: MarketId;
  readonly base: AssetId;
  readonly lot: Qty;
  readonly tick: Price;
  readonly minNotional: Micro;
  readonly maxNotional: Micro;
  readonly takerFee: Ppm;
  /** Half of the spread. */
  readonly halfSpreadNano: bigint;
  /** Notional on one side of the book that moves the price by one basis point. */
  readonly depthPerBp: Micro;
  /** Share of an order's own impact that stays in the price. */
  readonly lastingShare: Ppm;
  /** Half of what stays is gone after this. */
  readonly halfLifeMs: number;
}

/** How orders are carried out. */
export interface ExecutionParams {
  readonly latencyMs: readonly [number, number];
  /** Chance that an order meets only a part of its size at one step. */
  readonly partialChance: number;
  /** Chance that what fills comes as two trades. */
  readonly splitChance: number;
  /** A limit further than this beyond the mark is refused. */
  readonly collar: Ppm;
}

export interface WalletParams {
  readonly faucet: Micro;
  readonly depositMs: readonly [number, number];
  readonly withdrawalMs: readonly [number, number];
}

export const EXECUTION: ExecutionParams = {
  latencyMs: [50, 2_500],
  partialChance: 0.12,
  splitChance: 0.25,
  collar: ppm(100_000),
};

export const WALLET: WalletParams = {
  faucet: micro(1_000_000n),
  depositMs: [1 * SECOND, 5 * SECOND],
  withdrawalMs: [10 * SECOND, 2 * MINUTE],
};

/** Funding is paid at 00:00, 08:00 and 16:00 UTC. */
export const FUNDING_STEP = 8 * HOUR;
/** No trade is booked further than this from the mark. */
export const SLIPPAGE_MAX_NANO = 200_000_000n;

/** lot and tick in 1e-8, depth in USDC per basis point, half spread in nano. */
type Row = readonly [lot: bigint, tick: bigint, depth: bigint, halfSpread: bigint];

/**
 * BTC and ETH: depth and spread are the medians of March and April 2024 in the Hyperliquid book
 * samples (docs/paper-platform.md#sources): half of the depth within 50 bp, spread over both sides,
 * divided by 50. The rest are assumptions, ordered by turnover and meant to be on the thin side.
 */
const TABLE: Readonly<Record<string, Row>> = {
  BTC: [10_000n, 10_000_000n, 23_400n, 7_700n],
  ETH: [100_000n, 1_000_000n, 35_800n, 15_000n],
  BNB: [1_000_000n, 1_000_000n, 8_000n, 80_000n],
  SOL: [1_000_000n, 1_000_000n, 12_000n, 60_000n],
  XRP: [10_000_000n, 10_000n, 6_000n, 100_000n],
  DOGE: [100_000_000n, 1_000n, 6_000n, 100_000n],
  ADA: [100_000_000n, 10_000n, 4_000n, 120_000n],
  AVAX: [1_000_000n, 100_000n, 4_000n, 120_000n],
  LINK: [1_000_000n, 100_000n, 4_000n, 120_000n],
};

/** The power of ten (in 1e-8) at or under a value. */
function powerUnder(value: bigint): bigint {
  let power = 1n;
  while (power * 10n <= value) power *= 10n;
  return power;
}

/** A market that no table names: tick near 1e-5 of its price, lot worth near 1 USDC, thin book. */
function rowFor(first: Price): Row {
  const oneDollar = 10n ** BigInt(PRICE_DECIMALS * 2) / first;
  return [powerUnder(oneDollar), powerUnder(first / 100_000n || 1n), 3_000n, 150_000n];
}

/** The terms of one market of a tape. */
export function paramsOf(facts: TapeMarket): MarketParams {
  const first = facts.prices[0] ?? price(1n);
  const [lot, tick, depth, halfSpreadNano] = TABLE[facts.base] ?? rowFor(first);
  return {
    market: facts.market,
    base: facts.base,
    lot: qty(lot || 1n),
    tick: price(tick),
    minNotional: micro(1_000_000n),
    maxNotional: micro(1_000_000_000_000n),
    takerFee: ppm(500),
    halfSpreadNano,
    depthPerBp: micro(depth * 1_000_000n),
    lastingShare: ppm(300_000),
    halfLifeMs: 10 * MINUTE,
  };
}
