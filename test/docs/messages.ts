/** Every message of the wire, from the schemas and types of the protocol. */
import { z } from "zod";
import { AGENT_COMMANDS, OPERATOR_COMMANDS } from "../../src/protocol/commands.ts";
import byHand from "./by-hand.json" with { type: "json" };
import demo from "./examples.json" with { type: "json" };
import { type Schema, TypeSchemas } from "./type-schema.ts";

/** One kind of message, as all three pages of it need to know. */
export interface Message {
  readonly name: string;
  readonly about: string;
  readonly codec: "msgpack" | "json";
  readonly schema: Schema;
  readonly example: unknown;
}
export interface Messages {
  readonly commands: readonly Message[];
  readonly operator: readonly Message[];
  readonly events: readonly Message[];
  readonly others: Readonly<Record<Other, Message>>;
}
const OTHERS = [
  "reply",
  "agentView",
  "statusView",
  "risk",
  "mark",
  "price",
  "beat",
  "lease",
] as const;
export type Other = (typeof OTHERS)[number];

const COMMANDS = "src/protocol/commands.ts";
const EVENTS = "src/protocol/events.ts";
const VIEWS = "src/protocol/views.ts";
const TURNS = "src/protocol/turns.ts";
const PRICES = "src/protocol/events-prices.ts";

const text = (description: string): Schema => ({ type: "string", description });
const whole = (description: string): Schema => ({ type: "integer", description });
const object = (
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
) => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((field) => !optional.includes(field)),
  additionalProperties: false,
});

/** What every public event begins with. */
const HEAD = {
  id: text("`seq.turn.index`: unique, and the same at every replay"),
  seq: whole("Journal message that holds it"),
  time: whole("When it was decided, epoch ms"),
  agent: text("Whom it concerns; `fleet` for all"),
  cause: text("The command that brought it about: `<type> <caller>/<id>`"),
} as const;

const REJECTED = object(
  {
    ...HEAD,
    type: { const: "Rejected" },
    code: text("Why, for programs; see the list of rejections"),
    number: whole("The same, for ever"),
    message: text("Why, for people"),
    detail: text("The numbers behind it"),
    asked: { description: "The command as it came" },
  },
  ["asked"],
);

/** By hand is what the demo does not say of itself. */
const examples = {
  ...demo,
  commands: { ...demo.commands, ...byHand.commands },
  operator: { ...demo.operator, ...byHand.operator },
  others: { ...demo.others, ...byHand.others },
};

const exampleIn = (all: object, name: string): unknown => Reflect.get(all, name);

function commandMessages(schemas: TypeSchemas, of: "AGENT_COMMANDS" | "OPERATOR_COMMANDS") {
  const all = of === "AGENT_COMMANDS" ? AGENT_COMMANDS : OPERATOR_COMMANDS;
  const comments = schemas.comments(COMMANDS, of);
  return Object.entries(all).map(([name, type]): Message => {
    const { $schema: _, ...schema } = z.toJSONSchema(type, { io: "input", target: "draft-7" });
    const given = of === "AGENT_COMMANDS" ? examples.commands : examples.operator;
    const example = exampleIn(given, name);
    return { name, about: comments.get(name) ?? "", codec: "msgpack", schema, example };
  });
}

function eventMessages(schemas: TypeSchemas): readonly Message[] {
  const events = [...schemas.members(EVENTS, "FleetEvent")].map(([name, schema]): Message => {
    const properties = { ...HEAD, ...(schema["properties"] as object), agent: HEAD.agent };
    const required = [...new Set([...Object.keys(HEAD), ...(schema["required"] as string[])])];
    const example = exampleIn(examples.events, name);
    return { name, about: "", codec: "json", schema: { ...schema, properties, required }, example };
  });
  const example = exampleIn(examples.events, "Rejected");
  const rejected: Message = {
    ...{ name: "Rejected", about: "A command was refused after it had been taken." },
    ...{ codec: "json", schema: REJECTED, example },
  };
  return [...events, rejected].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function otherMessages(schemas: TypeSchemas): Messages["others"] {
  const mark = schemas.of(PRICES, "BelievedMark");
  const seq = whole("Journal message that holds it");
  const of: Record<Other, readonly ["msgpack" | "json", string, Schema]> = {
    reply: [
      "msgpack",
      "The answer to a command: where it was decided, or why it was refused.",
      schemas.of(TURNS, "Reply"),
    ],
    agentView: ["msgpack", "`view` of the reply to View.", schemas.of(VIEWS, "AgentView")],
    statusView: ["msgpack", "`view` of the reply to Status.", schemas.of(VIEWS, "StatusView")],
    risk: ["json", "The fleet's risk, once a second.", schemas.of(VIEWS, "RiskView")],
    mark: [
      "json",
      "The newest price of a market.",
      {
        ...mark,
        properties: { ...(mark["properties"] as object), seq },
        required: [...(mark["required"] as readonly string[]), "seq"],
      },
    ],
    price: [
      "json",
      "What a source says beside the venue. Nothing answers.",
      object({
        prices: {
          type: "array",
          items: object({
            market: text("The market, such as `btc-perp`"),
            price: text("Above zero, a decimal text"),
            at: whole("When the source made it, true time, epoch ms"),
          }),
        },
      }),
    ],
    beat: [
      "msgpack",
      "An agent lives.",
      object(
        {
          phase: text("Of its lifecycle"),
          note: text("Why it is there"),
          life: text("One text for each start: a new one without a last word is a failure"),
          counts: {
            ...object({
              decisions: whole("Looks that ended in a decision"),
              intents: whole("Commands that it sent"),
              refused: whole("Of these, refused"),
              failures: whole("Rounds in which the fleet did not answer"),
              answers: whole("Answers that it waited for"),
              answersMs: whole("How long, all in all"),
            }),
            description: "What it has counted of itself since its start",
          },
        },
        ["counts", "life"],
      ),
    ],
    lease: [
      "msgpack",
      "How long the agent's lease runs, once a second while it lives.",
      object({
        agent: text("Whose"),
        expiresAt: whole("Epoch ms"),
        epoch: whole("Of the coordinator that says so"),
        at: whole("When it was said, epoch ms"),
      }),
    ],
  };
  const made = OTHERS.map((name): [Other, Message] => {
    const [codec, about, schema] = of[name];
    return [name, { name, about, codec, schema, example: exampleIn(examples.others, name) }];
  });
  return Object.fromEntries(made) as Messages["others"];
}

/** Reads the protocol once; takes some seconds. */
export function readMessages(): Messages {
  const schemas = new TypeSchemas([COMMANDS, EVENTS, VIEWS, TURNS, PRICES]);
  return {
    commands: commandMessages(schemas, "AGENT_COMMANDS"),
    operator: commandMessages(schemas, "OPERATOR_COMMANDS"),
    events: eventMessages(schemas),
    others: otherMessages(schemas),
  };
}
