/** What every turn may bring about by itself: zones, cover, and delegations that have come to their end. */
import { must } from "../core/assert.ts";
import type { Ppm } from "../core/ppm.ts";
import type { FleetEvent } from "../protocol/events.ts";
import type { ZonePolicy } from "../protocol/policy.ts";
import { ZONES, type Zone } from "../protocol/words.ts";
import { adlDue } from "./adl-defence.ts";
import type { Consequence, Context } from "./admission.ts";
import { agentDuties } from "./agent-duties.ts";
import { callsDue, curesDue } from "./calls.ts";
import { duties, orangeDue } from "./duties.ts";
import { letGo } from "./jobs.ts";
import { flatness } from "./kills.ts";
import { powderBack } from "./powder.ts";
import { stableDue } from "./stable-share.ts";
import type { Law } from "./state.ts";
import { coverOf, dryPowderOf, utilizationOf } from "./totals.ts";
import { weathered } from "./volatility.ts";

/**
 * The zone at a utilization: entered at its threshold, left only below it by the hysteresis.
 *
 * Source: the prime-brokerage rules (green < 60 %, yellow < 75 %, orange < 85 %, red), where a
 * threshold belongs to the zone above it.
 */
export function zoneAt(policy: ZonePolicy, utilization: Ppm, from: Zone): Zone {
  const starts = [0, policy.yellow, policy.orange, policy.red];
  const rank = (limit: number): number => starts.filter((start) => limit >= start).length - 1;
  const now = ZONES.indexOf(from);
  const up = rank(utilization);
  const down = rank(utilization + policy.hysteresis);
  const next = up > now ? up : Math.min(now, down);
  return must(ZONES[next], "there is a zone for every utilization");
}

/** Follows every turn; constant work but in a crisis and for delegations that end. */
export function* afterwards(ctx: Context, events: readonly FleetEvent[]): Consequence {
  const { law } = ctx;
  const { policy } = law;
  if (policy === undefined) return;
  const before = { zone: law.zone, covered: law.covered };
  yield* settled(ctx, policy.zones, events);
  const rules = policy.crisis;
  if (rules !== undefined) {
    yield* weathered(law, events);
    yield* duties(ctx, rules, before);
    yield* agentDuties(ctx, rules, events);
    yield* callsDue(ctx);
    yield* adlDue(ctx);
    const { zone } = law;
    // What was crossed, cut, given up or put behind positions may have moved both.
    yield* settled(ctx, policy.zones, events);
    if (law.zone !== zone) {
      yield* orangeDue(ctx, rules, zone);
      yield* settled(ctx, policy.zones, events);
    }
    yield* curesDue(ctx, rules);
  }
  yield* stableDue(law);
  yield* ended(law);
  yield* flatness(law);
}

/** What a turn's events end of hedges and give back of dry powder; then zone and cover. */
function* settled(ctx: Context, zones: ZonePolicy, events: readonly FleetEvent[]): Consequence {
  yield* letGo(ctx, events);
  yield* powderBack(ctx.law);
  yield* measure(ctx.law, zones);
}

/** Zone and cover as they are now, told when they changed. */
function* measure(law: Law, zones: ZonePolicy): Consequence {
  const utilization = utilizationOf(law);
  const zone = zoneAt(zones, utilization, law.zone);
  if (zone !== law.zone) {
    const { reserved, collateral } = law;
    yield { type: "ZoneChanged", from: law.zone, to: zone, utilization, reserved, collateral };
  }
  const covered = coverOf(law) >= 0n;
  if (covered !== law.covered) {
    yield {
      type: covered ? "CoverageRestored" : "CoverageLost",
      committed: law.committed,
      collateral: law.collateral,
      dryPowder: dryPowderOf(law),
    };
  }
}

function* ended(law: Law): Consequence {
  for (const id of [...law.ending]) {
    const agent = law.agents.get(id);
    const open =
      agent === undefined ||
      agent.reserved !== 0n ||
      agent.positions.size + agent.orders.size + agent.escrows.size + agent.loans.size > 0;
    if (!open) yield { type: "DelegationEnded", agent: id };
  }
}
