/** Gives commands over the wire as an agent or the operator, by the letter: bytes as they are told. */
import { agentId, type FleetId, OPERATOR } from "../../src/core/ids.ts";
import type { Reply } from "../../src/protocol/turns.ts";
import type { AgentView, StatusView } from "../../src/protocol/views.ts";
import { decode } from "../../src/wire/codec.ts";
import { encode } from "../../src/wire/codec-encode.ts";
import type { Connection } from "../../src/wire/connect.ts";
import { openRequester, type Requester } from "../../src/wire/requester.ts";
import { commandSubject, opsSubject, type UserName } from "../../src/wire/subjects.ts";

const READ = { bytesMax: 8 * 1024 * 1024, depthMax: 16, integers: "number" } as const;

/** What came back, as an object. @throws Error when the bytes are no reply. */
export function readReply(bytes: Uint8Array): Reply {
  const read = decode(bytes, READ);
  if (!read.ok) throw new Error(`the reply is unreadable: ${read.reason}`);
  return read.value as Reply;
}

let serial = 0;

export class Caller {
  readonly user: UserName;
  readonly connection: Connection;
  readonly requester: Requester;
  readonly #fleet: FleetId;

  /** @param tryMs until the same bytes are sent again. */
  constructor(fleet: FleetId, user: UserName, connection: Connection, tryMs = 300) {
    this.user = user;
    this.connection = connection;
    this.#fleet = fleet;
    // The same bytes again and again: whoever leads then answers.
    this.requester = openRequester({ connection, user, tryMs, tries: 200 });
  }

  subject(command: string): string {
    if (this.user === "operator") return opsSubject(this.#fleet, command);
    return commandSubject(this.#fleet, agentId(this.user), command);
  }

  /** Sends these very bytes. */
  async send(command: string, bytes: Uint8Array): Promise<Reply> {
    return readReply(await this.requester.request(this.subject(command), bytes));
  }

  /** Sends a body, with an id and an expiry unless it has its own. */
  ask(command: string, body: object = {}): Promise<Reply> {
    serial += 1;
    const id = `${this.user}-${process.pid}-${serial}`;
    return this.send(command, encode({ id, exp: Date.now() + 60_000, ...body }));
  }

  /** The operator's view of the fleet. */
  async status(): Promise<StatusView> {
    if (this.user !== OPERATOR) throw new Error("only the operator asks for the status");
    return viewIn<StatusView>(await this.ask("Status"));
  }

  /** An agent's view of itself. */
  async view(): Promise<AgentView> {
    return viewIn<AgentView>(await this.ask("View"));
  }
}

function viewIn<T>(reply: Reply): T {
  if (!reply.ok) throw new Error(`no view: ${reply.code} ${reply.message}`);
  return reply.view as T;
}
