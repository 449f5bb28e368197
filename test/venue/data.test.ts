/** The tape that comes with the project, and data of your own with errors by row. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { loadHistory, parseHistory, returnsOf } from "../../src/venue/paper/history.ts";
import { loadCsvFolder } from "../../src/venue/paper/load-csv.ts";
import { historyFile, loadTape } from "../../src/venue/paper/load-tape.ts";
import { paramsOf } from "../../src/venue/paper/params.ts";
import { PaperPlatform } from "../../src/venue/paper/platform.ts";
import { parseTape, TapeError } from "../../src/venue/paper/tape.ts";
import { at, HandClock, T0 } from "./helpers.ts";

const made: string[] = [];
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});
function folderOf(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), "data-"));
  made.push(dir);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(dir, name), name.endsWith(".gz") ? gzipSync(text) : text);
  }
  return dir;
}

describe("the tape", () => {
  const tape = loadTape();

  test("TAP-001: eight markets at 30 minutes from 6 to 20 April 2024, funding every eight hours", () => {
    expect(tape.markets.map((m) => m.market)).toEqual(
      ["btc", "eth", "bnb", "xrp", "doge", "ada", "avax", "link"].map((coin) => `${coin}-perp`),
    );
    expect(new Date(tape.start).toISOString()).toBe("2024-04-06T00:00:00.000Z");
    expect(new Date(tape.end).toISOString()).toBe("2024-04-20T00:00:00.000Z");
    for (const { times, prices, funding } of tape.markets) {
      expect(times).toHaveLength(673);
      expect(prices).toHaveLength(673);
      expect(funding).toHaveLength(42);
      expect(new Set(times.slice(1).map((t, i) => t - (times[i] ?? 0)))).toEqual(
        new Set([1_800_000]),
      );
    }
  });

  test("TAP-002: it holds the fall of 12 and 13 April: bitcoin by a tenth, the small coins by more", () => {
    const between = (market: (typeof tape.markets)[number]) => {
      const from = Date.parse("2024-04-12T12:00:00Z");
      const to = Date.parse("2024-04-14T00:00:00Z");
      const seen = market.prices.filter(
        (_, i) => (market.times[i] ?? 0) >= from && (market.times[i] ?? 0) <= to,
      );
      const values = seen.map(Number);
      return Math.min(...values) / Math.max(...values) - 1;
    };
    const falls = tape.markets.map(between);
    expect(falls[0]).toBeLessThan(-0.08);
    for (const fall of falls) expect(fall).toBeLessThan(-0.08);
    expect(Math.min(...falls)).toBeLessThan(-0.2);
  });

  test("TAP-003: lot, tick and book of every market are sane beside its price", () => {
    for (const facts of tape.markets) {
      const { lot, tick, depthPerBp } = paramsOf(facts);
      const first = facts.prices[0] ?? 0n;
      expect(tick * 500n).toBeLessThan(first);
      expect((lot * first) / 10n ** 16n).toBeLessThan(20n);
      expect(depthPerBp).toBeGreaterThan(0n);
    }
  });

  test("TAP-004: a file that is no tape is refused by name", () => {
    const good = { format: "flotilla-tape/1", name: "x", about: "", markets: [] as unknown[] };
    const market = { market: "a-perp", base: "A", startMs: 0, stepMs: 1, funding: [] };
    for (const [text, says] of [
      ["{", "is not JSON"],
      [JSON.stringify(good), "is not a tape"],
      [JSON.stringify({ ...good, markets: [{ ...market, prices: ["1"] }] }), "is not a tape"],
      [JSON.stringify({ ...good, markets: [{ ...market, prices: ["1", "-1"] }] }), "price 1"],
      [JSON.stringify({ ...good, markets: [{ ...market, prices: ["1", "x"] }] }), "price 1"],
      [
        JSON.stringify({ ...good, markets: [1, 2].map(() => ({ ...market, prices: ["1", "2"] })) }),
        "names a market twice",
      ],
    ] as const) {
      expect(() => parseTape(text, "t.json")).toThrow(new RegExp(`^t.json: .*${says}`));
    }
  });

  test("TAP-005: after its end the prices stand and the status says so", () => {
    const clock = new HandClock();
    const platform = new PaperPlatform({ clock, seed: "end", tape, speed: 3_600 });
    expect(platform.status().ended).toBe(false);
    clock.move((15 * 86_400_000) / 3_600);
    expect(platform.status().ended).toBe(true);
    const last = tape.markets.map((m) => m.prices.at(-1));
    expect(platform.marksNow().map((m) => m.price)).toEqual(last);
  });
});

describe("the daily history", () => {
  test("HIS-001: 1,095 common days of nine assets, their returns aligned and finite", () => {
    const history = loadHistory(historyFile());
    expect(history.assets).toEqual([
      "BTC",
      "ETH",
      "BNB",
      "XRP",
      "DOGE",
      "ADA",
      "AVAX",
      "LINK",
      "SOL",
    ]);
    const returns = returnsOf(history);
    expect(returns.rows).toHaveLength(1_094);
    expect(returns.dates[0]).toBe("2021-01-02");
    for (const row of returns.rows) {
      expect(row).toHaveLength(9);
      for (const value of row) expect(Math.abs(value)).toBeLessThan(4);
    }
    const may19 = returns.rows[returns.dates.indexOf("2021-05-19")]?.[0];
    expect(may19).toBeLessThan(-0.1);
  });

  test("HIS-002: a gap, a hole and a price of zero are refused by row", () => {
    const bad = (text: string) => () => parseHistory(text, "h.csv");
    expect(bad("date,BTC\n2021-01-01,1\n2021-01-03,1\n")).toThrow(/^h.csv:3: is not the day after/);
    expect(bad("date,BTC\n2021-01-01,\n")).toThrow(/^h.csv:2: BTC "" is no number/);
    expect(bad("date,BTC\n2021-01-01,0\n")).toThrow(/^h.csv:2: BTC is not above 0/);
    expect(bad("date,BTC\n2021-02-30,1\n")).toThrow(/^h.csv:2: .* is no time/);
    expect(bad("day,BTC\n2021-01-01,1\n")).toThrow(/^h.csv:1:/);
  });
});

describe("data of your own", () => {
  const ts = (i: number) => String(T0 / 1_000 + i * 3_600);

  test("OWN-001: a column per coin: a close is the price at its bar's end, empty cells are passed over", () => {
    const dir = folderOf({
      "closes.csv.gz": `ts,BTC,NEW,USDT\n${ts(0)},100,,1\n${ts(1)},110,5,1\n${ts(2)},120,6,1\n`,
    });
    const { markets } = loadCsvFolder(dir);
    expect(markets.map((m) => m.market)).toEqual(["btc-perp", "new-perp"]);
    expect(markets[0]?.times[0]).toBe(T0 + 3_600_000);
    expect(markets[0]?.prices).toEqual([at("100"), at("110"), at("120")]);
    expect(markets[1]?.prices).toEqual([at("5"), at("6")]);
  });

  test("OWN-002: candles: open, the far extreme first, then the near one, then the close", () => {
    const rows = [`${ts(0)},100,130,90,120`, `${ts(1)},121,125,80,85`];
    const dir = folderOf({ "ETHUSDT.csv": `ts,open,high,low,close\n${rows.join("\n")}\n` });
    const [market] = loadCsvFolder(dir).markets;
    expect(market?.market).toBe("eth-perp");
    expect(market?.prices.map((p) => Number(p) / 1e8)).toEqual([100, 90, 130, 120, 125, 80, 85]);
    expect(market?.times.map((t) => (t - T0) / 60_000)).toEqual([0, 20, 40, 60, 80, 100, 120]);
  });

  test("OWN-003: many symbols in one file, funding beside them, and a platform runs on it", () => {
    const bars = [0, 1, 2].flatMap((i) => [`${ts(i)},BTC,${100 + i}`, `${ts(i)},DOGE,0.${1 + i}`]);
    const dir = folderOf({
      "bars.csv": `ts,symbol,close\n${bars.join("\n")}\n`,
      "funding.csv": `ts,symbol,funding_rate\n${ts(8)},BTC,-1.5e-05\n`,
      "readme.txt": "not data",
    });
    const tape = loadCsvFolder(dir);
    expect(tape.markets[0]?.funding).toEqual([{ at: T0 + 28_800_000, rateNano: -15_000n }]);
    const platform = new PaperPlatform({ clock: new HandClock(), seed: "own", tape });
    expect(platform.marksNow().map((m) => m.price)).toEqual([at("100"), at("0.1")]);
  });

  test("OWN-004: every fault names its file and row", () => {
    const head = "ts,open,high,low,close\n";
    const ok = `${ts(0)},1,2,1,2\n`;
    for (const [files, says] of [
      [{ "BTC.csv": `${head}${ok}${ts(1)},1,2\n` }, /^BTC.csv:3: has 3 cells, the header 5/],
      [{ "BTC.csv": `${head}${ok}soon,1,2,1,2\n` }, /^BTC.csv:3: "soon" is no time/],
      [{ "BTC.csv": `${head}${ok}${ts(1)},1,2,1,x\n` }, /^BTC.csv:3: close "x" is no number/],
      [{ "BTC.csv": `${head}${ok}${ts(1)},1,2,1,NaN\n` }, /^BTC.csv:3: close "NaN" is no number/],
      [{ "BTC.csv": `${head}${ok}${ts(1)},1,2,1,-3\n` }, /^BTC.csv:3: close -3 is not from/],
      [{ "BTC.csv": `${head}${ok}${ts(1)},1,2,1,\n` }, /^BTC.csv:3: has no close/],
      [{ "BTC.csv": `${head}${ok}${ts(1)},1,1,2,1\n` }, /^BTC.csv:3: high and low/],
      [{ "BTC.csv": `${head}${ok}${ts(0)},1,2,1,2\n` }, /^BTC.csv:3: times do not rise/],
      [{ "BTC.csv": `${head}${ok}` }, /^BTC.csv: has fewer than two bars of BTC/],
      [{ "BTC.csv": `time,close\n1,2\n` }, /^BTC.csv:1: the first column/],
      [{ "BTC.csv": "" }, /^BTC.csv: is empty/],
      [{ "BTC.csv": `ts,"close"\n${ts(0)},"1"\n` }, /^BTC.csv:2: quoted/],
      [
        { "BTC.csv": `${head}${ok}${ts(1)},1,2,1,2\n`, "BTCUSDT.csv": head + ok },
        /BTC is in BTC.csv too/,
      ],
      [{ "notes.txt": "x" }, /holds no CSV file with prices/],
      [
        { "F.csv": `ts,symbol,funding_rate\n${ts(0)},BTC,0.5\n` },
        /^F.csv:2: funding_rate 0.5 is above/,
      ],
    ] as const) {
      const dir = folderOf(files as Readonly<Record<string, string>>);
      expect(() => loadCsvFolder(dir)).toThrow(TapeError);
      expect(() => loadCsvFolder(dir)).toThrow(says);
    }
  });

  test("OWN-005: a gzip file that is none is refused by name", () => {
    const dir = folderOf({});
    writeFileSync(join(dir, "BTC.csv.gz"), "no gzip");
    expect(() => loadCsvFolder(dir)).toThrow(/^BTC.csv.gz: cannot be unpacked/);
  });
});
