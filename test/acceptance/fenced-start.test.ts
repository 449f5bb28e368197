/** A coordinator that is elected and fenced before its first append: it must not hang on to the lease. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OpenBatch } from "../../src/runtime/batches.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { type Connections, Coordinator } from "../../src/runtime/coordinator.ts";
import { readFleetFile } from "../../src/runtime/fleet-file.ts";
import { silentLog } from "../../src/runtime/log.ts";
import type { Connection } from "../../src/wire/connect.ts";
import { headFile } from "../../src/wire/head-memory.ts";
import { isDeadHolder, thisHolder } from "../../src/wire/holder.ts";
import { jetStreamJournal } from "../../src/wire/journal-jetstream.ts";
import { provision } from "../../src/wire/provision.ts";
import { snapshotFile } from "../../src/wire/snapshot-store.ts";
import { journalSubject, type Role, roleUser } from "../../src/wire/subjects.ts";
import { Rig } from "../drill/rig.ts";
import { Watch } from "../drill/watch.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterAll(() => rig?.close());

/** Another writer appends just before this connection's first message to the journal. */
async function meddled(connection: Connection): Promise<Connection> {
  const { fleet } = rig;
  const other = jetStreamJournal({ connection: await rig.connect("c_journal"), fleet });
  let done = false;
  const request: Connection["request"] = async (subject, ...rest) => {
    if (subject === journalSubject(fleet) && !done) {
      done = true;
      const head = await other.head();
      await other.append(head, new OpenBatch().close(fleet, 0, head.hash));
    }
    return connection.request(subject, ...rest);
  };
  return new Proxy(connection, {
    get: (target, key) => {
      if (key === "request") return request;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function connections(): Promise<Connections> {
  const as = (role: Role) => rig.connect(roleUser(role));
  const provisioner = await as("provisioner");
  await provision(provisioner, rig.fleet);
  return {
    provisioner,
    responder: await as("responder"),
    operations: await as("operations"),
    journal: await meddled(await as("journal")),
    projector: await as("projector"),
    lease: await as("lease"),
    service: await as("service"),
  };
}

describe("an election that cannot be journaled", () => {
  test("ACC-014: fenced at its first append it stands by, and leads by replay", async () => {
    const phases = new Watch<string>();
    const venue = await rig.venue();
    const coordinator = new Coordinator({
      connect: connections,
      headPlace: headFile(join(rig.home, "head.json")),
      snapshots: snapshotFile(join(rig.home, "snapshot.bin")),
      ...{ holder: thisHolder(), isDead: isDeadHolder, clock: systemClock() },
      ...{ file: await readFleetFile(rig.file), venue, log: silentLog },
      onPhase: (phase) => phases.push(phase),
    });
    const ended = coordinator.run();
    await phases.until((phase) => phase === "leading", "leading");
    const turns = ["standby", "recovering"];
    expect(phases.seen.filter((phase, i, all) => phase !== all[i - 1])).toEqual(
      ["connecting", ...turns, ...turns, "leading"].slice(-phases.seen.length),
    );
    await coordinator.drain();
    await ended;
    expect(coordinator.phase).toBe("stopped");
    await venue.close();
  });
});
