/** Which orders of a plan wait: a book that ran empty fills again, and a call has a grace. */
import { abs } from "../core/money.ts";
import { type Measured, measured, refused } from "../risk/refusal.ts";
import { usdc } from "./book.ts";
import { afterPlan, closedBy, UNPROVEN } from "./distress.ts";
import type { Plan, PlanInput, PlanMarket, PlanStep } from "./plan-types.ts";
import { plan } from "./planner.ts";

/** What is known at the moment of a plan of the time that is left, the books, and the account. */
export interface Grace {
  /** Later moments at which orders can still be sent in time; 0: nothing may wait. */
  readonly turnsLeft: number;
  /** Share of its usual depth that each market shows, above 0; absent or above 1: all of it. */
  readonly depth: ReadonlyMap<string, number>;
  /** Share of the missing depth that is expected back within the grace, in [0, 1]. */
  readonly recovery: number;
  /** By how much more a cost counts when it comes later, for nobody knows it: 0.1 is a tenth. */
  readonly premium: number;
  /** What must hold of the account with all that waits still open. */
  readonly account: {
    /** USDC. */
    readonly equity: number;
    /** USDC of maintenance margin of each position as it is now. */
    readonly maintenance: ReadonlyMap<string, number>;
    /** A further move against the net holdings, as a fraction of the marks. */
    readonly shock: number;
    /** Maintenance margin over equity that may be reached after it. */
    readonly most: number;
  };
}

export interface Patient {
  /** The steps to take now; in the plan's order, so that tiers are obeyed. */
  readonly now: readonly PlanStep[];
  /** The ones that wait: they are planned anew when the next turn comes. */
  readonly later: readonly PlanStep[];
  /** USDC: what is paid now and, with its premium, expected later; the same with nothing waiting. */
  readonly expected: number;
  readonly atOnce: number;
}

const badGrace = ({ turnsLeft, depth, recovery, premium, account }: Grace): string | undefined => {
  const { equity, shock, most } = account;
  if (!Number.isSafeInteger(turnsLeft) || turnsLeft < 0) return "the turns left are a whole number";
  if (![...depth.values()].every((one) => one > 0)) return "a depth is above zero";
  if (!(recovery >= 0 && recovery <= 1)) return "the recovery is in [0, 1]";
  if (!(premium >= 0 && shock >= 0 && most >= 0)) return "premium, shock and most are not negative";
  return Number.isFinite(equity) ? undefined : "the equity is finite";
};

/** What a book shows of its usual depth: no more than all of it. */
const depthOf = ({ depth }: Grace, market: string): number =>
  Math.min(1, depth.get(market) ?? Number.POSITIVE_INFINITY);

/** A market as it is expected within the grace: more depth, and as many paces as turns are left. */
function expectedMarket(market: PlanMarket, grace: Grace): PlanMarket {
  const depth = depthOf(grace, market.id);
  const part = depth / (depth + (1 - depth) * grace.recovery);
  const { pace } = market;
  return {
    ...market,
    temporary: market.temporary * part,
    permanent: market.permanent * part,
    ...(pace === undefined
      ? {}
      : { pace: BigInt(Math.floor((Number(pace) / part) * grace.turnsLeft)) }),
  };
}

/** Whether the account lives through the shock when only these steps are taken. */
function survives(input: PlanInput, steps: readonly PlanStep[], cost: number, grace: Grace) {
  const { equity, maintenance, shock, most } = grace.account;
  const marks = new Map(input.markets.map(({ id, mark }) => [id, mark]));
  const closed = closedBy(steps);
  let net = 0;
  let bound = 0;
  for (const { id, market, qty, isolated } of input.positions) {
    if (isolated === true || qty === 0n) continue;
    const left = 1 - Number(closed.get(id) ?? 0n) / Number(abs(qty));
    net += usdc(qty, marks.get(market) ?? 0n) * left;
    bound += (maintenance.get(id) ?? 0) * left;
  }
  const after = equity - cost - Math.abs(net) * shock;
  return after > 0 && bound <= most * after;
}

/** USDC that what is still missing after some steps is expected to cost within the grace. */
function costLater(input: PlanInput, made: Plan, steps: readonly PlanStep[], grace: Grace): number {
  const freed = steps.reduce((sum, step) => sum + step.frees, 0n);
  const paid = steps.reduce((sum, step) => sum + step.cost, 0);
  const share = BigInt(Math.ceil(Math.max(0, paid) * (input.costShare ?? 0)));
  const rest = input.need - freed + share;
  const left = afterPlan(input, { ...made, steps }, rest);
  const markets = input.markets.map((market) => expectedMarket(market, grace));
  const next = plan({ ...left, markets }, UNPROVEN);
  if (!next.ok) return Number.POSITIVE_INFINITY;
  return next.value.cost.total + Number(next.value.shortfall) / 1e6;
}

/**
 * Parts the steps of a plan into those that go now and those that wait for a fuller book.
 *
 * Formula: of all first parts of the plan, which runs from the cheapest margin to the dearest, the one
 *          with the least (paid now) + (1 + premium) x (cost of the rest in the books expected later).
 * Obeys:   nothing waits without a turn left, when every book is as deep as usual, or when the account
 *          would not live through the shock with it. Crosses never wait, for they cost nothing, and
 *          no order is cut in two.
 * Knows:   the marks and the books of the moment; it expects depth to come back, never prices.
 * Errors:  refused for a grace out of range.
 * Source:  resilience of the book: Obizhaeva, Wang (2013), Optimal trading strategy and supply/demand
 *          dynamics.
 */
export function patient(input: PlanInput, made: Plan, grace: Grace): Measured<Patient> {
  const bad = badGrace(grace);
  if (bad !== undefined) return refused("out-of-range", bad);
  const { steps } = made;
  const paid = (count: number): number =>
    steps.slice(0, count).reduce((sum, step) => sum + step.cost, 0);
  const thin = input.markets.some(({ id }) => depthOf(grace, id) < 1);
  const whole = { now: steps, later: [], expected: paid(steps.length), atOnce: paid(steps.length) };
  if (grace.turnsLeft === 0 || !thin || steps.length === 0) return measured(whole);
  const expectedOf = (count: number): number =>
    paid(count) + (1 + grace.premium) * costLater(input, made, steps.slice(0, count), grace);
  const crosses = steps.filter(({ kind }) => kind === "cross").length;
  const atOnce = expectedOf(steps.length);
  let count = steps.length;
  let expected = atOnce;
  for (let first = steps.length - 1; first >= crosses; first--) {
    // The more waits the less is survived.
    if (!survives(input, steps.slice(0, first), paid(first), grace)) break;
    const now = expectedOf(first);
    if (now >= expected - 1e-9) continue;
    count = first;
    expected = now;
  }
  return measured({ now: steps.slice(0, count), later: steps.slice(count), expected, atOnce });
}
