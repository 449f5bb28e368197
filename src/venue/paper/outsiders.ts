/** The agents outside the fleet that escrows are made with, and how each of them tends to act. */
import { type Id, id } from "../../core/ids.ts";
import { MINUTE, SECOND } from "../../core/time.ts";

type Range = readonly [number, number];

/** Chances, and times in ms of market time. */
export interface Temper {
  /** Takes the escrow at all; else it declines. */
  readonly accepts: number;
  /** As payee: delivers, or never does. */
  readonly delivers: number;
  readonly deliverMs: Range;
  /**
   * As payer: funds, or never does; releases what was delivered, or disputes it, or does nothing.
   */
  readonly funds: number;
  readonly fundMs: Range;
  readonly releases: number;
  readonly disputes: number;
  readonly releaseMs: Range;
}

const honest: Temper = {
  accepts: 0.99,
  delivers: 0.98,
  deliverMs: [1 * MINUTE, 6 * MINUTE],
  funds: 0.99,
  fundMs: [20 * SECOND, 3 * MINUTE],
  releases: 0.97,
  disputes: 0.01,
  releaseMs: [1 * MINUTE, 6 * MINUTE],
};

export const OUTSIDERS: ReadonlyMap<Id, Temper> = new Map([
  [id("out-data-1"), honest],
  [id("out-data-2"), { ...honest, delivers: 0.92, deliverMs: [10 * MINUTE, 40 * MINUTE] }],
  [id("out-code-1"), { ...honest, delivers: 0.9, deliverMs: [5 * MINUTE, 20 * MINUTE] }],
  [id("out-buyer-1"), { ...honest, releases: 0.93, disputes: 0.04 }],
  [id("out-ghost-1"), { ...honest, accepts: 0.8, delivers: 0.4, funds: 0.5, releases: 0.5 }],
]);

/** What a referee goes by. `work`: was it delivered. `time`: also within the first half of the timeout. */
export type Rule = "work" | "time";

/** The referees that an escrow may name: each judges by its rule alone, without chance. */
export const REFEREES: ReadonlyMap<Id, Rule> = new Map([
  [id("out-referee-1"), "work"],
  [id("out-referee-2"), "time"],
]);

/** Named as referrer, the fleet itself gets the referrer's share of the fee. */
export const FLEET_REFERRER = id("fleet-self");
