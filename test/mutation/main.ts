/** `npm run mutation [-- --only limits|fleet|liquidation|FILE,FILE:LINE --kind parameter --jobs N]`. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { buildCopy, importedBy, importsOf } from "./copy.ts";
import { keyOf, type Mutant, plant, type Wanted } from "./mutants.ts";
import { PastRuns } from "./past-runs.ts";
import { type Equivalent, isDead, pageOf, sums, survivors } from "./report.ts";
import { runMutants, type Verdict } from "./run.ts";
import { isLimit } from "./scope.ts";

const root = process.cwd();
const { values } = parseArgs({
  options: {
    only: { type: "string", default: "all" },
    /** Only mutants whose kind begins with one of these: `parameter`, `boundary,refusal`. */
    kind: { type: "string", default: "" },
    jobs: { type: "string", default: "2" },
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    seconds: { type: "string", default: "15" },
    /** Asks tests whose names hold one of these before all others: `LIM-7,TRN-013`. */
    first: { type: "string" },
    /** Leaves out test files whose names hold one of these, such as slow properties: `always,large`. */
    without: { type: "string" },
    /** What has not begun by then is left out, and said to be. */
    minutes: { type: "string", default: "600" },
    /** Only what no earlier run on this machine killed. */
    left: { type: "boolean", default: false },
    /** Only what no earlier run on this machine judged: a long run in several parts. */
    new: { type: "boolean", default: false },
    /** Forgets first what earlier runs found of what is asked for, but not who killed it. */
    afresh: { type: "boolean", default: false },
    /** Runs nothing: tells what the earlier runs on this machine found. */
    report: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    /** Writes the tables into this page, below the line that `under` names. */
    write: { type: "string" },
    under: { type: "string", default: "## Report" },
  },
});

// The built copy stands elsewhere: cases beside the checkout are beside it no more.
process.env["FLOTILLA_REFERENCE"] ??= join(root, "../shared/reference-cases");

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const sourcesOf = (room: string): string[] =>
  readdirSync(join(root, "src", room))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `src/${room}/${name}`);

function targets(only: string): string[] {
  if (only === "limits") return sourcesOf("fleet");
  if (only === "fleet" || only === "liquidation") return sourcesOf(only);
  if (only === "all") return [...sourcesOf("fleet"), ...sourcesOf("liquidation")];
  return only.split(",");
}

const testsOf = (room: string): string[] =>
  readdirSync(join(root, "test", room))
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `test/${room}/${name}`);

/** Tests whose imports reach a file that is mutated. */
function related(mutated: readonly string[]): string[] {
  const rooms = [...new Set(mutated.map((file) => file.split("/")[1] ?? ""))];
  const reach = new Set(mutated);
  return rooms
    .flatMap(testsOf)
    .filter((test) => importedBy(root, [test]).some((file) => reach.has(file)));
}

/** The same `count` of them each time, for a seed. */
function sampled(mutants: readonly Mutant[], count: number, seed: number): readonly Mutant[] {
  const random = xoroshiro128plus(seed);
  const drawn = mutants.map((mutant) => ({ mutant, at: random.next() }));
  drawn.sort((a, b) => a.at - b.at);
  return drawn.slice(0, count).map(({ mutant }) => mutant);
}

/** `FILE:LINE` takes only that line's mutants. */
const places = targets(values.only).map((name) => name.split(":"));
const files = [...new Set(places.map(([file = ""]) => file))];
const strange = files.find((file) => !existsSync(join(root, file)));
if (strange !== undefined) {
  const say = `--only ${strange}: no such file; all, limits, fleet, liquidation, or paths such as`;
  process.stderr.write(`${say} src/fleet/zones.ts or src/fleet/zones.ts:40\n`);
  process.exit(2);
}
const kinds = values.kind.split(",");
const isAsked: Wanted = (mutant) =>
  kinds.some((kind) => mutant.kind.startsWith(kind)) &&
  (values.only !== "limits" || isLimit(mutant)) &&
  places.some(
    ([name, at]) => name === mutant.file && (at ?? `${mutant.line}`) === `${mutant.line}`,
  );

const past = new PastRuns(join(root, ".cache/mutation.json"));
const equivalents = JSON.parse(
  readFileSync(join(root, "test/mutation/equivalent.json"), "utf8"),
) as readonly Equivalent[];

/** All that are asked for; of these the sample, where one is wanted. */
function drawn(): readonly Mutant[] {
  const all: Mutant[] = [];
  for (const file of files) {
    const source = readFileSync(join(root, file), "utf8");
    all.push(...plant(file, source, all.length, isAsked).mutants);
  }
  const { sample, seed } = values;
  return sample === undefined ? all : sampled(all, Number(sample), Number(seed));
}

async function run(some: readonly Mutant[]): Promise<readonly Verdict[]> {
  const names = new Set(some.map(keyOf));
  const mutated = new Set(some.map(({ file }) => file));
  const without = values.without?.split(",") ?? [];
  const tests = related([...mutated]).filter((test) => !without.some((one) => test.includes(one)));
  const folder = mkdtempSync(join(tmpdir(), "mutants-"));
  const target = join(folder, "copy");
  const sources = importedBy(root, [...tests, "test/mutation/worker.ts", "test/mutation/shim.ts"]);
  try {
    const planted = buildCopy(root, target, sources, mutated, (one) => names.has(keyOf(one)));
    const verdicts = await runMutants(planted, {
      worker: join(target, "test/mutation/worker.js"),
      tests: tests.map((test) => join(target, test.replace(/\.ts$/, ".js"))),
      until: Date.now() + Number(values.minutes) * 60_000,
      ...{ jobs: Number(values.jobs), budgetMs: Number(values.seconds) * 1_000, say },
      isNear: (mutant, test) => {
        const file = relative(target, fileURLToPath(test)).replace(/\.js$/, ".ts");
        return importsOf(root, file).includes(mutant.file);
      },
      killer: (mutant) => past.killer(mutant),
      first: values.first?.split(",") ?? [],
      heard: (verdict) => past.add(verdict),
    });
    if (verdicts.length < planted.length)
      say(`${planted.length - verdicts.length} were not begun in time`);
    return verdicts;
  } finally {
    past.save();
    rmSync(folder, { recursive: true, force: true });
  }
}

const asked = drawn();
if (values.afresh) past.forget(asked);
const known = asked.flatMap((mutant) => past.of(mutant) ?? []);
const killed = new Set(known.filter(isDead).map(({ mutant }) => keyOf(mutant)));
const judged = new Set(known.map(({ mutant }) => keyOf(mutant)));
const done = values.new ? judged : values.left ? killed : new Set<string>();
const todo = asked.filter((mutant) => !done.has(keyOf(mutant)));
const verdicts = values.report ? known : todo.length === 0 ? [] : await run(todo);
if (values.report) say(`${asked.length - known.length} of ${asked.length} were never judged`);
const page = pageOf(verdicts, equivalents);
process.stdout.write(
  values.json
    ? `${JSON.stringify({ mutation: values.only, rows: sums(verdicts, equivalents) })}\n`
    : `${page}\n`,
);
if (values.write !== undefined) {
  const text = readFileSync(values.write, "utf8");
  const at = text.indexOf(`\n${values.under}\n`) + values.under.length + 1;
  const next = text.indexOf("\n## ", at);
  const rest = next < 0 ? "" : text.slice(next);
  writeFileSync(values.write, `${text.slice(0, at)}\n\n${page}${rest}`);
}
if (survivors(verdicts, equivalents).length > 0) process.exitCode = 1;
