/** What views tell of margin: ratios, open calls with what is missing and until when, duties in force. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { percent } from "../../src/core/ppm.ts";
import { agentView, fleetView, riskView } from "../../src/fleet/views.ts";
import { readView } from "../../src/sdk/incoming.ts";
import { ALICE, BOB, T0 } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, forcedFill, held } from "./crisis-cast.ts";
import { given, type Story, tick, wait } from "./spec.ts";
import { marks } from "./steps.ts";

/** 820 of 995.9 are reserved: 0.41 BTC at 5x. */
const near = (crisis = CALLS) => [
  ...crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "1000" }]),
  ...held(ALICE, "0.41"),
];
const viewsOf = ({ state, now }: Story) => {
  const own = agentView(state, ALICE, now);
  if (own === undefined) throw new Error("alice is enrolled");
  return { fleet: fleetView(state, now), own, risk: riskView(state, now) };
};
const dutiesOf = (view: { readonly margin: { readonly duties: readonly { duty: string }[] } }) =>
  view.margin.duties.map(({ duty }) => duty);

describe("margin in views", () => {
  test("VIE-001: ratios are those that the law decides by, and the equity ratio is at the mark", () => {
    const { fleet, own, risk } = viewsOf(given(...near(), marks("9900")));
    const ratios = { equity: "954.9", maintenance: "202.95", maintenanceRatio: 212_536 };
    expect(fleet.margin).toMatchObject({ ...ratios, utilization: 858_729, zone: "red" });
    // 954.9 of 4,059 held.
    expect(fleet.margin.equityRatio).toBe(235_254);
    expect(risk.margin).toMatchObject({ ...ratios, utilization: 858_729, zone: "red" });
    expect(risk.margin).not.toHaveProperty("equityRatio");
    // Of the agent: its cap of 1,000 less 4.1 in fees and 41 on the position.
    expect(own.margin).toMatchObject({ equity: "954.9", maintenance: "202.95" });
  });

  test("VIE-002: an open call is in all three, with what is missing and until when", () => {
    const story = given(...near(), marks("9900"));
    const { fleet, own, risk } = viewsOf(story);
    const call = { agent: FLEET, call: "call-1", phase: "called", shortfall: "294.805955" };
    for (const view of [fleet, own, risk]) {
      expect(view.margin.calls).toEqual([{ ...call, deadline: T0 + 300_000 }]);
    }
    story.given(wait(300_000), tick);
    expect(viewsOf(story).own.margin.calls).toMatchObject([{ phase: "liquidating" }]);
    story.given(forcedFill("9900"));
    for (const view of Object.values(viewsOf(story))) expect(view.margin.calls).toEqual([]);
  });

  test("VIE-003: an isolated agent is told of its own call, others of the fleet's alone", () => {
    const terms = { cap: "500", mode: "isolated" as const };
    const fleet = crisisFleet(crisisPolicy(CALLS), "10000", [ALICE, terms], [BOB, { cap: "500" }]);
    const story = given(...fleet, ...held(ALICE, "0.2"), ...held(BOB, "0.2"), marks("7900"));
    const { own, fleet: all } = viewsOf(story);
    expect(own.margin.calls).toMatchObject([{ agent: ALICE, phase: "called" }]);
    expect(agentView(story.state, BOB, story.now)?.margin.calls).toEqual([]);
    expect(all.margin.calls).toMatchObject([{ agent: ALICE }]);
    expect(own.margin.duties).toContainEqual(
      expect.objectContaining({ duty: "no-new-risk", agent: ALICE }),
    );
  });

  test("VIE-004: duties in force are named while they are, and not before or after", () => {
    const crisis = {
      ...CALLS,
      recallLoans: true,
      alerts: [percent(15), percent(90)],
      softStop: percent(330),
      drawdownLadder: [{ drawdown: percent(4), keeps: percent(50) }],
      calendar: [
        { name: "rates", at: T0 + 60_000, beforeMs: 60_000, afterMs: 0, maxLeverage: percent(200) },
      ],
    };
    const { calendar: _, ...calm } = crisis;
    expect(viewsOf(given(...near(calm))).own.margin.duties).toMatchObject([
      { duty: "no-new-risk", agent: FLEET },
      { duty: "recall-loans" },
      { duty: "maintenance-alert" },
      { duty: "uncovered" },
    ]);
    const story = given(...near(calm), marks("9500"));
    const { fleet, own, risk } = viewsOf(story);
    expect(dutiesOf(fleet)).toEqual([...dutiesOf(risk), "drawdown-ladder", "soft-stop"]);
    expect(fleet.margin.duties.at(-1)).toMatchObject({ agent: ALICE });
    expect(dutiesOf(own)).toEqual(dutiesOf(fleet));
    const bare = given(...crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "900" }]));
    expect(viewsOf(bare).own.margin.duties).toMatchObject([{ duty: "event-buffer" }]);
    expect(viewsOf(bare.given(wait(60_001))).own.margin.duties).toEqual([]);
  });

  test("VIE-005: specialists read it, and an unknown phase of a newer fleet does not stop them", () => {
    const { own } = viewsOf(given(...near(), marks("9900")));
    const plain: unknown = JSON.parse(JSON.stringify(own));
    expect(readView(plain)).toMatchObject({ margin: { calls: [{ call: "call-1" }] } });
    const calls = [{ ...own.margin.calls[0], phase: "argued" }];
    const newer: unknown = JSON.parse(JSON.stringify({ ...own, margin: { ...own.margin, calls } }));
    expect(readView(newer)).toMatchObject({ margin: { calls: [{ phase: "argued" }] } });
    const { margin: _, ...without } = own;
    expect(readView(JSON.parse(JSON.stringify(without)))).toMatch(/^margin/);
  });
});
