/** Reads the page of promises: its rows, the tests that they name, and what is wrong with either. */

export interface Row {
  readonly section: string;
  readonly promise: string;
  /** Codes of tests; of what is not kept: why. */
  readonly held: string;
}

/** The heading under which what the product does not do stands, with its reason. */
export const NOT_KEPT = "Not kept";

/** The rows of every table of a page, each with the heading of the second level that it stands under. */
export function rowsOf(page: string): readonly Row[] {
  let section = "";
  const rows: Row[] = [];
  for (const line of page.split("\n")) {
    section = /^## (.+)$/.exec(line)?.[1] ?? section;
    const [, promise = "", held = ""] = /^\| (.*?)\s*\| (.*?)\s*\|$/.exec(line) ?? [];
    if (promise === "" || promise === "Promise" || /^-+$/.test(promise)) continue;
    rows.push({ section, promise, held });
  }
  return rows;
}

/** Codes of the tests that stand in a source, such as TRD-012. */
export const codesIn = (source: string): readonly string[] =>
  [...source.matchAll(/["'`]([A-Z]{3,8}-\d{3}): /g)].map(([, code = ""]) => code);

/** What is wrong with the rows, one sentence each. */
export function faultsOf(rows: readonly Row[], known: ReadonlySet<string>): readonly string[] {
  return rows.flatMap(({ section, promise, held }) => {
    if (section === NOT_KEPT) return held.length > 20 ? [] : [`${promise}: gives no reason`];
    const codes = held === "" ? [] : held.split(", ");
    if (codes.length === 0) return [`${promise}: names no test`];
    return codes.filter((code) => !known.has(code)).map((code) => `${promise}: no test is ${code}`);
  });
}
