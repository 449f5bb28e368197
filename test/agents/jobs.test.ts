/** Work for other agents: a trader tells its sides, and the buyer reads what it pays for. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { escrowConfig } from "../../agents/escrow/config.ts";
import { beginEscrow, escrowStrategy } from "../../agents/escrow/strategy.ts";
import { tradingStrategy } from "../../agents/trading/strategy.ts";
import { signalText } from "../../agents/trading/works.ts";
import type { JobView } from "../../src/protocol/job-views.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import { type Reading, readingOf } from "../../src/sdk/job-reading.ts";
import { sampleMarket, sampleView } from "../../src/sdk/sample-view.ts";
import { bodies, decided } from "./context.ts";
import { configOf, MARKETS, RISE, viewAt, warmed } from "./trading-given.ts";

/** What a reader of a fleet with these markets and assets makes of a result; {}: it refuses it. */
function saysOf(kind: "data" | "signal", result: string, names = MARKETS): Reading {
  const markets = names.map((name) => sampleMarket(name, "1"));
  const heard = readingOf({ kind, result }, sampleView("escrow", { markets }));
  return heard.ok ? heard.says : {};
}

const posted: JobView = {
  by: "escrow",
  job: "j-1",
  kind: "signal",
  brief: "sides",
  amount: "0.05",
  phase: "posted",
  taker: "",
  result: "",
  expiresAt: 9,
};
const taken: JobView = { ...posted, phase: "taken", taker: "trading" };
const worksAt = (jobs: AgentView["jobs"], more: Partial<AgentView> = {}, config = configOf()) =>
  decided(tradingStrategy, viewAt(31_000, RISE, { jobs, ...more }), warmed(30, RISE), config)
    .intents.filter(({ command }) => command.endsWith("Job"))
    .map(({ command, body }) => [command, body]);

test("TRD-040: a trader takes a job of signals, one at a time, and delivers its side of each market", () => {
  expect(worksAt([posted])).toEqual([["TakeJob", { by: "escrow", job: "j-1" }]]);
  const [[command, body] = [], ...more] = worksAt([posted, taken]);
  expect([command, more]).toEqual(["DeliverJob", []]);
  const said = saysOf("signal", (body as { result: string }).result);
  expect(Object.keys(said)).toEqual(["btc-perp", "eth-perp"]);
  for (const side of Object.values(said)) expect(side).toBeGreaterThan(0);
  for (const none of [
    worksAt([{ ...posted, kind: "data" }]),
    worksAt([{ ...posted, by: "trading" }]),
    worksAt([posted], { zone: "orange" }),
    worksAt([posted], {}, configOf({ works: false })),
  ])
    expect(none).toEqual([]);
});

test("TRD-041: always a signal is read as it was meant, whole markets only, within a result's length", () => {
  const wish = fc.record({
    side: fc.constantFrom(-1 as const, 0 as const, 1 as const),
    strength: fc.double({ min: 0.0001, max: 1, noNaN: true }),
    note: fc.constant(""),
  });
  const market = fc.stringMatching(/^[a-z][a-z0-9]{1,8}-perp$/);
  fc.assert(
    fc.property(fc.dictionary(market, wish, { minKeys: 1, maxKeys: 20 }), (wishes) => {
      const result = signalText(wishes);
      expect(result.length).toBeLessThanOrEqual(200);
      const read = saysOf("signal", result, Object.keys(wishes));
      expect(Object.keys(read).length).toBeGreaterThan(0);
      for (const [name, side] of Object.entries(read))
        expect(Math.sign(side)).toBe(Math.sign(wishes[name]?.side ?? 9));
    }),
  );
});

const done = (kind: JobView["kind"], result: string): JobView => ({
  ...posted,
  ...{ kind, result, taker: "x" },
  phase: "delivered",
});
const escrowAt = (at: number, jobs: AgentView["jobs"] = []) =>
  sampleView("escrow", {
    ...{ at, jobs },
    markets: ["btc-perp", "eth-perp", "bnb-perp"].map((id) => sampleMarket(id, "1")),
    holdings: ["USDC", "BTC"].map((asset) => ({ asset, wallet: "1", lent: "0" })),
  });

test("ESA-024: what a job delivered is read by its kind, kept, and paid; what cannot be so is refused", () => {
  const config = escrowConfig.parse({ buy: [], sell: [] });
  const look = (kind: "data" | "signal", result: string) =>
    decided(escrowStrategy, escrowAt(2_000, [done(kind, result)]), beginEscrow(), config);
  const rates = look("data", "USDC 9.40 %, BTC 2.00 %");
  expect(bodies(rates, "AcceptJob")).toEqual([{ job: "j-1" }]);
  expect(rates.memory.read["data"]).toEqual({ at: 2_000, says: { USDC: 9.4, BTC: 2 } });
  const sides = look("signal", "btc-perp long 60 %, eth-perp flat, bnb-perp short 5 %");
  expect(sides.memory.read["signal"]?.says).toEqual({
    ...{ "btc-perp": 60, "eth-perp": 0, "bnb-perp": -5 },
  });
  const cannotBe = [
    ["data", "", "it does not say what a job of kind data is for"],
    ["data", "lorem ipsum", "it does not say"],
    ["data", "USDC 9.40 %, and more", "it does not say"],
    ["data", "USDC 1000.1 %", "it does not say"],
    ["data", "USDC 9.40 %, USDC 1.00 %", "it names USDC twice"],
    ["data", "MOON 9.40 %", "the fleet has no MOON"],
    ["signal", "USDC 9.40 %", "it does not say"],
    ["signal", "btc-perp long 101 %", "it does not say"],
    ["signal", "btc-perp short 0 %", "it does not say"],
    ["signal", "btc-perp long", "it does not say"],
    ["signal", "btc-perp flat 5 %", "it does not say"],
    ["signal", "btc-perp long 60 %, btc-perp short 60 %", "it names btc-perp twice"],
    ["signal", "doge-perp long 60 %", "the fleet has no doge-perp"],
  ] as const;
  for (const [kind, result, why] of cannotBe) {
    const bad = look(kind, result);
    expect(bodies(bad, "RejectJob"), result).toEqual([
      { job: "j-1", reason: expect.stringMatching(new RegExp(`^${why}`)) },
    ]);
    expect(bodies(bad, "AcceptJob")).toEqual([]);
    expect(bad.memory.read).toEqual({});
  }
});

test("ESA-025: a sale that needs a job's result is made while that is fresh, and not before or after", () => {
  const deal = { counterparty: "out-a", amount: "5", timeoutMs: 9_000, description: "sides" };
  const sell = [{ ...deal, needs: "signal" as const }];
  const config = escrowConfig.parse({ buy: [], jobs: [], sell, everyMs: 0, freshMs: 10_000 });
  const look = (at: number, memory = beginEscrow(), jobs: AgentView["jobs"] = []) =>
    decided(escrowStrategy, escrowAt(at, jobs), memory, config);
  expect(bodies(look(1_000), "OpenEscrow")).toEqual([]);
  const other = look(1_000, beginEscrow(), [done("data", "USDC 9.40 %")]);
  expect(bodies(other, "OpenEscrow")).toEqual([]);
  const read = look(1_000, beginEscrow(), [done("signal", "btc-perp long 60 %")]);
  expect(bodies(read, "OpenEscrow")).toMatchObject([deal]);
  expect(bodies(read, "OpenEscrow")[0]).not.toHaveProperty("needs");
  expect(bodies(look(11_000, read.memory), "OpenEscrow")).toHaveLength(1);
  expect(bodies(look(11_001, read.memory), "OpenEscrow")).toEqual([]);
});
