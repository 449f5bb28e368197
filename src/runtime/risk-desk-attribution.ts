/** The fleet's value at risk in parts, one for each agent, to the unit. */
import type { Micro } from "../core/money.ts";
import { fleetComponents } from "../risk/fleet-var-measures.ts";
import { microUp, partsOf } from "./risk-desk-numbers.ts";
import type { Desk } from "./risk-desk-parts.ts";

/** Every agent's part; they add up to the whole. None: undefined where it cannot be measured. */
export function partsByAgent({ book, tail }: Desk): ReadonlyMap<string, Micro> | undefined {
  const parts = fleetComponents(book.fleet, tail);
  if (!parts.ok) return undefined;
  const { var: total, varByAgent } = parts.value;
  const amounts = partsOf(microUp(total), [...varByAgent]);
  return new Map(amounts.map((amount, i) => [book.agents[i] as string, amount]));
}
