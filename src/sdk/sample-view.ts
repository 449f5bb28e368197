/** A plain view to start a test of a strategy from: one delegation, nothing open. */
import type { AgentView, DelegationView, MarketView } from "../protocol/views.ts";
import type { Service } from "../protocol/words.ts";

/** 1,000 USDC for one service at 5x, leased for a minute from `at`. */
export const sampleDelegation = (service: Service, at = 0): DelegationView => ({
  phase: "active",
  cap: "1000",
  reserved: "0",
  available: "1000",
  services: [service],
  maxLeverage: 5_000_000,
  priority: 1,
  mode: "isolated",
  floor: "0",
  expiresAt: at + 60_000,
  closeAt: undefined,
});

export const sampleMarket = (market: string, mark: string, markAt = 0): MarketView => ({
  market,
  base: market.slice(0, market.indexOf("-")).toUpperCase(),
  mark,
  markAt,
  lot: "0.0001",
  tick: "0.01",
  minNotional: "10",
  maxNotional: "100000",
  maxLeverage: 20_000_000,
  takerFee: 500,
});

export const sampleView = (service: Service, part: Partial<AgentView> = {}): AgentView => ({
  fleet: "demo",
  agent: service,
  seq: 1,
  at: 0,
  zone: "green",
  mode: "run",
  delegation: sampleDelegation(service, part.at ?? 0),
  margin: {
    ...{ equity: "1000", maintenance: "0", maintenanceRatio: 0, utilization: 0 },
    ...{ zone: part.zone ?? "green", calls: [], duties: [] },
  },
  reservations: [],
  orders: [],
  positions: [],
  bets: [],
  escrows: [],
  loans: [],
  domains: [],
  search: undefined,
  jobs: [],
  markets: [],
  holdings: [],
  lendShare: 400_000,
  casino: { seedHash: "", revealed: [] },
  pnl: {},
  ...part,
});
