/** The link over a real broker: one agent's own subjects, by its own key, through loss and return. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { agentId, FLEET, fleetId, marketId } from "../../src/core/ids.ts";
import { connectFleet } from "../../src/sdk/connect.ts";
import { defineSpecialist } from "../../src/sdk/define.ts";
import type { FleetLink, MarkMessage, PublicEvent } from "../../src/sdk/link.ts";
import { runSpecialist } from "../../src/sdk/run.ts";
import { sampleMarket, sampleView } from "../../src/sdk/sample-view.ts";
import { decodeCommand } from "../../src/wire/codec.ts";
import { encode } from "../../src/wire/codec-encode.ts";
import { connectUser } from "../../src/wire/connect.ts";
import { ensureUsers } from "../../src/wire/credentials.ts";
import { openResponder, type Responder } from "../../src/wire/responder.ts";
import { eventSubject, markSubject, parseBeat } from "../../src/wire/subjects.ts";
import { type Broker, startBroker } from "../wire/broker.ts";

const fleet = fleetId("test");
const agent = agentId("casino");
let credentials: string;
let broker: Broker;
let responder: Responder;
let link: FleetLink;
const asked: { command: string; body: Record<string, unknown> }[] = [];
const beats: unknown[] = [];
let answer: (command: string, id: string) => unknown = () => undefined;
type Connection = Awaited<ReturnType<typeof connectUser>>;
let projector: Connection;
const open: Connection[] = [];

const plain = (_command: string, id: string) => ({ ok: true, id, seq: 7, turn: 1 });

beforeAll(async () => {
  credentials = await mkdtemp(join(tmpdir(), "flotilla-keys-"));
  const users = await ensureUsers(credentials, fleet, [agent]);
  broker = await startBroker({ fleet, users });
  const as = async (user: "c_responder" | "c_projector") => {
    const connection = await connectUser({ url: broker.server.url, credentials, user });
    open.push(connection);
    return connection;
  };
  projector = await as("c_projector");
  const connection = await as("c_responder");
  connection.subscribe("fleet.test.beat.*", {
    callback: (_, message) => {
      const read = decodeCommand(message.data);
      beats.push({ from: parseBeat(message.subject)?.agent, state: read.ok && read.value });
    },
  });
  responder = await openResponder({
    connection,
    fleet,
    from: "agents",
    handle: ({ command, bytes, reply }) => {
      const read = decodeCommand(bytes);
      const body = (read.ok ? read.value : {}) as Record<string, unknown>;
      asked.push({ command, body });
      const value = answer(command, String(body["id"]));
      if (value !== undefined) reply(value instanceof Uint8Array ? value : encode(value));
    },
  });
  link = await connectFleet({
    url: broker.server.url,
    fleet: "test",
    agent: "casino",
    credentials,
  });
});

afterAll(async () => {
  await link.close();
  await responder.close();
  await Promise.all(open.map((connection) => connection.close()));
  await broker.close();
  await rm(credentials, { recursive: true, force: true });
});

test("LNK-001: a command goes out under the agent's own name, with id and expiry, and is answered", async () => {
  answer = plain;
  const reply = await link.request("RotateSeed", {}, { id: "c-1", exp: 99 });
  expect(reply).toEqual({ ok: true, id: "c-1", seq: 7, turn: 1 });
  expect(asked.at(-1)).toEqual({ command: "RotateSeed", body: { id: "c-1", exp: 99 } });
  await link.request("RotateSeed", {});
  const { id, exp } = asked.at(-1)?.body ?? {};
  expect(String(id)).toMatch(/^[0-9a-f-]{36}$/);
  expect(Number(exp)).toBeGreaterThan(Date.now());
});

test("LNK-002: a refusal is a value with its code", async () => {
  const refusal = { ok: false, seq: 3, turn: 0, code: "busy", number: 108, message: "wait" };
  answer = (_command, id) => ({ ...refusal, id });
  expect(await link.request("Renew", {}, { id: "c-2" })).toEqual({ ...refusal, id: "c-2" });
});

test("LNK-003: a long view comes whole, and a broken one is unreadable", async () => {
  const revealed = Array.from({ length: 200 }, (_, i) => ({
    seedHash: `${i}`.padStart(64, "0"),
    serverSeed: `${i}`.padStart(64, "f"),
  }));
  const view = sampleView("casino", { casino: { seedHash: "x", revealed } });
  answer = (_command, id) => ({ ok: true, id, seq: 7, turn: 1, view });
  expect(await link.view()).toEqual(view);
  answer = (_command, id) => ({ ok: true, id, seq: 7, turn: 1, view: { ...view, at: "now" } });
  await expect(link.view()).rejects.toMatchObject({ name: "LinkError", code: "unreadable" });
  answer = () => new Uint8Array([0xc1]);
  await expect(link.view()).rejects.toMatchObject({ code: "unreadable", retryable: true });
  answer = (_command, id) => ({
    ok: false,
    id,
    seq: 0,
    turn: 0,
    code: "unknown_agent",
    number: 201,
    message: "No such agent is enrolled.",
  });
  await expect(link.view()).rejects.toMatchObject({ code: "refused" });
});

test("LNK-004: an unanswered command is tried again by the same bytes, then given up", async () => {
  answer = () => undefined;
  const before = asked.length;
  const lost = link.request("Renew", {}, { id: "c-4", exp: 5, timeoutMs: 1_000 });
  await expect(lost).rejects.toMatchObject({ name: "LinkError", code: "timeout", retryable: true });
  const tries = asked.slice(before);
  expect(tries.length).toBeGreaterThan(1);
  for (const one of tries) expect(one).toEqual(tries[0]);
});

test("LNK-005: it hears its own and the fleet's events and all marks, and nothing that is neither", async () => {
  const events: PublicEvent[] = [];
  const marks: MarkMessage[] = [];
  let arrived: () => void = () => {};
  const last = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const stopEvents = link.events((event) => events.push(event));
  const stopMarks = link.marks((mark) => {
    marks.push(mark);
    if (mark.price === "2") arrived();
  });
  answer = plain;
  await link.request("Renew", {}); // Its subscriptions are known to the broker now.
  const say = (subject: string, value: unknown): void =>
    projector.publish(subject, typeof value === "string" ? value : JSON.stringify(value));
  const event = { id: "1.0.0", seq: 1, time: 2, agent: "casino", type: "BetSettled", cause: "c" };
  const mine = eventSubject(fleet, agent, "BetSettled");
  say(mine, "{not json");
  say(mine, { ...event, type: undefined });
  say(mine, { ...event, won: true });
  say(eventSubject(fleet, FLEET, "ZoneChanged"), { ...event, agent: "fleet", type: "ZoneChanged" });
  say(eventSubject(fleet, agentId("another"), "BetSettled"), { ...event, agent: "another" });
  const market = markSubject(fleet, marketId("btc-perp"));
  say(market, { market: "btc-perp", price: "-1", at: 1 });
  say(market, { market: "btc-perp", price: "1", at: 1 });
  say(market, { market: "btc-perp", price: "2", at: 2 });
  await last;
  expect(events.map((one) => [one.agent, one.type])).toEqual([
    ["casino", "BetSettled"],
    ["fleet", "ZoneChanged"],
  ]);
  expect(events[0]?.["won"]).toBe(true);
  expect(marks.map((mark) => mark.price)).toEqual(["1", "2"]);
  stopEvents();
  stopMarks();
});

test("LNK-006: beats go out, and after close nothing does", async () => {
  const other = await connectFleet({
    url: broker.server.url,
    fleet: "test",
    agent: "casino",
    credentials,
  });
  answer = plain;
  other.beat({ phase: "failed", note: "why" });
  await other.request("Renew", {});
  expect(beats.at(-1)).toEqual({
    from: "casino",
    state: { phase: "failed", note: "why", counts: {} },
  });
  await other.close();
  await other.close();
  other.beat({ phase: "running", note: "" });
  await expect(other.request("Renew", {})).rejects.toMatchObject({
    code: "closed",
    retryable: false,
  });
});

test("LNK-007: without a key, a broker, or a name it says which", async () => {
  const options = { url: broker.server.url, fleet: "test", agent: "casino", credentials };
  const nobody = connectFleet({ ...options, agent: "nobody" });
  await expect(nobody).rejects.toMatchObject({ name: "CredentialError" });
  const nowhere = connectFleet({ ...options, url: "nats://127.0.0.1:1" });
  await expect(nowhere).rejects.toMatchObject({ name: "LinkError", code: "timeout" });
  await expect(connectFleet({ ...options, agent: "No Name" })).rejects.toThrow(RangeError);
});

test("LNK-008: over the broker a mark that has moved wakes a specialist, long before its interval", async () => {
  const markets = [sampleMarket("btc-perp", "60000")];
  const view = sampleView("casino", { markets, seq: 7 });
  answer = (_command, id) => ({ ok: true, id, seq: 7, turn: 1, view });
  const seen: (string | undefined)[] = [];
  let decided: () => void = () => {};
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      decided = resolve;
    });
  const definition = defineSpecialist<object, number>({
    ...{ name: "probe", service: "casino", config: z.strictObject({}), begin: () => 0 },
    strategy: (_view, memory, { marks }) => {
      seen.push(marks.get("btc-perp")?.price);
      decided();
      return { intents: [], memory };
    },
    intervalMs: () => 3_600_000,
    wakeOnMark: () => [{ market: "btc-perp", ppm: 1_000 }],
  });
  const options = { url: broker.server.url, fleet: "test", agent: "casino", credentials };
  const first = next();
  const running = runSpecialist(definition, {
    ...{ link: () => connectFleet(options), nonce: "n1", seed: 1 },
  });
  await first;
  const second = next();
  const mark = (price: string, at: number) =>
    projector.publish(
      markSubject(fleet, marketId("btc-perp")),
      JSON.stringify({ market: "btc-perp", price, at }),
    );
  mark("60001", 1);
  mark("60061", 2);
  await second;
  expect(seen).toEqual([undefined, "60061"]);
  expect(await running.stop()).toMatchObject({ phase: "stopped" });
});
