/** Starts and ends: a clean drain, other brokers, none at all, and a specialist that dies. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentId } from "../../src/core/ids.ts";
import { defaultCacheDir, findServer, serversHere } from "../../src/wire/server-find.ts";
import { canSyncAlways, formatVersion } from "../../src/wire/server-version.ts";
import { settledBooks } from "../drill/venue-books.ts";
import { eventually } from "../drill/watch.ts";
import { hold, type Led, led } from "./led.ts";

describe("an end and another start", () => {
  test("ACC-060: SIGTERM drains; the second start goes on from the same head", async () => {
    const { rig, operator, audit } = await led();
    try {
      const agent = await rig.caller(agentId("drill-a"));
      // Under way when the signal comes: each is either decided and answered, or never happened.
      const asked = Array.from({ length: 50 }, () => agent.ask("Reserve", hold()));
      await asked[0];
      await rig.stop("coordinator");
      await audit.catchUp();
      const ended = audit.head;
      const kept = JSON.parse(
        await readFile(join(rig.layout.dir, "coordinator", "head.json"), "utf8"),
      );
      expect(kept).toEqual({ seq: ended.seq, hash: ended.hash });
      const from = rig.told.seen.length;
      rig.startCoordinator();
      await rig.phase("coordinator", "leading", from);
      const replies = await Promise.all(asked);
      for (const reply of replies) expect(reply).toMatchObject({ ok: true });
      const recovered = (await rig.log("coordinator"))
        .split("\n")
        .findLast((line) => line.includes('"recovered"'));
      // The snapshot of the drain is of the last message: there is nothing to fold.
      expect(JSON.parse(recovered ?? "{}")).toMatchObject({
        ...{ head: ended.seq, from: ended.seq, turns: 0, note: "", epoch: 2 },
      });
      await audit.catchUp();
      expect(audit.epochs.at(-1)).toEqual({ seq: ended.seq + 1, epoch: 2 });
      expect(audit.twice).toEqual([]);
      const status = await operator.status();
      expect(status.conserved).toBe(true);
      expect(status.process.headSeq).toBeGreaterThan(ended.seq);
    } finally {
      await rig.close();
    }
  });
});

describe("brokers", () => {
  test("ACC-070: every nats-server that is here runs a fleet, and says how durable it is", async () => {
    await findServer({ env: process.env });
    const all = await serversHere(process.env, defaultCacheDir(process.env));
    const versions = new Map(all.map((one) => [formatVersion(one.version), one]));
    expect(versions.size).toBeGreaterThan(0);
    for (const [version, binary] of versions) {
      const { rig, audit } = await led({ binary });
      try {
        const { always, text } = rig.broker.durability;
        console.log(`nats-server ${version}: ${text}`);
        expect(rig.broker.facts.version).toBe(version);
        expect(always).toBe(canSyncAlways(binary.version));
        expect(text).toMatch(always ? /^fsync on every commit$/ : /a power cut can lose/);
        const agent = await rig.caller(agentId("drill-a"));
        expect(await agent.ask("Reserve", hold())).toMatchObject({ ok: true });
        await audit.catchUp();
        expect([...audit.broken]).toEqual([]);
      } finally {
        await rig.close();
      }
    }
  });

  test("ACC-071: without any nats-server one line says what to do", async () => {
    const cacheDir = await mkdtemp(join(tmpdir(), "flotilla-none-"));
    const none = findServer({ env: { PATH: "" }, cacheDir, fetch: false, systemDirs: [] });
    const fault = await none.then(
      () => undefined,
      (cause: unknown) => cause as Error & { code?: string },
    );
    expect(fault?.code).toBe("no-nats-server");
    expect(fault?.message).toMatch(/install one .*apt-get install nats-server.*NATS_URL/);
    expect(fault?.message).not.toContain("\n");
    await rm(cacheDir, { recursive: true, force: true });
  });
});

/** Delivered and released within minutes of the market's time, or refunded soon after. */
const DEAL = {
  ...{ counterparty: "out-data-1", amount: "12", timeoutMs: 600_000 },
  description: "order book snapshots",
};

describe("a specialist that is killed", () => {
  let fleet: Led;
  beforeAll(async () => {
    fleet = await led({
      agents: [
        {
          agent: "escrow",
          kind: "escrow",
          config: { buy: [DEAL], sell: [] },
          services: ["escrow"],
        },
        { agent: "casino", kind: "casino", services: ["casino"] },
      ],
    });
    for (const { agent } of fleet.rig.agents) fleet.rig.startAgent(agent);
  });
  afterAll(() => fleet?.rig.close());

  test("ACC-080: is started anew and ends what it had begun, once", {
    timeout: 90_000,
  }, async () => {
    const { rig, audit } = fleet;
    const open = await eventually(async () => {
      await audit.catchUp();
      const { escrows, bets } = audit.state;
      const under = [...escrows.values()].filter(
        ({ role, phase }) => role === "pay" && phase === "funded",
      );
      return under.length > 0 && bets.size > 0 ? under.map(({ escrow }) => escrow) : undefined;
    }, "an escrow under way");
    const from = rig.told.seen.length;
    const settled = audit.state.counts.get("BetSettled") ?? 0;
    await Promise.all([rig.kill("escrow"), rig.kill("casino")]);
    await rig.phase("escrow", "running", from);
    await rig.phase("casino", "running", from);
    await eventually(
      async () => {
        await audit.catchUp();
        const { escrows, counts } = audit.state;
        const over = open.every((id) => {
          const phase = escrows.get(`escrow/${id}`)?.phase ?? "released";
          return phase !== "funded" && phase !== "delivered";
        });
        return (over && (counts.get("BetSettled") ?? 0) > settled) || undefined;
      },
      "the end of what was under way",
      60_000,
    );
    expect(audit.twice).toEqual([]);
    expect([...audit.broken]).toEqual([]);
    const venue = await rig.venue();
    for (const { agent } of rig.agents) await rig.stop(agent);
    expect(await settledBooks(audit, venue)).toEqual([]);
    await venue.close();
  });
});
