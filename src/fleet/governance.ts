/** Who is in the fleet, what each may use, and in which mode: the operator's commands. */

import { delegationMachine } from "../../machines/delegation.ts";
import { step } from "../../machines/step.ts";
import type { AgentId, Id, MarketId } from "../core/ids.ts";
import { FLEET } from "../core/ids.ts";
import { AGENTS_MAX, SWEEP_EVENTS_MAX } from "../core/limits.ts";
import { formatMicro, type Micro, micro } from "../core/money.ts";
import { share } from "../core/ppm.ts";
import { after } from "../core/time.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import type { CommandOf } from "../protocol/turns.ts";
import type { Mode } from "../protocol/words.ts";
import {
  type Consequence,
  type Context,
  callerOf,
  type Decision,
  type HeldAgent,
  type HeldDelegation,
  isRefusal,
} from "./admission.ts";
import { clearBetting } from "./betting.ts";
import { atMost, gate } from "./checks.ts";
import { cancelOpen, closeAll, closePosition, voidPending } from "./closing.ts";
import { marketsOf, scopeOf } from "./kills.ts";
import { killKey } from "./state.ts";
import { committedOf, coverOf, dryPowderOf, staleAsset } from "./totals.ts";

const MODE_RANK = { run: 0, reduce: 1, halt: 2, flatten: 3 } as const;

export function* enrol(ctx: Context, { body }: CommandOf<"Enrol">): Decision {
  if (body.agent === FLEET || (body.agent as string) === "operator") {
    return refuse("not_allowed", `${body.agent} is reserved`);
  }
  if (ctx.law.agents.has(body.agent)) return refuse("agent_exists", body.agent);
  if (ctx.law.agents.size >= AGENTS_MAX) return refuse("too_many_open", `${AGENTS_MAX} agents`);
  yield { type: "AgentEnrolled", agent: body.agent, note: body.note ?? "" };
  return undefined;
}

export function* retire(ctx: Context, { body }: CommandOf<"Retire">): Decision {
  const agent = callerOf(ctx.law, body.agent);
  if (isRefusal(agent)) return agent;
  const phase = agent.delegation?.phase;
  if (phase !== undefined && phase !== "ended") return refuse("has_obligations", "a delegation");
  const { reserved, positions, orders, escrows, loans } = agent;
  if (reserved !== 0n || positions.size + orders.size + escrows.size + loans.size > 0)
    return refuse("has_obligations");
  yield { type: "AgentRetired", agent: agent.agent };
  return undefined;
}

/** Would this much more be covered, by collateral whose worth is known now and agreed with the venue? */
function covered(ctx: Context, more: Micro): Rejection | undefined {
  const { law, told } = ctx;
  const differ = law.booksAgree
    ? undefined
    : refuse("reduce_only", "the books differ from the venue's");
  const books = gate(told, "books", law.booksAgree ? "equal" : "different", differ);
  if (books !== undefined) return books;
  const stale = staleAsset(law, ctx.at);
  const old = stale === undefined ? undefined : refuse("stale_mark", `${stale} cannot be valued`);
  const cover = coverOf(law);
  return (
    gate(told, "mark", stale === undefined ? "fresh" : `none for ${stale}`, old) ??
    atMost(told, "coverage", "USDC", [more, cover], () => {
      const allowed = cover < 0n ? "0" : formatMicro(cover);
      return refuse("coverage_exceeded", `asked ${formatMicro(more)}, allowed ${allowed}`);
    })
  );
}

/** Does neither an alarm nor lost cover hold every delegation where it is? */
function mayGrow({ law, told }: Context): Rejection | undefined {
  const { frozen, covered: holds, regime } = law;
  return (
    gate(told, "frozen", regime, frozen ? refuse("frozen", regime) : undefined) ??
    gate(told, "cover", holds ? "covered" : "not covered", holds ? undefined : refuse("uncovered"))
  );
}

/** The living delegation of a named agent. */
function living(
  ctx: Context,
  id: AgentId,
): { agent: HeldAgent; delegation: HeldDelegation } | Rejection {
  const agent = callerOf(ctx.law, id);
  if (isRefusal(agent)) return agent;
  const delegation = agent.delegation;
  if (delegation === undefined || delegation.phase === "ended") return refuse("no_delegation", id);
  return { agent, delegation };
}

export function* grant(ctx: Context, { body }: CommandOf<"Grant">): Decision {
  const agent = callerOf(ctx.law, body.agent);
  if (isRefusal(agent)) return agent;
  const phase = agent.delegation?.phase;
  if (phase !== undefined && phase !== "ended") return refuse("delegation_exists", phase);
  if (body.floor > body.cap) return refuse("bad_field", "the floor is at most the cap");
  const shut = mayGrow(ctx);
  if (shut !== undefined) return shut;
  const over = covered(ctx, micro(body.cap > agent.reserved ? body.cap - agent.reserved : 0n));
  if (over !== undefined) return over;
  const { cap, services, maxLeverage, priority, mode, floor, leaseMs } = body;
  yield {
    type: "DelegationGranted",
    agent: agent.agent,
    cap,
    services: [...new Set(services)],
    maxLeverage,
    priority,
    mode,
    floor,
    leaseMs,
    expiresAt: after(ctx.at, leaseMs),
    collateral: ctx.law.collateral,
    dryPowder: dryPowderOf(ctx.law),
  };
  return undefined;
}

export function* renew(ctx: Context): Decision {
  const held = living(ctx, ctx.stamp.from);
  if (isRefusal(held)) return held;
  const { agent, delegation } = held;
  if (step(delegationMachine, delegation.phase, "RENEW") === undefined) {
    return refuse("illegal_phase", `${delegation.phase} cannot be renewed`);
  }
  yield {
    type: "LeaseRenewed",
    agent: agent.agent,
    expiresAt: after(ctx.at, delegation.leaseMs),
  };
  return undefined;
}

/** Loosening waits and comes in bounded steps; tightening is instant. */
export function* raise(ctx: Context, { body }: CommandOf<"Raise">): Decision {
  const held = living(ctx, body.agent);
  if (isRefusal(held)) return held;
  const { agent, delegation } = held;
  if (delegation.phase !== "active") return refuse("illegal_phase", delegation.phase);
  if (body.cap <= delegation.cap) return refuse("not_looser", formatMicro(delegation.cap));
  if (delegation.raise !== undefined) return refuse("raise_pending");
  const shut = mayGrow(ctx);
  const policy = ctx.law.policy;
  if (shut !== undefined || policy === undefined) return shut ?? refuse("uncovered");
  const limit = micro(delegation.cap + share(delegation.cap, policy.raiseStep, "floor"));
  const far = atMost(ctx.told, "step", "USDC", [body.cap, limit], () =>
    refuse("step_exceeded", `asked ${formatMicro(body.cap)}, allowed ${formatMicro(limit)}`),
  );
  if (far !== undefined) return far;
  const over = covered(ctx, micro(body.cap - delegation.cap));
  if (over !== undefined) return over;
  const effectiveAt = after(ctx.at, policy.raiseDelayMs);
  yield { type: "RaiseScheduled", agent: agent.agent, cap: body.cap, effectiveAt };
  return undefined;
}

/** The raise whose time has come: measured again, against what is true now. */
export function* raiseDue(ctx: Context, id: AgentId): Consequence {
  const agent = ctx.law.agents.get(id);
  const raised = agent?.delegation?.raise;
  if (agent === undefined || raised === undefined || raised.effectiveAt > ctx.at) return;
  const delegation = agent.delegation;
  const more = micro(raised.cap - committedOf(agent));
  if (delegation?.phase !== "active") {
    yield { type: "RaiseVoided", agent: id, reason: `the delegation is ${delegation?.phase}` };
  } else if (ctx.law.frozen) {
    yield { type: "RaiseVoided", agent: id, reason: "delegations are frozen" };
  } else if (!ctx.law.covered || covered(ctx, more) !== undefined) {
    yield { type: "RaiseVoided", agent: id, reason: "collateral no longer covers it" };
  } else {
    yield { type: "CapRaised", agent: id, cap: raised.cap };
  }
}

export function* cut(ctx: Context, { body }: CommandOf<"Cut">): Decision {
  const held = living(ctx, body.agent);
  if (isRefusal(held)) return held;
  if (body.cap >= held.delegation.cap) {
    return refuse("not_tighter", formatMicro(held.delegation.cap));
  }
  yield { type: "CapCut", agent: body.agent, cap: body.cap };
  return undefined;
}

export function* recall(ctx: Context, { body }: CommandOf<"Recall">): Decision {
  const held = living(ctx, body.agent);
  if (isRefusal(held)) return held;
  if (step(delegationMachine, held.delegation.phase, "RECALL") === undefined) {
    return refuse("illegal_phase", held.delegation.phase);
  }
  const closeAt = after(ctx.at, body.graceMs);
  yield { type: "DelegationRecalled", agent: body.agent, closeAt };
  // Nothing new may be opened from here on, so nothing can take their place.
  yield* voidPending(ctx, body.agent);
  yield* cancelOpen(ctx, body.agent, "recall");
  return undefined;
}

export function* revoke(ctx: Context, { body }: CommandOf<"Revoke">): Decision {
  const held = living(ctx, body.agent);
  if (isRefusal(held)) return held;
  if (step(delegationMachine, held.delegation.phase, "REVOKE") === undefined) {
    return refuse("illegal_phase", held.delegation.phase);
  }
  yield { type: "DelegationRevoked", agent: body.agent };
  yield* closeAll(ctx, body.agent, "revoked");
  return undefined;
}

/** Latched, numbered, and left only by another explicit command. */
export function* setMode(ctx: Context, { body }: CommandOf<"SetMode">): Decision {
  const { law } = ctx;
  const { agent: target, venue, mode, reason } = body;
  if (target !== undefined) {
    if (venue !== undefined) return refuse("bad_field", "venue: of the whole fleet, or of none");
    const agent = callerOf(law, target);
    if (isRefusal(agent)) return agent;
  }
  if (marketsOf(law, venue)?.size === 0) return refuse("unknown_venue", venue);
  const scope = scopeOf({ agent: target ?? FLEET, ...(venue === undefined ? {} : { venue }) });
  yield {
    type: "ModeSet",
    ...scope,
    mode,
    epoch: law.haltEpoch + 1,
    reason,
  };
  if (target === undefined) yield* sweep(ctx, mode, venue);
  else if (mode === "run") yield* clearBetting(ctx, target);
  else yield* lower(ctx, target, mode);
  return undefined;
}

/** What a mode means for what an agent has open, at one venue where markets are named. */
function* lower(
  ctx: Context,
  agent: AgentId,
  mode: Mode,
  markets?: ReadonlySet<MarketId>,
): Consequence {
  if (mode === "flatten" && markets === undefined) yield* closeAll(ctx, agent, "flatten");
  else if (MODE_RANK[mode] > 0) yield* cancelOpen(ctx, agent, mode, markets);
  if (mode !== "flatten" || markets === undefined) return;
  for (const market of [...(ctx.law.agents.get(agent)?.positions ?? [])]) {
    if (markets.has(market)) yield* closePosition(ctx, agent, market, "flatten");
  }
}

/** A mode of the fleet or a venue carried to every agent, as much as one turn may hold; the next tick goes on. */
export function* sweep(ctx: Context, mode: Mode, venue?: Id): Consequence {
  const { law } = ctx;
  const now =
    venue === undefined ? law.mode : law.kills.get(killKey({ agent: FLEET, venue }))?.mode;
  if (now !== mode || mode === "run") return;
  const markets = marketsOf(law, venue);
  let events = 0;
  for (const agent of [...law.agents.keys()]) {
    if (events >= SWEEP_EVENTS_MAX) {
      yield { type: "SweepPaused", mode, ...(venue === undefined ? {} : { venue }) };
      return;
    }
    for (const event of lower(ctx, agent, mode, markets)) {
      events += 1;
      yield event;
    }
  }
}

/** The sweep that a deadline names goes on. */
export function sweepDue(ctx: Context, key: string): Consequence {
  const [mode, venue] = key.split("@");
  return sweep(ctx, mode as Mode, venue as Id | undefined);
}

export function* leaseDue(ctx: Context, id: AgentId): Consequence {
  const delegation = ctx.law.agents.get(id)?.delegation;
  if (delegation?.phase !== "active" || delegation.expiresAt > ctx.at) return;
  yield { type: "LeaseExpired", agent: id };
  yield* cancelOpen(ctx, id, "lease");
}

export function* recallDue(ctx: Context, id: AgentId): Consequence {
  const delegation = ctx.law.agents.get(id)?.delegation;
  if (delegation?.phase !== "recalling" || (delegation.closeAt ?? Infinity) > ctx.at) return;
  yield* closeAll(ctx, id, "recall");
}
