/** Probes of the generated configuration on a real server: nobody gets further than their work. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sourceId } from "../../src/core/ids.ts";
import { readDirect, readMessage, storeMessage } from "../../src/wire/js-api.ts";
import { feederUser, type UserName } from "../../src/wire/subjects.ts";
import { casino, type Probes, startProbes, trader, trader2 } from "./probes.ts";

let world: Probes;
beforeAll(async () => {
  world = await startProbes();
});
afterAll(() => world.close());

const FEEDER = feederUser(sourceId("index-a"));

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
  "fleet.test.price.index-a",
  "fleet.test.price.index-b",
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
  [trader]: ["fleet.test.cmd.trader.Reserve", "fleet.test.beat.trader"],
  [trader2]: ["fleet.test.cmd.trader2.Reserve"],
  [casino]: ["fleet.test.cmd.casino.PlaceBet", "fleet.test.beat.casino"],
  [FEEDER]: ["fleet.test.price.index-a"],
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
  "fleet.test.price.*",
  "fleet.test.price.index-a",
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
  [trader]: [],
  [trader2]: ["_INBOX_trader2.>"],
  // Not even what it says itself.
  [FEEDER]: [],
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
    "fleet.test.price.*",
    "fleet.test.price.index-a",
  ],
  c_responder: ["fleet.test.cmd.casino.*", "fleet.test.price.*", "fleet.test.price.index-a"],
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
      for (const subject of SUBJECTS)
        if (!(await world.isRefused(user, subject))) allowed.push(subject);
      expect(allowed.sort()).toEqual([...(MAY_PUBLISH[user] ?? [])].sort());
    },
  );

  test("SEC-002: the provisioner can make the fleet's own streams and nothing more", async () => {
    const allowed: string[] = [];
    for (const subject of SUBJECTS) {
      if (!(await world.isRefused("c_provisioner", subject))) allowed.push(subject);
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
        for (const subject of EARS)
          if (!(await world.isDeaf(user, subject, queue))) heard.push(subject);
        expect(heard.sort()).toEqual([...(MAY_HEAR[user] ?? [])].sort());
      }
    },
  );

  test("SEC-011: the observer hears public events and none of what is not public", async () => {
    const observer = await world.as("observer");
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
      world.spy.publish(subject, "{}");
    }
    await done;
    expect(heard).toEqual([
      "fleet.test.evt.trader.OrderFilled",
      "fleet.test.risk",
      "fleet.test.mark.last",
    ]);
  });

  test("SEC-012: a late observer reads the kept events, and not the journal", async () => {
    const projector = await world.as("c_projector");
    const subject = "fleet.test.evt.casino.BetSettled";
    const body = new TextEncoder().encode(`{"id":"1.0"}`);
    const { seq } = await storeMessage(projector, subject, body, { stream: "EVENTS_test" }, 1_000);
    const observer = await world.as("observer");
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
