/** Makes a new agent's key and lets it in at the broker, without a restart. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { agentId } from "../../core/ids.ts";
import { SERVICES } from "../../protocol/words.ts";
import { usersWith } from "../../wire/broker-users.ts";
import { seedFile } from "../../wire/credentials.ts";
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
  const known = (): ReturnType<typeof usersWith> => usersWith(layout.keys, fleet, [agent]);
  const users = await known();
  const key = seedFile(layout.keys, agent);
  const grant = await grantHint(process.cwd(), named);
  if ((process.env["NATS_URL"] ?? "") !== "") {
    return { key, hint: `let it in at your broker: flotilla broker config; then ${grant}` };
  }
  if (running === undefined) return { key, hint: grant };
  const binary = await findServer({ env: process.env, fetch: false });
  // It runs already: this finds it, and leaves it to its owner.
  const broker = await startServer({ binary, fleet, dir: layout.broker, users });
  await broker.reload(known);
  return { key, hint: grant };
}

/**
 * How to lend to an agent just enrolled, for people.
 *
 * @param dir where `flotilla new specialist` may have written its folder: the package there says which
 *   services it is of. Where nothing says so they are all named, to choose from.
 */
export async function grantHint(dir: string, named: string): Promise<string> {
  const known = await servicesIn(join(dir, named, "package.json"));
  const grant = `give it margin: flotilla grant ${named} --cap 100 --services`;
  return known.length > 0 ? `${grant} ${known.join(",")}` : `${grant} <${SERVICES.join("|")}>`;
}

/** Those of the services that a package names as its own. None: an empty list. */
async function servicesIn(path: string): Promise<readonly string[]> {
  try {
    const { flotilla } = JSON.parse(await readFile(path, "utf8")) as {
      readonly flotilla?: { readonly services?: readonly unknown[] };
    };
    return SERVICES.filter((service) => flotilla?.services?.includes(service));
  } catch {
    return [];
  }
}
