/** The borrow market: rates, exact interest, recall. */
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { assetId } from "../../src/core/ids.ts";
import { units } from "../../src/core/money.ts";
import { type Ppm, ppm } from "../../src/core/ppm.ts";
import { HOUR, MINUTE, YEAR } from "../../src/core/time.ts";
import type { EffectName, OpenLoanEffect } from "../../src/protocol/effects.ts";
import { newWorld, request } from "../../src/venue/paper/engine.ts";
import { marketRate, rateNow } from "../../src/venue/paper/lending.ts";
import type { World } from "../../src/venue/paper/world.ts";
import {
  approved,
  ask,
  depositOf,
  explained,
  flatTape,
  only,
  pass,
  SOON,
  smallTape,
  T0,
  USD,
  usdUnits,
} from "./helpers.ts";

const BTC_COIN = assetId("BTC");
const loanOf = (over: Partial<OpenLoanEffect> = {}): OpenLoanEffect => ({
  type: "OpenLoan",
  asset: USD,
  amount: usdUnits("1000"),
  minRate: ppm(0),
  noticeMs: 90 * MINUTE,
  ...over,
});

function world() {
  const made = newWorld({ seed: "lend", tape: flatTape(), wallet: SOON });
  ask(made, depositOf("5000"));
  return made;
}

describe("loans", () => {
  test("VLN-001: a loan is taken at the market's rate, which holds, with its collateral told", () => {
    const made = world();
    const rate = marketRate(made.rules.chance, USD, made.state.at);
    const [opened] = only(ask(made, loanOf()), "loanOpened");
    expect(opened).toMatchObject({ rate, collateral: 1_100_000 });
    expect(made.state.accounts.get(USD)?.locked).toBe(usdUnits("1000"));
  });

  test("VLN-002: a market that pays less than asked refuses, and says what it pays", () => {
    const made = world();
    const rate = marketRate(made.rules.chance, USD, made.state.at);
    const answer = request(made, approved(loanOf({ minRate: (rate + 1) as Ppm })));
    expect(answer).toMatchObject({
      outcome: "rejected",
      reason: expect.stringContaining(`${rate}`),
    });
    expect(request(made, approved(loanOf({ minRate: rate })))).toEqual({ outcome: "accepted" });
  });

  test("VLN-003: interest is paid each full hour and the rest with the principal, exact to the unit", () => {
    const made = world();
    const open = approved(loanOf());
    request(made, open);
    const reports = [...pass(made, 3 * HOUR)];
    request(made, approved({ type: "RecallLoan", loan: open.name }));
    reports.push(...pass(made, 90 * MINUTE + 1_000));
    const [opened] = only(reports, "loanOpened");
    const hourly = only(reports, "loanInterest");
    const [returned] = only(reports, "loanReturned");
    expect(hourly).toHaveLength(4);
    expect(returned?.principal).toBe(usdUnits("1000"));
    const paid = hourly.reduce((sum, r) => sum + r.amount, 0n) + (returned?.interest ?? 0n);
    const lasted = BigInt(3 * HOUR + 90 * MINUTE);
    const exact =
      (1_000_000_000n * BigInt(opened?.rate ?? 0) * lasted) / (1_000_000n * BigInt(YEAR));
    expect(paid).toBe(exact);
    const account = made.state.accounts.get(USD);
    expect(account?.locked).toBe(0n);
    expect(account?.free).toBe(usdUnits("5001") + paid);
    explained(made);
  });

  test("VLN-009: 200 USDC lent at 9.4 % bring 18.80 in a year; a day's notice brings them back in a day", () => {
    const made = world();
    const asked = { amount: usdUnits("200"), noticeMs: 24 * HOUR };
    const open = approved(loanOf(asked));
    request(made, open);
    const loan = made.state.loans.get(open.name);
    if (loan === undefined) throw new Error("it is open");
    made.state.loans.set(open.name, { ...loan, rate: ppm(94_000) });
    const paid = only(pass(made, YEAR), "loanInterest");
    expect(paid.reduce((sum, { amount }) => sum + amount, 0n)).toBe(usdUnits("18.8"));
    request(made, approved({ type: "RecallLoan", loan: open.name }));
    expect(only(pass(made, 24 * HOUR - 1_000), "loanReturned")).toEqual([]);
    expect(only(pass(made, 1_000), "loanReturned")).toHaveLength(1);
  });

  test("VLN-004: the money is back when the notice has passed, and not before", () => {
    const made = world();
    const open = approved(loanOf());
    request(made, open);
    request(made, approved({ type: "RecallLoan", loan: open.name }));
    expect(only(pass(made, 89 * MINUTE), "loanReturned")).toEqual([]);
    expect(only(pass(made, 2 * MINUTE), "loanReturned")).toHaveLength(1);
    const again = request(made, approved({ type: "RecallLoan", loan: open.name }));
    expect(again).toMatchObject({ reason: "the loan is returned" });
    const nobody = { type: "RecallLoan", loan: "0.0.8" as EffectName } as const;
    expect(request(made, approved(nobody))).toMatchObject({ reason: "unknown loan" });
  });

  test("VLN-008: a loan that ends just before a full hour earns to its end and not a moment longer", () => {
    const made = world();
    const amount = usdUnits("4000");
    const open = approved(loanOf({ amount, noticeMs: 60 * MINUTE - 100 }));
    pass(made, 500);
    request(made, open);
    const opened = made.state.at;
    request(made, approved({ type: "RecallLoan", loan: open.name }));
    const reports = pass(made, 2 * HOUR);
    expect(opened % 1_000).toBe(500);
    expect(only(reports, "loanInterest")).toEqual([]);
    const rate = BigInt(only(reports, "loanOpened")[0]?.rate ?? 0);
    const exact = (amount * rate * BigInt(60 * MINUTE - 100)) / (1_000_000n * BigInt(YEAR));
    expect(only(reports, "loanReturned")[0]?.interest).toBe(exact);
  });

  test("VLN-005: coins are lent like dollars, smaller coins against more collateral", () => {
    const made = newWorld({ seed: "lend", tape: flatTape(), wallet: SOON });
    ask(made, { type: "Deposit", asset: BTC_COIN, amount: units(50_000_000n) });
    ask(made, { type: "Deposit", asset: assetId("SOL"), amount: units(500_000_000n) });
    const btc = ask(made, loanOf({ asset: BTC_COIN, amount: units(20_000_000n) }));
    expect(only(btc, "loanOpened")[0]?.collateral).toBe(1_100_000);
    const sol = ask(made, loanOf({ asset: assetId("SOL"), amount: units(100_000_000n) }));
    expect(only(sol, "loanOpened")[0]?.collateral).toBe(1_150_000);
    const much = request(made, approved(loanOf({ asset: BTC_COIN, amount: units(30_000_001n) })));
    expect(much).toMatchObject({ reason: "insufficient balance" });
  });

  test("VLN-006: rates move with demand: over two weeks both calm and squeezed hours are seen", () => {
    const rates = Array.from(
      { length: 336 },
      (_, h) => marketRate(5, USD, T0 + h * HOUR) as number,
    );
    expect(Math.min(...rates)).toBeLessThan(80_000);
    expect(Math.max(...rates)).toBeGreaterThan(120_000);
  });

  test.prop([fc.nat(14 * 24 * HOUR), fc.nat(10 * MINUTE)])(
    "VLN-007: always a rate is positive and moves little within minutes",
    (offset, gap) => {
      const [a, b] = [marketRate(5, USD, T0 + offset), marketRate(5, USD, T0 + offset + gap)];
      expect(a).toBeGreaterThan(0);
      expect(Math.abs(a - b)).toBeLessThan(120_000);
    },
  );

  /** Prices that fall by a part within the first half hour, and stay there. */
  const falling = (part: number, seed = "lend"): World => {
    const low = String(60_000 * (1 - part));
    const tape = smallTape(["60000", ...Array(96).fill(low)]);
    const made = newWorld({ seed, tape, wallet: SOON });
    ask(made, depositOf("50000"));
    return made;
  };
  const lent = (made: World, name: string, usdc = "1000") => {
    const open = approved(loanOf({ amount: usdUnits(usdc) }), name);
    expect(request(made, open)).toEqual({ outcome: "accepted" });
    return open.name;
  };

  test("VLN-010: a borrower whose collateral falls under 105 % is called, and tops up or is sold out", () => {
    const made = falling(0.06);
    for (let i = 0; i < 40; i += 1) lent(made, `call.${i}`);
    const reports = pass(made, 40 * MINUTE);
    const told = only(reports, "loanCollateral");
    const ends = only(reports, "loanReturned");
    expect(ends.length).toBeGreaterThan(1);
    expect(ends.length).toBeLessThan(15);
    for (const { liquidated, principal } of ends) {
      expect([liquidated, principal]).toEqual([true, usdUnits("1000")]);
    }
    expect(told.filter(({ ratio }) => ratio < 1_050_000).length).toBeGreaterThan(30);
    expect(told.filter(({ ratio }) => ratio === 1_100_000).length).toBeGreaterThan(25);
    explained(made);
  });

  test("VLN-011: sold out under its worth, the lender has the proceeds and no more", () => {
    const made = falling(0.3, "gap");
    for (let i = 0; i < 40; i += 1) lent(made, `gap.${i}`);
    const ends = only(pass(made, 11 * MINUTE), "loanReturned");
    expect(ends.length).toBeGreaterThan(0);
    const short = ends.filter(({ principal }) => principal < usdUnits("1000"));
    expect(short.length).toBeGreaterThan(0);
    for (const { interest, principal } of short) {
      expect(interest).toBe(0n);
      expect(principal).toBeGreaterThan(usdUnits("700"));
    }
    explained(made);
  });

  test("VLN-013: at exactly 105 % nobody is called, a millionth below it everybody is", () => {
    for (const [ratio, called] of [
      [1_050_000, 0],
      [1_049_999, 20],
    ] as const) {
      const made = world();
      for (let i = 0; i < 20; i += 1) {
        const loan = made.state.loans.get(lent(made, `edge.${ratio}.${i}`, "100"));
        if (loan?.backing === undefined) throw new Error("its collateral is watched");
        made.state.loans.set(loan.name, {
          ...loan,
          backing: { ...loan.backing, ratio: ppm(ratio) },
        });
      }
      // One look of the contract, at a price that stands.
      const told = only(pass(made, 11 * MINUTE), "loanCollateral");
      expect(new Set(told.map((one) => one.loan)).size).toBe(called);
    }
  });

  test("VLN-012: short sellers pay more for a coin that has fallen in a day; nobody shorts a dollar", () => {
    const [calm, fallen] = [falling(0), falling(0.08)];
    for (const made of [calm, fallen]) pass(made, 40 * MINUTE);
    const rates = [calm, fallen].map((made) => rateNow(made, BTC_COIN) as number);
    expect(rates[1]).toBeGreaterThan(rates[0] ?? 0);
    expect(rateNow(fallen, USD)).toBe(rateNow(calm, USD));
    expect(marketRate(5, BTC_COIN, T0, 0.5)).toBeLessThanOrEqual(222_000);
  });
});
