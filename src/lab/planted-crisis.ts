/** Bugs planted in what the fleet does when margin grows scarce, and in the limits on its risk. */
import { one, type Planted } from "./planted-kind.ts";

export const PLANTED_IN_CRISIS: readonly Planted[] = [
  {
    name: "the grace of a margin call is forgotten",
    edits: one(
      "src/fleet/calls.ts",
      "const graceEndsAt = after(at, rules.graceMs);",
      "const graceEndsAt = after(at, 1);",
    ),
    faults: ["market-crash"],
    seeds: 2,
    fast: true,
  },
  {
    name: "positions are closed as soon as the call is made",
    edits: one(
      "src/fleet/calls.ts",
      "reduce: false, because: number });",
      "reduce: true, because: number });",
    ),
    faults: ["market-crash"],
    seeds: 3,
  },
  {
    name: "the end of a grace is slept through",
    edits: one(
      "src/fleet/calls.ts",
      "} else if (open.graceEndsAt <= at) yield* expired(",
      "} else if (open.graceEndsAt <= 0) yield* expired(",
    ),
    faults: ["market-crash"],
    seeds: 3,
  },
  {
    name: "what a venue refused for its price is never closed by that mark",
    edits: one(
      "src/fleet/closing.ts",
      "refused !== undefined && refused.mark === mark && at < refused.until;",
      "refused !== undefined && refused.mark === mark;",
    ),
    faults: ["market-crash", "feed-off"],
    seeds: 12,
  },
  {
    name: "a plan frees twice what is needed",
    edits: one("src/fleet/question.ts", "need: left, cost", "need: micro(left * 2n), cost"),
    faults: ["market-crash"],
    seeds: 3,
  },
  {
    name: "what is under way is planned for again",
    edits: one(
      "src/fleet/question.ts",
      "const left = max(micro(need.amount - underwayOf(law, scope, by)), ZERO);",
      "const left = need.amount;",
    ),
    faults: ["market-crash", "venue-lost"],
    seeds: 4,
  },
  {
    name: "priorities are ignored",
    edits: one(
      "src/fleet/question.ts",
      "tier: law.agents.get(held.agent)?.delegation?.priority ?? 0,",
      "tier: 0,",
    ),
    faults: ["market-crash"],
    seeds: 4,
  },
  {
    name: "margin is free as soon as its order's cancel is asked for",
    edits: one(
      "src/fleet/evolve-orders.ts",
      "      orderOf(state, event).cancelling = true;\n",
      "      orderOf(state, event).cancelling = true;\n" +
        "      addReserved(state, event.agent, -orderOf(state, event).hold);\n",
    ),
    faults: ["operator"],
    seeds: 4,
  },
  {
    name: "a top-up is not reserved",
    edits: one(
      "src/fleet/evolve-crisis.ts",
      "return addReserved(state, event.agent, event.amount);",
      "return addReserved(state, event.agent, 0n);",
    ),
    faults: ["market-crash"],
    seeds: 12,
  },
  {
    name: "the limit on value at risk is not looked at",
    edits: one(
      "src/fleet/order-limits.ts",
      '"valueAtRisk", "USDC", [varAfter, bound]',
      '"valueAtRisk", "USDC", [bound, bound]',
    ),
    faults: ["market-crash"],
    seeds: 3,
  },
  {
    name: "an alarm freezes no delegation",
    edits: one(
      "src/fleet/governance.ts",
      'frozen ? refuse("frozen", regime) : undefined',
      "undefined",
    ),
    faults: ["market-crash", "operator"],
    seeds: 8,
  },
  {
    name: "the end of a lease is not told",
    edits: one(
      "src/fleet/governance.ts",
      'if (delegation?.phase !== "active" || delegation.expiresAt > ctx.at) return;',
      'if (delegation?.phase !== "active" || delegation.expiresAt > 0) return;',
    ),
    faults: ["flood"],
    seeds: 2,
  },
  {
    name: "a renewed lease lives twice as long",
    edits: one(
      "src/fleet/governance.ts",
      "expiresAt: after(ctx.at, delegation.leaseMs),",
      "expiresAt: after(ctx.at, delegation.leaseMs * 2),",
    ),
    faults: [],
    seeds: 1,
    fast: true,
  },
];
