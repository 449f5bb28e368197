/** What version a nats-server is, and what durability that and its settings give. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Reads "v2.10.27" out of any text. None: undefined when there is no such thing in it. */
export function parseVersion(text: string): ServerVersion | undefined {
  const match = /(\d{1,4})\.(\d{1,4})\.(\d{1,5})/.exec(text);
  if (match === null) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) };
}

export const formatVersion = (v: ServerVersion): string => `${v.major}.${v.minor}.${v.patch}`;

/** Negative when `a` is older than `b`, positive when newer. */
export const compareVersions = (a: ServerVersion, b: ServerVersion): number =>
  a.major - b.major || a.minor - b.minor || a.patch - b.patch;

/** From 2.10 on the file store can be told to fsync every write (`sync_interval: always`). */
export const canSyncAlways = (v: ServerVersion): boolean =>
  compareVersions(v, { major: 2, minor: 10, patch: 0 }) >= 0;

/** Older than this no fence holds: expectations and direct reads came with 2.9. */
export const OLDEST: ServerVersion = { major: 2, minor: 9, patch: 0 };

/** Asks the binary itself. None: undefined when it does not run or says no version. */
export async function probeVersion(path: string): Promise<ServerVersion | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ["--version"], { timeout: 5_000 });
    return parseVersion(stdout);
  } catch {
    return undefined;
  }
}

export interface Durability {
  /** True when a message is on the disk before it is acknowledged. */
  readonly always: boolean;
  /** For people, whole and without a full stop. */
  readonly text: string;
}

/** The part of `/varz` that is read back. */
export interface ServerFacts {
  readonly version: string;
  readonly serverId: string;
  readonly maxPayload: number;
  readonly syncAlways: boolean;
  /** In nanoseconds, where the server tells it. */
  readonly syncInterval: number | undefined;
  readonly storeDir: string | undefined;
  /** When the configuration was last read; another text after each reload. */
  readonly configLoaded: string;
}

/** Told by what the running server says of itself, not by what it was asked. */
export function durabilityOf(facts: ServerFacts): Durability {
  if (facts.syncAlways) return { always: true, text: "fsync on every commit" };
  // Before 2.10 the interval is built in and not told: two minutes.
  const seconds = (facts.syncInterval ?? 120e9) / 1e9;
  const span = seconds >= 60 ? `${seconds / 60} min` : `${seconds} s`;
  return {
    always: false,
    text: `fsync at most every ${span}; a power cut can lose acknowledged decisions`,
  };
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

/** Reads `/varz` of a monitoring address. @throws Error when it does not answer within a second. */
export async function readFacts(monitorUrl: string): Promise<ServerFacts> {
  const answer = await fetch(`${monitorUrl}/varz`, { signal: AbortSignal.timeout(1_000) });
  const varz = record(await answer.json());
  const config = record(record(varz["jetstream"])["config"]);
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const sync = config["sync_interval"];
  return {
    version: text(varz["version"]),
    serverId: text(varz["server_id"]),
    maxPayload: Number(varz["max_payload"]),
    syncAlways: config["sync_always"] === true,
    syncInterval: typeof sync === "number" ? sync : undefined,
    storeDir: text(config["store_dir"]) || undefined,
    configLoaded: text(varz["config_load_time"]),
  };
}
