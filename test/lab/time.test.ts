/** Simulated time: order, calling off, and that each step comes to rest before the next begins. */
import { describe, expect, test } from "vitest";
import { Life } from "../../src/lab/life.ts";
import { SimTime } from "../../src/lab/time.ts";

const always = (): boolean => true;

describe("simulated time", () => {
  test("SIM-001: what is planned earlier happens earlier, and what is planned first at one time", async () => {
    const time = new SimTime();
    const seen: string[] = [];
    time.after(5, () => seen.push("five"));
    time.after(1, () => seen.push("one"));
    time.after(5, () => seen.push("five again"));
    time.after(3, () => time.after(1, () => seen.push("four")));
    await time.run(10, always);
    expect(seen).toEqual(["one", "four", "five", "five again"]);
    expect(time.now).toBe(10);
  });

  test("SIM-002: what is called off does not happen", async () => {
    const time = new SimTime();
    const seen: string[] = [];
    const cancel = time.after(1, () => seen.push("never"));
    time.after(2, () => seen.push("done"));
    cancel();
    await time.run(10, always);
    expect(seen).toEqual(["done"]);
  });

  test("SIM-003: promises that a step sets off have run before the next step", async () => {
    const time = new SimTime();
    const seen: string[] = [];
    time.after(1, () => {
      void (async () => {
        for (let i = 0; i < 20; i += 1) await Promise.resolve();
        seen.push("settled");
      })();
    });
    time.after(1, () => seen.push("next"));
    await time.run(10, always);
    expect(seen).toEqual(["settled", "next"]);
  });

  test("SIM-004: what `between` forbids does not happen, and a fault of a step ends the run", async () => {
    const time = new SimTime();
    let steps = 0;
    for (let i = 0; i < 5; i += 1) time.after(i, () => (steps += 1));
    await time.run(10, () => steps < 2);
    expect(steps).toBe(2);
    time.after(20, () => {
      throw new Error("broken step");
    });
    await expect(time.run(40, always)).rejects.toThrow("broken step");
  });

  test("SIM-005: a dead process hears nothing more, a paused one hears it all when it goes on", async () => {
    const time = new SimTime();
    const seen: string[] = [];
    const [dead, paused] = [new Life(time, "dead"), new Life(time, "paused")];
    for (const life of [dead, paused]) {
      life.after(2, () => seen.push(`${life.name} 2 at ${time.now}`));
      life.after(4, () => seen.push(`${life.name} 4 at ${time.now}`));
    }
    time.after(1, () => paused.pause(10));
    time.after(3, () => dead.kill());
    await time.run(50, always);
    expect(seen).toEqual(["dead 2 at 2", "paused 2 at 11", "paused 4 at 11"]);
  });
});
