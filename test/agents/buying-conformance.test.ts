/** Agents that buy live through the conformance suite as those do that buy nothing. */
import { describe, test } from "vitest";
import { lending } from "../../agents/lending/actor.ts";
import { trading } from "../../agents/trading/actor.ts";
import { testSpecialist } from "../../src/sdk/conformance.ts";
import { sampleMarket } from "../../src/sdk/sample-view.ts";

const RUN_MS = 30_000;
const MARKETS = ["btc-perp", "eth-perp"].map((id, i) => ({
  ...sampleMarket(id, i === 0 ? "60000" : "3000"),
  tiers: [{ initial: 20_000, maintenance: 10_000 }],
}));
const buys = { perDay: "1", everyMs: 5_000 };

describe("conformance of a trader that buys signals", () => {
  const config = { markets: MARKETS.map(({ market }) => market), intervalMs: 1_000, buys };
  const options = { config, runMs: RUN_MS, view: { markets: MARKETS } };
  for (const { name, run } of testSpecialist(trading, options)) test(name, run);
});

describe("conformance of a lender that buys rates", () => {
  const holdings = [{ asset: "USDC", wallet: "1000", lent: "0" }];
  const options = { config: { buys }, runMs: RUN_MS, view: { holdings } };
  for (const { name, run } of testSpecialist(lending, options)) test(name, run);
});
