/** New rules: what tightens holds at once, what loosens collateral waits, what is unlisted may only be reduced. */
import { describe, expect, test } from "vitest";
import { percent } from "../../src/core/ppm.ts";
import type { Policy } from "../../src/protocol/policy.ts";
import { ALICE, BTC_PERP, ETH, ETH_PERP, POLICY, usd } from "./cast.ts";
import { eventsOf } from "./crisis-cast.ts";
import { alarm, clear } from "./risk-cases.ts";
import { by, given, type Step, tick, wait } from "./spec.ts";
import { aliceLong, configured, deposited, marks, open, order } from "./steps.ts";

const haircut = (part: number, rest: Partial<Policy> = {}): Policy => ({
  ...POLICY,
  ...rest,
  assets: POLICY.assets.map((one) =>
    one.asset === ETH ? { ...one, haircut: percent(part) } : one,
  ),
});
/** 10,000 USDC and 1 ETH at 1,000: 800 of it counts. */
const fleet: readonly Step[] = [...open, deposited("1", ETH)];

describe("haircuts", () => {
  test("CFG-001: a smaller one waits the delay of a raise, a larger one holds at once", () => {
    const story = given(...fleet).when(configured(haircut(10), "p2"));
    story.brings(
      { type: "FleetConfigured" },
      {
        type: "HaircutScheduled",
        asset: ETH,
        from: percent(20),
        to: percent(10),
        effectiveAt: story.now + 60_000,
      },
    );
    expect(story.state.collateral).toBe(usd("10800"));
    story.given(wait(59_999)).when(tick).bringsNothing();
    story
      .when(wait(1), tick)
      .bringsAmong({ type: "HaircutLoosened", haircut: percent(10) } as never);
    expect(story.state.collateral).toBe(usd("10900"));
    // What is neither gained nor lost moves no peak away from equity.
    expect(story.state.crisis.peak).toBe(usd("10900"));
    story.when(configured(haircut(50), "p3")).brings({ type: "FleetConfigured" });
    expect(story.state.collateral).toBe(usd("10500"));
    expect(story.state.crisis.peak).toBe(usd("10500"));
  });

  test("CFG-002: no rules shorten the wait that they fall under, and other changes do not begin it anew", () => {
    const story = given(...fleet, configured(haircut(10, { raiseDelayMs: 1 }), "p2"));
    story.given(wait(30_000), configured(haircut(10, { collar: percent(2) }), "p3"));
    story.given(wait(29_999), tick);
    expect(story.state.assets.get(ETH)?.haircut).toBe(percent(20));
    story.given(wait(1), tick);
    expect(story.state.assets.get(ETH)?.haircut).toBe(percent(10));
    expect(eventsOf(story, "HaircutLoosened")).toHaveLength(1);
  });

  test("CFG-003: taken back before its time, it never comes; an asset newly listed counts for nothing until then", () => {
    const back = given(...fleet, configured(haircut(10), "p2"), configured(haircut(20), "p3"));
    back.given(wait(60_000), tick);
    expect(eventsOf(back, "HaircutLoosened")).toEqual([]);
    const [usdc] = POLICY.assets;
    const none = { ...POLICY, assets: usdc === undefined ? [] : [usdc] };
    const story = given(configured(none), deposited("10000"), marks("10000"));
    story.given(configured(POLICY, "p2"), deposited("1", ETH));
    expect(story.state.collateral).toBe(usd("10000"));
    story.given(wait(60_000), tick);
    expect(story.state.collateral).toBe(usd("10800"));
  });

  test("CFG-004: while an alarm holds collateral does not begin to count for more", () => {
    const story = given(...fleet, configured(haircut(10), "p2"), alarm, wait(60_000), tick);
    expect(story.state.assets.get(ETH)?.haircut).toBe(percent(20));
    story.given(clear, wait(60_000), tick);
    expect(story.state.assets.get(ETH)?.haircut).toBe(percent(10));
  });
});

describe("a market that is no longer in the rules", () => {
  const eth = POLICY.markets.filter(({ market }) => market === ETH_PERP);
  const unlisted = configured({ ...POLICY, markets: eth }, "p2");
  test("CFG-005: takes no opening more, its resting openings go, and what is open may be reduced", () => {
    const story = given(...aliceLong, order(ALICE, "rest", { limit: "9950" })).when(unlisted);
    story.bringsAmong({ type: "CancelRequested", agent: ALICE, order: "rest" } as never);
    expect(story.state.markets.get(BTC_PERP)?.delisted).toBe(true);
    story.when(order(ALICE, "o2")).refused("reduce_only");
    story.when(by(ALICE, "MoveStop", { market: "btc-perp", stop: "9214" })).refused("reduce_only");
    story.when(order(ALICE, "o3", { side: "sell", reduceOnly: true }));
    story.brings({ type: "OrderApproved", opening: 0n });
  });

  test("CFG-006: listed again it is traded again, and the others never noticed", () => {
    const story = given(...aliceLong, unlisted);
    story
      .when(order(ALICE, "e1", { market: "eth-perp", qty: "1" }))
      .brings({ type: "OrderApproved" });
    story.given(configured(POLICY, "p3"));
    story.when(order(ALICE, "o2")).brings({ type: "OrderApproved" });
  });
});
