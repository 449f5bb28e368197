/** What each part of the planner is worth: the same crises under the plan alone, with fewer orders, and with orders that wait. */
import { type PolicyBench, waysOf } from "../../src/lab/policies/bench.ts";
import type { Crisis } from "../../src/lab/policies/crisis.ts";
import { liveThrough, type Ways } from "../../src/lab/policies/live.ts";
import type { FleetFile } from "../../src/runtime/fleet-file.ts";

const whole = (value: number): string => Math.round(value).toLocaleString("en");

/** The planner's three forms by what of a fleet file they go by. */
const formsOf = (file: FleetFile): readonly (readonly [name: string, ways: Ways])[] => {
  const { fewer, waits } = waysOf(file);
  // Of an account that may bear no maintenance nothing may stay open for later.
  const never = { ...waits, most: 0 };
  return [
    ["plan alone", { fewer: 0, waits: never }],
    ["and fewer orders", { fewer, waits: never }],
    ["and orders that wait", { fewer, waits }],
  ];
};

/** Cost in USDC and orders of ours over crises. */
function lived(crises: readonly Crisis[], ways: Ways): readonly [cost: number, orders: number] {
  let [cost, orders] = [0, 0];
  for (const crisis of crises) {
    for (const outcome of liveThrough(crisis, ["ours"], ways)) {
      cost += outcome.cost;
      orders += outcome.orders;
    }
  }
  return [cost, orders];
}

/** A line for each form, under a head: its cost over all crises, over each kind of them, and of October. */
export function partRows(bench: PolicyBench, file: FleetFile): readonly (readonly string[])[] {
  const madeUp = bench.madeUp.map(({ crisis }) => crisis);
  const ends = (aftermath: string) => madeUp.filter(({ name }) => name.endsWith(aftermath));
  const real = bench.real.map(({ crisis }) => crisis);
  const october = bench.october === undefined ? [] : [bench.october.crisis];
  const rows = formsOf(file).map(([name, ways]) => {
    const parts = [ends("goes on"), ends("comes back"), real].map((some) => lived(some, ways));
    const costs = parts.map(([cost]) => cost);
    const orders = parts.reduce((sum, [, sent]) => sum + sent, 0);
    const total = costs.reduce((sum, cost) => sum + cost, 0);
    const figures = [total, ...costs, orders, ...lived(october, ways)];
    return [name, ...figures.map(whole)];
  });
  const crises = `cost, ${madeUp.length + real.length} crises`;
  return [
    ["ours", crises, "goes on", "comes back", "real", "orders", "October: cost", "orders"],
    ...rows,
  ];
}
