/** What the fleet's truth lets an agent do now: the one reading of zone, mode and lease. */
import type { AgentView } from "../protocol/views.ts";
import type { Service } from "../protocol/words.ts";

export type Stance =
  | { readonly kind: "run"; readonly leaseMs: number }
  /** Only what lowers risk. */
  | { readonly kind: "reduce"; readonly leaseMs: number; readonly why: string }
  /** Nothing at all. */
  | { readonly kind: "halt"; readonly leaseMs: number; readonly why: string };

/**
 * The stance for one service.
 *
 * The lease's rest is counted from the view's own time, so the clocks of agent and fleet need not
 * agree. Yellow still runs: what a strategy then leaves alone (new leverage) is its own to know.
 */
export function stanceOf(view: AgentView, service: Service): Stance {
  const held = view.delegation;
  const leaseMs = held === undefined ? 0 : Math.min(Math.max(0, held.expiresAt - view.at), LONGEST);
  const reduce = (why: string): Stance => ({ kind: "reduce", leaseMs, why });
  if (view.mode === "halt") return { kind: "halt", leaseMs, why: "the operator halted it" };
  if (view.mode !== "run") return reduce(`the mode is ${view.mode}`);
  if (held === undefined || held.phase === "ended") return reduce("it holds no delegation");
  if (held.phase === "recalling") return reduce("its delegation is recalled");
  if (held.phase === "expired" || leaseMs === 0) return reduce("its lease has run out");
  if (!held.services.includes(service)) return reduce(`its delegation does not cover ${service}`);
  if (view.zone === "orange" || view.zone === "red") return reduce(`the zone is ${view.zone}`);
  return { kind: "run", leaseMs };
}

// Timers of JavaScript hold no longer wait; leases are renewed long before.
const LONGEST = 2_147_483_647;

/** May the lease be renewed? Recalled and ended delegations have no such arrow. */
export const isRenewable = (view: AgentView): boolean =>
  view.delegation?.phase === "active" || view.delegation?.phase === "expired";
