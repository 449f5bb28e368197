/** Probes of the generated configuration on a real server: nobody gets further than their work. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUser } from "@nats-io/nkeys";
import { Svcm } from "@nats-io/services";
import { errors, type NatsConnection, nkeyAuthenticator } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentId, fleetId } from "../../src/core/ids.ts";
import { connectUser } from "../../src/wire/connect.ts";
import { ensureUsers } from "../../src/wire/credentials.ts";
import { headKey } from "../../src/wire/head-memory.ts";
import { jetStreamJournal } from "../../src/wire/journal-jetstream.ts";
import { readDirect, readMessage, storeMessage, streamState } from "../../src/wire/js-api.ts";
import { leaseStore } from "../../src/wire/lease.ts";
import { provision } from "../../src/wire/provision.ts";
import { openResponder, type Responder } from "../../src/wire/responder.ts";
import { formatVersion } from "../../src/wire/server-version.ts";
import type { UserName } from "../../src/wire/subjects.ts";
import { type Broker, startBroker } from "./broker.ts";
import { rawClient } from "./raw.ts";

const fleet = fleetId("test");
const agents = [agentId("trader"), agentId("trader2"), agentId("casino")];
const spySeed = createUser();

let broker: Broker;
let keys: string;
let hub: Responder;
let spy: NatsConnection;
const handed: string[] = [];
/** Every subject that anything was published on in the fleet's account. */
let overheard: string[] = [];
const connections = new Map<UserName, NatsConnection>();
const violations = new Map<UserName, Set<string>>();

async function as(user: UserName): Promise<NatsConnection> {
  const known = connections.get(user);
  if (known !== undefined) return known;
  const connection = await connectUser({ url: broker.server.url, credentials: keys, user });
  connections.set(user, connection);
  const refused = new Set<string>();
  violations.set(user, refused);
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type !== "error") continue;
      const { error } = status;
      if (error instanceof errors.PermissionViolationError) {
        refused.add(`${error.operation} ${error.subject}`);
      }
    }
  })();
  return connection;
}

/** Publishes, and answers whether the broker refused it. */
async function isRefused(user: UserName, subject: string, reply?: string): Promise<boolean> {
  const connection = await as(user);
  const refused = violations.get(user) as Set<string>;
  refused.delete(`publish ${subject}`);
  connection.publish(subject, "probe", reply === undefined ? {} : { reply });
  await connection.flush();
  // The refusal came before the flush was answered; its iterator runs in the next turn.
  await new Promise(setImmediate);
  return refused.has(`publish ${subject}`);
}

/** Subscribes, and answers whether the broker refused it. */
async function isDeaf(user: UserName, subject: string, queue?: string): Promise<boolean> {
  const connection = await as(user);
  const options = queue === undefined ? {} : { queue };
  let refused = false;
  const subscription = connection.subscribe(subject, {
    ...options,
    callback: (error) => {
      refused ||= error !== null;
    },
  });
  await connection.flush();
  if (!subscription.isClosed()) subscription.unsubscribe();
  return refused;
}

beforeAll(async () => {
  keys = await mkdtemp(join(tmpdir(), "flotilla-sec-"));
  const users = await ensureUsers(keys, fleet, agents);
  const all = {
    user: "operator" as const,
    account: "FLEET" as const,
    publish: [">"],
    subscribe: [">"],
    publicKey: spySeed.getPublicKey(),
  };
  broker = await startBroker({ fleet, users: [...users, all] });
  console.log(`probing nats-server ${formatVersion(broker.binary.version)}`);
  spy = await broker.connect({ authenticator: nkeyAuthenticator(spySeed.getSeed()) });
  await provision(await as("c_provisioner"), fleet);
  spy.subscribe(">", { callback: (_, msg) => void overheard.push(msg.subject) });
  hub = await openResponder({
    connection: await as("c_responder"),
    fleet,
    from: "agents",
    handle: ({ agent, command, bytes, reply }) => {
      handed.push(`${agent}.${command}`);
      reply(bytes);
    },
  });
});
afterAll(async () => {
  await Promise.all([...connections.values()].map((each) => each.close()));
  await broker.close();
  await rm(keys, { recursive: true, force: true });
});

/** One subject of each family that anybody could want to publish on. */
const SUBJECTS = [
  "fleet.test.cmd.trader.Reserve",
  "fleet.test.cmd.trader2.Reserve",
  "fleet.test.cmd.casino.PlaceBet",
  "fleet.test.cmd.nobody.Reserve",
  "fleet.other.cmd.trader.Reserve",
  "fleet.test.ops.Halt",
  "fleet.test.evt.trader.Forged",
  "fleet.test.evt.fleet.Forged",
  "fleet.test.risk",
  "fleet.test.mark.btc-perp",
  "fleet.test.beat.trader",
  "fleet.test.beat.casino",
  "fleet.test.lease.trader",
  "fleet.test.journal",
  "_INBOX_trader.x",
  "_INBOX_trader2.x",
  "_INBOX_casino.x",
  "_INBOX_operator.x",
  "_INBOX_observer.x",
  "_INBOX_c_journal.x",
  "_INBOX.x",
  "$KV.CORE_test.lease",
  "$KV.CORE_test.head",
  "$KV.CORE_test.other",
  "$JS.API.INFO",
  "$JS.API.STREAM.NAMES",
  "$JS.API.STREAM.CREATE.EVIL",
  "$JS.API.STREAM.CREATE.JOURNAL_test",
  "$JS.API.STREAM.UPDATE.JOURNAL_test",
  "$JS.API.STREAM.DELETE.JOURNAL_test",
  "$JS.API.STREAM.PURGE.JOURNAL_test",
  "$JS.API.STREAM.MSG.DELETE.JOURNAL_test",
  "$JS.API.STREAM.SNAPSHOT.JOURNAL_test",
  "$JS.API.STREAM.RESTORE.JOURNAL_test",
  "$JS.API.STREAM.INFO.JOURNAL_test",
  "$JS.API.STREAM.MSG.GET.JOURNAL_test",
  "$JS.API.DIRECT.GET.JOURNAL_test",
  "$JS.API.DIRECT.GET.EVENTS_test",
  "$JS.API.STREAM.MSG.GET.EVENTS_test",
  "$JS.API.STREAM.INFO.EVENTS_test",
  "$JS.API.STREAM.MSG.GET.KV_CORE_test",
  "$JS.API.STREAM.INFO.KV_CORE_test",
  "$JS.API.DIRECT.GET.KV_CORE_test",
  "$JS.API.CONSUMER.CREATE.EVENTS_test",
  "$JS.API.CONSUMER.CREATE.JOURNAL_test.x",
  "$JS.API.CONSUMER.DURABLE.CREATE.JOURNAL_test.x",
  "$JS.API.CONSUMER.MSG.NEXT.JOURNAL_test.x",
  "$JS.API.CONSUMER.DELETE.JOURNAL_test.x",
  "$JS.ACK.JOURNAL_test.x.1.1.1.1.0",
  "$JS.FC.x",
  "$SRV.PING",
  "$SRV.INFO.coordinator",
  "$SYS.REQ.SERVER.PING",
  "$SYS.REQ.ACCOUNT.FLEET.CLAIMS.UPDATE",
  "anything.else",
];

const reading = (stream: string): string[] => [
  `$JS.API.STREAM.INFO.${stream}`,
  `$JS.API.STREAM.MSG.GET.${stream}`,
  `$JS.API.DIRECT.GET.${stream}`,
];
/** What each may publish of the list above: written by hand, not taken from the code under test. */
const MAY_PUBLISH: Readonly<Partial<Record<UserName, readonly string[]>>> = {
  [agents[0] as UserName]: ["fleet.test.cmd.trader.Reserve", "fleet.test.beat.trader"],
  [agents[1] as UserName]: ["fleet.test.cmd.trader2.Reserve"],
  [agents[2] as UserName]: ["fleet.test.cmd.casino.PlaceBet", "fleet.test.beat.casino"],
  operator: ["fleet.test.ops.Halt", "$SRV.PING", "$SRV.INFO.coordinator"],
  observer: ["$JS.API.DIRECT.GET.EVENTS_test"],
  c_responder: ["_INBOX_trader.x", "_INBOX_trader2.x", "_INBOX_casino.x"],
  c_operations: ["_INBOX_operator.x"],
  c_service: ["_INBOX_operator.x"],
  c_journal: [
    "fleet.test.journal",
    "$KV.CORE_test.head",
    ...reading("JOURNAL_test"),
    "$JS.API.STREAM.MSG.GET.KV_CORE_test",
  ],
  c_lease: [
    "$KV.CORE_test.lease",
    "fleet.test.lease.trader",
    "$JS.API.STREAM.MSG.GET.KV_CORE_test",
  ],
  c_projector: [
    "fleet.test.evt.trader.Forged",
    "fleet.test.evt.fleet.Forged",
    "fleet.test.risk",
    "fleet.test.mark.btc-perp",
    ...reading("JOURNAL_test"),
    "$JS.API.STREAM.MSG.GET.EVENTS_test",
  ],
};
const USERS = Object.keys(MAY_PUBLISH) as UserName[];

/** Subscriptions that would hear more than one's own. */
const EARS = [
  ">",
  "*.>",
  "fleet.*.>",
  "fleet.test.>",
  "fleet.test.cmd.>",
  "fleet.test.cmd.casino.*",
  "fleet.test.*.casino.>",
  "fleet.test.evt.casino.>",
  "fleet.test.evt.*.*",
  "fleet.test.ops.>",
  "fleet.test.journal",
  "fleet.test.lease.casino",
  "_INBOX.>",
  "_INBOX_casino.>",
  "_INBOX_operator.>",
  "_INBOX_c_journal.>",
  "_INBOX_trader2.>",
  "$JS.>",
  "$JS.API.>",
  "$JS.EVENT.ADVISORY.>",
  "$KV.>",
  "$KV.CORE_test.>",
  "$SRV.>",
  "$SRV.PING",
  "$SYS.>",
];
const MAY_HEAR: Readonly<Partial<Record<UserName, readonly string[]>>> = {
  [agents[0] as UserName]: [],
  [agents[1] as UserName]: ["_INBOX_trader2.>"],
  operator: ["_INBOX_operator.>", "fleet.test.evt.casino.>", "fleet.test.evt.*.*"],
  // In its own account, where only public events are.
  observer: [
    "fleet.*.>",
    "fleet.test.>",
    "fleet.test.cmd.>",
    "fleet.test.cmd.casino.*",
    "fleet.test.*.casino.>",
    "fleet.test.evt.casino.>",
    "fleet.test.evt.*.*",
    "fleet.test.ops.>",
    "fleet.test.journal",
    "fleet.test.lease.casino",
  ],
  c_responder: ["fleet.test.cmd.casino.*"],
  c_journal: ["_INBOX_c_journal.>"],
  c_projector: [],
  c_lease: [],
  c_service: ["$SRV.PING"],
};

describe("who may say what", () => {
  test.each(USERS)(
    "SEC-001: %s can publish what its work needs, and nothing else",
    async (user) => {
      const allowed: string[] = [];
      for (const subject of SUBJECTS) if (!(await isRefused(user, subject))) allowed.push(subject);
      expect(allowed.sort()).toEqual([...(MAY_PUBLISH[user] ?? [])].sort());
    },
  );

  test("SEC-002: the provisioner can make the fleet's own streams and nothing more", async () => {
    const allowed: string[] = [];
    for (const subject of SUBJECTS) {
      if (!(await isRefused("c_provisioner", subject))) allowed.push(subject);
    }
    expect(allowed.sort()).toEqual([
      "$JS.API.STREAM.CREATE.JOURNAL_test",
      "$JS.API.STREAM.INFO.EVENTS_test",
      "$JS.API.STREAM.INFO.JOURNAL_test",
      "$JS.API.STREAM.INFO.KV_CORE_test",
      "$JS.API.STREAM.UPDATE.JOURNAL_test",
    ]);
  });
});

describe("who may hear what", () => {
  test.each(Object.keys(MAY_HEAR) as UserName[])(
    "SEC-010: %s can listen to what its work needs, alone or in a queue, and to nothing else",
    async (user) => {
      for (const queue of [undefined, "thieves"]) {
        const heard: string[] = [];
        for (const subject of EARS) if (!(await isDeaf(user, subject, queue))) heard.push(subject);
        expect(heard.sort()).toEqual([...(MAY_HEAR[user] ?? [])].sort());
      }
    },
  );

  test("SEC-011: the observer hears public events and none of what is not public", async () => {
    const observer = await as("observer");
    const heard: string[] = [];
    const done = new Promise<void>((resolve) => {
      observer.subscribe("fleet.>", {
        callback: (_, msg) => {
          heard.push(msg.subject);
          if (msg.subject === "fleet.test.mark.last") resolve();
        },
      });
    });
    await observer.flush();
    for (const subject of [
      "fleet.test.cmd.trader.Reserve",
      "fleet.test.ops.Halt",
      "fleet.test.beat.trader",
      "fleet.test.lease.trader",
      "fleet.test.evt.trader.OrderFilled",
      "fleet.test.risk",
      "fleet.test.mark.last",
    ]) {
      spy.publish(subject, "{}");
    }
    await done;
    expect(heard).toEqual([
      "fleet.test.evt.trader.OrderFilled",
      "fleet.test.risk",
      "fleet.test.mark.last",
    ]);
  });

  test("SEC-012: a late observer reads the kept events, and not the journal", async () => {
    const projector = await as("c_projector");
    const subject = "fleet.test.evt.casino.BetSettled";
    const body = new TextEncoder().encode(`{"id":"1.0"}`);
    const { seq } = await storeMessage(projector, subject, body, { stream: "EVENTS_test" }, 1_000);
    const observer = await as("observer");
    const read = await readDirect(observer, "EVENTS_test", seq, 1_000);
    expect(new TextDecoder().decode(read?.bytes)).toBe(`{"id":"1.0"}`);
    const last = await observer.request(
      "$JS.API.DIRECT.GET.EVENTS_test",
      JSON.stringify({ last_by_subj: "fleet.test.evt.>" }),
    );
    expect(last.headers?.get("Nats-Sequence")).toBe(`${seq}`);
    const journal = readMessage(observer, "JOURNAL_test", { seq: 1 }, 300);
    await expect(journal).rejects.toMatchObject({ code: "broker-refused", number: 403 });
  });
});

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
    const journal = await as("c_journal");
    const [jrn, core] = [
      await streamState(journal, "JOURNAL_test", 1_000),
      await streamState(await as("c_provisioner"), "KV_CORE_test", 1_000),
    ];
    const events = await streamState(await as("c_provisioner"), "EVENTS_test", 1_000);
    return [jrn.lastSeq, core.lastSeq, events.lastSeq, events.messages];
  };

  test("SEC-020: an agent cannot choose where the coordinator answers", async () => {
    const before = await unchanged();
    const dropped = hub.counts.badReply;
    handed.length = 0;
    overheard = [];
    const trader = await as(agents[0] as UserName);
    for (const reply of TARGETS) {
      trader.publish("fleet.test.cmd.trader.Reserve", "{}", { reply });
    }
    const answer = await trader.request("fleet.test.cmd.trader.Reserve", "honest");
    expect(answer.string()).toBe("honest");
    await spy.flush();
    expect(handed).toEqual(["trader.Reserve"]);
    expect(hub.counts.badReply - dropped).toBe(TARGETS.length);
    expect(overheard.filter((each) => TARGETS.includes(each))).toEqual([]);
    expect(await unchanged()).toEqual(before);
  });

  test("SEC-021: were the check forgotten, the broker would still refuse the answer", async () => {
    const others = TARGETS.filter((each) => each !== "_INBOX_casino.x");
    for (const target of others) {
      expect(await isRefused("c_responder", target), target).toBe(true);
    }
    for (const target of TARGETS.filter((each) => each !== "_INBOX_operator.x")) {
      expect(await isRefused("c_operations", target), target).toBe(true);
      expect(await isRefused("c_service", target), target).toBe(true);
    }
  });

  test("SEC-022: the broker's own answers to an observer cannot be aimed at the fleet", async () => {
    const before = await unchanged();
    overheard = [];
    for (const reply of TARGETS) {
      const observer = await as("observer");
      observer.publish("$JS.API.DIRECT.GET.EVENTS_test", `{"seq":1}`, { reply });
    }
    const observer = await as("observer");
    expect(await readDirect(observer, "EVENTS_test", before[2] ?? 0, 1_000)).toBeDefined();
    await spy.flush();
    expect(overheard.filter((each) => TARGETS.includes(each))).toEqual([]);
    expect(await unchanged()).toEqual(before);
  });

  test("SEC-023: replies of one agent are not heard by another", async () => {
    const thief = await as(agents[2] as UserName);
    expect(await isDeaf("casino" as UserName, "_INBOX_trader.>")).toBe(true);
    expect(await isDeaf("casino" as UserName, "_INBOX_*.>")).toBe(true);
    expect(await isDeaf("casino" as UserName, "_INBOX_trader.>", "q")).toBe(true);
    expect(thief.isClosed()).toBe(false);
  });
});

describe("raw bytes", () => {
  const raw = (user: UserName) => rawClient(broker.server.port, keys, user);

  test("SEC-030: 10 MB are refused by the broker, the sender is cut off, others go on", async () => {
    const client = await raw(agents[2] as UserName);
    client.write("PUB fleet.test.cmd.casino.PlaceBet 10485760\r\n");
    expect(await client.until(/-ERR '([^']*)'/)).toMatch(/Maximum Payload/i);
    await client.closed;
    const trader = await as(agents[0] as UserName);
    const answer = await trader.request("fleet.test.cmd.trader.Reserve", "still here");
    expect(answer.string()).toBe("still here");
  });

  test.each(["*", ">", "a.*", "reserve", "Re$erve"])(
    "SEC-031: a command named %s is handed to nobody",
    async (name) => {
      handed.length = 0;
      const client = await raw(agents[0] as UserName);
      client.write(`PUB fleet.test.cmd.trader.${name} _INBOX_trader.x 2\r\n{}\r\nPING\r\n`);
      await client.until(/PONG/);
      client.end();
      const trader = await as(agents[0] as UserName);
      await trader.request("fleet.test.cmd.trader.Honest", "{}");
      expect(handed).toEqual(["trader.Honest"]);
    },
  );

  test.each(["*", ">", "trader*", "trad?r", "casino"])(
    "SEC-032: with trader's key nobody publishes as %s",
    async (name) => {
      handed.length = 0;
      const client = await raw(agents[0] as UserName);
      client.write(`PUB fleet.test.cmd.${name}.Reserve _INBOX_trader.x 2\r\n{}\r\nPING\r\n`);
      expect(await client.until(/(-ERR[^\r]*)/)).toMatch(/Permissions Violation|Invalid Publish/i);
      client.end();
      expect(handed).toEqual([]);
    },
  );

  test("SEC-033: headers of a stranger do not make a reply of a request", async () => {
    const dropped = hub.counts.badReply;
    const client = await raw(agents[0] as UserName);
    const hdr = "NATS/1.0\r\nNats-Msg-Id: 1\r\nNats-Expected-Last-Sequence: 0\r\n\r\n";
    const total = hdr.length + 2;
    client.write(
      `HPUB fleet.test.cmd.trader.Reserve ${hdr.length} ${total}\r\n${hdr}{}\r\nPING\r\n`,
    );
    await client.until(/PONG/);
    const trader = await as(agents[0] as UserName);
    await trader.request("fleet.test.cmd.trader.Honest", "{}");
    expect(hub.counts.badReply - dropped).toBe(1);
    client.end();
  });
});

describe("the coordinator's own connections do their work with these rights", () => {
  test("SEC-040: the journal is appended to, read and followed", async () => {
    const port = jetStreamJournal({ connection: await as("c_journal"), fleet, answerMs: 500 });
    const head = await port.append(await port.head(), new TextEncoder().encode("batch"));
    const reader = jetStreamJournal({ connection: await as("c_projector"), fleet, answerMs: 500 });
    const stop = new AbortController();
    for await (const entry of reader.follow(head.seq, stop.signal)) {
      expect(entry.hash).toBe(head.hash);
      stop.abort();
    }
    const forbidden = reader.append(head, new TextEncoder().encode("of the projector"));
    await expect(forbidden).rejects.toMatchObject({ code: "broker-refused", number: 403 });
  });

  test("SEC-041: the operator finds the coordinator as a micro service", async () => {
    const service = await new Svcm(await as("c_service")).add({
      name: "flotilla-coordinator",
      version: "0.1.0",
    });
    const client = new Svcm(await as("operator")).client({
      strategy: "count",
      maxWait: 1_000,
      maxMessages: 1,
    });
    const found: string[] = [];
    for await (const each of await client.ping()) found.push(each.name);
    expect(found).toEqual(["flotilla-coordinator"]);
    await service.stop();
  });

  test("SEC-042: lease and head are written by their own connections, each its own key", async () => {
    const connection = await as("c_lease");
    const lease = leaseStore(connection, fleet);
    const which = { last_by_subj: "$KV.CORE_test.lease" };
    const probed = await readMessage(connection, "KV_CORE_test", which, 1_000);
    const revision = await lease.write({ epoch: 1, holder: "a", until: 0 }, probed?.seq ?? 0);
    expect((await lease.read())?.revision).toBe(revision);
    const head = { seq: 1, hash: "a".repeat(64) };
    const place = headKey(await as("c_journal"), fleet, 1_000);
    await place.save(head);
    expect(await place.load()).toEqual(head);
    const wrong = leaseStore(await as("c_journal"), fleet, 300);
    const write = wrong.write({ epoch: 9, holder: "thief", until: 0 }, revision ?? 0);
    await expect(write).rejects.toMatchObject({ number: 403 });
  });
});
