/** The other side of the raw echo: sends every message back as it came. */
import process from "node:process";
import { fleetId } from "../../src/core/ids.ts";
import { connectUser } from "../../src/wire/connect.ts";
import { allCommands } from "../../src/wire/subjects.ts";

const [url = "", credentials = ""] = process.argv.slice(2);
const nc = await connectUser({ url, credentials, user: "c_responder" });
nc.subscribe(allCommands(fleetId("bench")), {
  callback: (_, msg) => {
    if (msg.reply !== undefined) nc.publish(msg.reply, msg.data);
  },
});
await nc.flush();
process.stdout.write("ready\n");
process.once("SIGTERM", () => void nc.close());
