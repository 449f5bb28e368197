/** Hears commands and hands them on, once they are known to be answerable safely. */
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import type { AgentId, FleetId } from "../core/ids.ts";
import { OPERATOR } from "../core/ids.ts";
import { COMMAND_BYTES_MAX } from "../core/limits.ts";
import { decodeCommand } from "./codec.ts";
import { encode } from "./codec-encode.ts";
import {
  allBeats,
  allCommands,
  allOps,
  directCommands,
  isOwnInbox,
  parseBeat,
  parseCommand,
  parseOps,
  type UserName,
} from "./subjects.ts";

/** One command as it came. Who sent it is said by the subject, which the broker guards. */
export interface Incoming {
  /** OPERATOR for a command of the operator. */
  readonly agent: AgentId;
  readonly command: string;
  readonly bytes: Uint8Array;
  /** Answers into the sender's own inbox. Never throws: a lost answer is asked for anew. */
  readonly reply: (bytes: Uint8Array) => void;
}

/** Messages that were dropped unanswered, or answered without being handed on. */
export interface ResponderCounts {
  readonly received: number;
  /** The subject is none of a command. */
  readonly badSubject: number;
  /** The reply would not have gone to the sender's own inbox: an attack, or a wrong set-up. */
  readonly badReply: number;
  /** More bytes than a command may have; answered with the refusal that was given. */
  readonly tooLong: number;
}

export interface ResponderOptions {
  /** With the rights of `c_responder`, or of `c_operations` for the operator's commands. */
  readonly connection: NatsConnection;
  readonly fleet: FleetId;
  readonly from: "agents" | "operator";
  readonly handle: (incoming: Incoming) => void;
  /** What a sender of too many bytes is answered, already encoded. */
  readonly tooLong?: Uint8Array;
  /** Told of who aims its answers elsewhere, or sends too much. */
  readonly onDropped?: (agent: AgentId, why: "badReply" | "tooLong") => void;
}

export interface Responder {
  readonly counts: ResponderCounts;
  /**
   * From now on hears these agents alone, or all when undefined. What another one sends then ends at the
   * broker, which tells it that nobody listens. Around the change one may be heard twice, never not at all.
   */
  hearOnly(agents: readonly AgentId[] | undefined): void;
  /** Takes no more commands; those that were handed on can still be answered. */
  close(): Promise<void>;
}

const TOO_LONG = encode({ ok: false, code: "too-long" });

/** Starts to listen. Resolves when the broker knows of the subscription. */
export async function openResponder(options: ResponderOptions): Promise<Responder> {
  const { connection, fleet, handle } = options;
  const counts = { received: 0, badSubject: 0, badReply: 0, tooLong: 0 };
  const sender = options.from === "agents" ? agentOf : operatorOf;
  const tooLong = options.tooLong ?? TOO_LONG;

  const onMessage = (msg: Msg): void => {
    counts.received += 1;
    const from = sender(fleet, msg.subject);
    if (from === undefined) {
      counts.badSubject += 1;
      return;
    }
    const { reply: inbox } = msg;
    if (inbox === undefined || !isOwnInbox(from.user, inbox)) {
      counts.badReply += 1;
      options.onDropped?.(from.agent, "badReply");
      return;
    }
    const reply = (bytes: Uint8Array): void => {
      if (!connection.isClosed()) connection.publish(inbox, bytes);
    };
    if (msg.data.length > COMMAND_BYTES_MAX) {
      counts.tooLong += 1;
      options.onDropped?.(from.agent, "tooLong");
      reply(tooLong);
      return;
    }
    handle({ agent: from.agent, command: from.command, bytes: msg.data, reply });
  };
  const all = options.from === "agents" ? allCommands(fleet) : allOps(fleet);
  const listen = (subjects: readonly string[]) =>
    subjects.map((subject) =>
      connection.subscribe(subject, { callback: (_, msg) => onMessage(msg) }),
    );
  let listening = listen([all]);
  await connection.flush();
  return {
    counts,
    hearOnly: (agents) => {
      if (connection.isClosed()) return;
      const before = listening;
      listening = listen(agents?.map((agent) => directCommands(fleet, agent)) ?? [all]);
      // What is on its way already still comes.
      for (const each of before) void each.drain().catch(() => undefined);
    },
    close: async () => {
      if (!connection.isClosed()) await Promise.all(listening.map((each) => each.drain()));
    },
  };
}

interface Sender {
  readonly user: UserName;
  readonly agent: AgentId;
  readonly command: string;
}

function agentOf(fleet: FleetId, subject: string): Sender | undefined {
  const address = parseCommand(subject);
  if (address === undefined || address.fleet !== fleet) return undefined;
  return { user: address.agent, agent: address.agent, command: address.command };
}

function operatorOf(fleet: FleetId, subject: string): Sender | undefined {
  const address = parseOps(subject);
  if (address === undefined || address.fleet !== fleet) return undefined;
  return { user: "operator", agent: OPERATOR, command: address.command };
}

/** What an agent says of itself with a beat. */
export interface BeatSaid {
  /** Of its lifecycle; empty when the beat says nothing that can be read. */
  readonly phase: string;
  /** Which start of the agent it is; empty when it does not say. */
  readonly life: string;
  /** What it has counted of itself, by name; empty when it says nothing of it. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Hears agents say that they live. Who it was is said by the subject. */
export function listenToBeats(
  connection: NatsConnection,
  fleet: FleetId,
  onBeat: (agent: AgentId, said: BeatSaid) => void,
): void {
  connection.subscribe(allBeats(fleet), {
    callback: (_, msg) => {
      const beat = parseBeat(msg.subject);
      if (beat !== undefined && beat.fleet === fleet) onBeat(beat.agent, saidIn(msg.data));
    },
  });
}

const PHASE = /^[a-z]{1,32}$/;
const LIFE = /^[a-zA-Z0-9-]{1,32}$/;

/** As many as are worth showing. */
const COUNTS_MAX = 16;

function saidIn(bytes: Uint8Array): BeatSaid {
  const read = decodeCommand(bytes);
  const value = read.ok && typeof read.value === "object" ? read.value : null;
  const { phase, life, counts } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const said = typeof counts === "object" && counts !== null ? Object.entries(counts) : [];
  const numbers = said
    .slice(0, COUNTS_MAX)
    .filter(([name, n]) => /^[a-zA-Z]{1,32}$/.test(name) && Number.isFinite(n) && Number(n) >= 0);
  return {
    phase: typeof phase === "string" && PHASE.test(phase) ? phase : "",
    life: typeof life === "string" && LIFE.test(life) ? life : "",
    counts: Object.fromEntries(numbers) as Record<string, number>,
  };
}
