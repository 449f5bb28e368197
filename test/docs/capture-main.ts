/** Runs the demo and keeps one example of every message that is said in it, for the page of subjects. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { agentId, type FleetId } from "../../src/core/ids.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { startFleet } from "../../src/runtime/fleet.ts";
import { decode } from "../../src/wire/codec.ts";
import { encode } from "../../src/wire/codec-encode.ts";
import { type Connection, connectUser } from "../../src/wire/connect.ts";
import { openRequester } from "../../src/wire/requester.ts";
import {
  commandSubject,
  leaseSubject,
  opsSubject,
  type UserName,
} from "../../src/wire/subjects.ts";
import { capturePrices } from "./capture-prices.ts";

const READ = { bytesMax: 1024 * 1024, depthMax: 16, integers: "number" } as const;
const TRADER = agentId("trading");
/** Market time runs sixty times as fast: an hour and a half of it. */
const LISTEN_MS = Number(process.argv[2] ?? 90) * 1_000;
/** Items of a list, so that an example fits the page. */
const SHOWN = 2;

const examples = {
  commands: {} as Record<string, unknown>,
  operator: {} as Record<string, unknown>,
  events: {} as Record<string, unknown>,
  others: {} as Record<string, unknown>,
};

/** Short lists, and no name of the machine. */
function shown(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/^[^/\s]+(\/[^/\s]+){3}$/, "host/boot/1/2");
  if (Array.isArray(value)) return value.slice(0, SHOWN).map(shown);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shown(each)]));
}

const keep = (of: Record<string, unknown>, name: string, value: unknown): void => {
  of[name] ??= shown(value);
};
const unpacked = (bytes: Uint8Array): unknown => {
  const read = decode(bytes, READ);
  return read.ok ? read.value : undefined;
};

async function listen(fleet: FleetId, as: (user: UserName) => Promise<Connection>): Promise<void> {
  const [observer, commands, operator, agent] = [
    await as("observer"),
    await as("c_responder"),
    await as("c_operations"),
    await as(TRADER),
  ];
  observer.subscribe("fleet.demo.>", {
    callback: (_, msg) => {
      const [, , kind = "", , type = ""] = msg.subject.split(".");
      if (kind === "evt") keep(examples.events, type, msg.json());
      else keep(examples.others, kind, msg.json());
    },
  });
  const last = (subject: string): string => subject.split(".").at(-1) ?? "";
  commands.subscribe("fleet.demo.cmd.*.*", {
    callback: (_, msg) => keep(examples.commands, last(msg.subject), unpacked(msg.data)),
  });
  commands.subscribe("fleet.demo.beat.*", {
    callback: (_, msg) => keep(examples.others, "beat", unpacked(msg.data)),
  });
  operator.subscribe("fleet.demo.ops.*", {
    callback: (_, msg) => keep(examples.operator, last(msg.subject), unpacked(msg.data)),
  });
  agent.subscribe(leaseSubject(fleet, TRADER), {
    callback: (_, msg) => keep(examples.others, "lease", unpacked(msg.data)),
  });
}

async function ask(
  connection: Connection,
  user: UserName,
  subject: string,
  body: object,
): Promise<Record<string, unknown>> {
  const requester = openRequester({ connection, user });
  const bytes = await requester.request(subject, encode({ id: `${user}-${subject}`, ...body }));
  await requester.close();
  return unpacked(bytes) as Record<string, unknown>;
}

async function main(): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), "flotilla-examples-"));
  const filePath = join(process.cwd(), "deploy", "demo.json");
  const clock = systemClock();
  const running = await startFleet({ filePath, home, clock, onNews: () => undefined });
  const { url, layout, file } = running;
  const as = (user: UserName) => connectUser({ url, credentials: layout.keys, user });
  await listen(file.fleet, as);
  await clock.sleep(LISTEN_MS);
  const [agent, operator] = [await as(TRADER), await as("operator")];
  const subject = (command: string) => commandSubject(file.fleet, TRADER, command);
  const view = await ask(agent, TRADER, subject("View"), {});
  keep(examples.others, "agentView", view["view"]);
  const status = await ask(operator, "operator", opsSubject(file.fleet, "Status"), {});
  keep(examples.others, "statusView", status["view"]);
  const hold = { reservation: "too-much", amount: "1000000", service: "trading", ttlMs: 1_000 };
  keep(examples.others, "reply", await ask(agent, TRADER, subject("Reserve"), hold));
  // The refusal is told to observers once it is stored.
  await clock.sleep(2_000);
  await running.stop();
  await rm(home, { recursive: true, force: true });
  // The demo has one source for each price.
  await capturePrices((type, event) => keep(examples.events, type, event));
  await writeFile("test/docs/examples.json", `${JSON.stringify(examples, undefined, 2)}\n`);
}

await main();
process.exit();
