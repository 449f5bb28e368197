/** Two coordinators of one fleet: one leads, the other stands by, and a stale one does no harm. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentId } from "../../src/core/ids.ts";
import { OpenBatch } from "../../src/runtime/batches.ts";
import { encode } from "../../src/wire/codec-encode.ts";
import { FencedError } from "../../src/wire/journal.ts";
import { jetStreamJournal } from "../../src/wire/journal-jetstream.ts";
import type { Caller } from "../drill/caller.ts";
import { allReports, checkVenue, settledBooks } from "../drill/venue-books.ts";
import { eventually } from "../drill/watch.ts";
import { hold, type Led, led } from "./led.ts";

const LEASE_MS = 1_200;
let fleet: Led;
let agent: Caller;
beforeAll(async () => {
  fleet = await led({ leaseMs: LEASE_MS });
  fleet.rig.startCoordinator("standby");
  await fleet.rig.phase("standby", "standby");
  agent = await fleet.rig.caller(agentId("drill-a"));
});
afterAll(() => fleet?.rig.close());

const phasesOf = (name: string): string[] =>
  fleet.rig.told.seen.filter((each) => each.name === name).map(({ phase }) => phase);

describe("two coordinators", () => {
  test("ACC-010: one leads, the other stands by and answers nothing", async () => {
    expect(await agent.ask("Reserve", hold())).toMatchObject({ ok: true });
    expect(phasesOf("coordinator").at(-1)).toBe("leading");
    expect(phasesOf("standby")).toEqual(
      ["connecting", "standby"].slice(-phasesOf("standby").length),
    );
    expect((await fleet.operator.status()).process.pid).toBe(fleet.rig.pidOf("coordinator"));
  });

  test("ACC-011: after kill -9 of the leader the standby takes over by itself", async () => {
    const { rig, audit } = fleet;
    const body = hold();
    const bytes = encode({ id: "before-the-kill", exp: Date.now() + 60_000, ...body });
    const before = await agent.send("Reserve", bytes);
    const from = rig.told.seen.length;
    await rig.kill("coordinator");
    await rig.phase("standby", "leading", from);
    expect(await agent.send("Reserve", bytes)).toEqual(before);
    expect(await agent.ask("Reserve", hold())).toMatchObject({ ok: true });
    expect((await fleet.operator.status()).process.pid).toBe(rig.pidOf("standby"));
    await audit.catchUp();
    expect(audit.epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(audit.twice).toEqual([]);
    await rig.phase("coordinator", "standby", from);
  });

  test("ACC-012: a leader held up past its lease is stale: nothing it wakes with is stored or sent", async () => {
    const { rig, audit } = fleet;
    const venue = await rig.venue();
    await settledBooks(audit, venue);
    const from = rig.told.seen.length;
    const order = { market: "btc-perp", side: "buy", qty: "0.001" };
    // Decided by the leader at the moment it is held up, and asked of its successor meanwhile.
    const first = agent.ask("PlaceOrder", { ...order, order: "stale-1" });
    rig.signal("standby", "SIGSTOP");
    await rig.phase("coordinator", "leading", from);
    expect(await first).toMatchObject({ ok: true });
    for (let n = 2; n < 8; n += 1) {
      expect(await agent.ask("PlaceOrder", { ...order, order: `stale-${n}` })).toMatchObject({
        ok: true,
      });
    }
    await audit.catchUp();
    const epoch = audit.epochs.at(-1)?.epoch ?? 0;
    // What was asked meanwhile lies before it when it wakes: it decides, and must not be heard.
    rig.signal("standby", "SIGCONT");
    await rig.phase("standby", "standby", from);
    expect(await rig.log("standby")).toMatch(/leads no more/);
    expect(await agent.ask("Reserve", hold())).toMatchObject({ ok: true });
    expect((await fleet.operator.status()).process.pid).toBe(rig.pidOf("coordinator"));
    expect(await settledBooks(audit, venue)).toEqual([]);
    expect(audit.epochs.at(-1)?.epoch).toBe(epoch);
    const found = await checkVenue(audit, rig.layout.venue, await allReports(venue));
    expect(found).toMatchObject({ duplicates: [], strangers: [], missing: [], unbooked: [] });
    expect(audit.twice).toEqual([]);
    await venue.close();
  });

  test("ACC-013: a leader whose append is refused stops, and leads again only by replay", async () => {
    const { rig, audit } = fleet;
    const journal = jetStreamJournal({
      connection: await rig.connect("c_journal"),
      fleet: rig.fleet,
    });
    const from = rig.told.seen.length;
    // Another writer: an empty batch that follows the last one, as a stale leader would append.
    await eventually(async () => {
      const head = await journal.head();
      const bytes = new OpenBatch().close(rig.fleet, 1, head.hash);
      try {
        return await journal.append(head, bytes);
      } catch (fault) {
        if (fault instanceof FencedError) return undefined;
        throw fault;
      }
    }, "the other writer's turn");
    await rig.phase("coordinator", "standby", from);
    expect(await rig.log("coordinator")).toMatch(/FencedError/);
    expect(await agent.ask("Reserve", hold())).toMatchObject({ ok: true });
    await audit.catchUp();
    expect(audit.twice).toEqual([]);
    expect([...audit.broken]).toEqual([]);
    await journal.close();
  });
});
