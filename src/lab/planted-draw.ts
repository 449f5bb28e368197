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
    faults: [],
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
