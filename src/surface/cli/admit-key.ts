/** Makes a new agent's key and lets it in at the broker, without a restart. */
import process from "node:process";
import { agentId } from "../../core/ids.ts";
import { agentsWithKeys, ensureUsers, seedFile } from "../../wire/credentials.ts";
import { startServer } from "../../wire/nats-server.ts";
import { findServer } from "../../wire/server-find.ts";
import type { Place } from "./place.ts";

export interface AdmittedKey {
  /** The file with the agent's seed. */
  readonly key: string;
  /** What is to be done next, for people. */
  readonly hint: string;
}

/** The key is made once and kept; a broker of our own reads its users anew. */
export async function admitKey(place: Place, named: string): Promise<AdmittedKey> {
  const agent = agentId(named);
  const { layout, fleet, running } = place;
  const known = await agentsWithKeys(layout.keys);
  const users = await ensureUsers(layout.keys, fleet, [...new Set([...known, agent])]);
  const key = seedFile(layout.keys, agent);
  const grant = `give it margin: flotilla grant ${named} --cap 100 --services trading`;
  if ((process.env["NATS_URL"] ?? "") !== "") {
    return { key, hint: `let it in at your broker: flotilla broker config; then ${grant}` };
  }
  if (running === undefined) return { key, hint: grant };
  const binary = await findServer({ env: process.env, fetch: false });
  // It runs already: this finds it, and leaves it to its owner.
  const broker = await startServer({ binary, fleet, dir: layout.broker, users });
  await broker.reload(users);
  return { key, hint: grant };
}
