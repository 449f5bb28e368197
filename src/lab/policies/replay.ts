/** October 2025 through the real coordinator and the paper platform: the demo's fleet, closed by a rule. */
import { must } from "../../core/assert.ts";
import { agentId, marketId } from "../../core/ids.ts";
import { PRICE_DECIMALS, price, toFloat, USDC_DECIMALS } from "../../core/money.ts";
import { MINUTE } from "../../core/time.ts";
import { equityOf } from "../../fleet/totals.ts";
import type { SimpleRule } from "../../liquidation/rules.ts";
import type { PublicEvent } from "../../protocol/public.ts";
import type { FleetFile } from "../../runtime/fleet-file.ts";
import { type Tape, tapeOf } from "../../venue/paper/tape.ts";
import { type Act, type Cue, fileOf } from "../tour/act.ts";
import { opens } from "../tour/asks.ts";
import { Stage } from "../tour/stage.ts";
import type { Window } from "./windows.ts";

/** The demo is too small for any market to feel it: deposits, caps and order sizes are so many times. */
const SCALE = 100;
/** The trading agent holds equal parts of these, opened in so many orders each, a quarter of an hour apart. */
const COINS = ["BTC", "ETH", "BNB", "XRP"] as const;
const ORDERS = 4;
/** Margin bound over the collateral once all is open. By the demo's own zones nothing above 60 % is opened. */
const BOUND = 0.79;
const LEVERAGE = 2.5;
/** Green up to the bench's own bound, and stops so far that calls come first: else the demo is called by nobody. */
const ZONES = { yellow: 840_000, orange: 845_000, red: 850_000, hysteresis: 20_000 };
/** Two hours before the fall, until most of the way back is over. */
export const STARTS = Date.parse("2025-10-10T19:00:00Z");
const MINUTES = 330;

export interface Replayed {
  readonly rule: SimpleRule | "ours";
  /** USDC: what the coordinator's orders lost to the mark that they were approved at, and fees. */
  readonly slippage: number;
  readonly fees: number;
  readonly cost: number;
  readonly orders: number;
  readonly touched: number;
  /** USDC at the marks. */
  readonly sent: number;
  readonly calls: number;
  /** USDC of the whole account at the end, and the least that it ever was in a margin event. */
  readonly equity: number;
  readonly least: number;
  /** Plans of the coordinator, as they were told. */
  readonly plans: readonly PublicEvent[];
  /** What must never be, by the simulator's judges: books that differ, money that is nowhere. */
  readonly breaches: number;
  readonly hash: string;
}

/** The prices of a window as a tape, for the markets of a file; one that the window does not tell stands still. */
function tapeFrom(window: Window, file: FleetFile): Tape {
  const scaled = (value: number) => price(BigInt(Math.round(value * 10 ** PRICE_DECIMALS)));
  const markets = file.policy.markets.map(({ market, base }) => {
    const column = window.coins.indexOf(base);
    const prices = window.prices.map((row) => scaled(column < 0 ? 1 : (row[column] ?? 1)));
    return { market: marketId(market), base, times: window.times, prices, funding: [] };
  });
  return tapeOf(window.name, markets, "the bench");
}

const times = (amount: string): string => String(Number(amount) * SCALE);

/** The act: the demo's own rules, deposits and trading agent, its caps so many times and lent out to trading. */
function actOf(demo: FleetFile, window: Window, rule: Replayed["rule"]): Act {
  const at = window.times.findIndex((time) => time >= STARTS);
  const worth = (asset: string): number => {
    const column = window.coins.indexOf(asset);
    return column < 0 ? 1 : (window.prices[at]?.[column] ?? 0);
  };
  const collateral = demo.deposits.reduce((sum, { asset, amount }) => {
    const haircut = demo.policy.assets.find((one) => one.asset === asset)?.haircut ?? 0;
    return sum + Number(amount) * SCALE * worth(asset) * (1 - haircut / 1e6);
  }, 0);
  const each = (collateral * BOUND * LEVERAGE) / COINS.length / ORDERS;
  const cues = COINS.flatMap((coin, c) =>
    Array.from({ length: ORDERS }, (_, k): Cue => {
      const qty = (each / worth(coin)).toFixed(coin === "XRP" ? 0 : 2);
      const name = `${coin.toLowerCase()}-${k}`;
      const asked = opens(name, coin.toLowerCase(), "buy", qty, LEVERAGE);
      return [1 + k * 15 + c / 10, "trading", "PlaceOrder", asked];
    }),
  );
  const { reallocate: _, ...crisis } = must(demo.policy.crisis, "the demo has a crisis part");
  const text = JSON.parse(
    JSON.stringify(crisis, (_key, value: unknown) =>
      typeof value === "bigint" ? String(Number(value) / 10 ** USDC_DECIMALS) : value,
    ),
  ) as object;
  const trader = must(
    demo.agents.find(({ agent }) => agent === "trading"),
    "the demo has a trading agent",
  );
  const { priority } = trader.delegation;
  return {
    name: `october-${rule}`,
    story: "10 October 2025",
    minutes: MINUTES,
    deposits: Object.fromEntries(demo.deposits.map(({ asset, amount }) => [asset, times(amount)])),
    players: { trading: { cap: (collateral * 0.82).toFixed(0), maxLeverage: 3_330_000, priority } },
    policy: { dryPowder: demo.policy.dryPowder, zones: ZONES, stopShare: 950_000 },
    crisis: rule === "ours" ? text : { ...text, closeBy: rule },
    markets: Object.fromEntries(
      demo.policy.markets.map(({ market }) => [market, { maxNotional: times("100000") }]),
    ),
    prices: {},
    cues,
  };
}

/** What the coordinator's own orders did, as they are told. */
class Tally {
  readonly #marks = new Map<string, number>();
  readonly #touched = new Set<string>();
  readonly plans: PublicEvent[] = [];
  readonly sums = { slippage: 0, fees: 0, sent: 0, orders: 0, calls: 0 };
  least = Number.POSITIVE_INFINITY;

  take(event: PublicEvent): void {
    const number = (field: string): number => Number(event[field] ?? 0);
    const order = `${event.agent}/${String(event["order"])}`;
    if (event.type === "OrderApproved" && event["forced"] !== "") {
      this.#marks.set(order, number("mark"));
      this.#touched.add(`${event.agent}/${String(event["market"])}`);
      this.sums.orders += 1;
    } else if (event.type === "FillBooked") {
      const mark = this.#marks.get(order);
      if (mark === undefined) return;
      const sign = event["side"] === "sell" ? 1 : -1;
      this.sums.slippage += sign * (mark - number("price")) * number("qty");
      this.sums.fees += number("fee");
      this.sums.sent += mark * number("qty");
    } else if (event.type === "MarginCalled") this.sums.calls += 1;
    else if (event.type === "LiquidationPlanned") this.plans.push(event);
    if ("equity" in event) this.least = Math.min(this.least, number("equity"));
  }

  get touched(): number {
    return this.#touched.size;
  }
}

/**
 * The window lived through by the demo's fleet under one rule. The same every time, to the journal's hash.
 *
 * Errors: assertion when the demo's file has no trading agent or no crisis part.
 */
export async function replay(
  demo: FleetFile,
  window: Window,
  rule: Replayed["rule"],
): Promise<Replayed> {
  const act = actOf(demo, window, rule);
  const file = fileOf(act);
  const tally = new Tally();
  const stage = new Stage({
    ...{ seed: 1, file, tape: tapeFrom(window, file), startAt: STARTS },
    onEvent: (event) => tally.take(event),
  });
  for (const [minute, who, command, body] of act.cues)
    stage.time.after(minute * MINUTE, () => stage.give(agentId(who), command, body));
  stage.start();
  await stage.run(act.minutes * MINUTE);
  const equity = toFloat(equityOf(stage.checker.law), USDC_DECIMALS);
  await stage.close();
  const { sums, plans, touched, least } = tally;
  const { hash, breaches } = stage.checker;
  const cost = sums.slippage + sums.fees;
  return { rule, ...sums, cost, touched, equity, least, plans, breaches: breaches.length, hash };
}
