/** Who brought and cost what: every column adds up to its total, and the totals to the wallet's, to the unit. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { FLEET, USDC } from "../../src/core/ids.ts";
import { formatMicro, micro, parseDecimal } from "../../src/core/money.ts";
import { attributionView } from "../../src/fleet/attribution.ts";
import { worldAccount } from "../../src/fleet/ledger.ts";
import type { Law } from "../../src/fleet/state.ts";
import { ALICE, BOB, named, usd } from "./cast.ts";
import { type Choice, RandomFleet } from "./random-fleet.ts";
import { answered, by, effectOf, given, reported } from "./spec.ts";
import { aliceLong, enrolled, fleetOf, granted, marks } from "./steps.ts";

const exact = (text: string | undefined): bigint => {
  const value = parseDecimal(text ?? "", 6);
  if (value === undefined) throw new Error(`${text} is an amount`);
  return value;
};

function checkSums(law: Law): void {
  const parts = new Map(
    [...law.agents.keys()].map((agent, i) => [agent, micro(BigInt(i * 7 + 1))]),
  );
  const { lines, total, wallet } = attributionView(law, parts);
  const sum = (pick: (line: (typeof lines)[number]) => string | undefined): string =>
    formatMicro(micro(lines.reduce((all, line) => all + exact(pick(line)), 0n)));
  for (const kind of Object.keys(total.results))
    expect(sum((line) => line.results[kind])).toBe(total.results[kind]);
  for (const column of ["realized", "unrealized", "pnl", "marginCost"] as const)
    expect(sum((line) => line[column])).toBe(total[column]);
  const results = Object.values(total.results).reduce((all, each) => all + exact(each), 0n);
  expect(results).toBe(exact(wallet.results));
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
  const { lines, total, wallet, marginRate } = attributionView(state);
  const alice = lines.find(({ agent }) => agent === ALICE);
  expect(alice?.results).toMatchObject({ trading: "0", fees: "-1", funding: "-0.1" });
  expect(alice).toMatchObject({ realized: "-1.1", unrealized: "100", pnl: "98.9" });
  expect(alice).not.toHaveProperty("valueAtRisk");
  expect([total.pnl, wallet.results, wallet.deposited]).toEqual(["98.9", "-1.1", "10000"]);
  expect([marginRate, alice?.marginCost]).toEqual([0, "0"]);
  expect(lines.some(({ agent }) => agent === FLEET)).toBe(false);
});

test("ATT-002: margin costs what it would earn lent out, in parts that are the whole", () => {
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
  const { lines, total, marginRate } = attributionView(state);
  expect(marginRate).toBe(73_000);
  // 7.3 % a year is 0.02 % a day: of 200 and of 1,000.
  expect(lines.map(({ agent, marginCost }) => [agent, marginCost])).toEqual([
    [ALICE, "0.04"],
    [BOB, "0.2"],
  ]);
  expect(total.marginCost).toBe("0.24");
});

test("ATT-003: parts of the value at risk are the agents', none for who has none", () => {
  const { state } = given(...fleetOf(ALICE, BOB));
  const { lines, total } = attributionView(state, new Map([[ALICE as string, usd("12.5")]]));
  expect(lines.map(({ valueAtRisk }) => valueAtRisk)).toEqual(["12.5", "0"]);
  expect(total.valueAtRisk).toBe("12.5");
});

test("ATT-004: always every column adds up to the wallet's, whatever has happened", () => {
  const number = fc.integer({ min: 0, max: 1_000_000_000 });
  const choices: fc.Arbitrary<readonly Choice[]> = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 23 }), number, number, number),
    { minLength: 60, maxLength: 200, size: "max" },
  );
  fc.assert(
    fc.property(choices, (all) => {
      const fleet = new RandomFleet({ checked: false });
      for (const choice of all) {
        fleet.step(choice);
        checkSums(fleet.story.state);
      }
    }),
    { numRuns: 15 },
  );
});
