/** Numbers and spans as people read and type them. */
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import {
  count,
  money,
  multiple,
  parseMultiple,
  parseSpan,
  percent,
  plainText,
  plural,
  priceText,
  signedMoney,
  span,
} from "../../src/surface/cli/numbers.ts";
import { table } from "../../src/surface/cli/table.ts";

describe("amounts", () => {
  test.each([
    ["17428.21156", "17,428.21"],
    ["1000000", "1,000,000.00"],
    ["0.071317", "0.0713"],
    ["-0.54121", "-0.5412"],
    ["0", "0.00"],
    ["-0.00000001", "0.00"],
    ["999.999", "1,000.00"],
  ])("CLI-020: %s USDC is shown as %s", (text, shown) => {
    expect(money(text)).toBe(shown);
  });

  test.each([
    ["67962.56917793", "67,962.57"],
    ["17.38416147", "17.3842"],
    ["0.58911171", "0.589112"],
    ["0.00001", "0.00001"],
  ])("CLI-021: a price of %s is shown as %s", (text, shown) => {
    expect(priceText(text)).toBe(shown);
  });

  test("CLI-022: signs, counts, ratios and multiples", () => {
    expect([signedMoney("2.666"), signedMoney("-2.666"), signedMoney(0)]).toEqual([
      ...["+2.67", "-2.67", "0.00"],
    ]);
    expect([count("1233.3"), count(0), count("1000")]).toEqual(["1,233.3", "0", "1,000"]);
    expect([percent(125_953), percent(73_713, 2)]).toEqual(["12.6 %", "7.37 %"]);
    expect([multiple(3_330_000), multiple(1_000_000)]).toEqual(["3.33x", "1x"]);
    expect([plural(1, "order"), plural(2, "order")]).toEqual(["1 order", "2 orders"]);
  });

  property.prop([fc.integer({ min: -1e9, max: 1e9 })])(
    "CLI-023: thousands apart, whole numbers always read back as they were",
    (value) => {
      expect(Number(count(value).replaceAll(",", ""))).toBe(value);
    },
  );
});

describe("spans", () => {
  test.each([
    ["30s", 30_000],
    ["500ms", 500],
    ["2", 2_000],
    ["1.5h", 5_400_000],
    ["1d", 86_400_000],
  ])("CLI-024: %s is %d ms", (text, ms) => {
    expect(parseSpan(text)).toBe(ms);
  });

  test.each(["", "0s", "-5s", "5 weeks", "NaN", "1e9d", "99999d", "s"])(
    "CLI-025: %j is no span",
    (text) => {
      expect(parseSpan(text)).toBeUndefined();
    },
  );

  test("CLI-026: spans are shown in what one remembers", () => {
    expect([span(250), span(60_000), span(300_000), span(3_600_000 * 5)]).toEqual([
      ...["250 ms", "60 s", "5 min", "5 h"],
    ]);
    expect([parseMultiple("3.33x"), parseMultiple("2"), parseMultiple("x")]).toEqual([
      ...[3_330_000, 2_000_000, undefined],
    ]);
  });
});

test("CLI-027: control and direction characters become question marks, all else stays", () => {
  expect(plainText("a\u001b[31mb\u202Ec\nd é ✓")).toBe("a?[31mb?c?d é ✓");
});

test("CLI-028: a table aligns its columns and leaves no blanks at the ends", () => {
  const rows = [
    { name: "a", amount: "1.00" },
    { name: "longer", amount: "10.00" },
  ];
  const lines = table(
    [
      { title: "name", cell: (row) => row.name },
      { title: "n", right: true, cell: (row) => row.amount },
    ],
    rows,
  );
  expect(lines).toEqual(["name        n", "a        1.00", "longer  10.00"]);
});
