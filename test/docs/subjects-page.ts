/** The page of subjects for people: who may say and hear what, in which codec, with an example of each. */
import { agentId, fleetId, sourceId } from "../../src/core/ids.ts";
import { type Rights, rightsOf, watchStreams } from "../../src/wire/permissions.ts";
import type { Message, Messages } from "./messages.ts";
import type { Schema } from "./type-schema.ts";

const FLEET = fleetId("demo");
const [OWN, ANOTHER] = [agentId("trading"), agentId("casino")];

/** Subjects as people read them, one of each as it is, and what is said there. */
const FAMILIES: readonly (readonly [string, string, string, string])[] = [
  ["fleet.<f>.cmd.<a>.<Command>", "fleet.demo.cmd.trading.Reserve", "MessagePack", "a command"],
  ["fleet.<f>.ops.<Command>", "fleet.demo.ops.Grant", "MessagePack", "a command"],
  ["fleet.<f>.evt.<a>.<Event>", "fleet.demo.evt.trading.FillBooked", "JSON", "what happened"],
  ["fleet.<f>.evt.fleet.<Event>", "fleet.demo.evt.fleet.MarksSet", "JSON", "what concerns all"],
  ["fleet.<f>.risk", "fleet.demo.risk", "JSON", "the fleet's risk"],
  ["fleet.<f>.mark.<market>", "fleet.demo.mark.btc-perp", "JSON", "the newest price"],
  ["fleet.<f>.beat.<a>", "fleet.demo.beat.trading", "MessagePack", "alive"],
  ["fleet.<f>.price.<source>", "fleet.demo.price.index-a", "JSON", "a source's prices"],
  ["fleet.<f>.lease.<a>", "fleet.demo.lease.trading", "MessagePack", "how long the lease runs"],
  ["fleet.<f>.journal", "fleet.demo.journal", "MessagePack", "a batch of turns"],
  ["$KV.CORE_<f>.lease", "$KV.CORE_demo.lease", "JSON", "who leads"],
  ["$KV.CORE_<f>.head", "$KV.CORE_demo.head", "JSON", "the last journal message seen"],
  ["_INBOX_<a>.>", "_INBOX_trading.x", "MessagePack", "replies to an agent"],
  ["_INBOX_operator.>", "_INBOX_operator.x", "as asked", "replies to the operator"],
  ["$SRV.<VERB>.>", "$SRV.PING.coordinator", "JSON", "discovery of micro services"],
];

/** Whether a subject falls under a pattern of the broker. */
function covers(pattern: string, subject: string): boolean {
  const [wanted, given] = [pattern.split("."), subject.split(".")];
  for (const [i, token] of wanted.entries()) {
    if (token === ">") return given.length > i;
    if (given[i] === undefined || (token !== "*" && token !== given[i])) return false;
  }
  return wanted.length === given.length;
}

function users(subject: string, may: "publish" | "subscribe"): string {
  const all = rightsOf(FLEET, [OWN, ANOTHER], [sourceId("index-a")]);
  const able = all.filter((rights) => allows(rights, subject, may)).map(({ user }) => user);
  const agents = able.filter((user) => user === OWN || user === ANOTHER);
  const named = able.filter((user) => !agents.includes(user)).map((user) => `\`${user}\``);
  const own = agents.length === 2 ? ["every agent"] : agents.length === 1 ? ["agent `<a>`"] : [];
  return [...own, ...named].join(", ") || "–";
}

function allows(rights: Rights, subject: string, may: "publish" | "subscribe"): boolean {
  if (!rights[may].some((pattern) => covers(pattern, subject))) return false;
  // An account of its own has only what it imports.
  return (
    rights.account !== "WATCH" || watchStreams(FLEET).some((pattern) => covers(pattern, subject))
  );
}

const typeOf = (schema: Schema): string => {
  if ("const" in schema) return `\`${JSON.stringify(schema["const"])}\``;
  const names = schema["enum"] as readonly unknown[] | undefined;
  if (names !== undefined) return names.map((each) => `\`${String(each)}\``).join(" ");
  const any = schema["anyOf"] as readonly Schema[] | undefined;
  if (any !== undefined) return any.map(typeOf).join(" or ");
  if (schema["type"] === "string") return "text";
  if (schema["type"] === "array") return `list of ${typeOf(schema["items"] as Schema)}`;
  return schema["type"] === "integer" ? "whole number" : String(schema["type"] ?? "anything");
};

const bounds = ({ minimum, maximum, maxLength }: Schema): string => {
  if (maxLength !== undefined) return `at most ${String(maxLength)} characters`;
  const most = maximum !== undefined && Number(maximum) < Number.MAX_SAFE_INTEGER;
  return most && minimum !== undefined ? `${String(minimum)} to ${String(maximum)}` : "";
};

/** A row for each field; those of an object within follow it, with a dot. */
function fieldRows(schema: Schema, within = ""): string[] {
  const required = schema["required"] as readonly string[];
  const properties = Object.entries(schema["properties"] as Readonly<Record<string, Schema>>);
  return properties.flatMap(([name, field]) => {
    const about = String(field["description"] ?? bounds(field)).replace(/\|/g, "\\|");
    const needed = required.includes(name) ? "yes" : "no";
    const row = `| \`${within}${name}\` | ${typeOf(field)} | ${needed} | ${about} |`;
    return "properties" in field ? [row, ...fieldRows(field, `${name}.`)] : [row];
  });
}

const fieldTable = (schema: Schema): string[] => [
  ...["| Field | Type | Needed | |", "|---|---|---|---|"],
  ...[...fieldRows(schema), ""],
];

const json = (value: unknown): string[] => [
  "```json",
  JSON.stringify(value, undefined, 1)
    .replace(/\n\s*/g, " ")
    .replace(/([[{]) | ([\]}])/g, "$1$2"),
  "```",
  "",
];

function commandPart({ name, about, schema, example }: Message): string[] {
  return [
    `### ${name}`,
    "",
    ...(about === "" ? [] : [about, ""]),
    ...fieldTable(schema),
    ...json(example),
  ];
}

function eventPart({ name, about, schema, example }: Message): string[] {
  const fields = Object.keys(schema["properties"] as object).filter((field) => !HEAD.has(field));
  const told = fields.map((field) => `\`${field}\``).join(", ");
  return [
    `### ${name}`,
    "",
    ...(about === "" ? [] : [about, ""]),
    told === "" ? "No fields of its own." : `Its own fields: ${told}.`,
    "",
    ...(example === undefined ? [] : json(example)),
  ];
}
const HEAD = new Set(["id", "seq", "time", "agent", "type", "cause"]);

const otherPart = (title: string, { about, example }: Message): string[] => [
  `### ${title}`,
  "",
  about,
  "",
  ...json(example),
];

/** What stands in a reply; the fields of a view are in asyncapi.json, too many for a table. */
const REPLY_FIELDS = [
  'Granted: `{"ok": true, "id": "reserve-1", "seq": 412, "turn": 3}`.',
  "",
  "| Field | When | What |",
  "|---|---|---|",
  "| `ok` | always | Whether it was granted |",
  "| `id` | always | The `id` that was asked with; empty where it was refused unread |",
  "| `seq`, `turn` | always | Journal message and place in it where this was decided; 0 and 0: refused at the door, not journaled |",
  "| `view` | `ok`, to View and Status | What was asked for |",
  "| `code`, `number` | not `ok` | Which refusal: [rejections](rejections.md) |",
  "| `message`, `detail` | not `ok` | In words, and which field or figure; `detail` may be absent |",
  "",
  "Every field of the two views is in [asyncapi.json](asyncapi.json), under `components.schemas`.",
  "",
];

/** The whole page. */
export function subjectsPage({ commands, operator, events, others }: Messages): string {
  const rows = FAMILIES.map(([subject, one, codec, what]) => {
    const [says, hears] = [users(one, "publish"), users(one, "subscribe")];
    return `| \`${subject}\` | ${what} | ${says} | ${hears} | ${codec} |`;
  });
  return [
    "# Subjects",
    "",
    "Everything that is said in a fleet over NATS. `<f>` is the fleet, `<a>` an agent. This page is made from the",
    "program's own schemas, types and rights by `npm run docs`, as is [asyncapi.json](asyncapi.json) for programs; a test",
    "fails when it is out of date. Examples are from the demo (`npm run docs:examples`), lists cut to two, or by hand where",
    "the demo does not say it; those of several sources of a price are from the demo's rules with two feeders. How bytes",
    "are written and what is refused: [wire.md](wire.md).",
    "",
    "| Subject | What | May publish | May subscribe | Codec |",
    "|---|---|---|---|---|",
    ...rows,
    "",
    "Amounts and prices are decimal texts, times are epoch milliseconds, ratios are whole parts per million. A field or",
    "command that is not listed here is refused, not ignored.",
    "",
    "## Commands of agents",
    "",
    "Request and reply on `fleet.<f>.cmd.<a>.<Command>`. `id` names the request for ever: the same bytes again get the same",
    "answer and do nothing twice. `exp` is when it stops being meant; 30 seconds from its arrival when absent.",
    "",
    ...commands.flatMap(commandPart),
    "## Commands of the operator",
    "",
    "Request and reply on `fleet.<f>.ops.<Command>`.",
    "",
    ...operator.flatMap(commandPart),
    "## Answers",
    "",
    ...otherPart("Reply", others.reply),
    ...REPLY_FIELDS,
    ...otherPart("The view of an agent", others.agentView),
    ...otherPart("The status of the fleet", others.statusView),
    "## Steady subjects",
    "",
    ...otherPart("Risk", others.risk),
    ...otherPart("Mark", others.mark),
    ...otherPart("Price", others.price),
    ...otherPart("Beat", others.beat),
    ...otherPart("Lease", others.lease),
    "## Events",
    "",
    "On `fleet.<f>.evt.<a>.<Event>`, where `<a>` is `fleet` for what concerns all; kept in the stream `EVENTS_<f>`. Each has",
    "`id` (unique, the same at every replay), `seq` (the journal message that holds it), `time`, `agent`, `type` and `cause`",
    "(the command that brought it about), and its own fields.",
    "",
    ...events.flatMap(eventPart),
  ]
    .join("\n")
    .replace(/\n+$/, "\n");
}
