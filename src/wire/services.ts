/** Answers `nats micro ls`, `info`, `stats` and `ping` (ADR-32) for all that lives in a fleet. */
import type { Msg } from "@nats-io/transport-node";
import type { Connection } from "./connect.ts";
import { SERVICE_VERBS, type ServiceVerb } from "./permissions.ts";
import { isOwnInbox } from "./subjects.ts";

/** What one instance is, as of now. */
export interface ServiceFacts {
  /** Letters, digits, `-` and `_`: the kind of service. */
  readonly name: string;
  /** Letters, digits, `-` and `_`: this one among those of its name. */
  readonly id: string;
  /** Three numbers with points between them. */
  readonly version: string;
  readonly description: string;
  /** Epoch ms. */
  readonly started: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly endpoints: readonly EndpointFacts[];
}

/** Something that may be asked of it, and how that has gone so far. */
export interface EndpointFacts {
  readonly name: string;
  readonly subject: string;
  readonly requests: number;
  readonly errors: number;
  /** Sum over all requests, ms. */
  readonly tookMs: number;
  /** Whatever else there is to say, as JSON. */
  readonly data?: object;
}

export interface ServicesOptions {
  /** With the rights of `c_service`. */
  readonly connection: Connection;
  /** Asked anew at each question: who is not in the list any more is not found any more. */
  readonly list: () => readonly ServiceFacts[];
}

export interface Services {
  readonly counts: {
    readonly answered: number;
    /** The answer would not have gone to the operator's inbox. */
    readonly badReply: number;
  };
  close(): Promise<void>;
}

const TYPES = {
  PING: "io.nats.micro.v1.ping_response",
  INFO: "io.nats.micro.v1.info_response",
  STATS: "io.nats.micro.v1.stats_response",
} as const satisfies Record<ServiceVerb, string>;

const NANOS = 1_000_000;

/**
 * Listens for questions of discovery and answers each once for every service that it is about.
 *
 * One responder speaks for all: agents have no right to answer anybody, and the library's services
 * would answer to any reply subject and listen where their endpoints are.
 */
export function openServices({ connection, list }: ServicesOptions): Services {
  const counts = { answered: 0, badReply: 0 };
  const encoder = new TextEncoder();
  const onMessage = (verb: ServiceVerb, { subject, reply }: Msg): void => {
    if (reply === undefined || !isOwnInbox("operator", reply)) {
      counts.badReply += 1;
      return;
    }
    const [, , name, id, ...more] = subject.split(".");
    if (more.length > 0) return;
    for (const facts of list()) {
      const asked = (name ?? facts.name) === facts.name && (id ?? facts.id) === facts.id;
      if (!asked || connection.isClosed()) continue;
      counts.answered += 1;
      connection.publish(reply, encoder.encode(JSON.stringify(answerTo(verb, facts))));
    }
  };
  const subscriptions = SERVICE_VERBS.flatMap((verb) =>
    [`$SRV.${verb}`, `$SRV.${verb}.>`].map((subject) =>
      connection.subscribe(subject, { callback: (_, msg) => onMessage(verb, msg) }),
    ),
  );
  return {
    counts,
    close: async () => {
      if (!connection.isClosed()) await Promise.all(subscriptions.map((each) => each.drain()));
    },
  };
}

/** The fields of ADR-32, no others. */
function answerTo(verb: ServiceVerb, facts: ServiceFacts): object {
  const { name, id, version, metadata, description, endpoints } = facts;
  const head = { type: TYPES[verb], name, id, version, metadata };
  if (verb === "PING") return head;
  if (verb === "INFO") {
    const told = endpoints.map((each) => ({ name: each.name, subject: each.subject, ...QUEUE }));
    return { ...head, description, endpoints: told };
  }
  const told = endpoints.map(({ requests, errors, tookMs, data, ...each }) => ({
    ...{ name: each.name, subject: each.subject, ...QUEUE },
    ...{ num_requests: requests, num_errors: errors, last_error: "" },
    processing_time: Math.round(tookMs * NANOS),
    average_processing_time: Math.round((tookMs * NANOS) / Math.max(1, requests)),
    ...(data === undefined ? {} : { data }),
  }));
  return { ...head, started: new Date(facts.started).toISOString(), endpoints: told };
}
/** Every coordinator hears every command; the one that leads answers. */
const QUEUE = { queue_group: "" } as const;
