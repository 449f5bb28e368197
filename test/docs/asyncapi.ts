/** The AsyncAPI document: every subject and message, from the schemas and types of the protocol. */
import { VERSION } from "../../src/runtime/version.ts";
import type { Message, Messages } from "./messages.ts";
import type { Schema } from "./type-schema.ts";

const CONTENT = { msgpack: "application/msgpack", json: "application/json" } as const;
const PARAMETERS = {
  fleet: { description: "The fleet, `^[a-z0-9-]{1,32}$`" },
  agent: { description: "The agent, `^[a-z0-9-]{1,32}$`; `fleet` in events that concern all" },
  market: { description: "The market, such as `btc-perp`" },
  source: { description: "The source, as the fleet file names it" },
  user: { description: "Who asked: an agent's id, or `operator`" },
  token: { description: "Chosen by who asked" },
} as const;

interface Channel {
  readonly key: string;
  readonly address: string;
  readonly messages: readonly Message[];
  /** Seen from the coordinator. */
  readonly action: "send" | "receive";
  readonly replied: boolean;
}

function channels({ commands, operator, events, others }: Messages): readonly Channel[] {
  const asked = { action: "receive", replied: true } as const;
  const told = { action: "send", replied: false } as const;
  const one = (key: string, address: string, message: Message, how: typeof told): Channel => ({
    ...{ key, address, messages: [message] },
    ...how,
  });
  return [
    ...commands.map((each) => ({
      ...{ key: `command${each.name}`, address: `fleet.{fleet}.cmd.{agent}.${each.name}` },
      ...{ messages: [each], ...asked },
    })),
    ...operator.map((each) => ({
      ...{ key: `operator${each.name}`, address: `fleet.{fleet}.ops.${each.name}` },
      ...{ messages: [each], ...asked },
    })),
    ...events.map((each) =>
      one(`event${each.name}`, `fleet.{fleet}.evt.{agent}.${each.name}`, each, told),
    ),
    one("risk", "fleet.{fleet}.risk", others.risk, told),
    one("marks", "fleet.{fleet}.mark.{market}", others.mark, told),
    one("leases", "fleet.{fleet}.lease.{agent}", others.lease, told),
    {
      ...{ key: "beats", address: "fleet.{fleet}.beat.{agent}", messages: [others.beat] },
      ...{ action: "receive", replied: false },
    },
    {
      ...{ key: "prices", address: "fleet.{fleet}.price.{source}", messages: [others.price] },
      ...{ action: "receive", replied: false },
    },
    one("replies", "_INBOX_{user}.{token}", others.reply, told),
  ];
}

const refTo = (path: string): Schema => ({ $ref: `#/${path}` });
const parametersOf = (address: string): Schema =>
  Object.fromEntries(
    Object.keys(PARAMETERS)
      .filter((name) => address.includes(`{${name}}`))
      .map((name) => [name, refTo(`components/parameters/${name}`)]),
  );

/** The whole document, for the coordinator. */
export function asyncApi(messages: Messages): Schema {
  const all = channels(messages);
  const keyOf = (channel: Channel, message: Message): string =>
    channel.messages.length === 1 ? channel.key : message.name;
  const components = all.flatMap((channel) =>
    channel.messages.map((message) => {
      const { name, about, codec, schema, example } = message;
      const summary = about === "" ? {} : { summary: about };
      const shown = example === undefined ? {} : { examples: [{ payload: example }] };
      const told = { name, contentType: CONTENT[codec], ...summary, payload: schema, ...shown };
      return [keyOf(channel, message), told] as const;
    }),
  );
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Flotilla",
      version: VERSION,
      description: "What agents, the operator and observers of a fleet say and hear over NATS.",
      license: { name: "Apache-2.0" },
    },
    servers: { local: { host: "127.0.0.1", protocol: "nats", description: "As `up` says" } },
    channels: Object.fromEntries(
      all.map((channel) => [
        channel.key,
        {
          address: channel.address,
          parameters: parametersOf(channel.address),
          messages: Object.fromEntries(
            channel.messages.map((message) => {
              const key = keyOf(channel, message);
              return [key, refTo(`components/messages/${key}`)];
            }),
          ),
        },
      ]),
    ),
    operations: Object.fromEntries(
      all.map(({ key, action, replied }) => [
        key,
        {
          ...{ action, channel: refTo(`channels/${key}`) },
          ...(replied ? { reply: { channel: refTo("channels/replies") } } : {}),
        },
      ]),
    ),
    components: {
      parameters: PARAMETERS,
      messages: Object.fromEntries(components),
      // What stands in `view` of a reply to View and to Status.
      schemas: {
        AgentView: messages.others.agentView.schema,
        StatusView: messages.others.statusView.schema,
      },
    },
  };
}
