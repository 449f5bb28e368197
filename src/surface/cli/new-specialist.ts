/** `flotilla new specialist <name>`: writes the folder of a new specialist. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { SERVICES } from "../../protocol/words.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import type { GlobalOptions, Io } from "./io.ts";
import { nameFault } from "./names.ts";
import { filesOf, type NewSpecialist } from "./new-specialist-files.ts";

export interface NewOptions extends GlobalOptions {
  readonly dir?: string;
  readonly service: string;
}

interface Package {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const readPackage = async (dir: string): Promise<Package | undefined> => {
  try {
    return JSON.parse(await readFile(join(dir, "package.json"), "utf8")) as Package;
  } catch {
    return undefined;
  }
};

/** The nearest folder upwards whose package is one that is wanted. */
async function packageAbove(
  from: string,
  wanted: (found: Package) => boolean,
): Promise<{ readonly dir: string; readonly found: Package } | undefined> {
  for (let dir = from; ; dir = dirname(dir)) {
    const found = await readPackage(dir);
    if (found !== undefined && wanted(found)) return { dir, found };
    if (dir === dirname(dir)) return undefined;
  }
}

/** How the new package gets this same flotilla: as the project around it does, else from its folder. */
async function dependencyFor(target: string, own: string): Promise<string> {
  const around = await packageAbove(
    dirname(target),
    ({ dependencies }) => dependencies?.["flotilla"] !== undefined,
  );
  const spec = around?.found.dependencies?.["flotilla"];
  if (around === undefined || spec === undefined) return `file:${relative(target, own)}`;
  if (!spec.startsWith("file:")) return spec;
  return `file:${relative(target, resolve(around.dir, spec.slice("file:".length)))}`;
}

/** An empty folder, or none yet: nothing of anybody's is written over. */
async function emptyFolder(dir: string): Promise<void> {
  const there = await readdir(dir).catch((fault: NodeJS.ErrnoException) => {
    if (fault.code === "ENOENT") return [];
    throw new CliError(EXIT.usage, `${dir} is no folder`);
  });
  if (there.length > 0) throw new CliError(EXIT.usage, `${dir} is not empty: name another --dir`);
}

export async function runNewSpecialist(
  io: Io,
  name: string,
  options: NewOptions,
): Promise<ExitCode> {
  // A package of the program's own name could not depend on it.
  const fault = nameFault("a specialist", name, ["flotilla"]);
  if (fault !== undefined) throw new CliError(EXIT.usage, fault);
  const service = SERVICES.find((one) => one === options.service);
  if (service === undefined) {
    const said = `--service is one of ${SERVICES.join(", ")}`;
    throw new CliError(EXIT.usage, `${said}, and not ${options.service}`);
  }
  const dir = resolve(options.dir ?? name);
  await emptyFolder(dir);
  const here = dirname(fileURLToPath(import.meta.url));
  const own = await packageAbove(here, (found) => found.name === "flotilla");
  if (own === undefined) throw new CliError(EXIT.failed, "the package's own folder is not there");
  const { dependencies = {}, devDependencies = {} } = own.found;
  const versions: NewSpecialist["versions"] = {
    zod: dependencies["zod"] ?? "4",
    xstate: dependencies["xstate"] ?? "5",
    typescript: devDependencies["typescript"] ?? "6",
    vitest: devDependencies["vitest"] ?? "4",
  };
  const flotilla = await dependencyFor(dir, own.dir);
  const files = filesOf({ name, service, flotilla, versions });
  for (const [path, text] of files) {
    const file = join(dir, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: "wx" });
  }
  const shown = relative(process.cwd(), dir);
  io.tell({ kind: "new", name, service, dir, files: [...files.keys()] });
  io.say(`wrote ${shown}: ${[...files.keys()].join(", ")}`);
  io.say(`next: cd ${shown} && npm install && npm test`);
  return EXIT.ok;
}
