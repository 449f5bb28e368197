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
      "for (const key of state.toProve.get(seedHash)?.keys ?? []) proveAt(state, key, at);",
      "",
    ),
    faults: [],
    seeds: 2,
  },
];
