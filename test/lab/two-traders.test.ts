/** Two traders on the same markets in the whole composition: coordinator, broker, venue, specialists. */
import { expect, test } from "vitest";
import { AgentHost } from "../../src/lab/agent-host.ts";
import { optionsOf } from "../../src/lab/options.ts";
import { CAST } from "../../src/lab/plan.ts";
import { World } from "../../src/lab/world.ts";
import { ROSTER } from "../../src/runtime/roster.ts";

const MARKETS = ["btc-perp", "eth-perp", "xrp-perp"];

/** The simulated fleet with a contrarian beside the trend follower, on the same three markets. */
function contrarians(seed: number, minutes: number): World {
  const world = new World(optionsOf(seed, { faults: [], mode: "liveness", minutes }));
  const { time, broker, file } = world;
  const start = ROSTER.get("trading");
  if (start === undefined) throw new Error("the roster has a trader");
  for (const [i, strategy] of (["trend", "reversion"] as const).entries()) {
    const agent = `trend-${i + 1}`;
    const cast = CAST.find((one) => one.agent === agent);
    const timeScale = world.options.speed;
    const config = { ...cast?.config, strategy, markets: MARKETS, timeScale, offerMs: 120_000 };
    const own = { ...config, reversion: { enter: 0.4, exit: 0 } };
    const fleet = file.fleet;
    world.agents[i] = new AgentHost({ agent, start, config: own, seed: i, fleet, time, broker });
  }
  return world;
}

test("TWO-001: two traders keep books of their own whose sum is the venue's position, to the unit", {
  timeout: 120_000,
}, async () => {
  const world = contrarians(6, 60);
  const { checker, platform, time } = world;
  const seen = { compared: 0, shared: 0, opposite: 0 };
  try {
    world.start();
    await time.run(60 * 60_000, () => {
      const { law } = checker;
      const venue = platform.snapshot();
      // Only as of the same report do two books say the same thing.
      if (law.reportsThrough !== venue.seq || law.reportsThrough === 0) return true;
      const sums = new Map<string, bigint>();
      const signs = new Map<string, Set<boolean>>();
      const holders = new Map<string, number>();
      for (const { market, qty } of law.positions.values()) {
        if (qty === 0n) continue;
        sums.set(market, (sums.get(market) ?? 0n) + qty);
        signs.set(market, (signs.get(market) ?? new Set()).add(qty > 0n));
        holders.set(market, (holders.get(market) ?? 0) + 1);
      }
      for (const market of MARKETS) {
        const held = [...venue.positions].find(([id]) => id === market)?.[1].qty ?? 0n;
        expect(sums.get(market) ?? 0n, market).toBe(held);
        if ((holders.get(market) ?? 0) > 1) seen.shared += 1;
        if ((signs.get(market)?.size ?? 0) > 1) seen.opposite += 1;
      }
      seen.compared += 1;
      return checker.breaches.length === 0;
    });
    expect(checker.breaches).toEqual([]);
    expect(seen.compared).toBeGreaterThan(100);
    expect(seen.shared).toBeGreaterThan(10);
    expect(seen.opposite).toBeGreaterThan(10);
    const { counts } = checker.law;
    // Now and then both want out at once: they close against each other, and the venue never hears of it.
    expect(counts.get("SettlementOffered") ?? 0).toBeGreaterThan(0);
    expect(counts.get("PositionsCrossed") ?? 0).toBeGreaterThan(0);
  } finally {
    await world.close();
  }
});
