/** Cover that is lost is got back from caps that nobody uses. */
import { describe, expect, test } from "vitest";
import { percent } from "../../src/core/ppm.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, BOB, usd } from "./cast.ts";
import { crisisFleet, crisisPolicy, eventsOf, held } from "./crisis-cast.ts";
import { given } from "./spec.ts";
import { marks } from "./steps.ts";

describe("cover that is lost", () => {
  test("DUT-010: lost cover is got back by cutting every unused cap by the same part", () => {
    const steps = (c: CrisisPolicy) => [
      ...crisisFleet(crisisPolicy(c), "1000", [ALICE, { cap: "600" }], [BOB, { cap: "400" }]),
      ...held(ALICE, "0.1"),
    ];
    // The fee took 1 of the cover: 400 and 400 less the hold are unused.
    const [on, off] = [given(...steps({ cutOnShortfall: true })), given(...steps({}))];
    const cuts = eventsOf(on, "ShortfallCut");
    expect(cuts.map(({ agent }) => agent).sort()).toEqual([ALICE, BOB]);
    expect([on.state.covered, off.state.covered]).toEqual([true, false]);
    const caps = [ALICE, BOB].map((id) => on.state.agents.get(id)?.delegation?.cap);
    expect(caps).toEqual([usd("599.5"), usd("399.5")]);
  });

  test("DUT-031: what is cut to spare keeps the next marks from cutting again", () => {
    const falls = Array.from({ length: 20 }, (_, i) => marks(String(9_990 - i * 10)));
    const cuts = (cutSpare: CrisisPolicy) =>
      given(
        ...crisisFleet(
          crisisPolicy({ cutOnShortfall: true, ...cutSpare }),
          "1000",
          ...([ALICE, BOB] as const).map((id) => [id, { cap: "500" }] as const),
        ),
        ...held(ALICE, "0.1"),
        ...falls,
      );
    const [bare, spared] = [cuts({}), cuts({ cutSpare: percent(1) })];
    // The fee, then 20 marks of 1 USDC: each cuts both caps; or the fee, and whenever 1 % is gone: 10, 20.
    expect(eventsOf(bare, "ShortfallCut")).toHaveLength(42);
    expect(eventsOf(spared, "ShortfallCut")).toHaveLength(6);
    expect(eventsOf(spared, "ShortfallCut")[0]).toMatchObject({ spare: usd("9.99") });
    for (const { state } of [bare, spared]) expect(state.covered).toBe(true);
  });
});
