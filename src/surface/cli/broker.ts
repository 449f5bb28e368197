/** `flotilla broker config`: the configuration for a nats-server that somebody else runs. */
import { join } from "node:path";
import process from "node:process";
import { homeOf, layoutOf } from "../../runtime/layout.ts";
import { agentsWithKeys, ensureUsers } from "../../wire/credentials.ts";
import { serverConfig } from "../../wire/server-config.ts";
import { defaultCacheDir, serversHere } from "../../wire/server-find.ts";
import { parseVersion } from "../../wire/server-version.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import { fleetPath, loadFleetFile } from "./fleet-source.ts";
import type { GlobalOptions, Io } from "./io.ts";

export interface BrokerOptions extends GlobalOptions {
  readonly demo?: boolean;
  readonly port: string;
  readonly store?: string;
  readonly natsVersion?: string;
}

/** The version that the configuration is for: named, or of the server here, or a recent one. */
async function versionFor(named: string | undefined) {
  if (named !== undefined) {
    const version = parseVersion(`nats-server: v${named.replace(/^v/, "")}`);
    if (version !== undefined) return version;
    throw new CliError(EXIT.usage, `--nats-version is such as 2.11.0, was "${named}"`);
  }
  const [here] = await serversHere(process.env, defaultCacheDir(process.env));
  return here?.version ?? parseVersion("nats-server: v2.11.0");
}

export async function runBrokerConfig(
  io: Io,
  named: string | undefined,
  options: BrokerOptions,
): Promise<ExitCode> {
  const file = await loadFleetFile(await fleetPath(named, options.demo === true));
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new CliError(EXIT.usage, `--port is 1 to 65535, was "${options.port}"`);
  }
  const version = await versionFor(options.natsVersion);
  if (version === undefined) throw new CliError(EXIT.failed, "no version of nats-server is known");
  const layout = layoutOf(options.home ?? homeOf(io.env), file.fleet);
  const known = await agentsWithKeys(layout.keys);
  const agents = [...new Set([...file.agents.map((plan) => plan.agent), ...known])];
  const sources = file.policy.prices?.sources ?? [];
  const users = await ensureUsers(layout.keys, file.fleet, agents, sources);
  const dir = options.store ?? layout.broker;
  const config = serverConfig({
    ...{ fleet: file.fleet, version, port, users },
    ...{ storeDir: dir, portsDir: dir, logFile: join(dir, "nats.log") },
  });
  io.tell({
    config,
    keys: layout.keys,
    users: users.map(({ user, publicKey }) => ({ user, publicKey })),
  });
  io.say(config);
  io.note(`keys in ${layout.keys}; then: NATS_URL=nats://127.0.0.1:${port} flotilla up`);
  return EXIT.ok;
}
