/** Floods the fleet in one agent's name, at a steady rate, until it is told to end. */
import process from "node:process";
import { agentId, fleetId } from "../../src/core/ids.ts";
import { encode } from "../../src/wire/codec-encode.ts";
import { connectUser } from "../../src/wire/connect.ts";
import { commandSubject, inboxPrefix } from "../../src/wire/subjects.ts";

const [url = "", credentials = "", fleet = "", name = "", perSecond = "10000"] =
  process.argv.slice(2);
const agent = agentId(name);
const nc = await connectUser({ url, credentials, user: agent });
const subject = commandSubject(fleetId(fleet), agent, "Reserve");
const reply = `${inboxPrefix(agent)}.flood`;
let heard = 0;
nc.subscribe(reply, {
  callback: () => {
    heard += 1;
  },
});

const EVERY_MS = 10;
let sent = 0;
const begun = performance.now();
const timer = setInterval(() => {
  const due = ((performance.now() - begun) * Number(perSecond)) / 1_000;
  while (sent < due) {
    sent += 1;
    const bytes = encode({
      ...{ id: `flood-${sent}`, exp: Date.now() + 5_000, reservation: `flood-${sent}` },
      ...{ amount: "1", service: "trading", ttlMs: 60_000 },
    });
    nc.publish(subject, bytes, { reply });
  }
}, EVERY_MS);
process.stdout.write("ready\n");
process.once("SIGTERM", () => {
  clearInterval(timer);
  const seconds = (performance.now() - begun) / 1_000;
  process.stdout.write(`${JSON.stringify({ sent, heard, perSecond: sent / seconds })}\n`);
  void nc.close();
});
