/** Who brought and cost what: every column adds up to its total, and the totals to the wallet's, to the unit. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { FLEET, USDC } from "../../src/core/ids.ts";
import { formatMicro, micro, parseDecimal, qty } from "../../src/core/money.ts";
import { attributionView } from "../../src/fleet/attribution.ts";
import { worldAccount } from "../../src/fleet/ledger.ts";
import type { Law } from "../../src/fleet/state.ts";
import { agentView } from "../../src/fleet/views.ts";
import type { AttributionView } from "../../src/protocol/margin-view.ts";
import { ALICE, BOB, ETH, named, unitsOf, usd } from "./cast.ts";
import { type Choice, RandomFleet } from "./random-fleet.ts";
import { answered, by, effectOf, given, reported } from "./spec.ts";
import { aliceLong, deposited, enrolled, fleetOf, granted, marks } from "./steps.ts";

const exact = (text: string | undefined, decimals = 6): bigint => {
  const value = parseDecimal(text ?? "", decimals);
  if (value === undefined) throw new Error(`${text} is an amount`);
  return value;
};
const added = (amounts: Readonly<Record<string, string>>): bigint =>
  Object.values(amounts).reduce((all, each) => all + exact(each), 0n);

/** The equation of every line, and the coins of all lines beside the wallet's: worth and units. */
function checkCoins({ lines, total, wallet }: AttributionView): void {
  for (const line of [...lines, total]) {
    expect(added(line.results) + exact(line.coins)).toBe(exact(line.realized));
    expect(exact(line.realized) + exact(line.unrealized)).toBe(exact(line.pnl));
  }
  const all = exact(wallet.results) + exact(total.coins) + exact(total.unrealized);
  expect(all).toBe(exact(total.pnl));
  for (const { asset, owned, deposited, results } of wallet.coins) {
    const earned = lines.map((line) => exact(line.earned[asset] ?? "0", 8));
    expect(earned.reduce((sum, one) => sum + one, 0n)).toBe(exact(results, 8));
    expect(exact(total.earned[asset] ?? "0", 8)).toBe(exact(results, 8));
    expect(exact(owned, 8) - exact(deposited, 8)).toBe(exact(results, 8));
  }
  const known = new Set(wallet.coins.map(({ asset }) => asset));
  for (const { earned } of lines)
    expect(Object.keys(earned).every((asset) => known.has(asset))).toBe(true);
}

function checkSums(law: Law): void {
  const parts = new Map(
    [...law.agents.keys()].map((agent, i) => [agent, micro(BigInt(i * 7 + 1))]),
  );
  const view = attributionView(law, law.at + 1, parts);
  checkCoins(view);
  const { lines, total, wallet } = view;
  const sum = (pick: (line: (typeof lines)[number]) => string | undefined): string =>
    formatMicro(micro(lines.reduce((all, line) => all + exact(pick(line)), 0n)));
  for (const kind of Object.keys(total.results))
    expect(sum((line) => line.results[kind])).toBe(total.results[kind]);
  for (const column of [
    ...(["coins", "realized", "unrealized", "pnl"] as const),
    ...(["pnlWeek", "marginCost", "marginCostPerDay"] as const),
  ])
    expect(sum((line) => line[column])).toBe(total[column]);
  const results = Object.values(total.results).reduce((all, each) => all + exact(each), 0n);
  expect(results).toBe(exact(wallet.results));
  expect(total.marginCost).toBe(wallet.marginCost);
  const world = -(law.ledger.get(worldAccount(USDC)) ?? 0n);
  expect(exact(wallet.deposited)).toBe(world);
  expect(exact(wallet.owned) - world).toBe(results);
}

test("ATT-001: a position's fee, funding and result stand in columns of their own", () => {
  const funding = {
    ...{ type: "funding", market: "btc-perp", rateNano: 100_000n, position: 10_000_000n },
    ...{ mark: 1_000_000_000_000n, payment: usd("-0.1") },
  } as const;
  const { state } = given(...aliceLong, reported(funding as never), marks("11000"));
  const { lines, total, wallet, marginRate } = attributionView(state, state.at);
  const alice = lines.find(({ agent }) => agent === ALICE);
  expect(alice?.results).toMatchObject({ trading: "0", fees: "-1", funding: "-0.1" });
  expect(alice).toMatchObject({ realized: "-1.1", unrealized: "100", pnl: "98.9" });
  expect(alice).not.toHaveProperty("valueAtRisk");
  expect([total.pnl, wallet.results, wallet.deposited]).toEqual(["98.9", "-1.1", "10000"]);
  expect([marginRate, alice?.marginCost]).toEqual([50_000, "0"]);
  // 5 % of 200 is 10 a year.
  expect(alice?.marginCostPerDay).toBe("0.027397");
  expect(lines.some(({ agent }) => agent === FLEET)).toBe(false);
});

test("ATT-007: average leverage is what is open at the marks over its margin, of each agent and of all", () => {
  const state = { ...given(...aliceLong, enrolled(BOB), granted(BOB), marks("11000")).state };
  const leverages = (law: Law) => {
    const { lines, total } = attributionView(law, law.at);
    return [...lines, total].map(({ leverage }) => leverage);
  };
  // 0.1 BTC for 200 of margin; Bob has nothing open.
  expect(leverages(state)).toEqual([5_500_000, undefined, 5_500_000]);
  const held = state.positions.get(`${ALICE}/btc-perp`);
  if (held === undefined) throw new Error("Alice is long");
  // Against her at three times the size and a third of the leverage: nothing is netted, and it is rounded up.
  const short = { ...held, agent: BOB, qty: qty(-3n * held.qty), margin: micro(9n * held.margin) };
  const both: Law = {
    ...state,
    positions: new Map([...state.positions, [`${BOB}/btc-perp`, short]]),
    agents: new Map(
      [...state.agents].map(([id, agent]) =>
        id === BOB ? [id, { ...agent, positions: new Set([held.market]) }] : [id, agent],
      ),
    ),
  };
  expect(leverages(both)).toEqual([5_500_000, 1_833_334, 2_200_000]);
});

test("ATT-002: margin costs a day what it would earn lent out, in parts that are the whole", () => {
  const lend = by(BOB, "OpenLoan", {
    ...{ loan: "l1", asset: "USDC", amount: "1000", minRate: 30_000, noticeMs: 60_000 },
  });
  const { state } = given(
    ...aliceLong,
    ...[enrolled(BOB), granted(BOB), lend],
    answered(effectOf("OpenLoan"), { outcome: "accepted" }),
    (law) =>
      reported({
        type: "loanOpened",
        loan: [...law.loans.values()][0]?.name,
        rate: 73_000,
        collateral: 1_500_000,
      } as never),
  );
  expect(state.loans.get(`${BOB}/${named("l1")}`)?.phase).toBe("open");
  const { lines, total, marginRate } = attributionView(state, state.at);
  expect(marginRate).toBe(73_000);
  // 7.3 % a year is 0.02 % a day: of 200 and of 1,000.
  expect(lines.map(({ agent, marginCostPerDay }) => [agent, marginCostPerDay])).toEqual([
    [ALICE, "0.04"],
    [BOB, "0.2"],
  ]);
  expect(total.marginCostPerDay).toBe("0.24");
});

test("ATT-003: parts of the value at risk are the agents', none for who has none", () => {
  const { state } = given(...fleetOf(ALICE, BOB));
  const { lines, total } = attributionView(
    state,
    state.at,
    new Map([[ALICE as string, usd("12.5")]]),
  );
  expect(lines.map(({ valueAtRisk }) => valueAtRisk)).toEqual(["12.5", "0"]);
  expect(total.valueAtRisk).toBe("12.5");
});

test("ATT-005: interest in ether is a column at the mark of its day, and units of the wallet's ether", () => {
  const lend = by(BOB, "OpenLoan", {
    ...{ loan: "l1", asset: "ETH", amount: "0.5", minRate: 0, noticeMs: 60_000 },
  });
  const loan = (law: Law) => [...law.loans.values()][0]?.name;
  const earns = (amount: string) => (law: Law) =>
    reported({ type: "loanInterest", loan: loan(law), amount: unitsOf(amount, 8) } as never);
  const story = given(
    ...aliceLong,
    ...[enrolled(BOB), granted(BOB), deposited("2", ETH), lend],
    answered(effectOf("OpenLoan"), { outcome: "accepted" }),
    (law) =>
      reported({
        ...{ type: "loanOpened", loan: loan(law), rate: 20_000, collateral: 1_500_000 },
      } as never),
    earns("0.001"),
    marks("11000", "1100"),
    earns("0.002"),
  );
  const view = attributionView(story.state, story.state.at);
  checkSums(story.state);
  // 0.001 at 1,000 and 0.002 at 1,100.
  const bob = view.lines.find(({ agent }) => agent === BOB);
  expect(bob).toMatchObject({
    coins: "3.2",
    earned: { ETH: "0.003" },
    realized: "3.2",
    pnl: "3.2",
  });
  expect(bob?.results["interest"]).toBe("0");
  const alice = view.lines.find(({ agent }) => agent === ALICE);
  expect(alice).toMatchObject({ coins: "0", earned: {}, realized: "-1", pnl: "99" });
  expect(view.total).toMatchObject({ coins: "3.2", earned: { ETH: "0.003" }, pnl: "102.2" });
  expect(view.wallet).toMatchObject({
    results: "-1",
    coins: [{ asset: "ETH", owned: "2.003", deposited: "2", results: "0.003" }],
  });
  const { pnl } = agentView(story.state, BOB, story.state.at) ?? {};
  expect(pnl).toMatchObject({ interest: "0", coins: "3.2", total: "3.2" });
});

test("ATT-006: principal in ether that did not come back is a loss in coins, at the mark of that day", () => {
  const lend = by(BOB, "OpenLoan", {
    ...{ loan: "l1", asset: "ETH", amount: "0.5", minRate: 0, noticeMs: 60_000 },
  });
  const loan = (law: Law) => [...law.loans.values()][0]?.name;
  const back = { principal: unitsOf("0.4", 8), interest: unitsOf("0.001", 8) };
  const { state } = given(
    ...fleetOf(ALICE, BOB),
    ...[deposited("2", ETH), lend],
    answered(effectOf("OpenLoan"), { outcome: "accepted" }),
    (law) =>
      reported({
        ...{ type: "loanOpened", loan: loan(law), rate: 20_000, collateral: 1_500_000 },
      } as never),
    (law) => reported({ type: "loanReturned", loan: loan(law), ...back } as never),
  );
  checkSums(state);
  const { total, wallet } = attributionView(state, state.at);
  expect(total).toMatchObject({ coins: "-99", earned: { ETH: "-0.099" }, pnl: "-99" });
  expect(wallet.coins).toEqual([
    { asset: "ETH", owned: "1.901", deposited: "2", results: "-0.099" },
  ]);
});

test("ATT-004: always every column adds up to the wallet's, whatever has happened", () => {
  const number = fc.integer({ min: 0, max: 1_000_000_000 });
  const choices: fc.Arbitrary<readonly Choice[]> = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 23 }), number, number, number),
    { minLength: 60, maxLength: 200, size: "max" },
  );
  let coins = 0;
  fc.assert(
    fc.property(choices, (all) => {
      const fleet = new RandomFleet({ checked: false });
      for (const choice of all) {
        fleet.step(choice);
        checkSums(fleet.story.state);
      }
      if ([...fleet.story.state.agents.values()].some((agent) => agent.coins !== 0n)) coins += 1;
    }),
    { numRuns: 15 },
  );
  // Or the column of coins would have been looked at for nothing.
  expect(coins).toBeGreaterThan(0);
});
