/** Readers that are told what is stored look then, and find by the clock what nobody told them. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type FleetId, fleetId } from "../../src/core/ids.ts";
import { systemWireClock } from "../../src/wire/clock.ts";
import { EMPTY_HEAD } from "../../src/wire/journal.ts";
import { jetStreamJournal } from "../../src/wire/journal-jetstream.ts";
import { provision } from "../../src/wire/provision.ts";
import { StoredHint } from "../../src/wire/stored-hint.ts";
import { batch } from "../contract/journal.ts";
import { type Broker, startBroker } from "./broker.ts";

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker.close());

async function fresh(name: string): Promise<FleetId> {
  const fleet = fleetId(name);
  await provision(await broker.connect(), fleet);
  return fleet;
}

/** Longer than a test may take: whatever comes earlier was not found by the clock. */
const NEVER_MS = 3_600_000;

test("JRN-040: a follower that rests is woken by what it is told, message by message", async () => {
  const fleet = await fresh("told");
  const stored = new StoredHint();
  const idleMs = [NEVER_MS, NEVER_MS] as const;
  const reader = jetStreamJournal({ connection: await broker.connect(), fleet, stored, idleMs });
  const writer = jetStreamJournal({ connection: await broker.connect(), fleet });
  const stop = new AbortController();
  const seen: number[] = [];
  let head = EMPTY_HEAD;
  const write = async (): Promise<void> => {
    head = await writer.append(head, batch(`batch ${head.seq + 1}`));
    stored.tell(head.seq);
  };
  await write();
  for await (const { seq } of reader.follow(1, stop.signal)) {
    seen.push(seq);
    if (seq === 5) stop.abort();
    else await write();
  }
  expect(seen).toEqual([1, 2, 3, 4, 5]);
});

test("JRN-045: a follower that is told of everything asks once for each message, not again and again", async () => {
  const fleet = await fresh("once");
  const stored = new StoredHint();
  const connection = await broker.connect();
  const asked = vi.spyOn(connection, "request");
  const idleMs = [1, NEVER_MS] as const;
  const reader = jetStreamJournal({ connection, fleet, stored, idleMs });
  const writer = jetStreamJournal({ connection: await broker.connect(), fleet });
  const stop = new AbortController();
  let head = EMPTY_HEAD;
  const write = async (): Promise<void> => {
    head = await writer.append(head, batch(`batch ${head.seq + 1}`));
    stored.tell(head.seq);
  };
  await write();
  for await (const { seq } of reader.follow(1, stop.signal)) {
    if (seq === 6) stop.abort();
    // Longer than the first wait: the follower rests by then, and has looked if it looks by the clock.
    else setTimeout(() => void write(), 20);
  }
  const direct = asked.mock.calls.filter(([subject]) => subject.includes("DIRECT"));
  // The second message was looked for before anybody had read so far as was told.
  expect(direct.length).toBeLessThanOrEqual(7);
});

test("JRN-041: what nobody told it is found by the clock", async () => {
  const fleet = await fresh("untold");
  const stored = new StoredHint();
  const reader = jetStreamJournal({ connection: await broker.connect(), fleet, stored });
  const writer = jetStreamJournal({ connection: await broker.connect(), fleet });
  const stop = new AbortController();
  const found = (async () => {
    for await (const { seq } of reader.follow(1, stop.signal)) return seq;
    return 0;
  })();
  await writer.append(EMPTY_HEAD, batch("silent"));
  expect(await found).toBe(1);
  stop.abort();
});

test("JRN-042: a rest ends by more that is stored, by time, or by the signal, and leaves nothing", async () => {
  const hint = new StoredHint();
  const gone = new AbortController();
  const told = hint.rest(systemWireClock, NEVER_MS, gone.signal);
  hint.tell(7);
  await told;
  expect(hint.seq).toBe(7);
  await hint.rest(systemWireClock, 1, gone.signal);
  const given = hint.rest(systemWireClock, NEVER_MS, gone.signal);
  gone.abort(new Error("over"));
  await expect(given).rejects.toThrow("over");
});
