/** A world to be probed: the generated configuration, every user, and a spy who hears all. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUser } from "@nats-io/nkeys";
import { errors, type NatsConnection, nkeyAuthenticator } from "@nats-io/transport-node";
import { agentId, fleetId, sourceId } from "../../src/core/ids.ts";
import { connectUser } from "../../src/wire/connect.ts";
import { ensureUsers } from "../../src/wire/credentials.ts";
import { provision } from "../../src/wire/provision.ts";
import { formatVersion } from "../../src/wire/server-version.ts";
import type { UserName } from "../../src/wire/subjects.ts";
import { type Broker, startBroker } from "./broker.ts";

export const fleet = fleetId("test");
export const trader = agentId("trader");
export const trader2 = agentId("trader2");
export const casino = agentId("casino");

export interface Probes {
  readonly broker: Broker;
  /** The folder with every user's seed. */
  readonly keys: string;
  /** May do everything in the fleet's account; for the test only. */
  readonly spy: NatsConnection;
  /** One connection for each user, kept. */
  as(user: UserName): Promise<NatsConnection>;
  /** Publishes, and answers whether the broker refused it. */
  isRefused(user: UserName, subject: string): Promise<boolean>;
  /** Subscribes, and answers whether the broker refused it. */
  isDeaf(user: UserName, subject: string, queue?: string): Promise<boolean>;
  close(): Promise<void>;
}

export async function startProbes(): Promise<Probes> {
  const keys = await mkdtemp(join(tmpdir(), "flotilla-sec-"));
  const users = await ensureUsers(keys, fleet, [trader, trader2, casino], [sourceId("index-a")]);
  const seed = createUser();
  const rights = { publish: [">"], subscribe: [">"], publicKey: seed.getPublicKey() };
  const all = { user: "operator", account: "FLEET", ...rights } as const;
  const broker = await startBroker({ fleet, users: [...users, all] });
  console.log(`probing nats-server ${formatVersion(broker.binary.version)}`);
  const spy = await broker.connect({ authenticator: nkeyAuthenticator(seed.getSeed()) });
  const connections = new Map<UserName, NatsConnection>();
  const violations = new Map<UserName, Set<string>>();

  const as = async (user: UserName): Promise<NatsConnection> => {
    const known = connections.get(user);
    if (known !== undefined) return known;
    const connection = await connectUser({ url: broker.server.url, credentials: keys, user });
    connections.set(user, connection);
    const refused = new Set<string>();
    violations.set(user, refused);
    void noteRefusals(connection, refused);
    return connection;
  };
  await provision(await as("c_provisioner"), fleet);
  return {
    ...{ broker, keys, spy, as },
    isRefused: async (user, subject) => {
      const connection = await as(user);
      const refused = violations.get(user) as Set<string>;
      refused.delete(subject);
      connection.publish(subject, "probe");
      await connection.flush();
      // The refusal came before the flush was answered; its iterator runs in the next turn.
      await new Promise(setImmediate);
      return refused.has(subject);
    },
    isDeaf: async (user, subject, queue) => {
      const connection = await as(user);
      let refused = false;
      const subscription = connection.subscribe(subject, {
        ...(queue === undefined ? {} : { queue }),
        callback: (error) => {
          refused ||= error !== null;
        },
      });
      await connection.flush();
      if (!subscription.isClosed()) subscription.unsubscribe();
      return refused;
    },
    close: async () => {
      await Promise.all([...connections.values()].map((each) => each.close()));
      await broker.close();
      await rm(keys, { recursive: true, force: true });
    },
  };
}

async function noteRefusals(connection: NatsConnection, refused: Set<string>): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type !== "error") continue;
    const { error } = status;
    const violated = error instanceof errors.PermissionViolationError;
    if (violated && error.operation === "publish") refused.add(error.subject);
  }
}
