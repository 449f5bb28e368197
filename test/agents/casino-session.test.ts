/** Sessions of the casino: limits of loss, count and time, and a stop-loss that outlives a restart. */
import { expect, test } from "vitest";
import { sessionAt, stopLossAt } from "../../agents/casino/session.ts";
import { beginCasino } from "../../agents/casino/strategy.ts";
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
