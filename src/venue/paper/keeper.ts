/**
 * Keeps a platform in a folder: a log of every input before its answer, and now and then the state.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { assert } from "../../core/assert.ts";
import type { Approved } from "../../protocol/effects.ts";
import type { VenueReport } from "../../protocol/reports.ts";
import {
  advance,
  type EngineOptions,
  newWorld,
  request,
  resumedWorld,
  takeReports,
} from "./engine.ts";
import { HOUSE } from "./house.ts";
import { fromPlainText, toPlainText } from "./plain.ts";
import type { Keeper, Kept } from "./platform.ts";
import type { State, World } from "./world.ts";

/** What was kept cannot be used: it is damaged, or of another platform. Nothing was changed. */
export class KeptError extends Error {
  override readonly name = "KeptError";
  readonly code = "kept-state-unusable";
  readonly retryable = false;
}

export interface KeepOptions {
  /** Waits for the disk after each input: survives a power cut, not just a killed process. */
  readonly fsync?: boolean;
  /** Inputs after which the state is kept for the first time; then whenever they have doubled. */
  readonly stateAfter?: number;
}

interface Header {
  readonly format: "flotilla-paper/1";
  readonly seed: string;
  readonly tape: string;
  readonly start: number;
  /** The terms of its crowd. Folders of before there was one have none. */
  readonly house?: string;
}

interface Input {
  readonly n: number;
  readonly at: number;
  readonly approved?: Approved;
  readonly refuse?: string;
}

/** Grows whenever the state has another shape: the log is then read from its beginning. */
const STATE_SHAPE = 2;

interface KeptState {
  readonly shape: number;
  readonly n: number;
  readonly state: State;
  readonly reports: readonly VenueReport[];
}

const LOG = "inputs.log";
const STATE = "state";

const sumOf = (text: string): string =>
  createHash("sha256").update(text, "utf8").digest("hex").slice(0, 16);
/** One line: a checksum, a blank, the value. */
const lineOf = (value: unknown): string => {
  const text = toPlainText(value);
  return `${sumOf(text)} ${text}\n`;
};

function checkedValue(line: string, where: string): unknown {
  const text = line.slice(17);
  if (line[16] !== " " || sumOf(text) !== line.slice(0, 16)) {
    throw new KeptError(`${where} is damaged: its checksum does not match`);
  }
  return fromPlainText(text);
}

/** The tape's prices as a fingerprint: other prices would replay another past. */
const tapeMark = ({ tape }: EngineOptions): string =>
  createHash("sha256").update(toPlainText(tape)).digest("hex").slice(0, 16);

const houseMark = ({ house }: EngineOptions): string =>
  house === undefined ? "none" : sumOf(toPlainText({ ...HOUSE, ...house }));

const headerOf = (options: EngineOptions): Header => ({
  format: "flotilla-paper/1",
  seed: options.seed,
  tape: tapeMark(options),
  start: options.startAt ?? options.tape.start,
  house: houseMark(options),
});

function checkHeader(found: Header, wanted: Header, dir: string): void {
  for (const key of ["format", "seed", "tape", "start", "house"] as const) {
    if ((found[key] ?? "none") === wanted[key]) continue;
    if (key === "house") throw new KeptError(`${dir} holds a paper platform with another crowd`);
    throw new KeptError(
      `${dir} holds a paper platform with ${key} ${found[key]}, not ${wanted[key]}: ` +
        "start with the same, or with another folder",
    );
  }
}

/**
 * The whole lines of the log and the length in bytes that they take: a torn last line is left out.
 */
function linesOf(path: string): { readonly lines: readonly string[]; readonly bytes: number } {
  if (!existsSync(path)) return { lines: [], bytes: 0 };
  const content = readFileSync(path);
  const end = content.lastIndexOf(10) + 1;
  const lines = content.subarray(0, end).toString("utf8").split("\n");
  lines.pop();
  return { lines, bytes: end };
}

/**
 * The kept state is a cache of the log: when it cannot be read the log is replayed from its start.
 */
function stateIn(dir: string): KeptState | undefined {
  const path = join(dir, STATE);
  if (!existsSync(path)) return undefined;
  try {
    const kept = checkedValue(readFileSync(path, "utf8").trimEnd(), path) as KeptState;
    return kept.shape === STATE_SHAPE ? kept : undefined;
  } catch (error) {
    if (error instanceof KeptError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function replay(
  options: EngineOptions,
  dir: string,
  lines: readonly string[],
): { readonly world: World; readonly reports: VenueReport[]; readonly from: number } {
  const kept = stateIn(dir);
  if (kept !== undefined && kept.n > lines.length - 1) {
    throw new KeptError(`${join(dir, LOG)} ends before the kept state: inputs are missing`);
  }
  const world = kept === undefined ? newWorld(options) : resumedWorld(options, kept.state);
  const reports = [...(kept?.reports ?? []), ...takeReports(world)];
  const from = kept?.n ?? 0;
  for (let n = from + 1; n < lines.length; n += 1) {
    const where = `${join(dir, LOG)}:${n + 1}`;
    const input = checkedValue(lines[n] ?? "", where) as Input;
    if (input.n !== n) throw new KeptError(`${where} is damaged: it says it is input ${input.n}`);
    if (input.at < world.state.at) throw new KeptError(`${where} is damaged: time goes back`);
    advance(world, input.at);
    if (input.approved !== undefined) request(world, input.approved, input.refuse);
    for (const made of takeReports(world)) reports.push(made);
  }
  return { world, reports, from };
}

/** Writes a file whole or not at all. */
function writeWhole(path: string, text: string): void {
  const fd = openSync(`${path}.new`, "w");
  try {
    writeAll(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.new`, path);
}

function writeAll(fd: number, text: string): number {
  const bytes = Buffer.from(text, "utf8");
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done);
  return bytes.length;
}

/**
 * Opens a folder, makes it when it is not there, and gives back the platform that it holds: the
 * same state and the same reports, to the last input that was kept. A torn last line was never
 * answered and is cut off.
 *
 * @throws KeptError when anything else is damaged, or when seed, tape or start are others.
 */
export function openKeeper(dir: string, engine: EngineOptions, keep: KeepOptions = {}): Kept {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, LOG);
  const { lines, bytes } = linesOf(path);
  const [head] = lines;
  if (head !== undefined)
    checkHeader(checkedValue(head, `${path}:1`) as Header, headerOf(engine), dir);
  const { world, reports, from } = replay(engine, dir, lines);
  const fd = openSync(path, "a");
  ftruncateSync(fd, bytes);
  const log = { n: Math.max(0, lines.length - 1), size: bytes, stateAt: from };
  const write = (value: unknown): void => {
    if (fstatSync(fd).size !== log.size) {
      throw new KeptError(`${path} was written by another process: only one may keep this folder`);
    }
    log.size += writeAll(fd, lineOf(value));
    if (keep.fsync === true) fdatasyncSync(fd);
  };
  if (head === undefined) write(headerOf(engine));
  const keepState = (now: World, all: readonly VenueReport[]): void => {
    assert(now.fresh.length === 0, "reports are taken before the state is kept");
    const kept: KeptState = { shape: STATE_SHAPE, n: log.n, state: now.state, reports: all };
    writeWhole(join(dir, STATE), lineOf(kept));
    log.stateAt = log.n;
  };
  const keeper: Keeper = {
    append(at, input) {
      write({ n: log.n + 1, at, ...input });
      log.n += 1;
    },
    rest(now, all) {
      const due = Math.max(keep.stateAfter ?? 5_000, log.stateAt);
      if (log.n - log.stateAt >= due) keepState(now, all);
    },
    close(now, all) {
      this.append(now.state.at);
      fsyncSync(fd);
      keepState(now, all);
      closeSync(fd);
    },
  };
  return { world, reports, keeper };
}
