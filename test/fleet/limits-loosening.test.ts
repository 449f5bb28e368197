/** Waits and spares that a mutation run found unguarded: the numbers by which new rules and cuts go. */
import { describe, expect, test } from "vitest";
import { percent, ppm } from "../../src/core/ppm.ts";
import type { Policy } from "../../src/protocol/policy.ts";
import { ALICE, POLICY, TEN_TIMES } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, held } from "./crisis-cast.ts";
import { given, tick, wait } from "./spec.ts";
import { configured, marks } from "./steps.ts";

describe("new rules", () => {
  test("LIM-770: each further step of a rule waits the whole time again", () => {
    const story = given(configured(), configured({ ...POLICY, collar: percent(2) }, "p2"));
    story.when(wait(60_000), tick);
    const from = percent(1.5);
    story.bringsAmong({ type: "RuleLoosened", rule: "collar", to: `${from}` });
    const effectiveAt = story.now + 60_000;
    story.bringsAmong({ type: "RuleScheduled", rule: "collar", from: `${from}`, effectiveAt });
  });

  test("LIM-771: a target left out stands for a twentieth under yellow: tighter holds at once", () => {
    const { targetUtilization: _, ...bare } = CALLS;
    const waits = (target: number): number => {
      const before: Policy = { ...POLICY, crisis: { ...CALLS, targetUtilization: ppm(target) } };
      const story = given(configured(before), configured({ ...POLICY, crisis: bare }, "p2"));
      return eventsOf(story, "RuleScheduled").length;
    };
    // Yellow begins at 60 %.
    expect([waits(560_000), waits(540_000)]).toEqual([0, 1]);
  });
});

test("LIM-772: of a wallet below nothing nothing is spared", () => {
  const rules = { cutOnShortfall: true, cutSpare: percent(10) };
  const story = given(
    ...crisisFleet(crisisPolicy(rules), "1000", [ALICE, { cap: "990", maxLeverage: TEN_TIMES }]),
    ...held(ALICE, "0.9", "buy", TEN_TIMES),
    marks("8800"),
  );
  expect(story.state.collateral).toBeLessThan(0n);
  expect(eventsOf(story, "ShortfallCut")).toMatchObject([{ spare: 0n }]);
});
