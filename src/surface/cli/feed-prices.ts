/** `flotilla feed`: says prices to the fleet as one of its sources, from lines of JSON. */
import process from "node:process";
import { createInterface } from "node:readline";
import { isName, sourceId } from "../../core/ids.ts";
import { COMMAND_BYTES_MAX } from "../../core/limits.ts";
import { formatPrice } from "../../core/money.ts";
import { readPrices } from "../../protocol/price-feed.ts";
import { connectUser } from "../../wire/connect.ts";
import { type FedPrice, sayPrices } from "../../wire/prices.ts";
import { feederUser } from "../../wire/subjects.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import type { GlobalOptions, Io } from "./io.ts";
import { plural } from "./numbers.ts";
import { findPlace, urlOf } from "./place.ts";

export interface FeedOptions extends GlobalOptions {
  readonly source: string;
}

/**
 * The prices of one line: `{"market": …, "price": …}` or a list of such. `at`, epoch ms, is when the source
 * made it; where a line does not say, it is `now`. None: undefined for what the fleet would not read.
 */
export function pricesOfLine(line: string, now: number): readonly FedPrice[] | undefined {
  if (line.length > COMMAND_BYTES_MAX) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const list: readonly unknown[] = Array.isArray(json) ? json : [json];
  const prices = list.map((one) => (typeof one === "object" ? { at: now, ...one } : one));
  const bytes = new TextEncoder().encode(JSON.stringify({ prices }));
  const read = bytes.length > COMMAND_BYTES_MAX ? undefined : readPrices(sourceId("line"), bytes);
  return read?.map(({ market, price, at }) => ({ market, price: formatPrice(price), at }));
}

/** Until its input ends. @throws CliError, or CredentialError where the source has no key. */
export async function runFeed(
  io: Io,
  { source: named, ...options }: FeedOptions,
  lines: AsyncIterable<string> = createInterface({ input: process.stdin }),
): Promise<ExitCode> {
  if (!isName(named))
    throw new CliError(EXIT.usage, `--source is 1 to 32 of a-z, 0-9 and -, was "${named}"`);
  const source = sourceId(named);
  const place = await findPlace(io, options);
  const url = urlOf(io, place);
  const credentials = place.layout.keys;
  const connection = await connectUser({ url, credentials, user: feederUser(source) });
  let [said, malformed] = [0, 0];
  try {
    for await (const line of lines) {
      if (line.trim() === "") continue;
      const prices = pricesOfLine(line, Date.now());
      if (prices === undefined) {
        malformed += 1;
        io.note(`line ${said + malformed} is no price, and was left out`);
      } else {
        sayPrices(connection, place.fleet, source, prices);
        said += 1;
      }
    }
    await connection.flush();
  } finally {
    await connection.close();
  }
  io.tell({ source, said, malformed });
  io.say(`${plural(said, "line")} said as ${source}, ${malformed} left out`);
  return malformed === 0 ? EXIT.ok : EXIT.failed;
}
