/** What survived, and what of it is no fault: the page docs/mutation.md. */
import type { Verdict } from "./run.ts";

/** A change that no test could tell, and why. Matched by file, kind and text. */
export interface Equivalent {
  readonly file: string;
  readonly kind: string;
  readonly from: string;
  readonly to?: string;
  /** Which of the equal changes of the file. Absent: all of them. */
  readonly nth?: number;
  readonly because: string;
}

export interface FileSum {
  readonly file: string;
  readonly mutants: number;
  readonly killed: number;
  readonly equivalent: number;
  readonly alive: number;
  /** Killed over those that are not equivalent. */
  readonly rate: number;
}

export const isDead = ({ fate }: Verdict): boolean => fate === "killed" || fate === "timed out";

const excuseOf = (verdict: Verdict, equivalents: readonly Equivalent[]): Equivalent | undefined =>
  isDead(verdict)
    ? undefined
    : equivalents.find(
        ({ file, kind, from, to, nth }) =>
          file === verdict.mutant.file &&
          kind === verdict.mutant.kind &&
          from === verdict.mutant.from &&
          (to === undefined || to === verdict.mutant.to) &&
          (nth === undefined || nth === verdict.mutant.nth),
      );

function sumOf(
  file: string,
  verdicts: readonly Verdict[],
  equivalents: readonly Equivalent[],
): FileSum {
  const killed = verdicts.filter(isDead).length;
  const equivalent = verdicts.filter((one) => excuseOf(one, equivalents) !== undefined).length;
  const mutants = verdicts.length;
  const alive = mutants - killed - equivalent;
  return { file, mutants, killed, equivalent, alive, rate: killed / Math.max(1, killed + alive) };
}

/** A row for each file, and one for all. */
export function sums(
  verdicts: readonly Verdict[],
  equivalents: readonly Equivalent[],
): readonly FileSum[] {
  const files = [...new Set(verdicts.map(({ mutant }) => mutant.file))].sort();
  const rows = files.map((file) =>
    sumOf(
      file,
      verdicts.filter(({ mutant }) => mutant.file === file),
      equivalents,
    ),
  );
  return [...rows, sumOf("all", verdicts, equivalents)];
}

const percent = (rate: number): string => `${(100 * rate).toFixed(1)} %`;
const oneLine = (text: string): string => {
  const flat = text.replace(/\s+/g, " ").replace(/\|/g, "\\|").replace(/`/g, "'");
  return flat.length > 90 ? `${flat.slice(0, 87)}...` : flat;
};

/** The survivors, one a line. */
export const survivors = (
  verdicts: readonly Verdict[],
  equivalents: readonly Equivalent[],
): readonly string[] =>
  verdicts
    .filter((one) => !isDead(one) && excuseOf(one, equivalents) === undefined)
    .map(
      ({ mutant, fate }) =>
        `${mutant.file}:${mutant.line} ${mutant.kind}: ${oneLine(mutant.from)} -> ${oneLine(mutant.to) || "nothing"} (${fate})`,
    );

/** Every parameter of the fleet's rules, and a test that fails when it is taken away. */
function parameters(verdicts: readonly Verdict[]): readonly string[] {
  const found = new Map<string, { reads: number; alive: number; by: string }>();
  for (const verdict of verdicts) {
    const { kind, from } = verdict.mutant;
    if (!kind.startsWith("parameter")) continue;
    const name = from.slice(from.lastIndexOf(".") + 1);
    const row = found.get(name) ?? { reads: 0, alive: 0, by: "" };
    row.reads += 1;
    if (!isDead(verdict)) row.alive += 1;
    if (row.by === "") row.by = verdict.fate === "killed" ? (verdict.killedBy ?? "") : "";
    found.set(name, row);
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, { reads, alive, by }]) =>
        `| ${name} | ${reads - alive} of ${reads} | ${oneLine(by)} |`,
    );
}

/** The tables of docs/mutation.md. */
export function pageOf(verdicts: readonly Verdict[], equivalents: readonly Equivalent[]): string {
  const rows = sums(verdicts, equivalents).map(
    ({ file, mutants, killed, equivalent, alive, rate }) =>
      `| ${file} | ${mutants} | ${killed} | ${equivalent} | ${alive} | ${percent(rate)} |`,
  );
  const excused = verdicts.flatMap((one) => {
    const excuse = excuseOf(one, equivalents);
    const { file, line, from, to } = one.mutant;
    return excuse === undefined
      ? []
      : [`| ${file}:${line} | \`${oneLine(from)}\` | \`${oneLine(to)}\` | ${excuse.because} |`];
  });
  const left = survivors(verdicts, equivalents).map((line) => `- ${line}`);
  return [
    "| File | Mutants | Killed | Equivalent | Alive | Kill rate |",
    "|---|---|---|---|---|---|",
    ...rows,
    "",
    "### Parameters",
    "",
    "| Parameter | Killed | A test that fails without it |",
    "|---|---|---|",
    ...parameters(verdicts),
    "",
    "### Equivalent",
    "",
    "| Where | Is | Becomes | Why no test can tell |",
    "|---|---|---|---|",
    ...excused,
    "",
    "### Alive",
    "",
    ...(left.length === 0 ? ["None."] : left),
    "",
  ].join("\n");
}
