/** The judge of who brought what: each way of booking it to another, as another or otherwise is told. */
import { expect, test } from "vitest";
import type { Law } from "../../src/fleet/state.ts";
import { Audit } from "../../src/lab/check/audit.ts";
import { Brought } from "../../src/lab/check/brought.ts";
import type { FleetEvent } from "../../src/protocol/events.ts";
import { ALICE, BOB, BTC_PERP, coins, usd } from "../fleet/cast.ts";
import { held } from "../fleet/crisis-cast.ts";
import { given, reported } from "../fleet/spec.ts";
import { fleetOf, marks } from "../fleet/steps.ts";
import { liquidated } from "../fleet/venue-cast.ts";

const story = given(
  ...fleetOf(ALICE, BOB),
  ...held(ALICE, "0.1"),
  ...held(BOB, "0.05"),
  reported({
    ...{ type: "funding", market: BTC_PERP, rate: 0, rateNano: 100_000n, position: 15_000_000n },
    ...{ mark: 1_000_000_000_000n, payment: usd("-0.15") },
  } as never),
  reported(liquidated("0.06", { fee: "3", covered: "1.5" })),
  marks("9500"),
);

type Change = (event: FleetEvent) => FleetEvent;
const as =
  <T extends FleetEvent["type"]>(type: T, change: object) =>
  (event: FleetEvent): FleetEvent =>
    event.type === type ? ({ ...event, ...change } as FleetEvent) : event;

/** What is told of the story's books, by its events or by others. */
function told(law: Law = story.state, change: Change = (event) => event): string | undefined {
  const brought = new Brought();
  for (const { turn } of story.journal)
    for (const event of turn.events) brought.event(change(event));
  return brought.differs(law);
}

/** The books with a change of an account: so much more for it. */
const booked = (...more: readonly (readonly [string, bigint])[]): Law => {
  const ledger = new Map(story.state.ledger);
  for (const [account, amount] of more) ledger.set(account, (ledger.get(account) ?? 0n) + amount);
  return { ...story.state, ledger };
};
const parts =
  (change: (i: number) => object): Change =>
  (event) =>
    event.type === "VenueLiquidated"
      ? { ...event, parts: event.parts.map((part, i) => ({ ...part, ...change(i) })) }
      : event;

test("BRO-001: books that are what their events come to are fine", () => {
  expect(told()).toBeUndefined();
});

test("BRO-002: a result of another's, of another kind, of nobody's event, or kept otherwise in sum is told", () => {
  const [alice, bob] = ["USDC/external/fees/alice", "USDC/external/fees/bob"];
  expect(told(booked([alice, 1n], [bob, -1n]))).toContain("fees of alice is booked as");
  expect(told(booked([alice, -1n], ["USDC/external/trading/alice", 1n]))).toContain("alice");
  expect(told(booked(["ETH/external/interest/bob", -5n]))).toContain(
    "interest of bob is booked as 5 ETH",
  );
  const gone: Law = {
    ...story.state,
    ledger: new Map([...story.state.ledger].filter(([account]) => account !== alice)),
  };
  expect(told(gone)).toContain("results came of events");
  const kept = (change: object): Law => ({
    ...story.state,
    agents: new Map(
      [...story.state.agents].map(([id, one]) => [id, id === BOB ? { ...one, ...change } : one]),
    ),
  });
  expect(told(kept({ realized: 7n }))).toContain("results of bob are kept as 7");
  expect(told(kept({ coins: 7n }))).toContain("coins of bob are kept as 7");
  expect(told(kept({ unrealized: 7n }))).toContain("what bob has open is kept as 7");
});

test("BRO-003: funding that is shared otherwise than by what is held is told", () => {
  const shares = [{ agent: ALICE, amount: usd("0.1") }];
  const booking = story.journal
    .flatMap(({ turn }) => turn.events)
    .find(({ type }) => type === "FundingBooked");
  expect(booking).toMatchObject({ shares: [{ amount: -100_000n }, { amount: -50_000n }] });
  // The shares of the event are what the books follow; the judge asks what each held.
  const law = booked(["USDC/external/funding/alice", -200_000n]);
  expect(told(law, as("FundingBooked", { shares }))).toContain(
    "funding of alice is booked as 100000",
  );
});

test("BRO-004: a position whose size, cost, fee or cover does not follow from its trades is told", () => {
  expect(told(story.state, as("FillBooked", { positionQty: coins("9") }))).toContain("told as");
  expect(told(story.state, as("FillBooked", { positionCost: usd("9") }))).toContain(
    "has open cost",
  );
  expect(
    told(
      story.state,
      parts((i) => ({ fee: usd(i === 0 ? "3" : "0") })),
    ),
  ).toContain("fee of");
  expect(
    told(
      story.state,
      parts(() => ({ notional: usd("1") })),
    ),
  ).toContain("value of");
  expect(
    told(
      story.state,
      parts(() => ({ realized: usd("0") })),
    ),
  ).toContain("cover of");
  expect(told(story.state, as("VenueLiquidated", { covered: usd("1.4") }))).toContain("cover");
});

test("BRO-005: fees and funding of all agents that are not the venue's are told", () => {
  const audit = new Audit(new Map());
  const facts = { market: BTC_PERP, side: "buy", qty: coins("1"), price: 1n, notional: usd("5") };
  const report = { type: "fill", trade: "t", order: "1.1.1", ...facts, fee: usd("2"), seq: 1 };
  audit.take(report as never);
  const law = (kind: string, amount: bigint): Law => ({
    ...story.state,
    positions: new Map(),
    ledger: new Map([
      ["USDC/wallet", -7_000_000n],
      [`USDC/external/${kind}/alice`, amount],
    ]),
  });
  expect(audit.differs(law("fees", usd("2")))).toBeUndefined();
  expect(audit.differs(law("trading", usd("2")))).toContain("fees of all agents are 0");
  audit.take({ type: "funding", market: BTC_PERP, payment: usd("3"), seq: 2 } as never);
  const paid = new Map(law("fees", usd("2")).ledger).set("USDC/wallet", -4_000_000n);
  expect(audit.differs({ ...story.state, positions: new Map(), ledger: paid })).toContain(
    "funding of all agents are 0",
  );
});
