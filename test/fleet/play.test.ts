/** What an agent has played stands in its view, out of the journal alone. */
import { describe, expect, test } from "vitest";
import { agentView } from "../../src/fleet/views.ts";
import { freezeState, thawState } from "../../src/runtime/snapshots.ts";
import { COMMITTED, check, dice, drawn, revealed, settledBet } from "./bet-cases.ts";
import { ALICE, usd } from "./cast.ts";
import { given, reported, type Step, type Story, tick, wait } from "./spec.ts";
import { fleetOf } from "./steps.ts";

const DICE = { direction: "over", threshold: 50 };
const committed: Step = reported({ type: "seedCommitted", seedHash: COMMITTED });
const playOf = (story: Story) => agentView(story.state, ALICE, story.now)?.play;
/** A bet on a seed that was committed to before it. */
const placed = (name: string, nonce: number): readonly Step[] => [
  dice(name),
  reported(drawn(name, { nonce })),
];
const cheated = { won: false, payout: usd("0"), outcome: "1.00" };

describe("play", () => {
  test("PLY-010: who never bet is told of none; a settled bet counts, its break and its result too", () => {
    expect(playOf(given(...fleetOf(ALICE), dice("b1")))).toBeUndefined();
    const story = given(...fleetOf(ALICE), committed, ...placed("b1", 7));
    const at = story.now;
    expect(playOf(story)).toEqual({
      stretches: [{ from: at, to: at, bets: 1, wins: 1, result: "9.9" }],
      tallies: [],
    });
    story.given(wait(60_000), dice("b2"), reported(drawn("b2", { nonce: 8, ...cheated })));
    expect(playOf(story)?.stretches).toEqual([
      { from: at, to: at, bets: 1, wins: 1, result: "9.9" },
      { from: at + 60_000, to: at + 60_000, bets: 1, wins: 0, result: "-10" },
    ]);
  });

  test("PLY-011: what is proven counts for its option once, by the law's proof or by its agent's check", () => {
    const story = given(
      ...fleetOf(ALICE),
      committed,
      ...placed("b1", 7),
      ...placed("b2", 8),
      revealed,
    );
    expect(playOf(story)?.tallies).toEqual([]);
    story.given(check(true, "b1"));
    expect(playOf(story)?.tallies).toEqual([{ game: "dice", params: DICE, bets: 1, wins: 1 }]);
    story.given(tick);
    const both = [{ game: "dice", params: DICE, bets: 2, wins: expect.any(Number) }];
    expect(playOf(story)?.tallies).toEqual(both);
    story.given(check(true, "b2"));
    expect(playOf(story)?.tallies).toEqual(both);
  });

  test("PLY-012: a bet on no known commitment, and one that is false, are no evidence", () => {
    expect(playOf(given(...settledBet(), revealed, tick))?.tallies).toEqual([]);
    const lie = given(
      ...fleetOf(ALICE),
      committed,
      dice("b1"),
      reported(drawn("b1", cheated)),
      revealed,
    );
    expect(playOf(lie.when(tick))?.tallies).toEqual([]);
    const claimed = given(...fleetOf(ALICE), committed, ...placed("b1", 7), check(false));
    expect(playOf(claimed)?.tallies).toEqual([]);
    expect(playOf(claimed)?.stretches).toHaveLength(1);
  });

  test("PLY-013: a snapshot keeps it whole", () => {
    const story = given(...fleetOf(ALICE), committed, ...placed("b1", 7), revealed, tick);
    const thawed = thawState(freezeState(story.state));
    if (thawed === undefined) throw new Error("a snapshot is read");
    expect(agentView(thawed, ALICE, story.now)?.play).toEqual(playOf(story));
    expect(playOf(story)?.tallies).toHaveLength(1);
  });
});
