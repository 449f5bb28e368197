/** A built copy of the project with the mutants in it; the project's own files are never touched. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { type Mutant, plant, type Wanted } from "./mutants.ts";

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
  sourceMap: false,
};
/** What tests read beside code. */
const LINKED = ["node_modules", "package.json", "deploy", "docs"];

const IMPORT = /(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+\.ts)"/g;

/** The files of ours that a file imports itself. */
export function importsOf(root: string, file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(IMPORT)].map(([, path = ""]) =>
    relative(root, join(root, dirname(file), path)),
  );
}

/** The files that these import, near and far, themselves included. */
export function importedBy(root: string, files: readonly string[]): string[] {
  const seen = new Set<string>();
  const todo = [...files];
  for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    todo.push(...importsOf(root, file));
  }
  return [...seen].sort();
}

/**
 * Writes `files` as JavaScript under `target`, those of `mutated` with every wanted mutant asleep in them,
 * and vitest replaced by `shim`.
 */
export function buildCopy(
  root: string,
  target: string,
  files: readonly string[],
  mutated: ReadonlySet<string>,
  isWanted: Wanted,
): readonly Mutant[] {
  const mutants: Mutant[] = [];
  mkdirSync(target, { recursive: true });
  for (const name of LINKED) symlinkSync(join(root, name), join(target, name));
  for (const file of files) {
    let text = readFileSync(join(root, file), "utf8");
    if (mutated.has(file)) {
      const planted = plant(file, text, mutants.length, isWanted);
      mutants.push(...planted.mutants);
      text = planted.text;
    }
    const up = relative(dirname(file), "test/mutation/shim.js");
    const js = ts
      .transpileModule(text, { compilerOptions: OPTIONS, fileName: file })
      .outputText.replace(/from "vitest"/g, `from "${up.startsWith(".") ? up : `./${up}`}"`);
    const out = join(target, file.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, js);
  }
  return mutants;
}
