/** Where statistics become integers of the law: each crossing with its rounding named. */
import { formatMicro, fromFloat, type Micro, micro, USDC_DECIMALS } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import { deviation } from "../risk/moments.ts";
import type { Series } from "../risk/series.ts";

/** Far beyond any amount or ratio that means something, and still a safe integer. */
const PPM_MAX = 1_000_000_000_000;

/** An amount in USDC as millionths. Rounding: up, towards +infinity. @throws InvariantError not finite. */
export const microUp = (usdc: number): Micro => micro(fromFloat(usdc, USDC_DECIMALS, "ceil"));
const microDown = (usdc: number): Micro => micro(fromFloat(usdc, USDC_DECIMALS, "floor"));

/** An amount as decimal text. Rounding: up for losses and what is needed, named at each use. */
export const upText = (usdc: number): string => formatMicro(microUp(usdc));
/** Rounding: down, towards -infinity. */
export const downText = (usdc: number): string => formatMicro(micro(-microUp(-usdc)));

const held = (value: number): Ppm => Math.min(Math.max(value, -PPM_MAX), PPM_MAX) as Ppm;
/** A fraction in ppm. Rounding: up, towards +infinity. */
export const ppmUp = (fraction: number): Ppm => held(Math.ceil(fraction * 1_000_000));
/** Rounding: down, towards -infinity. */
export const ppmDown = (fraction: number): Ppm => held(Math.floor(fraction * 1_000_000));

/** Four decimals: what a screen shows of a statistic. */
export const shown = (value: number): number => Math.round(value * 10_000) / 10_000;

/**
 * Parts in millionths that add up to the total, exactly: each rounded down, what is left over goes to
 * the largest.
 */
export function partsOf(total: Micro, parts: readonly number[]): Micro[] {
  const rounded: Micro[] = parts.map(microDown);
  const left = rounded.reduce((rest, part) => rest - part, total as bigint);
  let largest = 0;
  parts.forEach((part, i) => {
    if (Math.abs(part) > Math.abs(parts[largest] ?? 0)) largest = i;
  });
  const most = rounded[largest];
  if (most !== undefined) rounded[largest] = micro(most + left);
  return rounded;
}

/** Deviation about the mean, divisor n - 1; zero where there is none to speak of. */
export function deviationOf(series: Series): number {
  const told = deviation(series);
  return told.ok ? told.value : 0;
}
