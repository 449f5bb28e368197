/** Opens a fleet's journal to read: at its running broker, or one started for the moment. */
import process from "node:process";
import type { FleetId } from "../../core/ids.ts";
import { connectUser } from "../../wire/connect.ts";
import { agentsWithKeys, ensureUsers } from "../../wire/credentials.ts";
import type { JournalPort } from "../../wire/journal.ts";
import { jetStreamJournal } from "../../wire/journal-jetstream.ts";
import { startServer } from "../../wire/nats-server.ts";
import { findServer } from "../../wire/server-find.ts";
import { roleUser } from "../../wire/subjects.ts";
import type { GlobalOptions, Io } from "./io.ts";
import { loadJournal } from "./journal-file.ts";
import { findPlace, type Place } from "./place.ts";

export interface OpenJournal {
  readonly journal: JournalPort;
  /** Where it is read. */
  readonly url: string;
  /** True when the broker was started for this command only. */
  readonly offline: boolean;
  close(): Promise<void>;
}

/** The broker of the store, started when nobody runs it; `stop` leaves a running one alone. */
async function brokerOf(
  io: Io,
  place: Place,
): Promise<{ url: string; stop?: () => Promise<void> }> {
  const url = place.running?.url ?? io.env["NATS_URL"];
  if (url !== undefined && url !== "") return { url };
  const { layout, fleet } = place;
  const binary = await findServer({ env: process.env });
  const users = await ensureUsers(layout.keys, fleet, await agentsWithKeys(layout.keys));
  const server = await startServer({ binary, fleet, dir: layout.broker, users });
  return { url: server.url, stop: () => server.stop() };
}

/** @throws NoServerError, ServerStartError, CredentialError, or the client's own errors. */
export async function openJournal(io: Io, place: Place): Promise<OpenJournal> {
  const broker = await brokerOf(io, place);
  try {
    // The projector's rights: it reads the journal and cannot write to it.
    const user = roleUser("projector");
    const credentials = place.layout.keys;
    const connection = await connectUser({ url: broker.url, credentials, user });
    const journal = jetStreamJournal({ connection, fleet: place.fleet, patienceMs: 5_000 });
    return {
      journal,
      url: broker.url,
      offline: broker.stop !== undefined,
      close: async () => {
        await journal.close();
        await connection.close();
        await broker.stop?.();
      },
    };
  } catch (fault) {
    await broker.stop?.();
    throw fault;
  }
}

export interface JournalOptions {
  /** A file of `journal save` instead of a broker. */
  readonly journal?: string;
}

/** Runs on a fleet's journal: in a file, at its running broker, or at one started for the moment. */
export async function withJournalOf<T>(
  io: Io,
  options: GlobalOptions & JournalOptions,
  work: (read: { readonly fleet: FleetId; readonly journal: JournalPort }) => Promise<T>,
): Promise<T> {
  if (options.journal !== undefined) return work(await loadJournal(options.journal));
  const place = await findPlace(io, options);
  const opened = await openJournal(io, place);
  try {
    if (opened.offline)
      io.note("the fleet does not run; its broker was started to read the journal");
    return await work({ fleet: place.fleet, journal: opened.journal });
  } finally {
    await opened.close();
  }
}
