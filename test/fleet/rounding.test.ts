/** A million small operations: whatever is rounded off has an owner, and every asset sums to zero. */
import { describe, expect, test } from "vitest";
import { FLEET, USDC } from "../../src/core/ids.ts";
import { compareBooks } from "../../src/fleet/books.ts";
import { breaches } from "../../src/fleet/invariants.ts";
import { isConserved, OWN, ownAccount, RESULTS, resultOf } from "../../src/fleet/ledger.ts";
import { RandomFleet } from "./random-fleet.ts";

/** All of them by FLOTILLA_OPERATIONS=1000000; a share of them in every run. */
const OPERATIONS = Number(process.env["FLOTILLA_OPERATIONS"] ?? 6_000);

/** Numbers of a fixed multiplicative generator: the same run every time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
}

describe("rounding", () => {
  test(`RND-001: ${OPERATIONS} operations of odd sizes conserve every unit, and each remainder is named`, () => {
    const next = numbers(59);
    const fleet = new RandomFleet({ checked: false });
    // Bets, fills, funding, interest: where divisions leave something over.
    const kinds = [2, 3, 6, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 21, 21, 23];
    for (let i = 0; i < OPERATIONS; i++) {
      fleet.step([kinds[next() % kinds.length] ?? 0, next(), next(), next()]);
      if (i % 500 === 0) fleet.afresh();
    }
    fleet.hear();
    const { state } = fleet.story;
    expect(breaches(state)).toEqual([]);
    expect(isConserved(state.ledger)).toBe(true);
    expect(compareBooks(state, fleet.venue.snapshot(fleet.story.now))).toEqual([]);
    // What the world put in, what agents and fleet made of it, and what is there: to the unit.
    const held = OWN.reduce(
      (sum, account) => sum + (state.ledger.get(ownAccount(USDC, account)) ?? 0n),
      0n,
    );
    const made = [...state.agents.keys()].flatMap((agent) =>
      RESULTS.map((kind) => resultOf(state.ledger, USDC, kind, agent)),
    );
    const brought = -(state.ledger.get(`${USDC}/external`) ?? 0n);
    expect(held).toBe(brought + made.reduce((sum, result) => sum + result, 0n));
    expect(resultOf(state.ledger, USDC, "funding", FLEET)).not.toBe(0n);
  }, 3_600_000);
});
