/** Margin by notional brackets in plain numbers, for tables as venues publish them. */
import {
  badList,
  finite,
  type Measured,
  negative,
  notFinite,
  notPositive,
  type RiskRefusal,
  refused,
} from "./refusal.ts";

/** One bracket: rates of the notional above the bracket before, up to and with `upTo`. */
export interface MarginBracket {
  /** In the quote currency; `Infinity` in the last bracket: no end. */
  readonly upTo: number;
  /** Initial margin rate, 1 / maximum leverage. */
  readonly initial: number;
  readonly maintenance: number;
}

/** What one notional needs. Amounts in the quote currency. */
export interface BracketMargin {
  /** Place of the bracket in the table, from 0. */
  readonly index: number;
  readonly maintenanceRate: number;
  /** What `notional x rate` is too high by; keeps the margin continuous ("maintenance amount"). */
  readonly cum: number;
  readonly maintenance: number;
  readonly initialRate: number;
  readonly initial: number;
  readonly maxLeverage: number;
}

export interface BracketOptions {
  /** Wanted leverage; initial margin is then at least notional / leverage. */
  readonly leverage?: number;
  /** A notional above the last bound: `refuse` (default) or `extend` the last bracket. */
  readonly beyond?: "refuse" | "extend";
}

/**
 * What is wrong with a table: empty, bounds that do not ascend, rates outside (0, 1], maintenance
 * above initial, rates that fall. None: undefined when it is sound.
 */
export function bracketsFault(brackets: readonly MarginBracket[]): RiskRefusal | undefined {
  if (brackets.length === 0) return refused("empty", "a margin table has at least one bracket");
  let below = { upTo: 0, initial: 0, maintenance: 0 };
  for (const [i, bracket] of brackets.entries()) {
    const { upTo, initial, maintenance } = bracket;
    const fault = notFinite({ initial, maintenance });
    if (fault) return fault;
    if (!(upTo > below.upTo)) {
      return refused("out-of-range", `bracket ${i} must end above ${below.upTo}, was ${upTo}`);
    }
    if (maintenance <= 0 || initial > 1 || maintenance > initial) {
      return refused("out-of-range", `bracket ${i} must have 0 < maintenance <= initial <= 1`);
    }
    if (maintenance < below.maintenance || initial < below.initial) {
      return refused("out-of-range", `the rates of bracket ${i} must not fall`);
    }
    below = bracket;
  }
  return undefined;
}

/**
 * The maintenance amounts ("cum") of a table: sum over lower brackets of min_k (rate_k -
 * rate_{k-1}).
 *
 * Source: Binance, "Leverage and Margin of USD-M Futures".
 * Refusals: what `bracketsFault` says.
 */
export function cumulativeAmounts(brackets: readonly MarginBracket[]): Measured<readonly number[]> {
  const fault = bracketsFault(brackets);
  if (fault) return fault;
  const amounts: number[] = [];
  let cum = 0;
  let from = 0;
  let rate = 0;
  for (const bracket of brackets) {
    cum += from * (bracket.maintenance - rate);
    amounts.push(cum);
    from = bracket.upTo;
    rate = bracket.maintenance;
  }
  return finite(amounts);
}

/**
 * Margin of one notional by the table.
 *
 * Formula:  bracket with min < notional <= max; maintenance = notional x rate - cum;
 *           initial = notional x max(initial rate, 1 / leverage).
 * Refusals: `out-of-range` for a negative notional, a leverage of zero or less, or a notional
 *           beyond the table; what `bracketsFault` says.
 */
export function bracketMargin(
  brackets: readonly MarginBracket[],
  notional: number,
  options: BracketOptions = {},
): Measured<BracketMargin> {
  const cums = cumulativeAmounts(brackets);
  if (!cums.ok) return cums;
  const { leverage = Number.MAX_VALUE, beyond = "refuse" } = options;
  const fault = negative("notional", notional) ?? notPositive("leverage", leverage);
  if (fault) return fault;
  const found = brackets.findIndex((bracket) => notional <= bracket.upTo);
  const index = found < 0 && beyond === "extend" ? brackets.length - 1 : found;
  const bracket = brackets[index];
  const cum = cums.value[index];
  if (bracket === undefined || cum === undefined) {
    return refused("out-of-range", `the table ends below a notional of ${notional}`);
  }
  const initialRate = Math.max(bracket.initial, 1 / leverage);
  return finite({
    index,
    maintenanceRate: bracket.maintenance,
    cum,
    maintenance: notional * bracket.maintenance - cum,
    initialRate,
    initial: notional * initialRate,
    maxLeverage: 1 / bracket.initial,
  });
}

/**
 * Maintenance margin of many notionals by one table, and their sum: cross margin adds them up.
 *
 * Refusals: those of `bracketMargin`, `empty`.
 */
export function maintenanceOf(
  brackets: readonly MarginBracket[],
  notionals: readonly number[],
  options: BracketOptions = {},
): Measured<{ readonly each: readonly number[]; readonly total: number }> {
  const fault = badList("notionals", notionals);
  if (fault) return fault;
  const each: number[] = [];
  let total = 0;
  for (const notional of notionals) {
    const margin = bracketMargin(brackets, notional, options);
    if (!margin.ok) return margin;
    each.push(margin.value.maintenance);
    total += margin.value.maintenance;
  }
  return finite({ each, total });
}
