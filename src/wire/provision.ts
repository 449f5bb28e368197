/** Makes the fleet's streams at start, reads their settings back, and refuses what differs. */
import type { NatsConnection } from "@nats-io/transport-node";
import type { FleetId } from "../core/ids.ts";
import { PAYLOAD_BYTES_MAX } from "../core/limits.ts";
import { DAY, MINUTE } from "../core/time.ts";
import { API, BrokerAwayError, BrokerRefusedError, callApi } from "./js-api.ts";
import {
  allEvents,
  coreBucket,
  coreStream,
  eventStream,
  journalStream,
  journalSubject,
} from "./subjects.ts";

/** A stream has other settings than the fleet needs. A person must look. */
class ProvisionError extends Error {
  override readonly name = "ProvisionError";
  readonly code = "provision";
  readonly retryable = false;
}

export interface ProvisionOptions {
  /** Copies of every message; 3 in production. */
  readonly replicas?: number;
  /** How long the broker may take to bring JetStream up. */
  readonly patienceMs?: number;
}

type Settings = Readonly<Record<string, unknown>>;

const NANOS = 1_000_000;
const EVENTS_KEPT_MS = 7 * DAY;
const EVENTS_BYTES_MAX = 256 * 1024 * 1024;
/** Past lease holders that `nats kv history` shows. */
const CORE_HISTORY = 5;

/** What every one of our streams has in common: in files, nothing deleted, read directly. */
const common = (replicas: number): Settings => ({
  storage: "file",
  retention: "limits",
  num_replicas: replicas,
  deny_delete: true,
  allow_direct: true,
  max_msgs: -1,
});

/** Money: never drops, never expires; a full disk refuses the append. */
const journalSettings = (fleet: FleetId, replicas: number): Settings => ({
  ...common(replicas),
  name: journalStream(fleet),
  subjects: [journalSubject(fleet)],
  discard: "new",
  deny_purge: true,
  max_bytes: -1,
  max_age: 0,
  max_msg_size: PAYLOAD_BYTES_MAX,
  duplicate_window: 2 * MINUTE * NANOS,
});

/** Public events for late observers: the oldest go. */
const eventSettings = (fleet: FleetId, replicas: number): Settings => ({
  ...common(replicas),
  name: eventStream(fleet),
  subjects: [allEvents(fleet)],
  discard: "old",
  max_bytes: EVENTS_BYTES_MAX,
  max_age: EVENTS_KEPT_MS * NANOS,
  max_msg_size: PAYLOAD_BYTES_MAX,
  duplicate_window: 2 * MINUTE * NANOS,
});

/** A KV bucket, as the KV clients lay it out. */
const coreSettings = (fleet: FleetId, replicas: number): Settings => ({
  ...common(replicas),
  name: coreStream(fleet),
  subjects: [`$KV.${coreBucket(fleet)}.>`],
  discard: "new",
  max_msgs_per_subject: CORE_HISTORY,
  allow_rollup_hdrs: true,
  max_bytes: -1,
  max_age: 0,
});

/**
 * Creates what is missing and compares what is there.
 *
 * @throws ProvisionError when a stream has other settings, or the server ignored one of ours.
 * @throws BrokerAwayError when JetStream does not come up in time.
 */
export async function provision(
  nc: NatsConnection,
  fleet: FleetId,
  options: ProvisionOptions = {},
): Promise<void> {
  const replicas = options.replicas ?? 1;
  const deadline = performance.now() + (options.patienceMs ?? 30_000);
  await ensure(nc, journalSettings(fleet, replicas), false, deadline);
  await ensure(nc, coreSettings(fleet, replicas), false, deadline);
  await ensure(nc, eventSettings(fleet, replicas), true, deadline);
}

async function ensure(
  nc: NatsConnection,
  wanted: Settings,
  mayUpdate: boolean,
  deadline: number,
): Promise<void> {
  const name = String(wanted["name"]);
  let stored = await settingsOf(nc, name, deadline);
  if (stored === undefined) {
    await patiently(nc, `STREAM.CREATE.${name}`, wanted, deadline).catch(ignoreInUse);
    stored = await settingsOf(nc, name, deadline);
  }
  let differing = differences(wanted, stored ?? {});
  if (differing.length > 0 && mayUpdate) {
    await patiently(nc, `STREAM.UPDATE.${name}`, wanted, deadline);
    differing = differences(wanted, (await settingsOf(nc, name, deadline)) ?? {});
  }
  if (differing.length > 0) {
    throw new ProvisionError(`stream ${name} has other settings: ${differing.join("; ")}`);
  }
}

/** Two starts at once: the other one made it. What it made is compared all the same. */
function ignoreInUse(fault: unknown): void {
  if (!(fault instanceof BrokerRefusedError && fault.number === API.streamInUse)) throw fault;
}

async function settingsOf(
  nc: NatsConnection,
  name: string,
  deadline: number,
): Promise<Settings | undefined> {
  try {
    const info = await patiently(nc, `STREAM.INFO.${name}`, undefined, deadline);
    return info["config"] as Settings;
  } catch (fault) {
    if (fault instanceof BrokerRefusedError && fault.number === API.streamNotFound) {
      return undefined;
    }
    throw fault;
  }
}

async function patiently(
  nc: NatsConnection,
  subject: string,
  body: Settings | undefined,
  deadline: number,
): Promise<Settings> {
  for (;;) {
    try {
      return await callApi(nc, subject, body, 5_000);
    } catch (fault) {
      if (!(fault instanceof BrokerAwayError) || nc.isClosed()) throw fault;
      if (performance.now() > deadline) throw fault;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Every setting of ours that was stored otherwise, in words. */
function differences(wanted: Settings, stored: Settings): string[] {
  return Object.entries(wanted)
    .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(stored[key] ?? NONE[key]))
    .map(
      ([key, value]) => `${key} is ${JSON.stringify(stored[key])}, not ${JSON.stringify(value)}`,
    );
}
/** Settings that a server leaves out when they are zero. */
const NONE: Settings = { max_age: 0 };
