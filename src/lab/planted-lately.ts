/** Bugs planted in what was built last: what shuts openings, plans that go on, the reserve, jobs and proofs. */
import { one, type Planted } from "./planted-kind.ts";

export const PLANTED_LATELY: readonly Planted[] = [
  {
    name: "while a call is open everybody opens",
    edits: one("src/fleet/admission.ts", "    callFault(ctx, agent.agent) ??\n", ""),
    faults: ["market-crash"],
    seeds: 2,
  },
  {
    name: "an orange fleet still opens",
    edits: one(
      "src/fleet/admission.ts",
      '    gate(told, "zone", law.zone, zoneFault(law, leveraged)) ??\n',
      "",
    ),
    faults: ["market-crash"],
    seeds: 2,
  },
  {
    name: "a plan that fell short is never made again",
    edits: one(
      "src/fleet/calls.ts",
      "} else if (open.planAt <= at) {",
      "} else if (open.planAt <= 0) {",
    ),
    faults: ["market-crash"],
    seeds: 4,
  },
  {
    name: "a pace forgets what it has sent",
    edits: one(
      "src/fleet/pacing.ts",
      "    noteSent(paced, market, side",
      "    if (paced.size < 0) noteSent(paced, market, side",
    ),
    faults: ["market-crash"],
    parts: ["pace"],
    seeds: 3,
  },
  {
    name: "dry powder that stood in is never got back",
    edits: one(
      "src/fleet/powder.ts",
      "    if (amount <= 0n) continue;\n",
      "    if (amount <= 0n || agent === FLEET) continue;\n",
    ),
    faults: ["market-crash"],
    parts: ["reserve"],
    seeds: 3,
  },
  {
    name: "who is to close by a rule closes what is cheapest",
    edits: one(
      "src/fleet/planning.ts",
      "  if (rule !== undefined) {\n",
      '  if (rule === "random") {\n',
    ),
    faults: ["market-crash"],
    parts: ["close-by", "distress"],
    seeds: 4,
  },
  {
    name: "a debt sets no time at which it is netted",
    edits: one(
      "src/fleet/evolve-dues.ts",
      "booked: false });\n      return next(state, groupOf(state, party), nextAt);",
      "booked: false });\n      return;",
    ),
    faults: [],
    parts: ["account", "buys"],
    seeds: 2,
  },
  {
    name: "a lease is let go of when it is to end",
    edits: one("src/fleet/spent.ts", "delegation.expiresAt > at;", "delegation.expiresAt >= at;"),
    faults: ["flood"],
    seeds: 3,
  },
  {
    name: "who follows the journal keeps the deadlines that were let go",
    edits: one("src/fleet/turn.ts", "  discard(state, turn.spent ?? 0);\n", ""),
    faults: [],
    seeds: 1,
    fast: true,
  },
  {
    name: "work that was done is not paid",
    edits: one(
      "src/fleet/jobs.ts",
      '  if (phase === "paid" && taker !== undefined) {',
      '  if (phase === "paid" && taker !== undefined && held.hedge !== undefined) {',
    ),
    faults: [],
    seeds: 1,
    fast: true,
  },
  {
    name: "a fair bet is called a lie",
    edits: one(
      "src/fleet/bets.ts",
      'if (bet.reused) return "draw-used-twice";',
      'if (!bet.reused) return "draw-used-twice";',
    ),
    faults: [],
    seeds: 1,
  },
  {
    name: "the fleet closes before the venue at any rank",
    edits: one(
      "src/fleet/adl-defence.ts",
      "if (rank.lights < rules.reduceAtRank) continue;",
      "if (rank.lights < 1) continue;",
    ),
    faults: ["adl"],
    seeds: 2,
  },
];
