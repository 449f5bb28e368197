/** Agents that flood, forge, talk nonsense or fail: real processes, a real broker, and neighbours that go on. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentId } from "../../src/core/ids.ts";
import { readBatch } from "../../src/runtime/batches.ts";
import { encode } from "../../src/wire/codec-encode.ts";
import { EMPTY_HEAD } from "../../src/wire/journal.ts";
import { beatSubject, inboxPrefix } from "../../src/wire/subjects.ts";
import type { Caller } from "../drill/caller.ts";
import { eventually } from "../drill/watch.ts";
import { rawClient } from "../wire/raw.ts";
import { hold, type Led, led } from "./led.ts";

const BAD = ["flooder", "forger", "babbler", "faller", "liar"] as const;
const FLOOD = 10_000;

let fleet: Led;
let good: Caller;
beforeAll(async () => {
  fleet = await led({
    agents: [
      { agent: "drill-a", services: ["trading"] },
      ...BAD.map((agent) => ({ agent, services: ["trading"] })),
    ],
    rate: { perSecond: 200, burst: 400 },
  });
  good = await fleet.rig.caller(agentId("drill-a"));
});
afterAll(() => fleet?.rig.close());

/** Resolves when the operator's view shows that this agent may only reduce. */
const contained = (agent: string): Promise<unknown> =>
  eventually(async () => {
    const { agents } = await fleet.operator.status();
    return agents.some((one) => one.agent === agent && one.mode === "reduce") || undefined;
  }, `${agent} contained`);

/** What the journal says of why. */
async function told(agent: string): Promise<unknown> {
  let hash = EMPTY_HEAD.hash;
  for await (const entry of fleet.audit.journal.read(1)) {
    const { turns } = readBatch(entry, fleet.rig.fleet, hash);
    hash = entry.hash;
    for (const event of turns.flatMap((turn) => turn.events)) {
      if (event.type === "AgentContained" && event.agent === agent) return event;
    }
  }
  return undefined;
}

describe("containment over the wire", () => {
  test("ACC-040: 10,000 intents at once: its margin is frozen, the neighbour is served throughout", async () => {
    const { rig } = fleet;
    const flooder = agentId("flooder");
    const raw = await rawClient(rig.broker.port, rig.layout.keys, flooder);
    const subject = `fleet.${rig.fleet}.cmd.flooder.Reserve`;
    const answers: Promise<unknown>[] = [];
    for (let n = 0; n < FLOOD; n += 1) {
      const bytes = encode({ id: `f-${n}`, exp: Date.now() + 60_000, ...hold() });
      raw.write(`PUB ${subject} ${inboxPrefix(flooder)}.x ${bytes.length}\r\n`);
      raw.write(bytes);
      raw.write("\r\n");
      if (n % 500 === 0) answers.push(good.ask("Reserve", hold()));
    }
    for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ ok: true });
    await contained("flooder");
    // At its pace again after its first break, or, where more of it was on its way, by the whole count.
    const bounds = [
      { cause: "flood", count: 20, windowMs: 40 },
      { cause: "flood", count: 500, windowMs: 1_000 },
    ].map((bound) => expect.objectContaining(bound));
    expect(bounds).toContainEqual(await told("flooder"));
    raw.end();
    const caller = await rig.caller(flooder);
    expect(await caller.ask("Reserve", hold())).toMatchObject({ code: "reduce_only" });
    expect(await good.ask("Reserve", hold())).toMatchObject({ ok: true });
  });

  test("ACC-041: answers aimed at others' inboxes are dropped, and the forger is contained", async () => {
    const { rig } = fleet;
    const forger = agentId("forger");
    const raw = await rawClient(rig.broker.port, rig.layout.keys, forger);
    for (let n = 0; n < 25; n += 1) {
      const bytes = encode({ id: `g-${n}`, exp: Date.now() + 60_000 });
      raw.write(`PUB fleet.${rig.fleet}.cmd.forger.View _INBOX_drill-a.x ${bytes.length}\r\n`);
      raw.write(bytes);
      raw.write("\r\n");
    }
    await contained("forger");
    expect(await told("forger")).toMatchObject({ cause: "forgery", count: 20 });
    raw.end();
  });

  test("ACC-042: who sends what is no command is contained", async () => {
    const { rig } = fleet;
    const babbler = await rig.caller(agentId("babbler"));
    for (let n = 0; n < 100; n += 1) {
      expect(await babbler.send("Reserve", Uint8Array.of(0xc1))).toMatchObject({
        code: "malformed",
      });
    }
    await contained("babbler");
    expect(await told("babbler")).toMatchObject({ cause: "nonsense" });
  });

  test("ACC-043: who fails again and again is contained", async () => {
    const { rig } = fleet;
    const connection = await rig.connect(agentId("faller"));
    for (let n = 0; n < 5; n += 1) {
      connection.publish(beatSubject(rig.fleet, agentId("faller")), encode({ phase: "failed" }));
    }
    await contained("faller");
    expect(await told("faller")).toMatchObject({ cause: "failing", count: 5 });
  });

  test("ACC-045: who claims what the books contradict is contained, and `status` says why", async () => {
    const liar = await fleet.rig.caller(agentId("liar"));
    for (let n = 0; n < 60; n += 1) {
      const answer = await liar.ask("Release", { reservation: `never-${n}` });
      expect(answer).toMatchObject({ code: "unknown_reservation" });
    }
    await contained("liar");
    expect(await told("liar")).toMatchObject({ cause: "lies", count: 50 });
    expect(await liar.ask("Reserve", hold())).toMatchObject({ code: "reduce_only" });
    const { kills } = await fleet.operator.status();
    const reason = expect.stringContaining("what the books contradict (50 times within 60 s)");
    expect(kills).toContainEqual(
      expect.objectContaining({ scope: "liar", mode: "reduce", reason }),
    );
  });

  test("ACC-046: who is refused for want of margin is not: that is no lie", async () => {
    for (let n = 0; n < 60; n += 1) {
      const more = await good.ask("Reserve", hold({ amount: "49999" }));
      if (!more.ok) expect(more).toMatchObject({ code: "cap_exceeded" });
    }
    const { agents } = await fleet.operator.status();
    expect(agents.find(({ agent }) => agent === "drill-a")?.mode).toBe("run");
  });

  test("ACC-044: the operator lets it open again, and the neighbour never noticed", async () => {
    const babbler = await fleet.rig.caller(agentId("babbler"));
    const run = { agent: "babbler", mode: "run", reason: "mended" };
    expect(await fleet.operator.ask("SetMode", run)).toMatchObject({ ok: true });
    expect(await babbler.ask("Reserve", hold())).toMatchObject({ ok: true });
    expect(await good.ask("Reserve", hold())).toMatchObject({ ok: true });
  });
});
