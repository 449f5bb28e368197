/** Double entry: what leaves one account enters another, so every asset always sums to zero. */
import type { AgentId, AssetId } from "../core/ids.ts";
import { USDC } from "../core/ids.ts";
import type { Micro } from "../core/money.ts";
import { micro } from "../core/money.ts";

type Ledger = Map<string, bigint>;
type Books = ReadonlyMap<string, bigint>;

/** What the fleet owns, by where it lies; domains are no cash, they stand for what they cost. */
export const OWN = ["wallet", "bets", "escrow", "loans", "withdrawals", "domains"] as const;
export type OwnAccount = (typeof OWN)[number];

/** Why money came from or went to the world on an agent's account; its sum is the agent's result. */
export const RESULTS = [
  "trading",
  "fees",
  "funding",
  "casino",
  "escrow",
  "interest",
  "domains",
  "dues",
  "transfer",
] as const;
export type ResultKind = (typeof RESULTS)[number];

export const ownAccount = (asset: AssetId, account: OwnAccount): string => `${asset}/${account}`;
/** The world's side of deposits and withdrawals. */
export const worldAccount = (asset: AssetId): string => `${asset}/external`;
export const resultAccount = (asset: AssetId, kind: ResultKind, agent: AgentId): string =>
  `${asset}/external/${kind}/${agent}`;

/** Moves an amount, negative to move it back. */
export function transfer(ledger: Ledger, from: string, to: string, amount: bigint): void {
  if (amount === 0n) return;
  ledger.set(from, (ledger.get(from) ?? 0n) - amount);
  ledger.set(to, (ledger.get(to) ?? 0n) + amount);
}

export const balance = (ledger: Books, account: string): bigint => ledger.get(account) ?? 0n;

export const walletOf = (ledger: Books, asset: AssetId): bigint =>
  balance(ledger, ownAccount(asset, "wallet"));

/** All that the fleet owns of an asset and could count on: withdrawals under way are gone. */
export const ownedOf = (ledger: Books, asset: AssetId): bigint =>
  walletOf(ledger, asset) +
  balance(ledger, ownAccount(asset, "bets")) +
  balance(ledger, ownAccount(asset, "escrow")) +
  balance(ledger, ownAccount(asset, "loans"));

/** Is so much on its way out? What is not cannot arrive or come back. */
export const isLeaving = (law: { readonly ledger: Books }, asset: AssetId, amount: bigint) =>
  amount <= balance(law.ledger, ownAccount(asset, "withdrawals"));

/** Realized result of one agent and kind: positive is a gain. */
export const resultOf = (ledger: Books, asset: AssetId, kind: ResultKind, agent: AgentId): bigint =>
  -balance(ledger, resultAccount(asset, kind, agent));

/** The sum over all accounts of each asset: zero, always. */
export function sums(ledger: Books): ReadonlyMap<string, bigint> {
  const totals = new Map<string, bigint>();
  for (const [account, amount] of ledger) {
    const asset = account.slice(0, account.indexOf("/"));
    totals.set(asset, (totals.get(asset) ?? 0n) + amount);
  }
  return totals;
}

export const isConserved = (ledger: Books): boolean =>
  [...sums(ledger).values()].every((total) => total === 0n);

export const freeCash = (ledger: Books): Micro => micro(walletOf(ledger, USDC));
