/** What a tick costs: fleet VaR kept incrementally, against a plain recompute and against numpy. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { assert } from "../../src/core/assert.ts";
import { type Ppm, ppm } from "../../src/core/ppm.ts";
import {
  createFleetVar,
  type FleetVar,
  setMark,
  setPosition,
  setScenarios,
} from "../../src/risk/fleet-var.ts";
import { allAgentVar, fleetComponents, fleetVar } from "../../src/risk/fleet-var-measures.ts";
import { ceilingRank } from "../../src/risk/quantile.ts";
import { historyFile } from "../../src/venue/paper/load-tape.ts";
import { riskDesk } from "./risk-desk.ts";
import type { BenchRow } from "./rows.ts";

/** Beside the tape that comes with the project. */
const demoFile = (): string => join(historyFile(), "..", "..", "demo.json");

const MARKETS = 275;
const SCENARIOS = 1_000;
const TAIL = ppm(10_000);
const SEED = 20_260_306;

/** About ten seconds, whatever is asked for: the counts are fixed. */
export async function risk(): Promise<readonly BenchRow[]> {
  const { fleet, uniform } = built(1_000);
  const tick = timed(200_000, () => oneTick(fleet, uniform), 1e3);
  const full = timed(2_000, () => plainRecompute(fleet, TAIL), 1e3);
  const agents = timed(200, () => allAgentVar(fleet, TAIL), 1e6);
  const plainAgents = timed(20, () => plainAllAgents(fleet, TAIL), 1e6);
  const parts = timed(500, () => fleetComponents(fleet, TAIL), 1e3);
  const position = timed(100_000, () => oneMove(fleet, uniform), 1e3);
  const out = [
    row(TICK, "us", tick, [full.value, PLAIN]),
    row("position change to fleet VaR 275x1000", "us", position, [full.value, PLAIN]),
    row(PLAIN, "us", full),
    row(ALL, "ms", agents, [plainAgents.value, PLAIN_ALL]),
    row(PLAIN_ALL, "ms", plainAgents),
    row("components by agent and market 1000x5", "us", parts),
  ];
  for (const count of [100, 10_000]) {
    const other = built(count);
    const spent = timed(100_000, () => oneTick(other.fleet, other.uniform), 1e3);
    out.push(row(`tick to fleet VaR with ${count} agents`, "us", spent, [tick.value, TICK]));
  }
  const desk = riskDesk(readFileSync(demoFile(), "utf8"));
  return [...out, ...desk, ...numpyRows(tick, agents)];
}

const TICK = "tick to fleet VaR 275x1000";
const PLAIN = "plain full recompute 275x1000";
const ALL = "all-agent VaR 1000x5";
const PLAIN_ALL = "plain recompute with a sort 1000x5";

interface Timing {
  readonly value: number;
  readonly p50: number;
  readonly p99: number;
}

/** Trimmed mean and percentiles of many calls after a tenth of them as warm-up, in ns / `perUnit`. */
function timed(count: number, work: () => unknown, perUnit: number): Timing {
  for (let i = 0; i < count / 10; i++) work();
  const spent = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const start = process.hrtime.bigint();
    work();
    spent[i] = Number(process.hrtime.bigint() - start) / perUnit;
  }
  spent.sort();
  // The mean without the slowest hundredth: those are the machine's other work, told by p99 alone.
  const kept = spent.subarray(0, Math.max(1, Math.floor(count * 0.99)));
  const value = kept.reduce((sum, x) => sum + x, 0) / kept.length;
  return { value, p50: spent[count >> 1] ?? 0, p99: spent[Math.floor(count * 0.99)] ?? 0 };
}

/** Percentiles are told in ms, as everywhere. */
function row(
  name: string,
  unit: "us" | "ms",
  { value, p50, p99 }: Timing,
  to?: readonly [number, string],
): BenchRow {
  const inMs = unit === "us" ? 1_000 : 1;
  const base = { name, value, unit, p50: p50 / inMs, p99: p99 / inMs };
  return to === undefined ? base : { ...base, ratio: value / to[0], ratioTo: to[1] };
}

function built(agents: number): { readonly fleet: FleetVar; readonly uniform: () => number } {
  const random = xoroshiro128plus(SEED);
  const uniform = (): number => (random.next() >>> 0) / 0x1_0000_0000;
  const made = createFleetVar({ markets: MARKETS, scenarios: SCENARIOS });
  assert(made.ok, "the bench fleet is made");
  const fleet = made.value;
  for (let market = 0; market < MARKETS; market++) {
    // Sum of uniforms: near enough to a return, and cheap.
    const returns = Float64Array.from(
      { length: SCENARIOS },
      () => 0.05 * (uniform() + uniform() - 1),
    );
    setScenarios(fleet, market, returns);
    setMark(fleet, market, 10 + 1_000 * uniform());
  }
  for (let agent = 0; agent < agents; agent++) {
    for (let k = 0; k < 5; k++) {
      setPosition(fleet, agent, Math.floor(uniform() * MARKETS), 20 * (uniform() - 0.5));
    }
  }
  return { fleet, uniform };
}

function oneTick(fleet: FleetVar, uniform: () => number): number {
  const market = Math.floor(uniform() * MARKETS);
  setMark(fleet, market, (fleet.marks[market] ?? 1) * (1 + 0.001 * (uniform() - 0.5)));
  const told = fleetVar(fleet, TAIL);
  return told.ok ? told.value : Number.NaN;
}

function oneMove(fleet: FleetVar, uniform: () => number): number {
  const book = fleet.books[Math.floor(uniform() * fleet.books.length)];
  const market = book?.markets[0] ?? 0;
  setPosition(fleet, fleet.books.indexOf(book), market, 20 * (uniform() - 0.5));
  const told = fleetVar(fleet, TAIL);
  return told.ok ? told.value : Number.NaN;
}

/** What a fleet without memory would do: every gain from the net exposures, then a sort. */
function plainRecompute(fleet: FleetVar, tail: Ppm): number {
  const gains = new Float64Array(SCENARIOS);
  for (let market = 0; market < MARKETS; market++) {
    const exposure = (fleet.net[market] ?? 0) * (fleet.marks[market] ?? 0);
    for (let s = 0; s < SCENARIOS; s++) {
      gains[s] = (gains[s] ?? 0) + exposure * (fleet.returns[market * SCENARIOS + s] ?? 0);
    }
  }
  return -(gains.sort()[ceilingRank(SCENARIOS, tail) - 1] ?? 0);
}

function plainAllAgents(fleet: FleetVar, tail: Ppm): Float64Array {
  return Float64Array.from(fleet.books, (book) => {
    const gains = new Float64Array(SCENARIOS);
    book?.markets.forEach((market, i) => {
      const exposure = (book.quantities[i] ?? 0) * (fleet.marks[market] ?? 0);
      for (let s = 0; s < SCENARIOS; s++) {
        gains[s] = (gains[s] ?? 0) + exposure * (fleet.returns[market * SCENARIOS + s] ?? 0);
      }
    });
    return -(gains.sort()[ceilingRank(SCENARIOS, tail) - 1] ?? 0);
  });
}

const NUMPY = `
import json, time
import numpy as np
rng = np.random.default_rng(1)
R = rng.standard_normal((275, 1000)) * 0.02
e = rng.standard_normal(275) * 1000
pnl = e @ R
def best(f, n):
    for _ in range(n // 10): f()
    t = []
    for _ in range(n):
        s = time.perf_counter(); f(); t.append(time.perf_counter() - s)
    return sorted(t)[n // 2] * 1e6
def update():
    global pnl
    pnl = pnl + 3.0 * R[7]
def tick():
    update()
    return -np.partition(pnl, 9)[9]
def full():
    return -np.partition(e @ R, 9)[9]
idx = rng.integers(0, 275, (1000, 5)); q = rng.standard_normal((1000, 5)) * 100
def agents():
    g = np.einsum('ij,ijk->ik', q, R[idx])
    return -np.partition(g, 9, axis=1)[:, 9]
print(json.dumps({"tick": best(tick, 5000), "full": best(full, 2000), "agents": best(agents, 20) / 1000}))
`;

/** The same arithmetic in numpy, medians; no rows where numpy is not installed. */
function numpyRows(tick: Timing, agents: Timing): BenchRow[] {
  const run = spawnSync("python3", ["-c", NUMPY], {
    encoding: "utf8",
    env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
  });
  if (run.status !== 0) return [];
  const told: { tick: number; full: number; agents: number } = JSON.parse(run.stdout);
  const alone = (
    name: string,
    unit: string,
    value: number,
    ours: number,
    to: string,
  ): BenchRow => ({
    ...{ name, value, unit },
    ratio: value / ours,
    ratioTo: `${to}, medians`,
  });
  return [
    alone("numpy: update and partition 275x1000", "us", told.tick, tick.p50, TICK),
    alone("numpy: full recompute 275x1000", "us", told.full, tick.p50, TICK),
    alone("numpy: all-agent VaR 1000x5", "ms", told.agents, agents.p50, ALL),
  ];
}
