/** The Basel traffic light: how many breaches in a year are forgiven, and what they cost. */
import { type Ppm, toFraction } from "../core/ppm.ts";
import { binomialCdf } from "./distributions.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { faultOfCount, faultOfTail } from "./series.ts";

export type Zone = "green" | "yellow" | "red";
/** 1996: capital is 3 to 4 times VaR. 2019 (MAR99): 1.5 to 2 times. */
export type Framework = 1996 | 2019;

export interface TrafficLight {
  readonly zone: Zone;
  /** Chance of at most so many breaches from good forecasts. */
  readonly cumulative: number;
  /** Only for the framework's own 250 days at 1 %: other sizes have no published factor. */
  readonly multiplier: number | undefined;
}

const YELLOW_FROM = 0.95;
const RED_FROM = 0.9999;
const MULTIPLIERS = {
  1996: [3, 3, 3, 3, 3, 3.4, 3.5, 3.65, 3.75, 3.85, 4],
  2019: [1.5, 1.5, 1.5, 1.5, 1.5, 1.7, 1.76, 1.83, 1.88, 1.92, 2],
} as const;

/**
 * Zone of a breach count: green below 95 % cumulative probability, yellow below 99.99 %, else red.
 *
 * Source: Basel Committee, Supervisory framework for the use of backtesting (January 1996), table
 * 2; MAR99 (2019). At 250 days, 1 %: green to 4, yellow to 9. A good model is yellow or worse in
 * 10.78 % of years, and a model with twice the breaches is green in half of them: a screen, not a
 * test.
 * None: as `kupiec`; `multiplier` is undefined but for 250 days at 1 %.
 */
export function trafficLight(
  breaches: number,
  observations: number,
  tail: Ppm,
  framework: Framework = 1996,
): Measured<TrafficLight> {
  const fault =
    faultOfTail(tail) ??
    faultOfCount(observations, 1, "observations") ??
    faultOfCount(breaches, 0, "breaches");
  if (fault) return fault;
  if (breaches > observations) return refused("out-of-range", "more breaches than observations");
  const cumulative = binomialCdf(breaches, observations, toFraction(tail));
  const zone = cumulative < YELLOW_FROM ? "green" : cumulative < RED_FROM ? "yellow" : "red";
  const published = observations === 250 && tail === 10_000;
  const multiplier = published ? MULTIPLIERS[framework][Math.min(breaches, 10)] : undefined;
  return measured({ zone, cumulative, multiplier });
}
