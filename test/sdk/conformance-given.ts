/** Specialists of a few lines for the conformance suite, and what it says of them. */
import { z } from "zod";
import { testSpecialist } from "../../src/sdk/conformance.ts";
import type { ConformanceOptions } from "../../src/sdk/conformance-ground.ts";
import {
  defineSpecialist,
  type SpecialistDefinition,
  type Strategy,
} from "../../src/sdk/define.ts";
import type { Intent } from "../../src/sdk/intent.ts";

export type Probe = SpecialistDefinition<{ every: number }, number>;
export type Choose = Strategy<{ every: number }, number>;

export const hold = (name: string, amount: string): Intent => ({
  command: "Reserve",
  body: { reservation: name, amount, service: "casino", ttlMs: 500 },
});

/** Holds one USDC for a moment at every look, where it may. */
export const good: Choose = (view, memory, context) => {
  const may = context.stance === "run" && Number(view.delegation?.available ?? 0) >= 1;
  return { intents: may ? [hold(context.name("r"), "1")] : [], memory: memory + 1 };
};

export const probe = (strategy: Choose, part: Partial<Probe> = {}): Probe =>
  defineSpecialist({
    name: "probe",
    service: "casino",
    config: z.strictObject({ every: z.number().default(1_000) }),
    begin: () => 0,
    strategy,
    intervalMs: (config) => config.every,
    ...part,
  });

/** What the suite says of it: the check's name, and its fault. */
export async function faultsOf<C, M>(
  definition: SpecialistDefinition<C, M>,
  options: ConformanceOptions = {},
): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const { name, run } of testSpecialist(definition, { runMs: 20_000, ...options })) {
    await run().catch((fault: Error) => faults.push(`${name}: ${fault.message}`));
  }
  return faults;
}
