/** Runs the demo's rules with three sources of each price, has them fall apart, and keeps what is told of it. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SourceId, sourceId } from "../../src/core/ids.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { startFleet } from "../../src/runtime/fleet.ts";
import { connectUser } from "../../src/wire/connect.ts";
import { type FedPrice, sayPrices } from "../../src/wire/prices.ts";
import { feederUser } from "../../src/wire/subjects.ts";

const [A, B] = [sourceId("index-a"), sourceId("index-b")];
const RULES = { sources: [A, B], divergence: 20_000, maxAgeMs: 4_000 };
const PATIENCE_MS = 120_000;

/** What the feeders make of the venue's price, as parts of it, until one of these is told. */
const ACTS = [
  { a: 1, b: 1, until: "PriceCertain" },
  { a: 1, b: 0.65, until: "SourceQuarantined" },
  { a: 1, b: 1, until: "SourceBelieved" },
  { a: 0.65, b: 1.35, until: "PriceUncertain" },
  { a: 1, b: 1, until: "PriceCertain" },
] as const;

interface Told {
  readonly type: string;
  readonly readings?: readonly (FedPrice & { readonly source: string })[];
}

/** The demo's file without its agents and with feeders. */
async function fleetFile(home: string): Promise<string> {
  const demo = JSON.parse(await readFile(join("deploy", "demo.json"), "utf8"));
  const { $schema: _, ...rest } = demo;
  const file = { ...rest, policy: { ...demo.policy, prices: RULES }, agents: [] };
  const path = join(home, "fleet.json");
  await writeFile(path, JSON.stringify(file));
  return path;
}

/** @param keep is told every event from the second act on: the first is how a fleet comes up. */
export async function capturePrices(keep: (type: string, event: unknown) => void): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), "flotilla-examples-"));
  const filePath = await fleetFile(home);
  const clock = systemClock();
  const running = await startFleet({ filePath, home, clock, onNews: () => undefined });
  const { url, layout, file } = running;
  const as = (user: Parameters<typeof connectUser>[0]["user"]) =>
    connectUser({ url, credentials: layout.keys, user });
  const feeders = await Promise.all(
    [A, B].map(async (source) => ({ source, connection: await as(feederUser(source)) })),
  );
  const partOf = (source: SourceId, act: number): number =>
    ACTS[act]?.[source === A ? "a" : "b"] ?? 1;
  let act = 0;
  const observer = await as("observer");
  await new Promise<void>((resolve, reject) => {
    clock.after(PATIENCE_MS, () => reject(new Error(`act ${act} of prices did not end`)));
    observer.subscribe(`fleet.${file.fleet}.evt.>`, {
      callback: (_, msg) => {
        const event: Told = msg.json();
        if (act > 0) keep(event.type, event);
        if (event.type === ACTS[act]?.until) act += 1;
        if (act === ACTS.length) return resolve();
        const venue = event.readings?.filter(({ source }) => source === "venue") ?? [];
        if (venue.length === 0) return;
        for (const { source, connection } of feeders) {
          const prices = venue.map(({ market, price }) => ({
            market,
            price: (Number(price) * partOf(source, act)).toFixed(8),
            at: clock.now(),
          }));
          sayPrices(connection, file.fleet, source, prices);
        }
      },
    });
  });
  await running.stop();
  await rm(home, { recursive: true, force: true });
}
