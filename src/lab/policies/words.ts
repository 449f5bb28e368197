/** The columns of the bench, in words and figures. */
import type { RuleSum } from "./sums.ts";

const whole = (value: number): string =>
  Math.round(value).toLocaleString("en", { maximumFractionDigits: 0 }).replace(/^-0$/, "0");

const COLUMNS: readonly (readonly [string, (sum: RuleSum) => string])[] = [
  ["rule", ({ rule }) => rule],
  ["cost USDC", ({ cost }) => whole(cost)],
  ["x ours", ({ ratio }) => ratio.toFixed(2)],
  ["second round", ({ secondRound }) => whole(secondRound)],
  ["equity saved", ({ saved }) => whole(saved)],
  ["market's way", ({ way }) => whole(way)],
  ["touched", ({ touched }) => whole(touched)],
  ["closed whole", ({ wiped }) => whole(wiped)],
  ["orders", ({ orders }) => whole(orders)],
  ["calls", ({ calls }) => whole(calls)],
  ["missed", ({ missed }) => whole(missed)],
  ["below zero", ({ negative }) => whole(negative)],
  ["fairness", ({ fairness }) => (fairness === undefined ? "" : fairness.toFixed(2))],
];

export const columns = (
  sums: readonly RuleSum[],
): { readonly head: string[]; readonly rows: string[][] } => ({
  head: COLUMNS.map(([name]) => name),
  rows: sums.map((sum) => COLUMNS.map(([, of]) => of(sum))),
});

/** What each column means, for readers. */
export const MEANINGS: readonly (readonly [string, string])[] = [
  [
    "cost",
    "all that closing took: impact, spread, fees, what the venue takes for liquidating, " +
      "and the second round",
  ],
  [
    "second round",
    "what the lasting move of the fleet's own orders, and the sales that it forced on " +
      "leveraged outsiders, took from the holdings that stayed",
  ],
  [
    "equity saved",
    "equity at the end beyond what is left when nobody acts and the venue takes the account " +
      "at its maintenance; it holds the luck of the market's way as well",
  ],
  [
    "market's way",
    "equity saved with all that closing cost put back: what holding less or more was worth as " +
      "the market went on. Who sells most has most of it where prices end low, and no rule " +
      "knows that they will; the difference to equity saved is the cost alone",
  ],
  [
    "touched, closed whole",
    "positions closed in part or whole; of these, positions of which nothing is left",
  ],
  [
    "orders",
    "forced orders sent to markets, each a liquidation to its agent: a position that the fleet " +
      "or the venue closes at a step, in part or whole; what crosses inside the fleet is none",
  ],
  ["missed", "calls not met within three steps, or ended by the venue"],
  ["below zero", "USDC by which an account fell below zero: the venue's loss"],
  [
    "fairness",
    "1 less half the sum over agents of the distance between their share of the loss and " +
      "their share of the margin: 1 is fair, 0 is all on others; where tiers of priority " +
      "rule, it is meant to be unfair",
  ],
];
