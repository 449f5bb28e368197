/** The judges themselves: each tells a breach when there is one, and a run of which a fault never fired is void. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type AgentId, agentId, fleetId, marketId } from "../../src/core/ids.ts";
import { micro, price, qty } from "../../src/core/money.ts";
import { millis } from "../../src/core/time.ts";
import { Checker } from "../../src/lab/check/checker.ts";
import {
  countsOf,
  FAULT_NAMES,
  FAULTS,
  HALTING,
  STARRED,
  standingFor,
  unmet,
} from "../../src/lab/faults.ts";
import { optionsOf } from "../../src/lab/options.ts";
import { PART_NAMES, proofsOf, unshown } from "../../src/lab/parts.ts";
import { PLANTED } from "../../src/lab/planted.ts";
import { runSeed } from "../../src/lab/run.ts";
import type { FleetEvent } from "../../src/protocol/events.ts";
import type { Turn } from "../../src/protocol/turns.ts";
import type { AtFault } from "../../src/protocol/words.ts";
import { encode } from "../../src/wire/codec-encode.ts";
import { EMPTY_HASH, sha256 } from "../../src/wire/journal.ts";

const FLEET = fleetId("sim");
const A = agentId("a");

const turn = (events: readonly FleetEvent[], at = 1_000): Turn => ({
  ...{ type: "Tick", id: "" as Turn["id"], from: agentId("fleet") },
  ...{ at: millis(at), exp: millis(at + 60_000), print: 0, events },
});

const batch = (prev: string, turns: readonly Turn[], epoch = 1): Uint8Array =>
  encode([2, FLEET, epoch, prev, turns]);

const enrolled: FleetEvent = { type: "AgentEnrolled", agent: A, note: "" };

/** An order for five, so much of which opens. */
function approved(side: "buy" | "sell", opening: bigint, forced = ""): FleetEvent {
  const market = marketId("btc-perp");
  return {
    ...{ type: "OrderApproved", agent: A, order: "o-1" as never, market, side, qty: qty(5n) },
    ...{ opening: qty(opening), limit: price(1n), tif: "ioc", leverage: 1 as never },
    ...{ stop: price(0n), hold: micro(0n), mark: price(1n), markAt: millis(0), forced, note: "" },
    effect: {
      ...{ name: "1.0.0" as never, agent: A },
      effect: {
        ...{ type: "PlaceOrder", market, side, qty: qty(5n), limit: price(1n), tif: "ioc" },
      },
    },
  };
}

function judged(...batches: readonly ((prev: string) => Uint8Array)[]): readonly string[] {
  const checker = new Checker(FLEET);
  let prev = EMPTY_HASH;
  for (const [i, make] of batches.entries()) {
    const bytes = make(prev);
    checker.stored(i + 1, bytes);
    prev = sha256(bytes);
  }
  return checker.breaches.map(({ invariant }) => invariant);
}

describe("the judges", () => {
  test("SIM-020: a chain that holds is no breach, a broken one is I6, an older epoch I7", () => {
    const first = (prev: string) => batch(prev, [turn([enrolled])], 2);
    expect(judged(first, (prev) => batch(prev, [turn([], 2_000)], 2))).toEqual([]);
    expect(judged(first, () => batch(EMPTY_HASH, [turn([], 2_000)], 2))).toContain("I6");
    expect(judged(first, (prev) => batch(prev, [turn([], 2_000)], 1))).toContain("I7");
  });

  test("SIM-021: time that goes back is I8, a command decided twice is I4", () => {
    const told = { ...turn([enrolled]), id: "c-1" as Turn["id"], from: A };
    expect(judged((prev) => batch(prev, [turn([], 2_000), turn([], 1_000)]))).toContain("I8");
    expect(judged((prev) => batch(prev, [told, { ...told, events: [] }]))).toContain("I4");
  });

  test("SIM-022: money that the venue never reported is I1", () => {
    const money: FleetEvent = {
      type: "Deposited",
      asset: "USDC" as never,
      units: 5n as never,
    };
    expect(judged((prev) => batch(prev, [turn([money])]))).toContain("I1");
  });

  test("SIM-023: a reservation without a delegation is I7, over its cap I2", () => {
    const held = (amount: bigint): FleetEvent => ({
      ...{ type: "ReservationHeld", agent: A, reservation: "r" as never, amount: micro(amount) },
      ...{ service: "trading", expiresAt: millis(9_000) },
    });
    const broken = judged((prev) => batch(prev, [turn([enrolled, held(5n)])]));
    expect(broken).toContain("I7");
    expect(broken).toContain("I2");
  });

  test("SIM-024: a forced order that does not close what is open is I9", () => {
    const order = approved("sell", 0n, "flatten");
    expect(judged((prev) => batch(prev, [turn([enrolled, order])]))).toContain("I9");
  });

  test("SIM-097: an opening at a venue that may only reduce is I7, one at another is not", () => {
    const mode = (venue: string, to: "reduce" | "run", epoch: number): FleetEvent => ({
      ...{ type: "ModeSet", agent: agentId("fleet"), venue: venue as never, mode: to },
      ...{ epoch, reason: "test" },
    });
    const order = approved("buy", 5n);
    const told = (...before: readonly FleetEvent[]): readonly string[] => {
      const checker = new Checker(FLEET);
      checker.stored(1, batch(EMPTY_HASH, [turn([enrolled, ...before, order])]));
      return checker.breaches
        .map(({ detail }) => detail)
        .filter((detail) => detail.includes("venue"));
    };
    expect(told(mode("paper", "reduce", 1))).toEqual(["a opens at venue paper in mode reduce"]);
    expect(told(mode("other", "reduce", 1))).toEqual([]);
    expect(told(mode("paper", "reduce", 1), mode("paper", "run", 2))).toEqual([]);
  });

  test("SIM-034: a bet of who is held is told, of anyone once the house has lied, none after the operator cleared it", () => {
    const told = (atFault: AtFault, by: AgentId, ...between: FleetEvent[]): readonly string[] => {
      const held: FleetEvent = {
        ...{ type: "BettingHeld", agent: A, bet: "b-1" as never, atFault, reason: "x" },
      };
      const bet = { bet: "b-2" as never, game: "dice", stake: micro(1n), params: {} };
      const asked = { ...bet, clientSeed: "a-client-seed" };
      const effect = { name: "1.0.0" as never, agent: by, effect: { type: "PlaceBet", ...asked } };
      const placed = { type: "BetPlaced", agent: by, ...asked, effect } as FleetEvent;
      const checker = new Checker(FLEET);
      const events = [enrolled, held, ...between, placed];
      checker.stored(1, batch(EMPTY_HASH, [turn(events)]));
      return checker.breaches
        .map(({ detail }) => detail)
        .filter((detail) => detail.includes("disputed"));
    };
    const cleared = { bet: "b-1" as never, atFault: "house" } as const;
    const over: FleetEvent = { type: "BettingCleared", agent: A, ...cleared };
    const other = agentId("other");
    expect(told("agent", A)).toEqual(["b-2 by a, which is held for a disputed bet"]);
    expect(told("house", A, over)).toEqual([]);
    expect(told("house", other)).toEqual(["b-2 by other, after the house has lied to a: disputed"]);
    expect([told("agent", other), told("unknown", other), told("house", other, over)]).toEqual([
      [],
      [],
      [],
    ]);
  });

  test("SIM-025: a fault that was on and never fired makes the run void", async () => {
    const result = await runSeed(optionsOf(1, { faults: ["crash"], minutes: 0.2, mode: "safety" }));
    const told = result.breaches.map(({ invariant, detail }) => `${invariant} ${detail}`);
    expect(told).toEqual([
      "I14 crash: crash counted 0, wanted more",
      "I14 crash: timers-lost counted 0, wanted more",
    ]);
  });

  test("SIM-028: so does one that struck and never reached the code it is meant for", async () => {
    const asked = { faults: ["feed-stuck"], minutes: 4, mode: "safety" } as const;
    const result = await runSeed({ ...optionsOf(3, asked), strength: 1 });
    expect(result.counts["feed-stuck"]).toBeGreaterThan(0);
    expect(result.breaches.map(({ detail }) => detail)).toEqual([
      "feed-stuck: stuck-noticed counted 0, wanted more",
    ]);
  });

  test("SIM-029: many runs that leave a starred fault out say which; every starred one exists", () => {
    const all = Object.fromEntries(
      FAULT_NAMES.flatMap((name) => countsOf(name).map((count) => [count, 1])),
    );
    expect(unmet(all)).toEqual([]);
    expect(unmet({ ...all, "stuck-noticed": 0 })).toEqual([
      "F37: feed-stuck never came to stuck-noticed",
    ]);
    for (const id of STARRED) expect(standingFor(id).length, id).toBeGreaterThan(0);
  });

  test("SIM-032: the page tells of every fault, what it stands for and how it is counted", () => {
    const page = readFileSync("docs/simulation.md", "utf8");
    for (const name of FAULT_NAMES) {
      const counts = countsOf(name).map((count) => `\`${count}\``);
      expect(page).toContain(`| \`${name}\` | ${counts.join(", ")} |`);
      for (const id of FAULTS[name].of.split(" ")) expect(page, name).toContain(`| ${id}`);
    }
  });

  test("SIM-031: a row of seeds leaves no fault out", () => {
    const row = Array.from({ length: 12 * HALTING.length }, (_, i) => optionsOf(7_001 + i).faults);
    expect(new Set(row.flat()).size).toBe(FAULT_NAMES.length);
  });

  test("SIM-026: options follow from the seed, and what is asked for moves nothing else", () => {
    expect(optionsOf(5)).toEqual(optionsOf(5));
    const asked = optionsOf(5, { faults: [], mode: "liveness" });
    expect({ ...asked, faults: 0, mode: 0 }).toEqual({ ...optionsOf(5), faults: 0, mode: 0 });
  });

  test("SIM-033: parts are drawn, each somewhere, told by the page, and missed in a sweep that never met one", () => {
    const row = Array.from({ length: 400 }, (_, i) => optionsOf(1 + i).parts);
    expect(new Set(row.flat()).size).toBe(PART_NAMES.length);
    expect(optionsOf(5, { parts: [] }).parts).toEqual([]);
    // A trailing stop would leave the venue nothing to take.
    const seeds = Array.from({ length: 400 }, (_, i) => 1 + i);
    const faults = ["market-crash", "adl"] as const;
    expect(seeds.flatMap((seed) => optionsOf(seed, { faults }).parts)).not.toContain("trailing");
    const all = Object.fromEntries(PART_NAMES.flatMap(proofsOf).map((proof) => [proof, 1]));
    expect(unshown(all)).toEqual([]);
    expect(unshown({ ...all, "plan-paced": 0 })).toEqual(["part pace never came to plan-paced"]);
    const page = readFileSync("docs/simulation.md", "utf8");
    for (const name of PART_NAMES) {
      const proofs = proofsOf(name).map((proof) => `\`${proof}\``);
      expect(page).toContain(`| \`${name}\` | `);
      expect(page).toContain(` | ${proofs.join(", ")} |`);
    }
  });

  test("SIM-027: at least twenty bugs are planted, each with a name of its own", () => {
    expect(PLANTED.length).toBeGreaterThanOrEqual(20);
    expect(new Set(PLANTED.map(({ name }) => name)).size).toBe(PLANTED.length);
  });
});
