/** The tools of NATS find a running fleet: the coordinator, its standby, and each agent that lives. */
import { Svcm } from "@nats-io/services";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../drill/watch.ts";
import { type Led, led } from "./led.ts";

let fleet: Led;
let client: ReturnType<Svcm["client"]>;

beforeAll(async () => {
  const agents = [
    { agent: "casino", kind: "casino", services: ["casino"] },
    { agent: "trader", kind: "trading", services: ["trading"] },
  ];
  fleet = await led({ fleet: "found", agents });
  client = new Svcm(await fleet.rig.connect("operator")).client({
    strategy: "timer",
    maxWait: 300,
  });
});
afterAll(() => fleet?.rig.close());

async function names(): Promise<string[]> {
  const found: string[] = [];
  for await (const each of await client.ping()) found.push(each.name);
  return found.sort();
}
const found = (wanted: readonly string[]): Promise<unknown> =>
  eventually(
    async () => JSON.stringify(await names()) === JSON.stringify(wanted) || undefined,
    `found: ${wanted.join(", ")}`,
  );

test("ACC-090: the leader and every agent that lives are found, and not one that stopped", async () => {
  const { rig } = fleet;
  await found(["coordinator"]);
  rig.startAgent("casino");
  rig.startAgent("trader");
  await found(["coordinator", "specialist-casino", "specialist-trader"]);
  await rig.stop("casino");
  await found(["coordinator", "specialist-trader"]);
});

test("ACC-091: a standby is found as one, and speaks for no agent", async () => {
  fleet.rig.startCoordinator("standby");
  await fleet.rig.phase("standby", "standby");
  await found(["coordinator", "coordinator", "specialist-trader"]);
  const phases: string[] = [];
  for await (const each of await client.info("coordinator")) {
    phases.push(each.metadata?.["phase"] ?? "");
    expect(each.metadata?.["fleet"]).toBe("found");
  }
  expect(phases.sort()).toEqual(["leading", "standby"]);
});

test("ACC-092: stats say how far the ledger is and what was refused at the door", async () => {
  const agent = await fleet.rig.caller("operator");
  await agent.status();
  const { seq } = await agent.status();
  const data: { seq: number; waiting: number; refusedAtDoor: object }[] = [];
  for await (const { metadata, endpoints } of await client.stats("coordinator")) {
    const [commands] = endpoints ?? [];
    if (metadata?.["phase"] === "leading") data.push(commands?.data as (typeof data)[number]);
  }
  expect(data).toHaveLength(1);
  expect(data[0]?.seq).toBeGreaterThanOrEqual(seq);
  expect(data[0]).toMatchObject({ refusedAtDoor: {} });
});
