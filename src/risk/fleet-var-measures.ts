/** What is read off the fleet's kept gains: VaR, ES, increments, parts by agent and by market. */
import type { Ppm } from "../core/ppm.ts";
import {
  type AgentBook,
  exposureOf,
  type FleetVar,
  faultOfAgent,
  faultOfMarket,
} from "./fleet-var.ts";
import { selectWorst, worstScenarios } from "./fleet-var-select.ts";
import { ceilingRank } from "./quantile.ts";
import { type Measured, measured, type Refusal, refused } from "./refusal.ts";
import { faultOfTail } from "./series.ts";

/**
 * Loss that the fleet exceeds in at most `tail` of the scenarios.
 *
 * Formula: max(0, -x[k]), k = ceil(scenarios x tail), x ascending, counted from 1.
 * Units: those of quantity x mark. A fleet that gains even in its tail has a VaR of zero.
 * None: `bad-tail`; `too-few-samples` where the tail holds less than one scenario; `empty` while a
 * held market has no mark or no scenarios.
 */
export function fleetVar(fleet: FleetVar, tail: Ppm): Measured<number> {
  const rank = rankOf(fleet, tail);
  if (!rank.ok) return rank;
  return measured(edgeLoss(fleet, fleet.gains, rank.value));
}

/** Mean loss of the k worst scenarios, k as for the VaR, at least zero. None: as `fleetVar`. */
export function fleetEs(fleet: FleetVar, tail: Ppm): Measured<number> {
  const rank = rankOf(fleet, tail);
  if (!rank.ok) return rank;
  const k = rank.value;
  selectWorst(fleet.gains, fleet.scenarios, k, fleet.worst, fleet.scratch);
  let sum = 0;
  for (let i = 0; i < k; i++) sum += fleet.worst[i] as number;
  return measured(Math.max(0, -sum / k));
}

/** One leg of a change under consideration: signed quantity on top of what is held. */
export interface Leg {
  readonly market: number;
  readonly quantity: number;
}

export interface Increment {
  readonly before: number;
  readonly after: number;
  /** after - before: positive where the change adds risk. */
  readonly change: number;
}

/**
 * VaR of the fleet with a change that is not made, beside the VaR without it. O(legs x scenarios).
 *
 * None: as `fleetVar`; `empty` where a leg's market has no mark or no scenarios.
 */
export function fleetIncrement(
  fleet: FleetVar,
  legs: readonly Leg[],
  tail: Ppm,
): Measured<Increment> {
  const rank = rankOf(fleet, tail);
  if (!rank.ok) return rank;
  const gains = Float64Array.from(fleet.gains);
  for (const { market, quantity } of legs) {
    const fault = faultOfMarket(fleet, market);
    if (fault) return fault;
    if (!Number.isFinite(quantity)) return refused("not-finite", "a quantity is finite");
    const mark = fleet.marks[market] as number;
    if (!(mark > 0) || fleet.known[market] !== 1) return blindRefusal();
    addTo(gains, fleet, market, quantity * mark);
  }
  const before = edgeLoss(fleet, fleet.gains, rank.value);
  const after = edgeLoss(fleet, gains, rank.value);
  return measured({ before, after, change: after - before });
}

/** VaR of one agent's own book, at least zero. None: as `fleetVar`. */
export function agentVar(fleet: FleetVar, agent: number, tail: Ppm): Measured<number> {
  const rank = rankOf(fleet, tail);
  if (!rank.ok) return rank;
  const fault = faultOfAgent(agent);
  if (fault) return fault;
  const book = fleet.books[agent];
  return measured(
    book === undefined ? 0 : bookLoss(fleet, book, rank.value, new Float64Array(fleet.scenarios)),
  );
}

/** VaR of every agent index that ever held a position, by index. None: as `fleetVar`. */
export function allAgentVar(fleet: FleetVar, tail: Ppm): Measured<Float64Array> {
  const rank = rankOf(fleet, tail);
  if (!rank.ok) return rank;
  const out = new Float64Array(fleet.books.length);
  const gains = new Float64Array(fleet.scenarios);
  fleet.books.forEach((book, agent) => {
    if (book !== undefined) out[agent] = bookLoss(fleet, book, rank.value, gains);
  });
  return measured(out);
}

/** The fleet's tail shared out. Each pair of arrays adds up to its total, VaR or ES. */
export interface FleetParts {
  readonly var: number;
  readonly es: number;
  readonly varByAgent: Float64Array;
  readonly esByAgent: Float64Array;
  readonly varByMarket: Float64Array;
  readonly esByMarket: Float64Array;
  /** Change of the ES for one more unit of exposure in each market: minus its mean tail return. */
  readonly marginalEsByMarket: Float64Array;
}

/**
 * Component VaR and ES by agent and by market.
 *
 * Formula: ES parts are own mean losses in the k worst scenarios of the fleet (Euler, exact); VaR
 * parts are the same shares of the VaR. Negative parts are hedges. A tail that gains has parts of
 * zero.
 * None: as `fleetVar`.
 */
export function fleetComponents(fleet: FleetVar, tail: Ppm): Measured<FleetParts> {
  const rank = rankOf(fleet, tail);
  if (!rank.ok) return rank;
  const tailSet = worstScenarios(fleet.gains, rank.value);
  const meanLoss = new Float64Array(fleet.markets);
  for (let market = 0; market < fleet.markets; market++) {
    let sum = 0;
    for (const s of tailSet) sum -= fleet.returns[market * fleet.scenarios + s] as number;
    meanLoss[market] = sum / tailSet.length;
  }
  const esByMarket = meanLoss.map((loss, market) => loss * exposureOf(fleet, market));
  const total = esByMarket.reduce((sum, part) => sum + part, 0);
  const worstOfTail = tailSet[tailSet.length - 1] as number;
  const edge = Math.max(0, -(fleet.gains[worstOfTail] as number));
  const es = Math.max(0, total);
  const ratio = total > 0 ? edge / total : 0;
  const kept = total > 0 ? 1 : 0;
  const byAgent = Float64Array.from(fleet.books, (book) => kept * shareOf(fleet, book, meanLoss));
  return measured({
    var: edge,
    es,
    varByAgent: byAgent.map((part) => part * ratio),
    esByAgent: byAgent,
    varByMarket: esByMarket.map((part) => part * ratio),
    esByMarket: esByMarket.map((part) => part * kept),
    marginalEsByMarket: meanLoss,
  });
}

function shareOf(fleet: FleetVar, book: AgentBook | undefined, meanLoss: Float64Array): number {
  if (book === undefined) return 0;
  return book.markets.reduce(
    (sum, market, i) =>
      sum +
      (book.quantities[i] as number) *
        (fleet.marks[market] as number) *
        (meanLoss[market] as number),
    0,
  );
}

function bookLoss(fleet: FleetVar, book: AgentBook, rank: number, gains: Float64Array): number {
  const { markets, quantities } = book;
  gains.fill(0);
  let i = 0;
  // Four positions a pass: a quarter of the trips through the buffer.
  for (; i + 3 < markets.length; i += 4) addFour(gains, fleet, book, i);
  for (; i < markets.length; i++) {
    const market = markets[i] as number;
    addTo(gains, fleet, market, value(fleet, market, quantities[i]));
  }
  return edgeLoss(fleet, gains, rank);
}

const value = (fleet: FleetVar, market: number, quantity: number | undefined): number =>
  (quantity as number) * (fleet.marks[market] as number);

function addTo(gains: Float64Array, fleet: FleetVar, market: number, exposure: number): void {
  const { returns, scenarios } = fleet;
  const base = market * scenarios;
  for (let s = 0; s < scenarios; s++) {
    gains[s] = (gains[s] as number) + exposure * (returns[base + s] as number);
  }
}

function addFour(gains: Float64Array, fleet: FleetVar, book: AgentBook, from: number): void {
  const { returns, scenarios } = fleet;
  const { markets, quantities } = book;
  const [a, b, c, d] = markets.slice(from, from + 4) as [number, number, number, number];
  const va = value(fleet, a, quantities[from]);
  const vb = value(fleet, b, quantities[from + 1]);
  const vc = value(fleet, c, quantities[from + 2]);
  const vd = value(fleet, d, quantities[from + 3]);
  const baseA = a * scenarios;
  const baseB = b * scenarios;
  const baseC = c * scenarios;
  const baseD = d * scenarios;
  for (let s = 0; s < scenarios; s++) {
    gains[s] =
      (gains[s] as number) +
      va * (returns[baseA + s] as number) +
      vb * (returns[baseB + s] as number) +
      vc * (returns[baseC + s] as number) +
      vd * (returns[baseD + s] as number);
  }
}

function edgeLoss(fleet: FleetVar, gains: Float64Array, rank: number): number {
  selectWorst(gains, fleet.scenarios, rank, fleet.worst, fleet.scratch);
  // Both ways of selecting leave the k-th smallest last.
  const edge = fleet.worst[rank - 1] as number;
  return edge < 0 ? -edge : 0;
}

function rankOf(fleet: FleetVar, tail: Ppm): Measured<number> {
  const fault = faultOfTail(tail);
  if (fault) return fault;
  if (fleet.scenarios * tail < 1_000_000) {
    return refused("too-few-samples", `a tail of ${tail} ppm holds none of ${fleet.scenarios}`);
  }
  if (fleet.blind > 0) return blindRefusal();
  return measured(ceilingRank(fleet.scenarios, tail));
}

const blindRefusal = (): Refusal => refused("empty", "a held market has no mark or no scenarios");
