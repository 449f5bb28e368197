/** Plants one bug in a copy of the built program and lets the simulator look for it there. */
import { spawn } from "node:child_process";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { Planted } from "./planted-kind.ts";

/** Half an hour of fleet for each seed. */
const HOURS_PER_SEED = 0.5;

export interface Found {
  readonly name: string;
  readonly found: boolean;
  /** Which invariant told of it, and at which seed. */
  readonly invariant: string;
  readonly seed: number;
  readonly detail: string;
}

/** A copy of the built program in which sources can be exchanged one by one. */
export class PlantedCopy {
  readonly #root: string;
  readonly #dir: string;
  readonly #transpile: (source: string, file: string) => string;

  /** @param root the project; `built` lies below it; @param dir where the copy is made. */
  constructor(
    root: string,
    built: string,
    dir: string,
    transpile: (source: string, file: string) => string,
  ) {
    this.#root = root;
    this.#dir = dir;
    this.#transpile = transpile;
    for (const room of ["src", "agents", "machines"]) {
      cpSync(join(built, room), join(dir, room), { recursive: true });
    }
    cpSync(join(root, "package.json"), join(dir, "package.json"));
    symlinkSync(join(root, "deploy"), join(dir, "deploy"));
    symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
  }

  /** Looks for one bug. The copy is sound again afterwards. */
  async find(planted: Planted): Promise<Found> {
    const changed = new Map<string, string>();
    for (const { file, find, replace } of planted.edits) {
      const source = changed.get(file) ?? readFileSync(join(this.#root, file), "utf8");
      if (source.split(find).length !== 2) {
        throw new Error(`${planted.name}: ${file} holds ${JSON.stringify(find)} not exactly once`);
      }
      changed.set(
        file,
        source.replace(find, () => replace),
      );
    }
    const sound = new Map<string, string>();
    for (const [file, source] of changed) {
      const path = join(this.#dir, file.replace(/\.ts$/, ".js"));
      sound.set(path, readFileSync(path, "utf8"));
      writeFileSync(path, this.#transpile(source, file));
    }
    try {
      return await this.#look(planted);
    } finally {
      for (const [path, source] of sound) writeFileSync(path, source);
    }
  }

  #look(planted: Planted): Promise<Found> {
    const { faults, seeds, mode, name } = planted;
    const args = [
      join(this.#dir, "src/lab/sim-main.js"),
      ...["--hours", String(seeds * HOURS_PER_SEED), "--failures", "1", "--json", "--no-shrink"],
      ...["--faults", faults.length === 0 ? "none" : faults.join(",")],
      ...["--mode", mode ?? "safety"],
    ];
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
        const first = last.startsWith("{") ? (JSON.parse(last) as Ended).breaks[0] : undefined;
        // A program that does not even start has found nothing.
        if (!last.startsWith("{"))
          return reject(new Error(`${name}: the simulator did not end: ${wrong.slice(0, 800)}`));
        resolve({
          name,
          found: first !== undefined,
          invariant: first?.invariant ?? "",
          seed: first?.seed ?? 0,
          detail: first?.detail ?? "",
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
