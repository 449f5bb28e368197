/** Which caps would make every agent's book bear the same part of the fleet's risk: told, not done. */
import type { AgentId } from "../core/ids.ts";
import {
  formatMicro,
  fromFloat,
  type Micro,
  micro,
  notional,
  toFloat,
  USDC_DECIMALS,
} from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import type { Law } from "../fleet/state.ts";
import { normalComponentVar } from "../risk/component-var.ts";
import { covariance, portfolioVolatility } from "../risk/covariance.ts";
import { type Measured, measured, refused } from "../risk/refusal.ts";
import { riskParity } from "../risk/risk-parity.ts";
import { type Scenarios, standFor } from "./risk-desk-scenarios.ts";

/** The level at which parts are taken; by the normal formula they are the same at every one. */
const TAIL = 10_000 as Ppm;

export interface EqualRiskLine {
  readonly agent: string;
  readonly cap: string;
  readonly reserved: string;
  /** Its part of the risk of all these books; negative where it hedges the others. */
  readonly part: number;
  /** The cap at which its part would be that of each other, its book grown or shrunk with it. */
  readonly equalCap: string;
}

export interface EqualRisk {
  readonly lines: readonly EqualRiskLine[];
  /** Days that were replayed. */
  readonly days: number;
  /** Deviation of a day's result of all these books, USDC: as the caps are, and with equal parts. */
  readonly now: number;
  readonly equal: number;
}

interface Booked {
  readonly agent: AgentId;
  readonly cap: Micro;
  readonly reserved: Micro;
  /** Result of each day for one USDC of cap. */
  readonly days: Float64Array;
}

/** Agents with a delegation and open positions: what each day would have made of them. */
function booksOf(law: Law, scenarios: Scenarios): readonly Booked[] {
  return [...law.agents.values()].flatMap(({ agent, delegation, positions, reserved }) => {
    if (delegation === undefined || delegation.phase === "ended") return [];
    if (delegation.cap === 0n || positions.size === 0) return [];
    const { cap } = delegation;
    const days = new Float64Array(scenarios.count);
    for (const id of positions) {
      const market = law.markets.get(id);
      const held = law.positions.get(`${agent}/${id}`);
      if (market?.mark === undefined || held === undefined) continue;
      const worth = toFloat(notional(market.mark, held.qty, "down"), USDC_DECIMALS);
      const returns = scenarios.returns[standFor(scenarios, market.policy.base).asset];
      const part = worth / toFloat(cap, USDC_DECIMALS);
      returns?.forEach((move, day) => {
        days[day] = (days[day] ?? 0) + part * move;
      });
    }
    return [{ agent, cap, reserved, days }];
  });
}

/**
 * Caps of equal risk, from the books as they are held and the covariance of what each would have made on the same days.
 *
 * The sum of the caps stays; a book is taken to grow and shrink with its cap. Caps are rounded down to the unit, and
 * what that leaves is nobody's.
 * Refusals: `too-few-samples` below two books, `singular` where books are one and the same bet or move by nothing,
 * `not-converged`.
 */
export function equalRisk(law: Law, scenarios: Scenarios): Measured<EqualRisk> {
  const books = booksOf(law, scenarios);
  if (books.length < 2) {
    return refused("too-few-samples", `${books.length} agents hold a book: parts need two`);
  }
  const moves = covariance(books.map(({ days }) => days));
  if (!moves.ok) return moves;
  const parity = riskParity(moves.value);
  if (!parity.ok) return parity;
  const caps = books.map(({ cap }) => toFloat(cap, USDC_DECIMALS));
  const now = normalComponentVar({ weights: caps, covariance: moves.value }, TAIL);
  if (!now.ok) return now;
  const whole = books.reduce((sum, { cap }) => sum + cap, 0n);
  const total = toFloat(whole, USDC_DECIMALS);
  const equal = parity.value.volatility * total;
  const lines = books.map(({ agent, cap, reserved }, i): EqualRiskLine => {
    const weight = parity.value.weights[i] ?? 0;
    return {
      ...{ agent, cap: formatMicro(cap), reserved: formatMicro(reserved) },
      part: now.value.shares?.[i] ?? 0,
      equalCap: formatMicro(micro(fromFloat(weight * total, USDC_DECIMALS, "down"))),
    };
  });
  const spread = portfolioVolatility(caps, moves.value);
  return spread.ok ? measured({ lines, days: scenarios.count, now: spread.value, equal }) : spread;
}
