/** What nobody needs any more is let go of: a world that is over leaves nothing behind. */
import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { optionsOf } from "../../src/lab/options.ts";
import { runSeed } from "../../src/lab/run.ts";
import type { World } from "../../src/lab/world.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Runs a seed and keeps nothing of it alive. */
async function worldOf(seed: number): Promise<WeakRef<World>> {
  const asked = { minutes: 3, faults: ["crash", "partition"], mode: "safety" } as const;
  const { world } = await runSeed(optionsOf(seed, asked));
  return new WeakRef(world);
}

test("SIM-095: nothing holds a world that is over, whatever died in it", async () => {
  const worlds = [await worldOf(1), await worldOf(2), await worldOf(3)];
  await delay(0);
  collect();
  // What was run last may still stand on a stack.
  const held = worlds.slice(0, 2).filter((one) => one.deref() !== undefined);
  expect(held).toHaveLength(0);
});
