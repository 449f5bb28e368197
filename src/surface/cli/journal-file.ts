/** A journal as one file: a line for each message, to be read where no broker is. */
import { open, readFile } from "node:fs/promises";
import { type FleetId, fleetId } from "../../core/ids.ts";
import { type JournalPort, sha256 } from "../../wire/journal.ts";
import { MemoryStore, memoryJournal } from "../../wire/journal-memory.ts";
import { CliError, EXIT } from "./exit.ts";

const KIND = "flotilla-journal";

interface Header {
  readonly kind: typeof KIND;
  readonly v: 1;
  readonly fleet: string;
}
interface Line {
  readonly seq: number;
  /** Base64. */
  readonly bytes: string;
}

/** Writes every message up to where the journal ends now; answers how many. @throws when the file is there. */
export async function saveJournal(
  path: string,
  fleet: FleetId,
  journal: JournalPort,
): Promise<number> {
  const header: Header = { kind: KIND, v: 1, fleet };
  const file = await open(path, "wx", 0o600);
  let saved = 0;
  try {
    await file.write(`${JSON.stringify(header)}\n`);
    for await (const { seq, bytes } of journal.read(1)) {
      const line: Line = { seq, bytes: Buffer.from(bytes).toString("base64") };
      await file.write(`${JSON.stringify(line)}\n`);
      saved = seq;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return saved;
}

const readLine = (path: string, number: number, line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    throw new CliError(EXIT.usage, `${path}:${number}: is no line of a journal file`);
  }
};

/** @throws CliError for a file that is none of `saveJournal`'s; its chain is checked by who reads it. */
export async function loadJournal(
  path: string,
): Promise<{ readonly fleet: FleetId; readonly journal: JournalPort }> {
  const [first = "", ...lines] = (await readFile(path, "utf8")).trimEnd().split("\n");
  const header = readLine(path, 1, first) as Partial<Header> | null;
  if (header?.kind !== KIND || header.v !== 1 || typeof header.fleet !== "string") {
    const hint = "make one with: flotilla journal save <file>";
    throw new CliError(EXIT.usage, `${path} is no journal file (${hint})`);
  }
  const store = new MemoryStore();
  for (const [i, text] of lines.entries()) {
    const line = readLine(path, i + 2, text) as Partial<Line> | null;
    if (line?.seq !== i + 1 || typeof line.bytes !== "string") {
      throw new CliError(EXIT.broken, `${path}:${i + 2}: message ${i + 1} is missing`);
    }
    const bytes = Uint8Array.from(Buffer.from(line.bytes, "base64"));
    store.entries.push({ seq: i + 1, bytes, hash: sha256(bytes) });
  }
  return { fleet: fleetId(header.fleet), journal: memoryJournal(store) };
}
