/** What a move of the market would do to the fleet: its margin, who is called, what is sold, and the second round. */
import { type AgentId, FLEET, type MarketId } from "../core/ids.ts";
import { abs, QTY_DECIMALS, toFloat, USDC_DECIMALS } from "../core/money.ts";
import { ONE, ppm } from "../core/ppm.ts";
import { type CascadeInput, type CascadeOutcome, cascade } from "../liquidation/cascade.ts";
import type { Zone } from "../protocol/words.ts";
import { type Measured, measured } from "../risk/refusal.ts";
import { cascadeOf, coinsMove, type Shock } from "./cascade-input.ts";
import { crisisRules, marginOf } from "./margins.ts";
import type { Law } from "./state.ts";
import { zoneAt } from "./zones.ts";

export interface ForcedSale {
  readonly of: string;
  readonly market: string;
  /** Coins given up; buying back a short is positive too. */
  readonly qty: number;
  readonly value: number;
}

/** Amounts in USDC, ratios as fractions: estimates for people. */
export interface WhatIf {
  readonly markets: readonly {
    readonly market: string;
    readonly before: number;
    readonly shocked: number;
    readonly after: number;
  }[];
  readonly equity: { readonly before: number; readonly shocked: number; readonly after: number };
  readonly utilization: number;
  readonly maintenanceRatio: number;
  readonly zone: { readonly before: Zone; readonly after: Zone };
  /** Scopes that would be called: the fleet, or isolated agents. */
  readonly calls: readonly string[];
  readonly sales: readonly ForcedSale[];
  /** Lost by the fleet to the moves that its own sales cause, beyond the shock. */
  readonly secondRound: number;
  readonly insolvent: readonly string[];
  /** Rounds to the fixed point. */
  readonly rounds: number;
}

const usdc = (amount: bigint): number => toFloat(amount, USDC_DECIMALS);

/** Gain of every position of the fleet, isolated ones too, when its market moves to these prices. */
function bookMove(law: Law, input: CascadeInput, prices: readonly number[]): number {
  let moved = 0;
  for (const held of law.positions.values()) {
    const a = input.assets.findIndex(({ id }) => id === held.market);
    const before = input.assets[a]?.price ?? 0;
    moved += toFloat(held.qty, QTY_DECIMALS) * ((prices[a] ?? before) - before);
  }
  return moved;
}

function told(law: Law, input: CascadeInput, outcome: CascadeOutcome): WhatIf {
  const { prices, sold, rounds, insolvent } = outcome;
  const start = input.assets.map(({ price }, a) => price * (1 + (input.shock[a] ?? 0)));
  const margin = marginOf(law, FLEET);
  const before = usdc(margin.equity);
  const equityAt = (at: readonly number[]): number => {
    const move = (market: MarketId): number => {
      const a = input.assets.findIndex(({ id }) => id === market);
      const was = input.assets[a]?.price ?? 0;
      return was > 0 ? (at[a] ?? was) / was - 1 : 0;
    };
    return before + bookMove(law, input, at) + coinsMove(law, move);
  };
  const [shocked, after] = [equityAt(start), equityAt(prices)];
  const sales = input.agents.flatMap((agent, i) =>
    input.assets.flatMap(({ id }, a): ForcedSale[] => {
      const qty = Math.abs(sold[i]?.[a] ?? 0);
      return qty > 0 ? [{ of: agent.id, market: id, qty, value: qty * (prices[a] ?? 0) }] : [];
    }),
  );
  // Utilization and maintenance right after the shock, before anything is sold: what calls are made by.
  const loss = Math.min(usdc(law.unrealized) + bookMove(law, input, start), 0);
  const kept = usdc(margin.collateral) - Math.min(usdc(law.unrealized), 0);
  const collateral = kept + loss + (shocked - before - bookMove(law, input, start));
  const utilization =
    collateral > 0 ? usdc(law.reserved) / collateral : law.reserved > 0n ? 1e3 : 0;
  const maintenance = maintenanceAt(law, input, start, FLEET);
  const maintenanceRatio = shocked > 0 ? maintenance / shocked : maintenance > 0 ? 1e3 : 0;
  const zones = law.policy?.zones;
  const used = ppm(Math.ceil(Math.min(utilization, 1e3) * ONE));
  const zone = zones === undefined ? law.zone : zoneAt(zones, used, law.zone);
  const calls = input.agents.flatMap(({ id }, i) => {
    if (id === FLEET) return isCalled(law, maintenanceRatio, zone) ? [id] : [];
    const own = input.agents[i];
    const equity = own === undefined ? 0 : worthOf(own, start);
    const needs = maintenanceAt(law, input, start, id as AgentId);
    return needs > 0 && isCalled(law, equity > 0 ? needs / equity : 1e3, "green") ? [id] : [];
  });
  return {
    markets: input.assets.flatMap(({ id, price }, a) => {
      const [fell, ends] = [start[a] ?? price, prices[a] ?? price];
      return fell === price && ends === price
        ? []
        : [{ market: id, before: price, shocked: fell, after: ends }];
    }),
    equity: { before, shocked, after },
    ...{ utilization, maintenanceRatio, zone: { before: law.zone, after: zone }, calls, sales },
    ...{ secondRound: shocked - after, insolvent, rounds },
  };
}

const worthOf = (agent: CascadeInput["agents"][number], prices: readonly number[]): number =>
  agent.units.reduce((sum, units, a) => sum + units * (prices[a] ?? 0), agent.cash - agent.debt);

/** Maintenance at other prices: each position's now, in proportion. */
function maintenanceAt(
  law: Law,
  input: CascadeInput,
  prices: readonly number[],
  scope: AgentId,
): number {
  let sum = 0;
  for (const { agent, market, qty, maintenance } of law.positions.values()) {
    if (abs(qty) === 0n || (scope !== FLEET && agent !== scope)) continue;
    const a = input.assets.findIndex(({ id }) => id === market);
    const before = input.assets[a]?.price ?? 0;
    sum += before > 0 ? (usdc(maintenance) * (prices[a] ?? before)) / before : usdc(maintenance);
  }
  return sum;
}

function isCalled(law: Law, maintenanceRatio: number, zone: Zone): boolean {
  const rules = crisisRules(law);
  if (rules?.graceMs === undefined) return false;
  if (zone === "red") return true;
  return rules.callAt !== undefined && maintenanceRatio * ONE >= rules.callAt;
}

/** The fleet after a shock and all that it forces. Errors: refused as `cascade` does. */
export function whatIf(law: Law, shock: Shock): Measured<WhatIf> {
  const input = cascadeOf(law, shock);
  const outcome = cascade(input);
  return outcome.ok ? measured(told(law, input, outcome.value)) : outcome;
}
