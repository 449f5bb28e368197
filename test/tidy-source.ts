/** Reads the project's own source for the tidiness tests: files, imports, functions and names by syntax. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

export interface Import {
  readonly from: string;
  /** Where a relative import leads, from the root; undefined for a package. */
  readonly file: string | undefined;
  readonly typeOnly: boolean;
  readonly reExport: boolean;
}

export interface SourceFile {
  /** From the root, with "/". */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly imports: readonly Import[];
  /** Each function with its first line and how many it has. */
  readonly functions: readonly { readonly line: number; readonly lines: number }[];
  /** Names that stand for a value or a type of their own, and async functions as "async". */
  readonly names: ReadonlySet<string>;
}

/** Every TypeScript file under some folders of the project. */
export function sourcesUnder(...folders: readonly string[]): readonly SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
      .filter((path) => path.endsWith(".ts"))
      .sort()
      .map(read),
  );
}

function read(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), "utf8");
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const imports: Import[] = [];
  const functions: { line: number; lines: number }[] = [];
  const names = new Set<string>();
  const lineOf = (at: number): number => tree.getLineAndCharacterOfPosition(at).line + 1;
  const visit = (node: ts.Node): void => {
    const found = importOf(path, node);
    if (found !== undefined) imports.push(found);
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      const line = lineOf(node.getStart());
      functions.push({ line, lines: lineOf(node.end) - line + 1 });
      if (node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword))
        names.add("async");
    }
    if (ts.isIdentifier(node) && standsAlone(node)) names.add(node.text);
    if (ts.isPropertyAccessExpression(node)) names.add(node.getText());
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return { path, text, lines: text.split("\n"), imports, functions, names };
}

function importOf(path: string, node: ts.Node): Import | undefined {
  const dynamic =
    ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
      ? node.arguments[0]
      : undefined;
  const named = ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
  const module = named ? node.moduleSpecifier : dynamic;
  if (module === undefined || !ts.isStringLiteral(module)) return undefined;
  const from = module.text;
  const file = from.startsWith(".") ? normalize(join(dirname(path), from)) : undefined;
  const typeOnly =
    ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return { from, file, typeOnly, reExport: ts.isExportDeclaration(node) };
}

/** Is a name more than the label of somebody else's property? */
function standsAlone(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name !== node;
  if (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent))
    return parent.name !== node;
  return !ts.isQualifiedName(parent);
}

/** The first cycle of imports among some files, as the path around it. None: undefined. */
export function cycleAmong(files: readonly SourceFile[]): readonly string[] | undefined {
  const leads = new Map(files.map(({ path, imports }) => [path, imports] as const));
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    const again = trail.indexOf(path);
    if (again >= 0) return [...trail.slice(again), path];
    if (done.has(path)) return undefined;
    for (const { file } of leads.get(path) ?? []) {
      const cycle = file === undefined ? undefined : walk(file, [...trail, path]);
      if (cycle !== undefined) return cycle;
    }
    done.add(path);
    return undefined;
  };
  for (const { path } of files) {
    const cycle = walk(path, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
