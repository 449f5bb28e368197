/** Fetches a nats-server with the system's package manager, without root and without installing. */
import { execFile } from "node:child_process";
import { access, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { probeVersion } from "./server-version.ts";

const run = promisify(execFile);

const DEBIAN_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** Newest first. The package is one static program that needs only libc6 >= 2.34. */
const SUITES = ["sid", "trixie"] as const;
const LOCK_STALE_MS = 120_000;
/** After a failure no other try for so long: without a network every start would wait for one. */
const FAILED_MS = 600_000;

export const cachedServer = (cacheDir: string): string => join(cacheDir, "nats-server");

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * Puts a nats-server into the cache and answers its path.
 *
 * Keeps a private package state below the cache; nothing of the system is changed, and every
 * package is checked by apt against Debian's own keys. Takes about five seconds.
 *
 * @throws Error with one line that says why none could be had.
 */
export async function fetchServer(cacheDir: string, timeoutMs: number): Promise<string> {
  const deadline = performance.now() + timeoutMs;
  const target = cachedServer(cacheDir);
  const failed = join(cacheDir, "fetch.failed");
  await mkdir(cacheDir, { recursive: true });
  if ((await ageOf(failed)) < FAILED_MS) throw new Error(await readFile(failed, "utf8"));
  const unlock = await lock(join(cacheDir, "fetch.lock"), target, deadline);
  if (unlock === undefined) return target;
  try {
    const path = await fetchFromAny(cacheDir, target, deadline);
    await rm(failed, { force: true });
    return path;
  } catch (fault) {
    await writeFile(failed, fault instanceof Error ? fault.message : String(fault));
    throw fault;
  } finally {
    await unlock();
  }
}

async function fetchFromAny(cacheDir: string, target: string, deadline: number): Promise<string> {
  if (!(await exists("/usr/bin/apt-get"))) throw new Error("this system has no apt-get");
  if (!(await exists(DEBIAN_KEYS))) throw new Error("this system does not have Debian's keys");
  const faults: string[] = [];
  for (const suite of SUITES) {
    const left = Math.floor(deadline - performance.now());
    if (left < 1_000) break;
    try {
      return await fetchFrom(suite, cacheDir, target, left);
    } catch (fault) {
      faults.push(`${suite}: ${firstLine(fault)}`);
    }
  }
  throw new Error(`apt could not fetch one (${faults.join("; ") || "no time"})`);
}

/** Milliseconds since a file was written. None: infinity when there is no such file. */
const ageOf = (path: string): Promise<number> =>
  stat(path).then(
    (at) => Date.now() - at.mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );

const firstLine = (fault: unknown): string => {
  if ((fault as { killed?: unknown }).killed === true) return "it took too long";
  const stderr = (fault as { stderr?: unknown }).stderr;
  const text = typeof stderr === "string" && stderr !== "" ? stderr : String(fault);
  return (text.split("\n").find((line) => line.trim() !== "") ?? "failed").slice(0, 200);
};

async function fetchFrom(
  suite: string,
  cacheDir: string,
  target: string,
  timeout: number,
): Promise<string> {
  const work = join(cacheDir, `fetch-${process.pid}`);
  try {
    for (const dir of ["lists/partial", "archives/partial", "out"]) {
      await mkdir(join(work, dir), { recursive: true });
    }
    const mirror = await machineMirror();
    if (mirror === undefined) throw new Error("this machine's sources name no Debian mirror");
    const source = `deb [signed-by=${DEBIAN_KEYS}] ${mirror} ${suite} main\n`;
    await writeFile(join(work, "sources.list"), source);
    await writeFile(join(work, "status"), "");
    const options = aptOptions(work).flatMap((option) => ["-o", option]);
    const limits = { timeout, maxBuffer: 4 * 1024 * 1024 };
    await run("apt-get", [...options, "-qq", "update"], limits);
    const cwd = join(work, "out");
    await run("apt-get", [...options, "-qq", "download", "nats-server"], { ...limits, cwd });
    const deb = (await readdir(cwd)).find((name) => name.endsWith(".deb"));
    if (deb === undefined) throw new Error("nothing was downloaded");
    await run("dpkg", ["-x", deb, "."], { ...limits, cwd });
    const program = join(cwd, "usr/sbin/nats-server");
    if ((await probeVersion(program)) === undefined) throw new Error("it does not run here");
    await rename(program, target);
    return target;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const aptOptions = (work: string): string[] => [
  `Dir::State=${work}`,
  `Dir::State::lists=${work}/lists`,
  `Dir::State::status=${work}/status`,
  `Dir::Cache=${work}`,
  `Dir::Cache::archives=${work}/archives`,
  `Dir::Etc::sourcelist=${work}/sources.list`,
  "Dir::Etc::sourceparts=-",
  "Acquire::Languages=none",
  "Acquire::Retries=0",
  "Acquire::http::Timeout=8",
  "Acquire::https::Timeout=8",
  "APT::Sandbox::User=",
];

/** The mirror that this machine uses for Debian's main archive. None: undefined. */
export async function machineMirror(etc = "/etc/apt"): Promise<string | undefined> {
  const files = [join(etc, "sources.list")];
  const parts = await readdir(join(etc, "sources.list.d")).catch(() => []);
  for (const name of parts.sort()) files.push(join(etc, "sources.list.d", name));
  for (const file of files) {
    const text = await readFile(file, "utf8").catch(() => "");
    const mirror = mirrorIn(text);
    if (mirror !== undefined) return mirror;
  }
  return undefined;
}

/** Reads both forms of apt's sources: lines (`deb URI …`) and paragraphs (`URIs: URI`). */
export function mirrorIn(sources: string): string | undefined {
  for (const line of sources.split("\n")) {
    const match = /^(?:deb\s+(?:\[[^\]]*\]\s+)?|URIs:\s*)(https?:\/\/[^\s"']+)/.exec(line.trim());
    const uri = match?.[1]?.replace(/\/$/, "");
    if (uri?.endsWith("/debian")) return uri;
  }
  return undefined;
}

/** None: undefined when another process has put the program there while this one waited. */
async function lock(
  path: string,
  target: string,
  deadline: number,
): Promise<(() => Promise<void>) | undefined> {
  for (;;) {
    try {
      await mkdir(path);
      return () => rm(path, { recursive: true, force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    }
    const age = await ageOf(path);
    if (age > LOCK_STALE_MS && age < Number.POSITIVE_INFINITY)
      await rm(path, { recursive: true, force: true });
    if (performance.now() > deadline)
      throw new Error("another process is fetching one for too long");
    await delay(100);
    if (!(await exists(path)) && (await exists(target))) return undefined;
  }
}
