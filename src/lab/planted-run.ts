/** Plants one bug in a copy of the program and lets the simulator look for it there. */
import { spawn } from "node:child_process";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { type Planted, SEED_MINUTES } from "./planted-kind.ts";

const ROOMS = ["src", "agents", "machines"];

export interface Found {
  readonly name: string;
  readonly found: boolean;
  /** Which invariant told of it, and at which seed; "" and 0 when it was not found. */
  readonly invariant: string;
  readonly seed: number;
  readonly detail: string;
  readonly seconds: number;
}

/** Void runs that may come before the one that finds it. */
const FAILURES = 4;

const scriptOf = (file: string): string => file.replace(/\.ts$/, ".js");

/** Types and maps of the build are read by nobody here. */
const isRun = (path: string): boolean => !/\.(?:d\.ts|map)$/.test(path);

/** A copy of the built program in which sources can be exchanged one by one. */
export class PlantedCopy {
  readonly #root: string;
  readonly #dir: string;
  readonly #transpile: (source: string, file: string) => string;

  /** @param root the project, built as its sources are; @param dir where the copy is made. */
  constructor(root: string, dir: string, transpile: (source: string, file: string) => string) {
    this.#root = root;
    this.#dir = dir;
    this.#transpile = transpile;
    for (const room of ROOMS)
      cpSync(join(root, "dist", room), join(dir, room), { recursive: true, filter: isRun });
    cpSync(join(root, "package.json"), join(dir, "package.json"));
    symlinkSync(join(root, "deploy"), join(dir, "deploy"));
    symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
  }

  #sourceOf(file: string): string {
    return readFileSync(join(this.#root, file), "utf8");
  }

  #put(file: string, source: string): void {
    writeFileSync(join(this.#dir, scriptOf(file)), this.#transpile(source, file));
  }

  /** Looks for one bug. The copy is sound again afterwards. */
  async find(planted: Planted): Promise<Found> {
    const changed = new Map<string, string>();
    const sound = new Map<string, string>();
    for (const { file, find, replace } of planted.edits) {
      const source = changed.get(file) ?? this.#sourceOf(file);
      if (source.split(find).length !== 2) {
        throw new Error(`${planted.name}: ${file} holds ${JSON.stringify(find)} not exactly once`);
      }
      const path = join(this.#dir, scriptOf(file));
      if (!sound.has(path)) sound.set(path, readFileSync(path, "utf8"));
      changed.set(
        file,
        source.replace(find, () => replace),
      );
    }
    for (const [file, source] of changed) this.#put(file, source);
    try {
      return await this.#look(planted);
    } finally {
      for (const [path, script] of sound) writeFileSync(path, script);
    }
  }

  #look(planted: Planted): Promise<Found> {
    const { faults, parts = [], seeds, mode, name, minutes = SEED_MINUTES } = planted;
    const args = [
      join(this.#dir, "src/lab/sim-main.js"),
      ...["--hours", String((seeds * minutes) / 60), "--minutes", String(minutes)],
      ...[
        "--failures",
        String(planted.byCount ? 1 : FAILURES),
        "--json",
        "--no-shrink",
        "--mode",
        mode ?? "safety",
      ],
      ...["--faults", faults.length === 0 ? "none" : faults.join(",")],
      ...["--parts", parts.length === 0 ? "none" : parts.join(",")],
    ];
    const began = performance.now();
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
      let said = "";
      child.stdout.on("data", (piece: Buffer) => {
        said += piece.toString("utf8");
      });
      let wrong = "";
      child.stderr.on("data", (piece: Buffer) => {
        wrong += piece.toString("utf8");
      });
      child.once("error", reject);
      child.once("close", () => {
        const last = said.trim().split("\n").at(-1) ?? "";
        // A program that does not even start has found nothing.
        if (!last.startsWith("{"))
          return reject(new Error(`${name}: the simulator did not end: ${wrong.slice(0, 800)}`));
        const { breaks } = JSON.parse(last) as Ended;
        const first = breaks.find(({ invariant }) => planted.byCount || invariant !== "I14");
        resolve({
          name,
          found: first !== undefined,
          invariant: first?.invariant ?? "",
          seed: first?.seed ?? 0,
          detail: first?.detail ?? "",
          seconds: Math.round((performance.now() - began) / 100) / 10,
        });
      });
    });
  }
}

interface Ended {
  readonly breaks: readonly {
    readonly seed: number;
    readonly invariant: string;
    readonly detail: string;
  }[];
}
