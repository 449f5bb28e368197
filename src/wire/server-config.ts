/** The text of a nats-server configuration: loopback, JetStream, and one account for each trust. */

import type { FleetId } from "../core/ids.ts";
import { PAYLOAD_BYTES_MAX } from "../core/limits.ts";
import { type Account, type Rights, watchServices, watchStreams } from "./permissions.ts";
import { canSyncAlways, type ServerVersion } from "./server-version.ts";

/** A user with the public half of its key; the private half is in its seed file only. */
export interface BrokerUser extends Rights {
  readonly publicKey: string;
}

export interface ConfigOptions {
  readonly fleet: FleetId;
  readonly version: ServerVersion;
  /** 0: any free one. */
  readonly port: number;
  readonly storeDir: string;
  readonly portsDir: string;
  readonly logFile: string;
  /** None: everybody may do everything; for tests of one process only. */
  readonly users: readonly BrokerUser[] | undefined;
}

/** Subscriptions of one connection. An agent needs six. */
const SUBSCRIPTIONS_MAX = 1_000;
const LOG_BYTES_MAX = 10_000_000;

/** JSON strings are strings of this format too, escapes included. */
const text = (value: string): string => JSON.stringify(value);
const list = (values: readonly string[]): string => `[${values.map(text).join(", ")}]`;
/** A random free port is written -1. */
const address = (port: number): string => text(`127.0.0.1:${port === 0 ? -1 : port}`);

/** An empty allow-list would allow everything. */
const allowed = (subjects: readonly string[]): string =>
  subjects.length === 0 ? `{ deny: [">"] }` : `{ allow: ${list(subjects)} }`;

const userLine = (user: BrokerUser): string =>
  `      # ${user.user}\n      { nkey: ${user.publicKey}, permissions: { publish: ` +
  `${allowed(user.publish)}, subscribe: ${allowed(user.subscribe)} } }`;

function accounts(fleet: FleetId, users: readonly BrokerUser[]): string[] {
  const of = (account: Account): string[] => [
    "    users: [",
    ...users.filter((user) => user.account === account).map(userLine),
    "    ]",
  ];
  const streams = watchStreams(fleet);
  const services = watchServices(fleet);
  return [
    "accounts {",
    "  FLEET {",
    "    jetstream: enabled",
    ...of("FLEET"),
    "    exports: [",
    ...streams.map((subject) => `      { stream: ${text(subject)}, accounts: [WATCH] }`),
    ...services.map((subject) => `      { service: ${text(subject)}, accounts: [WATCH] }`),
    "    ]",
    "  }",
    "  WATCH {",
    ...of("WATCH"),
    "    imports: [",
    ...streams.map((subject) => `      { stream: { account: FLEET, subject: ${text(subject)} } }`),
    ...services.map(
      (subject) => `      { service: { account: FLEET, subject: ${text(subject)} } }`,
    ),
    "    ]",
    "  }",
    "}",
  ];
}

/** The whole configuration file. Pure: the same options, the same text. */
export function serverConfig(options: ConfigOptions): string {
  const sync = canSyncAlways(options.version) ? "  sync_interval: always" : undefined;
  return [
    "# Written by flotilla at every start. Changes made here are lost.",
    `server_name: ${text(`flotilla-${options.fleet}`)}`,
    `listen: ${address(options.port)}`,
    `http: ${address(0)}`,
    `ports_file_dir: ${text(options.portsDir)}`,
    `log_file: ${text(options.logFile)}`,
    `logfile_size_limit: ${LOG_BYTES_MAX}`,
    `max_payload: ${PAYLOAD_BYTES_MAX}`,
    `max_subscriptions: ${SUBSCRIPTIONS_MAX}`,
    "jetstream {",
    `  store_dir: ${text(options.storeDir)}`,
    ...(sync === undefined ? [] : [sync]),
    "}",
    ...(options.users === undefined ? [] : accounts(options.fleet, options.users)),
    "",
  ].join("\n");
}
