/** Who brought and cost what: results by agent and kind, in columns that add up to the wallet's, exactly. */
import { FLEET, USDC } from "../core/ids.ts";
import { abs, formatMicro, type Micro, micro, notional, qty, ZERO } from "../core/money.ts";
import { type Ppm, ratio } from "../core/ppm.ts";
import type { AttributionLine, AttributionView } from "../protocol/margin-view.ts";
import type { HeldAgent } from "./admission.ts";
import { coinsOf, coinView, earnedOf } from "./attribution-coins.ts";
import { balance, OWN, ownAccount, RESULTS, resultOf, worldAccount } from "./ledger.ts";
import { leverageOverTime } from "./leverage.ts";
import { COST_UNIT, costOf, fleetCost, indexAt, marginRate } from "./margin-cost.ts";
import { weekOf } from "./past.ts";
import { keyOf, type Law } from "./state.ts";
import { togetherView } from "./together.ts";

/** Micro x ppm in one micro of cost a day. */
const DAY_UNIT = 365n * 1_000_000n;

/**
 * Each agent's part of a whole in micro. Rounding: down, the whole and the parts; what the parts leave of the whole,
 * less than a micro for each agent, is the fleet's own, as with funding.
 */
function partsOf(
  agents: readonly HeldAgent[],
  of: (agent: HeldAgent) => bigint,
  [whole, unit]: readonly [bigint, bigint],
): ReadonlyMap<string, Micro> {
  const parts = new Map(agents.map((one) => [one.agent as string, micro(of(one) / unit)]));
  let rest = whole / unit;
  for (const part of parts.values()) rest -= part;
  return parts.set(FLEET, micro((parts.get(FLEET) ?? 0n) + rest));
}

/**
 * Average leverage of what agents have open, in ppm: the value of each position at its mark over the margin held for
 * it. Each counts for itself, also where two agents stand against each other. Rounded up.
 *
 * None: undefined where nothing is open, no margin is held for it, or a market has no mark.
 */
function leverageOf(law: Law, agents: readonly HeldAgent[]): Ppm | undefined {
  let [value, margin] = [0n, 0n];
  for (const { agent, positions } of agents) {
    for (const market of positions) {
      const held = law.positions.get(keyOf(agent, market));
      if (held === undefined || held.qty === 0n) continue;
      const mark = law.markets.get(market)?.mark;
      if (mark === undefined) return undefined;
      value += notional(mark, qty(abs(held.qty)), "ceil");
      margin += held.margin;
    }
  }
  return value === 0n ? undefined : ratio(value, margin, "ceil");
}

/** Of what is open, and over time. */
function leverageView(
  law: Law,
  agents: readonly HeldAgent[],
  at: number,
): Pick<AttributionLine, "leverage" | "leverageOverTime"> {
  const [leverage, over] = [leverageOf(law, agents), leverageOverTime(law, agents, at)];
  return {
    ...(leverage === undefined ? {} : { leverage }),
    ...(over === undefined ? {} : { leverageOverTime: over }),
  };
}

const sum = (amounts: readonly Micro[]): Micro => micro(amounts.reduce((a, b) => a + b, 0n));

/** What margin has cost and costs a day now, by agent and in all. */
function chargesOf(law: Law, at: number) {
  const agents = [...law.agents.values()];
  const index = indexAt(law, at);
  const whole = fleetCost(law, index);
  const rate = BigInt(marginRate(law));
  return {
    whole: micro(whole / COST_UNIT),
    cost: partsOf(agents, (one) => costOf(one, index), [whole, COST_UNIT]),
    perDay: partsOf(agents, ({ reserved }) => reserved * rate, [law.reserved * rate, DAY_UNIT]),
  };
}

/**
 * Results by agent, the fleet's own account among them, and their totals, as they stand at `at`.
 *
 * `valueAtRisk` holds each agent's part of the fleet's, adding up to it; agents without one have none of it.
 * Absent: it cannot be measured.
 */
export function attributionView(
  law: Law,
  at: number,
  valueAtRisk?: ReadonlyMap<string, Micro>,
): AttributionView {
  const of = ({ agent }: HeldAgent, kind: (typeof RESULTS)[number]): Micro =>
    micro(resultOf(law.ledger, USDC, kind, agent));
  const { whole, cost, perDay } = chargesOf(law, at);
  const agents = [...law.agents.values()].filter(
    (one) =>
      one.agent !== FLEET ||
      one.positions.size > 0 ||
      one.past.held.value !== 0n ||
      [cost, perDay].some((parts) => parts.get(FLEET) !== ZERO) ||
      // What was lost this week may be what was gained before: no result is left, and the week's is.
      weekOf(law, one, at) !== ZERO ||
      RESULTS.some((kind) => of(one, kind) !== 0n),
  );
  const text = formatMicro;
  const coins = coinsOf(law);
  const lines = agents.map((agent): AttributionLine => {
    const part = valueAtRisk === undefined ? undefined : (valueAtRisk.get(agent.agent) ?? ZERO);
    return {
      agent: agent.agent,
      results: Object.fromEntries(RESULTS.map((kind) => [kind, text(of(agent, kind))])),
      coins: text(agent.coins),
      earned: earnedOf(law, [agent.agent], coins),
      realized: text(agent.realized),
      unrealized: text(agent.unrealized),
      pnl: text(micro(agent.realized + agent.unrealized)),
      pnlWeek: text(weekOf(law, agent, at)),
      marginCost: text(cost.get(agent.agent) ?? ZERO),
      marginCostPerDay: text(perDay.get(agent.agent) ?? ZERO),
      ...(part === undefined ? {} : { valueAtRisk: text(part) }),
      ...leverageView(law, [agent], at),
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
      pnlWeek: all((agent) => weekOf(law, agent, at)),
      marginCost: text(sum([...cost.values()])),
      marginCostPerDay: text(sum([...perDay.values()])),
      ...(valueAtRisk === undefined ? {} : { valueAtRisk: text(sum([...valueAtRisk.values()])) }),
      ...leverageView(law, agents, at),
    },
    marginRate: marginRate(law),
    together: togetherView(law),
    wallet: {
      owned: text(owned),
      deposited: text(deposited),
      results: text(micro(owned - deposited)),
      marginCost: text(whole),
      coins: coins.map((asset) => coinView(law, asset)),
    },
  };
}
