/** Fleets that stand in a crisis or near one, for the tests of what the law then does. */
import { type AgentId, USDC } from "../../src/core/ids.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { compareBooks } from "../../src/fleet/books.ts";
import { keyOf, type Law } from "../../src/fleet/state.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import type { FleetEvent } from "../../src/protocol/events.ts";
import type { Policy } from "../../src/protocol/policy.ts";
import { ALICE, BTC_PERP, FIVE_TIMES, POLICY, unitsOf, usd } from "./cast.ts";
import { reported, type Step, type Story } from "./spec.ts";
import {
  configured,
  deposited,
  done,
  enrolled,
  fill,
  granted,
  marks,
  order,
  stopSet,
} from "./steps.ts";

/** Calls and their targets alone; every other duty is off. */
export const CALLS: CrisisPolicy = {
  graceMs: 300_000,
  callAt: percent(85),
  targetUtilization: percent(55),
  targetMaintenance: percent(60),
  hysteresis: percent(5),
  depth: usd("1000000"),
  halfSpread: ppm(100),
  permanentShare: percent(30),
};

/** A lot can be held: half of all positions is margin, and no market is too small. */
export const crisisPolicy = (crisis: CrisisPolicy, rest: Partial<Policy> = {}): Policy => ({
  ...POLICY,
  dryPowder: percent(0),
  markJumpMax: percent(90),
  ...rest,
  crisis,
});

/** Opens a position at 5x, filled whole and protected. */
export const held = (
  agent: AgentId,
  size: string,
  side: "buy" | "sell" = "buy",
  leverage = FIVE_TIMES,
): readonly Step[] => {
  const name = `o-${agent}`;
  return [
    order(agent, name, { side, qty: size, leverage }),
    reported(fill(agent, name, size), done(agent, name, size)),
    reported(stopSet(agent)),
  ];
};

/** A configured fleet with so much USDC, BTC at 10,000 and agents with a cap each. */
export const crisisFleet = (
  policy: Policy,
  deposit: string,
  ...agents: readonly (readonly [AgentId, Parameters<typeof granted>[1]])[]
): readonly Step[] => [
  configured(policy),
  deposited(deposit),
  marks("10000"),
  ...agents.flatMap(([agent, terms]) => [enrolled(agent), granted(agent, terms)]),
];

/** Everything that was journaled, in its order. */
const journaled = (story: Story): readonly FleetEvent[] =>
  story.journal.flatMap(({ turn }) => turn.events);

export const eventsOf = <T extends FleetEvent["type"]>(story: Story, type: T) =>
  journaled(story).filter(
    (event): event is Extract<FleetEvent, { type: T }> => event.type === type,
  );

/** The coordinator's orders that are open. */
export const forcedOrders = (law: Law) =>
  [...law.orders.values()].filter(({ cause }) => cause !== "");

/** Every order of the coordinator fills whole at a price. */
export const forcedFill =
  (price = "10000"): Step =>
  (law) =>
    forcedOrders(law).map(({ agent, order, qty }) => {
      const size = textOf(qty);
      return reported(fill(agent, order, size, price), done(agent, order, size));
    });

const textOf = (qty: bigint): string => {
  const digits = qty.toString().padStart(9, "0");
  return `${digits.slice(0, -8)}.${digits.slice(-8)}`.replace(/\.?0+$/, "");
};

/** The venue ends the coordinator's orders with so much of each filled, nothing by default. */
export const ended =
  (size = "0"): Step =>
  (law) =>
    forcedOrders(law).map(({ agent, order: name }) =>
      reported(...(size === "0" ? [] : [fill(agent, name, size)]), done(agent, name, size)),
    );

/** The plans of one call, or of a duty, in their order. */
export const plansOf = (story: Story, call: string) =>
  eventsOf(story, "LiquidationPlanned").filter((plan) => plan.call === call);

/** What the venue would have of our account, were it told what we were told and nothing else. */
export const venueOf = (story: Story, cash: bigint, net: bigint, cost: bigint) =>
  compareBooks(story.state, {
    seq: 0,
    at: story.now,
    balances: new Map([[USDC, unitsOf("0", 6)]]).set(USDC, cash as never),
    locked: new Map(),
    positions: new Map([[BTC_PERP, { qty: net as never, cost: cost as never }]]),
    openOrders: [],
    stops: [],
  });

export const positionOf = (story: Story, agent: AgentId = ALICE) =>
  story.state.positions.get(keyOf(agent, BTC_PERP));
