/** A plain NATS client, none of ours: what an observer reads, and what an agent's key cannot do. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, errors, type NatsConnection, nkeyAuthenticator } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentId } from "../../src/core/ids.ts";
import { publicEvents } from "../../src/protocol/public.ts";
import { readBatch } from "../../src/runtime/batches.ts";
import { encode } from "../../src/wire/codec-encode.ts";
import type { Caller } from "../drill/caller.ts";
import { eventually, Watch } from "../drill/watch.ts";
import { hold, type Led, led } from "./led.ts";

interface Seen {
  readonly subject: string;
  readonly event: Record<string, unknown>;
}

let fleet: Led;
let agent: Caller;
let observer: NatsConnection;
const seen = new Watch<Seen>();
const opened: NatsConnection[] = [];

/** Logs in with a key file and nothing else of ours. */
async function plainClient(user: string): Promise<NatsConnection> {
  const { rig } = fleet;
  const seed = (await readFile(join(rig.layout.keys, `${user}.nk`), "utf8")).trim();
  const connection = await connect({
    servers: rig.broker.url,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
    inboxPrefix: `_INBOX_${user}`,
  });
  opened.push(connection);
  return connection;
}

beforeAll(async () => {
  fleet = await led({
    fleet: "demo",
    agents: [
      { agent: "drill-a", services: ["trading", "casino"] },
      { agent: "drill-b", services: ["trading"] },
    ],
  });
  agent = await fleet.rig.caller(agentId("drill-a"));
  observer = await plainClient("observer");
  observer.subscribe("fleet.demo.evt.>", {
    callback: (_, message) => {
      seen.push({ subject: message.subject, event: message.json() });
    },
  });
  await observer.flush();
});
afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()));
  await fleet?.rig.close();
});

const idOf = ({ event }: Seen): string => String(event["id"]);
const partsOf = (id: string): number[] => id.split(".").map(Number);
function isAfter(a: string, b: string): boolean {
  const [x, y] = [partsOf(a), partsOf(b)];
  const differs = x.findIndex((part, i) => part !== y[i]);
  return differs >= 0 && (x[differs] ?? 0) > (y[differs] ?? 0);
}

/** Every public event of the journal up to a message, by id, read from the journal itself. */
async function idsInJournal(through: number): Promise<string[]> {
  const ids: string[] = [];
  for await (const entry of fleet.audit.journal.read(1)) {
    if (entry.seq > through) break;
    const { turns } = readBatch(entry, fleet.rig.fleet, undefined);
    for (const [index, turn] of turns.entries()) {
      ids.push(...publicEvents(turn, entry.seq, index).map(({ id }) => id));
    }
  }
  return ids;
}

describe("an observer with a plain client", () => {
  test("ACC-056: reads JSON events in order, each whole, none left out", async () => {
    for (let n = 0; n < 20; n += 1) {
      await agent.ask("Reserve", hold());
      await agent.ask("Release", { reservation: "none" });
    }
    const last = await agent.ask("PlaceBet", {
      ...{ bet: "bet-1", game: "dice", stake: "1", clientSeed: "plain-seed" },
      params: { direction: "over", threshold: 50 },
    });
    await seen.until(({ event }) => event["type"] === "BetSettled", "the bet's result");
    const ids = seen.seen.map(idOf);
    const through = partsOf(ids.at(-1) ?? "")[0] ?? 0;
    expect(through).toBeGreaterThanOrEqual(last.seq);
    for (const [i, id] of ids.slice(1).entries()) expect(isAfter(id, ids[i] ?? ""), id).toBe(true);
    const all = await idsInJournal(through);
    const from = all.indexOf(ids[0] ?? "");
    expect(from).toBeGreaterThanOrEqual(0);
    expect(ids).toEqual(all.slice(from, from + ids.length));
  });

  test("ACC-057: each event says id, seq, time, agent, type and cause, and its subject fits", async () => {
    // The feed tells its marks by its own clock: a quick machine gets here before they came.
    await seen.until(({ event }) => event["type"] === "MarksSet", "the first marks");
    for (const { subject, event } of seen.seen) {
      expect(event).toMatchObject({
        ...{ id: expect.stringMatching(/^\d+\.\d+\.\d+$/), seq: expect.any(Number) },
        ...{ time: expect.any(Number), agent: expect.any(String) },
        ...{ type: expect.any(String), cause: expect.any(String) },
      });
      expect(event["cause"]).not.toBe("");
      expect(subject).toBe(`fleet.demo.evt.${event["agent"]}.${event["type"]}`);
    }
    const types = new Set(seen.seen.map(({ event }) => event["type"]));
    for (const type of ["ReservationHeld", "Rejected", "BetPlaced", "BetSettled", "MarksSet"]) {
      expect(types, type).toContain(type);
    }
    const held = seen.seen.find(({ event }) => event["type"] === "ReservationHeld")?.event;
    expect(held).toMatchObject({ agent: "drill-a", amount: "1" });
    expect(held?.["cause"]).toMatch(/^Reserve drill-a\//);
  });

  test("ACC-058: who comes late reads the kept events from the first on", async () => {
    const late = await plainClient("observer");
    const ids: string[] = [];
    const upTo = idOf(seen.seen.at(-1) as Seen);
    for (let next = 1; ids.at(-1) !== upTo; ) {
      const ask = JSON.stringify({ seq: next, next_by_subj: "fleet.demo.evt.>" });
      const kept = await late.request("$JS.API.DIRECT.GET.EVENTS_demo", ask, { timeout: 5_000 });
      expect(kept.headers?.code ?? 0).toBe(0);
      ids.push(String(kept.json<Record<string, unknown>>()["id"]));
      next = Number(kept.headers?.get("Nats-Sequence")) + 1;
    }
    const through = partsOf(upTo)[0] ?? 0;
    const all = await idsInJournal(through);
    expect(ids).toEqual(all.slice(0, ids.length));
    expect(ids.at(-1)).toBe(upTo);
  });

  test("ACC-059: has nothing to say: what it publishes is refused", async () => {
    const client = await plainClient("observer");
    const mine = ["fleet.demo.ops.SetMode", "fleet.demo.cmd.drill-a.Reserve"];
    const others = ["fleet.demo.evt.fleet.Forged", "fleet.demo.journal", "$JS.API.STREAM.NAMES"];
    expect(await refusals(client, [...mine, ...others])).toEqual([...mine, ...others]);
  });
});

/** Publishes on each subject, and answers which of them the broker refused. */
async function refusals(client: NatsConnection, subjects: readonly string[]): Promise<string[]> {
  const refused: string[] = [];
  const statuses = client.status();
  void (async () => {
    for await (const status of statuses) {
      if (status.type !== "error") continue;
      const { error } = status;
      if (error instanceof errors.PermissionViolationError) refused.push(error.subject);
    }
  })();
  for (const subject of subjects) {
    client.publish(subject, "{}");
    await client.flush();
  }
  await new Promise(setImmediate);
  return refused;
}

describe("an agent's key in a plain client", () => {
  test("ACC-056: cannot speak as another, nor to the operator's, the journal's or the broker's subjects", async () => {
    const client = await plainClient("drill-a");
    const subjects = [
      ...["fleet.demo.cmd.drill-b.Reserve", "fleet.demo.ops.SetMode", "fleet.demo.journal"],
      ...["fleet.demo.evt.drill-a.Forged", "fleet.demo.beat.drill-b", "_INBOX_drill-b.x"],
      ...["$JS.API.INFO", "$JS.API.STREAM.DELETE.JOURNAL_demo", "$JS.API.STREAM.CREATE.EVIL"],
      ...["$JS.API.STREAM.MSG.GET.JOURNAL_demo", "$JS.API.CONSUMER.CREATE.EVENTS_demo"],
      ...["$KV.CORE_demo.lease", "$SRV.PING", "$SYS.REQ.USER.INFO"],
    ];
    expect(await refusals(client, subjects)).toEqual(subjects);
  });

  test("ACC-057: cannot hear another's replies, commands or the journal", async () => {
    const client = await plainClient("drill-a");
    const heard: string[] = [];
    const deaf: string[] = [];
    const subjects = [
      ...["_INBOX_drill-b.>", "_INBOX.>", "_INBOX_*.>", ">", "fleet.>", "fleet.demo.cmd.>"],
      ...["fleet.demo.cmd.drill-b.*", "fleet.demo.evt.drill-b.>", "fleet.demo.journal", "$JS.>"],
    ];
    for (const subject of subjects) {
      client.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) heard.push(message.subject);
          else deaf.push(subject);
        },
      });
    }
    await client.flush();
    const other = await fleet.rig.caller(agentId("drill-b"));
    expect(await other.ask("Reserve", hold())).toMatchObject({ ok: true });
    await client.flush();
    expect(deaf.toSorted()).toEqual(subjects.toSorted());
    expect(heard).toEqual([]);
  });

  test("ACC-058: cannot aim the coordinator's reply: it is dropped and counted", async () => {
    const client = await plainClient("drill-a");
    const targets = [
      ...["fleet.demo.evt.drill-a.Forged", "fleet.demo.evt.fleet.Forged", "fleet.demo.journal"],
      ...["$JS.API.STREAM.DELETE.JOURNAL_demo", "$JS.API.STREAM.PURGE.EVENTS_demo"],
      ...["$KV.CORE_demo.lease", "_INBOX_drill-b.x", "_INBOX_operator.x", "fleet.demo.ops.SetMode"],
    ];
    const dropped = async (): Promise<number> =>
      (await fleet.operator.status()).process.refusedAtDoor["bad_reply"] ?? 0;
    const before = await dropped();
    await fleet.audit.catchUp();
    const decided = fleet.audit.decided.size;
    for (const [i, reply] of targets.entries()) {
      const body = encode({ id: `aimed-${i}`, exp: Date.now() + 60_000, ...hold() });
      client.publish("fleet.demo.cmd.drill-a.Reserve", body, { reply });
    }
    await client.flush();
    await eventually(
      async () => (await dropped()) - before === targets.length || undefined,
      "the count of what was dropped",
    );
    await fleet.audit.catchUp();
    expect(fleet.audit.decided.size).toBe(decided);
    expect([...fleet.audit.broken]).toEqual([]);
    expect(seen.seen.filter(({ subject }) => subject.endsWith(".Forged"))).toEqual([]);
    expect(await agent.ask("Reserve", hold())).toMatchObject({ ok: true });
  });
});
