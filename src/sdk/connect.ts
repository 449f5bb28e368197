/** Makes a link over NATS: the only file of the SDK that knows the wire. */
import { randomUUID } from "node:crypto";
import { type AgentId, agentId, FLEET, type FleetId, fleetId } from "../core/ids.ts";
import { MESSAGE_DEPTH_MAX, PAYLOAD_BYTES_MAX } from "../core/limits.ts";
import type { AgentCommandName } from "../protocol/commands.ts";
import type { Reply } from "../protocol/turns.ts";
import { systemWireClock, type WireClock, wait } from "../wire/clock.ts";
import { decode } from "../wire/codec.ts";
import { encode } from "../wire/codec-encode.ts";
import { connectUser } from "../wire/connect.ts";
import { CredentialError } from "../wire/credentials.ts";
import { openRequester, type Requester, RequestFault } from "../wire/requester.ts";
import { allMarks, beatSubject, commandSubject, eventsOf } from "../wire/subjects.ts";
import { readReply, readView } from "./incoming.ts";
import { readEvent, readMark } from "./incoming-news.ts";
import { type FleetLink, LinkError, type RequestOptions } from "./link.ts";

export interface ConnectOptions {
  /** Where the broker is, e.g. `nats://127.0.0.1:4222`. */
  readonly url: string;
  readonly fleet: string;
  readonly agent: string;
  /** The folder with the agent's seed file `<agent>.nk`, which only its owner may read. */
  readonly credentials: string;
}

/** A try waits this long, and the same bytes are sent this often at most. */
const TRY_MS = 700;
const TRIES = 4;
const TIMEOUT_MS = 2_500;
const TTL_MS = 15_000;
const FLUSH_MS = 500;

/**
 * Connects one agent with its own key, and nothing else's rights.
 *
 * The connection comes back by itself when the broker does; the link is closed only by `close`, or
 * when the agent's key is taken away.
 *
 * @throws CredentialError without a usable key, LinkError `timeout` when no broker answers,
 *   RangeError when fleet or agent are no names.
 */
export async function connectFleet(options: ConnectOptions): Promise<FleetLink> {
  const fleet = fleetId(options.fleet);
  const agent = agentId(options.agent);
  const { url, credentials } = options;
  try {
    const connection = await connectUser({ url, credentials, user: agent });
    return linkOver({ connection, fleet, agent });
  } catch (cause) {
    if (cause instanceof CredentialError) throw cause;
    throw new LinkError("timeout", `no broker at ${url} takes ${agent}`, { cause });
  }
}

type Connection = Awaited<ReturnType<typeof connectUser>>;

/** Steady time, waiting, and the wall clock that expiries are written by. */
export interface LinkClock extends WireClock {
  now(): number;
}

export interface LinkOptions {
  /** Opened as the agent's own user. */
  readonly connection: Connection;
  readonly fleet: FleetId;
  readonly agent: AgentId;
  readonly clock?: LinkClock;
  /** Tells two links of one agent apart; random when absent. */
  readonly session?: string;
}

/** A link over a connection that is there already; closing the link closes the connection. */
export function linkOver(options: LinkOptions): FleetLink {
  const { connection, fleet, agent, session } = options;
  const clock = options.clock ?? { ...systemWireClock, now: () => Date.now() };
  const requester = openRequester({
    ...{ connection, user: agent, clock, tryMs: TRY_MS, tries: TRIES },
    ...(session === undefined ? {} : { session }),
  });
  let serial = 0;
  const nextId = (): string => (session === undefined ? randomUUID() : `${session}.${++serial}`);
  return new NatsLink({ connection, requester, fleet, agent, clock, nextId });
}

interface Parts {
  readonly connection: Connection;
  readonly requester: Requester;
  readonly fleet: FleetId;
  readonly agent: AgentId;
  readonly clock: LinkClock;
  readonly nextId: () => string;
}

class NatsLink implements FleetLink {
  readonly #parts: Parts;
  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async request(
    command: AgentCommandName,
    body: object,
    options: RequestOptions = {},
  ): Promise<Reply> {
    const { fleet, agent, clock, nextId } = this.#parts;
    const { id = nextId(), exp = clock.now() + TTL_MS, timeoutMs = TIMEOUT_MS } = options;
    const bytes = encode({ ...body, id, exp });
    const answer = await this.#ask(commandSubject(fleet, agent, command), bytes, timeoutMs);
    // A view may be longer than any command.
    const limits = { bytesMax: PAYLOAD_BYTES_MAX, depthMax: MESSAGE_DEPTH_MAX } as const;
    const decoded = decode(answer, { ...limits, integers: "number" });
    const reply = decoded.ok ? readReply(decoded.value) : undefined;
    if (reply === undefined) throw new LinkError("unreadable", `the answer to ${command} is none`);
    return reply;
  }

  async view() {
    const reply = await this.request("View", {});
    if (!reply.ok) throw new LinkError("refused", `View: ${reply.code}: ${reply.message}`);
    const view = readView(reply.view);
    if (typeof view === "string") throw new LinkError("unreadable", `the view: ${view}`);
    return view;
  }

  /** After the wait the requester may still try; the same bytes do nothing twice. */
  async #ask(subject: string, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    let cancel: (() => void) | undefined;
    const late = new Promise<never>((_, reject) => {
      const told = `no reply to ${subject} in ${timeoutMs} ms`;
      cancel = this.#parts.clock.after(timeoutMs, () => reject(new LinkError("timeout", told)));
    });
    try {
      return await Promise.race([this.#parts.requester.request(subject, bytes), late]);
    } catch (cause) {
      if (!(cause instanceof RequestFault)) throw cause;
      const code = cause.code === "closed" ? "closed" : "timeout";
      throw new LinkError(code, cause.message, { cause });
    } finally {
      cancel?.();
    }
  }

  events(onEvent: Parameters<FleetLink["events"]>[0]): () => void {
    const { fleet, agent } = this.#parts;
    const subjects = [eventsOf(fleet, agent), eventsOf(fleet, FLEET)];
    const stops = subjects.map((subject) =>
      this.#listen(subject, (value) => {
        const event = readEvent(value);
        if (event !== undefined) onEvent(event);
      }),
    );
    return () => {
      for (const stop of stops) stop();
    };
  }

  marks(onMark: Parameters<FleetLink["marks"]>[0]): () => void {
    return this.#listen(allMarks(this.#parts.fleet), (value) => {
      const mark = readMark(value);
      if (mark !== undefined) onMark(mark);
    });
  }

  #listen(subject: string, onValue: (value: unknown) => void): () => void {
    const { connection } = this.#parts;
    const subscription = connection.subscribe(subject, {
      callback: (_, message) => onValue(parsed(message.string())),
    });
    return () => {
      if (!connection.isClosed()) subscription.unsubscribe();
    };
  }

  beat({ phase, note, life, counts }: Parameters<FleetLink["beat"]>[0]): void {
    const { connection, fleet, agent } = this.#parts;
    if (connection.isClosed()) return;
    const said = { phase, note, ...(life === undefined ? {} : { life }), counts: { ...counts } };
    connection.publish(beatSubject(fleet, agent), encode(said));
  }

  async close(): Promise<void> {
    const { connection, requester, clock } = this.#parts;
    await requester.close();
    if (connection.isClosed()) return;
    // The last beat is still on its way; without a broker there is nothing to flush to.
    const given = new AbortController();
    const enough = wait(clock, FLUSH_MS, given.signal).catch(() => undefined);
    await Promise.race([connection.flush().catch(() => undefined), enough]);
    given.abort();
    await connection.close();
  }
}

/** None: undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
