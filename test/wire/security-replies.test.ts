/** Replies that are aimed elsewhere, bytes without manners, and the honest work beside them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { headKey } from "../../src/wire/head-memory.ts";
import { jetStreamJournal } from "../../src/wire/journal-jetstream.ts";
import { readDirect, readMessage, streamState } from "../../src/wire/js-api.ts";
import { leaseStore } from "../../src/wire/lease.ts";
import { openResponder, type Responder } from "../../src/wire/responder.ts";
import type { UserName } from "../../src/wire/subjects.ts";
import { casino, fleet, type Probes, startProbes, trader } from "./probes.ts";
import { rawClient } from "./raw.ts";

let world: Probes;
let hub: Responder;
const handed: string[] = [];
/** Every subject that anything was published on in the fleet's account. */
let overheard: string[] = [];

beforeAll(async () => {
  world = await startProbes();
  world.spy.subscribe(">", { callback: (_, msg) => void overheard.push(msg.subject) });
  hub = await openResponder({
    connection: await world.as("c_responder"),
    fleet,
    from: "agents",
    handle: ({ agent, command, bytes, reply }) => {
      handed.push(`${agent}.${command}`);
      reply(bytes);
    },
  });
  await (await world.as("c_projector")).request("fleet.test.evt.casino.BetSettled", "{}");
});
afterAll(() => world.close());

describe("replies that would land elsewhere", () => {
  const TARGETS = [
    "fleet.test.evt.trader.Injected",
    "fleet.test.evt.fleet.Injected",
    "fleet.test.journal",
    "$JS.API.STREAM.DELETE.JOURNAL_test",
    "$JS.API.STREAM.PURGE.EVENTS_test",
    "$KV.CORE_test.lease",
    "_INBOX_casino.x",
    "_INBOX_operator.x",
    "fleet.test.cmd.casino.PlaceBet",
  ];
  const unchanged = async (): Promise<readonly number[]> => {
    const journal = await world.as("c_journal");
    const [jrn, core] = [
      await streamState(journal, "JOURNAL_test", 1_000),
      await streamState(await world.as("c_provisioner"), "KV_CORE_test", 1_000),
    ];
    const events = await streamState(await world.as("c_provisioner"), "EVENTS_test", 1_000);
    return [jrn.lastSeq, core.lastSeq, events.lastSeq, events.messages];
  };

  test("SEC-020: an agent cannot choose where the coordinator answers", async () => {
    const before = await unchanged();
    const dropped = hub.counts.badReply;
    handed.length = 0;
    overheard = [];
    const agent = await world.as(trader);
    for (const reply of TARGETS) {
      agent.publish("fleet.test.cmd.trader.Reserve", "{}", { reply });
    }
    const answer = await agent.request("fleet.test.cmd.trader.Reserve", "honest");
    expect(answer.string()).toBe("honest");
    await world.spy.flush();
    expect(handed).toEqual(["trader.Reserve"]);
    expect(hub.counts.badReply - dropped).toBe(TARGETS.length);
    expect(overheard.filter((each) => TARGETS.includes(each))).toEqual([]);
    expect(await unchanged()).toEqual(before);
  });

  test("SEC-021: were the check forgotten, the broker would still refuse the answer", async () => {
    const others = TARGETS.filter((each) => each !== "_INBOX_casino.x");
    for (const target of others) {
      expect(await world.isRefused("c_responder", target), target).toBe(true);
    }
    for (const target of TARGETS.filter((each) => each !== "_INBOX_operator.x")) {
      expect(await world.isRefused("c_operations", target), target).toBe(true);
      expect(await world.isRefused("c_service", target), target).toBe(true);
    }
  });

  test("SEC-022: the broker's own answers to an observer cannot be aimed at the fleet", async () => {
    const before = await unchanged();
    overheard = [];
    for (const reply of TARGETS) {
      const observer = await world.as("observer");
      observer.publish("$JS.API.DIRECT.GET.EVENTS_test", `{"seq":1}`, { reply });
    }
    const observer = await world.as("observer");
    expect(await readDirect(observer, "EVENTS_test", before[2] ?? 0, 1_000)).toBeDefined();
    await world.spy.flush();
    expect(overheard.filter((each) => TARGETS.includes(each))).toEqual([]);
    expect(await unchanged()).toEqual(before);
  });

  test("SEC-023: replies of one agent are not heard by another", async () => {
    const thief = await world.as(casino);
    expect(await world.isDeaf(casino, "_INBOX_trader.>")).toBe(true);
    expect(await world.isDeaf(casino, "_INBOX_*.>")).toBe(true);
    expect(await world.isDeaf(casino, "_INBOX_trader.>", "q")).toBe(true);
    expect(thief.isClosed()).toBe(false);
  });
});

describe("raw bytes", () => {
  const raw = (user: UserName) => rawClient(world.broker.server.port, world.keys, user);

  test("SEC-030: 10 MB are refused by the broker, the sender is cut off, others go on", async () => {
    const client = await raw(casino);
    client.write("PUB fleet.test.cmd.casino.PlaceBet 10485760\r\n");
    expect(await client.until(/-ERR '([^']*)'/)).toMatch(/Maximum Payload/i);
    await client.closed;
    const agent = await world.as(trader);
    const answer = await agent.request("fleet.test.cmd.trader.Reserve", "still here");
    expect(answer.string()).toBe("still here");
  });

  test.each(["*", ">", "a.*", "reserve", "Re$erve"])(
    "SEC-031: a command named %s is handed to nobody",
    async (name) => {
      handed.length = 0;
      const client = await raw(trader);
      client.write(`PUB fleet.test.cmd.trader.${name} _INBOX_trader.x 2\r\n{}\r\nPING\r\n`);
      await client.until(/PONG/);
      client.end();
      const agent = await world.as(trader);
      await agent.request("fleet.test.cmd.trader.Honest", "{}");
      expect(handed).toEqual(["trader.Honest"]);
    },
  );

  test.each(["*", ">", "trader*", "trad?r", "casino"])(
    "SEC-032: with trader's key nobody publishes as %s",
    async (name) => {
      handed.length = 0;
      const client = await raw(trader);
      client.write(`PUB fleet.test.cmd.${name}.Reserve _INBOX_trader.x 2\r\n{}\r\nPING\r\n`);
      expect(await client.until(/(-ERR[^\r]*)/)).toMatch(/Permissions Violation|Invalid Publish/i);
      client.end();
      expect(handed).toEqual([]);
    },
  );

  test("SEC-033: headers of a stranger do not make a reply of a request", async () => {
    const dropped = hub.counts.badReply;
    const client = await raw(trader);
    const hdr = "NATS/1.0\r\nNats-Msg-Id: 1\r\nNats-Expected-Last-Sequence: 0\r\n\r\n";
    const total = hdr.length + 2;
    client.write(
      `HPUB fleet.test.cmd.trader.Reserve ${hdr.length} ${total}\r\n${hdr}{}\r\nPING\r\n`,
    );
    await client.until(/PONG/);
    const agent = await world.as(trader);
    await agent.request("fleet.test.cmd.trader.Honest", "{}");
    expect(hub.counts.badReply - dropped).toBe(1);
    client.end();
  });
});

describe("the coordinator's own connections do their work with these rights", () => {
  test("SEC-040: the journal is appended to, read and followed", async () => {
    const port = jetStreamJournal({
      connection: await world.as("c_journal"),
      fleet,
      answerMs: 500,
    });
    const head = await port.append(await port.head(), new TextEncoder().encode("batch"));
    const reader = jetStreamJournal({
      connection: await world.as("c_projector"),
      fleet,
      answerMs: 500,
    });
    const stop = new AbortController();
    for await (const entry of reader.follow(head.seq, stop.signal)) {
      expect(entry.hash).toBe(head.hash);
      stop.abort();
    }
    const forbidden = reader.append(head, new TextEncoder().encode("of the projector"));
    await expect(forbidden).rejects.toMatchObject({ code: "broker-refused", number: 403 });
  });

  test("SEC-042: lease and head are written by their own connections, each its own key", async () => {
    const connection = await world.as("c_lease");
    const lease = leaseStore(connection, fleet);
    const which = { last_by_subj: "$KV.CORE_test.lease" };
    const probed = await readMessage(connection, "KV_CORE_test", which, 1_000);
    const revision = await lease.write({ epoch: 1, holder: "a", until: 0 }, probed?.seq ?? 0);
    expect((await lease.read())?.revision).toBe(revision);
    const head = { seq: 1, hash: "a".repeat(64) };
    const place = headKey(await world.as("c_journal"), fleet, 1_000);
    await place.save(head);
    expect(await place.load()).toEqual(head);
    const wrong = leaseStore(await world.as("c_journal"), fleet, 300);
    const write = wrong.write({ epoch: 9, holder: "thief", until: 0 }, revision ?? 0);
    await expect(write).rejects.toMatchObject({ number: 403 });
  });
});
