/** What the trading strategies would have made: return, volatility, Sharpe ratio with its error, drawdown, cost. */
import {
  HEDGES,
  STRATEGIES,
  type TradingConfig,
  tradingConfig,
} from "../../agents/trading/config.ts";
import { backtest, type Result } from "./backtest.ts";
import { hedgeLines } from "./hedges.ts";
import { type Bars, dataOf } from "./strategy-data.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** Chosen before any run, and not after: round horizons, the same for all data of half a year or more. */
function configOf(strategy: TradingConfig["strategy"], bars: Bars, long: boolean): TradingConfig {
  const unit = long ? DAY : HOUR;
  const samples = (units: number): number => Math.max(2, (units * unit) / bars.stepMs);
  const slow = { trend: 32, reversion: 4, carry: 32, pair: 16, hold: 32 }[strategy];
  return tradingConfig.parse({
    ...{ strategy, markets: bars.markets.map(({ market }) => market) },
    ...{ fast: Math.max(1, samples(slow / 4) * 0.99), slow: samples(slow) },
    ...{ warmup: Math.max(10, Math.round(samples(slow))), fullSamples: 1 },
    ...{ volHalfLife: samples(32), gapMs: 604_800_000 },
    ...{ holdMs: 0, reduceEveryMs: 0 },
  });
}

/** Mean, deviation and the error of their ratio: Mertens (2002), with skewness and excess kurtosis. */
export function sharpeOf(daily: readonly number[]) {
  const n = daily.length;
  const mean = daily.reduce((sum, one) => sum + one, 0) / n;
  const moment = (k: number): number => daily.reduce((sum, one) => sum + (one - mean) ** k, 0) / n;
  const deviation = Math.sqrt((moment(2) * n) / (n - 1));
  if (!(deviation > 0)) return { mean, deviation: 0, ratio: 0, error: 0 };
  const ratio = mean / deviation;
  const skewness = moment(3) / deviation ** 3;
  const excess = moment(4) / deviation ** 4 - 3;
  const spread = 1 + ratio ** 2 / 2 - skewness * ratio + (excess / 4) * ratio ** 2;
  const error = Math.sqrt(Math.max(0, spread) / (n - 1));
  const year = Math.sqrt(365);
  return {
    mean: mean * 365,
    deviation: deviation * year,
    ratio: ratio * year,
    error: error * year,
  };
}

/** Deepest fall of the running sum from its highest, as a share of the cap. */
export function drawdownOf(daily: readonly number[]): number {
  let [sum, peak, worst] = [0, 0, 0];
  for (const one of daily) {
    sum += one;
    peak = Math.max(peak, sum);
    worst = Math.max(worst, peak - sum);
  }
  return worst;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`.padStart(8);

/** What one strategy would have made of one set of data: by the year, as shares of the cap. */
interface Row {
  readonly name: string;
  readonly made: number;
  readonly volatility: number;
  readonly sharpe: number;
  /** Its interval at 95 %. */
  readonly low: number;
  readonly high: number;
  readonly drawdown: number;
  readonly cost: number;
  readonly funding: number;
  readonly turnover: number;
  readonly orders: number;
  readonly stops: number;
}

function rowOf(name: string, result: Result): Row {
  const { mean, deviation, ratio, error } = sharpeOf(result.daily);
  const years = Math.max(result.years, 1e-9);
  const [low, high] = [ratio - 1.96 * error, ratio + 1.96 * error];
  return {
    ...{ name, made: mean, volatility: deviation, sharpe: ratio, low, high },
    drawdown: drawdownOf(result.daily),
    ...{ cost: result.fees / years, funding: result.funding / years },
    ...{ turnover: result.traded / years, orders: result.orders, stops: result.stops },
  };
}

const lineOf = (row: Row): string =>
  [
    row.name.padEnd(16),
    percent(row.made),
    percent(row.volatility),
    `${row.sharpe.toFixed(2).padStart(7)}  [${row.low.toFixed(2)}, ${row.high.toFixed(2)}]`.padEnd(
      25,
    ),
    percent(row.drawdown),
    percent(row.cost),
    percent(row.funding),
    row.turnover.toFixed(1).padStart(8),
    String(row.orders).padStart(7),
    String(row.stops).padStart(6),
  ].join(" ");

const isLong = ({ times }: Bars): boolean => (times.at(-1) ?? 0) - (times[0] ?? 0) >= 180 * DAY;

const isFunded = ({ markets }: Bars): boolean =>
  markets.some(({ lastNano }) => lastNano.at(-1) !== undefined);

/** Every strategy over one set of data; carry against holdings too where funding is told. */
export function rowsOf(bars: Bars): readonly Row[] {
  return STRATEGIES.flatMap((strategy) => {
    const config = configOf(strategy, bars, isLong(bars));
    const row = rowOf(strategy, backtest(bars, config));
    if (strategy === "pair") return [row, ...hedgedRows(bars, config)];
    if (strategy !== "carry" || !isFunded(bars)) return [row];
    const basis = { ...config, carry: { ...config.carry, against: "holdings" as const } };
    return [row, rowOf("carry, holdings", backtest(bars, basis, true))];
  });
}

/** What pairs are run with. */
export const pairConfig = (bars: Bars): TradingConfig => configOf("pair", bars, isLong(bars));

/** Pairs by the hedges that are not the default; by the market where there is one beside a pair. */
const hedgedRows = (bars: Bars, config: TradingConfig): readonly Row[] =>
  HEDGES.filter((hedge) => hedge !== config.pair.hedge)
    .filter((hedge) => hedge !== "market" || bars.markets.length > 2)
    .map((hedge) =>
      rowOf(`pair, ${hedge}`, backtest(bars, { ...config, pair: { ...config.pair, hedge } })),
    );

const HEAD =
  "                  return      vol  Sharpe  [95 %]                drawdown    cost   funding turnover  orders  stops";

/** One table for each set of data. `dir` holds CSV files as the paper platform reads them. */
export function strategyTables(dir: string | undefined, say: (line: string) => void): void {
  for (const bars of dataOf(dir)) {
    const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
    const coins = bars.markets.map(({ base }) => base).join(" ");
    say("");
    say(
      `${bars.name}: ${coins}, ${day(bars.times[0] ?? 0)} to ${day(bars.times.at(-1) ?? 0)}, ` +
        `${bars.stepMs / HOUR} h, horizons in ${isLong(bars) ? "days" : "hours"}` +
        `${isFunded(bars) ? "" : ", no funding told"}`,
    );
    say(HEAD);
    for (const row of rowsOf(bars)) say(lineOf(row));
    if (bars.markets.length > 2) for (const line of hedgeLines(bars, pairConfig(bars))) say(line);
  }
}
