/** The venue's own word: every name it ever took, every report it ever made, and its books now. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { compareBooks, type Difference } from "../../src/fleet/books.ts";
import type { Approved, EffectName } from "../../src/protocol/effects.ts";
import type { VenueReport } from "../../src/protocol/reports.ts";
import type { PaperClient } from "../../src/venue/paper/client.ts";
import { fromPlainText } from "../../src/venue/paper/plain.ts";
import { VenueError } from "../../src/venue/port.ts";
import type { Audit } from "./audit.ts";
import { eventually, TooLateError } from "./watch.ts";

/** Checksum and blank before each line of the platform's log. */
const SUM = 17;

/** Every request that the platform took, in order, from its own log. */
async function namesTaken(venueDir: string): Promise<readonly Approved[]> {
  const text = await readFile(join(venueDir, "inputs.log"), "utf8");
  const lines = text.slice(0, text.lastIndexOf("\n")).split("\n");
  return lines.flatMap((line) => {
    const { approved } = fromPlainText(line.slice(SUM)) as { approved?: Approved };
    return approved === undefined ? [] : [approved];
  });
}

export interface VenueFindings {
  readonly names: number;
  readonly orders: number;
  readonly fills: number;
  /** Names that the venue took more than once. */
  readonly duplicates: readonly string[];
  /** Names that no journaled event asked for, or that asked for something else. */
  readonly strangers: readonly string[];
  /** Effects that the journal says were accepted, and that the venue does not know. */
  readonly missing: readonly string[];
  /** Fills that the venue made and the journal has not booked, or the other way round. */
  readonly unbooked: readonly string[];
}

/** What the venue took against what the journal asked for. The journal must be read to its end. */
export async function checkVenue(
  audit: Audit,
  venueDir: string,
  reports: readonly VenueReport[],
): Promise<VenueFindings> {
  const taken = await namesTaken(venueDir);
  const names = new Set<EffectName>();
  const duplicates: string[] = [];
  const strangers: string[] = [];
  let orders = 0;
  for (const approved of taken) {
    const { name } = approved;
    if (names.has(name)) duplicates.push(name);
    names.add(name);
    if (approved.effect.type === "PlaceOrder") orders += 1;
    if (!sameEffect(audit.intents.get(name), approved)) strangers.push(name);
  }
  // The market goes on: a stop may fill after the last report that was taken.
  const told = reports.filter(({ seq }) => seq <= audit.state.reportsThrough);
  const fills = new Set(told.flatMap((one) => (one.type === "fill" ? [one.trade] : [])));
  const unbooked = [...fills].filter((trade) => !audit.trades.has(trade));
  const invented = [...audit.trades].filter((trade) => !fills.has(trade));
  const missing = [...audit.accepted].filter((name) => !names.has(name));
  return {
    ...{ names: names.size, orders, fills: fills.size, duplicates, strangers, missing },
    unbooked: [...unbooked, ...invented],
  };
}

/** Fields that are absent and fields that are undefined are the same on the wire. */
function sameEffect(ours: Approved | undefined, theirs: Approved): boolean {
  if (ours === undefined) return false;
  const bare = (one: Approved): object =>
    Object.fromEntries(Object.entries(one.effect).filter(([, value]) => value !== undefined));
  return ours.agent === theirs.agent && isDeepStrictEqual(bare(ours), bare(theirs));
}

/** Every report that the platform has made so far. A line that breaks meanwhile is no answer: asked again. */
export function allReports(venue: PaperClient): Promise<readonly VenueReport[]> {
  const asked = async (): Promise<readonly VenueReport[] | undefined> => {
    try {
      return await askReports(venue);
    } catch (fault) {
      if (fault instanceof VenueError && fault.retryable) return undefined;
      throw fault;
    }
  };
  return eventually(asked, "the venue's reports");
}

async function askReports(venue: PaperClient): Promise<readonly VenueReport[]> {
  const { reports: last } = await venue.status();
  const all: VenueReport[] = [];
  const enough = new AbortController();
  for await (const batch of venue.reports(0, enough.signal)) {
    for (const report of batch) if (report.seq <= last) all.push(report);
    if (all.length >= last) break;
  }
  enough.abort();
  return all;
}

/**
 * Waits until nothing is under way, then compares the books to the unit as of the same report.
 *
 * @returns what differs; nothing when they are equal.
 * @throws TooLateError when effects stay outstanding, or reports run ahead of us.
 */
export async function settledBooks(
  audit: Audit,
  venue: PaperClient,
  ms = 30_000,
): Promise<readonly Difference[]> {
  const end = performance.now() + ms;
  for (;;) {
    // A venue that was killed last may still be on its way up.
    const snapshot = await venue.snapshot().catch(() => undefined);
    await audit.catchUp();
    const { outbox, reportsThrough } = audit.state;
    if (snapshot !== undefined && outbox.size === 0 && reportsThrough === snapshot.seq) {
      return compareBooks(audit.state, snapshot);
    }
    if (performance.now() > end) {
      const open = [...outbox.values()].map(({ approved }) => approved.name);
      throw new TooLateError(
        `outstanding: ${open.join(" ")}; reports ${reportsThrough} of ${snapshot?.seq}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
