/** Bugs planted in which of several sources of a price is believed. */
import { one, type Planted } from "./planted-kind.ts";

export const PLANTED_PRICES: readonly Planted[] = [
  {
    name: "the median takes the last source",
    edits: one(
      "src/risk/median-price.ts",
      "sorted.length % 2 === 1) return upper;",
      "sorted.length % 2 === 1) return prices.at(-1);",
    ),
    faults: [],
    parts: ["sources"],
    seeds: 1,
    fast: true,
  },
  {
    name: "where no majority agrees the venue alone is believed",
    edits: one(
      "src/fleet/believing.ts",
      'rules.alone === "follow" && one !== undefined',
      "one !== undefined",
    ),
    faults: [],
    parts: ["sources"],
    seeds: 1,
  },
  {
    name: "a source that was doubted too often counts all the same",
    edits: one(
      "src/fleet/believing.ts",
      "  const median = majority(counted, held, rules) ?? majority(fresh, held, rules);",
      "  const median = majority(fresh, held, rules);",
    ),
    faults: ["feed-off"],
    parts: ["sources"],
    seeds: 3,
  },
  {
    name: "half of the sources are a majority",
    edits: one(
      "src/risk/median-price.ts",
      "if (agree.length * 2 <= readings.length)",
      "if (agree.length * 2 < readings.length)",
    ),
    faults: ["feed-off", "drop"],
    parts: ["sources"],
    seeds: 4,
  },
  {
    name: "a source counts however long it has been silent",
    edits: one(
      "src/fleet/believing.ts",
      "    .filter(({ heardAt }) => at - heardAt <= rules.maxAgeMs);",
      "    .filter(({ heardAt }) => at >= heardAt);",
    ),
    faults: ["feeder-dead"],
    parts: ["sources"],
    seeds: 2,
  },
  {
    name: "while the sources of a price do not agree everybody opens by the last one",
    edits: one(
      "src/fleet/uncertain.ts",
      "market?.uncertain === true;",
      "market?.mark === undefined;",
    ),
    faults: ["sources-off"],
    parts: ["sources"],
    seeds: 4,
  },
  {
    name: "who follows one source follows a feeder where the venue speaks as well",
    edits: one(
      "src/fleet/believing.ts",
      "counted.find(({ source }) => source === VENUE);",
      "counted.at(-1);",
    ),
    faults: ["sources-off"],
    parts: ["sources", "follow"],
    seeds: 2,
  },
  {
    name: "a jump of the source that is followed is confirmed by its own old reading",
    edits: one(
      "src/fleet/believing.ts",
      "    if (!news.has(one.source) && isJump(law, held, one.price)) return undefined;",
      "",
    ),
    faults: ["sources-off"],
    parts: ["sources", "follow"],
    seeds: 3,
  },
];
