/** Strategies that throw or never return, run as real processes: frozen, named, and nobody else waits for them. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import pc from "picocolors";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentId } from "../../src/core/ids.ts";
import { readBatch } from "../../src/runtime/batches.ts";
import { statusPage } from "../../src/surface/cli/status-text.ts";
import { EMPTY_HEAD } from "../../src/wire/journal.ts";
import type { Caller } from "../drill/caller.ts";
import { eventually } from "../drill/watch.ts";
import { hold, type Led, led } from "./led.ts";

const LEASE_MS = 3_000;
const HUNG_AFTER_MS = 2_000;
/** Five lives, each of which loads its program on a busy machine. */
const CONTAINED_MS = 80_000;

let fleet: Led;
let good: Caller;
/** Asks as a neighbour all the while; each answer must be a yes. */
let asking: NodeJS.Timeout;
const answers: Promise<{ readonly ok: boolean }>[] = [];

beforeAll(async () => {
  fleet = await led({
    agents: [
      { agent: "drill-a", services: ["trading"] },
      { agent: "thrower", services: ["trading"] },
      { agent: "hanger", services: ["trading"], leaseMs: LEASE_MS },
      { agent: "sleeper", services: ["trading"] },
      { agent: "quitter", services: ["trading"] },
    ],
  });
  good = await fleet.rig.caller(agentId("drill-a"));
  asking = setInterval(() => answers.push(good.ask("Reserve", hold({ ttlMs: 2_000 }))), 100);
});
afterAll(async () => {
  clearInterval(asking);
  await fleet?.rig.close();
});

/** As deaf as `for (;;);`, and leaves the processor to the others of a busy machine. */
const BLOCKS = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);";

/** A built module that exports a specialist whose strategy has this body. */
async function moduleOf(name: string, body: string): Promise<string> {
  const path = join(fleet.rig.layout.dir, `${name}.mjs`);
  const config = "{ safeParse: (data) => ({ success: true, data }) }";
  await writeFile(
    path,
    `export const specialist = { name: "${name}", service: "trading", config: ${config},
      begin: () => 0, intervalMs: () => 500, strategy: () => { ${body} } };`,
  );
  return path;
}

/** Resolves when the operator's view shows that this agent may only reduce. */
const contained = (agent: string): Promise<unknown> =>
  eventually(
    async () => {
      const { agents } = await fleet.operator.status();
      return agents.some((one) => one.agent === agent && one.mode === "reduce") || undefined;
    },
    `${agent} contained`,
    CONTAINED_MS,
  );

/** The first event of a type about an agent in the journal. */
async function eventOf(type: string, agent: string): Promise<unknown> {
  let hash = EMPTY_HEAD.hash;
  for await (const entry of fleet.audit.journal.read(1)) {
    const { turns } = readBatch(entry, fleet.rig.fleet, hash);
    hash = entry.hash;
    for (const event of turns.flatMap((turn) => turn.events)) {
      if (event.type === type && "agent" in event && event.agent === agent) return event;
    }
  }
  return undefined;
}

async function neighbourServed(): Promise<void> {
  const heard = await Promise.all(answers.splice(0));
  expect(heard.length).toBeGreaterThan(5);
  expect(heard.filter(({ ok }) => !ok)).toEqual([]);
}

const told = async (): Promise<string> =>
  statusPage(await fleet.operator.status(), pc.createColors(false)).join("\n");

describe("broken strategies", () => {
  test("ACC-093: one that throws at every look is contained for failing, and status says so", async () => {
    const { rig } = fleet;
    const module = await moduleOf("thrower", `throw new Error("no such market");`);
    rig.startAgent("thrower", { module });
    const failed = await rig.phase("thrower", "failed");
    expect(failed.line["why"]).toBe("the strategy of thrower broke: no such market");
    await contained("thrower");
    expect(await eventOf("AgentContained", "thrower")).toMatchObject({
      ...{ cause: "failing", count: 5 },
    });
    expect(await told()).toContain(
      "thrower is in mode reduce: contained: it fails again and again",
    );
    const caller = await rig.caller(agentId("thrower"));
    expect(await caller.ask("Reserve", hold())).toMatchObject({ code: "reduce_only" });
    await rig.stop("thrower", 0);
    await neighbourServed();
  }, 100_000);

  test("ACC-094: one that never returns loses its lease: frozen, and told as silent", async () => {
    const { rig, operator } = fleet;
    const module = await moduleOf("hanger", "for (;;);");
    rig.startAgent("hanger", { module });
    // It has just renewed its lease: what ends from here on ends by its silence.
    await rig.phase("hanger", "running");
    await eventually(async () => {
      const { agents } = await operator.status();
      return (
        agents.some(({ agent, phase }) => agent === "hanger" && phase === "expired") || undefined
      );
    }, "the lease of hanger over");
    expect(await eventOf("LeaseExpired", "hanger")).toMatchObject({ agent: "hanger" });
    expect(await told()).toMatch(/hanger is silent: its lease was not renewed, ran out .* ago/);
    const caller = await rig.caller(agentId("hanger"));
    expect(await caller.ask("Reserve", hold())).toMatchObject({ code: "lease_expired" });
    await rig.stop("hanger", 0);
    await neighbourServed();
  }, 60_000);

  test("ACC-095: under supervision it is ended for saying nothing, told as hung, and started anew", async () => {
    const { rig } = fleet;
    const module = await moduleOf("sleeper", BLOCKS);
    rig.startAgent("sleeper", { module, hungAfterMs: HUNG_AFTER_MS });
    const dead = await rig.phase("sleeper", "dead");
    expect(dead.line).toMatchObject({ signal: "SIGKILL", hungMs: HUNG_AFTER_MS });
    await rig.anyPhase(
      "sleeper",
      ["connecting", "syncing", "running"],
      rig.told.seen.indexOf(dead),
    );
    await neighbourServed();
  }, 60_000);

  test.each([
    ["hangs", "sleeper", undefined],
    ["ends its process", "quitter", "process.exit(1);"],
  ])(
    "ACC-096: one that %s in each of its lives is contained for failing, though each renews its lease",
    async (_, agent, body) => {
      const { rig } = fleet;
      if (body !== undefined) rig.startAgent(agent, { module: await moduleOf(agent, body) });
      await contained(agent);
      expect(await eventOf("AgentContained", agent)).toMatchObject({ cause: "failing", count: 5 });
      expect(await eventOf("LeaseExpired", agent)).toBeUndefined();
      expect(await told()).toContain(
        `${agent} is in mode reduce: contained: it fails again and again`,
      );
      await rig.stop(agent, 0);
      await neighbourServed();
    },
    100_000,
  );
});
