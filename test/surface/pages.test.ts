/** The pages that people read of a fleet: its status, and its agents. */
import pc from "picocolors";
import { describe, expect, test } from "vitest";
import type { StatusView } from "../../src/protocol/views.ts";
import type { AtFault } from "../../src/protocol/words.ts";
import { agentsTable, statusLine, statusPage } from "../../src/surface/cli/status-text.ts";
import { NOON } from "./events.ts";

const PLAIN = pc.createColors(false);

const line = {
  phase: "active",
  mode: "run",
  cap: "4200",
  reserved: "531.2",
  openOrders: 0,
} as const;
/** A row of the attribution: results by kind, and what they come to. */
const part = (
  ...[trading, fees, funding, casino, unrealized]: readonly [string, string, string, string, string]
) => {
  const booked = [trading, fees, funding, casino].reduce((sum, one) => sum + Number(one), 0);
  return {
    results: { trading, fees, funding, casino, interest: "0" },
    ...{ coins: "0", earned: {} },
    ...{ realized: String(booked), unrealized, pnl: String(booked + Number(unrealized)) },
    ...{ pnlWeek: String(booked), marginCost: "3.5", marginCostPerDay: "0.10624" },
  };
};
const VIEW: StatusView = {
  ...{ fleet: "demo", seq: 521, at: NOON, epoch: 2, leader: "host/1/2/3", mode: "run" },
  ...{ haltEpoch: 0, zone: "green", utilization: 125_953, collateral: "17428.21156" },
  stableShare: 571_973,
  ...{ reserved: "2195.125804", committed: "11700", dryPowder: "2614.23", covered: true },
  ...{ booksAgree: true, conserved: true, outstandingEffects: 1, unresolvedEffects: 0 },
  ...{ turns: 1_570, rejections: 3, counts: {} },
  wallet: [
    { asset: "USDC", wallet: "9668.484462", lent: "300" },
    { asset: "BTC", wallet: "0.05", lent: "0" },
  ],
  agents: [
    {
      ...line,
      agent: "trading",
      realized: "-2.5",
      unrealized: "0.25",
      positions: 1,
      expiresAt: NOON + 42_000,
    },
    {
      ...line,
      agent: "casino",
      realized: "2.666",
      unrealized: "0",
      positions: 0,
      expiresAt: NOON - 1,
    },
  ],
  margin: {
    ...{ equity: "17428.46156", maintenance: "2.24", maintenanceRatio: 129, zone: "green" },
    ...{ utilization: 125_953, equityRatio: 77_586_000, calls: [], duties: [] },
  },
  attribution: {
    lines: [
      {
        ...{ agent: "trading", ...part("-2", "-0.75", "0.25", "0", "0.25"), valueAtRisk: "14.5" },
        ...{ leverage: 2_100_000, leverageOverTime: 1_750_000 },
      },
      { agent: "casino", ...part("0", "0", "0", "2.666", "0"), valueAtRisk: "0" },
    ],
    total: {
      ...part("-2", "-0.75", "0.25", "2.666", "0.25"),
      ...{ valueAtRisk: "14.5", leverage: 2_100_000, leverageOverTime: 1_750_000 },
    },
    marginRate: 73_000,
    together: [
      { service: "casino", hours: 168 },
      { service: "lending", hours: 168, correlation: -0.2, low: -0.34, high: -0.05 },
    ],
    wallet: {
      ...{ owned: "10000.166", deposited: "10000", results: "0.166", coins: [] },
      marginCost: "3.5",
    },
  },
  positions: [
    {
      agent: "trading",
      market: "btc-perp",
      qty: "-0.0033",
      mark: "68070.7",
      unrealized: "0.25",
      phase: "protected",
    },
  ],
  process: {
    ...{ headSeq: 521, headHash: "ab".repeat(32), p50Ms: 0.4, p99Ms: 7.2, refusedAtDoor: {} },
    ...{ booksEqualThrough: 90, reportsThrough: 90, marketAt: NOON, pid: 77 },
  },
} as StatusView;

describe("status", () => {
  test("CLI-080: one line sums the fleet up", () => {
    expect(statusLine(VIEW, PLAIN)).toMatchInlineSnapshot(
      `"── market 04-12 12:00 · collateral 17,428.21 · reserved 2,195.13 = 12.6 % green · 1 position · P&L +0.416: trading -2.25  casino +2.67"`,
    );
  });

  test("CLI-081: a mode other than run stands at its end", () => {
    expect(statusLine({ ...VIEW, mode: "halt" }, PLAIN)).toMatch(/ · mode halt$/);
  });

  test("CLI-094: the page says who is held, and why", () => {
    const reason =
      "contained: it claims again and again what the books contradict (50 times within 60 s)";
    const kill = { scope: "casino", mode: "reduce", epoch: 3, reason, flat: false } as const;
    const view: StatusView = { ...VIEW, kills: [{ ...kill, positions: 0, orders: 0 }] };
    expect(statusPage(view, PLAIN)).toContain(`  held        casino is in mode reduce: ${reason}`);
    expect(statusPage(VIEW, PLAIN).some((line) => line.startsWith("  held"))).toBe(false);
  });

  test("CLI-127: the page says which sources of a price are not believed, and which price is uncertain", () => {
    const said = { source: "venue", price: "6500", heardAt: NOON - 2_000, doubts: 3 };
    const fair = { source: "index-a", price: "10000", doubts: 0, quarantined: false };
    const btc = {
      ...{ market: "btc-perp", mark: "10000", uncertain: false },
      sources: [
        { ...said, quarantined: true },
        { ...fair, heardAt: NOON },
      ],
    };
    const eth = { ...btc, market: "eth-perp", sources: [{ ...fair, heardAt: NOON }] };
    const linesOf = (view: StatusView): readonly string[] =>
      statusPage(view, PLAIN).filter((line) => line.includes("prices "));
    expect(linesOf({ ...VIEW, prices: [btc, { ...eth, uncertain: true }] })).toEqual([
      "  prices      all sources agree on 0 markets of 2",
      "  prices      BTC at 10,000.00: venue 6,500.00 (2 s ago, counts no more), index-a 10,000.00 (0 ms ago)",
      "  prices      ETH is uncertain, nothing opens: index-a 10,000.00 (0 ms ago)",
    ]);
    expect(linesOf({ ...VIEW, prices: [eth] })).toHaveLength(1);
    expect(linesOf(VIEW)).toEqual([]);
  });

  test("CLI-122: the page says whose bets no seed has proven, and nothing where all are", () => {
    const [agent, ...others] = VIEW.agents;
    if (agent === undefined) throw new Error("the view has agents");
    const view: StatusView = { ...VIEW, agents: [{ ...agent, unproven: 2 }, ...others] };
    const line = `  casino      2 bets of ${agent.agent} unproven: no seed came in time`;
    expect(statusPage(view, PLAIN)).toContain(line);
    expect(statusPage(VIEW, PLAIN).some((text) => text.includes("unproven"))).toBe(false);
  });

  test("CLI-123: the page says who may bet no more, or that nobody may, and what ends that", () => {
    const [agent, ...others] = VIEW.agents;
    if (agent === undefined) throw new Error("the view has agents");
    const pageOf = (atFault: AtFault): string => {
      const held = { bet: "b-1", atFault, reason: "roll-mismatch" };
      return statusPage({ ...VIEW, agents: [{ ...agent, held }, ...others] }, PLAIN).join("\n");
    };
    const name = agent.agent;
    const ends = `(roll-mismatch); flotilla resume ${name} ends that`;
    expect(pageOf("house")).toContain(`nobody may bet, for b-1 of ${name}: the house lied ${ends}`);
    expect(pageOf("agent")).toContain(`${name} may bet no more, for b-1: the agent lied ${ends}`);
  });

  test("CLI-126: the page says of how many seeds the house drew more than it told", () => {
    const view: StatusView = { ...VIEW, counts: { ...VIEW.counts, SeedDrawsUntold: 2 } };
    const line = "  casino      the house drew more than it told, at the end of a seed, 2 times";
    expect(statusPage(view, PLAIN)).toContain(line);
    expect(statusPage(VIEW, PLAIN).join("\n")).not.toContain("than it told");
  });

  test("CLI-117: the page says which rules wait, for how long, and what holds meanwhile", () => {
    const rule = { rule: "dryPowder", holds: "200000", to: "0", effectiveAt: VIEW.at + 60_000 };
    const none = { rule: "varLimit", holds: "250000", to: "", effectiveAt: VIEW.at + 90_000 };
    const page = statusPage({ ...VIEW, waitingRules: [rule, none] }, PLAIN);
    expect(page).toContain("  waits       dryPowder stays 200000 for 60 s, on its way to 0");
    expect(page).toContain("  waits       varLimit stays 250000 for 90 s, on its way to none");
    expect(statusPage(VIEW, PLAIN).some((line) => line.startsWith("  waits"))).toBe(false);
  });

  test("CLI-082: the page has all that an operator asks for first", () => {
    expect(statusPage(VIEW, PLAIN).join("\n")).toMatchInlineSnapshot(`
      "fleet demo · mode run · market time 2024-04-12 12:00 UTC
        collateral  17,428.21 USDC after haircuts; 2,614.23 kept dry
        committed   11,700.00 to agents, covered
        reserved    2,195.13, 12.6 % of collateral: green
        margin      equity 17,428.46, 7758.6 % of what is held; maintenance 2.24, 0.0 % of equity
        wallet      9,668.484462 USDC (+ 300 lent), 0.05 BTC
        stablecoins 57.2 % of the collateral
        effects     1 under way
        books       every asset sums to zero; equal to the venue's as of report 90
        decisions   1,570 (3 refused), p50 0.4 ms, p99 7.2 ms
        journal     message 521, head abababababababab
        leader      host/1/2/3, epoch 2, pid 77

      agent    delegation  mode       cap  reserved  realized  unrealized  positions  orders  lease left
      trading  active      run   4,200.00    531.20     -2.50       +0.25          1       0        42 s
      casino   active      run   4,200.00    531.20     +2.67        0.00          0       0        over

      results  trading   fees  funding  other  in coins  unrealized     P&L  7 days  margin cost  a day now  leverage  over time  of VaR
      trading    -2.00  -0.75    +0.25   0.00      0.00       +0.25   -2.25   -2.50         3.50     0.1062      2.1x      1.75x   14.50
      casino      0.00   0.00     0.00  +2.67      0.00        0.00   +2.67   +2.67         3.50     0.1062         -          -    0.00
      all        -2.00  -0.75    +0.25  +2.67      0.00       +0.25  +0.416  +0.166         3.50     0.1062      2.1x      1.75x   14.50
      USDC owned 10,000.17 = 10,000.00 deposited +0.166 results; margin costs 7.30 % a year
      P&L +0.416 = +0.166 USDC results 0.00 in coins +0.25 unrealized
      margin has cost 3.50, forgone and not paid: no part of the P&L
      correlation with trading over 168 hours: lending -0.20 (-0.34 to -0.05)

      position  agent    quantity       mark  unrealized  phase
      BTC       trading   -0.0033  68,070.70       +0.25  protected"
    `);
  });

  test("CLI-130: how much is stablecoins stands on the page, and what is asked for where it is", () => {
    const { stableShare: _, ...bare } = VIEW;
    const rowOf = (share: object, paint = PLAIN) =>
      statusPage({ ...bare, ...share }, paint).find((row) => row.startsWith("  stablecoins"));
    expect(rowOf({})).toBe("  stablecoins no collateral");
    expect(rowOf({ stableShare: 600_000 })).toBe("  stablecoins 60.0 % of the collateral");
    const asked = { stableShare: 471_698, stableShareMin: 500_000 };
    expect(rowOf(asked)).toBe("  stablecoins 47.2 % of the collateral, 50.0 % asked");
    const colours = pc.createColors(true);
    expect(rowOf(asked, colours)).toContain(
      colours.yellow("47.2 % of the collateral, 50.0 % asked"),
    );
    const enough = { ...asked, stableShare: 500_000 };
    expect(rowOf(enough, colours)).toBe("  stablecoins 50.0 % of the collateral, 50.0 % asked");
  });

  test("CLI-079: an open call and the duties in force stand on the page, the call in the line too", () => {
    const call = { agent: "fleet", call: "call-3", phase: "called", shortfall: "294.8" } as const;
    const margin = {
      ...VIEW.margin,
      calls: [
        { ...call, deadline: NOON + 240_000 },
        { ...call, call: "call-4", agent: "casino", phase: "liquidating", deadline: NOON },
      ],
      duties: [
        { duty: "no-new-risk", agent: "fleet", says: "red: nothing that opens is taken" },
        { duty: "soft-stop", agent: "trading", says: "btc-perp is near its hard stop" },
      ],
    } as const;
    const page = statusPage({ ...VIEW, margin }, PLAIN);
    expect(page.filter((line) => /^ {2}(call|duty|margin)/.test(line))).toEqual([
      "  margin      equity 17,428.46, 7758.6 % of what is held; maintenance 2.24, 0.0 % of equity",
      "  call        call-3 of fleet: called, short 294.80, 4 min left",
      "  call        call-4 of casino: liquidating, short 294.80",
      "  duty        no-new-risk: red: nothing that opens is taken",
      "  duty        soft-stop of trading: btc-perp is near its hard stop",
    ]);
    expect(statusLine({ ...VIEW, margin }, PLAIN)).toMatch(/call-3 called · call-4 liquidating$/);
  });

  test("CLI-083: what is wrong is said, not only coloured", () => {
    const wrong = {
      ...VIEW,
      conserved: false,
      booksAgree: false,
      covered: false,
      unresolvedEffects: 1,
    };
    const page = statusPage(wrong, PLAIN).join("\n");
    for (const words of [
      "does not sum to zero",
      "the venue's differ",
      "not covered",
      "1 in doubt",
    ]) {
      expect(page).toContain(words);
    }
  });

  test("CLI-084: a lease that is over says so", () => {
    expect(agentsTable(VIEW, PLAIN).at(-1)).toMatch(/ over$/);
  });
});
