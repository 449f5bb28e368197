/** `npm run mutation [-- --only fleet|liquidation|limits|FILE,FILE:LINE --kind parameter --jobs N]`. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { buildCopy, importedBy } from "./copy.ts";
import type { Mutant, Wanted } from "./mutants.ts";
import { type Equivalent, pageOf, sums, survivors } from "./report.ts";
import { runMutants } from "./run.ts";

/** Files of src/fleet that hold limits: each of their mutants must be killed, or be excused. */
const LIMITS = [
  ...["admission", "adl-defence", "agent-duties", "calendar", "calls", "crisis-state", "duties"],
  ...["floors", "governance", "hedges", "margins", "order-limits", "orders", "reservations"],
  "zones",
].map((name) => `src/fleet/${name}.ts`);

const root = process.cwd();
const { values } = parseArgs({
  options: {
    only: { type: "string", default: "all" },
    /** Only mutants whose kind begins so: `parameter`, `boundary`, `refusal`. */
    kind: { type: "string", default: "" },
    jobs: { type: "string", default: "2" },
    sample: { type: "string" },
    seconds: { type: "string", default: "15" },
    /** Leaves out test files whose names hold one of these, such as slow properties: `always,large`. */
    without: { type: "string" },
    /** What has not begun by then is left out, and said to be. */
    minutes: { type: "string", default: "600" },
    json: { type: "boolean", default: false },
    /** Writes the tables into this page, below its line "## Report". */
    write: { type: "string" },
  },
});

const sourcesOf = (room: string): string[] =>
  readdirSync(join(root, "src", room))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `src/${room}/${name}`);

function targets(only: string): string[] {
  if (only === "limits") return LIMITS;
  if (only === "fleet" || only === "liquidation") return sourcesOf(only);
  if (only === "all") return [...LIMITS, ...sourcesOf("liquidation")];
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

/** The same `count` of them each time. */
function sampled(mutants: readonly Mutant[], count: number): readonly Mutant[] {
  const random = xoroshiro128plus(1);
  const drawn = mutants.map((mutant) => ({ mutant, at: random.next() }));
  drawn.sort((a, b) => a.at - b.at);
  return drawn.slice(0, count).map(({ mutant }) => mutant);
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
/** `FILE:LINE` takes only that line's mutants. */
const wanted = targets(values.only).map((name) => name.split(":"));
const mutated = [...new Set(wanted.map(([file = ""]) => file))];
const isWanted: Wanted = ({ file, line, kind }) =>
  kind.startsWith(values.kind) &&
  wanted.some(([name, at]) => name === file && (at === undefined || Number(at) === line));
const left = values.without?.split(",") ?? [];
const tests = related(mutated).filter((test) => !left.some((name) => test.includes(name)));
const folder = mkdtempSync(join(tmpdir(), "mutants-"));
const target = join(folder, "copy");
const own = ["test/mutation/worker.ts", "test/mutation/shim.ts"];
try {
  const files = importedBy(root, [...tests, ...own]);
  const all = buildCopy(root, target, files, new Set(mutated), isWanted);
  const some = values.sample === undefined ? all : sampled(all, Number(values.sample));
  const verdicts = await runMutants(some, {
    worker: join(target, "test/mutation/worker.js"),
    tests: tests.map((test) => join(target, test.replace(/\.ts$/, ".js"))),
    until: Date.now() + Number(values.minutes) * 60_000,
    ...{ jobs: Number(values.jobs), budgetMs: Number(values.seconds) * 1_000, say },
  });
  if (verdicts.length < some.length) say(`${some.length - verdicts.length} were not begun in time`);
  const list = readFileSync(join(root, "test/mutation/equivalent.json"), "utf8");
  const equivalents = JSON.parse(list) as readonly Equivalent[];
  const rows = sums(verdicts, equivalents);
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ mutation: values.only, rows })}\n`);
  } else {
    process.stdout.write(`${pageOf(verdicts, equivalents)}\n`);
  }
  if (values.write !== undefined) {
    const page = readFileSync(values.write, "utf8");
    const head = page.slice(0, page.indexOf("## Report") + "## Report".length);
    writeFileSync(values.write, `${head}\n\n${pageOf(verdicts, equivalents)}`);
  }
  if (survivors(verdicts, equivalents).length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
