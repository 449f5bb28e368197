/** An act of the tour as data: a fleet, the prices that it meets, and what its people do at which minute. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PRICE_DECIMALS, price } from "../../core/money.ts";
import { MINUTE } from "../../core/time.ts";
import { type FleetFile, parseFleetFile } from "../../runtime/fleet-file.ts";
import type { HouseParams } from "../../venue/paper/house-state.ts";
import { historyFile, loadTape } from "../../venue/paper/load-tape.ts";
import { type Tape, type TapeMarket, tapeOf } from "../../venue/paper/tape.ts";
import { EPOCH } from "../time.ts";

/** What somebody asks of the coordinator at a minute: an agent by its name, or the operator. */
export type Cue = readonly [minute: number, who: string, command: string, body: object];

/** What is left of a market's first price at a minute, in per cent; straight lines between. */
export type Course = readonly (readonly [minute: number, percent: number])[];

/** One agent: its cap, and what of its delegation differs from the usual. */
export interface Player {
  readonly cap: string;
  readonly services?: readonly string[];
  readonly maxLeverage?: number;
  readonly priority?: number;
  readonly mode?: "cross" | "isolated";
  readonly floor?: string;
}

export interface Act {
  readonly name: string;
  /** One sentence for whoever watches. */
  readonly story: string;
  readonly minutes: number;
  readonly deposits: Readonly<Record<string, string>>;
  readonly players: Readonly<Record<string, Player>>;
  /** What the act's fleet file says otherwise than the demo's. */
  readonly policy?: object;
  readonly crisis: object;
  /** By coin; the others follow `ALL`, and stand still without it. Or real prices from a time on. */
  readonly prices: Readonly<Record<string, Course>> | { readonly from: string };
  readonly house?: Partial<HouseParams>;
  /** What of a market differs from the demo's: where it is traded, how deep its book is. */
  readonly markets?: Readonly<Record<string, object>>;
  readonly cues: readonly Cue[];
}

const LEASE_MS = 86_400_000;

type Json = Record<string, unknown>;

interface Demo extends Json {
  readonly policy: Json;
  readonly markets: readonly (Json & { readonly market: string })[];
}

let demo: Demo | undefined;

/** The demo's fleet file with the act's own people, money and rules. */
export function fileOf(act: Act): FleetFile {
  const path = join(dirname(historyFile()), "..", "demo.json");
  demo ??= JSON.parse(readFileSync(path, "utf8")) as Demo;
  const agents = Object.entries(act.players).map(([agent, { cap, ...own }]) => ({
    agent,
    delegation: {
      ...{ cap, services: ["trading"], maxLeverage: 5_000_000, priority: 1, mode: "cross" },
      ...{ floor: "0", leaseMs: LEASE_MS, ...own },
    },
  }));
  const { varLimit: _, ...calm } = demo.policy;
  const text = JSON.stringify({
    ...demo,
    fleet: `tour-${act.name}`,
    paper: { seed: "tour", speed: 1 },
    deposits: Object.entries(act.deposits).map(([asset, amount]) => ({ asset, amount })),
    policy: {
      ...calm,
      ...{ markAgeMaxMs: 60_000, markJumpMax: 200_000, dryPowder: 50_000 },
      ...act.policy,
      crisis: act.crisis,
    },
    markets: demo.markets.map((one) => ({ ...one, ...act.markets?.[one.market] })),
    agents,
  });
  return parseFleetFile(`act ${act.name}`, text);
}

/** Where a course stands at a minute. */
function percentAt(course: Course, minute: number): number {
  const next = course.findIndex(([at]) => at >= minute);
  const [a, b] = [course[next - 1], course[next]];
  if (b === undefined) return course.at(-1)?.[1] ?? 100;
  if (a === undefined) return b[1];
  return a[1] + ((b[1] - a[1]) * (minute - a[0])) / (b[0] - a[0]);
}

let real: Tape | undefined;

/** The prices of an act, from an hour before it to an hour after. */
export function tapeFor(act: Act): { readonly tape: Tape; readonly startAt: number } {
  real ??= loadTape();
  const { prices, minutes } = act;
  if ("from" in prices && typeof prices.from === "string")
    return { tape: real, startAt: Date.parse(prices.from) };
  const courses = prices as Readonly<Record<string, Course>>;
  const markets = real.markets.map(({ market, base, prices: known }): TapeMarket => {
    const course = courses[base] ?? courses["ALL"] ?? [[0, 100]];
    const [first] = known;
    const rows = Array.from({ length: minutes + 121 }, (_, i) => i - 60);
    const scale = 10 ** PRICE_DECIMALS;
    const at = rows.map((minute) => {
      const part = BigInt(Math.round(percentAt(course, minute) * scale));
      return price(((first ?? 1n) * part) / BigInt(100 * scale));
    });
    return {
      ...{ market, base, prices: at, funding: [] },
      times: rows.map((minute) => EPOCH + minute * MINUTE),
    };
  });
  return { tape: tapeOf(`tour ${act.name}`, markets, "the tour"), startAt: EPOCH };
}
