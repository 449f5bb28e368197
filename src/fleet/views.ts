/** What the law tells an agent and the operator of itself: plain JSON, amounts as decimal texts. */
import { type AgentId, USDC } from "../core/ids.ts";
import {
  abs,
  formatMicro,
  formatPrice,
  formatQty,
  formatUnits,
  type Micro,
  micro,
  price,
  priceOf,
} from "../core/money.ts";
import type { MeasuresView } from "../protocol/risk-view.ts";
import type {
  AgentLine,
  AgentView,
  FleetView,
  MarketView,
  PositionView,
  RiskView,
} from "../protocol/views.ts";
import { availableOf, type HeldAgent, modeOf } from "./admission.ts";
import { killViews, powderView, referralView, waitingView } from "./crisis-views.ts";
import { agreementsView, duesView } from "./due-views.ts";
import { jobsSeenBy } from "./jobs.ts";
import { isConserved, RESULTS, resultOf } from "./ledger.ts";
import { agentMargin, fleetMargin, steadyMargin } from "./margin-views.ts";
import {
  bettingOf,
  betView,
  casinoSeenBy,
  domainView,
  holdings,
  jobView,
  searchView,
} from "./obligation-views.ts";
import { playSeen } from "./play.ts";
import { pricesView } from "./price-views.ts";
import { referrerView } from "./referrers.ts";
import { offersTo } from "./settlement.ts";
import { stableView } from "./stable-share.ts";
import { keyOf, type Law } from "./state.ts";
import { committedOf, dryPowderOf, utilizationOf } from "./totals.ts";
import { workSeenBy } from "./work-bought.ts";

const present = <T>(value: T | undefined): value is T => value !== undefined;

/** Everything that one agent may know. None: undefined when it is not enrolled. */
export function agentView(law: Law, id: AgentId, at: number): AgentView | undefined {
  const agent = law.agents.get(id);
  if (agent === undefined) return undefined;
  const pick = <T>(ids: ReadonlySet<string>, from: ReadonlyMap<string, T>): T[] =>
    [...ids].map((named) => from.get(`${id}/${named}`)).filter(present);
  return {
    fleet: law.fleet,
    agent: id,
    seq: law.seq,
    at,
    zone: law.zone,
    mode: modeOf(law, agent),
    delegation: delegationView(agent),
    margin: agentMargin(law, agent, at),
    reservations: [...agent.reservations].flatMap((reservation) => {
      const held = law.reservations.get(keyOf(id, reservation));
      if (held === undefined) return [];
      return [{ reservation, amount: formatMicro(held.amount), expiresAt: held.expiresAt }];
    }),
    orders: pick(agent.orders, law.orders).map((order) => ({
      order: order.order,
      market: order.market,
      side: order.side,
      qty: formatQty(order.qty),
      filled: formatQty(order.filled),
      phase: order.phase,
      by: order.cause === "" ? "agent" : order.cause,
    })),
    positions: pick(agent.positions, law.positions).map((held) => positionView(law, held)),
    offers: offersTo(law, id, at),
    ...duesView(law, id, at),
    ...referrerView(agent),
    bets: pick(agent.bets, law.bets).map(betView),
    escrows: pick(agent.escrows, law.escrows).map((escrow) => ({
      escrow: escrow.escrow,
      role: escrow.role,
      counterparty: escrow.counterparty,
      amount: formatMicro(escrow.amount),
      description: escrow.description,
      referrer: escrow.referrer ?? "",
      referee: escrow.referee ?? "",
      phase: escrow.phase,
      expiresAt: escrow.expiresAt ?? 0,
      pending: escrow.pending,
    })),
    loans: pick(agent.loans, law.loans).map((loan) => ({
      loan: loan.loan,
      asset: loan.asset,
      amount: formatUnits(loan.units, loan.asset),
      rate: loan.rate,
      ...(loan.collateral === 0 ? {} : { collateral: loan.collateral }),
      noticeMs: loan.noticeMs,
      phase: loan.phase,
      interest: formatUnits(loan.interest, loan.asset),
    })),
    domains: pick(agent.domains, law.domains).map(domainView),
    search: searchView(law, id),
    jobs: jobsSeenBy(law, id).map(jobView),
    ...workSeenBy(agent, at),
    markets: marketViews(law),
    holdings: holdings(law),
    lendShare: law.policy?.lendShare ?? 0,
    casino: casinoSeenBy(law, agent),
    pnl: resultsOf(law, id),
    ...playSeen(agent.play),
  };
}

function delegationView(agent: HeldAgent): AgentView["delegation"] {
  const held = agent.delegation;
  if (held === undefined) return undefined;
  return {
    phase: held.phase,
    cap: formatMicro(held.cap),
    reserved: formatMicro(agent.reserved),
    available: formatMicro(availableOf(agent)),
    services: held.services,
    maxLeverage: held.maxLeverage,
    priority: held.priority,
    mode: held.mode,
    floor: formatMicro(held.floor),
    expiresAt: held.expiresAt,
    closeAt: held.closeAt,
    peak: formatMicro(agent.peak),
    trough: formatMicro(agent.trough),
  };
}

type HeldPosition = NonNullable<ReturnType<Law["positions"]["get"]>>;

function positionView(law: Law, held: HeldPosition): PositionView {
  return {
    market: held.market,
    phase: held.phase,
    qty: formatQty(held.qty),
    entry: held.qty === 0n ? "0" : formatPrice(abs(priceOf(held.cost, held.qty, "down"))),
    mark: formatPrice(law.markets.get(held.market)?.mark ?? price(0n)),
    margin: formatMicro(held.margin),
    unrealized: formatMicro(held.unrealized),
    stop: formatPrice(held.stopPrice),
    maintenance: formatMicro(held.maintenance),
    funding: formatMicro(held.funding),
    ...adlView(law, held),
  };
}

/** The venue ranks net positions: a leg against the net is not in its queue. */
function adlView(law: Law, { market, qty }: HeldPosition): Pick<PositionView, "adl"> {
  const rank = law.venue.ranks.get(market);
  if (rank === undefined || qty === 0n || qty > 0n !== rank.position > 0n) return {};
  return { adl: { lights: rank.lights, ahead: rank.ahead } };
}

const marketViews = (law: Law): MarketView[] =>
  [...law.markets.values()].map(({ policy, mark, markAt, rateNano, uncertain }) => ({
    market: policy.market,
    base: policy.base,
    mark: formatPrice(mark ?? price(0n)),
    markAt,
    ...termsOf(policy),
    ...(rateNano === undefined ? {} : { funding: Number(rateNano) }),
    ...(uncertain && law.policy?.prices !== undefined ? { uncertain } : {}),
  }));

type MarketRules =
  Law["markets"] extends ReadonlyMap<unknown, infer M extends { policy: object }>
    ? M["policy"]
    : never;
type Terms = Omit<MarketView, "market" | "base" | "mark" | "markAt" | "funding" | "uncertain">;

/** A market's rules as text, made once: they stand in every view of every agent. */
const terms = new WeakMap<MarketRules, Terms>();

function termsOf(policy: MarketRules): Terms {
  const known = terms.get(policy);
  if (known !== undefined) return known;
  const made: Terms = {
    lot: formatQty(policy.lot),
    tick: formatPrice(policy.tick),
    minNotional: formatMicro(policy.minNotional),
    maxNotional: formatMicro(policy.maxNotional),
    maxLeverage: policy.maxLeverage,
    takerFee: policy.takerFee,
    tiers: policy.tiers.map(({ upTo, initial, maintenance }) => ({
      ...(upTo === undefined ? {} : { upTo: formatMicro(upTo) }),
      ...{ initial, maintenance },
    })),
  };
  terms.set(policy, made);
  return made;
}

/** Realized results of an agent in USDC, by kind, in coins at their marks, and in all: their sum. */
function resultsOf(law: Law, agent: AgentId): Record<string, string> {
  const results: Record<string, string> = {};
  for (const kind of RESULTS) {
    results[kind] = formatMicro(micro(resultOf(law.ledger, USDC, kind, agent)));
  }
  results["coins"] = formatMicro(law.agents.get(agent)?.coins ?? micro(0n));
  results["total"] = formatMicro(law.agents.get(agent)?.realized ?? micro(0n));
  return results;
}

const agentLine = (law: Law, agent: HeldAgent): AgentLine => ({
  agent: agent.agent,
  phase: agent.retired ? "retired" : (agent.delegation?.phase ?? "enrolled"),
  mode: modeOf(law, agent),
  cap: formatMicro(agent.delegation?.cap ?? micro(0n)),
  reserved: formatMicro(agent.reserved),
  realized: formatMicro(agent.realized),
  unrealized: formatMicro(agent.unrealized),
  positions: agent.positions.size,
  openOrders: agent.orders.size,
  expiresAt: agent.delegation?.expiresAt ?? 0,
  ...bettingOf(law, agent, agent.betting.held),
});

/**
 * The fleet's risk: constant work, however many agents there are.
 *
 * @param measures what the desk beside the law has measured, as of the same turn.
 */
export const riskView = (law: Law, at: number, measures?: MeasuresView): RiskView => ({
  fleet: law.fleet,
  seq: law.seq,
  at,
  epoch: law.epoch,
  mode: law.mode,
  zone: law.zone,
  utilization: utilizationOf(law),
  collateral: formatMicro(law.collateral),
  reserved: formatMicro(law.reserved),
  committed: formatMicro(law.committed),
  dryPowder: formatMicro(dryPowderOf(law)),
  unrealized: formatMicro(law.unrealized),
  margin: steadyMargin(law, at, measures?.equityRatio),
  covered: law.covered,
  booksAgree: law.booksAgree,
  outstandingEffects: law.outbox.size,
  regime: law.regime,
  frozen: law.frozen,
  ...(measures === undefined ? {} : { measures }),
});

/** The fleet as its operator sees it. */
export function fleetView(law: Law, at: number): FleetView {
  const text = (amount: Micro): string => formatMicro(amount);
  return {
    ...{ fleet: law.fleet, seq: law.seq, at, epoch: law.epoch, leader: law.leader },
    mode: law.mode,
    haltEpoch: law.haltEpoch,
    ...killViews(law),
    ...waitingView(law),
    zone: law.zone,
    utilization: utilizationOf(law),
    collateral: text(law.collateral),
    reserved: text(law.reserved),
    committed: text(law.committed),
    dryPowder: text(dryPowderOf(law)),
    ...stableView(law),
    ...powderView(law),
    ...referralView(law),
    ...agreementsView(law, at),
    ...pricesView(law),
    margin: fleetMargin(law, at),
    covered: law.covered,
    booksAgree: law.booksAgree,
    conserved: isConserved(law.ledger),
    wallet: holdings(law),
    agents: [...law.agents.values()]
      .filter(
        (agent) =>
          agent.delegation !== undefined || committedOf(agent) > 0n || agent.agent !== "fleet",
      )
      .map((agent) => agentLine(law, agent)),
    positions: [...law.positions.values()]
      .filter((held) => held.qty !== 0n)
      .map((held) => {
        const { market, qty, mark, unrealized, phase } = positionView(law, held);
        const { agent } = held;
        return { agent, market, qty, mark, unrealized, phase, ...adlView(law, held) };
      }),
    outstandingEffects: law.outbox.size,
    unresolvedEffects: [...law.outbox.values()].filter((open) => open.unresolved).length,
    turns: law.turns,
    rejections: law.rejections,
    counts: Object.fromEntries(law.counts),
  };
}
