/** The judge of what the venue took: each way of booking it wrong is told. */
import { expect, test } from "vitest";
import { fleetId } from "../../src/core/ids.ts";
import { emptyState } from "../../src/fleet/state.ts";
import { TakenRules } from "../../src/lab/check/taken-rules.ts";
import type { EventOf } from "../../src/protocol/events.ts";
import { ALICE, at, BOB, BTC_PERP, coins, usd } from "../fleet/cast.ts";

const LAW = emptyState(fleetId("sim"));
type Taken = EventOf<"VenueLiquidated">;

const part = (
  of: typeof ALICE,
  size: string,
  left: string,
  fee: string,
): Taken["parts"][number] => ({
  ...{ of, qty: coins(size), notional: usd("100"), fee: usd(fee), realized: usd("0") },
  ...{ positionQty: coins(left), positionCost: usd("0"), positionMargin: usd("0") },
});
const event = (change: Partial<Taken> = {}): Taken => ({
  ...{ type: "VenueLiquidated", name: "l-1", market: BTC_PERP, side: "sell", qty: coins("0.3") },
  ...{ price: at("1000"), mark: at("1000"), notional: usd("200"), fee: usd("3") },
  ...{ covered: usd("0"), equity: usd("1"), maintenance: usd("2") },
  parts: [part(ALICE, "0.2", "0.3", "2"), part(BOB, "0.1", "0", "1")],
  ...change,
});

/** What is told of events, Alice long 0.5 and Bob long 0.1. */
function told(...events: readonly Taken[]): readonly string[] {
  const found: string[] = [];
  const sizes = new Map([
    [`${ALICE}/${BTC_PERP}`, 50_000_000n],
    [`${BOB}/${BTC_PERP}`, 10_000_000n],
  ]);
  const rules = new TakenRules((invariant, detail) => found.push(`${invariant} ${detail}`), sizes);
  for (const one of events) rules.event(one, LAW);
  return found;
}

test("TAK-001: what is parted to the unit, once, from who holds it, is fine", () => {
  expect(told(event())).toEqual([]);
});

test("TAK-002: a name twice, parts that are not the whole, and what nobody held are told", () => {
  expect(
    told(event(), event({ parts: [], qty: coins("0"), notional: usd("0"), fee: usd("0") })),
  ).toEqual(["I4 l-1 is booked twice"]);
  expect(told(event({ qty: coins("0.31") }))[0]).toContain("I1 l-1: quantity");
  expect(told(event({ notional: usd("200.000001") }))[0]).toContain("I1 l-1: notional");
  expect(told(event({ fee: usd("2") }))[0]).toContain("I1 l-1: fee");
  const beyond = [part(ALICE, "0.2", "0.3", "2"), part(BOB, "0.1", "0.1", "1")];
  expect(told(event({ parts: beyond }))[0]).toContain("I1 l-1: bob/btc-perp is 0 after it");
  const short = event({ side: "buy" });
  expect(told(short).filter((one) => one.startsWith("I9"))).toHaveLength(2);
});
