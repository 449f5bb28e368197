/** Who a broker of ours knows: every agent that ever had a key here, and those that are named. */
import type { AgentId, FleetId, SourceId } from "../core/ids.ts";
import { agentsWithKeys, ensureUsers } from "./credentials.ts";
import type { BrokerUser } from "./server-config.ts";

/** The users of a fleet with a key for each; makes those that are missing. @throws CredentialError */
export async function usersWith(
  keys: string,
  fleet: FleetId,
  agents: readonly AgentId[],
  sources: readonly SourceId[] = [],
): Promise<BrokerUser[]> {
  const all = [...new Set([...agents, ...(await agentsWithKeys(keys))])];
  return ensureUsers(keys, fleet, all, sources);
}
