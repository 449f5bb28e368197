/** The door: bytes become a stamped command or a refusal, before anything is decided. */
import { type AgentId, type Id, OPERATOR } from "../core/ids.ts";
import { COMMAND_BYTES_MAX, COMMAND_TTL_MAX } from "../core/limits.ts";
import type { Millis } from "../core/time.ts";
import {
  AGENT_COMMANDS,
  isAgentCommand,
  isOperatorCommand,
  OPERATOR_COMMANDS,
} from "../protocol/commands.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import type { Command, Stamp } from "../protocol/turns.ts";
import { decodeCommand } from "../wire/codec.ts";

/** A request that may go on to the law, or a question that never reaches it. */
export type Admitted =
  | { readonly kind: "command"; readonly command: Command; readonly asked: unknown }
  | { readonly kind: "question"; readonly id: string; readonly from: AgentId }
  | { readonly kind: "refused"; readonly id: string; readonly rejection: Rejection };

/** FNV-1a over the bytes: tells two commands under one id apart, nothing more. */
function fingerprint(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

const refused = (id: string, rejection: Rejection): Admitted => ({
  kind: "refused",
  id,
  rejection,
});

const idIn = (value: unknown): string => {
  const id =
    value !== null && typeof value === "object" ? (value as { id?: unknown }).id : undefined;
  return typeof id === "string" && id.length <= 64 ? id : "";
};

/** A request of an agent: `from` is its subject token, which the broker vouches for. */
export function admitAgent(from: AgentId, name: string, bytes: Uint8Array, now: Millis): Admitted {
  if (!isAgentCommand(name)) {
    const code = isOperatorCommand(name) ? "not_allowed" : "unknown_command";
    return refused("", refuse(code, name.slice(0, 64)));
  }
  return admit(from, name, AGENT_COMMANDS[name], name === "View", bytes, now);
}

/** A request of the operator. */
export function admitOperator(name: string, bytes: Uint8Array, now: Millis): Admitted {
  if (!isOperatorCommand(name)) return refused("", refuse("unknown_command", name.slice(0, 64)));
  return admit(OPERATOR, name, OPERATOR_COMMANDS[name], name === "Status", bytes, now);
}

interface Schema {
  safeParse(value: unknown):
    | {
        readonly success: true;
        readonly data: { readonly id: Id; readonly exp?: Millis | undefined };
      }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } };
}
interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function admit(
  from: AgentId,
  name: string,
  schema: Schema,
  question: boolean,
  bytes: Uint8Array,
  now: Millis,
): Admitted {
  if (bytes.length > COMMAND_BYTES_MAX) {
    return refused("", refuse("too_large", `${bytes.length} bytes, allowed ${COMMAND_BYTES_MAX}`));
  }
  const read = decodeCommand(bytes);
  if (!read.ok) return refused("", refuse("malformed", read.reason));
  const parsed = schema.safeParse(read.value);
  if (!parsed.success) return refused(idIn(read.value), fieldFault(parsed.error.issues));
  const body = parsed.data;
  if (question) return { kind: "question", id: body.id, from };
  const { exp } = body;
  // Without an end of its own the same bytes would be a new command once their answer is forgotten.
  if (exp === undefined)
    return refused(body.id, refuse("bad_field", "exp: is needed, in epoch ms"));
  if (exp < now) return refused(body.id, refuse("command_expired", `${now - exp} ms ago`));
  if (exp > now + COMMAND_TTL_MAX) {
    return refused(body.id, refuse("expiry_too_far", `allowed ${COMMAND_TTL_MAX} ms ahead`));
  }
  const stamp: Stamp = { id: body.id, from, at: now, exp, print: fingerprint(bytes) };
  // The schema of this very name has made the body: the pair is one of the union by construction.
  const command = { type: name, stamp, body } as unknown as Command;
  return { kind: "command", command, asked: read.value };
}

function fieldFault(issues: readonly Issue[]): Rejection {
  const told = issues.slice(0, 3).map((issue) => {
    const path = issue.path.map(String).join(".");
    return path === "" ? issue.message : `${path}: ${issue.message}`;
  });
  return refuse("bad_field", told.join("; ").slice(0, 300));
}
