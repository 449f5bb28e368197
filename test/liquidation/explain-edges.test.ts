/** In which order steps run and how the smallest of them are told. */
import { describe, expect, test } from "vitest";
import type { Plan, PlanInput } from "../../src/liquidation/plan-types.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { value } from "./adl-words.ts";
import { COIN, held, market, USDC } from "./hand.ts";

/** More is asked than there is: all of it is closed. */
const allOf = (input: Omit<PlanInput, "need">): Plan =>
  value(plan({ ...input, need: 1_000_000n * USDC }));
const free = { temporary: 0, fee: 0 };

describe("steps at their edges", () => {
  test("EXPL-009: orders run by what each would cost alone for each USDC of margin, hedges and all", () => {
    const { steps } = allOf({
      markets: [
        market("free", free),
        market("fee", { temporary: 0, fee: 0.001 }),
        market("deep", { temporary: 2.5e-5, fee: 0 }),
      ],
      positions: [
        // 30 for 100, 2 for 10, and 5 with a fee of 0.2 for 20.
        held("a", "free", 10n, { hedge: 30 }),
        held("b", "free", 1n, { hedge: 2 }),
        held("c", "fee", 2n, { funding: 5 }),
        // 25 of impact for 100.
        held("d", "deep", 10n),
        // 0.2 for 0.4: the dearest, small as it is.
        held("e", "free", 1n, { margin: 400_000n, hedge: 0.2 }),
        // Nothing for nothing.
        held("z", "free", 1n, { margin: 0n }),
      ],
    });
    expect(steps.map(({ position }) => position).join("")).toBe("zbdcae");
    expect(steps.map(({ cost }) => cost)).toEqual(
      [0, 2, 25, 5.2, 30, 0.2].map((x) => expect.closeTo(x, 9)),
    );
  });

  test("EXPL-010: a rest counts as a lot, and the smallest long and short cross", () => {
    const odd = allOf({
      markets: [market("m", free)],
      positions: [held("a", "m", 0n, { qty: 2n * COIN + 1n, margin: 30n })],
    });
    expect(odd.steps.map(({ kind, qty, lots }) => [kind, qty, lots])).toEqual([
      ["close", 2n * COIN + 1n, 3n],
    ]);
    const { steps } = allOf({
      markets: [market("m", { ...free, lot: 1n }), market("n", { ...free, lot: 1n })],
      positions: [
        held("a", "m", 0n, { qty: 1n, margin: 5n }),
        held("b", "m", 0n, { qty: -1n, margin: 7n }),
        held("c", "n", 0n, { qty: 1n, margin: 9n }),
      ],
    });
    const told = steps.map(({ kind, position, side, qty, lots, frees }) =>
      [kind, position, side, qty, lots, frees].join(" "),
    );
    expect(told).toEqual(["cross a sell 1 1 5", "cross b buy 1 1 7", "close c sell 1 1 9"]);
    // An order has nobody against it, and does not say so.
    expect(steps.map((step) => "against" in step)).toEqual([true, true, false]);
  });
});
