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
  const shut: string[] = [];
  const clock = { ...systemClock(), mono: () => now };
  const warden = new Warden(
    clock,
    CONTAINMENT_FIELDS.parse(rules),
    (body) => told.push(body),
    (agent, again) => {
      shut.push(again ? `${agent} again` : agent);
      return again ? 500 : 25;
    },
  );
  return {
    told,
    shut,
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

  test("WDN-005: who floods is known as flooding until it was heard again for two windows without", () => {
    const { warden, wait } = watched({ flood: { count: 2, windowMs: 1_000 } });
    warden.saw(A, "flood");
    expect(warden.isFlooding(A)).toBe(false);
    warden.saw(A, "flood");
    expect([warden.isFlooding(A), warden.isFlooding(B)]).toEqual([true, false]);
    wait(500 + 1_999);
    expect(warden.isFlooding(A)).toBe(true);
    wait(1);
    expect(warden.isFlooding(A)).toBe(false);
  });

  test("WDN-006: who is known as flooding and is heard again needs fewer to be told of anew", () => {
    const { told, warden, wait } = watched({ flood: { count: 200, windowMs: 1_000 } });
    for (let n = 0; n < 50; n += 1) warden.saw(A, "flood");
    wait(25);
    for (let n = 0; n < 20; n += 1) warden.saw(A, "flood");
    const first = { agent: A, cause: "flood", count: 20, windowMs: 100 };
    expect(told).toEqual([first]);
    wait(1_500);
    /** Below the pace that tells by itself. */
    const slowly = (times: number) => {
      for (let n = 0; n < times; n += 1) {
        warden.saw(A, "flood");
        wait(10);
      }
    };
    slowly(49);
    expect(told).toEqual([first]);
    slowly(1);
    expect(told).toEqual([first, { agent: A, cause: "flood", count: 50, windowMs: 1_000 }]);
    wait(2_500);
    slowly(300);
    expect(told).toHaveLength(2);
  });

  test("WDN-011: at a flood's pace it is shut out long before the count, and told of when it comes back", () => {
    const { told, shut, warden, wait } = watched();
    for (let n = 0; n < 49; n += 1) warden.saw(A, "flood");
    expect(shut).toEqual([]);
    wait(90);
    warden.saw(A, "flood");
    expect([shut, told]).toEqual([[A], []]);
    // What was on its way then says nothing new.
    for (let n = 0; n < 40; n += 1) warden.saw(A, "flood");
    wait(500);
    for (let n = 0; n < 19; n += 1) warden.saw(A, "flood");
    expect([shut, told]).toEqual([[A], []]);
    wait(35);
    warden.saw(A, "flood");
    expect(shut).toEqual([A, `${A} again`]);
    expect(told).toEqual([{ agent: A, cause: "flood", count: 20, windowMs: 40 }]);
  });

  test("WDN-013: what comes while it is not heard was on its way: it tells no pace, though it counts", () => {
    const { told, shut, warden, wait } = watched();
    for (let n = 0; n < 50; n += 1) warden.saw(A, "flood");
    for (let ms = 0; ms < 22; ms += 1) {
      wait(1);
      for (let n = 0; n < 20; n += 1) warden.saw(A, "flood");
    }
    expect([shut, told]).toEqual([[A], []]);
    for (let n = 0; n < 10; n += 1) warden.saw(A, "flood");
    expect(told).toEqual([{ agent: A, cause: "flood", count: 500, windowMs: 1_000 }]);
  });

  test("WDN-014: heard again and still at its pace it is shut out at once, for the second time", () => {
    const { told, shut, warden, wait } = watched();
    for (let n = 0; n < 60; n += 1) warden.saw(A, "flood");
    wait(25);
    for (let n = 0; n < 20; n += 1) warden.saw(A, "flood");
    expect(shut).toEqual([A, `${A} again`]);
    expect(told).toEqual([{ agent: A, cause: "flood", count: 20, windowMs: 40 }]);
  });

  test("WDN-012: refusals below the rule's pace shut nobody out, and one burst contains nobody", () => {
    const { told, shut, warden, wait } = watched();
    for (let n = 0; n < 2_000; n += 1) {
      warden.saw(A, "flood");
      wait(3);
    }
    expect([shut, told]).toEqual([[], []]);
    for (let n = 0; n < 60; n += 1) warden.saw(B, "flood");
    wait(2_025);
    for (let n = 0; n < 60; n += 1) warden.saw(B, "flood");
    expect([shut, told]).toEqual([[B, B], []]);
  });

  /** So many lies a minute, for so many minutes. */
  const lying = (perMinute: number, minutes: number, rules: object = {}, excused = false) => {
    const watch = watched(rules);
    for (let minute = 0; minute < minutes; minute += 1) {
      for (let n = 0; n < perMinute; n += 1) watch.warden.saw(A, "lies", excused);
      watch.wait(60_000);
    }
    return watch.told;
  };

  test("WDN-007: who lies slowly and for ever is told of: 49 a minute stay below the one window alone", () => {
    const slowly = { agent: A, cause: "lies", count: 500, windowMs: 86_400_000 };
    expect(lying(49, 10)).toEqual([]);
    expect(lying(49, 11)).toEqual([slowly]);
    // Let open again and not mended, it is told of anew after as many.
    expect(lying(49, 30)).toEqual([slowly, slowly]);
  });

  test("WDN-008: what is spread over more than a day is not added up", () => {
    const { told, warden, wait } = watched();
    for (let n = 0; n < 49; n += 1) warden.saw(A, "lies");
    for (let n = 0; n < 450; n += 1) {
      wait(60_000);
      warden.saw(A, "lies");
    }
    wait(86_400_000 - 450 * 60_000);
    warden.saw(A, "lies");
    expect(told).toEqual([]);
  });

  test("WDN-009: claims that may be races count where they come at once, not where they go on", () => {
    expect(lying(49, 2_000, {}, true)).toEqual([]);
    expect(lying(50, 1, {}, true)).toEqual([
      { agent: A, cause: "lies", count: 50, windowMs: 60_000 },
    ]);
  });

  test("WDN-010: the fleet file says how many within how long, of lies alone", () => {
    const slowly = { count: 3, windowMs: 120_000 };
    const rules = { lies: { slowly } };
    expect(lying(1, 2, rules)).toEqual([]);
    expect(lying(2, 2, rules)).toEqual([{ agent: A, cause: "lies", ...slowly }]);
    // One a minute: within two minutes are never three.
    expect(lying(1, 20, rules)).toEqual([]);
    expect(CONTAINMENT_FIELDS.safeParse({ flood: { slowly } }).success).toBe(false);
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
