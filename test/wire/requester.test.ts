/** Commands on the way there and back: retried by their own bytes, bounded, and safely answered. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { agentId, fleetId } from "../../src/core/ids.ts";
import { COMMAND_BYTES_MAX } from "../../src/core/limits.ts";
import { decodeCommand } from "../../src/wire/codec.ts";
import { encode } from "../../src/wire/codec-encode.ts";
import { connectUser } from "../../src/wire/connect.ts";
import { ensureUsers } from "../../src/wire/credentials.ts";
import { openRequester, type Requester, type RequesterOptions } from "../../src/wire/requester.ts";
import { type Incoming, openResponder, type Responder } from "../../src/wire/responder.ts";
import { commandSubject, opsSubject, roleUser, type UserName } from "../../src/wire/subjects.ts";
import { type Broker, startBroker } from "./broker.ts";

const fleet = fleetId("test");
const trader = agentId("trader");
const casino = agentId("casino");
const reserve = commandSubject(fleet, trader, "Reserve");
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (raw: Uint8Array): string => new TextDecoder().decode(raw);

let broker: Broker;
let credentials: string;
const open: NatsConnection[] = [];
const ends: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  credentials = await mkdtemp(join(tmpdir(), "flotilla-req-"));
  const users = await ensureUsers(credentials, fleet, [trader, casino]);
  broker = await startBroker({ fleet, users });
});
afterEach(async () => {
  await Promise.all(ends.splice(0).map((each) => each.close()));
  await Promise.all(open.splice(0).map((each) => each.close()));
});
afterAll(async () => {
  await broker.close();
  await rm(credentials, { recursive: true, force: true });
});

async function as(user: UserName): Promise<NatsConnection> {
  const connection = await connectUser({ url: broker.server.url, credentials, user });
  open.push(connection);
  return connection;
}
async function requester(
  user: UserName = trader,
  options: Partial<RequesterOptions> = {},
): Promise<Requester> {
  const made = openRequester({ connection: await as(user), user, ...options });
  ends.push(made);
  return made;
}
async function responder(
  handle: (incoming: Incoming) => void,
  from: "agents" | "operator" = "agents",
): Promise<Responder> {
  const connection = await as(roleUser(from === "agents" ? "responder" : "operations"));
  const made = await openResponder({ connection, fleet, from, handle });
  ends.push(made);
  return made;
}
const echo = ({ bytes: body, reply }: Incoming): void => reply(body);

describe("requests and replies", () => {
  test("REQ-001: a thousand requests at once each get their own reply", async () => {
    await responder(echo);
    const port = await requester();
    const asked = Array.from({ length: 1_000 }, (_, i) => `request ${i}`);
    const replies = await Promise.all(asked.map((each) => port.request(reserve, bytes(each))));
    expect(replies.map(text)).toEqual(asked);
    expect(port.counts).toMatchObject({ sent: 1_000, replies: 1_000, retries: 0, timeouts: 0 });
  });

  test("REQ-002: the handler is told who sent what, by the subject", async () => {
    const seen: unknown[] = [];
    await responder(({ agent, command, bytes: body, reply }) => {
      seen.push([agent, command, text(body)]);
      reply(bytes("ok"));
    });
    await (await requester()).request(reserve, bytes("a"));
    const other = await requester(casino);
    await other.request(commandSubject(fleet, casino, "PlaceBet"), bytes("b"));
    expect(seen).toEqual([
      ["trader", "Reserve", "a"],
      ["casino", "PlaceBet", "b"],
    ]);
  });

  test("REQ-022: who is not listened to is not heard, and waits; nothing of the others is lost", async () => {
    const seen: string[] = [];
    const hub = await responder(({ agent, bytes: body, reply }) => {
      seen.push(agent);
      reply(body);
    });
    const [port, other] = [await requester(), await requester(casino)];
    const bet = commandSubject(fleet, casino, "PlaceBet");
    await port.request(reserve, bytes("before"));
    const under = Array.from({ length: 200 }, () => other.request(bet, bytes("b")));
    hub.hearOnly([casino]);
    await Promise.all([...under, other.request(bet, bytes("last"))]);
    // What was on its way at the change has come; from here on the broker tells it that nobody listens.
    seen.length = 0;
    const waits = port.request(reserve, bytes("during"));
    for (let n = 0; n < 20; n += 1) await other.request(bet, bytes("b"));
    expect(new Set(seen)).toEqual(new Set([casino]));
    hub.hearOnly(undefined);
    expect(text(await waits)).toBe("during");
    expect(other.counts).toMatchObject({ timeouts: 0 });
  });

  test("REQ-003: a lost request is sent again with the same bytes, and answered once", async () => {
    const seen: string[] = [];
    await responder(({ bytes: body, reply }) => {
      seen.push(text(body));
      if (seen.length >= 3) reply(bytes("at last"));
    });
    const port = await requester(trader, { tryMs: 40 });
    expect(text(await port.request(reserve, bytes("id 7")))).toBe("at last");
    expect(seen).toEqual(["id 7", "id 7", "id 7"]);
    expect(port.counts).toMatchObject({ sent: 3, retries: 2, replies: 1 });
  });

  test("REQ-004: a late reply to an earlier try answers the request", async () => {
    const port = await requester(trader, { tryMs: 40 });
    let first: Incoming | undefined;
    await responder((incoming) => {
      if (first === undefined) first = incoming;
      else first.reply(bytes("of the first try"));
    });
    expect(text(await port.request(reserve, bytes("x")))).toBe("of the first try");
  });

  test("REQ-005: without any reply it times out after the last try, and nothing is left", async () => {
    await responder(() => undefined);
    const port = await requester(trader, { tryMs: 20, tries: 3 });
    const failed = { code: "timeout", retryable: true };
    await expect(port.request(reserve, bytes("x"))).rejects.toMatchObject(failed);
    expect(port.counts).toMatchObject({ sent: 3, timeouts: 1 });
  });

  test("REQ-006: a coordinator that comes later answers requests made before", async () => {
    const port = await requester(trader, { tryMs: 2_000 });
    const early = port.request(reserve, bytes("early"));
    await responder(echo);
    expect(text(await early)).toBe("early");
    expect(port.counts.timeouts).toBe(0);
  });

  test("REQ-007: one request more than the bound fails at once, the others are answered", async () => {
    const waiting: Incoming[] = [];
    await responder((incoming) => waiting.push(incoming));
    const port = await requester(trader, { inFlightMax: 8 });
    const all = Array.from({ length: 8 }, (_, i) => port.request(reserve, bytes(`${i}`)));
    await expect(port.request(reserve, bytes("9"))).rejects.toMatchObject({ code: "busy" });
    await expect.poll(() => waiting.length).toBe(8);
    for (const each of waiting) each.reply(each.bytes);
    expect((await Promise.all(all)).map(text)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
  });

  test("REQ-008: a broker that dies and comes back costs time, not requests", async () => {
    await responder(echo);
    const port = await requester(trader, { tryMs: 200, tries: 50 });
    await port.request(reserve, bytes("before"));
    await broker.server.kill();
    const during = Array.from({ length: 50 }, (_, i) => port.request(reserve, bytes(`${i}`)));
    await broker.restart();
    expect((await Promise.all(during)).map(text)).toEqual(during.map((_, i) => `${i}`));
  });

  test("REQ-009: closing fails what is under way", async () => {
    await responder(() => undefined);
    const port = await requester();
    const failed = port.request(reserve, bytes("x"));
    await Promise.all([
      expect(failed).rejects.toMatchObject({ code: "closed", retryable: false }),
      port.close(),
    ]);
    await expect(port.request(reserve, bytes("x"))).rejects.toMatchObject({ code: "closed" });
  });

  test("REQ-010: two processes with one key do not take each other's replies", async () => {
    await responder(echo);
    const [one, two] = [await requester(), await requester()];
    const all = Array.from({ length: 200 }, (_, i) =>
      (i % 2 === 0 ? one : two).request(reserve, bytes(`${i}`)),
    );
    expect((await Promise.all(all)).map(text)).toEqual(all.map((_, i) => `${i}`));
    expect(one.counts.late + two.counts.late).toBe(0);
  });

  test("REQ-011: the operator is answered on a connection of its own", async () => {
    const seen: string[] = [];
    await responder(({ agent, command, reply }) => {
      seen.push(`${agent} ${command}`);
      reply(bytes("done"));
    }, "operator");
    const port = await requester("operator");
    expect(text(await port.request(opsSubject(fleet, "Halt"), bytes("{}")))).toBe("done");
    expect(seen).toEqual(["operator Halt"]);
  });
});

describe("what is dropped or refused before anybody reads it", () => {
  test("REQ-020: a command that is too long is answered so, unread, and others go on", async () => {
    const seen: number[] = [];
    const hub = await responder(({ bytes: body, reply }) => {
      seen.push(body.length);
      reply(body);
    });
    const plain = await as(trader);
    const answer = await plain.request(reserve, new Uint8Array(COMMAND_BYTES_MAX + 1));
    expect(decodeCommand(answer.data)).toEqual({
      ok: true,
      value: { ok: false, code: "too-long" },
    });
    const full = await plain.request(reserve, new Uint8Array(COMMAND_BYTES_MAX));
    expect(full.data.length).toBe(COMMAND_BYTES_MAX);
    expect([seen, hub.counts.tooLong]).toEqual([[COMMAND_BYTES_MAX], 1]);
    const port = await requester();
    const long = port.request(reserve, new Uint8Array(COMMAND_BYTES_MAX + 1));
    await expect(long).rejects.toMatchObject({ code: "too-long", retryable: false });
  });

  test("REQ-021: a reply that is not the sender's own inbox drops the command, counted", async () => {
    const seen: string[] = [];
    const hub = await responder(({ bytes: body, reply }) => {
      seen.push(text(body));
      reply(body);
    });
    const plain = await as(trader);
    for (const reply of [
      `fleet.${fleet}.evt.trader.Forged`,
      `$JS.API.STREAM.DELETE.JOURNAL_${fleet}`,
      `$KV.CORE_${fleet}.lease`,
      "_INBOX_casino.stolen",
      "_INBOX_c_journal.x",
      "_INBOX_trader",
      "_INBOX_trader2.x",
    ]) {
      plain.publish(reserve, bytes("bad"), { reply });
    }
    plain.publish(reserve, bytes("without any"));
    plain.publish(`${reserve.slice(0, -"Reserve".length)}not-a-name`, bytes("odd"));
    const port = await requester();
    expect(text(await port.request(reserve, encode("good")))).toBe(text(encode("good")));
    expect(seen).toEqual([text(encode("good"))]);
    expect(hub.counts).toMatchObject({ received: 10, badReply: 8, badSubject: 1, tooLong: 0 });
  });
});
