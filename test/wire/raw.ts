/** A NATS client without manners: says byte for byte what it is told, after a proper log-in. */
import { readFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { fromSeed } from "@nats-io/nkeys";
import { seedFile } from "../../src/wire/credentials.ts";
import type { UserName } from "../../src/wire/subjects.ts";

export interface RawClient {
  write(bytes: string | Uint8Array): void;
  /** Resolves when the server has said what matches; rejects when it closes before. */
  until(pattern: RegExp): Promise<string>;
  readonly closed: Promise<void>;
  end(): void;
}

/** Logs in with the user's key, as the protocol has it: the nonce of INFO is signed in CONNECT. */
export async function rawClient(port: number, dir: string, user: UserName): Promise<RawClient> {
  const socket: Socket = connect(port, "127.0.0.1");
  let heard = "";
  let wake = (): void => undefined;
  let gone = false;
  socket.on("data", (chunk) => {
    heard += chunk.toString("latin1");
    wake();
  });
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.on("close", () => {
      gone = true;
      wake();
      resolve();
    });
  });
  const until = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const match = pattern.exec(heard);
      if (match !== null) {
        heard = heard.slice(match.index + match[0].length);
        return match[1] ?? match[0];
      }
      if (gone) throw new Error(`closed after: ${heard.slice(-200)}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const info = JSON.parse(await until(/INFO (\{.*\}) ?\r\n/)) as { nonce: string };
  const key = fromSeed(new TextEncoder().encode(await readFile(seedFile(dir, user), "utf8")));
  const sig = Buffer.from(key.sign(new TextEncoder().encode(info.nonce))).toString("base64url");
  const hello = { verbose: false, pedantic: false, headers: true, nkey: key.getPublicKey(), sig };
  socket.write(`CONNECT ${JSON.stringify(hello)}\r\nPING\r\n`);
  await until(/PONG\r\n/);
  return {
    write: (bytes) => void socket.write(bytes),
    until,
    closed,
    end: () => void socket.destroy(),
  };
}
