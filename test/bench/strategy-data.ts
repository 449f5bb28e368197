/** Market data for the backtest: closes on one even grid, and the funding that was paid. */
import { readCsv } from "../../src/venue/paper/csv.ts";
import { loadHistory } from "../../src/venue/paper/history.ts";
import { loadCsvFolder } from "../../src/venue/paper/load-csv.ts";
import { fundingFile, historyFile, loadTape } from "../../src/venue/paper/load-tape.ts";
import type { Tape } from "../../src/venue/paper/tape.ts";

export interface Bars {
  readonly name: string;
  readonly stepMs: number;
  readonly times: readonly number[];
  readonly markets: readonly {
    readonly market: string;
    readonly base: string;
    /** One close for each time. */
    readonly closes: readonly number[];
    /** Rate paid in the step that ends at each time; summed where a step holds several. 0: none. */
    readonly funding: readonly number[];
    /** Of the last payment, in 1e-9. None: undefined before the first. */
    readonly lastNano: readonly (number | undefined)[];
  }[];
}

/** The last price not after each time of an even grid. */
export function barsOf(tape: Tape, stepMs: number): Bars {
  const times: number[] = [];
  for (let at = Math.ceil(tape.start / stepMs) * stepMs; at <= tape.end; at += stepMs)
    times.push(at);
  const markets = tape.markets.map(({ market, base, times: facts, prices, funding }) => {
    let fact = 0;
    let paid = 0;
    let last: number | undefined;
    const closes: number[] = [];
    const rates: number[] = [];
    const lastNano: (number | undefined)[] = [];
    for (const [i, at] of times.entries()) {
      while (fact + 1 < facts.length && (facts[fact + 1] ?? Number.POSITIVE_INFINITY) <= at) fact++;
      closes.push(Number(prices[fact] ?? 0n) / 1e8);
      let sum = 0;
      for (let next = funding[paid]; next !== undefined && next.at <= at; next = funding[paid]) {
        last = Number(next.rateNano);
        if (i > 0) sum += last * 1e-9;
        paid++;
      }
      rates.push(sum);
      lastNano.push(last);
    }
    return { market, base, closes, funding: rates, lastNano };
  });
  return { name: tape.name, stepMs, times, markets };
}

/** The smallest distance between two facts. */
const gapOf = ({ markets }: Tape): number =>
  Math.min(
    ...markets.flatMap(({ times }) =>
      times.slice(1, 200).map((at, i) => at - (times[i] ?? at) || Number.POSITIVE_INFINITY),
    ),
  );

const HOUR = 3_600_000;

const DAY = 86_400_000;

/** The daily history that comes with the project: a close is known when its day is over. */
function daily(): Bars {
  const { assets, dates, closes } = loadHistory(historyFile());
  const none = dates.map(() => undefined);
  return {
    ...{ name: "daily-history", stepMs: DAY },
    times: dates.map((date) => Date.parse(`${date}T00:00:00Z`) + DAY),
    markets: assets.map((base, i) => ({
      ...{ market: `${base.toLowerCase()}-perp`, base },
      closes: closes.map((line) => line[i] ?? 0),
      ...{ funding: dates.map(() => 0), lastNano: none },
    })),
  };
}

/** The coins of the daily history whose funding comes with the project, each day's three payments as one. */
function funded(): Bars {
  const bars = daily();
  const { columns, rows } = readCsv(fundingFile());
  const paid = (base: string): readonly number[] => {
    const at = columns.indexOf(base);
    return rows.map(({ cells }) => Number(cells[at]));
  };
  const markets = bars.markets
    .filter(({ base }) => columns.includes(base))
    .map(({ base, ...market }) => {
      const nano = paid(base);
      const funding = nano.map((sum) => sum * 1e-9);
      return { ...market, base, funding, lastNano: nano.map((sum) => Math.round(sum / 3)) };
    });
  return { ...bars, name: "daily-funding", markets };
}

/** A folder of CSV files by the hour or rarer, or what comes with the project: days, and the tape. */
export function dataOf(dir: string | undefined): readonly Bars[] {
  if (dir === undefined) {
    const tape = loadTape();
    return [daily(), funded(), barsOf(tape, gapOf(tape))];
  }
  const tape = loadCsvFolder(dir);
  // A candle is four facts: its own length is at least an hour here.
  return [barsOf(tape, Math.max(HOUR, gapOf(tape)))];
}
