/** What the entries `flotilla/liquidation` and `flotilla/risk` hand on says what it takes, gives and refuses. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import * as liquidation from "../../src/liquidation.ts";
import * as risk from "../../src/risk.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(`${ROOT}${path}`, "utf8");

interface Told {
  readonly name: string;
  readonly doc: string;
  /** It answers with what it measured or a refusal. */
  readonly mayRefuse: boolean;
}

/** Values that a file exports, each with its docstring. */
function exportsOf(path: string): readonly Told[] {
  const tree = ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2023, true);
  return tree.statements.flatMap((statement): Told[] => {
    const doc = ts.getJSDocCommentsAndTags(statement).map((each) => each.getText());
    const told = (name: string, type: ts.TypeNode | undefined): Told => ({
      ...{ name, doc: doc.join("\n") },
      mayRefuse: type?.getText().startsWith("Measured<") === true,
    });
    if (ts.isFunctionDeclaration(statement)) {
      return [told(statement.name?.text ?? "", statement.type)];
    }
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.map(({ name, initializer }) => {
      const isFunction = initializer !== undefined && ts.isArrowFunction(initializer);
      return told(name.getText(), isFunction ? initializer.type : undefined);
    });
  });
}

const SAYS = /\b(errors|refusals|none|refused)\b/i;

const ENTRIES = [
  ["liquidation", liquidation],
  ["risk", risk],
] as const;

describe("the entries for users of the library", () => {
  test.each(ENTRIES)(
    "ENT-001: each value of flotilla/%s has a docstring, and says when it refuses",
    (room, entry) => {
      const from = [...read(`src/${room}.ts`).matchAll(/from "\.\/([^"]+)"/g)];
      const all = new Map(
        from.flatMap(([, file]) => exportsOf(`src/${file}`)).map((one) => [one.name, one]),
      );
      const names = Object.keys(entry);
      expect(names.length).toBeGreaterThan(50);
      const silent = names.filter((name) => {
        const { doc = "", mayRefuse = false } = all.get(name) ?? {};
        return doc === "" || (mayRefuse && !SAYS.test(doc));
      });
      expect(silent).toEqual([]);
    },
  );

  test("ENT-002: the page's table of families names functions that the entry has", () => {
    const [, table = ""] = read("docs/liquidation.md").split("| Family | Functions |");
    const rows = table.split("\n\n")[0]?.split("\n").slice(2) ?? [];
    expect(rows.map((row) => row.split("|")[1]?.trim())).toEqual([
      ...["plans", "netting", "clearing", "deleveraging"],
    ]);
    const named = rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name));
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((name) => !(name in liquidation))).toEqual([]);
  });
});
