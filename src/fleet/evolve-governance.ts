/** Folds what concerns the fleet's make-up, its delegations, modes and the wallet. */
import { must, unreachable } from "../core/assert.ts";
import { type AgentId, FLEET } from "../core/ids.ts";
import { type Micro, max, micro, ZERO } from "../core/money.ts";
import { ONE } from "../core/ppm.ts";
import { after, type Millis, millis } from "../core/time.ts";
import type { GovernanceEvent, WalletEvent } from "../protocol/events.ts";
import type { FlatEvent } from "../protocol/events-crisis.ts";
import type { Policy } from "../protocol/policy.ts";
import type { Mode } from "../protocol/words.ts";
import type { Agent, Delegation } from "./agent-state.ts";
import { emptyBetting } from "./betting-state.ts";
import { TRAILING } from "./crisis-state.ts";
import { schedule } from "./deadlines.ts";
import { noneDealt } from "./dealt-state.ts";
import { ownAccount, transfer, worldAccount } from "./ledger.ts";
import type { Market } from "./market-state.ts";
import { newPast, noTime } from "./past-state.ts";
import { noPlay } from "./play-state.ts";
import { withRule } from "./rules.ts";
import { type FleetState, type KillScope, killKey } from "./state.ts";
import { adjust, recount, revalue } from "./totals.ts";

const newAgent = (agent: AgentId, note: string): Agent => ({
  agent,
  note,
  retired: false,
  mode: "run",
  delegation: undefined,
  play: noPlay(),
  reserved: ZERO,
  realized: ZERO,
  coins: ZERO,
  unrealized: ZERO,
  maintenance: ZERO,
  peak: ZERO,
  trough: ZERO,
  rung: 0,
  record: [],
  recordedAt: ZERO,
  reservations: new Set(),
  orders: new Set(),
  positions: new Set(),
  bets: new Set(),
  escrows: new Set(),
  loans: new Set(),
  domains: new Set(),
  jobs: new Set(),
  work: { postedAt: undefined, paid: [] },
  dues: new Set(),
  dealt: noneDealt(),
  betting: emptyBetting(),
  referrer: undefined,
  past: newPast(),
});

function configure(state: FleetState, policy: Policy, hash: string, at: Millis): void {
  state.policy = policy;
  state.policyHash = hash;
  // The fleet itself holds what nobody ordered; it has no delegation.
  if (!state.agents.has(FLEET)) state.agents.set(FLEET, newAgent(FLEET, "the fleet itself"));
  const before = state.collateral;
  const listed = new Set(policy.markets.map(({ market }) => market));
  for (const [id, market] of state.markets) market.delisted = !listed.has(id);
  state.looser.clear();
  state.waiting.clear();
  state.assets.clear();
  for (const asset of policy.assets) state.assets.set(asset.asset, asset);
  for (const market of policy.markets) {
    const held = state.markets.get(market.market);
    const fresh: Market = {
      policy: market,
      delisted: false,
      mark: held?.mark,
      markTime: held?.markTime ?? noTime(),
      markAt: held?.markAt ?? millis(0),
      sourceAt: held?.sourceAt ?? millis(0),
      movedAt: held?.movedAt ?? millis(0),
      repeats: held?.repeats ?? 0,
      doubted: held?.doubted,
      sampled: held?.sampled,
      variance: held?.variance ?? 0n,
      scale: held?.scale ?? ONE,
      rateNano: held?.rateNano,
      refused: held?.refused,
      positions: held?.positions ?? new Set(),
      readings: held?.readings ?? new Map(),
      uncertain: held?.uncertain ?? false,
    };
    state.markets.set(market.market, fresh);
  }
  revalueAll(state);
  revalued(state, before);
  const period = policy.crisis?.reallocate?.periodMs;
  if (period !== undefined && state.crisis.periodAt <= at) nextPeriod(state, after(at, period));
}

/** Brackets are rules: what positions need is by those in force. */
function revalueAll(state: FleetState): void {
  for (const { agent, market } of state.positions.values()) revalue(state, agent, market);
}

/** One rule in force, by its name and text, wherever the fold keeps it. */
export function setRule(state: FleetState, rule: string, text: string): void {
  const before = state.collateral;
  const policy = withRule(must(state.policy, "a rule is of rules"), rule, text);
  state.policy = policy;
  for (const market of policy.markets) {
    const held = state.markets.get(market.market);
    if (held !== undefined) held.policy = market;
  }
  for (const { asset, lendShare } of policy.assets) {
    const { lendShare: _, ...held } = must(state.assets.get(asset), "an asset of the rules");
    state.assets.set(asset, { ...held, ...(lendShare === undefined ? {} : { lendShare }) });
  }
  revalueAll(state);
  revalued(state, before);
}

/** What other haircuts make of the collateral is neither gain nor loss. */
export function revalued(state: FleetState, before: Micro): void {
  recount(state);
  state.crisis.peak = micro(state.crisis.peak + state.collateral - before);
}

/** When the period that has begun ends. */
export function nextPeriod(state: FleetState, at: Millis): void {
  state.crisis.periodAt = at;
  schedule(state.deadlines, { at, kind: "period", key: "" });
}

function killed(state: FleetState, { agent, venue }: KillScope, mode: Mode, reason: string): void {
  const scope = venue === undefined ? { agent } : { agent, venue };
  const key = killKey(scope);
  if (mode === "run") state.kills.delete(key);
  else state.kills.set(key, { ...scope, mode, epoch: state.haltEpoch, reason, flat: false });
}

/** Whether a flattened scope has been told flat. */
export function evolveFlat(state: FleetState, event: FlatEvent): void {
  const kill = must(state.kills.get(killKey(event)), "what is flat was flattened");
  kill.flat = event.type === "FlatReached";
}

const delegationOf = (state: FleetState, agent: AgentId): Delegation =>
  must(state.agents.get(agent)?.delegation, "a delegation event names a delegated agent");

export function evolveGovernance(state: FleetState, event: GovernanceEvent, at: Millis): void {
  switch (event.type) {
    case "FleetConfigured":
      return configure(state, event.policy, event.policyHash, at);
    case "LeaderElected":
      state.epoch = event.epoch;
      state.leader = event.holder;
      return;
    case "AgentEnrolled":
      state.agents.set(event.agent, newAgent(event.agent, event.note));
      return;
    case "AgentRetired":
      must(state.agents.get(event.agent), "who retires is enrolled").retired = true;
      return;
    case "FloorBreached":
      must(state.agents.get(event.agent), "who breaches is enrolled").mode = "reduce";
      return killed(state, { agent: event.agent }, "reduce", "floor");
    case "AgentContained":
      // Told for the record: the mode that follows is what holds.
      return;
    case "ModeSet":
      state.haltEpoch = event.epoch;
      killed(state, event, event.mode, event.reason);
      if (event.venue !== undefined) return;
      if (event.agent === FLEET) {
        state.mode = event.mode;
        // The operator opens the fleet again: its trailing stop is over.
        if (event.mode === "run") state.crisis.followed.delete(TRAILING);
      } else must(state.agents.get(event.agent), "who gets a mode is enrolled").mode = event.mode;
      return;
    default:
      return evolveDelegation(state, event, at);
  }
}

type DelegationEvent = Exclude<
  GovernanceEvent,
  {
    type:
      | "FleetConfigured"
      | "LeaderElected"
      | "AgentEnrolled"
      | "AgentRetired"
      | "FloorBreached"
      | "AgentContained"
      | "ModeSet";
  }
>;

function evolveDelegation(state: FleetState, event: DelegationEvent, at: Millis): void {
  const { agent } = event;
  switch (event.type) {
    case "DelegationGranted": {
      const { cap, services, maxLeverage, priority, mode, floor, leaseMs, expiresAt } = event;
      adjust(state, agent, (holder) => {
        holder.delegation = {
          phase: "active",
          ...{ cap, services, maxLeverage, priority, mode, floor, leaseMs, expiresAt },
          withheld: ZERO,
          closeAt: undefined,
          raise: undefined,
          realizedAtGrant: holder.realized,
        };
        // A new delegation is a new record.
        holder.peak = micro(holder.realized + holder.unrealized);
        holder.trough = holder.peak;
        holder.rung = 0;
      });
      return schedule(state.deadlines, { at: expiresAt, kind: "lease", key: agent });
    }
    case "LeaseRenewed": {
      const delegation = delegationOf(state, agent);
      delegation.phase = "active";
      delegation.expiresAt = event.expiresAt;
      return schedule(state.deadlines, { at: event.expiresAt, kind: "lease", key: agent });
    }
    case "LeaseExpired":
      delegationOf(state, agent).phase = "expired";
      return;
    case "RaiseScheduled":
      delegationOf(state, agent).raise = { cap: event.cap, effectiveAt: event.effectiveAt };
      return schedule(state.deadlines, { at: event.effectiveAt, kind: "raise", key: agent });
    case "RaiseVoided":
      delegationOf(state, agent).raise = undefined;
      return;
    case "CapRaised":
    case "CapCut":
      return adjust(state, agent, (holder) => {
        const delegation = must(holder.delegation, "a cap belongs to a delegation");
        // A raise gives back first what was withheld.
        const given = max(micro(event.cap - delegation.cap), ZERO);
        delegation.withheld = max(micro(delegation.withheld - given), ZERO);
        delegation.cap = event.cap;
        // A cut voids the raise that waits; a raise that came is done.
        delegation.raise = undefined;
      });
    case "DelegationRecalled":
    case "DelegationRevoked": {
      const delegation = delegationOf(state, agent);
      const closeAt = event.type === "DelegationRecalled" ? event.closeAt : at;
      delegation.phase = "recalling";
      delegation.closeAt = closeAt;
      delegation.raise = undefined;
      state.ending.add(agent);
      return schedule(state.deadlines, { at: closeAt, kind: "recall", key: agent });
    }
    case "DelegationEnded":
      state.ending.delete(agent);
      return adjust(state, agent, (holder) => {
        must(holder.delegation, "what ends was granted").phase = "ended";
      });
    default:
      return unreachable(event);
  }
}

export function evolveWallet(state: FleetState, event: WalletEvent): void {
  if (event.type === "DepositRequested") return;
  const { asset, units } = event;
  const wallet = ownAccount(asset, "wallet");
  const leaving = ownAccount(asset, "withdrawals");
  const world = worldAccount(asset);
  const before = state.collateral;
  if (event.type === "Deposited") transfer(state.ledger, world, wallet, units);
  else if (event.type === "WithdrawalApproved") transfer(state.ledger, wallet, leaving, units);
  else if (event.type === "Withdrawn") transfer(state.ledger, leaving, world, units);
  else transfer(state.ledger, leaving, wallet, units);
  // Nor is what comes in and goes out.
  revalued(state, before);
}
