/** What is kept of the past: what margin has cost, results as days and hours ended, and what is lent. */
import type { Micro } from "../core/money.ts";
import { type Millis, millis } from "../core/time.ts";
import type { Service } from "../protocol/words.ts";

/** A mark added up over time until `at`, in price x ms. */
export interface MarkTime {
  readonly sum: bigint;
  readonly at: Millis;
}

/** What was open, added up over time: value at the marks in price x quantity x ms, and its margin in micro x ms. */
export interface HeldTime {
  value: bigint;
  margin: bigint;
}

/** Of one agent. */
export interface AgentPast {
  /** What its margin cost until its reserve last changed, in micro x ppm x ms: not rounded. */
  cost: bigint;
  /** The fleet's index at that change. */
  index: bigint;
  /** Its result when a day (since 1970, UTC) was over, the newest last; at most seven. */
  readonly closes: { readonly day: number; readonly result: Micro }[];
  /** Of all its positions since it was enrolled, each until it last changed: not rounded. */
  readonly held: HeldTime;
}

/** Results of each service since the beginning, as they stood when an hour (since 1970) was over. */
export interface Hour {
  readonly hour: number;
  readonly results: Readonly<Record<Service, bigint>>;
}

export interface PastState {
  /** When the last event was folded; 0 before the first. */
  at: Millis;
  /** The yearly rate of margin added up over time, in ppm x ms. */
  index: bigint;
  /** The same two as of an agent, for all that is reserved: kept apart, so that the parts have a whole. */
  cost: bigint;
  costIndex: bigint;
  /** USDC that is lent and earns, and the sum of each loan times its yearly rate, in micro x ppm. */
  readonly lent: { amount: bigint; yearly: bigint };
  readonly hours: Hour[];
}

export const newPast = (): AgentPast => ({
  ...{ cost: 0n, index: 0n, closes: [] },
  held: { value: 0n, margin: 0n },
});

export const noTime = (): MarkTime => ({ sum: 0n, at: millis(0) });

export const emptyPast = (): PastState => ({
  ...{ at: millis(0), index: 0n, cost: 0n, costIndex: 0n },
  ...{ lent: { amount: 0n, yearly: 0n }, hours: [] },
});
