/** Planted bugs still fit the sources they are planted in. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PLANTED } from "../../src/lab/planted.ts";

test.each(PLANTED)("SIM-040: there is a place for: $name", ({ edits }) => {
  for (const { file, find, replace } of edits) {
    const source = readFileSync(file, "utf8");
    expect(source.split(find).length - 1, `${file}: ${find}`).toBe(1);
    expect(replace).not.toBe(find);
  }
});
