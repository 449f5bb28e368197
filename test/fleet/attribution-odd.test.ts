/** Odd trades and who brought what by them: each counted anew from its journal, beside what it should come to by hand. */
import { describe, expect, test } from "vitest";
import { type AgentId, FLEET } from "../../src/core/ids.ts";
import type { AttributionView } from "../../src/protocol/margin-view.ts";
import { attributed } from "./beside.ts";
import { ALICE, BOB, DORA, usd } from "./cast.ts";
import { forcedFill, held } from "./crisis-cast.ts";
import { by, given, ops, reported, type Step } from "./spec.ts";
import { aliceLong, fill, fleetOf, marks, order } from "./steps.ts";
import { deleveraged, liquidated } from "./venue-cast.ts";

const of = ({ lines }: AttributionView, agent: AgentId) => lines.find((one) => one.agent === agent);
const results = (view: AttributionView, agent: AgentId) => of(view, agent)?.results ?? {};
const minus = (text: string) => -usd(text) as ReturnType<typeof usd>;

describe("trades", () => {
  test("ATT-011: a fee that the venue pays back is a gain in the column of fees", () => {
    const rebate: Step = (law) =>
      reported({ ...(fill(ALICE, "o1", "0.1")(law) as object), fee: minus("0.25") } as never);
    const view = attributed(given(...fleetOf(ALICE), order(ALICE, "o1"), rebate));
    expect(results(view, ALICE)).toMatchObject({ fees: "0.25", trading: "0" });
    expect(view.wallet.results).toBe("0.25");
  });

  test("ATT-012: filled in parts that divide by nothing, what came in is the result when the last unit is gone", () => {
    const part =
      (name: string, size: string, notional: string): Step =>
      (law) =>
        reported({
          ...(fill(ALICE, name, size)(law) as object),
          ...{ notional: usd(notional), fee: usd("0.000001") },
        } as never);
    const story = given(
      ...fleetOf(ALICE),
      order(ALICE, "o1"),
      part("o1", "0.033", "330.000001"),
      part("o1", "0.067", "670.000003"),
      order(ALICE, "o2", { side: "sell" }),
      part("o2", "0.007", "70.000001"),
    );
    attributed(story);
    story.given(part("o2", "0.093", "929.999999"));
    // 1,000.000004 went out, 1,000 came in, four fees of a unit.
    expect(results(attributed(story), ALICE)).toMatchObject({
      ...{ trading: "-0.000004", fees: "-0.000004" },
    });
    expect(of(attributed(story), ALICE)).toMatchObject({ unrealized: "0", pnl: "-0.000008" });
  });

  test("ATT-013: through zero only what was there is realized, and what is opened costs what it cost", () => {
    const story = given(
      ...aliceLong,
      order(ALICE, "o2", { side: "sell", qty: "0.13" }),
      reported((law) => ({ ...fill(ALICE, "o2", "0.13", "10100")(law), fee: usd("0") }) as never),
      marks("10000"),
    );
    // 10 on the tenth that was long, 3 on what is short now.
    const view = attributed(story);
    expect(of(view, ALICE)).toMatchObject({ realized: "9", unrealized: "3", pnl: "12" });
    story.given(
      order(ALICE, "o3", { qty: "0.1" }),
      reported((law) => ({ ...fill(ALICE, "o3", "0.1", "9900")(law), fee: usd("0") }) as never),
    );
    // 10 on the first tenth, 6 on what was short, and 0.07 is long from 9,900.
    const back = attributed(story);
    expect(results(back, ALICE)["trading"]).toBe("16");
    expect(of(back, ALICE)).toMatchObject({ realized: "15", unrealized: "7", pnl: "22" });
  });

  test("ATT-014: what two agents settle between them sums to nothing, and neither pays a fee for it", () => {
    const settle = (from: AgentId) =>
      by(from, "Settle", { market: "btc-perp", qty: "0.033", ttlMs: 60_000 });
    const story = given(...fleetOf(ALICE, BOB), ...held(ALICE, "0.1"), ...held(BOB, "0.1", "sell"));
    const before = attributed(story);
    story.given(marks("10333.333333"), settle(ALICE), settle(BOB));
    const view = attributed(story);
    expect(view.total.results).toEqual(before.total.results);
    expect([ALICE, BOB].map((one) => results(view, one)["trading"])).toEqual([
      "10.999999",
      "-10.999999",
    ]);
    expect(view.wallet.results).toBe(before.wallet.results);
  });

  test("ATT-015: what the venue takes of two is each one's own, its fee and the fund's part to the unit", () => {
    const story = given(
      ...fleetOf(ALICE, BOB, DORA),
      ...held(ALICE, "0.1"),
      ...held(BOB, "0.05"),
      ...held(DORA, "0.03", "sell"),
      reported(liquidated("0.12", { fee: "1.000001", covered: "0.7" })),
      reported(deleveraged("0.003", { name: "t-2", price: "9999" })),
    );
    const view = attributed(story);
    expect(view.total.results).toMatchObject({ trading: "-119.303", fees: "-2.800001" });
    expect(results(view, DORA)).toMatchObject({ trading: "0", fees: "-0.3" });
  });

  test("ATT-016: of what nobody held the fund's part is the fleet's result, and its fee is the venue's", () => {
    const story = given(
      ...fleetOf(ALICE),
      ...held(ALICE, "0.1"),
      reported(liquidated("0.2", { fee: "2", covered: "1" })),
    );
    const view = attributed(story);
    expect(results(view, ALICE)).toMatchObject({ trading: "-99.5", fees: "-2" });
    expect(results(view, FLEET)).toMatchObject({ trading: "0.5", fees: "-1" });
  });

  test("ATT-017: a forced close that two share is each one's own, by its own fill", () => {
    const story = given(...fleetOf(ALICE, BOB), ...held(ALICE, "0.1"), ...held(BOB, "0.05"));
    story.given(ops("SetMode", { mode: "flatten", reason: "now" }), forcedFill("9000"));
    const view = attributed(story);
    expect([ALICE, BOB].map((one) => results(view, one))).toMatchObject([
      { trading: "-100", fees: "-1.9" },
      { trading: "-50", fees: "-0.95" },
    ]);
  });
});
