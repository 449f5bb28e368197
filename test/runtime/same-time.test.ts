/** Who may lead by its wall clock, and who may not. */
import { expect, test } from "vitest";
import { CLOCK_SKEW_MAX, ClockSkewError, sameTime } from "../../src/runtime/same-time.ts";

const off = (skewMs: number | undefined) => sameTime({ skewMs: async () => skewMs });

test("RUN-070: a wall clock near the broker's leads, and so does one that cannot be compared", async () => {
  for (const skewMs of [0, CLOCK_SKEW_MAX, -CLOCK_SKEW_MAX, undefined]) {
    await expect(off(skewMs)).resolves.toBeUndefined();
  }
});

test("RUN-071: an hour ahead or behind is refused, with the number and what to do", async () => {
  await expect(off(3_600_000)).rejects.toThrow(ClockSkewError);
  await expect(off(3_600_000)).rejects.toThrow("3600.0 s ahead of the broker's, allowed are 5 s");
  await expect(off(-6_000)).rejects.toThrow("6.0 s behind the broker's");
  await expect(off(CLOCK_SKEW_MAX + 1)).rejects.toMatchObject({ code: "clock-skew" });
});
