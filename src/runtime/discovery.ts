/** What the tools of NATS find of a fleet: this coordinator, and while it leads each agent that lives. */
import { createHash } from "node:crypto";
import type { FleetId } from "../core/ids.ts";
import type { Connection } from "../wire/connect.ts";
import type { Responder } from "../wire/responder.ts";
import {
  type EndpointFacts,
  openServices,
  type ServiceFacts,
  type Services,
} from "../wire/services.ts";
import { allCommands, allOps, commandsOf } from "../wire/subjects.ts";
import type { Beats } from "./beats.ts";
import type { Clock } from "./clock.ts";
import type { Front } from "./front.ts";
import type { Leading } from "./leading.ts";
import { VERSION } from "./version.ts";

export interface DiscoveryParts {
  /** With the rights of `c_service`. */
  readonly connection: Connection;
  readonly fleet: FleetId;
  /** Names this process for ever. */
  readonly holder: string;
  readonly clock: Clock;
  readonly beats: Beats;
  readonly front: Front;
  readonly agents: Responder;
  readonly operator: Responder;
  readonly phase: () => string;
  readonly leading: () => Leading | undefined;
}

const ID_CHARS = 22;
/** An id of a service is of letters and digits; a holder's name is not. */
const idOf = (...parts: readonly string[]): string =>
  createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, ID_CHARS);

/** Makes a fleet be found until it is closed. A standby speaks for itself alone. */
export function discoverable(parts: DiscoveryParts): Services {
  const { connection, clock } = parts;
  const started = clock.now();
  return openServices({
    connection,
    list: () => {
      const leading = parts.leading();
      const own = coordinatorOf(parts, started, leading);
      return leading === undefined ? [own] : [own, ...specialistsOf(parts)];
    },
  });
}

const specialistsOf = ({ fleet, beats }: DiscoveryParts): readonly ServiceFacts[] =>
  beats.living().map(
    ({ agent, phase, since, counts }): ServiceFacts => ({
      name: `specialist-${agent}`,
      // The same under the next leader: it is the same agent.
      id: idOf(fleet, agent),
      version: VERSION,
      description: `Agent ${agent} of fleet ${fleet}`,
      started: since,
      metadata: { fleet, agent, phase, role: "specialist" },
      // Not to be asked: what it asks of the fleet, and how it fares.
      endpoints: [
        {
          ...{ name: "intents", subject: commandsOf(fleet, agent), data: counts },
          ...{ requests: counts["intents"] ?? 0, errors: counts["refused"] ?? 0 },
          tookMs: counts["answersMs"] ?? 0,
        },
      ],
    }),
  );

function coordinatorOf(
  parts: DiscoveryParts,
  started: number,
  leading: Leading | undefined,
): ServiceFacts {
  const { fleet, holder, front } = parts;
  const loop = leading?.loop;
  const data = {
    seq: loop?.head.seq ?? 0,
    waiting: loop?.waiting ?? 0,
    refusedAtDoor: front.refusedAtDoor,
  };
  const { tookMs } = front;
  const endpoint = ({
    counts,
  }: Responder): Pick<EndpointFacts, "requests" | "errors" | "data"> => ({
    requests: counts.received,
    errors: counts.badSubject + counts.badReply + counts.tooLong,
    data,
  });
  return {
    name: "coordinator",
    id: idOf(fleet, holder),
    version: VERSION,
    description: `Margin authority of fleet ${fleet}`,
    started,
    metadata: {
      ...{ fleet, role: "coordinator", phase: parts.phase() },
      ...(loop === undefined ? {} : { epoch: String(loop.law.epoch) }),
    },
    endpoints: [
      {
        ...{ name: "commands", subject: allCommands(fleet), tookMs: tookMs.agents },
        ...endpoint(parts.agents),
      },
      {
        ...{ name: "operations", subject: allOps(fleet), tookMs: tookMs.operator },
        ...endpoint(parts.operator),
      },
    ],
  };
}
