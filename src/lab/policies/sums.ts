/** What came out for each rule over many crises. */
import type { Outcome } from "./live.ts";
import { DECIDERS, type Decider } from "./rules.ts";

/** Sums over crises; money in USDC. */
export interface RuleSum {
  readonly rule: Decider;
  readonly crises: number;
  readonly cost: number;
  readonly direct: number;
  readonly secondRound: number;
  readonly saved: number;
  /** Of it what the holdings that stayed won or lost by the market's way: saved + cost. */
  readonly way: number;
  readonly negative: number;
  readonly calls: number;
  readonly missed: number;
  readonly touched: number;
  readonly wiped: number;
  readonly orders: number;
  readonly sent: number;
  readonly crossed: number;
  /** Mean over the crises that cost somebody something. */
  readonly fairness: number | undefined;
  /** Cost over that of ours. */
  readonly ratio: number;
  /** Crises in which it cost at least a millionth less than ours. */
  readonly cheaperThanOurs: number;
}

const add = (outcomes: readonly Outcome[], of: (outcome: Outcome) => number): number =>
  outcomes.reduce((sum, outcome) => sum + of(outcome), 0);

/** A row for each rule, ours first. `outcomes` holds every rule for every crisis. */
export function sumUp(outcomes: readonly Outcome[]): readonly RuleSum[] {
  const ours = new Map(
    outcomes.filter(({ rule }) => rule === "ours").map((one) => [one.crisis, one.cost]),
  );
  const base = [...ours.values()].reduce((a, b) => a + b, 0);
  return DECIDERS.map((rule) => {
    const own = outcomes.filter((one) => one.rule === rule);
    const fair = own.flatMap(({ fairness }) => (fairness === undefined ? [] : [fairness]));
    const cost = add(own, (one) => one.cost);
    return {
      ...{ rule, crises: own.length, cost },
      ...{ direct: add(own, (one) => one.direct), saved: add(own, (one) => one.saved) },
      way: add(own, (one) => one.saved + one.cost),
      secondRound: add(own, (one) => one.secondRound),
      ...{ negative: add(own, (one) => one.negative), calls: add(own, (one) => one.calls) },
      ...{ missed: add(own, (one) => one.missed), touched: add(own, (one) => one.touched) },
      ...{ wiped: add(own, (one) => one.wiped), orders: add(own, (one) => one.orders) },
      ...{ sent: add(own, (one) => one.sent), crossed: add(own, (one) => one.crossed) },
      fairness: fair.length === 0 ? undefined : fair.reduce((a, b) => a + b, 0) / fair.length,
      ratio: base === 0 ? 1 : cost / base,
      cheaperThanOurs: own.filter(
        (one) => one.cost < (ours.get(one.crisis) ?? 0) - 1e-6 * Math.max(1, one.cost),
      ).length,
    };
  });
}

/** Outcomes by family, in the order in which families first come. */
export function byFamily(outcomes: readonly Outcome[]): ReadonlyMap<string, readonly Outcome[]> {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const group = groups.get(outcome.family) ?? [];
    group.push(outcome);
    groups.set(outcome.family, group);
  }
  return groups;
}
