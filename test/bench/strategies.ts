/** What the trading strategies would have made: return, volatility, Sharpe ratio with its error, drawdown, cost. */
import { STRATEGIES, type TradingConfig, tradingConfig } from "../../agents/trading/config.ts";
import { backtest, type Result } from "./backtest.ts";
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

function lineOf(name: string, result: Result): string {
  const { mean, deviation, ratio, error } = sharpeOf(result.daily);
  const years = Math.max(result.years, 1e-9);
  const low = (ratio - 1.96 * error).toFixed(2);
  const high = (ratio + 1.96 * error).toFixed(2);
  return [
    name.padEnd(16),
    percent(mean),
    percent(deviation),
    `${ratio.toFixed(2).padStart(7)}  [${low}, ${high}]`.padEnd(25),
    percent(drawdownOf(result.daily)),
    percent(result.fees / years),
    percent(result.funding / years),
    (result.traded / years).toFixed(1).padStart(8),
    String(result.orders).padStart(7),
    String(result.stops).padStart(6),
  ].join(" ");
}

const HEAD =
  "                  return      vol  Sharpe  [95 %]                drawdown    cost   funding turnover  orders  stops";

/** One table for each set of data. `dir` holds CSV files as the paper platform reads them. */
export function strategyTables(dir: string | undefined, say: (line: string) => void): void {
  for (const bars of dataOf(dir)) {
    const span = (bars.times.at(-1) ?? 0) - (bars.times[0] ?? 0);
    const long = span >= 180 * DAY;
    const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
    const coins = bars.markets.map(({ base }) => base).join(" ");
    const funded = bars.markets.some(({ lastNano }) => lastNano.at(-1) !== undefined);
    say("");
    say(
      `${bars.name}: ${coins}, ${day(bars.times[0] ?? 0)} to ${day(bars.times.at(-1) ?? 0)}, ` +
        `${bars.stepMs / HOUR} h, horizons in ${long ? "days" : "hours"}` +
        `${funded ? "" : ", no funding told"}`,
    );
    say(HEAD);
    for (const strategy of STRATEGIES) {
      say(lineOf(strategy, backtest(bars, configOf(strategy, bars, long))));
      if (strategy !== "carry" || !funded) continue;
      const config = configOf("carry", bars, long);
      const basis = { ...config, carry: { ...config.carry, against: "holdings" as const } };
      say(lineOf("carry, holdings", backtest(bars, basis, true)));
    }
  }
}
