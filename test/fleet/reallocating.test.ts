/** Delegations that move by records: bounded, told with their reason, and never below what is in use. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { coverOf } from "../../src/fleet/totals.ts";
import { CRISIS_FIELDS, type CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, BOB, DORA, POLICY, usd } from "./cast.ts";
import { crisisFleet, crisisPolicy, eventsOf, held } from "./crisis-cast.ts";
import { alarm } from "./risk-cases.ts";
import { by, given, inner, ops, type Step, type Story, tick, wait } from "./spec.ts";
import { marks } from "./steps.ts";

const RULES: CrisisPolicy = CRISIS_FIELDS.parse({
  reallocate: { periodMs: 1_000, keep: 40, every: 20, least: 10, horizonMs: 31_536_000_000 },
});
const terms = { cap: "1000", leaseMs: 9_000_000 };
const fleet = (crisis: CrisisPolicy = RULES) =>
  crisisFleet(crisisPolicy(crisis), "10000", [ALICE, terms], [BOB, terms], [DORA, terms]);

const pay = (from: typeof ALICE, to: string, amount: number): Step =>
  by(from, "PayAgent", { to, amount: amount.toFixed(2) });
/** So many periods in which Alice gains and Bob loses about two, and Dora comes and goes by a little. */
const periods = (count: number): readonly Step[] =>
  Array.from({ length: count }, (_, i) => [
    pay(BOB, "alice", 2 + (i % 3) / 2),
    i % 2 === 0 ? pay(DORA, "alice", 0.2) : pay(ALICE, "dora", 0.2),
    wait(1_000),
    tick,
  ]).flat();
const caps = ({ state }: Story) =>
  [ALICE, BOB, DORA].map((id) => state.agents.get(id)?.delegation?.cap ?? 0n);
const reallocate = (fields = {}) => ops("Reallocate", fields);

describe("records", () => {
  test("RAL-001: every period keeps each agent's gain and the cap it was made with, so many and no more", () => {
    const story = given(...fleet(), ...periods(3));
    expect(eventsOf(story, "PeriodClosed").map(({ period }) => period)).toEqual([1, 2, 3]);
    expect(story.state.agents.get(BOB)?.record).toEqual([
      { gain: usd("-2"), base: usd("1000") },
      { gain: usd("-2.5"), base: usd("1000") },
      { gain: usd("-3"), base: usd("1000") },
    ]);
    const keep = CRISIS_FIELDS.parse({
      reallocate: { periodMs: 1_000, keep: 5, least: 2, every: 900 },
    });
    const long = given(...fleet(keep), ...periods(9));
    expect(long.state.agents.get(BOB)?.record).toHaveLength(5);
    expect(long.state.deadlines.filter(({ kind }) => kind === "period")).toHaveLength(1);
  });

  test("RAL-002: without the rule nothing is recorded and the command is refused", () => {
    const story = given(...fleet({}), ...periods(3));
    expect(eventsOf(story, "PeriodClosed")).toEqual([]);
    story.when(reallocate()).refused("no_records");
    story.when(reallocate({ rule: "ladder" })).refused("no_records");
  });

  test("RAL-003: rules that come later begin then, and once", () => {
    const story = given(...fleet({}), ...periods(2));
    const configure = inner("Configure", { policy: crisisPolicy(RULES), policyHash: "p2" });
    story.given(
      configure,
      ...periods(1),
      { ...configure, body: { ...(configure.body as object), policyHash: "p3" } },
      ...periods(1),
    );
    expect(eventsOf(story, "PeriodClosed")).toHaveLength(2);
    expect(story.state.deadlines.filter(({ kind }) => kind === "period")).toHaveLength(1);
  });
});

describe("by skill", () => {
  test("RAL-004: at its interval it moves caps towards who earns them, and says old, new and why", () => {
    const story = given(...fleet(), ...periods(20));
    const [told] = eventsOf(story, "Reallocated");
    expect(told).toMatchObject({ agent: FLEET, rule: "sharpe", because: "moved", dryRun: false });
    const line = (of: typeof ALICE) => told?.lines.find((one) => one.of === of);
    expect(line(ALICE)?.after).toBeGreaterThan(usd("1000"));
    expect(line(BOB)?.after).toBeLessThan(usd("1000"));
    expect(line(ALICE)?.mean).toBeGreaterThan(line(BOB)?.mean ?? 0);
    // One step: a tenth of all caps.
    expect(usd("1000") - (line(BOB)?.after ?? 0n)).toBeLessThanOrEqual(usd("300"));
    // Cuts at once, raises after their delay, together never more than the cuts.
    expect(caps(story)[1]).toBe(line(BOB)?.after);
    expect(caps(story)[0]).toBe(usd("1000"));
    story.given(wait(POLICY.raiseDelayMs - 1), tick);
    expect(caps(story)[0]).toBe(usd("1000"));
    story.given(wait(1), tick);
    expect(caps(story)[0]).toBe(line(ALICE)?.after);
    expect(caps(story).reduce<bigint>((sum, cap) => sum + cap, 0n)).toBeLessThanOrEqual(
      usd("3000"),
    );
    expect(coverOf(story.state)).toBeGreaterThanOrEqual(usd("7000"));
  });

  test("RAL-005: a dry run tells the same and moves nothing", () => {
    const story = given(...fleet(), ...periods(12)).when(reallocate({ dryRun: true }));
    story.brings({ type: "Reallocated", dryRun: true, because: "moved" });
    expect(caps(story)).toEqual([usd("1000"), usd("1000"), usd("1000")]);
    const [dry] = eventsOf(story, "Reallocated");
    story.when(reallocate()).bringsAmong({ type: "CapCut", agent: BOB } as never);
    expect(eventsOf(story, "Reallocated").at(-1)?.lines).toEqual(dry?.lines);
  });

  test("RAL-006: never below what is in use, and raises only by what the cuts give", () => {
    const story = given(...fleet(), ...held(BOB, "0.475"), ...periods(12)).when(reallocate());
    const [told] = eventsOf(story, "Reallocated");
    const bob = told?.lines.find(({ of }) => of === BOB);
    expect(bob?.inUse).toBe(usd("950"));
    expect(bob?.after).toBe(usd("950"));
    expect(caps(story)[1]).toBe(usd("950"));
    const change =
      told?.lines.reduce<bigint>((sum, { before, after }) => sum + after - before, 0n) ?? 1n;
    expect(change).toBeLessThanOrEqual(0n);
    expect(change).toBeGreaterThan(-3n);
  });

  test("RAL-011: two that give what one may take give no less together: a cut is rounded up", () => {
    // One raise takes a hundredth: the cuts of the other two are made smaller to fit, each by its part.
    const policy = { ...crisisPolicy(RULES), raiseStep: ppm(10_001) };
    const cap = (text: string) => ({ ...terms, cap: text });
    const [a, b, c] = [cap("1000.0003"), cap("1000"), cap("1000")];
    const losing = Array.from({ length: 20 }, (_, i) => [
      pay(BOB, "alice", 2 + (i % 3) / 2),
      pay(DORA, "alice", 2 + (i % 4) / 4),
      wait(1_000),
      tick,
    ]).flat();
    const start = crisisFleet(policy, "10000", [ALICE, a], [BOB, b], [DORA, c]);
    const story = given(...start, ...losing);
    const [told] = eventsOf(story, "Reallocated");
    const sum = (of: "before" | "after") => told?.lines.reduce((all, one) => all + one[of], 0n);
    expect(told?.lines.filter(({ before, after }) => after < before)).toHaveLength(2);
    expect(sum("after")).toBeLessThanOrEqual(sum("before") ?? 0n);
  });

  test("RAL-007: records too short, alarms and lost cover move nothing; a raise that waits stays", () => {
    given(...fleet(), ...periods(9))
      .when(reallocate())
      .refused("no_records");
    const shut = given(...fleet(), ...periods(19), alarm, ...periods(1));
    expect(eventsOf(shut, "Reallocated")).toEqual([]);
    shut.when(reallocate()).refused("frozen");
    shut.when(reallocate({ dryRun: true })).bringsAmong({ type: "Reallocated" });
    const raised = given(...fleet(), ...periods(12), ops("Raise", { agent: "bob", cap: "1100" }));
    raised.when(reallocate());
    expect(eventsOf(raised, "Reallocated")[0]?.lines.map(({ of }) => of)).toEqual([ALICE, DORA]);
    const poor = given(...fleet(), ...periods(12));
    poor.given(marks("10000"), ops("Withdraw", { asset: "USDC", amount: "6900", to: "home" }));
    poor.given(...held(BOB, "0.4"));
    poor.given(marks("7000"));
    expect(poor.state.covered).toBe(false);
    poor.when(reallocate()).refused("uncovered");
  });

  test("RAL-010: nothing is taken of who is called on its own cap: that is what its call is measured by", () => {
    const calls = { graceMs: 300_000, callAt: percent(25), targetMaintenance: percent(15) };
    const alone = [BOB, { ...terms, mode: "isolated" }] as const;
    const three = [[ALICE, terms], alone, [DORA, terms]] as const;
    const rules = crisisPolicy({ ...RULES, ...calls });
    const story = given(...crisisFleet(rules, "10000", ...three), ...periods(12), marks("10000"));
    story.given(...held(BOB, "0.3"));
    story.when(reallocate({ dryRun: true }));
    expect(
      eventsOf(story, "Reallocated")
        .at(-1)
        ?.lines.map(({ of }) => of),
    ).toContain(BOB);
    story.given(marks("8300"));
    expect(eventsOf(story, "MarginCalled")).toMatchObject([{ agent: BOB, cause: "maintenance" }]);
    story.when(reallocate());
    expect(
      eventsOf(story, "Reallocated")
        .at(-1)
        ?.lines.map(({ of }) => of),
    ).toEqual([ALICE, DORA]);
    expect(caps(story)[1]).toBe(usd("1000"));
  });

  test("RAL-008: agents that differ by nothing are left where they are, with the reason", () => {
    const even = Array.from({ length: 12 }, (_, i) => [
      pay(i % 2 === 0 ? ALICE : BOB, i % 2 === 0 ? "bob" : "alice", 1 + (i % 3)),
      wait(1_000),
      tick,
    ]).flat();
    const story = given(...fleet(), ...even).when(reallocate());
    story.brings({ type: "Reallocated" });
    const [told] = eventsOf(story, "Reallocated");
    expect(["no-difference", "not-sure-enough", "not-worth-its-cost"]).toContain(told?.because);
    expect(told?.lines.every(({ before, after }) => before === after)).toBe(true);
  });
});

test("RAL-009: by the ladder every agent's cap is what its drawdown lets it keep, told before it is cut", () => {
  const ladder = { drawdownLadder: [{ drawdown: percent(5), keeps: percent(50) }] };
  const story = given(...fleet({}), pay(BOB, "alice", 80));
  const configure = inner("Configure", { policy: crisisPolicy(ladder), policyHash: "p2" });
  story.given(configure).when(reallocate({ rule: "ladder", dryRun: true }));
  story.brings({ type: "Reallocated", rule: "ladder", because: "moved" });
  story.when(reallocate({ rule: "ladder" }));
  story.bringsAmong({
    type: "DrawdownCut",
    agent: BOB,
    cap: usd("500"),
    drawdown: ppm(80_000),
  } as never);
  story
    .when(reallocate({ rule: "ladder" }))
    .brings({ type: "Reallocated", because: "no-difference" });
});
