/** `flotilla journal`: proves the journal, shows its messages, follows it. */
import { join } from "node:path";
import process from "node:process";
import { publicEvents } from "../../protocol/public.ts";
import { readBatch } from "../../runtime/batches.ts";
import { headFile } from "../../wire/head-memory.ts";
import type { JournalEntry } from "../../wire/journal.ts";
import { snapshotFile } from "../../wire/snapshot-store.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import type { GlobalOptions, Io } from "./io.ts";
import { saveJournal } from "./journal-file.ts";
import { type OpenJournal, openJournal } from "./journal-source.ts";
import { count, timeOfDay } from "./numbers.ts";
import { findPlace, type Place } from "./place.ts";
import { sentence } from "./sentences.ts";
import { type Verified, verifyJournal } from "./verify.ts";

const PROGRESS_MS = 1_000;

async function withJournal<T>(
  io: Io,
  options: GlobalOptions,
  work: (place: Place, open: OpenJournal) => Promise<T>,
): Promise<T> {
  const place = await findPlace(io, options);
  const open = await openJournal(io, place);
  try {
    if (open.offline) io.note(`the fleet does not run; its broker was started to read the journal`);
    return await work(place, open);
  } finally {
    await open.close();
  }
}

export function verifiedLines(told: Verified, paint: Io["paint"]): string[] {
  const row = (name: string, text: string): string => `  ${name.padEnd(11)}${text}`;
  const { remembered } = told;
  return [
    told.ok
      ? paint.green(`the journal of fleet ${told.fleet} holds`)
      : paint.red(`the journal of fleet ${told.fleet} does NOT hold`),
    row("messages", `${count(told.seq)}, each follows the one before`),
    row("head", told.headHash),
    row("turns", `${count(told.turns)}, ${count(told.rejections)} of them refusals`),
    row("state", `${told.stateHash} (hash of the fold)`),
    row(
      "remembered",
      remembered === undefined ? "nothing" : `message ${remembered.seq}, as the journal has it`,
    ),
    row(
      "snapshot",
      told.snapshotSeq === 0 ? "none to compare" : `as of ${told.snapshotSeq}, equal to the fold`,
    ),
    ...told.faults.map((fault) => paint.red(`  ${fault}`)),
  ].filter((line) => told.ok || !/as the journal has it|equal to the fold/.test(line));
}

export async function runVerify(io: Io, options: GlobalOptions): Promise<ExitCode> {
  return withJournal(io, options, async (place, { journal }) => {
    const { coordinator } = place.layout;
    let told = performance.now();
    const verified = await verifyJournal({
      fleet: place.fleet,
      journal,
      remembered: await headFile(join(coordinator, "head.json")).load(),
      snapshots: snapshotFile(join(coordinator, "snapshot.bin")),
      onProgress: (seq, turns) => {
        if (performance.now() - told < PROGRESS_MS) return;
        told = performance.now();
        io.note(`… ${count(seq)} messages, ${count(turns)} turns`);
      },
    });
    io.tell(verified);
    for (const line of verifiedLines(verified, io.paint)) io.say(line);
    return verified.ok ? EXIT.ok : EXIT.broken;
  });
}

/** One message, decoded: its turns as observers read them. */
function messageOf(entry: JournalEntry, fleet: string) {
  const batch = readBatch(entry, fleet, undefined);
  const { seq, hash } = entry;
  const turns = batch.turns.map((turn, index) => ({
    turn: index,
    type: turn.type,
    from: turn.from,
    id: turn.id,
    at: turn.at,
    events: publicEvents(turn, seq, index),
  }));
  return { seq, hash, prev: batch.prev, epoch: batch.epoch, bytes: entry.bytes.length, turns };
}

type Message = ReturnType<typeof messageOf>;

function messageLines(message: Message, paint: Io["paint"]): string[] {
  const { seq, hash, prev, epoch, bytes, turns } = message;
  return [
    `${paint.bold(`message ${seq}`)}, epoch ${epoch}, ${count(bytes)} bytes`,
    `  hash ${hash}`,
    `  prev ${prev}`,
    ...turns.flatMap(({ turn, type, from, id, at, events }) => [
      `  turn ${turn}  ${timeOfDay(at)}  ${paint.bold(type)} of ${from}` +
        `${id === "" ? "" : ` (${id})`}`,
      ...events.map(
        (event) => `    ${event.type.padEnd(18)} ${event.agent.padEnd(10)} ${sentence(event)}`,
      ),
    ]),
  ];
}

function seqOf(text: string): number {
  const seq = Number(text);
  if (Number.isSafeInteger(seq) && seq >= 1) return seq;
  throw new CliError(EXIT.usage, `a journal message has a number from 1 on, was "${text}"`);
}

export async function runShow(io: Io, which: string, options: GlobalOptions): Promise<ExitCode> {
  const seq = seqOf(which);
  return withJournal(io, options, async (place, { journal }) => {
    for await (const entry of journal.read(seq)) {
      const message = messageOf(entry, place.fleet);
      io.tell(message);
      for (const line of messageLines(message, io.paint)) io.say(line);
      return EXIT.ok;
    }
    const head = await journal.head();
    throw new CliError(EXIT.usage, `the journal ends at message ${head.seq}`);
  });
}

/** Keeps the whole journal in one file, to be explained where no broker is. */
export async function runSave(io: Io, path: string, options: GlobalOptions): Promise<ExitCode> {
  return withJournal(io, options, async ({ fleet }, { journal }) => {
    const messages = await saveJournal(path, fleet, journal).catch((fault: unknown) => {
      const there = (fault as { code?: unknown }).code === "EEXIST";
      throw there ? new CliError(EXIT.usage, `${path} is there already`) : fault;
    });
    io.tell({ kind: "saved", path, messages });
    io.say(`${count(messages)} messages of fleet ${fleet} are in ${path}`);
    return EXIT.ok;
  });
}

export interface TailOptions extends GlobalOptions {
  readonly lines: string;
  readonly follow?: boolean;
}

function tailLine(message: Message, paint: Io["paint"]): string {
  const kinds = new Map<string, number>();
  for (const { type } of message.turns) kinds.set(type, (kinds.get(type) ?? 0) + 1);
  const told = [...kinds].map(([type, times]) => (times === 1 ? type : `${type} x${times}`));
  const at = message.turns[0]?.at ?? 0;
  const seq = String(message.seq).padStart(7);
  return `${seq}  ${timeOfDay(at)}  ${paint.dim(message.hash.slice(0, 12))}  ${told.join(", ")}`;
}

export async function runTail(io: Io, options: TailOptions): Promise<ExitCode> {
  const lines = seqOf(options.lines);
  return withJournal(io, options, async (place, { journal }) => {
    const { seq } = await journal.head();
    const from = Math.max(1, seq - lines + 1);
    const stop = new AbortController();
    process.once("SIGINT", () => stop.abort());
    process.once("SIGTERM", () => stop.abort());
    const entries =
      options.follow === true ? journal.follow(from, stop.signal) : journal.read(from);
    for await (const entry of entries) {
      const message = messageOf(entry, place.fleet);
      io.tell(message);
      io.say(tailLine(message, io.paint));
    }
    return EXIT.ok;
  });
}
