/** The doors of the account: faucet, deposits, withdrawals. */
import { type AssetId, USDC } from "../../core/ids.ts";
import { notional, units } from "../../core/money.ts";
import type { Approved, Effect } from "../../protocol/effects.ts";
import { markOf } from "./marks.ts";
import type { Refusal } from "./orders.ts";
import { between } from "./random.ts";
import { accountOf, flow, lock, report, spendLocked, type World } from "./world.ts";

type DepositEffect = Extract<Effect, { readonly type: "Deposit" }>;
type WithdrawEffect = Extract<Effect, { readonly type: "Withdraw" }>;

/** The gift to a new account: a deposit that no effect asked for, once. */
export function openFaucet(world: World): void {
  const amount = world.rules.wallet.faucet;
  if (amount <= 0n) return;
  flow(world.state, USDC, "deposits", amount);
  report(world, { type: "deposited", asset: USDC, amount: units(amount) });
}

/**
 * What may leave the account: free money, less the loss that open positions show at their marks.
 */
export function spendable(world: World, asset: AssetId): bigint {
  const { state, rules } = world;
  const free = accountOf(state, asset).free;
  if (asset !== USDC) return free;
  let unrealized = 0n;
  for (const [id, held] of state.positions) {
    const market = rules.markets.get(id);
    if (market === undefined || held.qty === 0n) continue;
    unrealized += notional(markOf(state, market), held.qty, "floor") - held.cost;
  }
  return unrealized < 0n ? free + unrealized : free;
}

export function deposit(world: World, { name, effect }: Approved<DepositEffect>): Refusal {
  const { state, rules } = world;
  if (!rules.assets.has(effect.asset)) return "unknown asset";
  if (effect.amount <= 0n) return "amount is not above zero";
  const [from, to] = rules.wallet.depositMs;
  const doneAt = state.at + between(from, to, rules.chance, "deposit", name);
  const { asset, amount } = effect;
  state.transfers.set(name, { name, way: "in", asset, amount, doneAt });
  return undefined;
}

export function withdraw(world: World, { name, effect }: Approved<WithdrawEffect>): Refusal {
  const { state, rules } = world;
  if (!rules.assets.has(effect.asset)) return "unknown asset";
  if (effect.amount <= 0n) return "amount is not above zero";
  if (effect.amount > spendable(world, effect.asset)) return "insufficient balance";
  lock(state, effect.asset, effect.amount);
  const [from, to] = rules.wallet.withdrawalMs;
  const doneAt = state.at + between(from, to, rules.chance, "withdrawal", name);
  const { asset, amount } = effect;
  state.transfers.set(name, { name, way: "out", asset, amount, doneAt });
  return undefined;
}

/** Completes the transfers that are due. */
export function stepTransfers(world: World): void {
  const { state } = world;
  for (const { name, way, asset, amount, doneAt } of [...state.transfers.values()]) {
    if (doneAt > state.at) continue;
    state.transfers.delete(name);
    if (way === "in") {
      flow(state, asset, "deposits", amount);
      report(world, { type: "deposited", effect: name, asset, amount });
    } else {
      spendLocked(state, asset, "withdrawals", amount);
      report(world, { type: "withdrawn", effect: name, asset, amount });
    }
  }
}
