/** Sessions of the casino: limits of loss, count and time, and a stop-loss that outlives a restart. */
import { expect, test } from "vitest";
import { sessionAt, sessionBefore, stopLossAt } from "../../agents/casino/session.ts";
import { beginCasino, resumeCasino } from "../../agents/casino/strategy.ts";
import { micro } from "../../src/core/money.ts";
import { playView, type Stretch, stretched, type Tally } from "../../src/protocol/play.ts";
import { sampleView } from "../../src/sdk/sample-view.ts";
import { Casino, configOf, play, strategy } from "./casino-given.ts";
import { bodies, decided } from "./context.ts";

const lost = (usd: number) => sampleView("casino", { pnl: { casino: String(-usd) } });
const config = configOf({ sessionLoss: 0.1, sessionMs: 60_000, pauseMs: 30_000, sessionBets: 3 });

test("CSN-001: a session ends at its loss, a share of the cap, and begins anew after the pause", () => {
  const begun = sessionAt(undefined, lost(500), 0, config);
  expect(begun).toEqual({ startedAt: 0, bets: 0, from: -500, over: undefined });
  // The cap is 1,000: a tenth of it, from where the session began.
  expect(sessionAt(begun, lost(599), 1_000, config).over).toBeUndefined();
  const over = sessionAt(begun, lost(600), 1_000, config);
  expect(over.over).toEqual({ why: "the session lost 100.00 USDC", until: 31_000 });
  expect(sessionAt(over, lost(600), 30_999, config)).toBe(over);
  expect(sessionAt(over, lost(600), 31_000, config)).toMatchObject({ from: -600, bets: 0 });
  const never = configOf({ sessionLoss: 0 });
  expect(sessionAt(begun, lost(1_500), 1_000, never).over).toBeUndefined();
});

test("CSN-002: a session ends by its count of bets and by its time", () => {
  const begun = { ...sessionAt(undefined, lost(0), 0, config), bets: 3 };
  expect(sessionAt(begun, lost(0), 1_000, config).over?.why).toBe("the session had its 3 bets");
  const late = { ...begun, bets: 0 };
  expect(sessionAt(late, lost(0), 59_999, config).over).toBeUndefined();
  expect(sessionAt(late, lost(0), 60_000, config).over?.why).toBe("the session's time is over");
});

test("CSN-003: between two sessions it places no bet, says why, and still has its bets proven", () => {
  const casino = new Casino();
  const limited = configOf({ sessionBets: 5, pauseMs: 100_000 });
  const { rest } = play(casino, 30, beginCasino(), limited);
  expect(casino.staked).toHaveLength(5);
  expect(rest).toBe("the session had its 5 bets");
  expect(casino.checks).toHaveLength(5);
  const again = play(casino, 120, beginCasino(), limited);
  expect(casino.staked.length).toBeGreaterThan(5);
  expect(again.memory.session).toBeDefined();
});

test("CSN-004: the stop-loss counts from enrolment by the fleet's books: no restart forgets it", () => {
  const stopped = configOf({ stopLoss: "25" });
  expect(stopLossAt(lost(24.999999), stopped)).toBeUndefined();
  expect(stopLossAt(lost(25), stopped)).toBe("stop-loss: 25.00 USDC lost of 25 allowed");
  expect(stopLossAt(lost(1_000_000), configOf())).toBeUndefined();
  const view = { ...new Casino().view(2_000), pnl: { casino: "-25" } };
  const decision = decided(strategy, view, beginCasino(), stopped);
  expect(bodies(decision, "PlaceBet")).toEqual([]);
  expect(decision.rest).toMatch(/^stop-loss/);
  const more = decided(strategy, view, beginCasino(), configOf({ stopLoss: "26" }));
  expect(bodies(more, "PlaceBet")).toHaveLength(1);
});

/** The view at a time, after bets at the given times that each lost so much. */
function after(at: number, times: readonly number[], usd: number) {
  const result = micro(BigInt(-usd) * 1_000_000n);
  const stretches = times.reduce<readonly Stretch[]>(
    (before, when) => stretched(before, { at: when, won: false, result }),
    [],
  );
  const pnl = { casino: String(-usd * times.length) };
  return { ...new Casino().view(at), pnl, play: playView(stretches, new Map()) };
}

test("CSN-005: what was proven before a restart still ends the play after it", () => {
  const params = { direction: "over", threshold: 10 };
  const known = (wins: number) => {
    const tally: Tally = { game: "dice-rebate", params, bets: 100, wins };
    return { ...new Casino().view(2_000), play: playView([], new Map([["", tally]])) };
  };
  const restOf = (wins: number) =>
    decided(strategy, known(wins), resumeCasino(known(wins), configOf()), configOf()).rest;
  expect(restOf(70)).toMatch(/wins less often than its rule/);
  expect(restOf(90)).toBeUndefined();
  expect(decided(strategy, known(70), beginCasino(), configOf()).rest).toBeUndefined();
});

test("CSN-006: ten lives have the limits of one: restarted, it goes on with the session that it was in", () => {
  // A hundredth of the cap of 1,000; each bet loses 20.
  const limited = configOf({ sessionLoss: 0.01, pauseMs: 60_000 });
  const times: number[] = [];
  for (let life = 1; life <= 10; life++) {
    const view = after(life * 3_000, times, 20);
    const decision = decided(strategy, view, resumeCasino(view, limited), limited);
    if (bodies(decision, "PlaceBet").length > 0) times.push(view.at);
    else expect(decision.rest).toBe("the session lost 20.00 USDC");
  }
  expect(times).toEqual([3_000]);
  const rested = after(63_000, times, 20);
  const decision = decided(strategy, rested, resumeCasino(rested, limited), limited);
  expect(bodies(decision, "PlaceBet")).toHaveLength(1);
});

test("CSN-007: bets, time and result of a session are counted from its last break as long as the pause", () => {
  const times = [0, 10_000, 45_000, 50_000, 79_000];
  // The break of 35 s was a pause, the one of 29 s was none.
  const view = after(80_000, times, 5);
  const before = sessionBefore(view, configOf({ pauseMs: 30_000 }));
  expect(before).toEqual({ startedAt: 45_000, bets: 3, from: -10, over: undefined });
  const open = { ...view, bets: [{ ...new Casino().view(0), phase: "placed" } as never] };
  expect(sessionBefore(open, configOf({ pauseMs: 30_000 }))?.bets).toBe(4);
  const three = sessionBefore(view, config);
  expect(three?.over).toEqual({ why: "the session had its 3 bets", until: 109_000 });
  const late = sessionBefore(view, configOf({ pauseMs: 30_000, sessionMs: 35_000 }));
  expect(late?.over).toEqual({ why: "the session's time is over", until: 109_000 });
  expect(sessionBefore(after(109_000, times, 5), config)).toBeUndefined();
  expect(sessionBefore(new Casino().view(0), config)).toBeUndefined();
});

test("CSN-008: restarted, it waits the gap between two bets", () => {
  const [soon, later] = [after(4_999, [3_000], 1), after(5_000, [3_000], 1)];
  const bets = (view: typeof soon) =>
    bodies(decided(strategy, view, resumeCasino(view, configOf()), configOf()), "PlaceBet");
  expect([bets(soon).length, bets(later).length]).toEqual([0, 1]);
});
