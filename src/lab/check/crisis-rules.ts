/** What must hold in a crisis: calls keep their grace, plans close what is needed and no more, limits hold. */
import { FLEET } from "../../core/ids.ts";
import type { Law } from "../../fleet/state.ts";
import type { EventOf, FleetEvent } from "../../protocol/events.ts";
import type { Turn } from "../../protocol/turns.ts";
import type { Invariant } from "./breach.ts";
import { PaceRules } from "./pace-rules.ts";
import { RefusedPrices } from "./refused-prices.ts";

type Tell = (invariant: Invariant, detail: string) => void;
type Planned = EventOf<"LiquidationPlanned">;

interface Call {
  readonly scope: string;
  readonly graceEndsAt: number;
  phase: "called" | "expired";
}

/** When a plan was to be made again, for whom, and what may stay reserved where the plan itself says it. */
interface Again {
  readonly scope: string;
  readonly at: number;
  readonly most: bigint | undefined;
}

const ONE = 1_000_000n;
/** What the plans of the duties are called that close positions without a call. */
const ORANGE = "orange";
const TRAILING = "trailing-stop";
const DUTIES: readonly string[] = [ORANGE, TRAILING];
/** A step is rounded for itself, and so is the part that one lot has in it. */
const ROUNDING = 2n;
/** Turns in a row that leave alone what a duty wants: the first may have come to it after its look. */
const MISSED_MOST = 3;
const abs = (value: bigint): bigint => (value < 0n ? -value : value);
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);

export class CrisisRules {
  readonly #tell: Tell;
  readonly #calls = new Map<string, Call>();
  readonly #refused = new RefusedPrices();
  /** When plans that go on said that they would be made again, by call or duty, and for whom. */
  readonly #again = new Map<string, Again>();
  #alarm = false;
  /** Turns in a row that left a duty alone, and whether anything happened in the last one. */
  readonly #missed = new Map<string, number>();
  #acted = false;

  readonly #pace: PaceRules;

  constructor(tell: Tell) {
    this.#tell = tell;
    this.#pace = new PaceRules(tell);
  }

  /**
   * Between two turns: a duty is looked at in every turn in which anything happened, so nobody need wait for a
   * leader that is well. What a turn does after its look is for the next one's.
   */
  turn(next: Turn, law: Law): void {
    for (const [call, { at, ...again }] of this.#again) {
      if (!DUTIES.includes(call)) continue;
      if (at > law.at || !isMissing(law, call, again)) this.#missed.delete(call);
      else if (this.#acted) this.#missed.set(call, (this.#missed.get(call) ?? 0) + 1);
      if ((this.#missed.get(call) ?? 0) < MISSED_MOST) continue;
      this.#tell("I9", `${call} was to be looked at again at ${at}, and was not by ${law.at}`);
    }
    this.#acted = next.events.length > 0;
  }

  /** Before an event is folded: `law` is the state up to here. */
  event(event: FleetEvent, turn: Turn, law: Law): void {
    this.#refused.event(event, turn.at, law.policy?.closeRetryMs ?? 0);
    if (event.type !== "LiquidationPlanned") this.#pace.event(event, turn.at, law);
    switch (event.type) {
      case "MarginCalled":
        return this.#called(event, turn, law);
      case "MarginExpired":
        return this.#expired(event, turn);
      case "MarginCured":
      case "MarginResolved":
        this.#calls.delete(event.call);
        this.#again.delete(event.call);
        return;
      case "ZoneChanged":
        if (event.to === "green" || event.to === "yellow") this.#again.delete(ORANGE);
        return;
      case "LiquidationPlanned":
        this.#planned(event, turn, law);
        // It is judged by what went before it.
        return this.#pace.event(event, turn.at, law);
      case "OrderApproved":
        return this.#measured(event, law);
      case "RegimeSet":
        this.#alarm = event.alarm;
        return;
      case "ModeSet":
        if (event.agent === FLEET && event.mode === "run") this.#again.delete(TRAILING);
        return;
      case "DelegationGranted":
      case "CapRaised":
        if (this.#alarm) this.#tell("I7", `${event.type} for ${event.agent} under an alarm`);
        return;
      default:
        return;
    }
  }

  #called(event: EventOf<"MarginCalled">, turn: Turn, law: Law): void {
    const { agent, call, graceEndsAt } = event;
    const grace = law.policy?.crisis?.graceMs ?? 0;
    if (graceEndsAt !== turn.at + grace) {
      this.#tell(
        "I8",
        `${call} has a grace of ${graceEndsAt - turn.at} ms, the rules say ${grace}`,
      );
    }
    if (agent === FLEET) this.#again.delete(ORANGE);
    for (const open of this.#calls.values()) {
      if (open.scope === agent) this.#tell("I4", `${agent} is called twice at a time, by ${call}`);
    }
    this.#calls.set(call, { scope: agent, graceEndsAt, phase: "called" });
  }

  #expired({ call }: { readonly call: string }, turn: Turn): void {
    const known = this.#calls.get(call);
    if (known?.phase !== "called") return this.#tell("I8", `the grace of ${call} ends twice`);
    known.phase = "expired";
    this.#again.set(call, { scope: known.scope, at: turn.at, most: undefined });
    if (turn.at < known.graceEndsAt) {
      this.#tell("I8", `the grace of ${call} ends at ${known.graceEndsAt}, told at ${turn.at}`);
    }
  }

  /** A plan of a call comes after its grace, frees no more than needed and a lot, tier by tier. */
  #planned(event: Planned, turn: Turn, law: Law): void {
    if (this.#calls.get(event.call)?.phase === "called") {
      this.#tell("I9", `${event.call} closes positions while its grace runs`);
    }
    this.#goesOn(event, law);
    this.#chosen(event, law);
    this.#frees(event, law);
    if (event.more > 0 || event.status !== "restored") return;
    this.#overshoot(event, law);
    if (event.agent === FLEET) this.#tiers(event, turn, law);
  }

  #goesOn({ call, agent: scope, planAt: at, need }: Planned, law: Law): void {
    if (!this.#calls.has(call) && !DUTIES.includes(call)) return;
    const first = call === TRAILING ? law.reserved - need : undefined;
    this.#again.set(call, { scope, at, most: this.#again.get(call)?.most ?? first });
  }

  /**
   * Who is spared costs less than if it were not, and who goes by a rule asks for nothing else; when its orders go,
   * patience says for any plan.
   */
  #chosen({ call, cost, knockOn, distress }: Planned, law: Law): void {
    const both = cost + (knockOn?.cost ?? 0n);
    // Where others come off better than without the plan that is told as nothing.
    if (knockOn !== undefined && knockOn.cost > 0n && both > knockOn.unspared + ROUNDING) {
      this.#tell("I9", `${call}: costs ${both} with others' sales, unspared ${knockOn.unspared}`);
    }
    const beside = knockOn ?? distress;
    if (law.policy?.crisis?.closeBy !== undefined && beside !== undefined)
      this.#tell("I9", `${call}: is to go by a rule, and weighs ${Object.keys(beside)}`);
  }

  /** What a step is said to free is its part of what its position holds or needs. */
  #frees({ call, steps, by }: Planned, law: Law): void {
    for (const { of, market, qty, frees } of steps) {
      const held = law.positions.get(`${of}/${market}`);
      if (held === undefined || held.qty === 0n) {
        this.#tell("I9", `${call}: closes ${qty} of ${market}, ${of} holds none`);
        continue;
      }
      const whole = by === "utilization" ? held.margin : held.maintenance;
      const part = (whole * qty) / abs(held.qty);
      if (abs(part - frees) > ROUNDING) {
        this.#tell("I9", `${call}: ${qty} of ${of}/${market} free ${part}, said to free ${frees}`);
      }
    }
  }

  /** Without its largest lot the plan must be too little. Its cost lowers what it is measured by. */
  #overshoot({ call, steps, need, underway, cost }: Planned, law: Law): void {
    let freed = 0n;
    let lot = 0n;
    for (const { market, qty, frees, kind } of steps) {
      freed += frees;
      const one = law.markets.get(market)?.policy.lot ?? 0n;
      const part = qty === 0n ? 0n : (frees * one + qty - 1n) / qty;
      // Both sides of a cross go together.
      lot = most(lot, kind === "cross" ? part * 2n : part);
    }
    const rounding = BigInt(steps.length) * ROUNDING;
    const wanted = need - underway + cost;
    if (freed - lot > wanted + rounding) {
      this.#tell("I9", `${call}: frees ${freed}, needed ${wanted}, its largest lot frees ${lot}`);
    }
  }

  /**
   * No position of a later tier is closed while one of an earlier tier is left alone, unless the venue
   * has just refused to have it closed by this very mark, or its market's pace is used up.
   */
  #tiers({ call, steps }: Planned, { at }: Turn, law: Law): void {
    const touched = new Set<string>();
    let last = 0;
    for (const { of, market, kind } of steps) {
      touched.add(`${of}/${market}`);
      if (kind !== "cross") last = Math.max(last, tierOf(law, of) ?? 0);
    }
    const closing = new Set<string>();
    for (const order of law.orders.values()) {
      if (order.cause !== "") closing.add(`${order.agent}/${order.market}`);
    }
    for (const [key, held] of law.positions) {
      const tier = tierOf(law, held.agent);
      if (tier === undefined || tier >= last || touched.has(key) || closing.has(key)) continue;
      if (abs(held.qty) === 0n || held.closing !== undefined) continue;
      const mark = law.markets.get(held.market)?.mark;
      if (mark === undefined || this.#refused.has(held.market, mark, at)) continue;
      if (this.#pace.isShut(held.market, at, law)) continue;
      const told = `${key} of tier ${tier} is left, one of tier ${last} is closed`;
      return this.#tell("I9", `${call}: ${told}`);
    }
  }

  /** No opening beyond the fleet's value at risk, by the estimate that the event itself holds. */
  #measured(event: EventOf<"OrderApproved">, law: Law): void {
    const limit = law.policy?.varLimit;
    if (limit === undefined || event.opening === 0n || event.forced !== "") return;
    const { estimate, agent, order } = event;
    const name = `${agent}/${order}`;
    if (estimate === undefined) return this.#tell("I2", `${name} opens and was not measured`);
    const allowed = (most(law.collateral, 0n) * BigInt(limit)) / ONE;
    if (estimate.varAfter <= most(allowed, estimate.varBefore)) return;
    this.#tell("I2", `${name} takes the risk to ${estimate.varAfter}, allowed ${allowed}`);
  }

  /** Calls whose grace ended so long ago that somebody should have been told. */
  overdue(now: number, lateMs: number, law: Law): void {
    for (const [call, { at, ...again }] of this.#again) {
      if (at >= now - lateMs || !isMissing(law, call, again)) continue;
      const late = Math.floor(now - at);
      this.#tell("I8", `${call} should have been planned again ${late} ms ago, and was not`);
    }
    for (const [call, { phase, graceEndsAt }] of this.#calls) {
      if (phase !== "called" || graceEndsAt >= now - lateMs) continue;
      const late = Math.floor(now - graceEndsAt);
      this.#tell("I8", `the grace of ${call} ended ${late} ms ago, and nothing was told`);
    }
  }
}

/**
 * The most that what is under way may free: loans asked back, but for a trailing stop, which asks none back; cancels,
 * and positions that an order may close.
 */
function comingOf(law: Law, call: string): bigint {
  let sum = 0n;
  const closing = new Set<string>();
  for (const { cause, cancelling, hold, agent, market } of law.orders.values()) {
    if (cancelling) sum += hold;
    if (cause !== "") closing.add(`${agent}/${market}`);
  }
  for (const [key, held] of law.positions)
    if (held.closing !== undefined || closing.has(key)) sum += held.margin;
  for (const { phase, hold } of call === TRAILING ? [] : law.loans.values())
    if (phase === "recalling") sum += hold;
  return sum;
}

/** Is margin missing that nothing under way can bring? In doubt it is not. */
function isMissing(law: Law, call: string, { scope, most: stays }: Omit<Again, "at">): boolean {
  const { policy, collateral } = law;
  if (policy === undefined || scope !== FLEET) return false;
  // A call closes for its own, deeper target meanwhile.
  if (DUTIES.includes(call) && law.crisis.live.has(FLEET)) return false;
  const { orange, hysteresis } = policy.zones;
  const target = call === ORANGE ? orange - hysteresis : policy.crisis?.targetUtilization;
  if (target === undefined) return false;
  // Next to nothing is left alone.
  const little = (collateral * BigInt(hysteresis)) / ONE;
  const most = (collateral * BigInt(target)) / ONE;
  if (law.reserved <= (stays ?? most) + little) return false;
  return law.reserved - comingOf(law, call) > (stays ?? most) + little;
}

/** The tier of an agent that shares the fleet's margin. None: undefined of an isolated one. */
function tierOf(law: Law, agent: string): number | undefined {
  const held = [...law.agents.values()].find((one) => one.agent === agent)?.delegation;
  return held === undefined || (held.mode === "isolated" && held.phase !== "ended")
    ? undefined
    : held.priority;
}
