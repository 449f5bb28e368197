/** What must hold of what plans cost: it is what their books say, and pays for no order that they could do without. */
import { type AgentId, FLEET } from "../../core/ids.ts";
import { abs } from "../../core/money.ts";
import { keyOf, type Law } from "../../fleet/state.ts";
import type { EventOf, FleetEvent } from "../../protocol/events.ts";
import type { Invariant } from "./breach.ts";
import { type Closable, fill, Taker, worthOf } from "./closing-cost.ts";
import { RefusedPrices } from "./refused-prices.ts";

type Tell = (invariant: Invariant, detail: string) => void;
type Planned = EventOf<"LiquidationPlanned">;
type Takers = ReadonlyMap<string, Taker>;

const ONE = 1e6;
/** USDC by which two sums of the same may differ: what is told is rounded up to a millionth. */
const ROUNDING = 2e-6;
/** Depth of a market where no rule names one, as docs/crisis.md tells it. */
const DEPTH = 1_000_000_000_000n;

/** A plan with what the judges need of it: its last tier, and what it closes of the tiers before. */
interface Looked {
  readonly plan: Planned;
  readonly law: Law;
  /** Of the last tier, whether the plan closes them or not. */
  readonly rows: readonly Closable[];
  readonly before: readonly Closable[];
  readonly closed: ReadonlyMap<string, bigint>;
}

export class FewerRules {
  readonly #tell: Tell;
  readonly #refused = new RefusedPrices();
  /** Orders that were looked at: could their plan have done without? */
  looked = 0;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** Before an event is folded. */
  event(event: FleetEvent, at: number, law: Law): void {
    this.#refused.event(event, at, law.policy?.closeRetryMs ?? 0);
    if (event.type !== "LiquidationPlanned" || event.books === undefined) return;
    // What waits, or goes with the next plan, is not told: nor is what the rules price of hedges and funding.
    const { more, waiting, steps } = event;
    const { hedgeCost, fundingPayments } = law.policy?.crisis ?? {};
    if (more > 0 || waiting !== undefined || steps.length === 0) return;
    if (hedgeCost !== undefined || fundingPayments !== undefined) return;
    this.#costs(event, law);
    this.#pays(event, at, law);
  }

  #costs(plan: Planned, law: Law): void {
    const takers = takersOf(plan, law);
    let cost = 0;
    for (const { of, market, qty } of plan.steps) {
      const row = rowOf(plan, law, of, market);
      if (row !== undefined) cost += send(takers, row, qty);
    }
    const told = Number(plan.cost) / ONE;
    const off = Math.abs(Math.max(cost, 0) - told);
    if (off > ROUNDING * (1 + told))
      this.#tell("I9", `${plan.call}: is said to cost ${told}, by its books ${cost}`);
  }

  /** Where nothing else than cost and orders was weighed, and no pace kept it from the cheapest. */
  #pays(plan: Planned, at: number, law: Law): void {
    const { status, knockOn, distress, alternatives, call } = plan;
    const { pace, closeBy, fewerOrders = 0 } = law.policy?.crisis ?? {};
    if (status !== "restored" || (knockOn ?? distress ?? pace ?? closeBy) !== undefined) return;
    const looked = this.#look(plan, at, law);
    const [told, bound] = [Number(plan.cost) / ONE, Number(plan.lowerBound) / ONE];
    const rule = Math.min(...alternatives.map(({ cost }) => Number(cost) / ONE));
    if (told > rule + ROUNDING) this.#tell("I9", `${call}: costs ${told}, a simple rule ${rule}`);
    const found = costOf(looked, looked.rows);
    if (bound > found + ROUNDING)
      this.#tell("I9", `${call}: none is said to cost less than ${bound}, one costs ${found}`);
    if (fewerOrders === 0) return;
    const pays = 1 + fewerOrders / ONE;
    if (told > found * pays + ROUNDING)
      this.#tell("I9", `${call}: costs ${told} for fewer orders, one without costs ${found}`);
    this.#orders(looked, Math.min(bound * pays, rule));
  }

  #look(plan: Planned, at: number, law: Law): Looked {
    const closed = new Map<string, bigint>();
    for (const { of, market, qty } of plan.steps) {
      const key = keyOf(of, market);
      closed.set(key, (closed.get(key) ?? 0n) + qty);
    }
    const busy = new Set<string>();
    for (const { agent, market, cause } of law.orders.values())
      if (cause !== "") busy.add(keyOf(agent, market));
    const last = Math.max(...plan.steps.map(({ of }) => tierOf(law, of)));
    const [rows, before]: [Closable[], Closable[]] = [[], []];
    for (const [key, { agent, market, closing }] of law.positions) {
      const row = isOf(plan, law, agent) ? rowOf(plan, law, agent, market) : undefined;
      if (row === undefined) continue;
      const shut = busy.has(key) || closing !== undefined;
      const none = shut || this.#refused.has(market, row.mark, at);
      const done = closed.get(key) ?? 0n;
      if (tierOf(law, agent) < last) before.push({ ...row, most: done });
      else if (tierOf(law, agent) === last) rows.push(none ? { ...row, most: done } : row);
    }
    return { plan, law, rows, before, closed };
  }

  /** No order of the last tier is left without which the others would free enough at a cost that pays. */
  #orders(looked: Looked, most: number): void {
    const { plan, rows, closed } = looked;
    // Without one side of a cross the other would be an order.
    if (plan.steps.some(({ kind }) => kind === "cross")) return;
    const orders = rows.filter(({ key }) => closed.has(key));
    if (orders.length < 2) return;
    for (const one of orders) {
      this.looked += 1;
      const cost = costOf(
        looked,
        orders.filter((other) => other !== one),
      );
      if (cost > most) continue;
      const told = `${plan.call}: without ${one.key} it costs ${cost}, for fewer orders ${most}`;
      return this.#tell("I9", told);
    }
  }
}

/** USDC of closing what was closed before and as much of these as is needed; infinite where that is too little. */
function costOf({ plan, law, before }: Looked, rows: readonly Closable[]): number {
  const takers = takersOf(plan, law);
  let [cost, freed] = [0, 0];
  for (const row of before) {
    cost += send(takers, row, row.most);
    freed += Number((row.whole * row.most) / row.size);
  }
  const wanted = Number(plan.need - plan.underway) - freed + cost * ONE;
  return cost + (fill(rows, takers, wanted) ?? Number.POSITIVE_INFINITY);
}

function send(takers: Takers, row: Closable, qty: bigint): number {
  const taker = takers.get(row.market);
  const worth = worthOf(row, qty);
  return taker === undefined ? 0 : taker.send(worth);
}

/** The books as the plan told them; of markets that it leaves alone by the rules. */
function takersOf({ books = [], agent }: Planned, law: Law): Takers {
  const held = new Map<string, number>();
  for (const { agent: owner, market, qty } of law.positions.values()) {
    if (agent !== FLEET && owner !== agent) continue;
    const mark = law.markets.get(market)?.mark ?? 0n;
    held.set(market, (held.get(market) ?? 0) + Number(qty * mark) / 1e16);
  }
  const rules = law.policy?.crisis;
  const takers = new Map<string, Taker>();
  for (const [id, { policy }] of law.markets) {
    const told = books.find(({ market }) => market === id);
    const ruled = {
      depth: policy.depth ?? rules?.depth ?? DEPTH,
      halfSpread: policy.halfSpread ?? rules?.halfSpread ?? 0,
      permanentShare: policy.permanentShare ?? rules?.permanentShare ?? 0,
      takerFee: policy.takerFee,
    };
    takers.set(id, new Taker(told ?? ruled, held.get(id) ?? 0));
  }
  return takers;
}

/** A position as a plan may close it, all of it. None: undefined without one, or without a mark. */
function rowOf(
  { by }: Planned,
  law: Law,
  agent: AgentId,
  market: Planned["steps"][number]["market"],
): Closable | undefined {
  const key = keyOf(agent, market);
  const held = law.positions.get(key);
  const { mark, policy } = law.markets.get(market) ?? {};
  if (held === undefined || held.qty === 0n || mark === undefined || policy === undefined)
    return undefined;
  const size = abs(held.qty);
  const whole = by === "utilization" ? held.margin : held.maintenance;
  return { key, market, long: held.qty > 0n, size, most: size, lot: policy.lot, mark, whole };
}

const tierOf = (law: Law, agent: AgentId): number =>
  law.agents.get(agent)?.delegation?.priority ?? 0;

/** Is what this agent holds the plan's to close? */
function isOf({ agent: scope }: Planned, law: Law, agent: AgentId): boolean {
  if (scope !== FLEET) return agent === scope;
  const held = law.agents.get(agent)?.delegation;
  return held?.mode !== "isolated" || held.phase === "ended";
}
