/** The fleet's book as the law holds it, kept ready for measures: positions, marks, orders under way. */
import { assert, must } from "../core/assert.ts";
import type { AgentId, MarketId } from "../core/ids.ts";
import { PRICE_DECIMALS, type Price, QTY_DECIMALS, type Qty, toFloat } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import type { MarketPolicy } from "../protocol/policy.ts";
import {
  createFleetVar,
  exposureOf,
  type FleetVar,
  resum,
  setMark,
  setPosition,
  setScenarios,
} from "../risk/fleet-var.ts";
import { selectWorst } from "../risk/fleet-var-select.ts";
import { ceilingRank } from "../risk/quantile.ts";
import type { Measured } from "../risk/refusal.ts";
import { type Scenarios, type Stand, standFor } from "./risk-desk-scenarios.ts";

export interface BookMarket {
  readonly policy: MarketPolicy;
  readonly stand: Stand;
}

interface OpenOrder {
  readonly market: number;
  /** What may still fill, in coins; buying is positive. */
  readonly left: number;
}

export interface Around {
  readonly before: number;
  readonly after: number;
}

/** The desk hands on only what the law has accepted: a refusal here is a bug of ours. */
const done = (told: Measured<unknown>): void =>
  assert(told.ok, told.ok ? "" : `the book takes what the law holds: ${told.reason}`);

/**
 * Every change costs one or two scans of the scenarios, however large the fleet.
 *
 * Orders under way may fill in any part. Each scenario therefore counts of them what loses in it: a
 * bound that no selection of fills can pass, so that many orders at once cannot slip by a limit that
 * each of them meets alone.
 */
export class RiskBook {
  readonly fleet: FleetVar;
  readonly markets: readonly BookMarket[];
  readonly agents: AgentId[] = [];
  readonly #marketAt = new Map<MarketId, number>();
  readonly #agentAt = new Map<AgentId, number>();
  readonly #open = new Map<string, OpenOrder>();
  /** Coins that may still be bought and sold, by market. */
  readonly #buys: Float64Array;
  readonly #sells: Float64Array;
  /** The exposures of them that `#losing` holds. */
  readonly #buyValue: Float64Array;
  readonly #sellValue: Float64Array;
  /** By scenario: what the orders under way lose there at their worst. At most zero. */
  readonly #losing: Float64Array;
  readonly #gains: Float64Array;

  constructor(policies: readonly MarketPolicy[], scenarios: Scenarios) {
    const size = { markets: policies.length, scenarios: scenarios.count };
    const made = createFleetVar(size);
    assert(made.ok, made.ok ? "" : `the book can be made: ${made.reason}`);
    this.fleet = made.value;
    this.markets = policies.map((policy) => ({ policy, stand: standFor(scenarios, policy.base) }));
    this.markets.forEach(({ policy, stand }, i) => {
      this.#marketAt.set(policy.market, i);
      const days = must(scenarios.returns[stand.asset], "what stands for a market has days");
      done(setScenarios(this.fleet, i, days));
    });
    this.#buys = new Float64Array(policies.length);
    this.#sells = new Float64Array(policies.length);
    this.#buyValue = new Float64Array(policies.length);
    this.#sellValue = new Float64Array(policies.length);
    this.#losing = new Float64Array(scenarios.count);
    this.#gains = new Float64Array(scenarios.count);
  }

  /** None: undefined for a market that the rules do not name any more. */
  indexOf(market: MarketId): number | undefined {
    return this.#marketAt.get(market);
  }

  mark(market: MarketId, price: Price): void {
    const index = this.indexOf(market);
    if (index === undefined) return;
    done(setMark(this.fleet, index, toFloat(price, PRICE_DECIMALS)));
    this.#carry(index);
  }

  /** @param size signed; zero is flat. */
  position(agent: AgentId, market: MarketId, size: Qty): void {
    const index = this.indexOf(market);
    if (index === undefined) return;
    let holder = this.#agentAt.get(agent);
    if (holder === undefined) {
      holder = this.agents.push(agent) - 1;
      this.#agentAt.set(agent, holder);
    }
    done(setPosition(this.fleet, holder, index, toFloat(size, QTY_DECIMALS)));
  }

  /**
   * @param market absent where only the key is known: of an order that is over.
   * @param left what may still fill, signed, buying positive; zero when the order is over.
   */
  order(key: string, market: MarketId | undefined, left: Qty): void {
    const known = this.#open.get(key);
    const index = market === undefined ? known?.market : this.indexOf(market);
    if (index === undefined) return;
    if (known !== undefined) this.#count(known, -1);
    const now = { market: index, left: toFloat(left, QTY_DECIMALS) };
    if (left === 0n) this.#open.delete(key);
    else this.#open.set(key, now);
    if (left !== 0n) this.#count(now, 1);
    if (this.#open.size === 0) this.#clear();
    else this.#carry(index);
  }

  #count({ market, left }: OpenOrder, sign: number): void {
    const side = left > 0 ? this.#buys : this.#sells;
    side[market] = Math.max(0, (side[market] ?? 0) + sign * Math.abs(left));
  }

  /** Nothing is under way: whatever roundings have piled up goes with it. */
  #clear(): void {
    for (const kept of [this.#buys, this.#sells, this.#buyValue, this.#sellValue, this.#losing]) {
      kept.fill(0);
    }
  }

  /** Brings what a market's orders lose up to its mark and their size. */
  #carry(market: number): void {
    const mark = this.fleet.marks[market] ?? Number.NaN;
    const price = Number.isNaN(mark) ? 0 : mark;
    const buys = (this.#buys[market] ?? 0) * price;
    const sells = (this.#sells[market] ?? 0) * price;
    const moreBuys = buys - (this.#buyValue[market] ?? 0);
    const moreSells = sells - (this.#sellValue[market] ?? 0);
    if (moreBuys === 0 && moreSells === 0) return;
    this.#buyValue[market] = buys;
    this.#sellValue[market] = sells;
    addLosing(this.#losing, this.fleet, market, moreBuys, moreSells);
  }

  /** Sums everything anew: O(markets x scenarios), for the slow rate. */
  refresh(): void {
    resum(this.fleet);
    this.#losing.fill(0);
    for (let market = 0; market < this.markets.length; market++) {
      const [buys, sells] = [this.#buyValue[market] ?? 0, this.#sellValue[market] ?? 0];
      if (buys !== 0 || sells !== 0) addLosing(this.#losing, this.fleet, market, buys, sells);
    }
  }

  /** Loss that is exceeded in at most `tail` of the days, orders under way at their worst. */
  worstVar(tail: Ppm): number | undefined {
    return this.around(0, 0, tail)?.before;
  }

  /**
   * The same before and after one more order has filled whole: a fill that hedges counts as one.
   *
   * None: undefined while a held market has no mark, or the tail holds less than one day.
   */
  around(market: number, coins: number, tail: Ppm): Around | undefined {
    const { fleet } = this;
    if (fleet.blind > 0 || fleet.scenarios * tail < 1_000_000) return undefined;
    const mark = fleet.marks[market] ?? Number.NaN;
    if (coins !== 0 && !(mark > 0)) return undefined;
    const rank = ceilingRank(fleet.scenarios, tail);
    const before = this.#edge(rank, 0, 0);
    return { before, after: coins === 0 ? before : this.#edge(rank, market, coins * mark) };
  }

  #edge(rank: number, market: number, value: number): number {
    const { fleet } = this;
    const { scenarios, returns, gains } = fleet;
    const base = market * scenarios;
    for (let s = 0; s < scenarios; s++) {
      const kept = (gains[s] ?? 0) + (this.#losing[s] ?? 0);
      this.#gains[s] = value === 0 ? kept : kept + value * (returns[base + s] ?? 0);
    }
    selectWorst(this.#gains, scenarios, rank, fleet.worst, fleet.scratch);
    return Math.max(0, -(fleet.worst[rank - 1] ?? 0));
  }

  /** Signed exposure of each asset of the history, orders under way as if filled where asked for. */
  exposures(assets: number, underWay: boolean): Float64Array {
    const out = new Float64Array(assets);
    this.markets.forEach(({ stand }, i) => {
      const orders = underWay ? (this.#buyValue[i] ?? 0) - (this.#sellValue[i] ?? 0) : 0;
      out[stand.asset] = (out[stand.asset] ?? 0) + exposureOf(this.fleet, i) + orders;
    });
    return out;
  }
}

/** A buy loses where the price falls, a sale where it rises. */
function addLosing(
  losing: Float64Array,
  { returns, scenarios }: FleetVar,
  market: number,
  buys: number,
  sells: number,
): void {
  const base = market * scenarios;
  for (let s = 0; s < scenarios; s++) {
    const move = returns[base + s] ?? 0;
    losing[s] = (losing[s] ?? 0) + (move < 0 ? buys * move : -sells * move);
  }
}
