/** What is shipped takes nothing of the program that a stranger's specialist could not take. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as kit from "../../src/index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, "utf8");

/** Names that a file imports from `src`: values, and types. */
function taken(text: string): readonly { readonly name: string; readonly isType: boolean }[] {
  const found = text.matchAll(
    /import (type )?\{([^}]*)\} from "(?:\.\.\/)+(?:src|machines)\/[^"]*"/g,
  );
  return [...found].flatMap(([, whole, names = ""]) =>
    names
      .split(",")
      .map((one) => one.trim())
      .filter((one) => one !== "")
      .map((one) => ({
        name: one.replace(/^type /, "").replace(/ as .*/, ""),
        isType: whole !== undefined || one.startsWith("type "),
      })),
  );
}

const agents = readdirSync(`${root}agents`);

test.each(agents)(
  "KIT-001: all that agents/%s takes from the program, the package gives",
  (agent) => {
    const groups = [kit, kit.amounts, kit.sizing, kit.fair];
    const values = new Set(groups.flatMap((group) => Object.keys(group)));
    const exported = read("src/index.ts")
      .split("\n")
      .filter((line) => !line.startsWith("import"))
      .join("\n");
    const names = readdirSync(`${root}agents/${agent}`, { encoding: "utf8", recursive: true })
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => taken(read(`agents/${agent}/${file}`)));
    expect(names.length).toBeGreaterThan(10);
    const missing = names.filter(({ name, isType }) =>
      isType ? !new RegExp(`\\b${name}\\b`).test(exported) : !values.has(name),
    );
    expect(missing).toEqual([]);
  },
);
