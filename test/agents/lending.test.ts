/** The lending strategy: it lends what is idle within its share, and takes it back when asked to. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { lendingConfig } from "../../agents/lending/config.ts";
import { beginLending, lendingStrategy } from "../../agents/lending/strategy.ts";
import type { AgentView, HoldingView, LoanView } from "../../src/protocol/views.ts";
import { readingOf } from "../../src/sdk/job-reading.ts";
import { sampleDelegation, sampleMarket, sampleView } from "../../src/sdk/sample-view.ts";
import { bodies, decided, refused } from "./context.ts";

const asset = (name: string, minLoan: string, maxLoan: string) => ({
  asset: name,
  minRate: 50_000,
  minLoan,
  maxLoan,
});
const configOf = (more: object = {}) =>
  lendingConfig.parse({
    assets: [asset("USDC", "10", "1000"), asset("BTC", "0.001", "0.01")],
    noticeMs: 60_000,
    ...more,
  });
const config = configOf();
const holding = (name: string, wallet: string, lent = "0"): HoldingView => ({
  asset: name,
  wallet,
  lent,
});
const loan = (name: string, amount: string, more: Partial<LoanView> = {}): LoanView => ({
  loan: name,
  asset: "USDC",
  amount,
  rate: 60_000,
  phase: "open",
  interest: "0",
  ...more,
});
const viewOf = (part: Partial<AgentView> = {}): AgentView =>
  sampleView("lending", {
    at: 1_000,
    holdings: [holding("USDC", "500"), holding("BTC", "0.02")],
    markets: [sampleMarket("btc-perp", "60000")],
    ...part,
  });
const loansOf = (view: AgentView, given = config) =>
  bodies(decided(lendingStrategy, view, beginLending(), given), "OpenLoan");
test("LND-001: it lends 40 % of a holding: 200 of 500", () => {
  const [usdc] = loansOf(viewOf());
  expect(usdc).toEqual({
    loan: "l-lending-1000-1",
    asset: "USDC",
    amount: "200",
    minRate: 50_000,
    noticeMs: 60_000,
  });
});

test("LND-002: what is lent counts as held, so 40 % of it all stays the bound", () => {
  const lent = viewOf({ holdings: [holding("USDC", "350", "150")] });
  expect(loansOf(lent)[0]?.amount).toBe("50");
  const full = viewOf({ holdings: [holding("USDC", "300", "200")] });
  expect(loansOf(full)).toEqual([]);
});

test("LND-003: the fleet's own share holds as well", () => {
  expect(loansOf(viewOf({ lendShare: 100_000 }))[0]?.amount).toBe("50");
  expect(loansOf(viewOf({ lendShare: 900_000 }))[0]?.amount).toBe("200");
});

test("LND-004: it holds a loan's value against its delegation, and lends no more than that", () => {
  const delegation = { ...sampleDelegation("lending"), available: "300" };
  const loans = loansOf(viewOf({ delegation }));
  // 0.95 of 300 is 285: 200 USDC, and 85 USDC of BTC at 60,000.
  expect(loans.map(({ amount }) => amount)).toEqual(["200", "0.00141666"]);
  const poor = { ...delegation, available: "5" };
  expect(loansOf(viewOf({ delegation: poor }))).toEqual([]);
});

test("LND-014: no loan is larger than its asset's largest, and none smaller than its smallest", () => {
  const bounded = configOf({ assets: [asset("USDC", "10", "50")] });
  expect(loansOf(viewOf(), bounded)[0]?.amount).toBe("50");
  const dust = configOf({ assets: [asset("USDC", "201", "1000")] });
  expect(loansOf(viewOf(), dust)).toEqual([]);
});

test("LND-005: an asset without a price is not lent", () => {
  const loans = loansOf(viewOf({ markets: [], holdings: [holding("BTC", "1")] }));
  expect(loans).toEqual([]);
  const unmarked = [{ ...sampleMarket("btc-perp", "0") }];
  expect(loansOf(viewOf({ markets: unmarked, holdings: [holding("BTC", "1")] }))).toEqual([]);
});

test("LND-006: it keeps a bounded number of loans, and asks for one of an asset at a time", () => {
  const many = Array.from({ length: 6 }, (_, i) => loan(`l-${i}`, "1"));
  expect(loansOf(viewOf({ loans: many }))).toEqual([]);
  const asked = viewOf({ loans: [loan("l-0", "10", { phase: "requested" })] });
  expect(loansOf(asked).map((body) => body.asset)).toEqual(["BTC"]);
});

test("LND-007: a loan that came back is lent again", () => {
  const all = viewOf({ holdings: [holding("USDC", "300", "200")], loans: [loan("l-0", "200")] });
  const before = decided(lendingStrategy, all, beginLending(), config);
  expect(before.intents).toEqual([]);
  const back = viewOf({ at: 5_000, holdings: [holding("USDC", "500")] });
  const after = decided(lendingStrategy, back, before.memory, config);
  expect(bodies(after, "OpenLoan")[0]?.amount).toBe("200");
});

test("LND-010: a loan that the fleet or the market refused is not asked for again at once", () => {
  const first = decided(lendingStrategy, viewOf(), beginLending(), config);
  const outcomes = refused(first.intents, "cap_exceeded");
  const after = decided(lendingStrategy, viewOf({ at: 2_000 }), first.memory, config, { outcomes });
  expect(after.intents).toEqual([]);
  // Taken by the fleet and gone from the view unopened: the market would not have it at that rate.
  const gone = decided(lendingStrategy, viewOf({ at: 3_000 }), first.memory, config);
  expect(gone.intents).toEqual([]);
  const later = decided(lendingStrategy, viewOf({ at: 33_000 }), gone.memory, config);
  expect(later.intents).toHaveLength(2);
});

test("LND-011: with nothing to lend it sits out and says so", () => {
  const decision = decided(lendingStrategy, viewOf({ holdings: [] }), beginLending(), config);
  expect(decision.rest).toBe("nothing idle may be lent at its least rate");
});

test("LND-012: always within the share of each holding, the wallet, and what is available", () => {
  const usdc = fc.integer({ min: 0, max: 2_000_000_000 }).map((micros) => String(micros / 1e6));
  fc.assert(
    fc.property(
      usdc,
      usdc,
      usdc,
      fc.integer({ min: 0, max: 1_000_000 }),
      (wallet, lent, available, share) => {
        const delegation = { ...sampleDelegation("lending"), available };
        const holdings = [holding("USDC", wallet, lent), holding("BTC", "0.5")];
        const given = configOf({ lendShare: share });
        let value = 0;
        for (const body of loansOf(viewOf({ delegation, holdings }), given)) {
          const amount = Number(body.amount);
          value += body.asset === "USDC" ? amount : amount * 60_000;
          if (body.asset !== "USDC") continue;
          const most = ((Number(wallet) + Number(lent)) * Math.min(share, 400_000)) / 1e6;
          expect(amount + Number(lent)).toBeLessThanOrEqual(most + 1e-6);
          expect(amount).toBeLessThanOrEqual(Number(wallet));
          expect(amount).toBeGreaterThanOrEqual(10);
        }
        expect(value).toBeLessThanOrEqual(Number(available));
      },
    ),
  );
});

test("LND-013: its config is strict", () => {
  expect(lendingConfig.safeParse({}).success).toBe(true);
  for (const bad of [
    { assets: [] },
    { assets: [asset("USDC", "1", "2"), asset("USDC", "1", "2")] },
    { assets: [asset("usdc", "1", "2")] },
    { lendShare: 1_000_001 },
    { lendShare: 0.4 },
    { share: 1 },
  ]) {
    expect(lendingConfig.safeParse(bad).success).toBe(false);
  }
});

test("LND-020: a holding that is kept for long is lent by its own bound, the 40 % rule's exception", () => {
  const holdings = [{ ...holding("USDC", "500"), lendShare: 900_000 }];
  expect(loansOf(viewOf({ holdings }))[0]?.amount).toBe("450");
  expect(loansOf(viewOf({ holdings: [{ ...holding("USDC", "500"), lendShare: 0 }] }))).toEqual([]);
});

test("LND-023: each asset may have a notice of its own", () => {
  const given = configOf({ assets: [{ ...asset("USDC", "10", "1000"), noticeMs: 5_000 }] });
  expect(loansOf(viewOf(), given)[0]?.noticeMs).toBe(5_000);
});

test("LND-024: it takes a job of data, one at a time, and delivers what its borrowers pay", () => {
  const job = { by: "escrow", job: "j-1", kind: "data", brief: "rates", amount: "0.05" } as const;
  const posted = { ...job, phase: "posted", taker: "", result: "", expiresAt: 9 } as const;
  const loans = [loan("a", "1", { rate: 94_000 }), loan("b", "1", { rate: 94_000 })];
  const intents = (jobs: AgentView["jobs"], more: Partial<AgentView> = {}, given = config) =>
    decided(lendingStrategy, viewOf({ jobs, loans, ...more }), beginLending(), given).intents;
  const work = (list: ReturnType<typeof intents>) =>
    list.filter(({ command }) => command.endsWith("Job"));
  expect(work(intents([posted]))).toEqual([
    { command: "TakeJob", body: { by: "escrow", job: "j-1" } },
  ]);
  const mine = { ...posted, phase: "taken", taker: "lending" } as const;
  expect(work(intents([posted, mine]))).toEqual([
    { command: "DeliverJob", body: { by: "escrow", job: "j-1", result: "USDC 9.40 %" } },
  ]);
  expect(work(intents([mine], { zone: "red" }))).toHaveLength(1);
  for (const none of [
    intents([{ ...posted, kind: "signal" }]),
    intents([{ ...posted, by: "lending" }]),
    intents([posted], { loans: [] }),
    intents([posted], { zone: "red" }),
    intents([posted], {}, configOf({ works: false })),
  ]) {
    expect(work(none)).toEqual([]);
  }
});

test("LND-026: what it delivers its buyer can read, however many loans of whatever assets it has", () => {
  const many = Array.from({ length: 40 }, (_, i) =>
    loan(`l${i}`, "1", {
      asset: i === 0 ? "X" : `COIN${"Q".repeat(i % 10)}${i}`,
      rate: 20_000 + i,
    }),
  );
  const loans = [loan("low", "1", { rate: 10_000 }), loan("high", "1", { rate: 90_000 }), ...many];
  const jobs: AgentView["jobs"] = [
    {
      ...{ by: "escrow", job: "j-1", kind: "data", brief: "rates", amount: "0.05" },
      ...{ phase: "taken", taker: "lending", result: "", expiresAt: 9 },
    },
  ];
  const { intents } = decided(lendingStrategy, viewOf({ jobs, loans }), beginLending(), config);
  const said = intents.flatMap((one) => (one.command === "DeliverJob" ? [one.body.result] : []));
  expect(said).toHaveLength(1);
  const [result = ""] = said;
  expect(result.length).toBeLessThanOrEqual(200);
  const holdings = loans.map((one) => holding(one.asset, "1"));
  const heard = readingOf({ kind: "data", result }, viewOf({ holdings }));
  // Of several loans of one asset the dearest; of the assets as many as fit.
  expect(heard).toMatchObject({ ok: true, says: { USDC: 9, X: 2 } });
  expect(Object.keys(heard.ok ? heard.says : {}).length).toBeGreaterThan(8);
});
