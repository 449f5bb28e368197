/**
 * Shared words of the venue tests: a small tape, a clock that the test moves, effects in short
 * form.
 */
import { expect } from "vitest";
import { type AgentId, agentId, assetId, id, marketId } from "../../src/core/ids.ts";
import { micro, parseDecimal, price, qty, units } from "../../src/core/money.ts";
import type { Approved, Effect, EffectName } from "../../src/protocol/effects.ts";
import type { ReportBody, VenueReport } from "../../src/protocol/reports.ts";
import { statementOf } from "../../src/venue/paper/books.ts";
import type { Clock } from "../../src/venue/paper/clock.ts";
import { advance, request, takeReports } from "../../src/venue/paper/engine.ts";
import { type Tape, tapeOf } from "../../src/venue/paper/tape.ts";
import type { World } from "../../src/venue/paper/world.ts";

export const T0 = Date.parse("2024-04-06T00:00:00Z");
export const BTC = marketId("btc-perp");
export const USD = assetId("USDC");
export const AGENT: AgentId = agentId("trading-1");

const decimal = (text: string, decimals: number): bigint => {
  const value = parseDecimal(text, decimals);
  if (value === undefined) throw new Error(`a test writes a bad number ${text}`);
  return value;
};
export const usd = (text: string) => micro(decimal(text, 6));
export const usdUnits = (text: string) => units(decimal(text, 6));
export const coins = (text: string) => qty(decimal(text, 8));
export const at = (text: string) => price(decimal(text, 8));

/** One market at given prices, half an hour apart; funding of one basis point every eight hours. */
export function smallTape(prices: readonly string[], stepMs = 1_800_000): Tape {
  const times = prices.map((_, i) => T0 + i * stepMs);
  const funding = [1, 2, 3].map((i) => ({ at: T0 + i * 28_800_000, rateNano: 100_000n }));
  const facts = { market: BTC, base: assetId("BTC"), times, prices: prices.map(at), funding };
  return tapeOf("small", [facts], "small");
}

/** The same price for a day: nothing moves but by our own hand. */
export const flatTape = (text = "60000"): Tape => smallTape(Array(49).fill(text));

/** Orders that always fill whole, at once, in one trade. */
export const PLAIN = { partialChance: 0, splitChance: 0, latencyMs: [1, 1] } as const;
/** Transfers that arrive at the next step. */
export const SOON = { depositMs: [1, 1], withdrawalMs: [1, 1] } as const;

let names = 0;
export function approved<E extends Effect>(effect: E, name?: string): Approved<E> {
  names += 1;
  return { name: (name ?? `9.${names}.0`) as EffectName, agent: AGENT, effect };
}

export const buy = (size: string, limit: string, tif: "ioc" | "gtc" = "ioc", market = BTC) =>
  ({ type: "PlaceOrder", market, side: "buy", qty: coins(size), limit: at(limit), tif }) as const;
export const sell = (size: string, limit: string, tif: "ioc" | "gtc" = "ioc", market = BTC) =>
  ({ type: "PlaceOrder", market, side: "sell", qty: coins(size), limit: at(limit), tif }) as const;
export const stop = (
  version: number,
  size: string,
  trigger: string,
  side: "buy" | "sell" = "sell",
) =>
  ({
    type: "SetStop",
    slot: "trading-1/btc-perp",
    version,
    market: BTC,
    side,
    qty: coins(size),
    trigger: at(trigger),
  }) as const;
export const depositOf = (text: string) =>
  ({ type: "Deposit", asset: USD, amount: usdUnits(text) }) as const;
export const withdrawOf = (text: string) =>
  ({ type: "Withdraw", asset: USD, amount: usdUnits(text), to: id("me") }) as const;

/** Asks, lets some market time pass, and returns what was reported. */
export function ask(world: World, effect: Effect, ms = 1_000): readonly VenueReport[] {
  const answer = request(world, approved(effect));
  if (answer.outcome === "rejected") throw new Error(`rejected: ${answer.reason}`);
  return pass(world, ms);
}

export function pass(world: World, ms: number): readonly VenueReport[] {
  advance(world, world.state.at + ms);
  return takeReports(world);
}

export const only = <T extends ReportBody["type"]>(reports: readonly VenueReport[], type: T) =>
  reports.filter((r): r is Extract<VenueReport, { type: T }> => r.type === type);

/** A clock that stands until the test moves it; sleepers wake in order as their time comes. */
export class HandClock implements Clock {
  #now = 0;
  #sleepers: { at: number; wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      this.#sleepers.push({ at: this.#now + ms, wake: resolve });
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  move(ms: number): void {
    this.#now += ms;
    const due = this.#sleepers.filter((sleeper) => sleeper.at <= this.#now);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.at > this.#now);
    for (const sleeper of due) sleeper.wake();
  }
}

/** Every unit of every asset is explained by the flows. */
export function explained(world: World): void {
  const statement = statementOf(world.state);
  for (const { asset, free, locked, flows } of statement.assets) {
    const sum = Object.values(flows).reduce((a, b) => a + b, 0n);
    expect(free + locked, asset).toBe(sum);
    expect(locked).toBeGreaterThanOrEqual(0n);
  }
  const usdc = statement.assets.find((a) => a.asset === USD);
  expect(usdc?.flows.trading).toBe(statement.sold - statement.bought + statement.openCost);
}
