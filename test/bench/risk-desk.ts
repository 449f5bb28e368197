/** What the desk costs the loop: an order's estimate, a snapshot, and its slow part, in a large fleet. */
import { assert } from "../../src/core/assert.ts";
import { agentId, type Id, marketId } from "../../src/core/ids.ts";
import { formatDecimal, micro, price, qty } from "../../src/core/money.ts";
import { millis } from "../../src/core/time.ts";
import { flatPosition } from "../../src/fleet/positions.ts";
import { emptyState, type FleetState, keyOf } from "../../src/fleet/state.ts";
import { takeTurn } from "../../src/fleet/turn.ts";
import type { CommandOf } from "../../src/protocol/turns.ts";
import { parseFleetFile } from "../../src/runtime/fleet-file.ts";
import { RiskDesk } from "../../src/runtime/risk-desk.ts";
import { loadHistory } from "../../src/venue/paper/history.ts";
import { type BenchRow, percentile } from "./rows.ts";

const MARKETS = 275;
const AGENTS = 1_000;
const EACH = 5;
const BASES = ["BTC", "ETH", "BNB", "XRP", "DOGE", "ADA", "AVAX", "LINK", "SOL"] as const;

const MARKET = {
  ...{ lot: "0.001", tick: "0.01", minNotional: "10", maxNotional: "100000" },
  ...{ maxLeverage: 20_000_000, takerFee: 500 },
  tiers: [
    { upTo: "100000", initial: 20_000, maintenance: 10_000 },
    { initial: 50_000, maintenance: 25_000 },
  ],
};
const markets = Array.from({ length: MARKETS }, (_, i) => ({
  ...{ market: `m${i}-perp`, base: BASES[i % BASES.length], ...MARKET },
}));

/** A fleet file of the demo's rules with many markets. */
const fileOf = (demo: string) =>
  parseFleetFile(
    "bench.json",
    JSON.stringify({
      ...(JSON.parse(demo) as object),
      ...{ markets, agents: [], deposits: [], assets: [{ asset: "USDC", haircut: 0 }] },
    }),
  );

/** Positions are laid down where fills would have brought them. */
function fleetOf(file: ReturnType<typeof fileOf>): FleetState {
  const state = emptyState(file.fleet);
  const stamp = { id: "" as Id, from: agentId("fleet"), at: millis(1), exp: millis(2), print: 0 };
  const { policy, policyHash } = file;
  const place = { seq: 1, turn: 0 };
  takeTurn(state, { type: "Configure", stamp, body: { policy, policyHash } }, place);
  let i = 0;
  for (const market of state.markets.values())
    market.mark = price(BigInt(1_000_000_000 * (1 + i++)));
  for (let agent = 0; agent < AGENTS; agent += 1) {
    const name = agentId(`a${agent}`);
    for (let k = 0; k < EACH; k += 1) {
      const market = marketId(`m${(agent * 7 + k * 53) % MARKETS}-perp`);
      const size = qty(BigInt((agent + k) % 2 === 0 ? 100_000_000 : -70_000_000));
      state.positions.set(keyOf(name, market), { ...flatPosition(name, market), qty: size });
    }
  }
  state.collateral = micro(1_000_000_000_000n);
  return state;
}

function timed(name: string, count: number, work: (i: number) => unknown): BenchRow {
  for (let i = 0; i < count / 5; i += 1) work(i);
  const spent: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const begun = performance.now();
    work(i);
    spent.push(performance.now() - begun);
  }
  const p50 = percentile(spent, 0.5);
  return { name, value: p50, unit: "ms", p50, p99: percentile(spent, 0.99) };
}

/** About a second. @param demo the text of the demo's fleet file. */
export function riskDesk(demo: string): readonly BenchRow[] {
  const file = fileOf(demo);
  const state = fleetOf(file);
  const desk = new RiskDesk(loadHistory(file.risk.history), file.risk);
  desk.follow(state);
  const told = desk.measures(state, 0);
  assert(told?.tails !== undefined, "the bench fleet is measured");
  const order = {
    type: "PlaceOrder",
    body: { market: marketId("m7-perp"), side: "buy", qty: qty(100_000_000n) },
  } as unknown as CommandOf<"PlaceOrder">;
  const size = `${MARKETS} markets, ${formatDecimal(BigInt(AGENTS * EACH), 0)} positions`;
  const rough: FleetState = { ...state, regime: "sell-off", frozen: true };
  return [
    timed(`an order's estimate, ${size}`, 2_000, () => desk.estimate(state, order)),
    timed(`the same in a sell-off, ${size}`, 2_000, () => desk.estimate(rough, order)),
    timed(`a snapshot, ${size}`, 300, () => desk.measures(state, 1)),
    timed(`a snapshot with its slow part, ${size}`, 100, (i) =>
      desk.measures(state, 5_001 * (i + 1)),
    ),
    timed(`the desk made anew, ${size}`, 20, () => desk.follow(state)),
  ];
}
