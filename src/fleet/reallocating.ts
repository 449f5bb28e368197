/** Delegations moved between agents: by what their records tell of their skill, or by the drawdown ladder. */
import { type AgentId, FLEET } from "../core/ids.ts";
import {
  fromFloat,
  type Micro,
  max,
  micro,
  min,
  mulDiv,
  toFloat,
  USDC_DECIMALS,
  ZERO,
} from "../core/money.ts";
import { ONE, type Ppm, ppm, share } from "../core/ppm.ts";
import { after } from "../core/time.ts";
import { naiveSharpe, type Reallocation, reallocate } from "../liquidation/reallocation.ts";
import type { ReallocatedLine } from "../protocol/crisis-facts.ts";
import type { ReallocateRules } from "../protocol/crisis-policy.ts";
import { refuse } from "../protocol/rejections.ts";
import type { CommandOf } from "../protocol/turns.ts";
import type { Consequence, Context, Decision, HeldAgent, HeldDelegation } from "./admission.ts";
import { deepestRung } from "./agent-duties.ts";
import { crisisRules } from "./margins.ts";
import type { Law } from "./state.ts";

const YEAR = 365.25 * 86_400_000;
/** Periods of the naive rule that is told for comparison. */
const NAIVE = 7;
/** Agents that one decision weighs: those with the largest caps. */
const WEIGHED_MAX = 256;

interface Candidate {
  readonly agent: AgentId;
  readonly delegation: HeldDelegation;
  readonly reserved: Micro;
  readonly record: readonly number[];
}

/** Gain over the cap that it was made with, for each period. */
const recordOf = ({ record }: HeldAgent): readonly number[] =>
  record.map(({ gain, base }) => toFloat(gain, USDC_DECIMALS) / toFloat(base, USDC_DECIMALS));

/** Agents whose delegation may move and whose record says anything. */
function candidates(law: Law, rules: ReallocateRules): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const agent of law.agents.values()) {
    const { delegation, reserved } = agent;
    if (delegation?.phase !== "active" || delegation.raise !== undefined) continue;
    if (agent.mode !== "run" || delegation.cap <= 0n || agent.record.length < rules.least) continue;
    const record = recordOf(agent);
    // A call is measured by the cap: what is cut of it the fleet would have to close.
    if (law.crisis.live.has(agent.agent)) continue;
    // Who never gained or lost has shown nothing.
    if (record.every((gain) => gain === record[0])) continue;
    found.push({ agent: agent.agent, delegation, reserved, record });
  }
  found.sort((a, b) =>
    a.delegation.cap !== b.delegation.cap
      ? a.delegation.cap > b.delegation.cap
        ? -1
        : 1
      : a.agent < b.agent
        ? -1
        : 1,
  );
  return found.slice(0, WEIGHED_MAX);
}

/** The bounds of the rules, made to fit however few there are. */
function boundsOf(rules: ReallocateRules, n: number): { floor: number; cap: number } {
  const floor = Math.min(rules.floor / ONE, 1 / (2 * n));
  return { floor, cap: Math.min(1, Math.max(rules.cap / ONE, 2 / n)) };
}

interface Weighed {
  readonly made: Reallocation;
  readonly lines: readonly ReallocatedLine[];
}

/** A number as it stands in an event: never more than a safe integer. */
const told = (value: number): Ppm => ppm(Math.round(Math.min(Math.max(value, -1e9), 1e9) * ONE));

/** What the rule asks of each cap, within what is in use and one step of a raise. None: undefined. */
function weigh(law: Law, rules: ReallocateRules): Weighed | undefined {
  const all = candidates(law, rules);
  const total = all.reduce((sum, { delegation }) => sum + delegation.cap, 0n);
  if (all.length < 2) return undefined;
  const records = all.map(({ record }) => record);
  const caps = all.map(({ delegation }) => Number(delegation.cap));
  const whole = caps.reduce((sum, cap) => sum + cap, 0);
  const shares = caps.map((cap) => cap / whole);
  const made = reallocate(records, shares, {
    ...boundsOf(rules, all.length),
    periods: YEAR / rules.periodMs,
    step: rules.step / ONE,
    cost: rules.cost / ONE,
    horizon: rules.horizonMs / YEAR,
    confidence: rules.confidence / ONE,
    lean: rules.lean / ONE,
  });
  if (!made.ok) return undefined;
  const naive = naiveSharpe(records, NAIVE);
  const part = (of: number | undefined): Micro =>
    micro(
      mulDiv(total, fromFloat(Math.min(Math.max(of ?? 0, 0), 1), 12, "floor"), 10n ** 12n, "floor"),
    );
  const asked = all.map((one, i) => bounded(law, one, part(made.value.shares[i])));
  const after = made.value.moved
    ? matched(all, asked)
    : all.map(({ delegation }) => delegation.cap);
  const lines = all.map(({ agent, delegation, reserved }, i) => ({
    of: agent,
    before: delegation.cap,
    after: after[i] ?? delegation.cap,
    inUse: reserved,
    naive: part(naive[i]),
    observed: told(made.value.skills.agents[i]?.observed ?? 0),
    mean: told(made.value.skills.agents[i]?.mean ?? 0),
  }));
  return { made: made.value, lines };
}

/** Never below what is in use; never up by more than one raise may be. */
function bounded(law: Law, { delegation, reserved }: Candidate, asked: Micro): Micro {
  const { cap } = delegation;
  if (asked < cap) return max(asked, min(reserved, cap));
  return min(asked, micro(cap + share(cap, law.policy?.raiseStep ?? ppm(0), "floor")));
}

/** Raises in proportion to what was wanted, together at most what the cuts give. Rounding: each cap down. */
function matched(all: readonly Candidate[], asked: readonly Micro[]): readonly Micro[] {
  let [cuts, raises] = [0n, 0n];
  all.forEach(({ delegation }, i) => {
    const change = (asked[i] ?? delegation.cap) - delegation.cap;
    if (change < 0n) cuts -= change;
    else raises += change;
  });
  const [give, take] = [min(cuts, raises), { cuts, raises }];
  return all.map(({ delegation: { cap } }, i) => {
    const change = (asked[i] ?? cap) - cap;
    if (change === 0n) return cap;
    return micro(cap + mulDiv(change, give, change < 0n ? take.cuts : take.raises, "floor"));
  });
}

export function* reallocateNow(ctx: Context, { body }: CommandOf<"Reallocate">): Decision {
  const { law } = ctx;
  const { rule = "sharpe", dryRun = false } = body;
  if (rule === "ladder") return yield* byLadder(ctx, dryRun);
  const rules = crisisRules(law)?.reallocate;
  if (!dryRun && law.frozen) return refuse("frozen", law.regime);
  if (!dryRun && !law.covered) return refuse("uncovered");
  const weighed = rules === undefined ? undefined : weigh(law, rules);
  if (weighed === undefined) return refuse("no_records", "two agents with a record are needed");
  yield* bySharpe(ctx, weighed, dryRun);
  return undefined;
}

/** A period is over: every agent's gain is kept, and at the interval of the rules caps are moved. */
export function* periodDue(ctx: Context): Consequence {
  const { law } = ctx;
  const rules = crisisRules(law)?.reallocate;
  if (rules === undefined || law.crisis.periodAt > ctx.at) return;
  yield {
    type: "PeriodClosed",
    period: law.crisis.periods + 1,
    nextAt: after(ctx.at, rules.periodMs),
  };
  if (law.crisis.periods % rules.every !== 0 || law.frozen || !law.covered) return;
  const weighed = weigh(law, rules);
  if (weighed !== undefined) yield* bySharpe(ctx, weighed, false);
}

/** Tells what is moved and why; cuts hold at once, raises wait their time and are measured again then. */
function* bySharpe(ctx: Context, { made, lines }: Weighed, dryRun: boolean): Consequence {
  const { because, turnover, gain, chance } = made;
  yield {
    type: "Reallocated",
    agent: FLEET,
    rule: "sharpe",
    dryRun,
    because,
    turnover: told(turnover),
    gain: told(gain),
    chance: told(chance),
    lines,
  };
  if (dryRun) return;
  for (const { of, before, after: cap } of lines) {
    if (cap < before) yield { type: "CapCut", agent: of, cap };
  }
  const effectiveAt = after(ctx.at, ctx.law.policy?.raiseDelayMs ?? 0);
  for (const { of, before, after: cap } of lines) {
    if (cap > before) yield { type: "RaiseScheduled", agent: of, cap, effectiveAt };
  }
}

/** Every agent's drawdown against the ladder now, whether or not a mark has come. */
function* byLadder(ctx: Context, dryRun: boolean): Decision {
  const { law } = ctx;
  const rules = crisisRules(law);
  if ((rules?.drawdownLadder ?? []).length === 0 || rules === undefined)
    return refuse("no_records", "the rules have no drawdown ladder");
  const cuts = [...law.agents.keys()]
    .flatMap((id) => deepestRung(law, rules, id) ?? [])
    .slice(0, WEIGHED_MAX);
  const lines = cuts.map(({ agent, cap }) => {
    const held = law.agents.get(agent);
    const before = held?.delegation?.cap ?? ZERO;
    const none = { naive: before, observed: ppm(0), mean: ppm(0) };
    return { of: agent, before, after: cap, inUse: held?.reserved ?? ZERO, ...none };
  });
  const because = cuts.length > 0 ? "moved" : "no-difference";
  const nothing = { turnover: ppm(0), gain: ppm(0), chance: ONE };
  yield { type: "Reallocated", agent: FLEET, rule: "ladder", dryRun, because, ...nothing, lines };
  if (!dryRun) yield* cuts;
  return undefined;
}
