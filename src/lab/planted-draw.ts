/** Bugs planted in what shows only in fleets that are drawn for it: duties, sparing, calendars, moved caps, lies. */
import { one, type Planted } from "./planted-kind.ts";

export const PLANTED_BY_DRAW: readonly Planted[] = [
  {
    name: "a duty is looked at once",
    edits: one(
      "src/fleet/following.ts",
      "const need = held.planAt <= ctx.at ? leftOf",
      "const need = held.planAt <= 0 ? leftOf",
    ),
    faults: ["market-crash"],
    parts: ["trailing", "pace"],
    seeds: 3,
  },
  {
    name: "the dearest plan is taken to spare others",
    edits: one(
      "src/liquidation/sparing.ts",
      "return together(one) < together(best) - SAME ? one : best;",
      "return together(one) > together(best) + SAME ? one : best;",
    ),
    faults: ["market-crash"],
    parts: ["alone", "thin"],
    seeds: 4,
  },
  {
    name: "a seed that is revealed proves no bet",
    edits: one(
      "src/fleet/evolve-bets.ts",
      "for (const key of seed?.keys ?? []) proveAt(state, key, at);",
      "",
    ),
    // Where nothing is lost the agent's own check is stored before the law's next look.
    faults: ["drop"],
    seeds: 6,
  },
  {
    name: "a seed is never told",
    edits: one(
      "agents/casino/strategy.ts",
      "return waiting >= (idle ? 1 : config.rotateEvery);",
      "return waiting >= 1_000;",
    ),
    faults: [],
    seeds: 1,
    byCount: true,
  },
  {
    name: "no order of a plan is done without",
    edits: one(
      "src/liquidation/fewer.ts",
      "while (tried.size < TRIES) {",
      "while (tried.size < 0) {",
    ),
    faults: ["market-crash"],
    parts: ["fewer-orders"],
    seeds: 2,
  },
  {
    name: "what fewer orders cost is not looked at",
    edits: one("src/liquidation/fewer.ts", "other.cost.total > most + SAME || ", ""),
    faults: ["market-crash"],
    parts: ["fewer-orders"],
    seeds: 2,
  },
  {
    name: "a plan is told without its fees",
    edits: one("src/liquidation/impact.ts", "fees: impact.fee * size,", "fees: 0,"),
    faults: ["market-crash"],
    seeds: 2,
  },
  {
    name: "a seed that nobody was bound to proves a bet",
    edits: one(
      "src/protocol/fair.ts",
      '  if (commitmentOf(serverSeed, hashes) !== told.seedHash) return "seed-hash-mismatch";\n',
      "",
    ),
    faults: [],
    parts: ["house-lies"],
    seeds: 1,
  },
  {
    name: "a roll that was not drawn proves a bet",
    edits: one(
      "src/protocol/fair.ts",
      '  if (outcomeText(roll) !== told.outcome) return "outcome-mismatch";\n',
      "",
    ),
    faults: [],
    parts: ["house-lies"],
    seeds: 1,
  },
  {
    name: "the buffer around an event begins with the event",
    edits: one(
      "src/fleet/calendar.ts",
      "at >= event.at - event.beforeMs && at",
      "at >= event.at && at",
    ),
    faults: [],
    parts: ["calendar"],
    seeds: 2,
  },
  {
    name: "cash is not kept around an event",
    edits: one(
      "src/fleet/volatility.ts",
      "return ppm(Math.max(0, ...parts));",
      "return ppm(Math.min(0, ...parts));",
    ),
    faults: [],
    parts: ["calendar"],
    seeds: 4,
  },
  {
    name: "caps are raised by what was asked, not by what others gave",
    edits: one(
      "src/fleet/reallocating.ts",
      "const [give, take] = [min(cuts, raises), { cuts, raises }];",
      "const [give, take] = [cuts < raises ? raises : cuts, { cuts, raises }];",
    ),
    faults: [],
    parts: ["reallocate"],
    seeds: 2,
  },
];
