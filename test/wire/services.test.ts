/** Discovery on a real broker: asked by the library's own client and by hand, as the operator. */
import { Svcm } from "@nats-io/services";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { encode } from "../../src/wire/codec-encode.ts";
import { type BeatSaid, listenToBeats } from "../../src/wire/responder.ts";
import { openServices, type ServiceFacts, type Services } from "../../src/wire/services.ts";
import { fleet, type Probes, startProbes, trader } from "./probes.ts";

const COORDINATOR: ServiceFacts = {
  name: "coordinator",
  id: "c1",
  version: "1.2.3",
  description: "Margin authority of fleet test",
  started: Date.UTC(2024, 3, 12, 12),
  metadata: { fleet: "test", phase: "leading", epoch: "7" },
  endpoints: [
    {
      ...{ name: "commands", subject: "fleet.test.cmd.*.*", requests: 4, errors: 1, tookMs: 2 },
      data: { seq: 99, waiting: 3, refusedAtDoor: { malformed: 2 } },
    },
  ],
};
const specialist = (agent: string, id: string): ServiceFacts => ({
  ...{ name: `specialist-${agent}`, id, version: "1.2.3", description: "", started: 0 },
  ...{ metadata: { fleet: "test", agent, phase: "running" }, endpoints: [] },
});

let world: Probes;
let services: Services;
let living: ServiceFacts[];

beforeAll(async () => {
  world = await startProbes();
  const connection = await world.as("c_service");
  services = openServices({ connection, list: () => living });
  await connection.flush();
});
beforeEach(() => {
  living = [COORDINATOR, specialist("trader", "t1"), specialist("casino", "k1")];
});
afterAll(() => world.close());

/** Every answer that is there before the broker has passed on all that was sent. */
async function ask(subject: string): Promise<Record<string, unknown>[]> {
  const operator = await world.as("operator");
  const heard: Record<string, unknown>[] = [];
  const inbox = "_INBOX_operator.ask";
  const subscription = operator.subscribe(inbox, {
    callback: (_, msg) => void heard.push(msg.json()),
  });
  operator.publish(subject, "", { reply: inbox });
  const service = await world.as("c_service");
  // There and back: the question is with the service, its answers with the broker, and then here.
  await operator.flush();
  await service.flush();
  await service.flush();
  await operator.flush();
  subscription.unsubscribe();
  return heard;
}

describe("what a plain client asks", () => {
  test("SVC-001: a ping finds every service once, by the letter of the standard", async () => {
    const heard = await ask("$SRV.PING");
    expect(heard.map((each) => each["name"])).toEqual([
      "coordinator",
      "specialist-trader",
      "specialist-casino",
    ]);
    expect(heard[0]).toStrictEqual({
      type: "io.nats.micro.v1.ping_response",
      ...{ name: "coordinator", id: "c1", version: "1.2.3", metadata: COORDINATOR.metadata },
    });
  });

  test("SVC-002: stats tell the ledger's sequence, what waits and what was refused", async () => {
    expect(await ask("$SRV.STATS.coordinator")).toStrictEqual([
      {
        type: "io.nats.micro.v1.stats_response",
        ...{ name: "coordinator", id: "c1", version: "1.2.3", metadata: COORDINATOR.metadata },
        started: "2024-04-12T12:00:00.000Z",
        endpoints: [
          {
            ...{ name: "commands", subject: "fleet.test.cmd.*.*", queue_group: "" },
            ...{ num_requests: 4, num_errors: 1, last_error: "" },
            ...{ processing_time: 2_000_000, average_processing_time: 500_000 },
            data: { seq: 99, waiting: 3, refusedAtDoor: { malformed: 2 } },
          },
        ],
      },
    ]);
  });

  test("SVC-003: info tells what may be asked, and where", async () => {
    const [info, ...more] = await ask("$SRV.INFO.coordinator.c1");
    expect(more).toEqual([]);
    expect(info).toMatchObject({
      type: "io.nats.micro.v1.info_response",
      description: "Margin authority of fleet test",
      endpoints: [{ name: "commands", subject: "fleet.test.cmd.*.*", queue_group: "" }],
    });
  });

  test.each([
    ["$SRV.PING.specialist-trader", 1],
    ["$SRV.PING.specialist-trader.t1", 1],
    ["$SRV.PING.specialist-trader.t2", 0],
    ["$SRV.PING.nobody", 0],
    ["$SRV.PING.t1", 0],
    ["$SRV.PING.specialist-trader.t1.more", 0],
  ])("SVC-004: %s is answered by %d", async (subject, answers) => {
    expect(await ask(subject)).toHaveLength(answers);
  });

  test("SVC-005: who lives no more is not found any more", async () => {
    living = [COORDINATOR];
    expect(await ask("$SRV.PING")).toHaveLength(1);
    expect(await ask("$SRV.PING.specialist-trader")).toHaveLength(0);
  });
});

test("SVC-006: the library's own client reads ping, info and stats", async () => {
  const options = { strategy: "count", maxWait: 2_000, maxMessages: 3 } as const;
  const client = new Svcm(await world.as("operator")).client(options);
  const pings: string[] = [];
  for await (const each of await client.ping()) pings.push(`${each.name} ${each.id}`);
  expect(pings).toEqual(["coordinator c1", "specialist-trader t1", "specialist-casino k1"]);
  for await (const each of await client.info("coordinator", "c1")) {
    expect(each.endpoints[0]?.subject).toBe("fleet.test.cmd.*.*");
    break;
  }
  for await (const each of await client.stats("coordinator", "c1")) {
    expect(each.endpoints?.[0]?.data).toMatchObject({ seq: 99 });
    break;
  }
});

test("SVC-007: an answer goes into the operator's inbox or nowhere", async () => {
  const { badReply } = services.counts;
  const overheard: string[] = [];
  const subscription = world.spy.subscribe(">", {
    callback: (_, msg) => void overheard.push(msg.subject),
  });
  await world.spy.flush();
  const targets = [
    "fleet.test.evt.fleet.Forged",
    "fleet.test.ops.Revoke",
    "$KV.CORE_test.lease",
    "_INBOX_trader.x",
    "_INBOX_operator.a.>",
    "_INBOX_operator2.x",
  ];
  for (const reply of targets) world.spy.publish("$SRV.PING", "", { reply });
  world.spy.publish("$SRV.PING", "");
  await world.spy.flush();
  await (await world.as("c_service")).flush();
  await world.spy.flush();
  subscription.unsubscribe();
  expect(overheard.filter((each) => each !== "$SRV.PING")).toEqual([]);
  expect(services.counts.badReply - badReply).toBe(targets.length + 1);
});

test("SVC-008: a beat says its agent's phase, and counts that are numbers, and which start it is; beats of bad bytes count as beats", async () => {
  const heard: (BeatSaid & { readonly agent: string })[] = [];
  const responder = await world.as("c_responder");
  listenToBeats(responder, fleet, (agent, said) => heard.push({ agent, ...said }));
  await responder.flush();
  const agent = await world.as(trader);
  const counts = { decisions: 3, "<b>": 1, refused: -1, failures: "no" };
  for (const said of [
    { phase: "running", life: "m1-7", counts },
    { phase: "<b>", life: "<b>" },
    { phase: 7, life: 7 },
    null,
  ]) {
    agent.publish("fleet.test.beat.trader", encode(said));
  }
  agent.publish("fleet.test.beat.trader", Uint8Array.of(0xc1));
  await agent.flush();
  await responder.flush();
  const told = (phase: string, life = "", counts = {}) => ({
    agent: "trader",
    phase,
    life,
    counts,
  });
  expect(heard).toEqual([
    told("running", "m1-7", { decisions: 3 }),
    told(""),
    told(""),
    told(""),
    told(""),
  ]);
});
