/** Webhooks against a real HTTP server: signed, in order, at least once, across restarts, and never in the way. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { agentId, fleetId, type Id, OPERATOR } from "../../src/core/ids.ts";
import { formatMicro } from "../../src/core/money.ts";
import { millis } from "../../src/core/time.ts";
import type { Turn } from "../../src/protocol/turns.ts";
import { OpenBatch } from "../../src/runtime/batches.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { runWebhook } from "../../src/runtime/webhook.ts";
import type { WebhookRule } from "../../src/runtime/webhook-rules.ts";
import { isGenuine } from "../../src/runtime/webhook-signature.ts";
import { webhookFile, webhookStore } from "../../src/runtime/webhook-state.ts";
import { MemoryStore, memoryJournal } from "../../src/wire/journal-memory.ts";
import { ALICE } from "../fleet/cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, held } from "../fleet/crisis-cast.ts";
import { given, tick, wait } from "../fleet/spec.ts";
import { marks } from "../fleet/steps.ts";

const DEMO = fleetId("demo");
const SECRET = "a secret of the tests";

interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let heard: Heard[];
/** What the server answers, by attempt; "hang" never answers. */
let answers: (headers: IncomingHttpHeaders) => number | "hang";
let url: string;
let dir: string;
let waiting: { readonly count: number; readonly done: () => void } | undefined;

beforeEach(async () => {
  heard = [];
  answers = () => 200;
  dir = await mkdtemp(join(tmpdir(), "flotilla-webhooks-"));
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      heard.push({ headers: request.headers, body: Buffer.concat(parts).toString("utf8") });
      const answer = answers(request.headers);
      if (answer !== "hang") response.writeHead(answer, { location: `${url}/elsewhere` }).end();
      if (waiting !== undefined && heard.length >= waiting.count) waiting.done();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
afterEach(async () => {
  waiting = undefined;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(dir, { recursive: true, force: true });
});

/** Resolves when the server has heard so many. */
const hears = (count: number): Promise<void> =>
  new Promise((done) => {
    if (heard.length >= count) done();
    waiting = { count, done };
  });
const ids = (): unknown[] => heard.map(({ headers }) => headers["flotilla-event-id"]);

class Journal {
  readonly store = new MemoryStore();
  readonly port = memoryJournal(this.store);

  /** One message with the enrolment of each of these. */
  async enrol(...names: readonly string[]): Promise<void> {
    const turns = names.map((name): Turn => {
      const agent = agentId(name);
      return {
        ...{ type: "Enrol", id: `c-${name}` as Id, from: OPERATOR, at: millis(Date.now()) },
        ...{ exp: millis(Date.now() + 1_000), print: 1 },
        events: [{ type: "AgentEnrolled", agent, note: "" }],
      };
    });
    await this.keep(...turns);
  }

  /** One message with these turns. */
  async keep(...turns: readonly Turn[]): Promise<void> {
    const batch = new OpenBatch();
    for (const turn of turns) batch.add(turn);
    await this.port.append(this.store.head, batch.close(DEMO, 1, this.store.head.hash));
  }
}

const rule = (more: Partial<WebhookRule> = {}): WebhookRule => ({
  ...{ name: "pager", url, secretEnv: "S", events: ["Agent*"], giveUpAfterMs: 60_000 },
  ...more,
});
const logged: object[] = [];
const log = {
  ...{ debug: () => undefined, info: () => undefined, warn: () => undefined },
  error: (fields: object) => void logged.push(fields),
};

function started(journal: Journal, more: Partial<WebhookRule> = {}, attemptMs = 5_000) {
  const ending = new AbortController();
  const store = webhookStore(webhookFile(dir, "pager"));
  const pace = { backoffMs: 5, backoffMaxMs: 20, attemptMs, keepMs: 0 };
  const done = runWebhook(
    {
      ...{ fleet: DEMO, rule: rule(more), secret: SECRET, journal: journal.port, store },
      ...{ clock: systemClock(), log, chance: () => 0.5, pace },
    },
    ending.signal,
  );
  return {
    state: () => store.load(),
    stop: async () => {
      ending.abort();
      await done;
      return store.load();
    },
  };
}
/** A hook whose cursor stands, so that what comes next is delivered. */
async function running(journal: Journal, more: Partial<WebhookRule> = {}, attemptMs?: number) {
  const hook = started(journal, more, attemptMs);
  while ((await hook.state()) === undefined) await new Promise(setImmediate);
  return hook;
}

type Hook = ReturnType<typeof started>;
/** Stops a hook when it has kept that so many were delivered; what was heard may not be kept yet. */
async function stopAfter(hook: Hook, delivered: number) {
  while ((await hook.state())?.delivered !== delivered) await new Promise(setImmediate);
  return hook.stop();
}

describe("delivery", () => {
  test("WHK-001: what is wanted comes once, in order, whole and signed; what is not does not", async () => {
    const journal = new Journal();
    await journal.enrol("before");
    const hook = await running(journal);
    await journal.enrol("ann", "bob");
    await journal.enrol("cleo");
    expect(await stopAfter(hook, 3)).toMatchObject({
      seq: 3,
      delivered: 3,
      retried: 0,
      givenUp: 0,
    });
    expect(ids()).toEqual(["2.0.0", "2.1.0", "3.0.0"]);
    const [first] = heard;
    expect(JSON.parse(first?.body ?? "")).toMatchObject({
      fleet: "demo",
      event: { id: "2.0.0", type: "AgentEnrolled", agent: "ann", seq: 2 },
    });
    for (const { headers, body } of heard) {
      const signature = String(headers["flotilla-signature"]);
      const timestamp = String(headers["flotilla-timestamp"]);
      expect(isGenuine(SECRET, { signature, timestamp, body }, Date.now())).toBe(true);
      expect(headers["content-type"]).toBe("application/json");
    }
    const other = await running(new Journal(), { events: ["Margin*"] });
    await other.stop();
  });

  test("WHK-007: a margin call of the law reaches the operator whole and signed, at the second attempt where the first fails", async () => {
    const story = given(
      ...crisisFleet(crisisPolicy(CALLS), "1000", [ALICE, { cap: "1000" }]),
      ...[...held(ALICE, "0.41"), marks("9900"), wait(300_000), tick],
    );
    const [call] = eventsOf(story, "MarginCalled");
    if (call === undefined) throw new Error("the story makes a call");
    const journal = new Journal();
    const wanted = { events: ["Margin*", "LiquidationPlanned"] };
    let attempts = 0;
    answers = () => (++attempts === 1 ? 503 : 200);
    const hook = await running(journal, { ...wanted, giveUpAfterMs: 1e13 });
    const turns = story.journal.map(({ turn }) => turn);
    await journal.keep(...turns);
    const told = await stopAfter(hook, 3);
    expect(told).toMatchObject({ delivered: 3, retried: 1, givenUp: 0 });
    const events = heard.map(({ body }) => (JSON.parse(body) as { event: object }).event);
    expect(events).toMatchObject([
      { type: "MarginCalled", call: "call-1", cause: "utilization" },
      { type: "MarginCalled", need: formatMicro(call.need), graceEndsAt: call.graceEndsAt },
      { type: "MarginExpired", call: "call-1" },
      { type: "LiquidationPlanned", call: "call-1", status: "restored" },
    ]);
    expect(new Set(ids()).size).toBe(3);
    for (const { headers, body } of heard) {
      const signature = String(headers["flotilla-signature"]);
      const timestamp = String(headers["flotilla-timestamp"]);
      expect(isGenuine(SECRET, { signature, timestamp, body }, Date.now())).toBe(true);
    }
  });

  test("WHK-002: a failure is tried again under the same id, and what follows waits for it", async () => {
    const journal = new Journal();
    const hook = await running(journal);
    answers = ({ "flotilla-attempt": attempt }) => (Number(attempt) < 3 ? 503 : 204);
    await journal.enrol("ann", "bob");
    expect(await stopAfter(hook, 2)).toMatchObject({
      delivered: 2,
      retried: 4,
      failure: "status 503",
    });
    expect(ids()).toEqual(["1.0.0", "1.0.0", "1.0.0", "1.1.0", "1.1.0", "1.1.0"]);
    expect(heard.map(({ headers }) => headers["flotilla-attempt"])).toEqual([
      ...["1", "2", "3", "1", "2", "3"],
    ]);
  });

  test("WHK-003: after a restart what was not taken comes again, and nothing that was", async () => {
    const journal = new Journal();
    const hook = await running(journal);
    answers = ({ "flotilla-event-id": id }) => (id === "1.1.0" ? 500 : 200);
    await journal.enrol("ann", "bob", "cleo");
    await hears(3);
    expect(await hook.stop()).toMatchObject({ seq: 1, id: "1.0.0", delivered: 1 });
    await journal.enrol("dora");
    heard.length = 0;
    answers = () => 200;
    const again = started(journal);
    expect(await stopAfter(again, 4)).toMatchObject({ seq: 2 });
    expect(ids()).toEqual(["1.1.0", "1.2.0", "2.0.0"]);
  });

  test("WHK-004: what is too old is given up with a word in the log, counted, and what follows goes on", async () => {
    const journal = new Journal();
    const hook = await running(journal, { giveUpAfterMs: 1 });
    answers = ({ "flotilla-event-id": id }) => (id === "1.0.0" ? 500 : 200);
    logged.length = 0;
    await journal.enrol("ann", "bob");
    expect(await stopAfter(hook, 1)).toMatchObject({
      delivered: 1,
      givenUp: 1,
      failure: "status 500",
    });
    expect(logged).toMatchObject([{ webhook: "pager", event: "1.0.0", givenUp: 1 }]);
  });

  test("WHK-005: silence is a failure, a redirect is one, and neither keeps the journal waiting", async () => {
    const journal = new Journal();
    const hook = await running(journal, {}, 40);
    answers = ({ "flotilla-attempt": attempt }) =>
      attempt === "1" ? "hang" : attempt === "2" ? 302 : 200;
    await journal.enrol("ann");
    for (let i = 0; i < 200; i++) await journal.enrol(`more-${i}`);
    expect(journal.store.head.seq).toBe(201);
    await hears(3);
    expect(ids().slice(0, 3)).toEqual(["1.0.0", "1.0.0", "1.0.0"]);
    expect((await hook.stop())?.retried).toBeGreaterThanOrEqual(2);
  });

  test("WHK-006: an address where nobody listens is tried again too", async () => {
    const journal = new Journal();
    const hook = await running(journal, { url: "http://127.0.0.1:1/", giveUpAfterMs: 1 });
    await journal.enrol("ann");
    while ((await hook.state())?.givenUp !== 1) await new Promise(setImmediate);
    expect((await hook.stop())?.failure).not.toBe("");
  });
});
