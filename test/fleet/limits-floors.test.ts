/** Limits that a mutation run found unguarded: floors. */
import { describe, expect, test } from "vitest";
import { percent } from "../../src/core/ppm.ts";
import { ALICE, usd } from "./cast.ts";
import { crisisFleet, crisisPolicy, eventsOf, held } from "./crisis-cast.ts";
import { given, reported } from "./spec.ts";
import { enrolled, fill, granted, marks, open, order } from "./steps.ts";

describe("floors", () => {
  const loss = (fields: Parameters<typeof granted>[1]) => [
    ...open,
    enrolled(ALICE),
    granted(ALICE, fields),
    order(ALICE, "o1", {}),
    reported(fill(ALICE, "o1", "0.1", "10000")),
  ];

  test("FLO-101: a floor is told of once: who may only reduce is not told so again", () => {
    const story = given(...loss({ floor: "1899" })).when(marks("9000"));
    story.bringsAmong({ type: "FloorBreached", agent: ALICE });
    story.when(marks("8900")).bringsNo("FloorBreached");
  });

  test("FLO-102: without a floor a loss beyond the cap is none of the floor's", () => {
    const story = given(...loss({ floor: "0", cap: "500" })).when(marks("9100"));
    for (const mark of ["8300", "7600", "7000", "6400", "5900", "5400", "4950"]) {
      story.when(marks(mark)).bringsNo("FloorBreached");
    }
  });

  test("FLO-103: a cap that a rung cut below its floor allows no loss, told as none", () => {
    const rules = { drawdownLadder: [{ drawdown: percent(5), keeps: percent(50) }] };
    const fleet = crisisFleet(crisisPolicy(rules), "1000", [ALICE, { cap: "950", floor: "600" }]);
    const story = given(...fleet, ...held(ALICE, "0.2"), marks("9750"));
    expect(eventsOf(story, "DrawdownCut")).toHaveLength(1);
    story
      .when(marks("9740"))
      .bringsAmong({ type: "FloorBreached", agent: ALICE, loss: usd("54"), allowed: usd("0") });
  });
});
