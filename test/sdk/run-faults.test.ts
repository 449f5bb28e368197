/** A specialist in trouble: lost answers, lost coordinators, broken strategies and poison. */
import { expect, test } from "vitest";
import type { AgentView } from "../../src/protocol/views.ts";
import type { Decision } from "../../src/sdk/define.ts";
import type { Intent } from "../../src/sdk/intent.ts";
import { LinkError } from "../../src/sdk/link.ts";
import { MemoryFleet } from "../../src/sdk/memory-fleet.ts";
import { runSpecialist } from "../../src/sdk/run.ts";
import { sampleView } from "../../src/sdk/sample-view.ts";
import { advance, flush, SimulatedClock } from "./helpers.ts";
import { bet, defined, setUp } from "./probe.ts";

test("RUN-008: a lost answer is asked for again by the same id, and the bet is placed once", async () => {
  let decided = 0;
  const outcomes: boolean[] = [];
  const { clock, fleet, start } = setUp((_view, context) => {
    decided += 1;
    outcomes.push(...context.outcomes.map((outcome) => outcome.ok));
    return decided === 1 ? [bet(context)] : [];
  });
  const running = start();
  running.onPhase((phase) => {
    if (phase === "running") fleet.weather = "mute";
  });
  await advance(clock, 3_000);
  expect([fleet.taken.length, decided]).toEqual([1, 1]);
  fleet.weather = "fair";
  await advance(clock, 5_000);
  expect(fleet.taken).toHaveLength(1);
  expect(fleet.asked).toBeGreaterThan(2); // The renewal, the bet, the bet again.
  expect(outcomes).toEqual([true]);
  expect(decided).toBeGreaterThan(1);
  await running.stop();
});

test("RUN-072: what stood behind a lost answer was not sent, and the next decision is told so", async () => {
  let decided = 0;
  const told: string[] = [];
  const { clock, fleet, start } = setUp((_view, context) => {
    decided += 1;
    told.push(...context.outcomes.map((outcome) => (outcome.ok ? "ok" : outcome.code)));
    return decided === 1 ? [bet(context), bet(context), bet(context)] : [];
  });
  const running = start();
  running.onPhase((phase) => {
    if (phase === "running") fleet.weather = "mute";
  });
  await advance(clock, 3_000);
  fleet.weather = "fair";
  await advance(clock, 5_000);
  expect(fleet.taken).toHaveLength(1);
  expect(told.toSorted()).toEqual(["ok", "unsent", "unsent"]);
  await running.stop();
});

test("RUN-009: what nobody answers is given up once the fleet's time has passed its expiry", async () => {
  const codes: string[] = [];
  let decided = 0;
  const { clock, fleet, start } = setUp((_view, context) => {
    codes.push(...context.outcomes.map((outcome) => (outcome.ok ? "ok" : outcome.code)));
    decided += 1;
    return decided === 1 ? [bet(context)] : [];
  });
  const running = start();
  running.onPhase((phase) => {
    if (phase === "running") fleet.weather = "deaf";
  });
  await advance(clock, 20_000);
  expect(fleet.taken).toEqual([]);
  fleet.weather = "fair";
  await advance(clock, 11_000);
  expect(codes).toEqual(["unanswered"]);
  expect(fleet.taken).toEqual([]);
  await running.stop();
});

test("RUN-073: a clock that is ten minutes off the fleet's keeps nobody from renewing, betting and reducing", async () => {
  for (const offMs of [-600_000, 600_000]) {
    const clock = new SimulatedClock();
    clock.increment(3_600_000);
    const now = () => clock.now() + offMs;
    const { delegation } = sampleView("casino", { at: now() });
    const view = sampleView("casino", { delegation });
    const fleet = new MemoryFleet({ view, now });
    const codes: string[] = [];
    const specialist = defined((_view, context) => {
      codes.push(...context.outcomes.map((outcome) => (outcome.ok ? "ok" : outcome.code)));
      return [bet(context)];
    });
    const running = runSpecialist(specialist, { clock, link: fleet.link(), seed: 1, nonce: "n" });
    await advance(clock, 40_000);
    expect([...new Set(codes)], `${offMs} ms`).toEqual(["ok"]);
    expect(fleet.renewals, `${offMs} ms`).toBe(2);
    await running.stop();
  }
});

test("RUN-010: a coordinator lost beyond the lease leaves it reducing; found again, it runs", async () => {
  const { clock, fleet, start } = setUp((_view, context) => [bet(context)]);
  const running = start();
  await flush();
  fleet.weather = "deaf";
  await advance(clock, 58_000, 500);
  expect(running.phase()).toBe("running");
  await advance(clock, 3_000, 500);
  expect([running.phase(), running.why()]).toEqual([
    "reducing",
    "the coordinator is silent beyond the lease",
  ]);
  const taken = fleet.taken.length;
  fleet.weather = "fair";
  await advance(clock, 11_000, 500);
  expect(running.phase()).toBe("running");
  expect(fleet.taken.length).toBeGreaterThan(taken);
  await running.stop();
});

test("RUN-011: failures in a row are asked about ever more seldom, and at least every 10 s", async () => {
  const { clock, fleet, start } = setUp(() => []);
  const running = start();
  await flush();
  let looks = 0;
  const view = fleet.view;
  Object.defineProperty(fleet, "weather", {
    get: () => {
      looks += 1;
      return "deaf";
    },
  });
  await advance(clock, 100_000, 500);
  // 0.25, 0.5, 1, 2, 4, 8, then 10 s: each less up to half.
  expect(looks / 2).toBeGreaterThan(10);
  expect(looks / 2).toBeLessThan(40);
  expect(fleet.view).toBe(view);
  await running.stop();
});

test("RUN-012: a strategy that throws fails the specialist, told by beat, log and end", async () => {
  const { fleet, start, lines } = setUp(() => {
    throw new RangeError("price is not a number");
  });
  const running = start();
  const ended = await running.done;
  expect(ended).toMatchObject({ phase: "failed", error: { cause: { name: "RangeError" } } });
  expect(ended.why).toMatch(/strategy of probe broke: price is not a number/);
  expect(fleet.beats.at(-1)).toMatchObject({ phase: "failed", note: ended.why });
  expect(lines.some((line) => line.level === "error")).toBe(true);
  expect(fleet.closes).toBe(1);
});

test("RUN-013: a strategy that answers nonsense fails it, and nothing was sent", async () => {
  for (const [nonsense, why] of [
    [{ memory: 0 }, /list of intents/],
    [{ intents: "all of them", memory: 0 }, /list of intents/],
    ["nothing", /list of intents/],
    [{ intents: [] }, /a memory for the next one/],
  ] as const) {
    const { fleet } = setUp(() => []);
    const definition = {
      ...defined(() => []),
      strategy: () => nonsense as unknown as Decision<number>,
    };
    const clock = new SimulatedClock();
    const link = fleet.link();
    const running = runSpecialist(definition, { link, nonce: "n", seed: 1, clock });
    expect(await running.done).toMatchObject({
      phase: "failed",
      why: expect.stringMatching(why),
    });
    expect(fleet.taken).toEqual([]);
  }
});

test("RUN-014: an intent that the fleet would not read is refused at home, and the next goes out", async () => {
  const outcomes: string[] = [];
  const { clock, fleet, start } = setUp((_view, context) => {
    outcomes.push(...context.outcomes.map((one) => (one.ok ? "ok" : `${one.code} ${one.detail}`)));
    const good = bet(context);
    const bad = { ...good, body: { ...good.body, stake: "NaN" } } as Intent;
    const unknown = { command: "Renew", body: {} } as unknown as Intent;
    return [bad, unknown, good];
  });
  const running = start();
  await advance(clock, 1_100);
  expect(fleet.taken).toHaveLength(2);
  expect(outcomes[0]).toMatch(/^bad_field stake:/);
  expect(outcomes[1]).toMatch(/^bad_field command:/);
  expect(outcomes[2]).toBe("ok");
  await running.stop();
});

test("RUN-020: poison from the fleet is refused, and the specialist lives on", async () => {
  const { clock, fleet, start, lines } = setUp((_view, context) => [bet(context)]);
  const running = start();
  await flush();
  for (const poison of [undefined, null, 5, "RUN", {}, { type: 7 }, { type: "x" }, []]) {
    fleet.emit(poison);
    fleet.mark(poison);
    expect(running.tell(poison)).toBe(false);
  }
  fleet.mark({ market: "btc-perp", price: "-1", at: 5 });
  fleet.mark({ market: "btc-perp", price: "1e9", at: 5 });
  const before = fleet.taken.length;
  await advance(clock, 1_000);
  expect(fleet.taken.length).toBe(before + 1);
  expect(running.phase()).toBe("running");
  expect(lines.filter((line) => line.level === "warn").length).toBeGreaterThanOrEqual(16);
  await running.stop();
});

test("RUN-021: a poisoned view is not believed; the next good one is", async () => {
  const seen: string[] = [];
  const { clock, fleet, start, lines } = setUp((view) => {
    seen.push(view.zone);
    return [];
  });
  const running = start();
  await flush();
  const good = fleet.view;
  fleet.view = { ...good, zone: "blue" } as unknown as AgentView;
  await advance(clock, 1_000);
  expect(seen).toEqual(["green"]);
  expect(lines.some((line) => String(line.fields["message"]).startsWith("the view: zone"))).toBe(
    true,
  );
  fleet.view = good;
  await advance(clock, 1_000);
  expect(seen.length).toBeGreaterThan(1);
  await running.stop();
});

test("RUN-022: a view older than an answer already given is not the truth", async () => {
  let decisions = 0;
  const { clock, fleet, start } = setUp((_view, context) => {
    decisions += 1;
    return [bet(context)];
  });
  const running = start();
  await flush();
  fleet.view = { ...fleet.view, seq: 0 };
  await advance(clock, 5_000);
  expect(decisions).toBe(1);
  await running.stop();
});

test("RUN-023: a lost link is made anew where there is a way to, with the memory kept", async () => {
  const memories: number[] = [];
  const { clock, fleet } = setUp(() => []);
  let links = 0;
  const definition = {
    ...defined(() => []),
    strategy: (_view: AgentView, memory: number) => {
      memories.push(memory);
      return { intents: [], memory: memory + 1 };
    },
  };
  const running = runSpecialist(definition, {
    link: async () => {
      links += 1;
      if (links === 2) throw new LinkError("timeout", "no broker");
      return fleet.link();
    },
    nonce: "n",
    seed: 1,
    clock,
  });
  await flush();
  fleet.weather = "closed";
  await advance(clock, 1_050);
  expect(running.phase()).toBe("connecting");
  fleet.weather = "fair";
  await advance(clock, 2_000);
  expect(running.phase()).toBe("running");
  expect(links).toBe(3);
  expect(memories.slice(0, 3)).toEqual([0, 1, 2]);
  await running.stop();
});

test("RUN-024: a lost link that nobody can make anew fails it", async () => {
  const { clock, fleet, start } = setUp(() => []);
  const running = start();
  await flush();
  fleet.weather = "closed";
  await advance(clock, 1_050);
  expect(await running.done).toMatchObject({ phase: "failed", error: { code: "closed" } });
});

test("RUN-074: resting for another reason than before it says so, once a minute at most", async () => {
  let looks = 0;
  const choose = () => ({ intents: [], memory: 0, rest: looks++ < 30 ? `look ${looks}` : "dull" });
  const { clock, start } = setUp(choose);
  const running = start();
  const told: string[] = [];
  running.onPhase((phase, why) => told.push(`${phase}: ${why}`));
  await advance(clock, 200_000, 500);
  await running.stop();
  expect(told.slice(-3)).toEqual(["resting: look 1", "resting: dull", "stopped: "]);
});
