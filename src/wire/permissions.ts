/** Who may say and hear what at the broker: the least that each one's work needs. */
import { type AgentId, FLEET, type FleetId, type SourceId } from "../core/ids.ts";
import {
  allBeats,
  allCommands,
  allEvents,
  allLeases,
  allMarks,
  allOps,
  allPrices,
  beatSubject,
  commandsOf,
  coreStream,
  coreSubject,
  eventStream,
  eventsOf,
  feederUser,
  inboxOf,
  journalStream,
  journalSubject,
  leaseSubject,
  priceSubject,
  type Role,
  riskSubject,
  roleUser,
  type UserName,
} from "./subjects.ts";

/** Observers are an account of their own: what they send cannot reach the fleet's subjects. */
export type Account = "FLEET" | "WATCH";

export interface Rights {
  readonly user: UserName;
  readonly account: Account;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** One message of a stream, by the stream's leader. */
const getting = (stream: string): string => `$JS.API.STREAM.MSG.GET.${stream}`;
/** What reading the whole of a stream takes; none of it changes anything. */
const reading = (stream: string): string[] => [
  getting(stream),
  `$JS.API.STREAM.INFO.${stream}`,
  `$JS.API.DIRECT.GET.${stream}`,
];

/**
 * What an observer may ask of the kept events, across accounts: the broker's answer then
 * reaches the observer's account only, wherever its reply subject points. A direct read by
 * sequence, by subject (`next_by_subj`) or of the last (`last_by_subj`) is enough to read all;
 * consumers are not given, for who makes one chooses where the broker delivers.
 */
export const watchServices = (fleet: FleetId): string[] => [
  `$JS.API.DIRECT.GET.${eventStream(fleet)}`,
];
/** What observers hear. */
export const watchStreams = (fleet: FleetId): string[] => [
  allEvents(fleet),
  riskSubject(fleet),
  allMarks(fleet),
];

const EVERYTHING_OF_A_FLEET = "fleet.>";

/** Discovery of micro services, as the tools ask for it. */
export const SERVICE_VERBS = ["PING", "INFO", "STATS"] as const;
export type ServiceVerb = (typeof SERVICE_VERBS)[number];
const discovery: readonly string[] = SERVICE_VERBS.flatMap((verb) => [
  `$SRV.${verb}`,
  `$SRV.${verb}.>`,
]);

const agentRights = (fleet: FleetId, agent: AgentId): Rights => ({
  user: agent,
  account: "FLEET",
  publish: [commandsOf(fleet, agent), beatSubject(fleet, agent)],
  subscribe: [
    inboxOf(agent),
    eventsOf(fleet, agent),
    eventsOf(fleet, FLEET),
    allMarks(fleet),
    riskSubject(fleet),
    leaseSubject(fleet, agent),
  ],
});

/** A feeder says its prices and hears nothing: not even whether anybody listens. */
const feederRights = (fleet: FleetId, source: SourceId): Rights => ({
  ...{ user: feederUser(source), account: "FLEET" },
  ...{ publish: [priceSubject(fleet, source)], subscribe: [] },
});

/**
 * The rights of every user of a fleet.
 *
 * The connection that answers agents may publish into agents' inboxes and nowhere else, so a reply
 * subject that an agent chose can harm nobody. The connections with other rights never answer to a
 * subject that somebody else chose, but for `operations` and `service`, which reach the operator's
 * inbox only. Nobody may delete or purge; only the provisioner, used at start, creates streams.
 */
export function rightsOf(
  fleet: FleetId,
  agents: readonly AgentId[],
  sources: readonly SourceId[] = [],
): Rights[] {
  const role = (name: Role, publish: readonly string[], subscribe: readonly string[]): Rights => ({
    user: roleUser(name),
    account: "FLEET",
    publish,
    subscribe: [inboxOf(roleUser(name)), ...subscribe],
  });
  const streams = [journalStream(fleet), eventStream(fleet), coreStream(fleet)];
  return [
    role(
      "provisioner",
      ["CREATE", "UPDATE", "INFO"].flatMap((verb) =>
        streams.map((stream) => `$JS.API.STREAM.${verb}.${stream}`),
      ),
      [],
    ),
    role("responder", agents.map(inboxOf), [
      ...[allCommands(fleet), allBeats(fleet), allPrices(fleet)],
    ]),
    role("operations", [inboxOf("operator")], [allOps(fleet)]),
    role(
      "journal",
      [
        journalSubject(fleet),
        coreSubject(fleet, "head"),
        ...reading(journalStream(fleet)),
        getting(coreStream(fleet)),
      ],
      [],
    ),
    role(
      "projector",
      [...watchStreams(fleet), ...reading(journalStream(fleet)), getting(eventStream(fleet))],
      [],
    ),
    role("lease", [coreSubject(fleet, "lease"), allLeases(fleet), getting(coreStream(fleet))], []),
    role("service", [inboxOf("operator")], discovery),
    {
      user: "operator",
      account: "FLEET",
      publish: [allOps(fleet), ...discovery],
      subscribe: [inboxOf("operator"), ...watchStreams(fleet)],
    },
    {
      user: "observer",
      account: "WATCH",
      publish: watchServices(fleet),
      // In an account that holds nothing but what it imports: `nats sub 'fleet.>'` works.
      subscribe: [inboxOf("observer"), EVERYTHING_OF_A_FLEET],
    },
    ...agents.map((agent) => agentRights(fleet, agent)),
    ...sources.map((source) => feederRights(fleet, source)),
  ];
}
