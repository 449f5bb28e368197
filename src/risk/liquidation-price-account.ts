/**
 * Prices of a forced close seen from the whole account: inverse contracts, shared bankruptcy,
 * fills.
 */
import { abs, mulDiv } from "../core/money.ts";
import type { Side } from "./liquidation-price-float.ts";
import {
  finite,
  type Measured,
  negative,
  notFinite,
  notPositive,
  outOfRange,
  refused,
} from "./refusal.ts";

/** A coin-margined (inverse) position: contracts of a fixed value in dollars, margin in coins. */
export interface InverseQuery {
  readonly side: Side;
  /** Position in dollars: contracts x contract value. */
  readonly value: number;
  readonly entry: number;
  /** Wallet balance in coins. */
  readonly balance: number;
  readonly maintenanceRate: number;
  /** Maintenance amount of the bracket, in coins. */
  readonly cum?: number;
  readonly exitRate?: number;
}

/**
 * Liquidation price of an inverse position.
 *
 * Formula:  balance + s C (1/E - 1/P) = C (r + x) / P - cum, solved for P:
 *           P = C (r + x + s) / (balance + cum + s C / E).
 * Refusals: `never-liquidated` for a short with a balance that covers any rise,
 *           `already-liquidated` for a long that no price can save.
 */
export function inverseLiquidationPrice(q: InverseQuery): Measured<number> {
  const fault =
    notFinite({ balance: q.balance, cum: q.cum ?? 0 }) ??
    notPositive("value", q.value) ??
    notPositive("entry", q.entry) ??
    outOfRange("maintenanceRate", q.maintenanceRate, 0, 0.999_999) ??
    outOfRange("exitRate", q.exitRate ?? 0, 0, 0.999_999);
  if (fault) return fault;
  const s = q.side === "long" ? 1 : -1;
  const rate = q.maintenanceRate + (q.exitRate ?? 0);
  if (rate >= 1) return refused("out-of-range", "the rates together must be below 100 %");
  const top = q.value * (rate + s);
  const bottom = q.balance + (q.cum ?? 0) + (s * q.value) / q.entry;
  const price = top / bottom;
  if (bottom !== 0 && price > 0 && Number.isFinite(price)) return finite(price);
  return s === 1
    ? refused("already-liquidated", "no price meets the requirement")
    : refused("never-liquidated", "the balance covers any rise");
}

/**
 * Account totals and the part of them that one (partial) close concerns, in integer quote units.
 */
export interface CloseQuery {
  /** Equity of the account: TNC. */
  readonly netCollateral: bigint;
  /** Maintenance margin of the account, above zero: TMMR. */
  readonly maintenance: bigint;
  /**
   * Change of the position's signed notional by the close: DNNV (negative when a long is closed).
   */
  readonly notionalChange: bigint;
  /** Change of the position's maintenance margin by the close: DMMR, zero or negative. */
  readonly maintenanceChange: bigint;
}

/**
 * What a close may pay or must bring so that each position bears its share of the account's equity.
 *
 * Units:    integer units of the quote currency, signed: received positive.
 * Formula:  -DNNV - TNC |DMMR| / TMMR.
 * Rounding: up, so that closing at the price never draws on the insurance fund.
 * Source:   dYdX v4, x/clob/keeper/liquidations.go, bankruptcy price in quote quantums.
 * Refusals: `out-of-range` for an account without maintenance margin or a close that takes more.
 */
export function bankruptcyQuote(q: CloseQuery): Measured<bigint> {
  if (q.maintenance <= 0n) return refused("out-of-range", "the account has maintenance margin");
  if (q.maintenanceChange > 0n) return refused("out-of-range", "a close frees maintenance margin");
  const part = mulDiv(q.netCollateral, abs(q.maintenanceChange), q.maintenance, "floor");
  return finite(-q.notionalChange - part);
}

/** A position to be liquidated and the account that holds it. */
export interface FillQuery {
  readonly netCollateral: number;
  /** Maintenance margin of the account. */
  readonly maintenance: number;
  /** Signed notional of the position at the oracle price: PNNV. */
  readonly notional: number;
  /** Maintenance margin of the position: PMMR. */
  readonly positionMaintenance: number;
  /** Signed size: PS. */
  readonly size: number;
  /** How fast the spread opens as equity falls below maintenance: BA. */
  readonly bankruptcyAdjustment: number;
  /** Largest spread as a multiple of the position's maintenance margin: SMMR. */
  readonly spreadToMaintenance: number;
}

/**
 * Price at which a liquidation should find a counterparty: the oracle price, worse by a spread that
 * grows with the account's shortfall.
 *
 * Formula: (PNNV - ABR x SMMR x PMMR) / PS, ABR = BA x (1 - TNC / TMMR) held within [0, 1].
 * Source:  dYdX v4, x/clob/keeper/liquidations.go, fillable price.
 * Refusals: `not-finite`, `out-of-range` for size and notional of two signs or a price below zero.
 */
export function fillablePrice(q: FillQuery): Measured<number> {
  const fault =
    notFinite({ netCollateral: q.netCollateral, notional: q.notional, size: q.size }) ??
    notPositive("maintenance", q.maintenance) ??
    negative("positionMaintenance", q.positionMaintenance) ??
    negative("bankruptcyAdjustment", q.bankruptcyAdjustment) ??
    negative("spreadToMaintenance", q.spreadToMaintenance);
  if (fault) return fault;
  if (q.size === 0 || q.size < 0 !== q.notional < 0) {
    return refused("out-of-range", "size and notional have one sign and are not zero");
  }
  const raw = q.bankruptcyAdjustment * (1 - q.netCollateral / q.maintenance);
  const rating = Math.min(1, Math.max(0, raw));
  const price = (q.notional - rating * q.spreadToMaintenance * q.positionMaintenance) / q.size;
  return price >= 0 ? finite(price) : refused("out-of-range", "the spread exceeds the notional");
}
