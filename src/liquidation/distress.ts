/** Planning where more shocks are likely: what is closed now decides what can be closed next. */
import { abs, divide, min } from "../core/money.ts";
import { type Measured, measured, refused } from "../risk/refusal.ts";
import type { Plan, PlanInput, PlanPosition, PlanStep } from "./plan-types.ts";
import { type PlanOptions, plan } from "./planner.ts";

export interface Distress {
  /** Chance in [0, 1] that the next call comes before markets recover. */
  readonly probability: number;
  /** Millionths of margin that the next call needs. */
  readonly need: bigint;
}

export interface DistressPlan {
  readonly plan: Plan;
  /** USDC: cost now (with what it costs beside) + probability x cost of the next call. */
  readonly expected: number;
  /** USDC: cost of the next call after this plan; what is short of it costs its margin. */
  readonly next: number;
  /** The same for the plan that looks at this call alone. */
  readonly myopic: { readonly now: number; readonly next: number; readonly expected: number };
  /** How much of the temporary impact the chosen plan was made to respect, 1 = all. */
  readonly weight: number;
}

/**
 * The input that is left when a plan has been carried out: same marks, smaller positions and bounds, and the `need`
 * of what comes next in millionths. Does not check: `made` is a plan of this input.
 */
export function afterPlan(input: PlanInput, made: Plan, need: bigint): PlanInput {
  const closed = closedBy(made.steps);
  const positions = input.positions.flatMap((position): PlanPosition[] => {
    const size = abs(position.qty);
    const gone = closed.get(position.id) ?? 0n;
    const left = size - gone;
    if (left === 0n) return [];
    const part = Number(left) / Number(size);
    const most = position.maxQty;
    return [
      {
        ...position,
        qty: (position.qty * left) / size,
        margin: position.margin - (position.margin * gone) / size,
        ...(position.hedge === undefined ? {} : { hedge: position.hedge * part }),
        ...(position.funding === undefined ? {} : { funding: position.funding * part }),
        ...(most === undefined ? {} : { maxQty: min(most - gone, left) }),
      },
    ];
  });
  return { ...input, need, positions };
}

/**
 * Weights of temporary impact that are tried: a low one keeps what is cheap to sell for the next
 * call.
 */
const WEIGHTS = [1, 0.5, 0];

/** How finely parts of a plan are counted. */
const WHOLE = 1_000_000n;

/** Plans that are only compared need no proof. */
export const UNPROVEN: PlanOptions = { proofNodes: 0 };

function costNext(input: PlanInput, made: Plan, distress: Distress): Measured<number> {
  const next = plan(afterPlan(input, made, distress.need), UNPROVEN);
  if (!next.ok) return next;
  return measured(next.value.cost.total + Number(next.value.shortfall) / 1e6);
}

/**
 * 1e-8 coin that some steps close of each position: a cross and an order may be of the same one.
 *
 * Units: as the steps. Does not check.
 */
export function closedBy(steps: readonly PlanStep[]): ReadonlyMap<string, bigint> {
  const closed = new Map<string, bigint>();
  for (const { position, qty } of steps) closed.set(position, (closed.get(position) ?? 0n) + qty);
  return closed;
}

/** The tier at which a plan meets its target. None: minus infinity for a plan without steps. */
export function lastTier(input: PlanInput, made: Plan): number {
  const closed = closedBy(made.steps);
  const tiers = input.positions.flatMap(({ id, tier }) => (closed.has(id) ? [tier] : []));
  return Math.max(...tiers);
}

/**
 * The input in which positions of one tier close at most a part (in millionths) of what a plan
 * closes of them. Earlier tiers stay as they are and later ones are shut, so that tiers are obeyed.
 */
function within(input: PlanInput, made: Plan, tier: number, part: bigint): PlanInput {
  const closed = closedBy(made.steps);
  const lots = new Map(input.markets.map(({ id, lot }) => [id, lot]));
  const positions = input.positions.map((position) => {
    if (position.tier < tier) return position;
    const most = position.tier > tier ? 0n : (closed.get(position.id) ?? 0n);
    const lot = lots.get(position.market) ?? 1n;
    // Beyond the whole position where it ends in a remainder, which then goes with it.
    return { ...position, maxQty: divide(divide(most * part, WHOLE, "up"), lot, "up") * lot };
  });
  return { ...input, positions };
}

/** The call alone, and the same within shares of the plan for both calls. */
function fields(input: PlanInput, distress: Distress, tier: number): Measured<PlanInput[]> {
  const need = input.need + distress.need;
  const both = plan({ ...input, need }, UNPROVEN);
  if (!both.ok) return both;
  if (input.need <= 0n) return measured([]);
  const even = (input.need * WHOLE) / need;
  const parts = [even, (even + WHOLE) / 2n, WHOLE];
  return measured([input, ...parts.map((part) => within(input, both.value, tier, part))]);
}

/** How a plan is looked for where the next call counts too. */
export interface DistressOptions extends PlanOptions {
  /** USDC that a plan costs beside what it says, now: its second round on others. Default none. */
  readonly beside?: (made: Plan) => number;
}

/**
 * The plan that is cheapest together with the next call, of a dozen candidates.
 *
 * Where further distress is likely it pays to share the deep markets between the calls, and to sell
 * now what has much temporary impact next to its permanent one. So candidates close at most this
 * call's share of the plan for both calls, and respect the temporary impact in full, by half or not
 * at all. Each is priced with the true impact, now and next; the plan for this call alone is among
 * them, so the result is never dearer in expectation.
 * Units:  as in PlanInput and Distress; what is expected in USDC.
 * Errors: refused as the planner does, or for a chance outside [0, 1] or a negative next need.
 * Source: after Brown, Carlin, Lobo (2010), Management Science 56(11), on two periods.
 */
export function planInDistress(
  input: PlanInput,
  distress: Distress,
  options: DistressOptions = {},
): Measured<DistressPlan> {
  const { probability } = distress;
  const { beside = () => 0 } = options;
  if (!(probability >= 0 && probability <= 1) || distress.need < 0n) {
    return refused("out-of-range", "the chance is in [0, 1] and the next need not negative");
  }
  const alone = plan(input, options);
  if (!alone.ok) return alone;
  const after = costNext(input, alone.value, distress);
  if (!after.ok) return after;
  const now = alone.value.cost.total + beside(alone.value);
  const myopic = { now, next: after.value, expected: now + probability * after.value };
  let best: DistressPlan = { plan: alone.value, ...myopic, myopic, weight: 1 };
  const tier = lastTier(input, alone.value);
  const tried = fields(input, distress, tier);
  if (!tried.ok) return tried;
  for (const field of probability > 0 ? tried.value : []) {
    for (const weight of WEIGHTS) {
      const made = weighted(field, weight, tier);
      if (!made.ok) return made;
      // Where not even all that may be closed is enough, none of it is spared for later.
      if (made.value.status !== alone.value.status) continue;
      if (made.value.shortfall > alone.value.shortfall) continue;
      const next = costNext(input, made.value, distress);
      if (!next.ok) return next;
      const expected = made.value.cost.total + beside(made.value) + probability * next.value;
      if (expected < best.expected) {
        best = { plan: made.value, expected, next: next.value, myopic, weight };
      }
    }
  }
  return measured(best);
}

/** The plan that respects a part of the temporary impact, priced with all of it. */
function weighted(input: PlanInput, weight: number, tier: number): Measured<Plan> {
  if (weight === 1) return plan(input, UNPROVEN);
  const markets = input.markets.map((m) => ({ ...m, temporary: m.temporary * weight }));
  const made = plan({ ...input, markets }, UNPROVEN);
  return made.ok ? plan(within(input, made.value, tier, WHOLE), UNPROVEN) : made;
}
