/** The books of one run: positions, cash and marks, and what a closing does to all of them. */
import type { CascadeAgent } from "../../liquidation/cascade.ts";
import type { Crisis, CrisisMarket, CrisisPosition } from "./crisis.ts";
import { movedBy } from "./crowd.ts";

/** The account that all agents share but the isolated ones, which have one each. */
export const SHARED = "fleet";

/** What closings have cost, in USDC; gains are negative. */
export interface Costs {
  fees: number;
  /** Temporary impact and half the spread. */
  temporary: number;
  /** What the orders' own lasting move took while they filled. */
  permanent: number;
  /** What all that followed took from the holdings that stayed. */
  secondRound: number;
  /** What the venue took for liquidating. */
  venue: number;
}

export interface Held {
  readonly position: CrisisPosition;
  readonly market: CrisisMarket;
  readonly m: number;
  readonly scope: string;
  /** 1e-8 coin. */
  qty: bigint;
  /** USDC for a coin at the first step. */
  readonly entry: number;
}

export interface Books {
  readonly crisis: Crisis;
  readonly held: readonly Held[];
  readonly cash: Map<string, number>;
  /** What the fleet's orders have done to each price for good: new / old. */
  readonly moved: number[];
  /** Costs of the shared account. */
  readonly costs: Costs;
  /** USDC lost to closings, by agent. */
  readonly borne: Map<string, number>;
}

export const free = (): Costs => ({
  ...{ fees: 0, temporary: 0, permanent: 0, secondRound: 0, venue: 0 },
});

/** Farthest from the mark that anything fills, as a part of it. */
const LAST_BID = 0.3;

const coins = (qty: bigint): number => Number(qty) / 1e8;

export function openBooks(crisis: Crisis): Books {
  const places = new Map(crisis.markets.map((market, m) => [market.id, m]));
  const own = new Map(crisis.agents.map((agent) => [agent.id, agent.isolated]));
  const held = crisis.positions.flatMap((position): Held[] => {
    const m = places.get(position.market) ?? 0;
    const market = crisis.markets[m];
    if (market === undefined) return [];
    const scope = own.get(position.agent) === undefined ? SHARED : position.agent;
    return [{ position, market, m, scope, qty: position.qty, entry: crisis.prices[0]?.[m] ?? 0 }];
  });
  const cash = new Map<string, number>([[SHARED, crisis.equity]]);
  for (const agent of crisis.agents) {
    if (agent.isolated !== undefined) cash.set(agent.id, agent.isolated);
  }
  // Cash is what is left when every position is sold at its mark: debt where they are leveraged.
  for (const one of held) {
    cash.set(one.scope, (cash.get(one.scope) ?? 0) - coins(one.qty) * one.entry);
  }
  return {
    crisis,
    held,
    cash,
    moved: crisis.markets.map(() => 1),
    costs: free(),
    borne: new Map(),
  };
}

/** Marks at a step: history's prices, moved by what the fleet has sold so far. */
export const marksAt = (books: Books, step: number): readonly number[] =>
  books.moved.map((moved, m) => moved * (books.crisis.prices[step]?.[m] ?? 0));

export interface Standing {
  readonly equity: number;
  readonly margin: number;
  readonly maintenance: number;
}

export function standing(books: Books, scope: string, marks: readonly number[]): Standing {
  let equity = books.cash.get(scope) ?? 0;
  let margin = 0;
  let maintenance = 0;
  for (const one of books.held) {
    if (one.scope !== scope) continue;
    const value = coins(one.qty) * (marks[one.m] ?? 0);
    equity += value;
    if (one.position.collateral === true) continue;
    margin += Math.abs(value) * one.market.initial;
    maintenance += Math.abs(value) * one.market.maintenance;
  }
  return { equity, margin, maintenance };
}

const bear = (books: Books, agent: string, usdc: number): void => {
  books.borne.set(agent, (books.borne.get(agent) ?? 0) + usdc);
};

export interface Closed {
  /** USDC that the closing of each position cost, fills alone. */
  readonly paid: ReadonlyMap<string, number>;
  /** Net orders sent to markets. */
  readonly orders: number;
  /** USDC sent into markets, and USDC closed inside the fleet. */
  readonly sent: number;
  readonly crossed: number;
}

export interface Closing {
  readonly step: number;
  readonly crowd: readonly CascadeAgent[];
  /** Where the costs are added. */
  readonly costs: Costs;
  /** What the venue takes of the notional. */
  readonly venue?: number;
}

/**
 * Closes these quantities at once: what is closed on both sides of a market leaves at the mark, the
 * rest pays impact, spread and fee; prices move for good, the crowd follows, and what stays is
 * marked down.
 */
export function close(books: Books, closes: ReadonlyMap<string, bigint>, at: Closing): Closed {
  const { crisis } = books;
  const { costs } = at;
  const marks = marksAt(books, at.step);
  const paid = new Map<string, number>();
  const flow = crisis.markets.map(() => 0);
  let [orders, sent, crossed] = [0, 0, 0];
  crisis.markets.forEach((market, m) => {
    const mark = marks[m] ?? 0;
    const parts = books.held
      .filter((one) => one.m === m && (closes.get(one.position.id) ?? 0n) > 0n)
      .map((one) => {
        const size = closes.get(one.position.id) ?? 0n;
        const signed = one.qty > 0n ? size : -size;
        one.qty -= signed;
        const value = coins(signed) * mark;
        books.cash.set(one.scope, (books.cash.get(one.scope) ?? 0) + value);
        return { one, value };
      });
    const net = parts.reduce((sum, { value }) => sum + value, 0);
    const gross = parts.reduce((sum, { value }) => sum + Math.abs(value), 0);
    crossed += (gross - Math.abs(net)) / 2;
    if (Math.abs(net) < 1e-6) return;
    const slope = 0.01 / (market.depth * (crisis.stress[at.step]?.[m] ?? 1));
    const size = Math.abs(net);
    // Nobody sells lower than where the last bidder stands.
    const part = Math.min(slope * size, LAST_BID);
    const temporary = (part * (1 - market.permanentShare) + market.halfSpread) * size;
    const permanent = (part * market.permanentShare * size) / 2;
    const fees = market.fee * size;
    const venue = (at.venue ?? 0) * size;
    costs.temporary += temporary;
    costs.permanent += permanent;
    costs.fees += fees;
    costs.venue += venue;
    flow[m] = net / mark;
    sent += size;
    // Only the side that needed the market pays for it.
    const side = parts.filter(({ value }) => value * net > 0);
    const whole = side.reduce((sum, { value }) => sum + Math.abs(value), 0);
    orders += side.length;
    for (const { one, value } of side) {
      const share = ((temporary + permanent + fees + venue) * Math.abs(value)) / whole;
      paid.set(one.position.id, share);
      books.cash.set(one.scope, (books.cash.get(one.scope) ?? 0) - share);
      bear(books, one.position.agent, share);
    }
  });
  secondRound(books, at, flow, marks);
  return { paid, orders, sent, crossed };
}

function secondRound(
  books: Books,
  at: Closing,
  flow: readonly number[],
  marks: readonly number[],
): void {
  if (flow.every((units) => units === 0)) return;
  const ratio = movedBy(books.crisis, at.crowd, at.step, flow);
  for (const one of books.held) {
    const lost = coins(one.qty) * (marks[one.m] ?? 0) * (1 - (ratio[one.m] ?? 1));
    if (one.scope === SHARED) at.costs.secondRound += lost;
    bear(books, one.position.agent, lost);
  }
  ratio.forEach((r, m) => {
    books.moved[m] = (books.moved[m] ?? 1) * r;
  });
}
