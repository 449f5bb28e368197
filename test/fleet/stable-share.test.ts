/** How much of the collateral is stablecoins: measured at every turn where the rules ask, told once each way. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { percent } from "../../src/core/ppm.ts";
import type { Law } from "../../src/fleet/state.ts";
import { agentView, fleetView, riskView } from "../../src/fleet/views.ts";
import type { Policy } from "../../src/protocol/policy.ts";
import { freezeState, thawState } from "../../src/runtime/snapshots.ts";
import { ALICE, ETH, POLICY, usd } from "./cast.ts";
import { type Choice, RandomFleet } from "./random-fleet.ts";
import { given, reported, type Step } from "./spec.ts";
import { configured, deposited, enrolled, fill, granted, marks, order } from "./steps.ts";

const HALF: Policy = { ...POLICY, stableShareMin: percent(50) };

/** 3,000 USDC and 3 ether at 1,000, of which a fifth is cut: 5,400. */
const mixed = (policy: Policy = HALF): readonly Step[] => [
  ...[configured(policy), deposited("3000"), marks("10000"), deposited("3", ETH)],
  ...[enrolled(ALICE), granted(ALICE)],
];
const shareOf = (law: Law) => fleetView(law, law.at).stableShare;
const dutiesOf = (law: Law) => fleetView(law, law.at).margin.duties.map(({ duty }) => duty);

/** Ether rises to where it is more than half: 1,300 x 3 x 0.8 are 3,120. */
const risen: readonly Step[] = [marks("10000", "1200"), marks("10000", "1300")];

describe("the stable share", () => {
  test("STS-001: is what is worth itself over the collateral, both after haircuts, rounded down", () => {
    const { state } = given(...mixed());
    expect(shareOf(state)).toBe(555_555);
    expect(fleetView(state, state.at).stableShareMin).toBe(500_000);
    // Nobody asks for it: told all the same, and without collateral there is none.
    const free = given(...mixed(POLICY)).state;
    expect(shareOf(free)).toBe(555_555);
    expect(fleetView(free, free.at)).not.toHaveProperty("stableShareMin");
    const bare = given(configured(HALF)).state;
    expect(fleetView(bare, bare.at)).not.toHaveProperty("stableShare");
    const depegged = HALF.assets.map((one) => ({ ...one, haircut: percent(20) }));
    // 2,400 of each.
    expect(shareOf(given(...mixed({ ...HALF, assets: depegged })).state)).toBe(500_000);
  });

  test("STS-009: where the rules list no USDC it counts whole, and a loss leaves no less than nothing", () => {
    const coins = HALF.assets.filter(({ asset }) => asset === ETH);
    expect(shareOf(given(...mixed({ ...HALF, assets: coins })).state)).toBe(555_555);
    const state = structuredClone(given(...mixed()).state);
    state.unrealized = usd("-4000");
    state.collateral = usd("1400");
    expect(shareOf(state)).toBe(0);
  });

  test("STS-002: an unrealized loss is owed in USDC and lessens it, a gain is none of it", () => {
    const long = [order(ALICE, "o1"), reported(fill(ALICE, "o1", "0.1"))];
    const story = given(...mixed(), ...long, marks("11000"));
    // 1 of fees: 2,999 of 5,399.
    expect(shareOf(story.state)).toBe(555_473);
    story.given(marks("9000"));
    // 100 lost: 2,899 of 5,299.
    expect(shareOf(story.state)).toBe(547_084);
  });

  test("STS-003: below what the rules ask for it is told once, and a duty while it lasts", () => {
    const story = given(...mixed(), marks("10000", "1200"));
    // 2,880: 51 %.
    expect(shareOf(story.state)).toBe(510_204);
    expect(dutiesOf(story.state)).toEqual([]);
    story.when(marks("10000", "1300")).bringsAmong({
      ...{ type: "StableShareLow", share: percent(49.0196), least: percent(50) },
      ...{ stable: usd("3000"), collateral: usd("6120") },
    });
    story.when(marks("10000", "1400")).bringsNo("StableShareLow");
    expect(dutiesOf(story.state)).toEqual(["stable-share"]);
    const { state } = story;
    const says = "47.17 % of the collateral is stablecoins, the rules ask for 50.00 %";
    expect(riskView(state, state.at).margin.duties).toMatchObject([{ agent: "fleet", says }]);
    expect(agentView(state, ALICE, state.at)?.margin.duties).toMatchObject([{ says }]);
  });

  test("STS-004: back is told once, above by the hysteresis of the zones: it moves with every mark", () => {
    const story = given(...mixed(), ...risen);
    // 51 % and 54 % are not yet 55 %.
    story.when(marks("10000", "1200")).bringsNo("StableShareRestored");
    story.when(marks("10000", "1050")).bringsNo("StableShareRestored");
    story.when(marks("10000", "1000")).bringsAmong({
      ...{ type: "StableShareRestored", share: 555_555, least: percent(50) },
    });
    expect(dutiesOf(story.state)).toEqual([]);
    story.when(marks("10000", "1000")).bringsNo("StableShareRestored");
    // Where all is asked for, all is enough.
    const whole = given(...mixed({ ...HALF, stableShareMin: percent(100) }));
    expect(whole.state.stableLow).toBe(true);
    const none = HALF.assets.filter(({ asset }) => asset !== ETH);
    const all = { ...HALF, stableShareMin: percent(100), assets: none };
    expect(given(...mixed(), ...risen, configured(all, "p2")).state.stableLow).toBe(false);
  });

  test("STS-005: money that comes ends it as prices do, and so do rules that ask no more", () => {
    const story = given(...mixed(), ...risen);
    story.when(deposited("2000")).bringsAmong({ type: "StableShareRestored" });
    const other = given(...mixed(), ...risen);
    other.when(configured(POLICY, "p2")).bringsAmong({ type: "StableShareRestored", least: 0 });
    other.when(marks("10000", "1400")).bringsNo("StableShareLow");
  });

  test("STS-006: it is a warning: what is delegated and opened is taken as before", () => {
    const story = given(...mixed(), ...risen);
    expect(story.state.stableLow).toBe(true);
    story.when(order(ALICE, "o1")).bringsAmong({ type: "OrderApproved" });
    expect(story.state.zone).toBe("green");
    const without = given(...mixed(POLICY), ...risen);
    expect(without.state.collateral).toBe(story.state.collateral);
    expect(without.state.stableLow).toBe(false);
  });

  test("STS-008: always it is told each way in turn, and stands as it was told", () => {
    const number = fc.integer({ min: 0, max: 1_000_000_000 });
    const choices: fc.Arbitrary<readonly Choice[]> = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 23 }), number, number, number),
      { minLength: 60, maxLength: 160, size: "max" },
    );
    let told = 0;
    fc.assert(
      fc.property(choices, (all) => {
        // 10,000 USDC and 2,400 of ether.
        const fleet = new RandomFleet({ rules: { stableShareMin: percent(81) } });
        for (const choice of all) fleet.step(choice);
        const types = fleet.story.journal
          .flatMap(({ turn }) => turn.events.map(({ type }) => type))
          .filter((type) => type.startsWith("StableShare"));
        for (const [i, type] of types.entries())
          expect(type).toBe(i % 2 === 0 ? "StableShareLow" : "StableShareRestored");
        told += types.length;
      }),
      { numRuns: 12 },
    );
    expect(told).toBeGreaterThan(5);
  });

  test("STS-007: who begins from a snapshot tells it no second time", () => {
    const { state } = given(...mixed(), ...risen);
    expect(thawState(freezeState(state))?.stableLow).toBe(true);
  });
});
