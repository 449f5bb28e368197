/** `flotilla feed`: lines of JSON become prices of one source, on a real broker. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pc from "picocolors";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fleetId, sourceId } from "../../src/core/ids.ts";
import { readPrices } from "../../src/protocol/price-feed.ts";
import { layoutOf } from "../../src/runtime/layout.ts";
import { EXIT } from "../../src/surface/cli/exit.ts";
import { pricesOfLine, runFeed } from "../../src/surface/cli/feed-prices.ts";
import type { Io } from "../../src/surface/cli/io.ts";
import { connectUser } from "../../src/wire/connect.ts";
import { ensureUsers } from "../../src/wire/credentials.ts";
import { listenToPrices } from "../../src/wire/prices.ts";
import { type Broker, startBroker } from "../wire/broker.ts";

const fleet = fleetId("fed");
const source = sourceId("index-a");
let home = "";
let broker: Broker;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "flotilla-feed-"));
  const { keys } = layoutOf(home, fleet);
  broker = await startBroker({ fleet, users: await ensureUsers(keys, fleet, [], [source]) });
});
afterAll(async () => {
  await broker.close();
  await rm(home, { recursive: true });
});

async function* lines(...texts: readonly string[]): AsyncGenerator<string> {
  yield* texts;
}

describe("a feed of prices", () => {
  test("CLI-140: a line is one price or a list; without a time it is of now; no other line is said", () => {
    const btc = { market: "btc-perp", price: "10000" };
    expect(pricesOfLine(JSON.stringify(btc), 7)).toEqual([{ ...btc, at: 7 }]);
    expect(pricesOfLine(JSON.stringify([{ ...btc, at: 5 }, btc]), 7)).toEqual([
      { ...btc, at: 5 },
      { ...btc, at: 7 },
    ]);
    const bad = ["x", "1", "null", "[]", "[1]", '{"market":"btc-perp"}', " ".repeat(20_000)];
    for (const line of bad) expect(pricesOfLine(line, 7)).toBeUndefined();
    expect(pricesOfLine(JSON.stringify({ ...btc, price: "0" }), 7)).toBeUndefined();
  });

  test("CLI-141: lines reach whoever leads as the source's; one that is none is told and left out", async () => {
    const { keys: credentials } = layoutOf(home, fleet);
    const url = broker.server.url;
    const responder = await connectUser({ url, credentials, user: "c_responder" });
    const heard: unknown[] = [];
    let both: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      both = resolve;
    });
    listenToPrices(responder, fleet, (from, bytes) => {
      heard.push(...(readPrices(from, bytes) ?? ["unread"]));
      if (heard.length === 2) both();
    });
    await responder.flush();
    const [told, noted]: [object[], string[]] = [[], []];
    const io: Io = {
      ...{ json: true, paint: pc.createColors(false), tty: false, env: { NATS_URL: url } },
      ...{ say: () => undefined, onGone: () => undefined },
      tell: (value) => void told.push(value),
      note: (line) => void noted.push(line),
    };
    const said = [
      '{"market":"btc-perp","price":"1","at":5}',
      "",
      "{}",
      '{"market":"eth-perp","price":"2","at":6}',
    ];
    expect(await runFeed(io, { source, home, fleet }, lines(...said))).toBe(EXIT.failed);
    await arrived;
    expect(heard).toEqual([
      { source, market: "btc-perp", price: 100_000_000n, at: 5 },
      { source, market: "eth-perp", price: 200_000_000n, at: 6 },
    ]);
    expect(told).toEqual([{ source, said: 2, malformed: 1 }]);
    expect(noted).toEqual(["line 2 is no price, and was left out"]);
    await responder.close();
    await expect(runFeed(io, { source: "No Name", home, fleet }, lines())).rejects.toThrow(
      /--source/,
    );
    await expect(runFeed(io, { source: "index-b", home, fleet }, lines())).rejects.toMatchObject({
      code: "credential",
    });
  });
});
