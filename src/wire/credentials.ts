/** The keys of the fleet's users: one nkey each, made once, in files for their owner only. */
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createUser, fromSeed } from "@nats-io/nkeys";
import { type Authenticator, nkeyAuthenticator } from "@nats-io/transport-node";
import type { AgentId, FleetId, SourceId } from "../core/ids.ts";
import { rightsOf } from "./permissions.ts";
import type { BrokerUser } from "./server-config.ts";
import { asAgent, inboxPrefix, sourceOfUser, type UserName } from "./subjects.ts";

/** A credential file is missing, damaged, or readable by others. */
export class CredentialError extends Error {
  override readonly name = "CredentialError";
  readonly code = "credential";
  readonly retryable = false;
}

/** What a connection needs to be this user, for `connect()`. */
export interface UserConnection {
  readonly authenticator: Authenticator;
  readonly inboxPrefix: string;
  readonly name: string;
}

const SUFFIX = ".nk";
/** Where the seed of a user is: `<dir>/<user>.nk`. */
export const seedFile = (dir: string, user: UserName): string => join(dir, `${user}${SUFFIX}`);

/**
 * Every user of the fleet with its public key and rights; a key that is missing is made, one that
 * is there is kept. Called again with more agents it adds theirs. Sources of prices that have a key
 * already are users too: what they say counts by the fleet's rules alone.
 *
 * @throws CredentialError when a seed file is damaged or others may read it.
 */
export async function ensureUsers(
  dir: string,
  fleet: FleetId,
  agents: readonly AgentId[],
  sources: readonly SourceId[] = [],
): Promise<BrokerUser[]> {
  for (const agent of agents) {
    if (asAgent(agent) === undefined) throw new CredentialError(`no agent can be named ${agent}`);
  }
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
  const users: BrokerUser[] = [];
  const feeders = [...new Set([...sources, ...(await sourcesWithKeys(dir))])];
  for (const rights of rightsOf(fleet, [...new Set(agents)], feeders)) {
    users.push({ ...rights, publicKey: await ensureKey(seedFile(dir, rights.user)) });
  }
  return users;
}

/** The agents that have a seed in this folder: those of earlier starts among them. */
export const agentsWithKeys = (dir: string): Promise<AgentId[]> => withKeys(dir, asAgent);
const sourcesWithKeys = (dir: string): Promise<SourceId[]> => withKeys(dir, sourceOfUser);

async function withKeys<T extends string>(
  dir: string,
  readAs: (user: string) => T | undefined,
): Promise<T[]> {
  const names = await readdir(dir).catch(() => []);
  return names
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => readAs(name.slice(0, -SUFFIX.length)))
    .filter((user) => user !== undefined)
    .sort();
}

async function ensureKey(path: string): Promise<string> {
  try {
    // Never over an existing file, be it of another start at the same moment.
    await writeFile(path, createUser().getSeed(), { mode: 0o600, flag: "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  }
  return keyOf(path, await readSeed(path)).getPublicKey();
}

function keyOf(path: string, seed: Uint8Array) {
  try {
    return fromSeed(seed);
  } catch (cause) {
    throw new CredentialError(`${path} holds no nkey seed`, { cause });
  }
}

async function readSeed(path: string): Promise<Uint8Array> {
  const { mode } = await stat(path).catch((cause) => {
    throw new CredentialError(`no credentials at ${path}: "flotilla enrol" makes an agent's`, {
      cause,
    });
  });
  if ((mode & 0o077) !== 0) {
    throw new CredentialError(`${path} can be read by others: chmod 600 it, or remove it`);
  }
  const text = await readFile(path, "utf8");
  return new TextEncoder().encode(text.trim());
}

/** Reads a user's seed file. @throws CredentialError */
export async function loadUser(dir: string, user: UserName): Promise<UserConnection> {
  const path = seedFile(dir, user);
  const seed = await readSeed(path);
  keyOf(path, seed);
  return {
    authenticator: nkeyAuthenticator(seed),
    inboxPrefix: inboxPrefix(user),
    name: user,
  };
}
