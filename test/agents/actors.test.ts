/** Each specialist, run as it will be: on a clock, against a fleet that does what it takes. */
import { expect, test } from "vitest";
import { casino } from "../../agents/casino/actor.ts";
import { escrow } from "../../agents/escrow/actor.ts";
import { lending } from "../../agents/lending/actor.ts";
import { trading } from "../../agents/trading/actor.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import type { Service } from "../../src/protocol/words.ts";
import type { SpecialistDefinition } from "../../src/sdk/define.ts";
import { MemoryFleet, type Script } from "../../src/sdk/memory-fleet.ts";
import { type RunningSpecialist, runSpecialist } from "../../src/sdk/run.ts";
import { sampleMarket, sampleView } from "../../src/sdk/sample-view.ts";
import { advance, keptLog, SimulatedClock } from "../sdk/helpers.ts";
import { Casino } from "./casino-given.ts";

interface Ground {
  readonly clock: SimulatedClock;
  readonly fleet: MemoryFleet;
  readonly start: (nonce: string) => RunningSpecialist;
}

/** Runs one with its defaults, every order, bet, escrow and loan granted by the script. */
function ground<C, M>(
  definition: SpecialistDefinition<C, M>,
  script: Script,
  part: Partial<AgentView> = {},
): Ground {
  const clock = new SimulatedClock();
  const view = sampleView(definition.service as Service, part);
  const fleet = new MemoryFleet({ view, now: () => clock.now(), script });
  const start = (nonce: string) =>
    runSpecialist(definition, {
      link: fleet.link(),
      nonce,
      seed: 5,
      clock,
      log: keptLog().log,
    });
  return { clock, fleet, start };
}

const count = (fleet: MemoryFleet, command: string): number =>
  fleet.taken.filter((taken) => taken.command === command).length;
const isUnique = (fleet: MemoryFleet, field: string): boolean => {
  const names = fleet.taken.flatMap((taken) => taken.body[field] ?? []);
  return new Set(names).size === names.length && names.length > 0;
};

/** Fills every order in full at the mark. */
const filling: Script = (taken, view) => {
  if (taken.command !== "PlaceOrder") return view;
  const market = String(taken.body["market"]);
  const sign = taken.body["side"] === "buy" ? 1 : -1;
  const before = view.positions.find((position) => position.market === market);
  const qty = Number(before?.qty ?? 0) + sign * Number(taken.body["qty"]);
  const others = view.positions.filter((position) => position.market !== market);
  if (Math.abs(qty) < 1e-9) return { ...view, positions: others };
  const text = qty.toFixed(4);
  const held = { market, phase: "protected" as const, qty: text, entry: "1", mark: "1" };
  const money = { margin: "0", unrealized: "0", stop: "0" };
  return { ...view, positions: [...others, { ...held, ...money }] };
};

test("ACT-001: trading orders within 15 s and goes on from its positions after a crash", async () => {
  const { clock, fleet, start } = ground(trading, filling);
  const prices = new Map([
    ["btc-perp", 60_000],
    ["eth-perp", 3_000],
  ]);
  const tick = (drift: number): void => {
    for (const [id, price] of prices) prices.set(id, price * Math.exp(drift));
    const markets = [...prices].map(([id, price]) =>
      sampleMarket(id, price.toFixed(2), clock.now()),
    );
    fleet.view = { ...fleet.view, markets };
  };
  tick(0);
  const first = start("a");
  for (let i = 0; i < 30; i++) {
    await advance(clock, 500, 250);
    tick(0.0001);
  }
  expect(count(fleet, "PlaceOrder")).toBeGreaterThan(0);
  expect(fleet.view.positions.every((position) => Number(position.qty) > 0)).toBe(true);
  await first.stop();
  const orders = fleet.taken.length;
  const second = start("b");
  await advance(clock, 3_000, 250);
  expect(fleet.taken.length).toBe(orders);
  fleet.view = { ...fleet.view, zone: "red" };
  await advance(clock, 4_000, 250);
  expect(second.phase()).toBe("reducing");
  expect(fleet.view.positions).toEqual([]);
  expect(isUnique(fleet, "order")).toBe(true);
  await second.stop();
});

test("ACT-002: the casino specialist plays, proves and is restarted without betting twice", async () => {
  const house = new Casino();
  const script: Script = (taken, view) => {
    const body = taken.body as never;
    if (taken.command === "PlaceBet") house.place(body);
    if (taken.command === "RotateSeed") house.rotate();
    if (taken.command === "CheckBet") house.check(body);
    const { bets, casino: committed } = house.view(0);
    return { ...view, bets, casino: committed };
  };
  const { bets, casino: committed } = house.view(0);
  const { clock, fleet, start } = ground(casino, script, { bets, casino: committed });
  const first = start("a");
  await advance(clock, 30_000, 500);
  await first.stop();
  const second = start("b");
  await advance(clock, 30_000, 500);
  expect(count(fleet, "PlaceBet")).toBeGreaterThan(10);
  expect(house.checks.length).toBeGreaterThan(8);
  expect(house.checks.every(({ verified }) => verified)).toBe(true);
  expect(second.phase()).toBe("running");
  expect(new Set(house.checks.map(({ bet }) => bet)).size).toBe(house.checks.length);
  await second.stop();
});

test("ACT-003: the casino specialist rests where there is no edge, and its beat says why", async () => {
  const house = new Casino();
  const { clock, fleet } = ground(casino, (_taken, view) => view, { ...house.view(0) });
  const games = [
    { game: "dice", params: { direction: "over", threshold: 50 }, pays: "1.99", maxStake: "20" },
  ];
  const running = runSpecialist(casino, {
    link: fleet.link(),
    nonce: "a",
    seed: 1,
    clock,
    config: { games },
  });
  await advance(clock, 3_000);
  expect(running.phase()).toBe("resting");
  expect(fleet.beats.at(-1)?.note).toMatch(/^no edge/);
  expect(fleet.taken).toEqual([]);
  await running.stop();
});

test("ACT-004: the escrow specialist opens, delivers and releases, and takes turns after a crash", async () => {
  /** The outsider does its part at once. */
  const script: Script = (taken, view) => {
    const name = String(taken.body["escrow"]);
    const others = view.escrows.filter((one) => one.escrow !== name);
    if (taken.command === "ReleaseEscrow") return { ...view, escrows: others };
    if (taken.command === "DeliverEscrow") return { ...view, escrows: others };
    if (taken.command !== "OpenEscrow") return view;
    const role = taken.body["role"] as "pay" | "earn";
    const phase = role === "pay" ? ("delivered" as const) : ("funded" as const);
    const { counterparty, amount } = taken.body as { counterparty: string; amount: string };
    const rest = { description: "", referrer: "", referee: "", expiresAt: 0, pending: "" };
    const opened = { escrow: name, role, counterparty, amount, phase, ...rest };
    return { ...view, escrows: [...others, opened] };
  };
  const { clock, fleet, start } = ground(escrow, script);
  const first = start("a");
  await advance(clock, 10_000, 500);
  await first.stop();
  const second = start("b");
  await advance(clock, 20_000, 500);
  expect(count(fleet, "OpenEscrow")).toBeGreaterThan(6);
  expect(count(fleet, "ReleaseEscrow")).toBeGreaterThan(2);
  expect(count(fleet, "DeliverEscrow")).toBeGreaterThan(2);
  const opened = fleet.taken.filter((taken) => taken.command === "OpenEscrow");
  expect(new Set(opened.map((taken) => taken.body["escrow"])).size).toBe(opened.length);
  await second.stop();
});

test("ACT-005: the lending specialist lends its share, recalls it in orange and lends again", async () => {
  const script: Script = (taken, view) => {
    const usdc = (wallet: number, lent: number) => [
      { asset: "USDC", wallet: String(wallet), lent: String(lent) },
    ];
    const lent = Number(view.holdings[0]?.lent ?? 0);
    if (taken.command === "OpenLoan") {
      const amount = String(taken.body["amount"]);
      const base = { loan: String(taken.body["loan"]), asset: "USDC", amount, rate: 60_000 };
      const loans = [...view.loans, { ...base, phase: "open" as const, interest: "0" }];
      const now = lent + Number(amount);
      return { ...view, loans, holdings: usdc(500 - now, now) };
    }
    if (taken.command !== "RecallLoan") return view;
    const gone = view.loans.find((loan) => loan.loan === taken.body["loan"]);
    const now = lent - Number(gone?.amount ?? 0);
    const loans = view.loans.filter((loan) => loan !== gone);
    return { ...view, loans, holdings: usdc(500 - now, now) };
  };
  const holdings = [{ asset: "USDC", wallet: "500", lent: "0" }];
  const { clock, fleet, start } = ground(lending, script, { holdings });
  const running = start("a");
  await advance(clock, 10_000, 500);
  expect(fleet.view.holdings[0]?.lent).toBe("200");
  fleet.view = { ...fleet.view, zone: "orange" };
  await advance(clock, 10_000, 500);
  expect(running.phase()).toBe("reducing");
  expect(fleet.view.holdings[0]?.lent).toBe("0");
  fleet.view = { ...fleet.view, zone: "green" };
  await advance(clock, 10_000, 500);
  expect(fleet.view.holdings[0]?.lent).toBe("200");
  expect(running.phase()).toBe("running");
  await running.stop();
});
