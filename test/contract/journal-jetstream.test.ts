/** The journal in JetStream keeps the contract, on a real server, and survives its deaths. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FleetId, fleetId } from "../../src/core/ids.ts";
import { EMPTY_HEAD, type JournalHead } from "../../src/wire/journal.ts";
import { jetStreamJournal } from "../../src/wire/journal-jetstream.ts";
import { provision } from "../../src/wire/provision.ts";
import { journalStream, journalSubject } from "../../src/wire/subjects.ts";
import { type Broker, startBroker } from "../wire/broker.ts";
import { appendAll, batch, collect, journalContract } from "./journal.ts";

let broker: Broker;
let fleets = 0;

beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker.close());

async function freshFleet(): Promise<FleetId> {
  const fleet = fleetId(`f${++fleets}`);
  const connection = await broker.connect();
  await provision(connection, fleet);
  await connection.close();
  return fleet;
}
const open = async (fleet: FleetId, answerMs = 500) =>
  jetStreamJournal({ connection: await broker.connect(), fleet, answerMs });

journalContract("JetStream", async () => {
  const fleet = await freshFleet();
  return { open: () => open(fleet), close: async () => undefined };
});

describe("what only a broker can do to a journal", () => {
  test("JRN-020: a server killed under appends loses none that was acknowledged", async () => {
    const fleet = await freshFleet();
    const writer = await open(fleet);
    const reader = await open(fleet);
    const stop = new AbortController();
    const followed: JournalHead[] = [];
    const following = (async () => {
      for await (const { seq, hash } of reader.follow(1, stop.signal)) {
        followed.push({ seq, hash });
        if (seq === 90) stop.abort();
      }
    })();
    let head: JournalHead = EMPTY_HEAD;
    const acknowledged: JournalHead[] = [];
    for (let kill = 0; kill < 3; kill++) {
      for (let i = 0; i < 30; i++) {
        const appending = writer.append(head, batch(`batch ${head.seq + 1}`));
        if (i === 10) {
          await broker.server.kill();
          await broker.restart();
        }
        head = await appending;
        acknowledged.push(head);
      }
    }
    const entries = await collect(reader.read(1));
    expect(entries.map(({ seq, hash }) => ({ seq, hash }))).toEqual(acknowledged);
    expect(await (await open(fleet)).head()).toEqual(head);
    // The follower has lived through it all.
    await following;
    expect(followed).toEqual(acknowledged);
  });

  test("JRN-021: with the broker gone for good an append says so within its patience", async () => {
    const fleet = await freshFleet();
    const connection = await broker.connect();
    const port = jetStreamJournal({ connection, fleet, answerMs: 100, patienceMs: 300 });
    const head = await appendAll(port, ["one"]);
    await broker.server.kill();
    const failed = port.append(head, batch("two"));
    await expect(failed).rejects.toMatchObject({ code: "journal-unavailable", retryable: true });
    await broker.restart();
    // Made again it is stored once, whether or not the first try got through.
    await expect
      .poll(() => port.append(head, batch("two")), { timeout: 10_000 })
      .toMatchObject({
        seq: 2,
      });
    expect(await collect(port.read(1))).toHaveLength(2);
  });

  test("JRN-022: a stream that was deleted and made again is broken, not fenced", async () => {
    const fleet = await freshFleet();
    const connection = await broker.connect();
    const port = jetStreamJournal({ connection, fleet, answerMs: 500 });
    const head = await appendAll(port, ["one", "two"]);
    await connection.request(`$JS.API.STREAM.DELETE.${journalStream(fleet)}`);
    await expect(port.append(head, batch("three"))).rejects.toMatchObject({
      code: "journal-broken",
    });
    await provision(connection, fleet);
    await expect(port.append(head, batch("three"))).rejects.toMatchObject({
      code: "journal-broken",
    });
  });

  test("JRN-023: a message that somebody else put into the stream fences the writer", async () => {
    const fleet = await freshFleet();
    const connection = await broker.connect();
    const port = jetStreamJournal({ connection, fleet, answerMs: 500 });
    const head = await appendAll(port, ["one"]);
    await connection.request(journalSubject(fleet), "foreign");
    await expect(port.append(head, batch("two"))).rejects.toMatchObject({ code: "fenced" });
  });

  test("JRN-024: outside the broker's memory of names our own batch is known by its hash", async () => {
    const fleet = await freshFleet();
    const port = await open(fleet);
    const head = await appendAll(port, ["one"]);
    // Stored under another name: the broker cannot tell that it is the same.
    const connection = await broker.connect();
    await connection.request(journalSubject(fleet), batch("two"));
    expect(await port.append(head, batch("two"))).toMatchObject({ seq: 2 });
    expect(await collect(port.read(1))).toHaveLength(2);
  });

  test("JRN-025: the stream can be neither purged nor have a message deleted", async () => {
    const fleet = await freshFleet();
    const connection = await broker.connect();
    await appendAll(await open(fleet), ["one", "two"]);
    const stream = journalStream(fleet);
    for (const [api, body] of [
      [`STREAM.PURGE.${stream}`, "{}"],
      [`STREAM.MSG.DELETE.${stream}`, `{"seq":1}`],
    ] as const) {
      const answer = await connection.request(`$JS.API.${api}`, body);
      expect(answer.json()).toHaveProperty("error");
    }
    expect(await collect((await open(fleet)).read(1))).toHaveLength(2);
  });

  test("JRN-026: a stream with other settings is refused at start, naming them", async () => {
    const fleet = fleetId("tampered");
    const connection = await broker.connect();
    await connection.request(
      `$JS.API.STREAM.CREATE.${journalStream(fleet)}`,
      JSON.stringify({
        name: journalStream(fleet),
        subjects: [journalSubject(fleet)],
        discard: "old",
        storage: "memory",
        retention: "limits",
        num_replicas: 1,
      }),
    );
    await expect(provision(connection, fleet)).rejects.toThrow(/storage.*deny_delete.*discard/);
  });
});
