/**
 * Floods in one agent's name, as each line on its standard input says: `nobody` to a subject that nobody
 * hears, `fleet` to the coordinator, `rest` not at all. It ends with its input.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { agentId, fleetId } from "../../src/core/ids.ts";
import { encode } from "../../src/wire/codec-encode.ts";
import { connectUser } from "../../src/wire/connect.ts";
import { commandSubject, inboxPrefix } from "../../src/wire/subjects.ts";

const [url = "", credentials = "", fleet = "", name = "", perSecond = "10000"] =
  process.argv.slice(2);
const agent = agentId(name);
const nc = await connectUser({ url, credentials, user: agent });
const subject = commandSubject(fleetId(fleet), agent, "Reserve");
/** Within the agent's rights, and one token longer than what the coordinator listens to. */
const SUBJECTS: Readonly<Record<string, string>> = {
  nobody: `${subject}.nobody`,
  fleet: subject,
};
const reply = `${inboxPrefix(agent)}.flood`;
let heard = 0;
nc.subscribe(reply, {
  callback: (_, msg) => {
    // The broker's own word that nobody listens is empty.
    if (msg.data.length > 0) heard += 1;
  },
});

const EVERY_MS = 10;
let serial = 0;
let sent = 0;
let begun = performance.now();
let target: string | undefined;

setInterval(() => {
  if (target === undefined) return;
  const due = ((performance.now() - begun) * Number(perSecond)) / 1_000;
  for (; sent < due; sent += 1) {
    serial += 1;
    const bytes = encode({
      ...{ id: `flood-${serial}`, exp: Date.now() + 5_000, reservation: `flood-${serial}` },
      ...{ amount: "1", service: "trading", ttlMs: 60_000 },
    });
    // The broker's word that nobody listens would be an answer to each.
    if (target === subject) nc.publish(target, bytes, { reply });
    else nc.publish(target, bytes);
  }
}, EVERY_MS);

const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
say({ now: "rest" });
for await (const line of createInterface(process.stdin)) {
  const seconds = (performance.now() - begun) / 1_000;
  const before = { sent, heard, perSecond: sent / seconds };
  target = SUBJECTS[line];
  [sent, heard, begun] = [0, 0, performance.now()];
  say({ now: line, before });
}
process.exit();
