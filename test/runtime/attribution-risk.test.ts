/** Each agent's part of the value at risk: beside the measure itself, and where there is none. */
import { describe, expect, test } from "vitest";
import { must } from "../../src/core/assert.ts";
import type { FLEET } from "../../src/core/ids.ts";
import { ppm } from "../../src/core/ppm.ts";
import { attributionView } from "../../src/fleet/attribution.ts";
import { fleetVar } from "../../src/risk/fleet-var-measures.ts";
import type { RiskDesk } from "../../src/runtime/risk-desk.ts";
import { microUp } from "../../src/runtime/risk-desk-numbers.ts";
import { freezeState, thawState } from "../../src/runtime/snapshots.ts";
import { exact } from "../fleet/beside.ts";
import { ALICE, BOB, DORA, ETH_PERP, POLICY } from "../fleet/cast.ts";
import { held } from "../fleet/crisis-cast.ts";
import { RandomFleet } from "../fleet/random-fleet.ts";
import { given, ops, reported, Story } from "../fleet/spec.ts";
import {
  closed,
  configured,
  deposited,
  fill,
  fleetOf,
  marks,
  order,
  strayFill,
} from "../fleet/steps.ts";
import { deskOf, dice, Told } from "./risk-desk-given.ts";

const TAIL = ppm(10_000);
const viewOf = ({ state }: Story, desk: RiskDesk) => attributionView(state, state.at, desk.parts());
const partsIn = (story: Story, desk: RiskDesk = deskOf(story.state)) => {
  const { lines, total } = viewOf(story, desk);
  const parts = lines.map(({ agent, valueAtRisk }) => [agent, valueAtRisk] as const);
  return { parts: Object.fromEntries(parts), total: total.valueAtRisk };
};
/** The measure that the parts are of, in millionths, rounded up. */
const whole = (desk: RiskDesk): bigint => {
  const found = fleetVar(must(desk.desk, "there are rules").book.fleet, TAIL);
  return microUp(found.ok ? found.value : Number.NaN);
};

describe("parts of the value at risk", () => {
  test("ATT-030: a hedge's part is negative, who holds nothing has none, and they come to the whole", () => {
    const story = given(...fleetOf(ALICE, BOB, DORA), ...held(ALICE, "0.1"));
    story.given(...held(BOB, "0.04", "sell"));
    const desk = deskOf(story.state);
    const { parts, total } = partsIn(story, desk);
    expect(exact(parts["bob"])).toBeLessThan(0n);
    expect(parts["dora"]).toBe("0");
    expect(exact(total)).toBe(whole(desk));
    expect(exact(parts["alice"]) + exact(parts["bob"])).toBe(whole(desk));
  });

  test("ATT-031: of a book that nets to nothing every part is zero, not the half of something", () => {
    const story = given(...fleetOf(ALICE, BOB), ...held(ALICE, "0.1"), ...held(BOB, "0.1", "sell"));
    expect(partsIn(story)).toEqual({ parts: { alice: "0", bob: "0" }, total: "0" });
  });

  test("ATT-032: who has closed, and the fleet that has, is left with nothing", () => {
    const story = given(...fleetOf(ALICE, BOB), ...held(ALICE, "0.1"), ...held(BOB, "0.05"));
    const told = new Told(story);
    story.given(ops("Revoke", { agent: ALICE }), closed(ALICE, "0.1"));
    told.hear();
    const { parts, total } = partsIn(story, told.desk);
    expect(parts["alice"]).toBe("0");
    expect(parts["bob"]).toBe(total);
    expect(exact(total)).toBe(whole(told.desk));
  });

  test("ATT-033: without rules, and while something held has no mark, no line says anything", () => {
    const none = new Story();
    expect(deskOf(none.state).parts()).toBeUndefined();
    // Nobody ordered it, and no mark has come yet: the fleet holds what cannot be valued.
    const story = given(configured(), deposited("10000"), reported(strayFill("buy", "0.1")));
    expect(partsIn(story)).toEqual({ parts: { fleet: undefined }, total: undefined });
    story.given(marks("10000"));
    expect(partsIn(story).parts["fleet"]).toBe(partsIn(story).total);
  });

  test("ATT-034: what is held where the rules name the market no more is of the risk all the same", () => {
    const story = given(
      ...fleetOf(ALICE, BOB),
      ...held(BOB, "0.05"),
      order(ALICE, "o1", { market: "eth-perp", qty: "1" }),
      reported(fill(ALICE, "o1", "1", "1000")),
    );
    const told = new Told(story);
    const before = partsIn(story, told.desk);
    const [btc] = POLICY.markets;
    story.given(configured({ ...POLICY, markets: [must(btc, "the first")] }, "p2"));
    told.hear();
    expect(story.state.markets.get(ETH_PERP)?.delisted).toBe(true);
    expect(exact(before.parts["alice"])).toBeGreaterThan(0n);
    expect(partsIn(story, told.desk)).toEqual(before);
    story.given(marks("10000", "1100"));
    told.hear();
    expect(exact(partsIn(story, told.desk).parts["alice"])).toBeGreaterThan(
      exact(before.parts["alice"]),
    );
  });

  test("ATT-035: always, through any story and from any snapshot of it, they come to the whole by who holds", () => {
    let negative = 0;
    for (let seed = 1; seed <= 4; seed += 1) {
      const uniform = dice(seed);
      const draw = (below: number): number => Math.floor(uniform() * below);
      const fleet = new RandomFleet({ checked: false });
      const told = new Told(fleet.story);
      for (let i = 0; i < 200; i += 1) {
        fleet.step([draw(24), draw(1_000), draw(1_000), draw(1_000)]);
        told.hear();
        const { lines, total } = viewOf(fleet.story, told.desk);
        const sum = lines.reduce((all, { valueAtRisk }) => all + exact(valueAtRisk), 0n);
        expect([exact(total.valueAtRisk), sum]).toEqual([whole(told.desk), sum]);
        expect(sum).toBe(whole(told.desk));
        for (const { agent, valueAtRisk } of lines) {
          const holds = fleet.story.state.agents.get(agent as typeof FLEET)?.positions.size ?? 0;
          if (holds === 0) expect([agent, valueAtRisk]).toEqual([agent, "0"]);
          if (valueAtRisk?.startsWith("-") === true) negative += 1;
        }
      }
      const again = must(thawState(freezeState(fleet.story.state)), "it was frozen");
      const anew = deskOf(again).parts();
      for (const [agent, part] of told.desk.parts() ?? [])
        expect(Math.abs(Number(part - (anew?.get(agent) ?? 0n)))).toBeLessThanOrEqual(2);
    }
    expect(negative).toBeGreaterThan(0);
  });
});
