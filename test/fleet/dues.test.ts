/** Debts with outsiders: held, netted two by two and around groups, paid in the fewest transfers, never lost. */

import { describe, expect, test } from "vitest";
import { FLEET, USDC } from "../../src/core/ids.ts";
import { percent } from "../../src/core/ppm.ts";
import { millis } from "../../src/core/time.ts";
import { resultOf, walletOf } from "../../src/fleet/ledger.ts";
import { fleetView } from "../../src/fleet/views.ts";
import { ALICE, BOB, ETH, named, unitsOf, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, held } from "./crisis-cast.ts";
import {
  ACCEPTED,
  answered,
  by,
  effectOf,
  given,
  ops,
  REJECTED,
  reported,
  type Step,
  type Story,
  tick,
  wait,
} from "./spec.ts";
import { deposited, enrolled, granted, marks } from "./steps.ts";

const HOUR = 3_600_000;
const terms = { cap: "500", leaseMs: 90_000_000 };
const fleet = crisisFleet(crisisPolicy({}), "1000", [ALICE, terms], [BOB, terms]);
const agreed = (party: string, group?: string) =>
  ops("SetAgreement", { party, everyMs: HOUR, ...(group === undefined ? {} : { group }) });
const owes = (agent: typeof ALICE, due: string, amount: string, party = "shop") =>
  by(agent, "RecordDue", { due, party, direction: "pay", amount });
const gets = (agent: typeof ALICE, due: string, amount: string, party = "shop") =>
  by(agent, "RecordDue", { due, party, direction: "receive", amount });
const hour: readonly Step[] = [wait(HOUR), tick];
const withdrawn = (amount: string): Step =>
  reported(
    (law) =>
      ({
        type: "withdrawn",
        effect: effectOf("Withdraw")(law),
        asset: USDC,
        amount: unitsOf(amount, 6),
      }) as never,
  );
const results = ({ state }: Story) =>
  [ALICE, BOB].map((agent) => resultOf(state.ledger, USDC, "dues", agent));
const wallet = ({ state }: Story) => walletOf(state.ledger, USDC);

describe("with one outsider", () => {
  test("DUE-001: what is owed is held, what is to come counts for nothing until it has come", () => {
    const story = given(...fleet, agreed("shop"), owes(ALICE, "d1", "100"), gets(BOB, "d1", "80"));
    expect(story.state.agents.get(ALICE)?.reserved).toBe(usd("100"));
    expect(story.state.agents.get(BOB)?.reserved).toBe(0n);
    expect([story.state.collateral, ...results(story)]).toEqual([usd("1000"), 0n, 0n]);
    story.when(owes(ALICE, "d2", "400.000001")).refused("cap_exceeded");
  });

  test("DUE-002: at the interval one transfer pays the difference, and each agent has its own result", () => {
    const story = given(...fleet, agreed("shop"), owes(ALICE, "d1", "100"), gets(BOB, "d1", "80"));
    story
      .given(wait(HOUR - 1))
      .when(tick)
      .bringsNothing();
    story.when(wait(1), tick);
    story.bringsAmong({
      type: "DuesNetted",
      ...{ agent: FLEET, group: "shop", gross: usd("180"), cleared: usd("160"), owed: usd("20") },
      transfers: [{ debtor: "fleet", creditor: "shop", amount: usd("20") }],
    } as never);
    story.bringsAmong({ type: "DuePaid", party: "shop", amount: usd("20") } as never);
    expect(results(story)).toEqual([usd("-100"), usd("80")]);
    expect([wallet(story), story.state.collateral]).toEqual([usd("980"), usd("980")]);
    expect(story.state.agents.get(ALICE)?.reserved).toBe(0n);
    story.given(withdrawn("20"), answered(effectOf("Withdraw"), ACCEPTED));
    expect(story.state.ledger.get("USDC/withdrawals")).toBe(0n);
    expect(story.state.ledger.get("USDC/external")).toBe(-usd("1000"));
  });

  test("DUE-003: more to come than is owed pays nothing, and is booked when it has come", () => {
    const story = given(...fleet, agreed("shop"), owes(ALICE, "d1", "30"), gets(BOB, "d1", "80"));
    story.given(...hour);
    expect(eventsOf(story, "DuePaid")).toEqual([]);
    expect(eventsOf(story, "DuesNetted")).toMatchObject([
      { awaited: usd("50"), left: [{ of: BOB, party: "shop", amount: usd("50") }] },
    ]);
    expect(results(story)).toEqual([usd("-30"), usd("30")]);
    story.when(ops("ReceiveDue", { party: "shop", amount: "50.000001" }));
    story.refused("nothing_due", "asked 50.000001, allowed 50");
    story.given(deposited("20"), ops("ReceiveDue", { party: "shop", amount: "20" }));
    expect(results(story)).toEqual([usd("-30"), usd("50")]);
    story.given(deposited("30"), ops("ReceiveDue", { party: "shop", amount: "30" }));
    expect(story.state.dues.open.size).toBe(0);
    expect([results(story)[1], wallet(story)]).toEqual([usd("80"), usd("1050")]);
  });

  test("DUE-004: a payment that the venue refuses is owed by the fleet at the next interval, once", () => {
    const story = given(...fleet, agreed("shop"), owes(ALICE, "d1", "100"), ...hour);
    story.given(answered(effectOf("Withdraw"), REJECTED));
    expect(wallet(story)).toBe(usd("1000"));
    expect(story.state.agents.get(FLEET)?.reserved).toBe(usd("100"));
    expect(results(story)).toEqual([usd("-100"), 0n]);
    story.given(...hour);
    expect(eventsOf(story, "DuePaid").map(({ amount }) => amount)).toEqual([
      usd("100"),
      usd("100"),
    ]);
    expect([results(story)[0], resultOf(story.state.ledger, USDC, "dues", FLEET)]).toEqual([
      usd("-100"),
      0n,
    ]);
    story.given(withdrawn("100"), answered(effectOf("Withdraw"), ACCEPTED));
    expect(wallet(story)).toBe(usd("900"));
  });

  test("DUE-005: without the cash it waits for the next interval and says so", () => {
    const coins = [...crisisFleet(crisisPolicy({}), "100"), deposited("10", ETH), marks("10000")];
    const story = given(...coins, enrolled(ALICE), granted(ALICE, terms), agreed("shop"));
    story.given(owes(ALICE, "d1", "200"), ...hour);
    expect(eventsOf(story, "DuesDeferred")).toMatchObject([
      { group: "shop", need: usd("200"), cash: usd("100") },
    ]);
    expect(eventsOf(story, "DuesNetted")).toEqual([]);
    story.given(deposited("150"), ...hour);
    expect(eventsOf(story, "DuePaid")).toMatchObject([{ amount: usd("200") }]);
    expect(wallet(story)).toBe(usd("50"));
  });
});

describe("around a group", () => {
  const group = [agreed("shop", "club"), agreed("mill", "club"), agreed("port", "club")];
  test("DUE-006: a ring of equal debts needs no payment at all", () => {
    const story = given(
      ...[...fleet, ...group, owes(ALICE, "d1", "50", "shop")],
      ops("RecordOutsideDue", { debtor: "shop", creditor: "mill", amount: "50" }),
      gets(BOB, "d1", "50", "mill"),
      ...hour,
    );
    expect(eventsOf(story, "DuesNetted")).toMatchObject([
      { gross: usd("150"), cleared: usd("150"), owed: 0n, awaited: 0n, transfers: [] },
    ]);
    expect(results(story)).toEqual([usd("-50"), usd("50")]);
    expect(story.state.dues.outside).toEqual([]);
  });

  test("DUE-007: many debts become the fewest transfers, and only the fleet's own are paid by it", () => {
    const story = given(
      ...[...fleet, ...group, owes(ALICE, "d1", "70", "shop"), gets(BOB, "d1", "40", "mill")],
      ops("RecordOutsideDue", { debtor: "port", creditor: "shop", amount: "25" }),
      ...hour,
    );
    const [told] = eventsOf(story, "DuesNetted");
    // Net: fleet -30, mill -40, port -25, shop +95.
    expect(told?.transfers).toHaveLength(3);
    expect(told?.owed).toBe(usd("30"));
    expect(eventsOf(story, "DuePaid")).toMatchObject([{ party: "shop", amount: usd("30") }]);
    expect(wallet(story)).toBe(usd("970"));
  });

  test("DUE-008: what is left to come is owed by whoever pays the fleet now", () => {
    const story = given(
      ...[...fleet, ...group, gets(ALICE, "d1", "60", "shop"), gets(BOB, "d1", "10", "mill")],
      ops("RecordOutsideDue", { debtor: "port", creditor: "shop", amount: "60" }),
      ...hour,
    );
    const [told] = eventsOf(story, "DuesNetted");
    expect(told?.awaited).toBe(usd("70"));
    const from = told?.left.map(({ of, party, amount }) => [of, party, amount]);
    expect(from?.reduce((sum, line) => sum + (line[2] as bigint), 0n)).toBe(usd("70"));
    expect(new Set(from?.map(([, party]) => party))).toEqual(new Set(["mill", "port"]));
    story.given(deposited("60"), ops("ReceiveDue", { party: "port", amount: "60" }));
    expect(results(story).reduce<bigint>((sum, one) => sum + one, 0n)).toBe(usd("60"));
  });
});

test("DUE-009: who is not agreed with, known already or still owing is refused", () => {
  const story = given(...fleet, agreed("shop"), agreed("mill"));
  story.when(owes(ALICE, "d1", "1", "port")).refused("unknown_party", "port");
  story.given(owes(ALICE, "d1", "1"));
  story.when(owes(ALICE, "d1", "1")).refused("due_exists");
  story.when(agreed("shop", "club")).refused("has_obligations");
  story.when(ops("EndAgreement", { party: "shop" })).refused("has_obligations");
  story.when(ops("EndAgreement", { party: "port" })).refused("unknown_party");
  const other = { debtor: "shop", creditor: "mill", amount: "1" };
  story.when(ops("RecordOutsideDue", other)).refused("unknown_party", "mill");
  story.when(ops("RecordOutsideDue", { ...other, creditor: "shop" })).refused("bad_field");
  story.when(ops("SetAgreement", { party: "fleet", everyMs: 1 })).refused("not_allowed");
  story.given(ops("EndAgreement", { party: "mill" }), ...hour, gets(ALICE, "d2", "1"), ...hour);
  // Nobody is netted with the mill any more; the shop goes on.
  expect(eventsOf(story, "DuesNetted").map(({ group }) => group)).toEqual(["shop", "shop"]);
  expect(named("shop")).toBe("shop");
});

test("DUE-010: referral income is shown with the fees that it was earned from: a net cost", () => {
  const open = by(ALICE, "OpenEscrow", {
    ...{ escrow: "e1", role: "pay", amount: "100", counterparty: "shop", referrer: "fleet-ref" },
    ...{ timeoutMs: 9_000, description: "work" },
  } as const);
  const name = effectOf("OpenEscrow");
  const story = given(...fleet, open);
  const escrow = name(story.state);
  story.given(
    answered(name, ACCEPTED),
    reported({ type: "escrowFunded", escrow, expiresAt: millis(9) }),
  );
  story.given(
    reported({ type: "escrowDelivered", escrow }),
    by(ALICE, "ReleaseEscrow", { escrow: "e1" }),
    reported({
      ...{ type: "escrowReleased", escrow, received: usd("99") },
      ...{ fee: usd("1"), referral: usd("0.15") },
    }),
  );
  const said = { income: "0.15", fees: "1", net: "-0.85", by: { alice: "0.15" } };
  expect(fleetView(story.state, 0).referral).toEqual(said);
});

test("DUE-020: what was lost to outsiders alone is put to the drawdown ladder in the turn in which it is netted", () => {
  const ladder = [{ drawdown: percent(5), keeps: percent(50) }];
  const rules = crisisPolicy({ drawdownLadder: ladder });
  const paid = (amount: string) =>
    given(
      ...crisisFleet(rules, "1000", [ALICE, terms], [BOB, terms]),
      ...[agreed("shop"), owes(ALICE, "d1", amount), gets(BOB, "d2", "1"), ...hour],
    );
  const cut = { type: "DrawdownCut", agent: ALICE, rung: 1, cap: usd("250") } as const;
  paid("25").bringsAmong({ type: "DuesNetted" }, cut).bringsNo("FloorBreached");
  paid("24.9").bringsNo("DrawdownCut");
});

test("DUE-021: an isolated agent is called for what it lost to outsiders, and is well again by what came from them", () => {
  const rules = { callAt: percent(10), targetMaintenance: percent(8), hysteresis: percent(1) };
  const lone = { ...terms, mode: "isolated" } as const;
  const story = given(
    ...crisisFleet(crisisPolicy({ ...CALLS, ...rules }), "1000", [ALICE, lone]),
    ...[...held(ALICE, "0.06"), agreed("shop")],
    ...[owes(ALICE, "d1", "300"), ...hour],
  );
  story.bringsAmong({ type: "MarginCalled", agent: ALICE, cause: "maintenance" });
  story.given(gets(ALICE, "d2", "290"));
  story.when(ops("ReceiveDue", { party: "shop", amount: "290" }));
  story.bringsAmong({ type: "MarginCured", agent: ALICE });
});
