/** What the risk desk estimates and the law decides by: integers, so that every machine reads the same. */
import type { Micro } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import type { Regime } from "./words.ts";

/** Fleet value at risk around one order, estimated just before the order is decided. */
export interface RiskEstimate {
  /** Measure, level and horizon in words. */
  readonly measure: string;
  /** With all that is open, orders under way at their worst. Rounded up. */
  readonly varBefore: Micro;
  /** The same with this order filled whole. Rounded up. */
  readonly varAfter: Micro;
}

/** Which part of the collateral is stablecoins, and the least that the rules ask for; 0: no more. */
export interface StableFacts {
  readonly share: Ppm;
  readonly least: Ppm;
  readonly stable: Micro;
  readonly collateral: Micro;
}

/** The market's weather as the desk judged it, with the numbers that it judged by. */
export interface RegimeFacts {
  readonly regime: Regime;
  /** While it holds, no delegation is granted and none grows. */
  readonly alarm: boolean;
  readonly reason: string;
  /** Market time of the newest mark, epoch ms. */
  readonly marketAt: number;
  /** Mean correlation of the watched markets, toward zero. */
  readonly averageCorrelation: Ppm;
  /** Worst return of a watched market over up to one day, rounded down. */
  readonly worstDay: Ppm;
  /** Recent over usual volatility, rounded up. */
  readonly volatilityRatio: Ppm;
  /** Largest drift detector of a pair over its critical value, rounded up: at 1,000,000 an alarm. */
  readonly strain: Ppm;
  /** The pair it belongs to, such as `BTC/ETH`; "" before there is one. */
  readonly pair: string;
  /** Returns that the drift was judged by, and the chance in ppm that a quiet period alarms. */
  readonly observations: number;
  readonly falseAlarmRate: Ppm;
  /** The reserve that the rules' ratio asks for, rounded up. None: absent where it is not sized. */
  readonly reserve?: Micro;
}
