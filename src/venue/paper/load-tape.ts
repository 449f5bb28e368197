/** Finds and reads the tape that comes with the project. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseTape, type Tape, TapeError } from "./tape.ts";

const TAPE_FILE = "april-2024.json";
const HISTORY_FILE = "daily-history.csv";

/**
 * The folder `deploy/tape` of the package that this file is part of, from source and built alike.
 */
function tapeFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const wanted = join(folder, "deploy", "tape");
    if (existsSync(join(wanted, TAPE_FILE))) return wanted;
    const above = dirname(folder);
    if (above === folder) throw new TapeError(TAPE_FILE, 0, "is not with the package");
    folder = above;
  }
}

/** @throws TapeError, or the file system's error. */
export const loadTape = (path: string = join(tapeFolder(), TAPE_FILE)): Tape =>
  parseTape(readFileSync(path, "utf8"), basename(path));

/** Where the funding of the history's days lies. */
export const fundingFile = (): string => join(tapeFolder(), "daily-funding.csv");

/** Where the daily history lies that comes with the project. */
export const historyFile = (): string => join(tapeFolder(), HISTORY_FILE);
