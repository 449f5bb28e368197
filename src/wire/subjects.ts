/** Every subject, stream and user name of the wire, made and read in one place. */
import { type AgentId, type FleetId, isName, type MarketId, type SourceId } from "../core/ids.ts";

/** Commands and events are named in PascalCase; the name is the last token of the subject. */
const TYPE = /^[A-Z][A-Za-z0-9]{0,63}$/;
const COMMAND_SUBJECT =
  /^fleet\.([a-z0-9-]{1,32})\.cmd\.([a-z0-9-]{1,32})\.([A-Z][A-Za-z0-9]{0,63})$/;
const OPS_SUBJECT = /^fleet\.([a-z0-9-]{1,32})\.ops\.([A-Z][A-Za-z0-9]{0,63})$/;
const EVENT_SUBJECT =
  /^fleet\.([a-z0-9-]{1,32})\.evt\.([a-z0-9-]{1,32})\.([A-Z][A-Za-z0-9]{0,63})$/;
const BEAT_SUBJECT = /^fleet\.([a-z0-9-]{1,32})\.beat\.([a-z0-9-]{1,32})$/;
const PRICE_SUBJECT = /^fleet\.([a-z0-9-]{1,32})\.price\.([a-z0-9-]{1,32})$/;
/** A reply below an inbox: printable, no wildcard, no blank, no empty token. */
const INBOX_REST = /^[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,3}$/;

/** A token that may stand last in a command or event subject. */
const isType = (text: string): boolean => TYPE.test(text);

function typed(type: string): string {
  if (!isType(type)) {
    throw new RangeError(
      `a type is a letter A-Z and letters or digits, was ${JSON.stringify(type)}`,
    );
  }
  return type;
}

/** The connections of the coordinator, each with a user and rights of its own. */
export const ROLES = [
  "provisioner",
  "responder",
  "operations",
  "journal",
  "projector",
  "lease",
  "service",
] as const;
export type Role = (typeof ROLES)[number];
/** People: who commands the fleet, and who only looks. */
const PEOPLE = ["operator", "observer"] as const;
type Person = (typeof PEOPLE)[number];

/**
 * The name of a user of the broker: an agent's id, `operator`, `observer`, or a role of the
 * coordinator as `c_<role>` or a feeder of prices as `f_<source>`, which no agent id can be, for they
 * have an underscore.
 */
export type UserName = AgentId | Person | `c_${Role}` | `f_${SourceId}`;
export const roleUser = (role: Role): `c_${Role}` => `c_${role}`;
export const feederUser = (source: SourceId): `f_${SourceId}` => `f_${source}`;
/** Agent ids that would be taken for somebody else. */
export const isReservedAgent = (text: string): boolean =>
  text === "fleet" || (PEOPLE as readonly string[]).includes(text);

export const commandSubject = (fleet: FleetId, agent: AgentId, command: string): string =>
  `fleet.${fleet}.cmd.${agent}.${typed(command)}`;
export const opsSubject = (fleet: FleetId, command: string): string =>
  `fleet.${fleet}.ops.${typed(command)}`;
/** `agent` is FLEET for what concerns the whole fleet. */
export const eventSubject = (fleet: FleetId, agent: AgentId, event: string): string =>
  `fleet.${fleet}.evt.${agent}.${typed(event)}`;
export const riskSubject = (fleet: FleetId): string => `fleet.${fleet}.risk`;
export const markSubject = (fleet: FleetId, market: MarketId): string =>
  `fleet.${fleet}.mark.${market}`;
export const beatSubject = (fleet: FleetId, agent: AgentId): string =>
  `fleet.${fleet}.beat.${agent}`;
export const leaseSubject = (fleet: FleetId, agent: AgentId): string =>
  `fleet.${fleet}.lease.${agent}`;
export const priceSubject = (fleet: FleetId, source: SourceId): string =>
  `fleet.${fleet}.price.${source}`;
export const journalSubject = (fleet: FleetId): string => `fleet.${fleet}.journal`;

export const allCommands = (fleet: FleetId): string => `fleet.${fleet}.cmd.*.*`;
/** What `allCommands` brings of one agent. */
export const directCommands = (fleet: FleetId, agent: AgentId): string =>
  `fleet.${fleet}.cmd.${agent}.*`;
export const commandsOf = (fleet: FleetId, agent: AgentId): string =>
  `fleet.${fleet}.cmd.${agent}.>`;
export const allOps = (fleet: FleetId): string => `fleet.${fleet}.ops.*`;
export const allEvents = (fleet: FleetId): string => `fleet.${fleet}.evt.>`;
export const eventsOf = (fleet: FleetId, agent: AgentId): string => `fleet.${fleet}.evt.${agent}.>`;
export const allMarks = (fleet: FleetId): string => `fleet.${fleet}.mark.>`;
export const allBeats = (fleet: FleetId): string => `fleet.${fleet}.beat.*`;
export const allPrices = (fleet: FleetId): string => `fleet.${fleet}.price.*`;
export const allLeases = (fleet: FleetId): string => `fleet.${fleet}.lease.*`;

/** The inbox prefix of a user, without the dot; `_INBOX_<user>.>` is all that it may listen to. */
export const inboxPrefix = (user: UserName): string => `_INBOX_${user}`;
export const inboxOf = (user: UserName): string => `_INBOX_${user}.>`;

/** JetStream names: upper case kind, underscore, fleet. */
export const journalStream = (fleet: FleetId): string => `JOURNAL_${fleet}`;
export const eventStream = (fleet: FleetId): string => `EVENTS_${fleet}`;
/** The KV bucket of the coordinators: `lease` (who leads) and `head` (the last head seen). */
export const coreBucket = (fleet: FleetId): string => `CORE_${fleet}`;
export const coreStream = (fleet: FleetId): string => `KV_${coreBucket(fleet)}`;
export type CoreKey = "lease" | "head";
export const coreSubject = (fleet: FleetId, key: CoreKey): string =>
  `$KV.${coreBucket(fleet)}.${key}`;

/** What a command subject says. The agent is who the broker let publish there. */
export interface CommandAddress {
  readonly fleet: FleetId;
  readonly agent: AgentId;
  readonly command: string;
}

/** Reads `fleet.<f>.cmd.<a>.<Command>`. None: undefined for any other subject. */
export function parseCommand(subject: string): CommandAddress | undefined {
  const match = COMMAND_SUBJECT.exec(subject);
  if (match === null) return undefined;
  const [, fleet, agent, command] = match;
  return { fleet: fleet as FleetId, agent: agent as AgentId, command: command as string };
}

/** Reads `fleet.<f>.ops.<Command>`. None: undefined for any other subject. */
export function parseOps(subject: string): { fleet: FleetId; command: string } | undefined {
  const match = OPS_SUBJECT.exec(subject);
  return match === null ? undefined : { fleet: match[1] as FleetId, command: match[2] as string };
}

/** Reads `fleet.<f>.evt.<a>.<Event>`. None: undefined for any other subject. */
export function parseEvent(
  subject: string,
): { fleet: FleetId; agent: AgentId; event: string } | undefined {
  const match = EVENT_SUBJECT.exec(subject);
  if (match === null) return undefined;
  const [, fleet, agent, event] = match;
  return { fleet: fleet as FleetId, agent: agent as AgentId, event: event as string };
}

/** Reads `fleet.<f>.beat.<a>`. None: undefined for any other subject. */
export function parseBeat(subject: string): { fleet: FleetId; agent: AgentId } | undefined {
  const match = BEAT_SUBJECT.exec(subject);
  return match === null ? undefined : { fleet: match[1] as FleetId, agent: match[2] as AgentId };
}

/** Reads `fleet.<f>.price.<source>`. None: undefined for any other subject. */
export function parsePrice(subject: string): { fleet: FleetId; source: SourceId } | undefined {
  const match = PRICE_SUBJECT.exec(subject);
  return match === null ? undefined : { fleet: match[1] as FleetId, source: match[2] as SourceId };
}

/** True when `reply` is a plain subject below the inbox of exactly this user. */
export function isOwnInbox(user: UserName, reply: string): boolean {
  const prefix = inboxPrefix(user);
  if (!reply.startsWith(prefix) || reply.charCodeAt(prefix.length) !== DOT) return false;
  return INBOX_REST.test(reply.slice(prefix.length + 1));
}
const DOT = 46;

/** The source that a user's name is of. None: undefined for whoever is no feeder. */
export function sourceOfUser(user: string): SourceId | undefined {
  const name = user.startsWith("f_") ? user.slice(2) : "";
  return isName(name) ? (name as SourceId) : undefined;
}

/** An agent id that a broker user may be made of. None: undefined. */
export const asAgent = (text: string): AgentId | undefined =>
  isName(text) && !isReservedAgent(text) ? (text as AgentId) : undefined;
