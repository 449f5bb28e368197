/** The trader's page tells what the bench computes from the data that comes with the project, and nothing else. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { tradingConfig } from "../../agents/trading/config.ts";
import { type HedgeRow, hedgeRows } from "../bench/hedges.ts";
import { pairConfig, rowsOf } from "../bench/strategies.ts";
import { type Bars, dataOf } from "../bench/strategy-data.ts";

type Row = ReturnType<typeof rowsOf>[number];

const PAGE = readFileSync(new URL("../../agents/trading/README.md", import.meta.url), "utf8");
const WAIT_MS = 240_000;

const fixed = (value: number, digits: number): string =>
  value
    .toFixed(digits)
    .replace(/^-(0\.0*)$/, "$1")
    .replace("-", "−");
const share = (value: number): string => `${fixed(value * 100, 1)} %`;
const NAMES: Readonly<Record<string, string>> = {
  "carry, holdings": "carry against holdings",
  pair: "pair by volatility",
  "pair, beta": "pair by beta",
  "pair, market": "pair by market",
};

/** A row as the page has it: bold where the interval leaves out zero. */
function cellsOf(row: Row, funded: boolean): readonly string[] {
  const sharpe = fixed(row.sharpe, 2);
  return [
    NAMES[row.name] ?? row.name,
    ...[share(row.made), share(row.volatility)],
    row.low > 0 || row.high < 0 ? `**${sharpe}**` : sharpe,
    `${fixed(row.low, 2)} to ${fixed(row.high, 2)}`,
    ...[share(row.drawdown), share(row.cost), ...(funded ? [share(row.funding)] : [])],
    ...[fixed(row.turnover, 1), String(row.orders)],
  ];
}

/** The rows of the table below a caption, by cell. */
function tableBelow(caption: string): readonly (readonly string[])[] {
  const from = PAGE.indexOf(caption);
  expect(from, caption).toBeGreaterThan(0);
  const lines = PAGE.slice(from).split("\n");
  const start = lines.findIndex((line) => line.startsWith("|"));
  const end = lines.findIndex((line, i) => i > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What is bought and kept is what the others are measured against: it stands in no table. */
const computed = (name: string): readonly Row[] =>
  rowsOf(barsOf(name)).filter((row) => row.name !== "hold");

function barsOf(name: string): Bars {
  const bars = dataOf(undefined).find((one) => one.name === name);
  if (bars === undefined) throw new Error(`no data ${name} comes with the project`);
  return bars;
}

test("STB-009: every table of the evidence is one that a test holds to data that comes with the project", () => {
  const from = PAGE.indexOf("## Evidence");
  const section = PAGE.slice(from, PAGE.indexOf("\n## ", from));
  const captions = [...section.matchAll(/([^\n]+)\n\n\|/g)].map(([, caption]) => caption);
  expect(captions).toEqual([
    expect.stringContaining("Daily closes of nine coins"),
    expect.stringContaining("Daily closes and funding of BTC and ETH"),
    expect.stringContaining("The nine coins' days and the tape's half hours"),
  ]);
});

describe("the evidence on the data that comes with the project", () => {
  test(
    "STB-006: the table of nine coins is what the bench computes; without funding carry orders nothing",
    () => {
      const rows = computed("daily-history");
      expect(rows.find(({ name }) => name === "carry")?.orders).toBe(0);
      const traded = rows.filter(({ orders }) => orders > 0).map((row) => cellsOf(row, false));
      expect(tableBelow("Daily closes of nine coins")).toEqual(traded);
    },
    WAIT_MS,
  );

  test(
    "STB-007: the table of BTC and ETH with their funding is what the bench computes, carry among it",
    () => {
      const rows = computed("daily-funding");
      for (const { name, orders } of rows) expect(orders, name).toBeGreaterThan(0);
      expect(tableBelow("Daily closes and funding of BTC and ETH")).toEqual(
        rows.map((row) => cellsOf(row, true)),
      );
    },
    WAIT_MS,
  );

  test(
    "STB-008: the two weeks of the tape say nothing: every interval is wider than ten, carry orders nothing",
    () => {
      const rows = computed("april-2024");
      expect(rows.find(({ name }) => name === "carry")?.orders).toBe(0);
      for (const { name, orders, high, low } of rows)
        if (orders > 0) expect(high - low, name).toBeGreaterThan(10);
      expect(PAGE).toContain("say nothing: every interval is wider than ten");
    },
    WAIT_MS,
  );

  test(
    "STB-010: what each hedge leaves of a pair is what the bench computes, and by it the default leaves little market",
    () => {
      const [nine, tape] = ["daily-history", "april-2024"].map((name) => {
        const bars = barsOf(name);
        return hedgeRows(bars, pairConfig(bars));
      });
      const cells = (row: HedgeRow): readonly string[] => [
        share(row.refused),
        ...[row.second, row.market, row.left].map((value) => fixed(value, 2)),
      ];
      const table = nine?.map((row, i) => {
        const half = tape?.[i];
        return [row.hedge, ...cells(row), ...(half === undefined ? [] : cells(half))];
      });
      expect(tableBelow("The nine coins' days and the tape's half hours")).toEqual(table);
      const of = (hedge: string) => nine?.find((row) => row.hedge === hedge);
      expect(of("volatility")?.market).toBeLessThan((of("beta")?.market ?? 0) / 2);
      expect(of("beta")?.second).toBeLessThan((of("volatility")?.second ?? 0) / 2);
      expect(tradingConfig.parse({}).pair.hedge).toBe("volatility");
    },
    WAIT_MS,
  );
});
