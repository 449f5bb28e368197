/** The fleet's gain in every scenario, kept incrementally: a mark or a position costs one scan. */
import { AGENTS_MAX } from "../core/limits.ts";
import { type Measured, measured, type Refusal, refused } from "./refusal.ts";
import { at, faultOf, faultOfCount, type Series } from "./series.ts";

/**
 * The aggregate. Made by `createFleetVar` and changed only by the setters below; read it by
 * `fleet-var-measures.ts`.
 *
 * Gain in scenario s = sum over markets of net quantity x mark x simple return[market][s].
 *
 * Float drift: each change adds a product to `gains`, so an error of about one rounding a change
 * would pile up. Every 8th change therefore sums 8 scenarios anew from the positions, in turn: no
 * gain is older than `scenarios` changes, its error stays below scenarios x 2^-53 of the largest
 * exposure it met in that time, and there is no tick that pays for all. `resum` does all at once.
 */
export interface FleetVar {
  readonly markets: number;
  readonly scenarios: number;
  /** `returns[market * scenarios + s]`, simple returns over the horizon of the VaR. */
  readonly returns: Float64Array;
  /** Price of each market; NaN until the first mark. */
  readonly marks: Float64Array;
  /** Net quantity of each market with its low-order part (Neumaier). */
  readonly net: Float64Array;
  readonly netLow: Float64Array;
  /** Agents with a position in each market. */
  readonly holders: Int32Array;
  /** One where a market has scenarios. */
  readonly known: Uint8Array;
  /** Positions by agent index; a hole where an agent never had one. */
  readonly books: (AgentBook | undefined)[];
  readonly gains: Float64Array;
  /** Two buffers that measures may overwrite. */
  readonly worst: Float64Array;
  readonly scratch: Float64Array;
  /**
   * Markets that are held but have no mark or no scenarios: while there are any, nothing is told.
   */
  blind: number;
  changes: number;
}

/** An agent's open positions, in no order. */
export interface AgentBook {
  readonly markets: number[];
  readonly quantities: number[];
}

export interface FleetVarSize {
  readonly markets: number;
  readonly scenarios: number;
}

/** Cells of the scenario matrix: 128 MB. */
const CELLS_MAX = 16_777_216;
/** One cache line of scenarios is summed anew at every so many changes. */
const SLICE = 8;

/** An empty aggregate. None: `out-of-range` for sizes that are not counts or too large together. */
export function createFleetVar(size: FleetVarSize): Measured<FleetVar> {
  const { markets, scenarios } = size;
  const fault = faultOfCount(markets, 1, "markets") ?? faultOfCount(scenarios, 1, "scenarios");
  if (fault) return fault;
  if (markets * scenarios > CELLS_MAX) {
    return refused("out-of-range", `at most ${CELLS_MAX} cells, was ${markets * scenarios}`);
  }
  return measured({
    markets,
    scenarios,
    returns: new Float64Array(markets * scenarios),
    marks: new Float64Array(markets).fill(Number.NaN),
    net: new Float64Array(markets),
    netLow: new Float64Array(markets),
    holders: new Int32Array(markets),
    known: new Uint8Array(markets),
    books: [],
    gains: new Float64Array(scenarios),
    worst: new Float64Array(scenarios),
    scratch: new Float64Array(scenarios),
    blind: 0,
    changes: 0,
  });
}

/**
 * Sets the scenario returns of a market (simple, one for each scenario, never below -1).
 *
 * None: `out-of-range`, `not-finite`, `length-mismatch`. A refused change changes nothing.
 */
export function setScenarios(fleet: FleetVar, market: number, returns: Series): Measured<true> {
  const fault = faultOfMarket(fleet, market) ?? faultOf(returns, 1, "returns");
  if (fault) return fault;
  if (returns.length !== fleet.scenarios) {
    return refused("length-mismatch", `${fleet.scenarios} returns are needed`);
  }
  for (let s = 0; s < returns.length; s++) {
    if (at(returns, s) < -1) return refused("out-of-range", `returns[${s}] loses more than all`);
  }
  const was = isBlind(fleet, market);
  addExposure(fleet, market, -exposureOf(fleet, market));
  fleet.returns.set(returns, market * fleet.scenarios);
  fleet.known[market] = 1;
  addExposure(fleet, market, exposureOf(fleet, market));
  seen(fleet, market, was);
  return measured(true);
}

/**
 * Sets an agent's position: signed quantity, long positive, zero to close.
 *
 * Units: coins, contracts, or USD where the mark is 1. Cost: one scan of the scenarios.
 * None: `out-of-range` for an unknown market or an agent index beyond the limit, `not-finite`.
 */
export function setPosition(
  fleet: FleetVar,
  agent: number,
  market: number,
  quantity: number,
): Measured<true> {
  const fault = faultOfMarket(fleet, market) ?? faultOfAgent(agent);
  if (fault) return fault;
  if (!Number.isFinite(quantity)) return refused("not-finite", "a quantity is finite");
  const was = isBlind(fleet, market);
  const before = exposureOf(fleet, market);
  const change = quantity - replaced(fleet, agent, market, quantity);
  addNet(fleet, market, change);
  addExposure(fleet, market, exposureOf(fleet, market) - before);
  if (exposureOf(fleet, market) === 0) clearEmpty(fleet);
  seen(fleet, market, was);
  return measured(true);
}

/** Where no market has an exposure there is no gain either: whatever roundings have piled up goes. */
function clearEmpty(fleet: FleetVar): void {
  for (let market = 0; market < fleet.markets; market++)
    if (exposureOf(fleet, market) !== 0) return;
  fleet.gains.fill(0);
}

/**
 * Sets the price of a market. Cost: one scan of the scenarios, none where the net is zero.
 *
 * None: `out-of-range` for an unknown market, `not-positive` unless the mark is finite and above
 * zero.
 */
export function setMark(fleet: FleetVar, market: number, mark: number): Measured<true> {
  const fault = faultOfMarket(fleet, market);
  if (fault) return fault;
  if (!(mark > 0 && mark < Infinity)) return refused("not-positive", `a mark was ${mark}`);
  const was = isBlind(fleet, market);
  const before = exposureOf(fleet, market);
  fleet.marks[market] = mark;
  addExposure(fleet, market, exposureOf(fleet, market) - before);
  seen(fleet, market, was);
  return DONE;
}

const DONE: Measured<true> = measured(true);

/** Net quantity x mark of a market; zero where there is no mark or there are no scenarios yet. */
export function exposureOf(fleet: FleetVar, market: number): number {
  const mark = fleet.marks[market] as number;
  if (!(mark > 0) || fleet.known[market] !== 1) return 0;
  return ((fleet.net[market] as number) + (fleet.netLow[market] as number)) * mark;
}

/** Sums every gain anew from the positions: O(markets x scenarios). */
export function resum(fleet: FleetVar): void {
  resumSlice(fleet, 0, fleet.scenarios);
}

/** Largest |kept - exact| over the scenarios, in the units of the exposures. Changes nothing. */
export function driftOf(fleet: FleetVar): number {
  const kept = Float64Array.from(fleet.gains);
  resum(fleet);
  let largest = 0;
  for (let s = 0; s < kept.length; s++) {
    largest = Math.max(largest, Math.abs((kept[s] as number) - (fleet.gains[s] as number)));
  }
  fleet.gains.set(kept);
  return largest;
}

function addExposure(fleet: FleetVar, market: number, change: number): void {
  if (change === 0) return;
  const { gains, returns, scenarios } = fleet;
  const base = market * scenarios;
  for (let s = 0; s < scenarios; s++) {
    gains[s] = (gains[s] as number) + change * (returns[base + s] as number);
  }
  if (++fleet.changes % SLICE !== 0) return;
  const slices = Math.ceil(scenarios / SLICE);
  const start = ((fleet.changes / SLICE - 1) % slices) * SLICE;
  resumSlice(fleet, start, Math.min(start + SLICE, scenarios));
}

function resumSlice(fleet: FleetVar, start: number, end: number): void {
  const { gains, returns, scenarios } = fleet;
  gains.fill(0, start, end);
  for (let market = 0; market < fleet.markets; market++) {
    const exposure = exposureOf(fleet, market);
    if (exposure === 0) continue;
    const base = market * scenarios;
    for (let s = start; s < end; s++) {
      gains[s] = (gains[s] as number) + exposure * (returns[base + s] as number);
    }
  }
}

/** Neumaier's sum: the net of many changes keeps what a plain sum would round away. */
function addNet(fleet: FleetVar, market: number, change: number): void {
  if (fleet.holders[market] === 0) {
    fleet.net[market] = 0;
    fleet.netLow[market] = 0;
    return;
  }
  const sum = fleet.net[market] as number;
  const next = sum + change;
  const lost = Math.abs(sum) >= Math.abs(change) ? sum - next + change : change - next + sum;
  fleet.net[market] = next;
  fleet.netLow[market] = (fleet.netLow[market] as number) + lost;
}

/** Puts the quantity into the agent's book and returns what stood there. Counts the holders. */
function replaced(fleet: FleetVar, agent: number, market: number, quantity: number): number {
  let book = fleet.books[agent];
  if (book === undefined) {
    book = { markets: [], quantities: [] };
    fleet.books[agent] = book;
  }
  const slot = book.markets.indexOf(market);
  if (slot < 0) {
    if (quantity === 0) return 0;
    book.markets.push(market);
    book.quantities.push(quantity);
    fleet.holders[market] = (fleet.holders[market] as number) + 1;
    return 0;
  }
  const before = book.quantities[slot] as number;
  if (quantity !== 0) {
    book.quantities[slot] = quantity;
    return before;
  }
  const last = book.markets.length - 1;
  book.markets[slot] = book.markets[last] as number;
  book.quantities[slot] = book.quantities[last] as number;
  book.markets.pop();
  book.quantities.pop();
  fleet.holders[market] = (fleet.holders[market] as number) - 1;
  return before;
}

const isBlind = (fleet: FleetVar, market: number): boolean =>
  (fleet.holders[market] as number) > 0 &&
  !(fleet.known[market] === 1 && (fleet.marks[market] as number) > 0);

function seen(fleet: FleetVar, market: number, was: boolean): void {
  const is = isBlind(fleet, market);
  if (is !== was) fleet.blind += is ? 1 : -1;
}

/** Code `out-of-range` unless the market exists. */
export function faultOfMarket(fleet: FleetVar, market: number): Refusal | undefined {
  if (Number.isInteger(market) && market >= 0 && market < fleet.markets) return undefined;
  return refused("out-of-range", `a market is 0 to ${fleet.markets - 1}, was ${market}`);
}

/** Code `out-of-range` unless the agent index is within the limit of the fleet. */
export function faultOfAgent(agent: number): Refusal | undefined {
  if (Number.isInteger(agent) && agent >= 0 && agent < AGENTS_MAX) return undefined;
  return refused("out-of-range", `an agent is 0 to ${AGENTS_MAX - 1}, was ${agent}`);
}
