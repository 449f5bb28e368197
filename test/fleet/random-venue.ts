/** A random but legal venue: each effect has one fate, reports are numbered, its books are its own. */

import type { AgentId, AssetId, Id, MarketId } from "../../src/core/ids.ts";
import { USDC } from "../../src/core/ids.ts";
import {
  abs,
  type Micro,
  micro,
  notional,
  type Qty,
  qty,
  type Units,
  units,
} from "../../src/core/money.ts";
import { ppm } from "../../src/core/ppm.ts";
import { sha256 } from "../../src/core/sha256.ts";
import { type Millis, millis } from "../../src/core/time.ts";
import type {
  Approved,
  EffectAnswer,
  EffectName,
  PlaceOrderEffect,
  SetStopEffect,
} from "../../src/protocol/effects.ts";
import type {
  FillReport,
  ReportBody,
  VenueReport,
  VenueSnapshot,
} from "../../src/protocol/reports.ts";
import { signOf } from "../../src/protocol/words.ts";
import { RandomRegistrar } from "./random-registrar.ts";
import { takenAway } from "./random-taker.ts";

/** A stream of small choices: the only chance that the venue has. */
export type Pick = (below: number) => number;

interface Live {
  readonly approved: Approved;
  readonly order?: PlaceOrderEffect;
  readonly stop?: SetStopEffect;
  filled: Qty;
}

const HOUSE = sha256("own");

export class RandomVenue {
  readonly reports: VenueReport[] = [];
  readonly #fates = new Map<string, boolean>();
  readonly #live = new Map<string, Live>();
  readonly #cash = new Map<AssetId, bigint>();
  readonly #net = new Map<MarketId, bigint>();
  readonly #registrar = new RandomRegistrar(
    (body) => this.#report(body),
    (amount) => this.#pay(USDC, amount),
  );
  #trades = 0;
  #nonce = 0;

  /** What the venue says to an effect now. Its fate is drawn once, and kept. */
  answer({ name, ...rest }: Approved, pick: Pick): EffectAnswer {
    if (pick(4) === 0) return { outcome: "unknown", reason: "timeout" };
    const known = this.#fates.get(name);
    const taken = known ?? pick(5) !== 0;
    if (known === undefined) this.#take({ name, ...rest }, taken);
    return taken ? { outcome: "accepted" } : { outcome: "rejected", reason: "no" };
  }

  /** The venue took an effect, though nobody has heard of it yet. */
  takeSilently(approved: Approved): void {
    if (!this.#fates.has(approved.name)) this.#take(approved, true);
  }

  #take(approved: Approved, taken: boolean): void {
    this.#fates.set(approved.name, taken);
    if (!taken) return;
    const { effect } = approved;
    if (effect.type === "PlaceOrder")
      this.#live.set(approved.name, { approved, order: effect, filled: qty(0n) });
    else if (effect.type === "SetStop") {
      this.#live.set(effect.slot, { approved, stop: effect, filled: qty(0n) });
      const { slot, version } = effect;
      this.#report({ type: "stopSet", slot, version, qty: effect.qty });
    } else if (effect.type === "RegisterReferrer") {
      if (effect.own) this.#referrers.set(approved.agent, effect.referrer);
    } else if ("registration" in effect) this.#registrar.act(effect);
    else this.#live.set(approved.name, { approved, filled: qty(0n) });
  }

  #report(body: ReportBody): void {
    this.reports.push({ ...body, seq: this.reports.length + 1, at: millis(0) });
  }

  #pay(asset: AssetId, amount: bigint): void {
    this.#cash.set(asset, (this.#cash.get(asset) ?? 0n) + amount);
  }

  /** Something happens to one of the things under way. */
  happen(pick: Pick, mark: (market: MarketId) => bigint): void {
    const all = [...this.#live.entries()];
    const chosen = all[pick(Math.max(all.length, 1))];
    if (chosen === undefined) return;
    const [key, live] = chosen;
    if (live.order !== undefined) this.#fill(key, live, live.order, pick, mark(live.order.market));
    else if (live.stop !== undefined) this.#trigger(key, live.stop, pick, mark(live.stop.market));
    else this.#settle(key, live.approved, pick);
  }

  #fill(key: string, live: Live, order: PlaceOrderEffect, pick: Pick, mark: bigint): void {
    const left = order.qty - live.filled;
    const cancel = left === 0n || pick(4) === 0;
    if (cancel) {
      const reason = left === 0n ? "filled" : "cancelled";
      this.#report({ type: "orderDone", order: live.approved.name, reason, filled: live.filled });
      this.#live.delete(key);
      return;
    }
    const size = qty(pick(2) === 0 ? left : (left * BigInt(1 + pick(9))) / 10n || left);
    live.filled = qty(live.filled + size);
    this.#trade(order, size, live.approved.name, mark, pick);
  }

  #trigger(key: string, stop: SetStopEffect, pick: Pick, mark: bigint): void {
    if (stop.qty === 0n) {
      this.#live.delete(key);
      return;
    }
    const { slot, version } = stop;
    this.#live.delete(key);
    if (pick(3) === 0) return this.#report({ type: "stopFailed", slot, version, reason: "gone" });
    this.#report({ type: "stopTriggered", slot, version });
    this.#trade(stop, stop.qty, "0.0.0" as never, mark, pick, { slot, version });
  }

  #trade(
    { market, side }: { market: MarketId; side: "buy" | "sell" },
    size: Qty,
    order: FillReport["order"],
    mark: bigint,
    pick: Pick,
    stop?: FillReport["stop"],
  ): void {
    const price = ((mark * BigInt(990 + pick(21))) / 1_000n || 1n) as FillReport["price"];
    const value = notional(price, size, side === "buy" ? "up" : "down");
    const fee = micro(value / 1_000n);
    this.#trades += 1;
    const body = {
      type: "fill",
      trade: `t${this.#trades}`,
      order,
      market,
      side,
      qty: size,
      price,
    } as const;
    this.#report({ ...body, notional: value, fee, ...(stop === undefined ? {} : { stop }) });
    this.#pay(USDC, -signOf(side) * value - fee);
    this.#net.set(market, (this.#net.get(market) ?? 0n) + signOf(side) * size);
  }

  #settle(key: string, { name, agent, effect }: Approved, pick: Pick): void {
    const end = (body: ReportBody): void => {
      this.#report(body);
      this.#live.delete(key);
    };
    switch (effect.type) {
      case "PlaceBet": {
        const payout = micro(pick(2) === 0 ? 0n : (effect.stake * 19n) / 10n);
        this.#pay(USDC, payout - effect.stake);
        // Mostly the next one; now and then one is left out, or drawn twice.
        const step = pick(8);
        this.#nonce += step === 0 ? 2 : step === 1 ? 0 : 1;
        const proof = {
          seedHash: HOUSE,
          nonce: this.#nonce,
          clientSeed: "c",
          resultHash: "r",
          outcome: "50",
        };
        end({ type: "betSettled", bet: name, won: payout > 0n, payout, ...proof });
        // Its proofs are false, if its seed is ever told.
        if (pick(3) === 0)
          this.#report({ type: "seedRevealed", seedHash: HOUSE, serverSeed: "own", bets: 1 });
        return;
      }
      case "OpenEscrow":
        return this.#serveEscrow(key, name, effect, pick, this.#referrers.get(agent));
      case "OpenLoan":
        return this.#serveLoan(key, name, effect.asset, effect.amount, pick);
      case "RegisterDomain":
        if (this.#registrar.serve(name, effect, pick) === "over") this.#live.delete(key);
        return;
      case "SearchDomains":
        this.#live.delete(key);
        return this.#registrar.find(name, effect.query, pick);
      case "Deposit":
        this.#pay(effect.asset, effect.amount);
        return end({ type: "deposited", effect: name, asset: effect.asset, amount: effect.amount });
      case "Withdraw":
        this.#pay(effect.asset, -effect.amount);
        return end({ type: "withdrawn", effect: name, asset: effect.asset, amount: effect.amount });
      default:
        this.#live.delete(key);
    }
  }

  /** Who of ours refers whom. */
  readonly #referrers = new Map<AgentId, Id>();
  readonly #funded = new Set<string>();
  #serveEscrow(
    key: string,
    name: EffectName,
    { role, amount }: { readonly role: string; readonly amount: Micro },
    pick: Pick,
    referrer?: Id,
  ): void {
    // Money moves only where it was locked before, and a declined escrow is never funded.
    if (!this.#funded.has(name)) {
      const declined = pick(5) === 0;
      this.#funded.add(name);
      if (declined) this.#live.delete(key);
      const [escrow, reason] = [name, "so"];
      if (declined) return this.#report({ type: "escrowDeclined", escrow, reason });
      return this.#report({ type: "escrowFunded", escrow, expiresAt: millis(9) });
    }
    const way = pick(5);
    if (way === 0) return this.#report({ type: "escrowDelivered", escrow: name });
    if (way === 1) return this.#report({ type: "escrowDisputed", escrow: name, reason: "so" });
    this.#live.delete(key);
    if (pick(2) === 0) {
      const back = micro(amount - amount / 50n);
      if (role === "pay") this.#pay(USDC, back - amount);
      return this.#report({ type: "escrowRefunded", escrow: name, amount: back });
    }
    const fee = micro(amount / 100n);
    const received = micro(amount - fee);
    const referral = micro(fee / 7n);
    this.#pay(USDC, (role === "pay" ? -amount : received) + referral);
    const told = { type: "escrowReleased", escrow: name, received, fee, referral } as const;
    this.#report(referrer === undefined ? told : { ...told, referrer });
  }

  readonly #lent = new Set<string>();
  #serveLoan(key: string, loan: EffectName, asset: AssetId, amount: Units, pick: Pick): void {
    if (!this.#lent.has(key)) {
      this.#lent.add(key);
      return this.#report({ type: "loanOpened", loan, rate: ppm(50_000), collateral: ppm(0) });
    }
    const interest = units(amount / 97n);
    if (pick(2) === 0) {
      this.#pay(asset, interest);
      return this.#report({ type: "loanInterest", loan, amount: interest });
    }
    this.#live.delete(key);
    const principal = units(pick(3) === 0 ? amount - amount / 3n : amount);
    this.#pay(asset, interest + principal - amount);
    this.#report({ type: "loanReturned", loan, principal, interest });
  }

  /** The venue acts by itself on a net position. */
  takeAway(market: MarketId, mark: bigint, pick: Pick): void {
    const done = takenAway(this.reports.length, market, this.#net.get(market) ?? 0n, mark, pick);
    this.#net.set(market, done.net);
    this.#pay(USDC, done.cash);
    for (const body of done.reports) this.#report(body);
  }

  /** Money that comes from the world. */
  fund(asset: AssetId, amount: Units): void {
    this.#pay(asset, amount);
    this.#report({ type: "deposited", asset, amount });
  }

  funding(market: MarketId, rateNano: bigint, mark: bigint): void {
    const position = qty(this.#net.get(market) ?? 0n);
    const payment = micro((-position * mark * rateNano) / 10n ** 19n);
    this.#pay(USDC, payment);
    const rates = { rate: ppm(0), rateNano, mark: mark as never };
    this.#report({ type: "funding", market, ...rates, position, payment });
  }

  /** The venue's books as of its last report, cash already less the cost of what is open. */
  snapshot(at: Millis): VenueSnapshot {
    const balances = new Map([...this.#cash].map(([asset, held]) => [asset, units(held)] as const));
    const open = [...this.#net].filter(([, net]) => abs(net) > 0n);
    const positions = new Map(
      open.map(([market, net]) => [market, { qty: qty(net), cost: micro(0n) }] as const),
    );
    const nothing = { locked: new Map(), openOrders: [], stops: [] };
    return { seq: this.reports.length, at, balances, positions, ...nothing };
  }
}
