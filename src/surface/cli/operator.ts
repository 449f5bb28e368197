/** The operator's line to the coordinator: one command, one answer. */
import { randomUUID } from "node:crypto";
import type { FleetId } from "../../core/ids.ts";
import { MESSAGE_DEPTH_MAX, PAYLOAD_BYTES_MAX } from "../../core/limits.ts";
import type { OperatorCommandName, OperatorRequest } from "../../protocol/commands.ts";
import type { Reply } from "../../protocol/turns.ts";
import type { StatusView } from "../../protocol/views.ts";
import { readReply } from "../../sdk/incoming.ts";
import { decode } from "../../wire/codec.ts";
import { encode } from "../../wire/codec-encode.ts";
import { connectUser } from "../../wire/connect.ts";
import { openRequester } from "../../wire/requester.ts";
import { opsSubject } from "../../wire/subjects.ts";
import { CliError, EXIT } from "./exit.ts";

export interface Operator {
  /** @throws CliError when nobody leads or answers in time. */
  give<N extends OperatorCommandName>(
    command: N,
    body: Omit<OperatorRequest<N>, "id" | "exp">,
  ): Promise<Reply>;
  status(): Promise<StatusView>;
  close(): Promise<void>;
}

export interface OperatorOptions {
  readonly url: string;
  /** The folder with the keys. */
  readonly keys: string;
  readonly fleet: FleetId;
  readonly tryMs?: number;
  readonly tries?: number;
  /** Of the broker's greeting, as of `connectUser`. */
  readonly patienceMs?: number;
  /** Whether a broker that is not there is being started anew. None: absent, and it is not waited for. */
  readonly isComing?: () => boolean;
}

/** The depth of a view, which is a message of ours. */
const LIMITS = {
  bytesMax: PAYLOAD_BYTES_MAX,
  depthMax: MESSAGE_DEPTH_MAX,
  integers: "number",
} as const;

/** How long a command stays meant: longer than all its tries. */
const TTL_MS = 30_000;

/** @throws CredentialError without the operator's key; the client's own errors without a broker. */
export async function openOperator(options: OperatorOptions): Promise<Operator> {
  const { url, keys, fleet, tryMs = 1_000, tries = 5, patienceMs = 0 } = options;
  const { isComing = () => false } = options;
  const user = "operator";
  const connection = await connectUser({ url, credentials: keys, user, patienceMs, isComing });
  const requester = openRequester({ connection, user: "operator", tryMs, tries });
  const give = async (command: OperatorCommandName, body: object): Promise<Reply> => {
    const bytes = encode({ ...body, id: randomUUID(), exp: Date.now() + TTL_MS });
    const decoded = decode(await requester.request(opsSubject(fleet, command), bytes), LIMITS);
    const reply = decoded.ok ? readReply(decoded.value) : undefined;
    if (reply === undefined) {
      throw new CliError(EXIT.failed, `the answer to ${command} is none of this version's`);
    }
    return reply;
  };
  return {
    give,
    status: async () => {
      const reply = await give("Status", {});
      if (reply.ok) return reply.view as StatusView;
      throw new CliError(EXIT.refused, `${reply.number} ${reply.code}: ${reply.message}`);
    },
    close: async () => {
      await requester.close();
      await connection.close();
    },
  };
}
