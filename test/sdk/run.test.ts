/** A specialist at work: what it does while all is well. */
import { expect, test } from "vitest";
import type { AgentView } from "../../src/protocol/views.ts";
import type { MemoryFleet } from "../../src/sdk/memory-fleet.ts";
import { sampleView } from "../../src/sdk/sample-view.ts";
import { advance, flush } from "./helpers.ts";
import { bet, type Choose, setUp } from "./probe.ts";

const names = (fleet: MemoryFleet): unknown[] => fleet.taken.map((taken) => taken.body["bet"]);

const told = (seq: number, part: object = {}) => ({
  ...{ id: `${seq}.0.0`, seq, time: 1, agent: "casino", cause: "x", type: "BetSettled" },
  ...part,
});

test("RUN-001: it links, renews its lease, sees the truth and acts", async () => {
  const { fleet, start } = setUp((_view, context) => [bet(context)]);
  const running = start();
  await flush();
  expect(running.phase()).toBe("running");
  expect(fleet.renewals).toBe(1);
  expect(names(fleet)).toEqual(["b-casino-n1-2"]);
  expect(fleet.beats.at(-1)).toMatchObject({ phase: "running", note: "" });
  expect(await running.stop()).toEqual({ phase: "stopped", why: "" });
  expect(fleet.closes).toBe(1);
});

test("RUN-002: it decides once an interval, and earlier when one of its events comes", async () => {
  const { clock, fleet, start } = setUp((_view, context) => [bet(context)]);
  const running = start();
  await flush();
  await advance(clock, 2_900);
  expect(fleet.taken).toHaveLength(3);
  expect(fleet.renewals).toBe(1);
  fleet.emit(told(1, { agent: "another" }));
  fleet.emit(told(2, { type: "BetPlaced" }));
  await flush();
  expect(fleet.taken).toHaveLength(3);
  fleet.emit(told(3));
  await flush();
  expect(fleet.taken).toHaveLength(4);
  await running.stop();
});

test("RUN-003: a storm of events makes at most one decision in the least wait", async () => {
  const { clock, fleet, start } = setUp((_view, context) => [bet(context)]);
  const running = start();
  await flush();
  for (let i = 0; i < 100; i++) {
    fleet.emit({ id: `${i}`, seq: i, time: 1, agent: "fleet", cause: "x", type: "ZoneChanged" });
    await advance(clock, 10, 10);
  }
  expect(fleet.taken.length).toBeLessThanOrEqual(6);
  expect(fleet.taken.length).toBeGreaterThan(3);
  await running.stop();
});

test("RUN-004: when it sits out it rests and says why, and runs again when it acts", async () => {
  let idle = true;
  const { clock, fleet, start } = setUp((_view, context) =>
    idle ? { intents: [], memory: 0, rest: "no edge anywhere" } : [bet(context)],
  );
  const running = start();
  await flush();
  expect([running.phase(), running.why()]).toEqual(["resting", "no edge anywhere"]);
  expect(fleet.beats.at(-1)).toMatchObject({ phase: "resting", note: "no edge anywhere" });
  idle = false;
  await advance(clock, 1_000);
  expect(running.phase()).toBe("running");
  await running.stop();
});

test("RUN-005: told to reduce, it sends nothing that opens, whatever its strategy wants", async () => {
  const cases: Partial<AgentView>[] = [
    { mode: "reduce" },
    { mode: "flatten" },
    { zone: "orange" },
    { zone: "red" },
    { delegation: undefined },
  ];
  for (const part of cases) {
    const seen: string[] = [];
    const { clock, fleet, start } = setUp(
      (_view, context) => {
        seen.push(...context.outcomes.map((outcome) => (outcome.ok ? "ok" : outcome.code)));
        return [bet(context), { command: "RotateSeed", body: {} }];
      },
      { view: sampleView("casino", part) },
    );
    const running = start();
    await advance(clock, 1_200);
    expect(running.phase()).toBe("reducing");
    expect(fleet.taken.map((taken) => taken.command)).toEqual(["RotateSeed", "RotateSeed"]);
    expect(seen).toEqual(["not-reducing", "ok"]);
    await running.stop();
  }
});

test("RUN-006: halted it asks for nothing but its lease, and resumes when the mode is run", async () => {
  const view = sampleView("casino", { mode: "halt" });
  const { clock, fleet, start } = setUp((_view, context) => [bet(context)], { view });
  const running = start();
  await advance(clock, 3_000);
  expect(running.phase()).toBe("halted");
  expect(fleet.taken).toEqual([]);
  fleet.view = { ...fleet.view, mode: "run" };
  await advance(clock, 1_000);
  expect(running.phase()).toBe("running");
  await running.stop();
});

test("RUN-007: it renews at half of its lease, however long it would sleep", async () => {
  const { clock, fleet, start } = setUp(() => [], { config: { every: 1_000_000 } });
  const running = start();
  await flush();
  for (let minute = 1; minute <= 10; minute++) {
    await advance(clock, 60_000, 1_000);
    expect(fleet.view.delegation?.expiresAt).toBeGreaterThan(clock.now());
  }
  expect(fleet.renewals).toBeGreaterThanOrEqual(20);
  expect(fleet.renewals).toBeLessThanOrEqual(22);
  await running.stop();
});

test("RUN-015: a refused intent comes back to the strategy with its code", async () => {
  const codes: string[] = [];
  const { clock, start } = setUp(
    (_view, context) => {
      codes.push(...context.outcomes.map((outcome) => (outcome.ok ? "ok" : outcome.code)));
      return [bet(context), bet(context)];
    },
    { script: () => "cap_exceeded" },
  );
  const running = start();
  await advance(clock, 1_100);
  expect(codes).toEqual(["cap_exceeded", "cap_exceeded"]);
  expect(running.phase()).toBe("running");
  await running.stop();
});

test("RUN-016: a fleet that says not now is not asked for the rest of the decision", async () => {
  const codes: string[] = [];
  const { clock, fleet, start } = setUp(
    (_view, context) => {
      codes.push(...context.outcomes.map((outcome) => (outcome.ok ? "ok" : outcome.code)));
      return [bet(context), bet(context), bet(context)];
    },
    { script: () => "rate_limited" },
  );
  const running = start();
  await flush();
  expect(fleet.asked).toBe(2); // The renewal and one bet.
  await advance(clock, 1_100);
  expect(codes).toEqual(["rate_limited", "unsent", "unsent"]);
  await running.stop();
});

test("RUN-017: a runaway decision is cut at its bound", async () => {
  const { fleet, start } = setUp((_view, context) =>
    Array.from({ length: 40 }, () => bet(context)),
  );
  const running = start();
  await flush();
  expect(fleet.taken).toHaveLength(32);
  await running.stop();
});

test("RUN-018: restarted, it goes on from the fleet's truth and names nothing twice", async () => {
  const wanted: Choose = (view, context) => (view.bets.length < 3 ? [bet(context)] : []);
  const { clock, fleet, start } = setUp(wanted);
  const first = start();
  await advance(clock, 1_100);
  await first.stop();
  expect(fleet.taken).toHaveLength(2);
  const second = start({ link: fleet.link(), nonce: "n2" });
  await advance(clock, 5_000);
  expect(fleet.taken).toHaveLength(3);
  expect(new Set(names(fleet)).size).toBe(3);
  expect(new Set(fleet.taken.map((taken) => taken.id)).size).toBe(3);
  await second.stop();
});

test("RUN-019: the same seed, nonce and truth make the same commands", async () => {
  const runs: string[] = [];
  for (let i = 0; i < 2; i++) {
    const { clock, fleet, start } = setUp((_view, context) => [bet(context)]);
    const running = start();
    await advance(clock, 5_000);
    await running.stop();
    runs.push(JSON.stringify(fleet.taken));
  }
  expect(runs[0]).toBe(runs[1]);
});

test("RUN-025: stopped in the middle of a decision, it sends no more of it", async () => {
  const { fleet, start } = setUp((_view, context) => [bet(context), bet(context), bet(context)], {
    script: (taken, view) => {
      if (taken.command === "PlaceBet") running.tell({ type: "STOP" });
      return view;
    },
  });
  const running = start();
  expect((await running.done).phase).toBe("stopped");
  expect(fleet.taken).toHaveLength(1);
});

test("RUN-026: a bad config is refused before anything starts, by field", () => {
  const { fleet, start } = setUp(() => []);
  expect(() => start({ config: { every: "soon" } })).toThrow(/config of probe: every/);
  expect(() => start({ config: { often: 5 } })).toThrow(/^config of probe: Unrecog.*often/);
  expect(() => start({ nonce: "Not A Nonce" })).toThrow(/nonce/);
  expect(fleet.asked).toBe(0);
});

test("RUN-028: an event that comes again, at once or much later, wakes nobody", async () => {
  const { clock, fleet, start } = setUp((_view, context) => [bet(context)]);
  const running = start({ config: { every: 20_000 } });
  await flush();
  await advance(clock, 300);
  fleet.emit(told(7));
  await advance(clock, 300);
  expect(fleet.taken).toHaveLength(2);
  fleet.emit(told(7));
  fleet.emit(told(7, { id: "7.0.1" }));
  await advance(clock, 300);
  expect(fleet.taken).toHaveLength(3);
  for (const seq of [7, 8, 8, 7]) fleet.emit(told(seq));
  await advance(clock, 300);
  for (const seq of [7, 8]) fleet.emit(told(seq));
  await advance(clock, 300);
  expect(fleet.taken).toHaveLength(4);
  expect(running.metrics()).toMatchObject({ events: 3, dropped: 6 });
  await running.stop();
});

test("RUN-029: an event behind newer ones is late: it wakes nobody, the view shows what it told", async () => {
  const { clock, fleet, start } = setUp((_view, context) => [bet(context)]);
  const running = start({ config: { every: 20_000 } });
  await flush();
  await advance(clock, 300);
  fleet.emit(told(9, { agent: "fleet", type: "LeaderElected" }));
  fleet.emit(told(8));
  await advance(clock, 300);
  expect(fleet.taken).toHaveLength(1);
  fleet.emit(told(10));
  await advance(clock, 300);
  expect(fleet.taken).toHaveLength(2);
  await running.stop();
});

test("RUN-036: what is told again over a new link is told to nobody", async () => {
  const { clock, fleet, start } = setUp((_view, context) => [bet(context)]);
  const running = start({ config: { every: 3_000 }, link: async () => fleet.link() });
  await flush();
  fleet.emit(told(5));
  await advance(clock, 300);
  fleet.weather = "closed";
  await advance(clock, 6_000);
  fleet.weather = "fair";
  await advance(clock, 15_000);
  expect(running.phase()).toBe("running");
  fleet.emit(told(5));
  await advance(clock, 300);
  expect(running.metrics()).toMatchObject({ events: 1, dropped: 1 });
  await running.stop();
});

/** What a strategy knows of the price of BTC at each look: at its first, and after these marks, each at its time. */
async function pricesSeen(...marks: readonly (readonly [price: string, at: number])[]) {
  const prices: (string | undefined)[] = [];
  const { clock, fleet, start } = setUp((_view, context) => {
    prices.push(context.marks.get("btc-perp")?.price);
    return [];
  });
  const running = start();
  await flush();
  for (const [price, at] of marks) fleet.mark({ market: "btc-perp", price, at });
  await advance(clock, 1_000);
  await running.stop();
  return prices;
}

test("RUN-037: a mark older than the one known does not take its place", async () => {
  expect(await pricesSeen(["60000", 5], ["59000", 4])).toEqual([undefined, "60000"]);
});

test("RUN-027: marks reach the strategy, the newest of each market", async () => {
  expect(await pricesSeen(["60000", 1], ["60001.5", 2])).toEqual([undefined, "60001.5"]);
});
