/** What differs between the new specialists of the services. */

export interface Template {
  /** In a sentence, without its subject. */
  readonly does: string;
  /** `src/config.ts`, `src/strategy.ts` and `test/conformance.test.ts`. */
  readonly config: string;
  readonly strategy: string;
  readonly test: string;
  /** `src/specialist.ts`, by the specialist's name. */
  readonly specialist: (name: string) => string;
  /** The options of `flotilla grant` that it can work with. */
  readonly grant: string;
  /** `src/lifecycle.ts`: a machine of its own. Absent: it has none. */
  readonly lifecycle?: string;
}

/** Parts that the tests of all begin with: the suite, and a context for a decision of one's own. */
export const testOf = (
  service: string,
  imports: string,
  suite: string,
  own: string,
): string => `/** The conformance suite, and what is its own. */
import { describeSpecialist, ${imports} } from "flotilla";
import { describe, expect, test } from "vitest";
import { config } from "../src/config.js";
import { specialist } from "../src/specialist.js";
import { begin, strategy } from "../src/strategy.js";

describeSpecialist({ describe, test }, specialist${suite});

const given = config.parse({});
const view = (part: object = {}) => sampleView("${service}", part);
const context = (over: object = {}) => ({
  ...{ config: given, now: 60_000, stance: "run" as const, why: "", outcomes: [] },
  ...{ marks: new Map(), random: { next: () => 0, int: () => 0, text: () => "abcdefgh" } },
  ...{ lifecycle: undefined, name: (kind: string) => kind + "-1" },
  ...over,
});
const decide = (part: object = {}, over: object = {}) =>
  strategy(view(part), begin(view(), given), context(over));

${own}`;

/** `src/specialist.ts` of all that are woken by nothing but their own events. */
export const specialistOf =
  (service: string, wakeOn: readonly string[]) =>
  (name: string): string =>
    `/** The specialist: its name, service, config and strategy. */
import { defineSpecialist } from "flotilla";
import { type Config, config } from "./config.js";
import { begin, type Memory, strategy } from "./strategy.js";

export const specialist = defineSpecialist<Config, Memory>({
  name: "${name}",
  service: "${service}",
  config,
  begin,
  strategy,
  intervalMs: (given) => given.intervalMs,
  // Looks at once when something of its own has changed.
  wakeOn: [${wakeOn.map((one) => JSON.stringify(one)).join(", ")}],
});
`;
