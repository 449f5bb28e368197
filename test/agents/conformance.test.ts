/** Each strategy and each game lives through the conformance suite. */
import { describe, test } from "vitest";
import { casino } from "../../agents/casino/actor.ts";
import { trading } from "../../agents/trading/actor.ts";
import { STRATEGIES } from "../../agents/trading/config.ts";
import { testSpecialist } from "../../src/sdk/conformance.ts";
import { sampleMarket } from "../../src/sdk/sample-view.ts";

/** Half of the usual: long enough for each to act, and there are many of them. */
const RUN_MS = 30_000;

/** Markets whose funding lies far apart, so that there is carry to take. */
const MARKETS = [
  { ...sampleMarket("btc-perp", "60000"), funding: 900_000 },
  { ...sampleMarket("eth-perp", "3000"), funding: -300_000 },
].map((market) => ({ ...market, tiers: [{ initial: 20_000, maintenance: 10_000 }] }));
const markets = MARKETS.map(({ market }) => market);

describe.each(STRATEGIES)("conformance of trading by %s", (strategy) => {
  const config = { strategy, markets, intervalMs: 1_000, reversion: { enter: 1 }, offerMs: 2_000 };
  for (const { name, run } of testSpecialist(trading, {
    config,
    runMs: RUN_MS,
    view: { markets: MARKETS },
  })) {
    test(name, run);
  }
});

describe.each(["beta", "market"] as const)(
  "conformance of trading by pairs, hedged by %s",
  (hedge) => {
    const third = {
      ...sampleMarket("bnb-perp", "600"),
      tiers: [{ initial: 20_000, maintenance: 10_000 }],
    };
    const all = [...MARKETS, third];
    const config = {
      ...{
        strategy: "pair",
        markets: [...markets, "bnb-perp"],
        intervalMs: 1_000,
        reversion: { enter: 1 },
      },
      // The suite's prices walk each by itself: with the usual bounds it would refuse to trade them.
      pair: { hedge, maxError: 1, minFit: 0, minRatio: 0.001, maxRatio: 1_000 },
    };
    for (const { name, run } of testSpecialist(trading, {
      config,
      runMs: RUN_MS,
      view: { markets: all },
    })) {
      test(name, run);
    }
  },
);

describe("conformance of trading by carry against holdings", () => {
  const carry = { against: "holdings" };
  const config = { strategy: "carry", markets, intervalMs: 1_000, carry };
  for (const { name, run } of testSpecialist(trading, {
    config,
    runMs: RUN_MS,
    view: { markets: MARKETS },
  })) {
    test(name, run);
  }
});

const GAMES = [
  ["dice-rebate", { direction: "over", threshold: 20 }, "1.275"],
  ["coin-flip-rebate", { side: "tails" }, "2.04"],
  ["roulette-rebate", { bet_type: "red" }, "2.09"],
  ["crash-rebate", { cash_out_at: 1.5 }, "1.5"],
  ["custom-rebate", { win_probability: 80 }, "1.275"],
] as const;

describe.each(GAMES)("conformance of the casino at %s", (game, params, pays) => {
  const config = { games: [{ game, params, pays, maxStake: "20" }], ruleWeight: 100_000 };
  for (const { name, run } of testSpecialist(casino, { config, runMs: RUN_MS })) test(name, run);
});

test.each([
  ["dice", { direction: "over", threshold: 50 }, "1.99"],
  ["roulette", { bet_type: "number", bet_value: 0 }, "34.825"],
  ["crash", { cash_out_at: 10 }, "10"],
  ["custom", { win_probability: 99 }, "1.0051"],
  ["coin-flip", { side: "heads" }, "1.99"],
] as const)(
  "CNF-020: the casino sits out at %s, where the house has the edge",
  async (game, params, pays) => {
    const config = { games: [{ game, params, pays, maxStake: "20" }] };
    const checks = testSpecialist(casino, { config });
    const works = checks.find(({ name }) => name.startsWith("in fair weather"));
    const fault = await works?.run().catch((error: Error) => error.message);
    if (typeof fault !== "string" || !/it did nothing in .*no edge/.test(fault)) {
      throw new Error(`it played, or did not say why not: ${String(fault)}`);
    }
  },
);
