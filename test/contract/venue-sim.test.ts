/** The venue contract on the simulator's way to the platform, in simulated time and without faults. */
import { setImmediate as turn } from "node:timers/promises";
import { Chance } from "../../src/lab/chance.ts";
import { Counts } from "../../src/lab/counts.ts";
import { Life } from "../../src/lab/life.ts";
import { SimTime } from "../../src/lab/time.ts";
import { FAIR, SimVenue } from "../../src/lab/venue.ts";
import type { Clock } from "../../src/venue/paper/clock.ts";
import { PaperPlatform } from "../../src/venue/paper/platform.ts";
import { flatTape } from "../venue/helpers.ts";
import { takingContract, type VenueUnderTest, venueContract, type Wanted } from "./venue.ts";

/** Simulated time as the platform's clock. */
const clockOf = (time: SimTime): Clock => ({
  now: () => time.now,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = (): void => {
        signal.removeEventListener("abort", wake);
        resolve();
      };
      time.after(ms, wake);
      signal.addEventListener("abort", wake, { once: true });
    }),
});

async function simulated({ house }: Wanted): Promise<VenueUnderTest> {
  const time = new SimTime();
  const crowd = house ? { house: { seats: 0, lookMs: 1_000 } } : {};
  const terms = { seed: "contract", tape: flatTape(), marksMs: 250, pumpMs: 500, ...crowd };
  const platform = new PaperPlatform({ clock: clockOf(time), ...terms }).start();
  const port = new SimVenue({
    ...{ platform, time, life: new Life(time, "c-a"), chance: new Chance(1), counts: new Counts() },
    rates: () => FAIR,
    watcher: { asked: () => undefined, answered: () => undefined, arrived: () => undefined },
  });
  let target = 0;
  let closed = false;
  // Whoever waits for an answer waits in simulated time: it goes on, slowly, by itself.
  const driven = (async () => {
    while (!closed) await time.run(Math.max(target, time.now + 5), () => !closed);
  })();
  return {
    port,
    pass: async (ms) => {
      target = time.now + ms;
      while (time.now < target) await turn();
    },
    strike: (kind, part) => platform.strike(kind, part),
    close: async () => {
      closed = true;
      await driven;
      await port.close();
      await platform.close();
    },
  };
}

venueContract("simulated", simulated);
takingContract("simulated", simulated);
