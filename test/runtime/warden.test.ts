/** The warden: counts in windows, tells once in each. */
import { describe, expect, test } from "vitest";
import { agentId } from "../../src/core/ids.ts";
import type { ContainBody } from "../../src/protocol/turns.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { CONTAINMENT_FIELDS } from "../../src/runtime/containment-rules.ts";
import { causeOf, Warden } from "../../src/runtime/warden.ts";

const A = agentId("a");
const B = agentId("b");

function watched(rules: object = {}) {
  let now = 0;
  const told: ContainBody[] = [];
  const clock = { ...systemClock(), mono: () => now };
  const warden = new Warden(clock, CONTAINMENT_FIELDS.parse(rules), (body) => told.push(body));
  return {
    told,
    warden,
    wait: (ms: number) => {
      now += ms;
    },
  };
}

describe("the warden", () => {
  test("WDN-001: tells at the count, once, and not before", () => {
    const { told, warden } = watched({ flood: { count: 3, windowMs: 1_000 } });
    expect([warden.saw(A, "flood"), warden.saw(A, "flood")]).toEqual([1, 2]);
    expect(told).toEqual([]);
    for (let n = 0; n < 10; n += 1) warden.saw(A, "flood");
    expect(told).toEqual([{ agent: A, cause: "flood", count: 3, windowMs: 1_000 }]);
  });

  test("WDN-002: a new window counts anew, and tells anew of who goes on", () => {
    const { told, warden, wait } = watched({ flood: { count: 2, windowMs: 1_000 } });
    warden.saw(A, "flood");
    wait(1_000);
    expect(warden.saw(A, "flood")).toBe(1);
    expect(told).toHaveLength(0);
    warden.saw(A, "flood");
    wait(1_000);
    warden.saw(A, "flood");
    warden.saw(A, "flood");
    expect(told).toHaveLength(2);
  });

  test("WDN-003: agents and causes are counted apart", () => {
    const { told, warden } = watched({ flood: { count: 2 }, nonsense: { count: 2 } });
    warden.saw(A, "flood");
    warden.saw(B, "flood");
    warden.saw(A, "nonsense");
    expect(told).toHaveLength(0);
    warden.saw(B, "flood");
    expect(told).toMatchObject([{ agent: B, cause: "flood" }]);
  });

  test("WDN-005: who floods is known as flooding until two windows have passed without", () => {
    const { warden, wait } = watched({ flood: { count: 2, windowMs: 1_000 } });
    warden.saw(A, "flood");
    expect(warden.isFlooding(A)).toBe(false);
    warden.saw(A, "flood");
    expect([warden.isFlooding(A), warden.isFlooding(B)]).toEqual([true, false]);
    wait(1_999);
    expect(warden.isFlooding(A)).toBe(true);
    wait(1);
    expect(warden.isFlooding(A)).toBe(false);
  });

  test("WDN-006: who is known as flooding and is heard again needs fewer to be told of anew", () => {
    const { told, warden, wait } = watched({ flood: { count: 200, windowMs: 1_000 } });
    for (let n = 0; n < 300; n += 1) warden.saw(A, "flood");
    expect(told).toHaveLength(1);
    wait(1_000);
    for (let n = 0; n < 49; n += 1) warden.saw(A, "flood");
    expect(told).toHaveLength(1);
    warden.saw(A, "flood");
    expect(told).toHaveLength(2);
    wait(2_000);
    for (let n = 0; n < 199; n += 1) warden.saw(A, "flood");
    expect(told).toHaveLength(2);
  });

  test("WDN-004: what says nothing of the sender is not counted", () => {
    expect(causeOf("rate_limited")).toBe("flood");
    expect(causeOf("malformed")).toBe("nonsense");
    expect(causeOf("not_allowed")).toBe("forgery");
    for (const code of ["busy", "command_expired", "cap_exceeded"] as const) {
      expect(causeOf(code)).toBeUndefined();
    }
  });
});
