/** One real nats-server for a test file: its own folder, its own port, gone at the end. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll } from "vitest";
import { type FleetId, fleetId } from "../../src/core/ids.ts";
import { type RunningServer, type ServerOptions, startServer } from "../../src/wire/nats-server.ts";
import { findServer, type ServerBinary } from "../../src/wire/server-find.ts";

export interface Broker {
  readonly fleet: FleetId;
  readonly dir: string;
  readonly binary: ServerBinary;
  readonly server: RunningServer;
  /** A connection that is closed with the broker. */
  connect(options?: Parameters<typeof connect>[0]): Promise<NatsConnection>;
  /** Starts it again in the same folder at the same port, after `server.stop` or `server.kill`. */
  restart(): Promise<RunningServer>;
  close(): Promise<void>;
}

/** A test that fails before it closes its broker leaves none behind. */
const started = new Set<Broker>();
afterAll(async () => {
  await Promise.all([...started].map((each) => each.close()));
});

/** Starts a broker. Without users everybody may do everything. */
export async function startBroker(
  options: Partial<Pick<ServerOptions, "users" | "binary" | "fleet" | "dir">> = {},
): Promise<Broker> {
  const fleet = options.fleet ?? fleetId("test");
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "flotilla-broker-")));
  const binary = options.binary ?? (await findServer({ env: process.env }));
  const users = options.users === undefined ? {} : { users: options.users };
  let server = await startServer({ binary, fleet, dir, ...users });
  const { port } = server;
  const connections: NatsConnection[] = [];
  const broker: Broker = {
    fleet,
    dir,
    binary,
    get server() {
      return server;
    },
    connect: async (more = {}) => {
      const connection = await connect({
        servers: server.url,
        reconnectTimeWait: 20,
        reconnectJitter: 0,
        maxReconnectAttempts: -1,
        ...more,
      });
      connections.push(connection);
      return connection;
    },
    restart: async () => {
      server = await startServer({ binary, fleet, dir, port, ...users });
      return server;
    },
    close: async () => {
      started.delete(broker);
      await Promise.all(connections.map((each) => each.close().catch(() => undefined)));
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
  started.add(broker);
  return broker;
}

/** Resolves at the next reconnect of a connection. */
export async function reconnected(connection: NatsConnection): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === "reconnect") return;
  }
}
