/** Opens a connection as one user of the fleet, with the habits that every connection here has. */
import { setTimeout as delay } from "node:timers/promises";
import { connect, errors, type NatsConnection } from "@nats-io/transport-node";
import { loadUser } from "./credentials.ts";
import type { UserName } from "./subjects.ts";

/** Between two tries for a broker that is being started anew. */
const AGAIN_MS = 100;

const isAbsent = (fault: unknown): boolean =>
  fault instanceof errors.ConnectionError && fault.message === "connection refused";

/** A connection to the broker, for rooms that pass it on without speaking to it. */
export type Connection = NatsConnection;

export interface ConnectOptions {
  readonly url: string;
  /** The folder with the seed files. */
  readonly credentials: string;
  readonly user: UserName;
  /** Pause between two tries to come back, ms. */
  readonly reconnectMs?: number;
  /** For a broker that is known to be there: how long a greeting that comes too late is tried again. */
  readonly patienceMs?: number;
  /** Whether a broker that is not there is being started anew: it is tried again then, within the patience. */
  readonly isComing?: () => boolean;
}

/**
 * Connects, and keeps coming back until it is closed or the user's key is taken away.
 *
 * @throws CredentialError when there is no usable key; the client's own errors when the broker is
 *   not there or refuses the key.
 */
export async function connectUser(options: ConnectOptions): Promise<NatsConnection> {
  const user = await loadUser(options.credentials, options.user);
  const until = performance.now() + (options.patienceMs ?? 0);
  for (;;) {
    try {
      return await open(options, user);
    } catch (fault) {
      if (performance.now() >= until) throw fault;
      // Of a machine that has too much to do; whatever else a broker says is its last word.
      if (fault instanceof errors.TimeoutError) continue;
      if (!isAbsent(fault) || options.isComing?.() !== true) throw fault;
      await delay(AGAIN_MS);
    }
  }
}

const open = (options: ConnectOptions, user: object): Promise<NatsConnection> =>
  connect({
    ...user,
    servers: options.url,
    maxReconnectAttempts: -1,
    reconnectTimeWait: options.reconnectMs ?? 100,
    reconnectJitter: 50,
    // A broker that dies in the middle of a greeting is given up, not waited for for 20 s.
    timeout: 2_000,
    // A dead peer is noticed within 15 s where TCP alone would wait for hours.
    pingInterval: 5_000,
    maxPingOut: 3,
  });
