/**
 * All that the paper platform knows, and the two ways to change it: an amount moves, a report is
 * made.
 */
import { assert } from "../../core/assert.ts";
import type { AgentId, AssetId, Id, MarketId } from "../../core/ids.ts";
import type { Micro, Price, Qty, Units } from "../../core/money.ts";
import type { Ppm } from "../../core/ppm.ts";
import { millis } from "../../core/time.ts";
import type { EffectName, PlaceBetEffect } from "../../protocol/effects.ts";
import type { ReportBody, VenueReport } from "../../protocol/reports.ts";
import type { Side } from "../../protocol/words.ts";
import type { Path } from "./bridge.ts";
import type { HouseParams, HouseState, Position } from "./house-state.ts";
import type { ExecutionParams, MarketParams, WalletParams } from "./params.ts";

/** Why money came or went. Positive adds to the account. */
export const FLOWS = [
  "deposits",
  "withdrawals",
  "trading",
  "fees",
  "funding",
  "stakes",
  "payouts",
  "escrowPaid",
  "escrowEarned",
  "referrals",
  "interest",
  "domainsPaid",
  "domainsEarned",
  "liquidation",
  "insurance",
] as const;
export type Flow = (typeof FLOWS)[number];

/** One asset's books: what is free, what is locked, and everything that made them so. */
export interface Account {
  free: bigint;
  locked: bigint;
  readonly flows: Record<Flow, bigint>;
}

export interface Order {
  readonly name: EffectName;
  readonly market: MarketId;
  readonly side: Side;
  readonly qty: Qty;
  readonly limit: Price;
  readonly tif: "ioc" | "gtc";
  readonly activeAt: number;
  filled: Qty;
}

export interface Stop {
  readonly name: EffectName;
  readonly slot: string;
  readonly version: number;
  readonly market: MarketId;
  readonly side: Side;
  readonly qty: Qty;
  readonly trigger: Price;
}

export interface Bet {
  readonly name: EffectName;
  readonly game: string;
  readonly stake: Micro;
  readonly params: PlaceBetEffect["params"];
  readonly clientSeed: string;
  readonly nonce: number;
  readonly settleAt: number;
}

export interface Escrow {
  readonly name: EffectName;
  readonly role: "pay" | "earn";
  readonly counterparty: Id;
  readonly amount: Micro;
  readonly referrer: Id | undefined;
  /** The referrer is registered, and an agent of this account: the share is ours, for that one. */
  readonly own: boolean;
  readonly referee: Id | undefined;
  readonly timeoutMs: number;
  /** When it was delivered; undefined until then. */
  deliveredAt: number | undefined;
  phase: "asked" | "funded" | "delivered" | "disputed" | "ended";
  /** When the outsider or the referee acts next; undefined: it never does. */
  actAt: number | undefined;
  act: "fund" | "decline" | "deliver" | "release" | "dispute" | "settle-release" | "settle-refund";
  /** When it falls back to the payer, or is given up unfunded; undefined while disputed. */
  expiresAt: number | undefined;
}

export interface Loan {
  readonly name: EffectName;
  readonly asset: AssetId;
  readonly principal: Units;
  /** Per year. */
  readonly rate: Ppm;
  readonly noticeMs: number;
  paidAt: number;
  nextAt: number;
  /** What the borrower posted: its part of the loan at a price, and when it is looked at next. */
  readonly backing?: { price: Price; readonly ratio: Ppm; nextAt: number };
  /** Numerator of the interest that was too small to pay so far. */
  carried: bigint;
  returnAt: number | undefined;
}

/** A domain of ours, by the name of the effect that registered it. */
export interface Domain {
  readonly name: EffectName;
  readonly domain: Id;
  readonly cost: Micro;
  readonly renewal: Micro;
  phase: "registering" | "owned" | "parked" | "listed" | "grace";
  expiresAt: number;
  /** The notice before the end of its year was given. */
  noticed: boolean;
  asking: Micro;
  /** When the registrar answers, the page pays, or a buyer may look; undefined: nothing is due. */
  nextAt: number | undefined;
}

interface Transfer {
  readonly name: EffectName;
  readonly way: "in" | "out";
  readonly asset: AssetId;
  readonly amount: Units;
  readonly doneAt: number;
}

/** What was answered to a name, for ever. */
export type Settled =
  | { readonly outcome: "accepted" }
  | { readonly outcome: "rejected"; readonly reason: string };

/** Everything that requests and time change. Plain data: maps, arrays, numbers, texts, bigints. */
export interface State {
  /** Market time up to which all is done, epoch ms. */
  at: number;
  reports: number;
  trades: number;
  fundedThrough: number;
  readonly answers: Map<EffectName, Settled>;
  readonly accounts: Map<AssetId, Account>;
  readonly positions: Map<MarketId, Position>;
  /** Notional bought and sold in all, and what is left of our own impact on each price. */
  readonly turnover: { bought: bigint; sold: bigint };
  readonly impacts: Map<MarketId, { readonly nano: bigint; readonly at: number }>;
  readonly orders: Map<EffectName, Order>;
  readonly stops: Map<string, Stop>;
  /** Highest version seen of each slot, removed or triggered ones too. */
  readonly stopVersions: Map<string, number>;
  readonly casino: { index: number; nonce: number; readonly bets: Map<EffectName, Bet> };
  readonly escrows: Map<EffectName, Escrow>;
  /** Who refers whom of ours, registered for good; `own`: another agent of this account. */
  readonly referrers: Map<AgentId, { readonly referrer: Id; readonly own: boolean }>;
  readonly loans: Map<EffectName, Loan>;
  readonly transfers: Map<EffectName, Transfer>;
  /** None: undefined where the platform has no crowd and nobody is liquidated. */
  house: HouseState | undefined;
  readonly domains: Map<EffectName, Domain>;
  /** Names that others bought of us: they are had for good. */
  readonly soldDomains: Map<Id, EffectName>;
}

/** Terms of one market with its path and its funding by time. */
export interface Market extends MarketParams {
  readonly path: Path;
  readonly rates: ReadonlyMap<number, bigint>;
}

/** What does not change. */
export interface Rules {
  readonly seed: string;
  /** The seed as 32 bits, for everything that is not a commitment. */
  readonly chance: number;
  readonly markets: ReadonlyMap<MarketId, Market>;
  readonly assets: ReadonlySet<AssetId>;
  readonly execution: ExecutionParams;
  readonly wallet: WalletParams;
  readonly house: HouseParams | undefined;
  readonly liesEvery: number | undefined;
}

export interface World {
  readonly rules: Rules;
  readonly state: State;
  /** Reports made since they were last taken. */
  readonly fresh: VenueReport[];
}

export function emptyState(at: number): State {
  return {
    at,
    reports: 0,
    trades: 0,
    fundedThrough: at,
    answers: new Map(),
    accounts: new Map(),
    positions: new Map(),
    turnover: { bought: 0n, sold: 0n },
    impacts: new Map(),
    orders: new Map(),
    stops: new Map(),
    stopVersions: new Map(),
    casino: { index: 0, nonce: 0, bets: new Map() },
    escrows: new Map(),
    referrers: new Map(),
    loans: new Map(),
    transfers: new Map(),
    house: undefined,
    domains: new Map(),
    soldDomains: new Map(),
  };
}

/** Makes the next report. Numbers rise by one without gaps; the time is the state's. */
export function report(world: World, body: ReportBody): void {
  world.state.reports += 1;
  world.fresh.push({ ...body, seq: world.state.reports, at: millis(world.state.at) });
}

export function accountOf(state: State, asset: AssetId): Account {
  const known = state.accounts.get(asset);
  if (known !== undefined) return known;
  const flows = Object.fromEntries(FLOWS.map((flow) => [flow, 0n])) as Record<Flow, bigint>;
  const made: Account = { free: 0n, locked: 0n, flows };
  state.accounts.set(asset, made);
  return made;
}

/** Money comes (positive) or goes (negative) for a reason, out of what is free. */
export function flow(state: State, asset: AssetId, why: Flow, amount: bigint): void {
  const account = accountOf(state, asset);
  account.free += amount;
  account.flows[why] += amount;
}

/** Free money is set aside. The caller has checked that there is enough. */
export function lock(state: State, asset: AssetId, amount: bigint): void {
  const account = accountOf(state, asset);
  assert(amount >= 0n && amount <= account.free, "only free money is locked");
  account.free -= amount;
  account.locked += amount;
}

export function unlock(state: State, asset: AssetId, amount: bigint): void {
  const account = accountOf(state, asset);
  assert(amount >= 0n && amount <= account.locked, "only locked money is unlocked");
  account.free += amount;
  account.locked -= amount;
}

/** Locked money leaves for a reason. */
export function spendLocked(state: State, asset: AssetId, why: Flow, amount: bigint): void {
  unlock(state, asset, amount);
  flow(state, asset, why, -amount);
}
