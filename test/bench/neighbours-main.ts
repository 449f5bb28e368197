/**
 * Asks in the names of some agents at a steady pace, for as many milliseconds as each line on its standard input
 * says, and answers each line by how long the answers took. It ends with its input.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { agentId, fleetId } from "../../src/core/ids.ts";
import { connectUser } from "../../src/wire/connect.ts";
import { Caller } from "../drill/caller.ts";

/** As a specialist's own: asked again sooner, what waits would be asked for twice. */
const TRY_MS = 2_000;

const [url = "", credentials = "", fleet = "", every = "", ...agents] = process.argv.slice(2);
/** One neighbour asks so often, whatever happens: a slow answer does not slow the asking. */
const askEveryMs = Number(every);

let serial = 0;

async function asksFor(caller: Caller, end: number, took: number[]): Promise<void> {
  const answers: Promise<void>[] = [];
  for (let due = performance.now(); due < end; due += askEveryMs) {
    await delay(Math.max(0, due - performance.now()));
    serial += 1;
    const reservation = `calm-${serial}`;
    const sent = performance.now();
    const body = { reservation, amount: "1", service: "trading", ttlMs: 60_000 };
    answers.push(
      caller.ask("Reserve", body).then(async (reply) => {
        took.push(performance.now() - sent);
        if (!reply.ok) throw new Error(`a neighbour was refused: ${reply.code}`);
        await caller.ask("Release", { reservation });
      }),
    );
  }
  await Promise.all(answers);
}

const say = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

const callers = await Promise.all(
  agents.map(async (name) => {
    const user = agentId(name);
    const connection = await connectUser({ url, credentials, user });
    return new Caller(fleetId(fleet), user, connection, TRY_MS);
  }),
);
say("ready");
for await (const line of createInterface(process.stdin)) {
  const took: number[] = [];
  const end = performance.now() + Number(line);
  await Promise.all(
    callers.map(async (caller, i) => {
      await delay((i * askEveryMs) / callers.length);
      await asksFor(caller, end, took);
    }),
  );
  say(took);
}
process.exit();
