/** When a plan says that the pace held it up: only where the pace did, and until its span ends. */
import { describe, expect, test } from "vitest";
import { notePaced, pacedBy } from "../../src/fleet/pacing.ts";
import type { Plan, PlanInput } from "../../src/liquidation/plan-types.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { BTC_PERP, coins, ETH_PERP, T0, usd } from "./cast.ts";
import { at, EVERY, FREE, fleet, HALVES, step } from "./pace-cast.ts";

describe("a plan that is short", () => {
  const LONG = { agent: "alice", market: BTC_PERP as string, margin: 0n, tier: 1 };
  const own = { ...LONG, id: "alice/btc-perp", qty: coins("0.4") };
  const asked = (
    positions: PlanInput["positions"],
    lot: bigint = coins("0.001"),
    most: bigint = coins("1"),
  ): PlanInput => ({
    need: 1n,
    positions,
    markets: [
      {
        id: BTC_PERP,
        mark: 1n,
        lot,
        permanent: 0,
        temporary: 0,
        fee: 0,
        halfSpread: 0,
        pace: most,
      },
    ],
  });
  const free = { temporary: 0, permanent: 0, secondRound: 0, fees: 0, funding: 0, hedge: 0 };
  const short = (size: bigint, untouched: Plan["untouched"] = []): Plan => ({
    ...{ status: "short", need: 1n, freed: 0n, shortfall: 1n, over: 0n, lowerBound: 0, gap: 0 },
    ...{ proof: "exact", shadowPrice: 0, alternatives: [], cost: { total: 0, ...free }, untouched },
    steps: [
      {
        ...{ kind: "reduce", position: own.id, agent: "alice", market: BTC_PERP, side: "sell" },
        ...{ qty: size, lots: 1n, frees: 0n, cost: 0, reason: "cheapest", because: "" },
      },
    ].filter((one) => one.qty > 0n) as Plan["steps"],
  });
  const shut: Plan["untouched"] = [{ id: own.id, reason: "pace" }];

  test("PAC-015: goes on when the first of the spans of its markets ends, or a span later where none runs", () => {
    const state = fleet();
    const goesOn = (ms: number) => pacedBy(state, asked([own]), short(0n, shut), at(ms));
    expect(goesOn(0)).toBe(at(EVERY));
    notePaced(state, [step("sell", "0.01")], at(3_000));
    notePaced(state, [step("sell", "0.1", { market: ETH_PERP })], T0);
    expect(goesOn(4_000)).toBe(at(EVERY));
    expect(goesOn(EVERY - 1)).toBe(at(EVERY));
    expect(goesOn(EVERY)).toBe(at(EVERY + 3_000));
    expect(goesOn(EVERY + 3_000)).toBe(at(2 * EVERY + 3_000));
  });

  test("PAC-016: waits for no span where it was short for other reasons", () => {
    const state = fleet();
    const paced = (made: Plan, input = asked([own]), law = state) => pacedBy(law, input, made, T0);
    expect(paced(short(0n))).toBeUndefined();
    expect(paced(short(0n, [{ id: own.id, reason: "later-tier" }]))).toBeUndefined();
    expect(paced({ ...short(0n, shut), status: "restored" })).toBeUndefined();
    expect(paced(short(0n, shut), asked([own]), fleet(FREE))).toBeUndefined();
    for (const half of HALVES)
      expect(paced(short(0n, shut), asked([own]), fleet(half))).toBeUndefined();
    expect(paced(short(own.qty))).toBeUndefined();
    expect(paced(short(coins("0.1")), asked([{ ...own, maxQty: coins("0.1") }]))).toBeUndefined();
  });

  test("PAC-017: was held up where a whole lot of what it takes is left", () => {
    const state = fleet();
    const lot = coins("0.001");
    const paced = (done: string, most = coins(done) + lot - 1n) =>
      pacedBy(state, asked([own], lot, most), short(coins(done)), T0);
    expect(paced("0.1")).toBe(at(EVERY));
    expect(paced("0.399")).toBe(at(EVERY));
    expect(paced("0.39900001")).toBeUndefined();
    expect(pacedBy(state, asked([{ ...own, qty: 3n }], 1n, 1n), short(1n), T0)).toBe(at(EVERY));
    // The pace had room for another lot: it was left for what it costs.
    expect(paced("0.1", coins("0.101"))).toBeUndefined();
  });

  test("PAC-023: was held up by the side that it sends to, not by what others send against it or cross", () => {
    const state = fleet();
    const lot = coins("0.001");
    const bobs = { ...own, id: "bob/btc-perp", agent: "bob", qty: coins("-0.4") };
    const input = asked([own, bobs], lot, coins("0.1"));
    const [sold] = short(coins("0.1")).steps as [Plan["steps"][number]];
    const bought = (size: string) =>
      ({ ...sold, position: bobs.id, agent: "bob", side: "buy", qty: coins(size) }) as const;
    const paced = (...steps: Plan["steps"]) =>
      pacedBy(state, input, { ...short(0n), steps }, T0) !== undefined;
    expect(paced(sold)).toBe(true);
    expect(paced(bought("0.1"))).toBe(true);
    expect(paced(sold, bought("0.05"))).toBe(false);
    expect(paced({ ...sold, kind: "cross" })).toBe(false);
  });

  test("PAC-024: is not said to be paced where the cost of more would take more of the target than it frees", () => {
    const state = fleet();
    const thin = { temporary: 0.0001, permanent: 0, fee: 0, halfSpread: 0 };
    const market = { id: BTC_PERP as string, mark: coins("10000"), lot: coins("0.001"), ...thin };
    const margin = BigInt(usd("800"));
    const asks = (pace: bigint) =>
      ({
        ...{ need: BigInt(usd("10000")), costShare: 550_000 },
        ...{ markets: [{ ...market, pace }], positions: [{ ...own, margin }] },
      }) as const;
    const made = (input: PlanInput): Plan => {
      const found = plan(input);
      if (!found.ok) throw new Error(found.reason);
      return found.value;
    };
    // From 0.2 / (2 * 0.55 * 0.0001) = 1,818 USDC on a lot takes more than it frees: the 183rd would.
    const wide = asks(coins("0.3"));
    expect(made(wide)).toMatchObject({ status: "short", steps: [{ qty: coins("0.182") }] });
    expect(pacedBy(state, wide, made(wide), T0)).toBeUndefined();
    const tight = asks(coins("0.1"));
    expect(made(tight)).toMatchObject({ status: "short", steps: [{ qty: coins("0.1") }] });
    expect(pacedBy(state, tight, made(tight), T0)).toBe(at(EVERY));
  });
});
