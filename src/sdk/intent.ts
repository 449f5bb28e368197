/** What a strategy may ask for, and what came of it. */
import { AGENT_COMMANDS, type AgentCommandName, isAgentCommand } from "../protocol/commands.ts";
import type { CommandBody } from "./link.ts";

/** All an agent may ask but its own housekeeping: leases and views are the runner's. */
export type IntentName = Exclude<AgentCommandName, "View" | "Renew">;
type Intents = {
  [N in IntentName]: { readonly command: N; readonly body: CommandBody<N> };
};
export type Intent = Intents[IntentName];

/** What became of one intent. */
export type Outcome =
  | { readonly ok: true; readonly intent: Intent; readonly seq: number }
  | {
      readonly ok: false;
      readonly intent: Intent;
      /** A rejection code of the protocol, or `unsent`, `unanswered`, `not-reducing`. */
      readonly code: string;
      readonly detail: string;
    };

/** Intents of one decision: more is a runaway strategy. */
export const INTENTS_MAX = 32;

/** True for what can only lower risk or settle what is already held. */
export function isReducing(intent: Intent): boolean {
  switch (intent.command) {
    case "PlaceOrder":
      return intent.body.reduceOnly === true;
    case "RecordDue":
      return intent.body.direction === "receive";
    case "Reserve":
    case "PlaceBet":
    case "OpenEscrow":
    case "OpenLoan":
    case "SearchDomains":
    case "RegisterDomain":
    case "PayAgent":
    case "PostJob":
    case "TakeJob":
      return false;
    default:
      return true;
  }
}

// A strategy of plain JavaScript may ask for anything.
const isIntentName = (name: unknown): boolean =>
  typeof name === "string" && isAgentCommand(name) && name !== "View" && name !== "Renew";

/** Why the fleet would refuse the intent unread, or undefined. */
export function faultIn(intent: Intent, id: string): string | undefined {
  if (!isIntentName(intent.command)) return `command: ${String(intent.command)} is no intent`;
  const parsed = AGENT_COMMANDS[intent.command].safeParse({ ...intent.body, id });
  if (parsed.success) return undefined;
  const first = parsed.error.issues[0];
  return first === undefined ? "bad body" : `${first.path.join(".")}: ${first.message}`;
}
