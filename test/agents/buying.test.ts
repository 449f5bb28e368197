/** Agents that buy work of each other: within a budget, read before it is paid, and gone by within their limits. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lendingConfig } from "../../agents/lending/config.ts";
import { beginLending, lendingStrategy } from "../../agents/lending/strategy.ts";
import { drawn, hurdleOf } from "../../agents/trading/buys.ts";
import type { TradingConfig } from "../../agents/trading/config.ts";
import { tradingStrategy } from "../../agents/trading/strategy.ts";
import type { JobView } from "../../src/protocol/job-views.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import { type Bought, noneBought } from "../../src/sdk/job-buying.ts";
import { sampleDelegation, sampleMarket, sampleView } from "../../src/sdk/sample-view.ts";
import { bodies, decided } from "./context.ts";
import { configOf, MARKETS, ordersOf, position, RISE, viewAt, warmed } from "./trading-given.ts";

const AT = 31_000;
const buyer = (more: object = {}, part: object = {}) =>
  configOf({ ...part, buys: { perDay: "1", ...more } });
const jobOf = (part: Partial<JobView> = {}): JobView => ({
  ...{ by: "trading", job: "j-1", kind: "signal", brief: "sides", amount: "0.05" },
  ...{ phase: "delivered", taker: "contrarian", result: "", expiresAt: AT + 60_000 },
  ...part,
});
const knows = (says: Record<string, number>, at = AT, by = "contrarian"): Bought => ({
  ...noneBought,
  postedAt: at,
  read: { at, by, says },
});
/** A trader that has seen a rise and has heard this. */
const heard = (says: Record<string, number>, config: TradingConfig, at = AT) => ({
  ...warmed(30, RISE, config),
  bought: knows(says, at),
});
const signal = (result: string) => jobOf({ result });

describe("a trader that buys signals", () => {
  test("BUY-001: off by default; with a budget it posts a job, whose pay it keeps out of its orders", () => {
    const memory = warmed(30, RISE);
    const none = decided(tradingStrategy, viewAt(AT, RISE), memory, configOf());
    expect(bodies(none, "PostJob")).toEqual([]);
    const config = buyer({ amount: "0.2", ttlMs: 7_000 });
    const decision = decided(tradingStrategy, viewAt(AT, RISE), memory, config);
    expect(bodies(decision, "PostJob")).toEqual([
      {
        ...{ job: expect.any(String), kind: "signal", amount: "0.2", ttlMs: 7_000 },
        brief: "which side of each market you are on",
      },
    ]);
    // 20 USDC are left, of which the job takes 19: the orders have one.
    const tight = { ...sampleDelegation("trading", AT), reserved: "980", available: "20" };
    const poor = viewAt(AT, RISE, { delegation: tight });
    expect(ordersOf(poor, memory).length).toBeGreaterThan(0);
    const dear = decided(tradingStrategy, poor, memory, buyer({ perDay: "19", amount: "19" }));
    expect([bodies(dear, "PostJob").length, bodies(dear, "PlaceOrder").length]).toEqual([1, 0]);
  });

  test("BUY-002: a delivered signal is paid and changes its size: unsure or against it less, far against it none", () => {
    const config = buyer({ weight: 0.5 });
    const orders = (result: string) => {
      const view = viewAt(AT, RISE, { jobs: result === "" ? [] : [signal(result)] });
      const memory = { ...warmed(30, RISE, config), bought: { ...noneBought, postedAt: AT } };
      const decision = decided(tradingStrategy, view, memory, config);
      expect(bodies(decision, "AcceptJob")).toEqual(result === "" ? [] : [{ job: "j-1" }]);
      return bodies(decision, "PlaceOrder").find(({ market }) => market === "btc-perp");
    };
    const own = orders("");
    const told = [orders("btc-perp short 5 %"), orders("btc-perp long 20 %"), own];
    const sizes = told.map((order) => Number(order?.qty ?? 0));
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    expect([new Set(sizes).size, sizes.every((size) => size > 0)]).toEqual([3, true]);
    expect(told.map((order) => order?.side)).toEqual(["buy", "buy", "buy"]);
    expect(told[0]?.note).toMatch(/contrarian says -5 %$/);
    // Its own trend asks for the full size: more than that nobody makes it.
    expect(orders("btc-perp long 100 %")?.qty).toBe(own?.qty);
    expect(orders("btc-perp short 100 %")).toBeUndefined();
  });

  test("BUY-003: what it holds it leaves when what was bought outweighs its own side, and never turns", () => {
    const config = buyer({ weight: 1 });
    const held = viewAt(AT, RISE, { positions: [position("btc-perp", "0.001")] });
    const [order] = ordersOf(held, heard({ "btc-perp": -100 }, config), config);
    expect(order).toMatchObject({
      market: "btc-perp",
      side: "sell",
      qty: "0.001",
      reduceOnly: true,
    });
  });

  test("BUY-004: always its wish stays on its own side or out, within a full one, and out it stays", () => {
    const side = fc.constantFrom(-1 as const, 0 as const, 1 as const);
    const wish = fc.record({ side, strength: fc.double({ min: 0.01, max: 1, noNaN: true }) });
    const told = fc.integer({ min: -100, max: 100 });
    const weight = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(wish, told, weight, (own, says, part) => {
        const config = buyer({ weight: part });
        const mine = { x: { ...own, note: "" } };
        const after = drawn(mine, knows({ x: says }), config, AT)["x"];
        expect([0, own.side]).toContain(after?.side);
        expect(after?.strength).toBeLessThanOrEqual(1);
        expect(after?.strength).toBeGreaterThan(0);
        if (part === 0) expect(after).toMatchObject(own);
      }),
    );
  });

  test("BUY-005: it goes by a signal as long as it is fresh, and pairs and holders go by none", () => {
    const config = buyer({ weight: 1, freshMs: 5_000 });
    const says = { "btc-perp": -100, "eth-perp": -100 };
    const at = (readAt: number) => ordersOf(viewAt(AT, RISE), heard(says, config, readAt), config);
    expect([at(AT - 5_000).length, at(AT - 5_001).length]).toEqual([0, 2]);
    const own = { "btc-perp": { side: 1 as const, strength: 1, note: "" } };
    for (const strategy of ["pair", "hold", "carry"] as const)
      expect(drawn(own, knows(says), buyer({ weight: 1 }, { strategy }), AT)).toBe(own);
  });

  test("BUY-006: what it tells others is its own side: two that buy of each other do not hear themselves", () => {
    const config = buyer({ weight: 1 });
    const job = jobOf({ by: "escrow", phase: "taken", taker: "trading" });
    const told = (memory: ReturnType<typeof heard>) =>
      bodies(
        decided(tradingStrategy, viewAt(AT, RISE, { jobs: [job] }), memory, config),
        "DeliverJob",
      );
    const without = { ...warmed(30, RISE, config), bought: knows({}) };
    expect(told(heard({ "btc-perp": -100, "eth-perp": -100 }, config))).toEqual(told(without));
    expect(told(without)[0]?.result).toMatch(/^btc-perp long/);
  });
});

describe("what any buyer keeps to", () => {
  const config = buyer({ perDay: "0.2", everyMs: 10_000 });
  const quiet = (jobs: AgentView["jobs"] = [], at = AT, more: Partial<AgentView> = {}) =>
    viewAt(at, 0, { jobs, ...more });
  const look = (view: AgentView, bought: Bought) => {
    const memory = { ...warmed(3, 0, config), bought };
    const decision = decided(tradingStrategy, view, memory, config);
    return { decision, bought: decision.memory.bought, posts: bodies(decision, "PostJob").length };
  };

  test("BUY-010: what cannot be so is refused with its reason, not paid, and its pay is there again", () => {
    const posted = look(quiet(), noneBought);
    expect(posted.posts).toBe(1);
    const bad = look(quiet([signal("btc-perp long 400 %")], AT + 1), posted.bought);
    expect(bodies(bad.decision, "AcceptJob")).toEqual([]);
    expect(bodies(bad.decision, "RejectJob")).toEqual([
      { job: "j-1", reason: "it does not say what a job of kind signal is for" },
    ]);
    expect(bad.bought.read).toBeUndefined();
    // Three were paid, and the fourth was refused: its pay buys another.
    const work = { postedAt: AT, paid: "0.15" };
    expect(look(quiet([], AT + 10_000, { work }), bad.bought).posts).toBe(1);
  });

  test("BUY-011: it pays no more than its budget in any 24 hours, by the fleet's books, to the cent", () => {
    const paid = (amount: string, jobs: AgentView["jobs"] = []) =>
      look(quiet(jobs, AT, { work: { postedAt: 0, paid: amount } }), noneBought).posts;
    expect([paid("0"), paid("0.15"), paid("0.150001"), paid("0.2")]).toEqual([1, 1, 0, 0]);
    // What an open job of another kind may yet be paid counts as well.
    const open = jobOf({ kind: "data", phase: "taken", amount: "0.05" });
    expect([paid("0.1", [open]), paid("0.11", [open])]).toEqual([1, 0]);
    const hers = jobOf({ by: "carol", kind: "data", phase: "taken", amount: "5" });
    expect(paid("0.15", [hers])).toBe(1);
  });

  test("BUY-012: started anew, it waits out its pause from when the books say that it posted last", () => {
    const posts = (postedAt: number) =>
      look(quiet([], AT, { work: { postedAt, paid: "0" } }), noneBought).posts;
    expect([posts(AT - 9_999), posts(AT - 10_000)]).toEqual([0, 1]);
  });

  test("BUY-013: one job at a time, not oftener than its pause, within what is left, and only while it runs", () => {
    expect(look(quiet([jobOf({ phase: "posted", taker: "" })]), noneBought).posts).toBe(0);
    const posted = look(quiet(), noneBought).bought;
    expect(look(quiet([], AT + 9_999), posted).posts).toBe(0);
    expect(look(quiet([], AT + 10_000), posted).posts).toBe(1);
    const poor = { ...sampleDelegation("trading", AT), available: "0.04" };
    expect(look(quiet([], AT, { delegation: poor }), noneBought).posts).toBe(0);
    expect(look(quiet([], AT, { zone: "orange" }), noneBought).posts).toBe(0);
    // What was delivered is still read and paid then.
    const red = look(quiet([signal("btc-perp flat")], AT, { zone: "red" }), noneBought);
    expect(bodies(red.decision, "AcceptJob")).toHaveLength(1);
  });
});

describe("buyers of rates", () => {
  test("BUY-020: carry must earn what the money would bring as a loan, once that was bought", () => {
    const config = buyer({ freshMs: 1_000 }, { strategy: "carry" });
    const posts = bodies(
      decided(tradingStrategy, viewAt(AT, 0), { ...warmed(3, 0), bought: noneBought }, config),
      "PostJob",
    );
    expect(posts).toMatchObject([{ kind: "data" }]);
    expect(hurdleOf(knows({ USDC: 30 }), config, AT + 1_000)).toBeCloseTo(0.3);
    expect(hurdleOf(knows({ USDC: 30 }), config, AT + 1_001)).toBe(0);
    // Funding of about 22 % a year over and under the mean.
    const markets = MARKETS.map((id, i) => ({
      ...sampleMarket(id, i === 0 ? "60000" : "3000", AT),
      funding: i === 0 ? 200_000 : -200_000,
    }));
    const sides = (percent: number) =>
      ordersOf(
        viewAt(AT, 0, { markets }),
        { ...warmed(30, 0, config), bought: knows({ USDC: percent }) },
        config,
      ).map(({ market, side }) => `${market} ${side}`);
    expect(sides(5)).toEqual(["btc-perp sell", "eth-perp buy"]);
    expect(sides(30)).toEqual([]);
  });

  const asset = { asset: "USDC", minRate: 50_000, minLoan: "10", maxLoan: "100" };
  const lender = (buys: object) =>
    lendingConfig.parse({ assets: [asset], buys: { perDay: "1", ...buys } });
  const view = (jobs: AgentView["jobs"] = []) =>
    sampleView("lending", {
      ...{ at: AT, jobs },
      holdings: [{ asset: "USDC", wallet: "500", lent: "0" }],
    });
  const asks = (told: number, buys: object = {}, readAt = AT) => {
    const memory = { ...beginLending(), bought: knows({ USDC: told }, readAt) };
    return bodies(decided(lendingStrategy, view(), memory, lender(buys)), "OpenLoan")[0]?.minRate;
  };

  test("BUY-021: a lender buys what other lenders are paid, and asks for a part of it", () => {
    const first = decided(lendingStrategy, view(), beginLending(), lender({}));
    expect(bodies(first, "PostJob")).toMatchObject([{ kind: "data", amount: "0.05" }]);
    const result = jobOf({ by: "lending", kind: "data", result: "USDC 10.00 %", taker: "other" });
    const memory = { ...beginLending(), bought: first.memory.bought };
    const next = decided(lendingStrategy, view([result]), memory, lender({ follow: 0.8 }));
    expect(bodies(next, "AcceptJob")).toEqual([{ job: "j-1" }]);
    expect(bodies(next, "OpenLoan")).toMatchObject([{ minRate: 80_000 }]);
    const off = decided(lendingStrategy, view(), beginLending(), lendingConfig.parse({}));
    expect(bodies(off, "PostJob")).toEqual([]);
  });

  test("BUY-022: never less than its own least rate, never more than so many times it, and while it is fresh", () => {
    expect(asks(10, { follow: 0.7 })).toBe(70_000);
    expect(asks(2)).toBe(50_000);
    expect(asks(900, { most: 3 })).toBe(150_000);
    expect(asks(10, { freshMs: 1_000 }, AT - 1_000)).toBe(80_000);
    expect(asks(10, { freshMs: 1_000 }, AT - 1_001)).toBe(50_000);
  });

  test("BUY-023: what is promised for a job is not lent as well", () => {
    const left = { ...sampleDelegation("lending", AT), reserved: "980", available: "20" };
    const lent = (perDay: string) => {
      const config = lendingConfig.parse({
        ...{ assets: [{ ...asset, minLoan: "1" }], useShare: 1 },
        buys: { perDay, amount: "15" },
      });
      const poor = { ...view(), delegation: left };
      return bodies(decided(lendingStrategy, poor, beginLending(), config), "OpenLoan")[0]?.amount;
    };
    expect([lent("0"), lent("15")]).toEqual(["20", "5"]);
  });
});
