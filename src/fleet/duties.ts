/** What the fleet as a whole does by itself: alerts, orange, lost cover, and the trailing stop. */
import { FLEET } from "../core/ids.ts";
import { SWEEP_EVENTS_MAX } from "../core/limits.ts";
import { max, micro, min, mulDiv, ZERO } from "../core/money.ts";
import { ONE, ppm, share } from "../core/ppm.ts";
import type { CrisisPolicy } from "../protocol/crisis-policy.ts";
import type { Zone } from "../protocol/words.ts";
import type { Consequence, Context } from "./admission.ts";
import { ORANGE, TRAILING } from "./crisis-state.ts";
import { follow, onTheWay, orangeTarget } from "./following.ts";
import { sweep } from "./governance.ts";
import { marginOf, missingBelow } from "./margins.ts";
import { raiseCash } from "./sources.ts";
import { coverOf, equityOf } from "./totals.ts";
import { unwind } from "./unwinding.ts";

export interface Before {
  readonly zone: Zone;
  readonly covered: boolean;
}

/** Follows every turn after zone and cover are measured; `before` is what they were. */
export function* duties(ctx: Context, rules: CrisisPolicy, before: Before): Consequence {
  yield* alerts(ctx, rules);
  yield* orangeDue(ctx, rules, before.zone);
  if (before.covered && !ctx.law.covered && rules.cutOnShortfall === true)
    yield* cutUnused(ctx, rules);
  yield* trailingStop(ctx, rules);
  yield* follow(ctx, rules);
}

/** One event for each move past thresholds; back only below one by the hysteresis. */
function* alerts(ctx: Context, rules: CrisisPolicy): Consequence {
  const { law } = ctx;
  const thresholds = rules.alerts ?? [];
  const facts = marginOf(law, FLEET);
  const passed = (ratio: number): number => thresholds.filter((limit) => ratio >= limit).length;
  const up = passed(facts.maintenanceRatio);
  const down = passed(facts.maintenanceRatio + (rules.hysteresis ?? 0));
  const from = law.crisis.alert;
  const to = up > from ? up : Math.min(from, down);
  if (to !== from) yield { type: "MaintenanceAlert", agent: FLEET, from, to, ...facts };
}

/** Orange that was entered from below; `before` is the zone as it was. */
export function* orangeDue(ctx: Context, rules: CrisisPolicy, before: Zone): Consequence {
  const rose = before === "green" || before === "yellow";
  if (rose && ctx.law.zone === "orange") yield* orange(ctx, rules);
}

/**
 * Loans back, the cheapest first; what they cannot bring in time by reducing, but for a call of the fleet: in its
 * grace positions are their agents' own, and after it the call closes them.
 */
function* orange(ctx: Context, rules: CrisisPolicy): Consequence {
  const { law } = ctx;
  const deadlineMs = rules.reduceWithinMs ?? rules.graceMs;
  if (deadlineMs === undefined) return;
  if (rules.recallLoans !== true && rules.reduceWithinMs === undefined) return;
  const costShare = orangeTarget(law);
  if (costShare === undefined) return;
  const amount = missingBelow(law.reserved, law.collateral, costShare);
  yield* raiseCash(ctx, FLEET, {
    deadlineMs,
    reduce: rules.reduceWithinMs !== undefined && !law.crisis.live.has(FLEET),
    because: ORANGE,
    need: { by: "utilization", amount, costShare },
  });
}

/**
 * Takes back of every unused cap the same part, until what is delegated is covered again with what
 * the rules want to spare: without any, each further mark down would cut every cap once more.
 *
 * Rounding: each cut up, so that together they are enough where there is enough.
 * Bound:    of more agents than one turn may cut, those with the most unused.
 */
function* cutUnused(ctx: Context, { cutSpare }: CrisisPolicy): Consequence {
  const shortfall = micro(-coverOf(ctx.law));
  const spare = share(max(ctx.law.collateral, ZERO), cutSpare ?? ppm(0), "ceil");
  const wanted = micro(shortfall + spare);
  const all = [...ctx.law.agents.values()].flatMap(({ agent, delegation, reserved }) => {
    if (delegation === undefined || delegation.phase === "ended") return [];
    const unused = micro(delegation.cap - reserved);
    return unused > 0n ? [{ agent, cap: delegation.cap, unused }] : [];
  });
  all.sort((a, b) =>
    a.unused !== b.unused ? (a.unused > b.unused ? -1 : 1) : a.agent < b.agent ? -1 : 1,
  );
  const cut = all.slice(0, SWEEP_EVENTS_MAX);
  const total = cut.reduce((sum, { unused }) => sum + unused, 0n);
  for (const { agent, cap, unused } of cut) {
    const part = min(unused, micro(mulDiv(unused, wanted, total, "ceil")));
    const more = cutSpare === undefined ? {} : { spare };
    const event = {
      type: "ShortfallCut",
      agent,
      cap: micro(cap - part),
      unused,
      shortfall,
    } as const;
    yield { ...event, ...more };
  }
}

/** Equity this far below its highest shuts every opening; the operator opens them again. */
function* trailingStop(ctx: Context, rules: CrisisPolicy): Consequence {
  const { law } = ctx;
  if (rules.trailingStop === undefined || law.mode !== "run") return;
  const { peak } = law.crisis;
  const equity = equityOf(law);
  const least = share(peak, ppm(ONE - Math.min(rules.trailingStop, ONE)), "ceil");
  if (peak <= 0n || equity > least) return;
  const epoch = law.haltEpoch + 1;
  yield { type: "TrailingStopHit", agent: FLEET, peak, equity, epoch };
  yield { type: "ModeSet", agent: FLEET, mode: "reduce", epoch, reason: "trailing stop" };
  yield* sweep(ctx, "reduce");
  if (rules.trailingReduce === undefined) return;
  // What the sweep cancels comes free by itself.
  const whole = share(law.reserved, rules.trailingReduce, "ceil");
  const amount = max(micro(whole - onTheWay(law, rules, false)), ZERO);
  const need = { by: "utilization", amount, costShare: ppm(0) } as const;
  yield* unwind(ctx, FLEET, need, TRAILING);
}
