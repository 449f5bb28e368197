/** A broker that greets late: given up at once, or tried again by who knows that it is there. */
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fleetId } from "../../src/core/ids.ts";
import { connectUser } from "../../src/wire/connect.ts";
import { ensureUsers } from "../../src/wire/credentials.ts";

let credentials = "";
let server: Server;
let callers = 0;
const open = new Set<Socket>();

beforeAll(async () => {
  credentials = await mkdtemp(join(tmpdir(), "flotilla-late-"));
  await ensureUsers(credentials, fleetId("late"), []);
  // Takes every caller and never says a word.
  server = createServer((socket) => {
    callers += 1;
    open.add(socket.on("error", () => undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  for (const socket of open) socket.destroy();
  server.close();
  await rm(credentials, { recursive: true, force: true });
});

const connecting = (patienceMs?: number): Promise<unknown> => {
  callers = 0;
  const { port } = server.address() as AddressInfo;
  return connectUser({
    ...{ url: `nats://127.0.0.1:${port}`, credentials, user: "observer" as const },
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
};

test("CON-007: a greeting that does not come is a fault, after one try or as many as there is patience for", async () => {
  await expect(connecting()).rejects.toThrow("timeout");
  expect(callers).toBe(1);
  await expect(connecting(2_500)).rejects.toThrow("timeout");
  expect(callers).toBe(2);
});

test("CON-008: no patience is had with a broker that is not there", async () => {
  const { port } = server.address() as AddressInfo;
  const url = `nats://127.0.0.1:${port === 1 ? 2 : 1}`;
  const began = performance.now();
  const none = connectUser({ url, credentials, user: "observer", patienceMs: 20_000 });
  await expect(none).rejects.toThrow();
  expect(performance.now() - began).toBeLessThan(10_000);
});

test("CON-009: one that is being started anew is tried again as long as it is, and then no more", async () => {
  const url = "nats://127.0.0.1:1";
  let asked = 0;
  const isComing = (): boolean => {
    asked += 1;
    return asked < 4;
  };
  const as = { credentials, user: "observer" } as const;
  await expect(connectUser({ url, ...as, patienceMs: 20_000, isComing })).rejects.toThrow();
  expect(asked).toBe(4);
  await expect(connectUser({ url, ...as, isComing })).rejects.toThrow();
  expect(asked).toBe(4);
});
