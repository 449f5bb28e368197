/** Who brought and cost what: results by agent and kind, in columns that add up to the wallet's, exactly. */
import { FLEET, USDC } from "../core/ids.ts";
import { formatMicro, type Micro, micro, mulDiv, ZERO } from "../core/money.ts";
import type { AttributionLine, AttributionView } from "../protocol/margin-view.ts";
import type { HeldAgent } from "./admission.ts";
import { coinsOf, coinView, earnedOf } from "./attribution-coins.ts";
import { balance, OWN, ownAccount, RESULTS, resultOf, worldAccount } from "./ledger.ts";
import type { Law } from "./state.ts";

const DAYS_A_YEAR = 365n;

/** The best yearly rate that open loans of USDC earn now, in ppm; 0 where none is open. */
const rateNow = (law: Law): number =>
  [...law.loans.values()]
    .filter(({ asset, phase }) => asset === USDC && (phase === "open" || phase === "recalling"))
    .reduce((best, { rate }) => Math.max(best, rate), 0);

/** A day's worth of what is reserved at a yearly rate. Rounding: down. */
const dayOf = (reserved: bigint, rate: number): Micro =>
  micro(mulDiv(reserved, BigInt(rate), DAYS_A_YEAR * 1_000_000n, "floor"));

/** Each agent's part as the growth of a running total, so that the parts are the whole. */
function costs(agents: readonly HeldAgent[], rate: number): readonly Micro[] {
  let held = 0n;
  return agents.map(({ reserved }) => {
    const before = dayOf(held, rate);
    held += reserved;
    return micro(dayOf(held, rate) - before);
  });
}

const sum = (amounts: readonly Micro[]): Micro => micro(amounts.reduce((a, b) => a + b, 0n));

/**
 * Results by agent, the fleet's own account among them, and their totals.
 *
 * `valueAtRisk` holds each agent's part of the fleet's, adding up to it; agents without one have none of it.
 * Absent: it cannot be measured.
 */
export function attributionView(
  law: Law,
  valueAtRisk?: ReadonlyMap<string, Micro>,
): AttributionView {
  const of = ({ agent }: HeldAgent, kind: (typeof RESULTS)[number]): Micro =>
    micro(resultOf(law.ledger, USDC, kind, agent));
  const agents = [...law.agents.values()].filter(
    (one) =>
      one.agent !== FLEET || one.positions.size > 0 || RESULTS.some((kind) => of(one, kind) !== 0n),
  );
  const rate = rateNow(law);
  const cost = costs(agents, rate);
  const text = formatMicro;
  const coins = coinsOf(law);
  const lines = agents.map((agent, i): AttributionLine => {
    const part = valueAtRisk === undefined ? undefined : (valueAtRisk.get(agent.agent) ?? ZERO);
    return {
      agent: agent.agent,
      results: Object.fromEntries(RESULTS.map((kind) => [kind, text(of(agent, kind))])),
      coins: text(agent.coins),
      earned: earnedOf(law, [agent.agent], coins),
      realized: text(agent.realized),
      unrealized: text(agent.unrealized),
      pnl: text(micro(agent.realized + agent.unrealized)),
      marginCost: text(cost[i] ?? ZERO),
      ...(part === undefined ? {} : { valueAtRisk: text(part) }),
    };
  });
  const all = (pick: (agent: HeldAgent) => Micro): string => text(sum(agents.map(pick)));
  const owned = sum(OWN.map((account) => micro(balance(law.ledger, ownAccount(USDC, account)))));
  const deposited = micro(-balance(law.ledger, worldAccount(USDC)));
  return {
    lines,
    total: {
      results: Object.fromEntries(RESULTS.map((kind) => [kind, all((agent) => of(agent, kind))])),
      coins: all((agent) => agent.coins),
      earned: earnedOf(
        law,
        agents.map(({ agent }) => agent),
        coins,
      ),
      realized: all(({ realized }) => realized),
      unrealized: all(({ unrealized }) => unrealized),
      pnl: all(({ realized, unrealized }) => micro(realized + unrealized)),
      marginCost: text(sum(cost)),
      ...(valueAtRisk === undefined ? {} : { valueAtRisk: text(sum([...valueAtRisk.values()])) }),
    },
    marginRate: rate,
    wallet: {
      owned: text(owned),
      deposited: text(deposited),
      results: text(micro(owned - deposited)),
      coins: coins.map((asset) => coinView(law, asset)),
    },
  };
}
