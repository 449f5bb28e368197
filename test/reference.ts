/** Reference cases and market data that may lie beside the checkout; nothing here needs them to. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Folder of `<family>.json` files. `FLOTILLA_REFERENCE` names another one. */
export const REFERENCE = resolve(
  ROOT,
  process.env["FLOTILLA_REFERENCE"] ?? "../shared/reference-cases",
);

/** One worked case: see the README of the folder for the fields. */
export interface ReferenceCase {
  readonly id: string;
  readonly title: string;
  readonly definition: string;
  // biome-ignore lint/suspicious/noExplicitAny: each family has inputs of its own shape.
  readonly inputs: any;
  // biome-ignore lint/suspicious/noExplicitAny: and so has what is expected.
  readonly expected: any;
  readonly tolerance: Readonly<Record<string, number>>;
}

/** The cases of a family, or none where the folder is not there. */
export function casesOf(family: string): readonly ReferenceCase[] {
  const file = join(REFERENCE, `${family}.json`);
  if (!existsSync(file)) return [];
  return JSON.parse(readFileSync(file, "utf8")).cases;
}

/** Whether the folder is there at all. Tests say so where it is not. */
export const hasReference = existsSync(REFERENCE);

/** The title of the one test that stands for a family where the folder is absent. */
export const absentTitle = (family: string): string =>
  `no reference folder beside the checkout: the ${family} cases were not run`;

const tables = new Map<string, readonly Readonly<Record<string, string>>[]>();

/** Whether a data set such as `data/permissive/daily_ohlcv_4.csv.gz` is there. */
export const hasData = (dataset: string): boolean => existsSync(join(REFERENCE, "..", dataset));

/** Rows of a csv or csv.gz below the folder that holds the reference cases, read once. */
export function tableOf(dataset: string): readonly Readonly<Record<string, string>>[] {
  const known = tables.get(dataset);
  if (known) return known;
  const bytes = readFileSync(join(REFERENCE, "..", dataset));
  const text = dataset.endsWith(".gz")
    ? gunzipSync(bytes).toString("utf8")
    : bytes.toString("utf8");
  const [header = "", ...lines] = text.trim().split("\n");
  const names = header.trim().split(",");
  const rows = lines.map((line) => {
    const cells = line.trim().split(",");
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? ""]));
  });
  tables.set(dataset, rows);
  return rows;
}
