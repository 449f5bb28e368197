/** The highest result of an agent, and the highest equity of the fleet: losses are counted from there. */
import { expect, test } from "vitest";
import { max } from "../../src/core/money.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { keyOf, type Law } from "../../src/fleet/state.ts";
import { equityOf } from "../../src/fleet/totals.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { ALICE, at, BOB, BTC_PERP, coins, named, unitsOf, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, held } from "./crisis-cast.ts";
import { found, list, listed, registered, revenue, search, sold } from "./domain-steps.ts";
import {
  ACCEPTED,
  answered,
  by,
  effectOf,
  given,
  reported,
  type Step,
  type Story,
} from "./spec.ts";

type Told = (law: Law) => ReportBody;
const fleet = (ladder = {}) =>
  crisisFleet(crisisPolicy({ ...CALLS, ...ladder }), "5000", [ALICE, {}], [BOB, {}]);

const bet = (name: string, stake: string): Step =>
  by(ALICE, "PlaceBet", {
    ...{ bet: name, game: "dice", stake, params: {}, clientSeed: "seed-seed" },
  });
const settled =
  (name: string, payout: string): Told =>
  (law) => ({
    ...{ type: "betSettled", bet: law.bets.get(keyOf(ALICE, named(name)))?.name as never },
    ...{ won: payout !== "0", payout: usd(payout), outcome: "1.00", clientSeed: "seed-seed" },
    ...{ seedHash: "a".repeat(64), nonce: name.length, resultHash: "b".repeat(64) },
  });
const escrow = (law: Law) => law.escrows.get("alice/e1")?.name as never;
const earning: readonly Step[] = [
  by(ALICE, "OpenEscrow", {
    ...{ escrow: "e1", role: "earn", counterparty: "shop", amount: "100", timeoutMs: 9_000 },
    description: "work",
  }),
  reported((law) => ({ type: "escrowFunded", escrow: escrow(law), expiresAt: law.at })),
];
const released =
  (more: { readonly referrer?: typeof BOB } = {}): Told =>
  (law) => ({
    ...{ type: "escrowReleased", escrow: escrow(law), received: usd("99"), fee: usd("1") },
    ...{ referral: usd("0.15"), ...(more as object) },
  });
const loan = (law: Law) => law.loans.get("alice/l1")?.name as never;
const lent: readonly Step[] = [
  by(ALICE, "OpenLoan", {
    ...{ loan: "l1", asset: "USDC", amount: "200", minRate: 0, noticeMs: 60_000 },
  }),
  reported((law) => ({
    ...{ type: "loanOpened", loan: loan(law), rate: ppm(94_000), collateral: ppm(0) },
  })),
];
const returned =
  (principal: string, interest: string): Told =>
  (law) => ({
    ...{ type: "loanReturned", loan: loan(law) },
    ...{ principal: unitsOf(principal, 6), interest: unitsOf(interest, 6) },
  });
const funded: ReportBody = {
  ...{ type: "funding", market: BTC_PERP, rate: ppm(0), rateNano: -100_000n, mark: at("10000") },
  ...{ position: coins("0.1"), payment: usd("0.1") },
};
const owned: readonly Step[] = [
  search,
  reported(found()),
  by(ALICE, "RegisterDomain", { domain: "fleet.com" }),
  reported(registered()),
];
const referred: readonly Step[] = [
  by(ALICE, "RegisterReferrer", { referrer: "bob" }),
  answered(effectOf("RegisterReferrer"), ACCEPTED),
];

const standing = (story: Story, id = ALICE) => {
  const agent = story.state.agents.get(id);
  return [agent?.peak, (agent?.realized ?? 0n) + (agent?.unrealized ?? 0n)] as const;
};

test.each([
  ["a bet", [bet("b1", "100")], settled("b1", "300"), ALICE, usd("200")],
  ["an escrow", earning, released(), ALICE, usd("99.15")],
  ["a referral", [...referred, ...earning], released({ referrer: BOB }), BOB, usd("0.15")],
  [
    "interest",
    lent,
    (law: Law) => ({ type: "loanInterest", loan: loan(law), amount: unitsOf("3", 6) }),
    ALICE,
    usd("3"),
  ],
  ["a loan that is back", lent, returned("200", "2"), ALICE, usd("2")],
  ["a domain's visitors", owned, revenue, ALICE, usd("0.5")],
  ["a domain's sale", [...owned, list, reported(listed())], sold, ALICE, usd("6")],
] as const)(
  "HGH-001: what an agent stands highest with is known at once: by %s",
  (_, before, told, who, most) => {
    const story = given(...fleet(), ...before);
    const [equity, { peak }] = [equityOf(story.state), story.state.crisis];
    story.given(reported(told as Told));
    expect(standing(story, who)).toEqual([most, most]);
    const now = equityOf(story.state);
    expect(now).toBeGreaterThan(equity);
    expect(story.state.crisis.peak).toBe(max(now, peak));
  },
);

test("HGH-002: funding that is received counts from when it comes, not from the next mark", () => {
  const story = given(...fleet(), ...held(ALICE, "0.1"));
  const [before] = standing(story);
  story.given(reported(funded), reported(funded));
  const fee = usd("1");
  expect(eventsOf(story, "FundingBooked")).toHaveLength(2);
  // The position's fee came first: what it lost stands against both payments.
  expect(standing(story)).toEqual([before, usd("0.2") - fee]);
  for (let i = 0; i < 9; i += 1) story.given(reported(funded));
  expect(standing(story)).toEqual([usd("0.1"), usd("0.1")]);
});

test("HGH-003: interest on a principal that did not come back is no height", () => {
  const story = given(...fleet(), ...lent, reported(returned("150", "20")));
  expect(standing(story)).toEqual([0n, usd("-30")]);
});

test("HGH-004: who won and loses is cut by what it lost from its highest, positions or none", () => {
  const ladder = { drawdownLadder: [{ drawdown: percent(5), keeps: percent(50) }] };
  const story = given(...fleet(ladder), bet("b1", "100"), reported(settled("b1", "300")));
  story.given(bet("b22", "99"), reported(settled("b22", "0")));
  expect(eventsOf(story, "DrawdownCut")).toEqual([]);
  // 100 of 2,000 are 5 %, and it is still 100 above where it began.
  story.given(bet("b333", "1"), reported(settled("b333", "0")));
  expect(eventsOf(story, "DrawdownCut")).toMatchObject([
    { agent: ALICE, peak: usd("200"), result: usd("100"), drawdown: percent(5), cap: usd("1000") },
  ]);
});
