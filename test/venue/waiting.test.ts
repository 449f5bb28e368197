/** Market time that waits until the fleet stands: slow before, at its speed after, and never for ever. */
import { expect, test } from "vitest";
import { marketClock } from "../../src/venue/paper/clock.ts";
import { PaperPlatform } from "../../src/venue/paper/platform.ts";
import {
  approved,
  BTC,
  buy,
  depositOf,
  HandClock,
  PLAIN,
  SOON,
  smallTape,
  T0,
  usd,
} from "./helpers.ts";

const tape = smallTape(Array(49).fill("60000"));

const opened = (waitFor: string, clock: HandClock, speed = 450): PaperPlatform =>
  new PaperPlatform({
    ...{ tape, clock, speed, seed: "waits", execution: PLAIN, wallet: SOON },
    waitFor: usd(waitFor),
  });

const passed = (platform: PaperPlatform): number => platform.status().at - T0;

test("WAI-001: market time goes slowly until the positions come to so much, then at its speed", () => {
  const clock = new HandClock();
  const platform = opened("5000", clock);
  platform.submit(approved(depositOf("10000")));
  clock.move(2_000);
  expect(passed(platform)).toBe(20_000);
  // 3,000 of 5,000.
  platform.submit(approved(buy("0.05", "66000")));
  clock.move(1_000);
  expect([passed(platform), platform.snapshot().positions.get(BTC)?.qty]).toEqual([
    30_000,
    5_000_000n,
  ]);
  platform.submit(approved(buy("0.05", "66000")));
  clock.move(1_000);
  // It fills at this look, and is seen at the next.
  expect([passed(platform), passed(platform)]).toEqual([40_000, 40_000]);
  clock.move(1_000);
  expect(passed(platform)).toBe(490_000);
  expect(platform.marksNow().find(({ market }) => market === BTC)?.at).toBe(T0 + 490_000);
});

test("WAI-002: it waits half an hour of its own time at most, and not when nothing is to be waited for", () => {
  const clock = new HandClock();
  const platform = opened("5000", clock);
  clock.move(179_000);
  expect(passed(platform)).toBe(1_790_000);
  clock.move(1_000);
  expect([passed(platform), passed(platform)]).toEqual([1_800_000, 1_800_000]);
  clock.move(1_000);
  expect(passed(platform)).toBe(2_250_000);
  const other = new HandClock();
  const plain = opened("0", other);
  other.move(1_000);
  expect(passed(plain)).toBe(450_000);
});

test("WAI-003: what was reached once is not waited for again, and slow is never faster than its speed", () => {
  const clock = new HandClock();
  let waits = true;
  const time = marketClock(clock, 0, 450, () => waits);
  clock.move(100);
  waits = false;
  expect(time.now()).toBe(1_000);
  waits = true;
  clock.move(100);
  expect(time.now()).toBe(46_000);
  const slow = marketClock(clock, 0, 2, () => true);
  clock.move(1_000);
  expect(slow.now()).toBe(2_000);
});
