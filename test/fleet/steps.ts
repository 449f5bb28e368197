/** The usual beginnings and the scripted venue: what most stories of the law start from. */
import type { AgentId, MarketId } from "../../src/core/ids.ts";
import { USDC } from "../../src/core/ids.ts";
import { formatDecimal, notional, type Price, type Qty } from "../../src/core/money.ts";
import { millis } from "../../src/core/time.ts";
import { slotOf } from "../../src/fleet/closing.ts";
import { keyOf, type Law } from "../../src/fleet/state.ts";
import type { AgentRequest, OperatorRequest } from "../../src/protocol/commands.ts";
import type { EffectName } from "../../src/protocol/effects.ts";
import type { Policy } from "../../src/protocol/policy.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import type { Side } from "../../src/protocol/words.ts";
import {
  ALICE,
  at,
  BTC_PERP,
  coins,
  ETH_PERP,
  FIVE_TIMES,
  named,
  POLICY,
  T0,
  unitsOf,
  usd,
} from "./cast.ts";
import { by, type Draft, inner, ops, reported, type Step } from "./spec.ts";

export const configured = (policy: Policy = POLICY, policyHash = "p1"): Draft =>
  inner("Configure", { policy, policyHash });

/** Money from the world into the wallet, as the venue reports it. */
export const deposited = (amount: string, asset = USDC): Step =>
  reported({
    type: "deposited",
    asset,
    amount: unitsOf(amount, (asset as string) === "USDC" ? 6 : 8),
  });

/** Marks whose source time goes on with the state's. */
export const marks =
  (btc: string, eth = "1000"): Step =>
  (law) => {
    const newest = Math.max(T0, law.at, ...[...law.markets.values()].map((m) => m.sourceAt + 1));
    return inner("SetMarks", {
      marks: [
        { market: BTC_PERP, price: at(btc), at: millis(newest) },
        { market: ETH_PERP, price: at(eth), at: millis(newest) },
      ],
    });
  };

export const enrolled = (agent: AgentId): Draft => ops("Enrol", { agent });

const ALL_SERVICES = ["trading", "casino", "escrow", "lending", "domains"] as const;

export const granted = (agent: AgentId, terms: Partial<OperatorRequest<"Grant">> = {}): Draft =>
  ops("Grant", {
    agent,
    cap: "2000",
    services: [...ALL_SERVICES],
    maxLeverage: FIVE_TIMES,
    priority: 1,
    mode: "cross",
    floor: "0",
    leaseMs: 600_000,
    ...terms,
  });

/** A configured fleet with 10,000 USDC, BTC at 10,000 and ETH at 1,000. */
export const open: readonly Step[] = [configured(), deposited("10000"), marks("10000")];

/** The open fleet with agents enrolled and delegated. */
export const fleetOf = (...agents: readonly AgentId[]): readonly Step[] => [
  ...open,
  ...agents.flatMap((agent) => [enrolled(agent), granted(agent)]),
];

type OrderFields = Partial<Omit<AgentRequest<"PlaceOrder">, "id">>;

/** Buys 0.1 BTC (1,000 USDC) at 5x on the market, unless told otherwise. */
export const order = (agent: AgentId, name: string, fields: OrderFields = {}): Draft =>
  by(agent, "PlaceOrder", {
    order: name,
    market: "btc-perp",
    side: "buy",
    qty: "0.1",
    leverage: FIVE_TIMES,
    ...fields,
  });

/** The name of an open order's effect. */
const nameOf =
  (agent: AgentId, name: string) =>
  (law: Law): EffectName => {
    const held = law.orders.get(keyOf(agent, named(name)));
    if (held === undefined) throw new Error(`no open order ${agent}/${name}`);
    return held.name;
  };

let trades = 0;
interface Fill {
  readonly qty: Qty;
  readonly price: Price;
  readonly side: Side;
  readonly market: MarketId;
}
const fillBody = (fill: Fill, name: EffectName, stop?: { slot: string; version: number }) =>
  ({
    type: "fill",
    trade: `t${++trades}`,
    order: name,
    ...(stop === undefined ? {} : { stop }),
    ...fill,
    notional: notional(fill.price, fill.qty, fill.side === "buy" ? "up" : "down"),
    // One thousandth, as the policy's taker fee.
    fee: usd(formatDecimal(notional(fill.price, fill.qty, "up") / 1_000n, 6)),
  }) as const satisfies ReportBody;

/** A fill of an open order, at its mark of 10,000 unless told. */
export const fill =
  (agent: AgentId, name: string, size: string, price = "10000") =>
  (law: Law): ReportBody => {
    const held = law.orders.get(keyOf(agent, named(name)));
    if (held === undefined) throw new Error(`no open order ${agent}/${name}`);
    const { market, side } = held;
    return fillBody({ qty: coins(size), price: at(price), side, market }, held.name);
  };

/** A fill of the closing order that the coordinator has under way for a position. */
const closeFill =
  (agent: AgentId, size: string, price = "10000", market = BTC_PERP) =>
  (law: Law): ReportBody => {
    const name = law.positions.get(keyOf(agent, market))?.closing?.order;
    if (name === undefined) throw new Error("no closing order is under way");
    return fill(agent, name, size, price)(law);
  };

/** The coordinator's closing order fills whole, and is done. */
export const closed = (agent: AgentId, size: string, price = "10000", market = BTC_PERP): Step =>
  reported(closeFill(agent, size, price, market), (law) => {
    const name = law.positions.get(keyOf(agent, market))?.closing?.order;
    if (name === undefined) throw new Error("no closing order is under way");
    return done(agent, name, size)(law);
  });

/** A fill of a position's native stop. Of a position that is gone: a sale, of a long that was. */
export const stopFill =
  (agent: AgentId, size: string, price: string, market = BTC_PERP) =>
  (law: Law): ReportBody => {
    const held = law.positions.get(keyOf(agent, market));
    if (held === undefined) throw new Error("no position");
    const side = held.qty < 0n ? "buy" : "sell";
    const stop = { slot: slotOf(agent, market), version: held.stopVersion };
    return fillBody(
      { qty: coins(size), price: at(price), side, market },
      named("0.0.0") as never,
      stop,
    );
  };

/** A fill of nothing that we ordered. */
export const strayFill = (side: Side, size: string, price = "10000"): ReportBody =>
  fillBody({ qty: coins(size), price: at(price), side, market: BTC_PERP }, "99.9.9" as EffectName);

export const done =
  (agent: AgentId, name: string, filled: string, reason: "filled" | "cancelled" = "filled") =>
  (law: Law): ReportBody => ({
    type: "orderDone",
    order: nameOf(agent, name)(law),
    reason,
    filled: coins(filled),
  });

const stopOf = (law: Law, agent: AgentId, market: MarketId) => {
  const held = law.positions.get(keyOf(agent, market));
  if (held === undefined) throw new Error("no position");
  return { slot: slotOf(agent, market), version: held.stopVersion, qty: held.stopQty };
};
/** The venue confirms, fails or triggers the stop that was asked for last. */
export const stopSet =
  (agent: AgentId, market = BTC_PERP) =>
  (law: Law): ReportBody => ({ type: "stopSet", ...stopOf(law, agent, market) });
export const stopFailed =
  (agent: AgentId, market = BTC_PERP) =>
  (law: Law): ReportBody => {
    const { slot, version } = stopOf(law, agent, market);
    return { type: "stopFailed", slot, version, reason: "no such price" };
  };
export const stopTriggered =
  (agent: AgentId, market = BTC_PERP) =>
  (law: Law): ReportBody => {
    const { slot, version } = stopOf(law, agent, market);
    return { type: "stopTriggered", slot, version };
  };

/** Alice is long 0.1 BTC from 10,000 at 5x, and protected. */
export const aliceLong: readonly Step[] = [
  ...fleetOf(ALICE),
  order(ALICE, "o1"),
  reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")),
  reported(stopSet(ALICE)),
];
