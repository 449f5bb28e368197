/** Keys are made once, kept, added to, and closed to others. */
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { agentId, fleetId, sourceId } from "../../src/core/ids.ts";
import { agentsWithKeys, ensureUsers, loadUser, seedFile } from "../../src/wire/credentials.ts";
import { ROLES, roleUser } from "../../src/wire/subjects.ts";
import { startBroker } from "./broker.ts";

const fleet = fleetId("test");
const trader = agentId("trader");
const casino = agentId("casino");
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "flotilla-keys-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

test("KEY-001: every user has a key of its own, in a file that others cannot read", async () => {
  const dir = join(root, "a");
  const users = await ensureUsers(dir, fleet, [trader, casino]);
  const names = [...ROLES.map(roleUser), "operator", "observer", "trader", "casino"];
  expect(users.map((each) => each.user).sort()).toEqual(names.sort());
  expect(new Set(users.map((each) => each.publicKey)).size).toBe(users.length);
  expect((await stat(dir)).mode & 0o077).toBe(0);
  for (const name of await readdir(dir)) {
    expect((await stat(join(dir, name))).mode & 0o777, name).toBe(0o600);
  }
});

test("KEY-002: keys are kept, and a new agent is added to them", async () => {
  const dir = join(root, "b");
  const before = await ensureUsers(dir, fleet, [trader]);
  const after = await ensureUsers(dir, fleet, [trader, casino]);
  for (const { user, publicKey } of before) {
    expect(after.find((each) => each.user === user)?.publicKey).toBe(publicKey);
  }
  expect(after.length).toBe(before.length + 1);
  expect(await agentsWithKeys(dir)).toEqual(["casino", "trader"]);
  expect(await agentsWithKeys(join(root, "nowhere"))).toEqual([]);
});

test("KEY-009: a source of prices has a key too, and keeps it where nobody names it", async () => {
  const dir = join(root, "i");
  const before = await ensureUsers(dir, fleet, [trader], [sourceId("index-a")]);
  const keyOf = (users: typeof before) => users.find(({ user }) => user === "f_index-a")?.publicKey;
  expect(keyOf(before)).toBeDefined();
  expect(keyOf(await ensureUsers(dir, fleet, [trader]))).toBe(keyOf(before));
  expect(await agentsWithKeys(dir)).toEqual(["trader"]);
});

test("KEY-003: a seed that others can read, or that is none, is refused and not replaced", async () => {
  const dir = join(root, "c");
  await ensureUsers(dir, fleet, [trader]);
  const path = seedFile(dir, trader);
  await chmod(path, 0o644);
  await expect(loadUser(dir, trader)).rejects.toThrow(/chmod 600/);
  await expect(ensureUsers(dir, fleet, [trader])).rejects.toThrow(/chmod 600/);
  await chmod(path, 0o600);
  await writeFile(path, "SUNONSENSE");
  await expect(ensureUsers(dir, fleet, [trader])).rejects.toMatchObject({ code: "credential" });
  expect(await readFile(path, "utf8")).toBe("SUNONSENSE");
  await expect(loadUser(dir, casino)).rejects.toThrow(/no credentials/);
});

test.each(["operator", "observer", "fleet"])("KEY-004: no agent can be named %s", async (name) => {
  const made = ensureUsers(join(root, "d"), fleet, [agentId(name)]);
  await expect(made).rejects.toMatchObject({ code: "credential" });
});

test("KEY-005: an agent that is added while the server runs can connect after a reload", async () => {
  const dir = join(root, "e");
  const broker = await startBroker({ fleet, users: await ensureUsers(dir, fleet, [trader]) });
  const first = await broker.connect(await loadUser(dir, trader));
  const responder = await broker.connect(await loadUser(dir, roleUser("responder")));
  let lost = false;
  void (async () => {
    for await (const status of first.status()) lost ||= status.type === "disconnect";
  })();
  const users = await ensureUsers(dir, fleet, [trader, casino]);
  const key = await loadUser(dir, casino);
  await expect(broker.connect({ ...key, reconnect: false })).rejects.toThrow(/[Aa]uthorization/);
  await broker.server.reload(async () => users);
  const second = await broker.connect({ ...key, reconnect: false });
  const heard = new Promise((resolve) => {
    second.subscribe(`${key.inboxPrefix}.1`, { callback: (_, msg) => resolve(msg.string()) });
  });
  await second.flush();
  responder.publish(`${key.inboxPrefix}.1`, "welcome");
  expect(await heard).toBe("welcome");
  expect([lost, first.isClosed()]).toEqual([false, false]);
  await broker.close();
});

test("KEY-006: an agent whose key is taken away is disconnected", async () => {
  const dir = join(root, "f");
  const users = await ensureUsers(dir, fleet, [trader, casino]);
  const broker = await startBroker({ fleet, users });
  const gone = await broker.connect({ ...(await loadUser(dir, casino)), reconnect: false });
  await broker.server.reload(async () => users.filter((each) => each.user !== casino));
  await gone.closed();
  expect(gone.isClosed()).toBe(true);
  await broker.close();
});

test("KEY-007: without a key nobody connects", async () => {
  const broker = await startBroker({ fleet, users: await ensureUsers(join(root, "g"), fleet, []) });
  await expect(broker.connect({ reconnect: false })).rejects.toThrow(/[Aa]uthorization/);
  await broker.close();
});
