/** The fleet that is simulated: the demo's rules, five agents on eight markets, at a slower pace. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Price, price } from "../core/money.ts";
import { MINUTE } from "../core/time.ts";
import { type FleetFile, parseFleetFile } from "../runtime/fleet-file.ts";
import { historyFile, loadTape } from "../venue/paper/load-tape.ts";
import type { Tape } from "../venue/paper/tape.ts";
import type { SimOptions } from "./options.ts";
import { crisisOf, marketOf, policyOf } from "./parts.ts";
import { EPOCH } from "./time.ts";

const FLEET = "sim";
const HOUR_MS = 3_600_000;

type Json = Record<string, unknown>;

const MARKETS = "btc eth bnb xrp doge ada avax link".split(" ").map((base) => `${base}-perp`);

interface Cast {
  readonly agent: string;
  readonly kind: string;
  readonly services: readonly string[];
  readonly cap: string;
  readonly floor: string;
  readonly mode: string;
  readonly maxLeverage: number;
  readonly config: Json;
}

/** How long a delegation lives without renewal, ms, in a dense run. */
export const LEASE_MS = 180_000;
/** How often the agents look, ms, in a dense run. */
const LOOK_MS = 30_000;

const trader = (agent: string, markets: readonly string[], cap: string, mode: string): Cast => ({
  agent,
  ...{ kind: "trading", services: ["trading"], cap, floor: "100", mode, maxLeverage: 3_330_000 },
  config: {
    markets,
    intervalMs: LOOK_MS,
    ...{ warmup: 3, fullSamples: 6, fast: 2, slow: 6, enter: 0.2, exit: 0.05, band: 0.1 },
    ...{ holdMs: 60_000, reduceEveryMs: 60_000, coolMs: 60_000, bookVol: 0.65 },
  },
});

/** A part of a position of a trader's; the longer it stands the sooner it must be let go of. */
const hedgeJob = (side: "buy" | "sell", ttlMs: number) => ({
  ...{ kind: "hedge", brief: "against what the fleet holds", amount: "1", ttlMs },
  hedge: { market: "eth-perp", side, qty: "0.05", cover: "20" },
});

/** The five of a fleet-hour. */
export const CAST: readonly Cast[] = [
  trader("trend-1", MARKETS.slice(0, 5), "3000", "cross"),
  trader("trend-2", MARKETS.slice(3), "2000", "isolated"),
  {
    ...{ agent: "casino", kind: "casino", services: ["casino"], cap: "800", floor: "300" },
    ...{ mode: "isolated", maxLeverage: 1_000_000 },
    config: { intervalMs: LOOK_MS, gapMs: 60_000 },
  },
  {
    ...{ agent: "escrow", kind: "escrow", services: ["escrow"], cap: "1200", floor: "300" },
    ...{ mode: "isolated", maxLeverage: 1_000_000 },
    config: {
      ...{ intervalMs: LOOK_MS, everyMs: 120_000, dispute: "late", disputeAfterMs: 600_000 },
      jobs: [
        { kind: "data", brief: "what borrowers pay now", amount: "0.05", ttlMs: 60_000 },
        hedgeJob("buy", 300_000),
        { kind: "signal", brief: "which side traders are on", amount: "0.05", ttlMs: 60_000 },
        hedgeJob("sell", 1_500_000),
      ],
    },
  },
  {
    ...{ agent: "lending", kind: "lending", services: ["lending"], cap: "3000", floor: "0" },
    ...{ mode: "isolated", maxLeverage: 1_000_000 },
    config: { intervalMs: LOOK_MS, noticeMs: 60_000, maxLoans: 4 },
  },
];

/** The sixth, where the run has domains. */
const DOMAINS: Cast = {
  ...{ agent: "domains", kind: "domains", services: ["domains"], cap: "300", floor: "0" },
  ...{ mode: "isolated", maxLeverage: 1_000_000 },
  config: { intervalMs: LOOK_MS, everyMs: 60_000 },
};

/** Small debts of the escrow agent's, both ways, with the party of the demo's agreement. */
const ACCOUNT = [
  { party: "out-data-2", direction: "pay", amount: "0.02", everyMs: 60_000, note: "a price feed" },
  { party: "out-data-2", direction: "receive", amount: "0.01", everyMs: 90_000, note: "our rates" },
];

/** Who buys what it can be sold: what sells is always there. */
const BUYS = { buys: { perDay: "2", ttlMs: 120_000, everyMs: 60_000, freshMs: 240_000 } };

/** Everybody that a run has. */
export const castOf = ({ parts }: Pick<SimOptions, "parts">): readonly Cast[] =>
  parts.includes("domains") ? [...CAST, DOMAINS] : CAST;

/** What rhythm and parts of a run change in the config of one of its agents. */
function partly(kind: string, { parts, slow }: SimOptions): Json {
  // In the slow rhythm four bets take longer than the ten minutes of a proof.
  if (kind === "casino" && slow > 1) return { rotateEvery: 1 };
  if (parts.includes("buys") && (kind === "trading" || kind === "lending")) return BUYS;
  if (kind !== "escrow") return {};
  return {
    ...(parts.includes("account") ? { account: ACCOUNT } : {}),
    ...(parts.includes("referrer") ? { registers: "lending" } : {}),
  };
}

/** Announced events: when, as a part of the run, and what holds for a seventh of it around each. */
const EVENTS = [
  { part: 0.1, maxLeverage: 1_500_000 },
  { part: 0.4, maxLeverage: 20_000_000, buffer: 850_000 },
  { part: 0.7, maxLeverage: 1_500_000, buffer: 500_000 },
] as const;
function calendarOf({ parts, minutes }: SimOptions): Json {
  if (!parts.includes("calendar")) return {};
  const around = Math.floor((minutes * MINUTE) / 14);
  const calendar = EVENTS.map(({ part, ...rules }, i) => ({
    ...{ name: `event-${i}`, at: Math.floor(EPOCH + minutes * MINUTE * part) },
    ...{ beforeMs: around, afterMs: around, ...rules },
  }));
  return { calendar };
}

/** Two feeders beside the venue. */
const pricesOf = ({ parts, marksMs }: SimOptions): Json =>
  parts.includes("sources")
    ? {
        prices: {
          ...{ sources: ["index-a", "index-b"], divergence: 20_000, maxAgeMs: marksMs * 2 },
          ...{ quarantineAfter: 3, alone: parts.includes("follow") ? "follow" : "hold" },
        },
      }
    : {};

/** Agents that exist only to do harm: enrolled, with a small delegation or none. */
export const HOSTILE = { poison: "poison", flood: "flood", throwing: "throwing" } as const;

/** Rounds of marks after which a price that stands still alone is not believed. */
const STILL_ROUNDS = 8;

/** Rules so tight that calls, plans and forced orders come with the moves of half an hour. */
const TIGHT = {
  varLimit: 8_000,
  zones: { yellow: 120_000, orange: 130_000, red: 140_000, hysteresis: 5_000 },
  crisis: {
    ...{ graceMs: 45_000, targetUtilization: 100_000, depth: "500000" },
    ...{ callAt: 600, targetMaintenance: 300, hysteresis: 50, alerts: [200, 400] },
    ...{ topUp: 25_000_000, softStop: 15_000_000, hardStop: 8_000_000 },
    ...{ trailingStop: 400_000, drawdownLadder: [{ drawdown: 100_000, keeps: 500_000 }] },
  },
} as const;

const demoText = (): string =>
  readFileSync(join(dirname(historyFile()), "..", "demo.json"), "utf8");

let demo: (Json & { policy: Json; markets: readonly Json[] }) | undefined;

/** A config at another rhythm: all its waits so many times longer. */
const slower = (config: Json, by: number): Json =>
  Object.fromEntries(
    Object.entries(config).map(([name, value]) =>
      name.endsWith("Ms") && typeof value === "number" ? [name, value * by] : [name, value],
    ),
  );

/** The fleet file of a run. */
export const fleetFileOf = (options: SimOptions): FleetFile =>
  parseFleetFile("simulation", fleetTextOf(options));

/** The same as it would stand on a disk. */
export function fleetTextOf(options: SimOptions): string {
  demo ??= JSON.parse(demoText()) as NonNullable<typeof demo>;
  const { slow, parts } = options;
  const leaseMs = LEASE_MS * slow;
  const extra = (["poison", "flood", "throwing"] as const)
    .filter((name) => options.faults.includes(name) || name === "poison")
    .map((name) => ({
      agent: HOSTILE[name],
      delegation: {
        ...{ cap: "50", services: ["trading", "casino"], maxLeverage: 1_000_000, priority: 1 },
        ...{ mode: "isolated", floor: "0", leaseMs },
      },
    }));
  const crash = options.faults.includes("market-crash");
  const alone = (agent: string): boolean => parts.includes("alone") && agent === "trend-2";
  const agents = castOf(options).map(
    ({ agent, kind, services, cap, floor, mode, maxLeverage, config }) => ({
      ...{ agent, kind },
      config: {
        ...slower(config, slow),
        ...(kind === "trading" ? { timeScale: options.speed } : {}),
        ...partly(kind, options),
      },
      delegation: {
        ...{ cap, services, maxLeverage, leaseMs },
        // Of two that share the fleet's margin one is closed before the other.
        ...(crash && kind === "trading" && !alone(agent)
          ? { mode: "cross", floor: "0", priority: agent === "trend-1" ? 2 : 1 }
          : { mode, floor, priority: 2 }),
      },
    }),
  );
  const policy = { ...demo.policy, ...(crash ? TIGHT : {}) };
  const file = {
    ...demo,
    fleet: FLEET,
    paper: { seed: `sim-${options.seed}`, speed: options.speed },
    policy: {
      ...policy,
      // A mark may be one round and its delays old.
      markAgeMaxMs: options.marksMs * 2,
      markStillMaxMs: options.marksMs * STILL_ROUNDS,
      rate: { perSecond: 20, burst: 40 },
      ...policyOf(parts),
      ...pricesOf(options),
      crisis: { ...(policy["crisis"] as Json), ...crisisOf(parts), ...calendarOf(options) },
    },
    markets: demo.markets.map((market) => ({ ...market, ...marketOf(parts) })),
    agents: [...agents, ...extra],
  };
  return JSON.stringify(file);
}

/** When the market falls, as a share of the run, for how long (ms), and what is left of every price. */
export const CRASH = { at: 0.2, overMs: 90_000, keeps: 620_000n } as const;

/** The same facts with a fall in them: two points more, and less of every price from then on. */
function fallen(options: SimOptions, startAt: number, market: Tape["markets"][number]) {
  const from = Math.floor(startAt + options.minutes * 60_000 * options.speed * CRASH.at);
  const until = from + CRASH.overMs * options.speed;
  const less = (at: Price): Price => price((at * CRASH.keeps) / 1_000_000n);
  const rows = market.times.map((time, i) => ({ time, at: market.prices[i] ?? price(0n) }));
  const before = rows.filter(({ time }) => time < from);
  const last = before.at(-1)?.at ?? price(0n);
  const after = rows.filter(({ time }) => time > until);
  const fall = [
    { time: from, at: last },
    { time: until, at: less(last) },
  ];
  const all = [...before, ...fall, ...after.map(({ time, at }) => ({ time, at: less(at) }))];
  return { ...market, times: all.map(({ time }) => time), prices: all.map(({ at }) => at) };
}

let whole: Tape | undefined;

/** The part of the tape that a run can reach, with some to spare on both sides. */
export function tapeOf(options: SimOptions): { tape: Tape; startAt: number } {
  whole ??= loadTape();
  const marketMs = options.minutes * 60_000 * options.speed;
  const room = whole.end - whole.start - marketMs - 4 * HOUR_MS;
  const startAt = Math.floor((whole.start + HOUR_MS + room * options.where) / 1_000) * 1_000;
  const [from, to] = [startAt - HOUR_MS, startAt + marketMs + 2 * HOUR_MS];
  const markets = whole.markets.map((market) => {
    const { times } = market;
    const first = times.findIndex((time) => time >= from);
    const last = times.findIndex((time) => time >= to);
    const end = last < 0 ? times.length : last + 1;
    const part = { times: times.slice(first, end), prices: market.prices.slice(first, end) };
    const cut = { ...market, ...part };
    return options.faults.includes("market-crash") ? fallen(options, startAt, cut) : cut;
  });
  return { tape: { name: whole.name, start: from, end: to, markets }, startAt };
}
