/** The account of a run: what a person reads of the fleet's events, and what is kept from them. */
import { readFileSync } from "node:fs";
import pc from "picocolors";
import { describe, expect, test } from "vitest";
import type { PublicEvent } from "../../src/protocol/public.ts";
import { Account } from "../../src/surface/cli/account.ts";
import { paintLine, toneOf } from "../../src/surface/cli/account-tone.ts";
import { KNOWN_EVENTS, sentence } from "../../src/surface/cli/sentences.ts";
import { approved, filled, told } from "./events.ts";

/** What is read here of docs/asyncapi.json, which is made from the types of all events. */
interface Page {
  readonly components: { readonly messages: Record<string, { readonly name: string }> };
}

const PLAIN = pc.createColors(false);

/** What the account says of these events, without the time. */
function says(...events: readonly PublicEvent[]): string[] {
  const account = new Account();
  const lines = events.flatMap((event) => account.take(event));
  return [...lines, ...account.quiet(Number.MAX_SAFE_INTEGER)].map(
    ({ who, text, tone }) => `${who} ${tone}: ${text}`,
  );
}

describe("orders", () => {
  test("CLI-001: an order is told with its terms and its reason, its fills together at the end", () => {
    const closed = told("trading", "OrderClosed", {
      ...{ order: "o-1", phase: "filled", filled: "0.0021", released: "0" },
    });
    const second = filled({ qty: "0.0011", notional: "74.71222", positionQty: "0.0021" });
    expect(says(approved(), filled(), second, closed)).toMatchInlineSnapshot(`
      [
        "trading dim: buy 0.0021 BTC up to 69,288.20, 3x, holds 48.57, stop 54,632.10 | trend 3.12, volatility 140 %",
        "trading plain: bought 0.0021 BTC at 67,920.20 = 142.63 USDC, fee 0.0679; long 0.0021 BTC",
      ]
    `);
  });

  test("CLI-002: an order that filled nothing says so, one that reduces names no margin", () => {
    const closed = told("trading", "OrderClosed", {
      order: "o-1",
      phase: "cancelled",
      filled: "0",
    });
    expect(says(approved({ opening: "0", side: "sell" }), closed)).toMatchInlineSnapshot(`
      [
        "trading dim: sell 0.0021 BTC down to 69,288.20, reduces | trend 3.12, volatility 140 %",
        "trading plain: nothing filled: sell BTC (cancelled)",
      ]
    `);
  });

  test("CLI-003: what the coordinator forces names what forced it", () => {
    const [line] = says(approved({ opening: "0", forced: "unprotected" }));
    expect(line).toContain("the coordinator closes: unprotected");
  });

  test("CLI-004: only the first stop of a position is told, until it is flat again", () => {
    const stop = (version: number, qty: string): PublicEvent[] => [
      told("trading", "StopRequested", {
        ...{ market: "btc-perp", version, side: "sell", qty, trigger: "54632.1" },
      }),
      told("trading", "StopConfirmed", { market: "btc-perp", version }),
    ];
    const once = "trading dim: BTC protected: the platform holds a stop at 54,632.10";
    expect(says(...stop(1, "0.001"), ...stop(2, "0.002"))).toEqual([once]);
    expect(says(...stop(1, "1"), ...stop(2, "0"), ...stop(3, "1"))).toEqual([once, once]);
  });
});

describe("bets, escrows, loans", () => {
  const placed = told("casino", "BetPlaced", {
    ...{ bet: "b-1", game: "dice", stake: "20", params: { direction: "over", threshold: 10 } },
  });
  const settled = told("casino", "BetSettled", {
    ...{ bet: "b-1", won: true, payout: "22.666", outcome: "49.92" },
  });
  const checked = (verified: boolean): PublicEvent =>
    told("casino", "BetChecked", { bet: "b-1", verified, note: "the hash differs" });

  test("CLI-005: a bet is told when it is settled, with its stake and its gain", () => {
    expect(says(placed, settled)).toEqual([
      "casino plain: bet 20.00 on dice (over 10): 49.92, won +2.67",
    ]);
  });

  test("CLI-006: proofs that hold are told together, one that does not at once", () => {
    const revealed = told("fleet", "SeedRevealed", { seedHash: "bc570632e6d1", bets: 2 });
    expect(says(revealed, checked(true), checked(true))).toEqual([
      "casino good: ✓ 2 bets proven fair: recomputed from the revealed seed bc570632",
    ]);
    expect(says(checked(false))).toEqual([
      "casino bad: ✗ the proof of b-1 does not hold: the hash differs",
    ]);
  });

  test("CLI-121: of the law's own proof its dispute is told, and of a bet that none could prove its wait", () => {
    const proven = (fault: string) => told("casino", "BetProven", { bet: "b-1", fault });
    expect(says(proven(""), proven("win-mismatch"))).toEqual([]);
    const unproven = { bet: "b-1", seedHash: "bc570632e6d1", waitedMs: 600_000 };
    expect(says(told("casino", "BetUnproven", unproven))).toEqual([
      "casino warn: b-1 is unproven: no seed for it within 10 min",
    ]);
  });

  test("CLI-124: who may bet no more is told with who lied, and of a lying house that nobody may", () => {
    const held = (atFault: string) =>
      says(told("casino", "BettingHeld", { bet: "b-1", atFault, reason: "roll-mismatch" }));
    const until = "roll-mismatch; until the operator resumes it";
    expect(held("house")).toEqual([
      `casino bad: may bet no more, nor may anyone of the fleet, for b-1: the house lied: ${until}`,
    ]);
    expect(held("agent")).toEqual([
      `casino bad: may bet no more, for b-1: the agent lied: ${until}`,
    ]);
  });

  test("CLI-125: draws at the end of a seed that the house counts and never told of are told as a warning", () => {
    const seed = { seedHash: "bc570632e6d1a3f3", drawn: 12, told: 9, untold: 3 };
    expect(says(told("fleet", "SeedDrawsUntold", seed))).toEqual([
      "fleet warn: 3 draws at the end of seed bc570632e6d1 untold: the house counts 12, it told of 9",
    ]);
  });

  test("CLI-007: an escrow's end names the other side and both amounts", () => {
    const opened = told("escrow", "EscrowRequested", {
      ...{ escrow: "e-1", role: "pay", counterparty: "out-data-1", amount: "12" },
      description: "order books",
    });
    const released = told("escrow", "EscrowReleased", {
      ...{ escrow: "e-1", received: "11.88", fee: "0.12", referral: "0" },
    });
    expect(says(opened, released)).toEqual([
      "escrow dim: pays 12.00 to out-data-1: order books",
      "escrow good: released: out-data-1 got 11.88, fee 0.12",
    ]);
  });

  test("CLI-008: a loan is told when it is opened, with its rate and its cover", () => {
    const asked = told("lending", "LoanRequested", {
      ...{ loan: "l-1", asset: "BTC", units: "0.01", minRate: 5_000, hold: "611" },
    });
    const opened = told("lending", "LoanOpened", {
      loan: "l-1",
      rate: 73_713,
      collateral: 1_100_000,
    });
    expect(says(asked, opened)).toEqual([
      "lending good: lent 0.01 BTC at 7.37 % a year, covered 110 %",
    ]);
  });

  test("CLI-009: what began before anybody looked is told all the same", () => {
    const released = told("escrow", "EscrowReleased", {
      escrow: "e-9",
      received: "1",
      fee: "0.01",
    });
    expect(says(settled, released)).toEqual([
      "casino plain: b-1: 49.92, won 22.67",
      "escrow good: e-9 is released: 1.00 paid out, fee 0.01",
    ]);
  });
});

describe("refusals and routine", () => {
  const refused = (): PublicEvent =>
    told("trading", "Rejected", {
      ...{
        code: "zone_closed",
        number: 303,
        message: "The zone takes no new risk.",
        detail: "red",
      },
    });

  test("CLI-010: the first refusal of a kind is told whole, its repetitions are counted", () => {
    const account = new Account();
    const first = account.take(refused());
    expect(first.map(({ text }) => text)).toEqual([
      "refused 303 zone_closed: The zone takes no new risk. (red)",
    ]);
    expect([...account.take(refused()), ...account.take(refused())]).toEqual([]);
    expect(account.refusals(0).map(({ text }) => text)).toEqual([
      "2 more refusals: 303 zone_closed",
    ]);
    expect(account.refusals(0)).toEqual([]);
  });

  test("CLI-115: what comes with every mark is told once, and the rest together when it rests", () => {
    const account = new Account(1_000);
    const cut = (time: number, cap: string): PublicEvent => ({
      ...told("trading", "ShortfallCut", { cap, unused: "9", shortfall: "1" }),
      time,
    });
    const texts = (event: PublicEvent) => account.take(event).map(({ text }) => text);
    expect(texts(cut(0, "900"))).toEqual(["unused cap cut to 900.00: losses took the cover"]);
    expect([...texts(cut(900, "890")), ...texts(cut(1_800, "880"))]).toEqual([]);
    // Of another agent it is another row.
    expect(texts({ ...cut(1_900, "70"), agent: "escrow" })).toHaveLength(1);
    expect(account.quiet(2_799)).toEqual([]);
    expect(account.quiet(2_800)).toMatchObject([
      { at: 2_800, who: "trading", text: "unused cap cut 2 more times, to 880.00" },
    ]);
    // One alone leaves nothing to add, and the next is told anew.
    expect(account.quiet(99_000)).toEqual([]);
    expect(texts(cut(99_001, "60"))).toHaveLength(1);
  });

  test("CLI-011: the machinery's routine is not told", () => {
    const routine = ["MarksSet", "ReportsTaken", "DeadlinesPassed", "LeaseRenewed", "OrderWorking"];
    expect(says(...routine.map((type) => told("fleet", type)))).toEqual([]);
    expect(says(told("trading", "EffectAnswered", { outcome: "accepted" }))).toEqual([]);
    expect(
      says(told("trading", "EffectAnswered", { name: "3.0.0", outcome: "unknown" })),
    ).toHaveLength(1);
  });

  test("CLI-012: words of agents cannot command a terminal", () => {
    const evil = "\u001b[2J\u0007 \u202Etxt\r\n";
    for (const type of [...KNOWN_EVENTS, "SomethingNewer"]) {
      const fields = {
        reason: evil,
        note: evil,
        description: evil,
        counterparty: evil,
        detail: evil,
      };
      const said = sentence(told("escrow", type, fields));
      expect(said).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });

  test("CLI-013: an event that this version does not know is told by its fields", () => {
    expect(sentence(told("x", "MoonLanded", { crew: 3, name: "Eagle" }))).toBe(
      'crew=3 name="Eagle"',
    );
  });

  test("CLI-111: every public event has words of its own, and none says undefined or NaN", () => {
    const page = readFileSync(new URL("../../docs/asyncapi.json", import.meta.url), "utf8");
    const { messages } = (JSON.parse(page) as Page).components;
    const events = Object.entries(messages).filter(([key]) => key.startsWith("event"));
    const types = events.map(([, { name }]) => name);
    expect(types.length).toBeGreaterThan(100);
    expect(types.filter((type) => !KNOWN_EVENTS.includes(type))).toEqual([]);
    for (const type of types) expect(sentence(told("x", type))).not.toMatch(/undefined|NaN|^$/);
    const due = { due: "d-1", party: "shop", direction: "pay", amount: "4.50", note: "paper" };
    expect(sentence(told("x", "DueRecorded", due))).toBe("owes 4.50 USDC shop (d-1): paper");
  });

  test("CLI-116: a plan tells the orders that wait for fuller books, with others beside them or none", () => {
    const waiting = { steps: 1, expected: "23.83", atOnce: "25.26" };
    const step = { kind: "reduce", qty: "1.21", market: "eth-perp", of: "bob" };
    const plan = { call: "call-1", freed: "242", cost: "19.84", gap: 0, alternatives: [], waiting };
    const later = "1 order waits for fuller books: 23.83 expected in place of 25.26";
    expect(sentence(told("fleet", "LiquidationPlanned", { ...plan, steps: [] }))).toBe(
      `plan for call-1: ${later}`,
    );
    expect(sentence(told("fleet", "LiquidationPlanned", { ...plan, steps: [step] }))).toBe(
      `plan for call-1: reduce 1.21 ETH of bob; frees 242.00 for 19.84 USDC, at most 0.0 % above ` +
        `the bound; ${later}`,
    );
  });

  test("CLI-131: too few stablecoins are a warning with both parts, enough of them or no more asked are not", () => {
    const of = { share: 471_698, least: 500_000, stable: "3000", collateral: "6360" };
    expect(
      says(
        told("fleet", "StableShareLow", of),
        told("fleet", "StableShareRestored", { ...of, share: 555_555 }),
        told("fleet", "StableShareRestored", { ...of, least: 0 }),
      ),
    ).toEqual([
      "fleet warn: stablecoins are 47.2 % of the collateral, the rules ask for 50.0 %",
      "fleet good: stablecoins are enough again: 55.6 % of the collateral, the rules ask for 50.0 %",
      "fleet good: stablecoins are enough again: 47.2 % of the collateral, the rules ask no more",
    ]);
  });

  test("CLI-014: what went wrong stands out, by zone and by proof too", () => {
    const zone = (to: string): PublicEvent => told("fleet", "ZoneChanged", { from: "green", to });
    expect([zone("green"), zone("yellow"), zone("red")].map(toneOf)).toEqual([
      "good",
      "warn",
      "bad",
    ]);
    expect(toneOf(told("trading", "StopFailed"))).toBe("bad");
    expect(toneOf(told("fleet", "MoonLanded"))).toBe("plain");
  });

  test("CLI-015: a line is time, name and words, and has no colour codes where none are wanted", () => {
    const line = { at: 0, who: "casino", text: "bet", tone: "good" } as const;
    expect(paintLine(line, PLAIN)).toMatch(/^\d\d:\d\d:\d\d {2}casino {7}bet$/);
    expect(paintLine(line, pc.createColors(true))).toContain("\u001b[");
  });
});
