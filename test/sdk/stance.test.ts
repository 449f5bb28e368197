/** What the fleet's truth lets an agent do, case by case; and chance that repeats itself. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AgentView, DelegationView } from "../../src/protocol/views.ts";
import { randomOf } from "../../src/sdk/random.ts";
import { sampleDelegation, sampleView } from "../../src/sdk/sample-view.ts";
import { isRenewable, stanceOf } from "../../src/sdk/stance.ts";

const of = (part: Partial<AgentView>) => stanceOf(sampleView("casino", part), "casino");
const held = (part: Partial<DelegationView>) =>
  of({ at: 1_000, delegation: { ...sampleDelegation("casino", 1_000), ...part } });

test("STN-001: with a running mode, a calm zone and a lease it runs, and knows how long", () => {
  expect(of({ at: 1_000 })).toEqual({ kind: "run", leaseMs: 60_000 });
  expect(of({ zone: "yellow" }).kind).toBe("run");
});

test("STN-002: each thing that closes openings makes it reduce, and says so", () => {
  const cases: [ReturnType<typeof of>, RegExp][] = [
    [of({ mode: "reduce" }), /mode is reduce/],
    [of({ mode: "flatten" }), /mode is flatten/],
    [of({ zone: "orange" }), /zone is orange/],
    [of({ zone: "red" }), /zone is red/],
    [of({ delegation: undefined }), /no delegation/],
    [held({ phase: "ended" }), /no delegation/],
    [held({ phase: "recalling" }), /recalled/],
    [held({ phase: "expired" }), /lease has run out/],
    [held({ expiresAt: 1_000 }), /lease has run out/],
    [held({ services: ["trading"] }), /does not cover casino/],
  ];
  for (const [stance, why] of cases) {
    expect(stance.kind).toBe("reduce");
    expect("why" in stance ? stance.why : "").toMatch(why);
  }
});

test("STN-003: halted comes before all else", () => {
  expect(of({ mode: "halt", zone: "red", delegation: undefined }).kind).toBe("halt");
});

test("STN-004: always the rest of a lease fits a timer, whatever the clocks say", () => {
  fc.assert(
    fc.property(fc.integer(), fc.maxSafeInteger(), (at, expiresAt) => {
      const delegation = { ...sampleDelegation("casino"), expiresAt };
      const { leaseMs } = of({ at, delegation });
      expect(leaseMs).toBeGreaterThanOrEqual(0);
      expect(leaseMs).toBeLessThan(2 ** 31);
    }),
  );
});

test("STN-005: only active and expired leases can be renewed", () => {
  const renewable = (phase: DelegationView["phase"]) =>
    isRenewable(sampleView("casino", { delegation: { ...sampleDelegation("casino"), phase } }));
  expect(["active", "expired", "recalling", "ended"].map((one) => renewable(one as never))).toEqual(
    [true, true, false, false],
  );
  expect(isRenewable(sampleView("casino", { delegation: undefined }))).toBe(false);
});

test("STN-011: the same seed and decision draw the same, another decision draws otherwise", () => {
  const drawn = (seed: number, decision: number) => randomOf(seed, decision).text(24);
  expect(drawn(1, 1)).toBe(drawn(1, 1));
  const all = new Set<string>();
  for (let seed = 0; seed < 50; seed++) {
    for (let decision = 0; decision < 50; decision++) all.add(drawn(seed, decision));
  }
  expect(all.size).toBe(2_500);
});

test("STN-012: always what is drawn is within its range, and of both its ends", () => {
  const random = randomOf(3, 3);
  const seen = new Set<number>();
  for (let i = 0; i < 500; i++) {
    const next = random.next();
    expect(next >= 0 && next < 1).toBe(true);
    seen.add(random.int(2, 5));
  }
  expect([...seen].toSorted()).toEqual([2, 3, 4, 5]);
  expect(random.text(30)).toMatch(/^[a-z0-9]{30}$/);
});
