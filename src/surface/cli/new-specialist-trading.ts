/** A new specialist that trades: it buys a dip. The tutorial shows it whole. */
import type { Template } from "./new-specialist-template.ts";

const CONFIG = `/** What it can be told: strict, with defaults, so that {} is a whole config. */
import { z } from "zod";

export const config = z.strictObject({
  /** The one market that it trades. */
  market: z.string().default("btc-perp"),
  /** Size of its position, in USDC at the mark. */
  size: z.number().min(1).max(100_000).default(60),
  /** How far below its average the mark must be to buy, 0.0005 is 0.05 %. */
  dip: z.number().min(0).max(1).default(0.0005),
  /** Half-life of the average, in looks. */
  halfLife: z.number().min(1).max(10_000).default(10),
  /** Looks before it trades at all. */
  warmup: z.number().int().min(1).max(10_000).default(5),
  /** Times the margin that an order may move; the delegation's bound holds as well. */
  leverage: z.number().min(1).max(50).default(2),
  /** Wait between two looks, in ms. */
  intervalMs: z.number().int().min(100).max(3_600_000).default(1_000),
  /** After a refusal it asks for nothing new for this, in ms. */
  coolMs: z.number().int().min(0).max(3_600_000).default(10_000),
});

export type Config = z.output<typeof config>;
`;

const STRATEGY = `/** Buys when the mark dips below its average, sells when it is back. Pure. */
import {
  type AgentView,
  amounts,
  type Decision,
  type Intent,
  type MarketView,
  type StrategyContext,
} from "flotilla";
import type { Config } from "./config.js";

/** Lost at a restart: what must outlive one is in the view. */
export interface Memory {
  readonly looks: number;
  readonly average: number;
  readonly coolUntil: number;
}

export const begin = (): Memory => ({ looks: 0, average: 0, coolUntil: 0 });

type Context = StrategyContext<Config>;

export function strategy(view: AgentView, memory: Memory, context: Context): Decision<Memory> {
  const { config } = context;
  const market = view.markets.find((one) => one.market === config.market);
  if (market === undefined || market.mark === "") {
    return { intents: [], memory, rest: "no mark of " + config.market };
  }
  const mark = Number(market.mark);
  const next = learned(memory, mark, context);
  const held = view.positions.find((one) => one.market === config.market);
  const busy = view.orders.some((one) => one.market === config.market);
  if (busy) return { intents: [], memory: next };
  if (held !== undefined && Number(held.qty) !== 0) {
    const over = context.stance === "reduce" || mark >= next.average;
    return { intents: over ? [sell(held.qty, context)] : [], memory: next };
  }
  if (context.stance === "reduce") return { intents: [], memory: next, rest: context.why };
  const low = next.looks > config.warmup && mark < next.average * (1 - config.dip);
  if (!low || context.now < next.coolUntil) return { intents: [], memory: next, rest: "no dip" };
  const order = buy(view, market, context);
  return order === undefined
    ? { intents: [], memory: next, rest: "too little margin for an order" }
    : { intents: [order], memory: next };
}

/** Statistics are floats; nothing made of them becomes money but by a named function. */
function learned(memory: Memory, mark: number, { config, now, outcomes }: Context): Memory {
  const weight = 1 - 0.5 ** (1 / config.halfLife);
  const average = memory.looks === 0 ? mark : memory.average + weight * (mark - memory.average);
  const refused = outcomes.some((outcome) => !outcome.ok);
  const coolUntil = refused ? now + config.coolMs : memory.coolUntil;
  return { looks: memory.looks + 1, average, coolUntil };
}

/** As much as it is told, as its margin covers with some to spare, and as the market takes. */
function buy(view: AgentView, market: MarketView, context: Context): Intent | undefined {
  const { config, name } = context;
  const held = view.delegation;
  if (held === undefined) return undefined;
  const most = Math.min(config.leverage, held.maxLeverage / 1e6, market.maxLeverage / 1e6);
  // The hold is counted at the worst price of the collar, with fees: it is above the mark's margin.
  const covered = Number(held.available) * 0.8 * most;
  const value = amounts.usdcFrom(Math.min(config.size, covered, Number(market.maxNotional)));
  const price = amounts.priceOf(market.mark);
  const qty = amounts.floorToLot(amounts.qtyFor(value, price, "down"), amounts.qtyOf(market.lot));
  const worth = amounts.notional(price, qty, "down");
  if (qty <= 0n || worth < amounts.usdcOf(market.minNotional)) return undefined;
  return {
    command: "PlaceOrder",
    body: {
      order: name("o"),
      market: market.market,
      side: "buy",
      qty: amounts.formatQty(qty),
      leverage: Math.floor(most * 1e6),
      note: "the mark dipped below its average",
    },
  };
}

/** Reducing is never refused for want of margin. */
function sell(qty: string, { config, name }: Context): Intent {
  const short = qty.startsWith("-");
  const body = { order: name("o"), market: config.market, reduceOnly: true } as const;
  return {
    command: "PlaceOrder",
    body: { ...body, side: short ? "buy" : "sell", qty: short ? qty.slice(1) : qty },
  };
}
`;

const specialist = (
  name: string,
): string => `/** The specialist: its name, service, config and strategy. */
import { defineSpecialist } from "flotilla";
import { type Config, config } from "./config.js";
import { begin, type Memory, strategy } from "./strategy.js";

export const specialist = defineSpecialist<Config, Memory>({
  name: "${name}",
  service: "trading",
  config,
  begin,
  strategy,
  intervalMs: (given) => given.intervalMs,
  // Looks at once when an order of its own is done.
  wakeOn: ["OrderFilled", "OrderRejected", "OrderCancelled"],
});
`;

const TEST = `/** The conformance suite, and what is its own. */
import { describeSpecialist, MemoryFleet, sampleMarket, sampleView } from "flotilla";
import { describe, expect, test } from "vitest";
import { config } from "../src/config.js";
import { specialist } from "../src/specialist.js";
import { begin, strategy } from "../src/strategy.js";

describeSpecialist({ describe, test }, specialist);

const view = (mark: string) =>
  sampleView("trading", { markets: [sampleMarket("btc-perp", mark)] });
const context = (over: object = {}) => ({
  ...{ config: config.parse({}), now: 0, stance: "run" as const, why: "", outcomes: [] },
  ...{ marks: new Map(), random: { next: () => 0, int: () => 0, text: () => "" } },
  name: (kind: string) => kind + "-1",
  ...over,
});

test("it buys a dip, after its warm-up", () => {
  const known = { looks: 9, average: 60_000, coolUntil: 0 };
  const [order] = strategy(view("59000"), known, context()).intents;
  expect(order).toMatchObject({ command: "PlaceOrder", body: { side: "buy", qty: "0.001" } });
  expect(strategy(view("59000"), begin(), context()).intents).toEqual([]);
});

test("refused, it asks for nothing new for a while", () => {
  const known = { looks: 9, average: 60_000, coolUntil: 5_000 };
  expect(strategy(view("59000"), known, context()).intents).toEqual([]);
});

test("the fleet in memory is there for tests of one's own", () => {
  expect(new MemoryFleet({ view: view("60000"), now: () => 0 }).taken).toEqual([]);
});
`;

export const TRADING: Template = {
  does: "buys `market` when its mark dips below its average, and sells when it is back",
  ...{ config: CONFIG, strategy: STRATEGY, specialist, test: TEST },
  grant: "--cap 200 --services trading --max-leverage 2x",
};
