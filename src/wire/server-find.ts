/** Chooses the nats-server to run: of the PATH, of the cache, or fetched. */
import { access, constants } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { cachedServer, fetchServer } from "./server-fetch.ts";
import {
  canSyncAlways,
  compareVersions,
  formatVersion,
  OLDEST,
  probeVersion,
  type ServerVersion,
} from "./server-version.ts";

export interface ServerBinary {
  readonly path: string;
  readonly version: ServerVersion;
  readonly source: "path" | "cache" | "fetched";
  /** Why this one, when there is something to say. */
  readonly note: string | undefined;
}

/** No nats-server to be had. The message is one line that says what to do. */
export class NoServerError extends Error {
  override readonly name = "NoServerError";
  readonly code = "no-nats-server";
  readonly retryable = false;
}

export interface FindOptions {
  /** The environment: PATH and, for the default cache, XDG_CACHE_HOME. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cacheDir?: string;
  /** False: what is here already, or nothing. */
  readonly fetch?: boolean;
  readonly fetchTimeoutMs?: number;
  /** Folders that are looked into beside the PATH. */
  readonly systemDirs?: readonly string[];
}

/** Debian keeps it in /usr/sbin, which is not on everybody's PATH. */
const SYSTEM_DIRS = ["/usr/sbin", "/usr/local/sbin"] as const;

/** `$XDG_CACHE_HOME/flotilla`, else `~/.cache/flotilla`. */
export function defaultCacheDir(env: Readonly<Record<string, string | undefined>>): string {
  const base = env["XDG_CACHE_HOME"];
  return join(
    base !== undefined && isAbsolute(base) ? base : join(homedir(), ".cache"),
    "flotilla",
  );
}

/**
 * A nats-server of 2.10 or later where one can be had, else an older one with a note.
 *
 * @throws NoServerError when there is none at all.
 */
export async function findServer(options: FindOptions): Promise<ServerBinary> {
  const cacheDir = options.cacheDir ?? defaultCacheDir(options.env);
  const found = await serversHere(options.env, cacheDir, options.systemDirs);
  const good = found.find((each) => canSyncAlways(each.version));
  if (good !== undefined) return good;
  const old = found[0];
  let why = "fetching is switched off";
  if (options.fetch !== false) {
    try {
      const path = await fetchServer(cacheDir, options.fetchTimeoutMs ?? 60_000);
      const version = await probeVersion(path);
      if (version !== undefined) return { path, version, source: "fetched", note: undefined };
      why = "the fetched one does not run here";
    } catch (fault) {
      why = fault instanceof Error ? fault.message : String(fault);
    }
  }
  if (old !== undefined) {
    const note = `nats-server ${formatVersion(old.version)} is older than 2.10; no newer: ${why}`;
    return { ...old, note };
  }
  throw new NoServerError(
    `no nats-server: ${why}; install one (Debian: "apt-get install nats-server"; else ` +
      `https://github.com/nats-io/nats-server/releases) on the PATH, or set NATS_URL`,
  );
}

/** Every nats-server on the PATH and in the cache that runs; those of the PATH first. */
export async function serversHere(
  env: Readonly<Record<string, string | undefined>>,
  cacheDir: string,
  systemDirs: readonly string[] = SYSTEM_DIRS,
): Promise<ServerBinary[]> {
  const dirs = [...(env["PATH"] ?? "").split(delimiter), ...systemDirs];
  const paths = [...new Set(dirs.filter(isAbsolute))].map((dir) => join(dir, "nats-server"));
  const found: ServerBinary[] = [];
  for (const [path, source] of [
    ...paths.map((each) => [each, "path"] as const),
    [cachedServer(cacheDir), "cache"] as const,
  ]) {
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    const version = runs ? await probeVersion(path) : undefined;
    if (version === undefined || compareVersions(version, OLDEST) < 0) continue;
    found.push({ path, version, source, note: undefined });
  }
  return found;
}
