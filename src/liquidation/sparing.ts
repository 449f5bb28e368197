/** Plans that force fewer sales on others, where that costs less than the cheapest plan with its second round. */
import { type Measured, measured } from "../risk/refusal.ts";
import type { CascadeInput, CascadeOptions } from "./cascade.ts";
import { closedBy, lastTier, UNPROVEN } from "./distress.ts";
import { beside } from "./fewer.ts";
import {
  type Alternative,
  type Plan,
  type PlanInput,
  type PlanStep,
  SAME,
  type UntouchedReason,
} from "./plan-types.ts";
import { plan } from "./planner.ts";
import { planByRule } from "./rule-plan.ts";
import { SIMPLE_RULES } from "./rules.ts";
import { flowOf, type SecondRound, secondRound } from "./second-round.ts";

export interface Spared {
  readonly plan: Plan;
  /** Of the plan, and of the one handed in, which may be the same. */
  readonly round: SecondRound;
  readonly before: SecondRound;
  /** False where some other plan was left because its sales did not end within the rounds. */
  readonly settled: boolean;
}

interface Rated {
  readonly plan: Plan;
  readonly round: SecondRound;
  /** What it was planned within. */
  readonly input: PlanInput;
}

/** Markets in which less is tried, and the parts of what the plan closes there, in per cent. */
const MARKETS = 4;
const PARTS = [75n, 50n, 25n, 0n];

const together = ({ plan: made, round }: Rated): number => made.cost.total + round.knockOn;

/** The input in which positions close at most so much, which is no more than they may; none said: as before. */
export const within = (
  input: PlanInput,
  mostOf: (one: PlanInput["positions"][number]) => bigint | undefined,
): PlanInput => ({
  ...input,
  positions: input.positions.map((one) => {
    const most = mostOf(one);
    return most === undefined ? one : { ...one, maxQty: most };
  }),
});

/** Positions of the last tier in one market close at most a part of what a plan closes of them. */
function lessIn({ input, plan: made }: Rated, market: string, part: bigint): PlanInput {
  const tier = lastTier(input, made);
  const closed = closedBy(made.steps);
  return within(input, (one) =>
    one.tier === tier && one.market === market
      ? ((closed.get(one.id) ?? 0n) * part) / 100n
      : undefined,
  );
}

/** Markets in which the plan trades and somebody forced to sell holds something, the largest order first. */
function pressed(world: CascadeInput, made: Plan, forced: readonly string[]): readonly string[] {
  const flow = flowOf(world, made);
  const hurt = world.agents.filter(({ id }) => forced.includes(id));
  return world.assets
    .map(({ id, price }, a) => ({ id, a, value: Math.abs(flow[a] ?? 0) * price }))
    .filter(({ a, value }) => value > 0 && hurt.some(({ units }) => units[a] !== 0))
    .sort((x, y) => y.value - x.value)
    .slice(0, MARKETS)
    .map(({ id }) => id);
}

/** Closings as the steps of a plan, for the simulation alone. */
function asPlan(input: PlanInput, made: Plan, closes: ReadonlyMap<string, bigint>): Plan {
  const steps = input.positions.flatMap(({ id, agent, market, qty: size }): PlanStep[] => {
    const qty = closes.get(id) ?? 0n;
    const side = size > 0n ? "sell" : "buy";
    const said = { lots: 0n, frees: 0n, cost: 0, reason: "cheapest", because: "" } as const;
    return qty === 0n ? [] : [{ kind: "reduce", position: id, agent, market, side, qty, ...said }];
  });
  return { ...made, steps };
}

/**
 * The plan, or one that costs less together with the sales that it forces on others: one that closes less of the last
 * tier where they hold something too, or that stays within what a simple rule would close.
 *
 * `after`:  the world as `secondRound` takes it, after a plan.
 * Obeys:    all that a plan obeys. Never dearer than the plan handed in, with the second round of each. Where the
 *           plan changes, the simple rules beside it are told with theirs. A plan that is short stays as it is.
 * Bound:    that of the plan handed in: a second round only adds. A search over some twenty plans, not an optimum.
 * Rounds:   of each simulation, as `cascade` takes them; a plan whose sales do not end within them is not taken.
 * Errors:   refused as `cascade` does of the plan handed in, and as the planner does.
 */
export function sparing(
  input: PlanInput,
  made: Plan,
  after: (made: Plan) => CascadeInput,
  options: CascadeOptions = {},
): Measured<Spared> {
  const first = secondRound(after(made), made, options);
  if (!first.ok) return first;
  const before = first.value;
  const whole: Rated = { plan: made, round: before, input };
  if (made.status !== "restored" || before.knockOn < SAME)
    return measured({ ...whole, before, settled: true });
  let settled = true;
  const roundOf = (tried: Plan): SecondRound | undefined => {
    const round = secondRound(after(tried), tried, options);
    settled = settled && (round.ok || round.code !== "not-converged");
    return round.ok ? round.value : undefined;
  };
  const tier = lastTier(input, made);
  const cheaper = (best: Rated, narrow: PlanInput): Rated => {
    const tried = plan(narrow, UNPROVEN);
    if (!tried.ok || tried.value.status !== "restored") return best;
    if (lastTier(narrow, tried.value) > tier) return best;
    const round = roundOf(tried.value);
    if (round === undefined) return best;
    const one = { plan: tried.value, round, input: narrow };
    return together(one) < together(best) - SAME ? one : best;
  };
  let best = whole;
  for (const market of pressed(after(made), made, before.forced)) {
    const base = best;
    for (const part of PARTS) best = cheaper(best, lessIn(base, market, part));
  }
  const alternatives: Alternative[] = [];
  for (const rule of SIMPLE_RULES) {
    const ruled = planByRule(input, rule);
    if (!ruled.ok) return ruled;
    const { closes, cost, freed, shortfall } = ruled.value;
    if (shortfall > 0n) continue;
    const round = roundOf(asPlan(input, made, closes));
    if (round === undefined) continue;
    alternatives.push({ rule, cost: cost + round.knockOn, freed, touched: closes.size });
    best = cheaper(
      best,
      within(input, ({ id }) => closes.get(id) ?? 0n),
    );
  }
  if (best === whole) return measured({ ...whole, before, settled });
  // What the plan handed in closes and this one leaves is left for the second round's sake, too.
  const shut = new Set([...shutIn(made, best.input), ...closedBy(made.steps).keys()]);
  const told = beside(best.plan, { ...made, alternatives }, shut, "second-round");
  return measured({ plan: told, round: best.round, before, settled });
}

/** Why nothing of a position may be closed, whatever is planned. */
const BARRED: readonly UntouchedReason[] = ["isolated", "guarded", "empty"];

/** Positions that may close nothing of the narrower input, and might by the plan of the wider one. */
export function shutIn(wide: Plan, narrow: PlanInput): ReadonlySet<string> {
  const barred = wide.untouched.filter(({ reason }) => BARRED.includes(reason));
  const shut = new Set(narrow.positions.flatMap(({ id, maxQty }) => (maxQty === 0n ? [id] : [])));
  for (const { id } of barred) shut.delete(id);
  return shut;
}
