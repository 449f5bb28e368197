/** The policy bench: every crisis under every rule, made-up ones, real ones, and October 2025. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { must } from "../../core/assert.ts";
import { ONE } from "../../core/ppm.ts";
import { type FleetFile, parseFleetFile } from "../../runtime/fleet-file.ts";
import { historyFile, loadTape } from "../../venue/paper/load-tape.ts";
import type { Tape } from "../../venue/paper/tape.ts";
import type { Crisis } from "./crisis.ts";
import { madeUpCrises } from "./families.ts";
import { liveThrough, type Outcome, type Ways } from "./live.ts";
import { octoberOf } from "./october.ts";
import { type Quotes, quotesUnder, readQuotes } from "./quotes.ts";
import { DECIDERS } from "./rules.ts";
import { crisesOf, OCTOBER, type Window, windowsIn } from "./windows.ts";

export interface Told {
  readonly crisis: Crisis;
  readonly outcomes: readonly Outcome[];
}

export interface PolicyBench {
  readonly madeUp: readonly Told[];
  readonly real: readonly Told[];
  readonly october: Told | undefined;
  readonly windows: readonly Window[];
  /** Files of the data folder that held no prices. */
  readonly without: readonly string[];
}

/** Where the tape lies that comes with the project; the fleet file of the demo is beside it. */
const shipped = (): string => dirname(historyFile());

const quotesOfTape = (tape: Tape): Quotes => ({
  file: `${tape.name}.json`,
  coins: new Map(
    tape.markets.map((market) => [
      market.base,
      market.times.map((at, i) => ({ at, price: Number(market.prices[i] ?? 0n) / 1e8 })),
    ]),
  ),
});

/** Prices that come with the project, and those of a folder of market data where one is named. */
export function pricesFrom(folder: string | undefined): {
  readonly quotes: readonly Quotes[];
  readonly without: readonly string[];
} {
  const tables = readdirSync(shipped()).filter((name) => name.endsWith(".csv"));
  const own = tables.sort().map((name) => readQuotes(join(shipped(), name)));
  const found = folder === undefined ? { quotes: [], without: [] } : quotesUnder(folder);
  return { quotes: [...own, quotesOfTape(loadTape()), ...found.quotes], without: found.without };
}

/** The demo's fleet file, as it comes with the project. */
export function demoFile(): FleetFile {
  const path = join(shipped(), "..", "demo.json");
  return parseFleetFile(path, readFileSync(path, "utf8"));
}

/** How the planner of a fleet file decides: what it names of fewer orders and of patience. */
export function waysOf({ policy: { crisis } }: FleetFile): Ways {
  const patience = must(crisis?.patience, "the demo's file lets orders wait");
  const [recovery, premium] = [patience.recovery / ONE, patience.premium / ONE];
  const waits = { recovery, premium, shock: patience.shock / ONE, most: patience.most / ONE };
  return { fewer: crisis?.fewerOrders ?? 0, waits };
}

/** The crisis of October 2025 for the demo's fleet; undefined where no prices tell it. */
export function october(windows: readonly Window[]): Crisis | undefined {
  const window = windows.find(({ name }) => name === OCTOBER);
  return window === undefined ? undefined : octoberOf(demoFile(), window);
}

/**
 * Runs everything, or October alone; a minute at most.
 *
 * @param folder of market data; absent: what comes with the project.
 * @param say is told about once a family how far it is.
 */
export function policyBench(
  folder: string | undefined,
  say: (line: string) => void = () => undefined,
  only?: "october",
): PolicyBench {
  const ways = waysOf(demoFile());
  const live = (crisis: Crisis): Told => {
    const outcomes = liveThrough(crisis, DECIDERS, ways);
    return { crisis, outcomes };
  };
  const { quotes, without } = pricesFrom(folder);
  const windows = windowsIn(quotes);
  say(`${quotes.length} tables of prices, ${windows.length} crashes told by them`);
  const crisis = october(windows);
  const fall = crisis === undefined ? undefined : live(crisis);
  if (only === "october") return { madeUp: [], real: [], october: fall, windows, without };
  const all = madeUpCrises();
  const madeUp = all.map((crisis, i) => {
    if (crisis.family !== all[i - 1]?.family) say(`made up: ${crisis.family}`);
    return live(crisis);
  });
  const real = windows.flatMap((window) => {
    say(`${window.name}, ${window.coins.length} coins of ${window.file}`);
    return crisesOf(window).map(live);
  });
  return { madeUp, real, october: fall, windows, without };
}
