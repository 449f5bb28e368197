/** The loop by itself: nothing leaves unstored, batches gather, the operator is heard in any flood. */
import { expect, test } from "vitest";
import { type AgentId, agentId, FLEET, type Id, OPERATOR } from "../../src/core/ids.ts";
import { INBOX_MAX, INBOX_PER_AGENT_MAX } from "../../src/core/limits.ts";
import { millis } from "../../src/core/time.ts";
import { emptyState } from "../../src/fleet/state.ts";
import type { Command, Turn } from "../../src/protocol/turns.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { SHARE_TURNS } from "../../src/runtime/inbox.ts";
import { type LoopOptions, TurnLoop } from "../../src/runtime/turn-loop.ts";
import type { Outcome } from "../../src/runtime/waiting.ts";
import {
  EMPTY_HEAD,
  FencedError,
  type JournalHead,
  type JournalPort,
  JournalUnavailableError,
} from "../../src/wire/journal.ts";
import { memoryJournal } from "../../src/wire/journal-memory.ts";
import { DEMO, POLICY } from "../fleet/cast.ts";

/** A memory journal whose appends wait for `release`, or fail as told. */
function rig(fail?: () => Error | undefined, more: Partial<LoopOptions> = {}) {
  const inner = memoryJournal();
  const waiting: (() => void)[] = [];
  let held = false;
  const journal: JournalPort = {
    ...{ head: () => inner.head(), read: (from: number) => inner.read(from) },
    follow: (from, signal) => inner.follow(from, signal),
    close: () => inner.close(),
    append: async (expected: JournalHead, bytes: Uint8Array) => {
      const fault = fail?.();
      if (fault !== undefined) throw fault;
      if (held) await new Promise<void>((resolve) => waiting.push(resolve));
      return inner.append(expected, bytes);
    },
  };
  const batches: (readonly Turn[])[] = [];
  let stopped: (cause: unknown) => void = () => undefined;
  const ended = new Promise<unknown>((resolve) => {
    stopped = resolve;
  });
  const state = emptyState(DEMO);
  const loop = new TurnLoop({
    // However slow the machine is, a stretch of deciding does not end.
    ...{ state, journal, head: EMPTY_HEAD, epoch: 1, clock: { ...systemClock(), mono: () => 0 } },
    onStored: (turns) => batches.push(turns),
    onStopped: stopped,
    ...more,
  });
  let ids = 0;
  const give = (
    type: string,
    from: AgentId,
    body: object,
    told?: (o: Outcome) => void,
  ): boolean => {
    ids += 1;
    const now = loop.now();
    const stamp = { id: `c${ids}` as Id, from, at: now, exp: millis(now + 60_000), print: ids };
    return loop.submit({ type, stamp, body } as unknown as Command, told);
  };
  const enrol = (agent: string): Promise<Outcome> =>
    new Promise((resolve) => give("Enrol", OPERATOR, { agent: agentId(agent) }, resolve));
  return {
    ...{ loop, state, batches, ended, give, enrol },
    hold: () => {
      held = true;
    },
    release: () => {
      held = false;
      for (const go of waiting.splice(0)) go();
    },
  };
}

const turnOf = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("LOP-001: nothing is answered before the batch that holds it is stored", async () => {
  const { hold, release, enrol, state } = rig();
  hold();
  let told = false;
  const heard = enrol("a").then((outcome) => {
    told = true;
    return outcome;
  });
  await turnOf();
  await turnOf();
  expect(state.agents.size).toBe(1);
  expect(told).toBe(false);
  release();
  expect(await heard).toEqual({ ok: true, seq: 1, turn: 0 });
});

test("LOP-002: while one batch is under way the next gathers, and goes as one message", async () => {
  const { hold, release, enrol, batches } = rig();
  hold();
  const first = enrol("a");
  await turnOf();
  const rest = ["b", "c", "d"].map(enrol);
  await turnOf();
  release();
  expect(await Promise.all([first, ...rest])).toEqual([
    { ok: true, seq: 1, turn: 0 },
    { ok: true, seq: 2, turn: 0 },
    { ok: true, seq: 2, turn: 1 },
    { ok: true, seq: 2, turn: 2 },
  ]);
  expect(batches.map((turns) => turns.length)).toEqual([1, 3]);
});

test("LOP-003: a question is answered with what is stored, in its place among the commands", async () => {
  const { hold, release, enrol, loop } = rig();
  hold();
  void enrol("a");
  const seen = new Promise<number>((resolve) => {
    loop.ask((law) => {
      const { size } = law.agents;
      return () => resolve(size);
    });
  });
  let early = true;
  void seen.then(() => {
    early = false;
  });
  await turnOf();
  expect(early).toBe(true);
  release();
  expect(await seen).toBe(1);
});

test("LOP-004: a fence stops the loop for good, and nobody is answered", async () => {
  const { enrol, ended, loop } = rig(() => new FencedError("another writer"));
  let told = false;
  void enrol("a").then(() => {
    told = true;
  });
  expect(await ended).toBeInstanceOf(FencedError);
  expect(told).toBe(false);
  expect(loop.ask(() => () => undefined)).toBe(false);
});

test("LOP-005: a broker that is away is tried again with the same batch", async () => {
  let away = 2;
  const { enrol } = rig(() => {
    away -= 1;
    return away >= 0 ? new JournalUnavailableError("away", "absent") : undefined;
  });
  expect(await enrol("a")).toEqual({ ok: true, seq: 1, turn: 0 });
});

test("LOP-006: a fleet whose inbox agents have filled can still be halted", async () => {
  const { hold, release, give, enrol, loop, batches } = rig();
  hold();
  void enrol("a");
  await turnOf();
  let taken = 0;
  for (let n = 0; taken < INBOX_MAX && n < 64; n += 1) {
    while (give("Renew", agentId(`a-${n}`), {})) taken += 1;
  }
  expect(taken).toBe(INBOX_MAX);
  const halted = new Promise<Outcome>((resolve) => {
    expect(give("SetMode", OPERATOR, { mode: "halt", reason: "flood" }, resolve)).toBe(true);
  });
  release();
  expect(await halted).toMatchObject({ ok: true });
  // It did not wait for the flood: most of that is still to come.
  expect(loop.waiting).toBeGreaterThan(INBOX_MAX / 2);
  expect(batches.flat().some((turn) => turn.type === "SetMode")).toBe(true);
  loop.stop();
});

test("LOP-007: one agent's burst does not stand before another's command, and cannot fill the inbox", async () => {
  const { hold, release, give, enrol, loop, batches } = rig();
  hold();
  void enrol("a");
  await turnOf();
  const burst = agentId("a");
  let taken = 0;
  while (give("Renew", burst, {})) taken += 1;
  expect(taken).toBe(INBOX_PER_AGENT_MAX);
  const calm = agentId("b");
  const heard = new Promise<Outcome>((resolve) => {
    expect(give("Renew", calm, {}, resolve)).toBe(true);
  });
  release();
  await heard;
  const order = batches.flat().map((turn) => turn.from);
  expect(order.slice(1).indexOf(calm)).toBeLessThanOrEqual(1);
  expect(order.filter((from) => from === burst).length).toBeLessThan(INBOX_PER_AGENT_MAX / 2);
  loop.stop();
});

test("LOP-008: agents take turns, and what one of them sends keeps its order", async () => {
  const { hold, release, give, enrol, batches } = rig();
  hold();
  void enrol("x");
  await turnOf();
  const [a, b, c] = ["a", "b", "c"].map((name) => agentId(name)) as [AgentId, AgentId, AgentId];
  for (const agent of [a, a, a, a, b, b, c]) give("Renew", agent, {});
  await turnOf();
  release();
  await enrol("y");
  const turns = batches.flat().filter(({ type }) => type === "Renew");
  expect(turns.map(({ from }) => from)).toEqual([a, b, c, a, b, a, a]);
  const ids = turns.filter(({ from }) => from === a).map(({ id }) => Number(id.slice(1)));
  expect(ids).toEqual([...ids].sort((x, y) => x - y));
});

test("LOP-009: after a stretch of deciding, what came meanwhile is heard", async () => {
  let now = 0;
  const clock = { ...systemClock(), mono: () => now };
  // A decision takes 1 ms here.
  const slow = {
    stamped: (_: unknown, command: Command): Command => {
      now += 1;
      return command;
    },
    taken: () => undefined,
  };
  const { give, loop, batches } = rig(undefined, { clock, desk: slow });
  for (let n = 0; n < 100; n += 1) give("Renew", agentId("a"), {});
  await turnOf();
  const late = new Promise<Outcome>((resolve) => give("Renew", agentId("b"), {}, resolve));
  await late;
  const order = batches.flat().map(({ from }) => from);
  expect(order.indexOf(agentId("b"))).toBeLessThan(20);
  loop.stop();
});

test("LOP-010: while another asks, a burst is decided a share in each batch, and all of it in the end", async () => {
  const { hold, release, give, enrol, loop, batches, state } = rig();
  give("Configure", FLEET, { policy: POLICY, policyHash: "h" });
  await enrol("x");
  expect(state.policy?.rate.perSecond).toBe(POLICY.rate.perSecond);
  hold();
  void enrol("y");
  await turnOf();
  const [burst, calm] = [agentId("a"), agentId("b")];
  for (let n = 0; n < 3 * SHARE_TURNS; n += 1) give("Renew", burst, {});
  const last = new Promise<Outcome>((resolve) => give("Renew", burst, {}, resolve));
  give("Renew", calm, {});
  await turnOf();
  await turnOf();
  // Nothing is left to do until the batch is stored: the loop does not go round and round.
  expect(loop.waiting).toBe(2 * SHARE_TURNS + 1);
  release();
  await last;
  const shares = batches.map((turns) => turns.filter(({ from }) => from === burst).length);
  expect(shares.filter((share) => share > 0)).toEqual([SHARE_TURNS, SHARE_TURNS, SHARE_TURNS, 1]);
  loop.stop();
});
