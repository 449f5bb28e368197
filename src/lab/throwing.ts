/** A specialist that breaks: it throws, or answers what is no decision. */
import { noteField } from "../protocol/fields.ts";
import type { SpecialistDefinition } from "../sdk/define.ts";
import type { Counts } from "./counts.ts";

export const throwing = (counts: Counts): SpecialistDefinition<string, number> => ({
  name: "throwing",
  service: "trading",
  config: noteField,
  begin: () => 0,
  strategy: (_view, memory, { random, name }) => {
    if (random.next() < 0.2) {
      counts.fired("strategy-threw");
      if (random.next() < 0.5) throw new TypeError("the strategy is broken");
      return { intents: "none" as never, memory };
    }
    const reservation = name("r");
    const body = { reservation, amount: "1", service: "trading" as const, ttlMs: 20_000 };
    return { intents: [{ command: "Reserve", body }], memory: memory + 1 };
  },
  intervalMs: () => 10_000,
});
