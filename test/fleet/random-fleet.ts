/** A random story: agents, operator, clock, feed and a legal venue, every choice drawn from small numbers. */
import { expect } from "vitest";
import { type AgentId, USDC } from "../../src/core/ids.ts";
import { formatDecimal, price } from "../../src/core/money.ts";
import { millis } from "../../src/core/time.ts";
import { compareBooks } from "../../src/fleet/books.ts";
import { breaches } from "../../src/fleet/invariants.ts";
import { coverOf } from "../../src/fleet/totals.ts";
import type { Policy } from "../../src/protocol/policy.ts";
import type { Turn } from "../../src/protocol/turns.ts";
import { canonical } from "./canonical.ts";
import { ALICE, BOB, BTC_PERP, DORA, ETH, ETH_PERP, POLICY, unitsOf } from "./cast.ts";
import { checkOpenings } from "./openings.ts";
import { domainDraft } from "./random-registrar.ts";
import { type Pick, RandomVenue } from "./random-venue.ts";
import { by, type Draft, inner, ops, Story, tick } from "./spec.ts";
import { configured, enrolled, granted, marks } from "./steps.ts";

/** One choice: which thing happens, and with which numbers. */
export type Choice = readonly [what: number, a: number, b: number, c: number];

const AGENTS = [ALICE, BOB, DORA] as const;
const OPENS = new Set<string>([
  ...["ReservationHeld", "BetPlaced", "EscrowRequested", "LoanRequested", "DomainRequested"],
]);
const text = (millionths: number): string => formatDecimal(BigInt(millionths), 6);
const lots = (count: number): string => formatDecimal(BigInt(count), 3);

interface Options {
  readonly checked?: boolean;
  /** Rules other than the usual ones. */
  readonly rules?: Partial<Policy>;
}

export class RandomFleet {
  readonly story = new Story();
  readonly venue = new RandomVenue();
  #btc = 10_000_000_000;
  #names = 0;

  readonly #checked: boolean;

  /** Unchecked, a long story is looked at only where its test says so. */
  constructor({ checked = true, rules = {} }: Options = {}) {
    this.#checked = checked;
    this.story.given(configured({ ...POLICY, raiseDelayMs: 2_000, ...rules }));
    this.venue.fund(USDC, unitsOf("10000", 6));
    this.venue.fund(ETH, unitsOf("3", 8));
    this.#hear(0);
    this.story.given(marks("10000"));
    for (const party of ["shop", "mill"])
      this.story.given(ops("SetAgreement", { party, group: "club", everyMs: 4_000 }));
    for (const [i, agent] of AGENTS.entries()) {
      const mode = i === 0 ? "isolated" : "cross";
      this.story.given(
        enrolled(agent),
        granted(agent, { mode, cap: "1500", floor: i === 1 ? "900" : "0" }),
      );
    }
  }

  /** Lets one choice happen, and checks what must hold after it. */
  step([what, a, b, c]: Choice): void {
    const before = this.story.journal.length;
    this.#happen(what % 24, a, b, c);
    for (const { turn } of this.story.journal.slice(before)) this.#check(turn);
    if (this.#checked) expect(breaches(this.story.state)).toEqual([]);
  }

  /** Everything that was reported is taken. */
  hear(): void {
    this.#hear(0);
  }

  /** New leases, new money and run mode, so that a long story does not run dry. */
  afresh(): void {
    this.venue.fund(USDC, unitsOf("5000", 6));
    this.#hear(0);
    this.#take(ops("SetMode", { mode: "run", reason: "on" }));
    this.#take(ops("SetMode", { mode: "run", reason: "on", venue: "paper" }));
    for (const agent of AGENTS) {
      this.#take(ops("SetMode", { mode: "run", reason: "on", agent }));
      this.#take(granted(agent, { cap: "1500" }));
    }
    this.story.journal.length = 0;
  }

  /** What must hold of the whole story. */
  finish(): void {
    this.#hear(0);
    expect(canonical(this.story.replica)).toBe(canonical(this.story.state));
    expect(compareBooks(this.story.state, this.venue.snapshot(this.story.now))).toEqual([]);
    checkOpenings(this.story.journal.map(({ turn }) => turn));
    const fills = this.story.journal
      .flatMap(({ turn }) => turn.events)
      .filter((event) => event.type === "FillBooked");
    expect(new Set(fills.map(({ trade }) => trade)).size).toBe(fills.length);
  }

  #happen(what: number, a: number, b: number, c: number): void {
    const agent = AGENTS[a % 3] ?? ALICE;
    if (what < 9) return this.#take(this.#asked(agent, what, b, c));
    if (what < 12) return this.#answer(a, b);
    if (what < 16) {
      for (let i = 0; i <= a % 4; i++) this.venue.happen(this.#picker(b + i), (m) => this.#mark(m));
      return this.#hear(c);
    }
    if (what < 18) return this.#pass(b % 3_000);
    if (what < 20) return this.#move(b);
    if (what === 20) return this.#take(this.#governed(agent, b, c));
    if (what === 21) {
      const market = b % 3 === 0 ? ETH_PERP : BTC_PERP;
      if (c % 5 < 3) this.venue.takeAway(market, this.#mark(market), this.#picker(b));
      else this.venue.funding(BTC_PERP, BigInt((b % 400_000) - 200_000), this.#mark(BTC_PERP));
      return this.#hear(c);
    }
    if (what === 22) return this.#silently(a);
    if (c % 3 !== 0) return this.#settle(b);
    return this.#take(by(agent, "Renew", {}));
  }

  /** Whoever holds a position consents to settle a part of it. */
  #settle(b: number): void {
    const held = [...this.story.state.positions.values()].filter(({ qty }) => qty !== 0n);
    for (const { agent, market, qty } of held) {
      const size = qty < 0n ? -qty : qty;
      const lot = market === ETH_PERP ? 1_000_000n : 100_000n;
      const part = (size / lot / BigInt(1 + (b % 3))) * lot;
      if (part === 0n || !AGENTS.some((one) => one === agent)) continue;
      const ttlMs = 1 + (b % 9_000);
      this.#take(by(agent, "Settle", { market, qty: formatDecimal(part, 8), ttlMs }));
    }
  }

  #take(draft: Draft): void {
    this.story.take(draft);
  }

  #asked(agent: AgentId, what: number, b: number, c: number): Draft {
    this.#names += 1;
    const name = `n${this.#names}`;
    const known = `n${c % (this.#names + 1)}`;
    const market = b % 5 === 0 ? "eth-perp" : "btc-perp";
    switch (what) {
      case 0:
        return by(agent, "Reserve", {
          reservation: name,
          amount: text(1 + ((b * 977) % 900_000_000)),
          service: "trading",
          ttlMs: 1 + (c % 9_000),
        });
      case 1:
        if (c % 4 === 0) return by(agent, "Release", { reservation: known });
        return domainDraft(this.story.state, agent, b, Math.floor(c / 4));
      case 2:
      case 3:
      case 4: {
        const side = c % 2 === 0 ? "buy" : "sell";
        const qty =
          market === "eth-perp" ? formatDecimal(BigInt(1 + (b % 90)), 2) : lots(1 + (b % 90));
        const extra = what === 4 ? { reduceOnly: true } : c % 7 === 0 ? { reservation: known } : {};
        return by(agent, "PlaceOrder", {
          order: name,
          market,
          side,
          qty,
          leverage: 1_000_000 + (c % 5) * 1_000_000,
          ...extra,
        });
      }
      case 5:
        return by(agent, "CancelOrder", { order: known });
      case 6:
        return by(agent, "PlaceBet", {
          bet: name,
          game: "dice",
          stake: text(1 + (b % 90_000_000)),
          params: {},
          clientSeed: "seed-seed",
        });
      case 7: {
        const role = c % 3 === 0 ? "earn" : "pay";
        if (c % 4 === 0) return by(agent, "ReleaseEscrow", { escrow: known });
        if (c % 5 === 0)
          return by(agent, "RecordDue", {
            ...{ due: name, party: c % 2 === 0 ? "shop" : "mill" },
            ...{ direction: b % 3 === 0 ? "receive" : "pay", amount: text(1 + (b % 70_000_000)) },
          });
        return by(agent, "OpenEscrow", {
          escrow: name,
          role,
          counterparty: "shop",
          amount: text(1 + (b % 80_000_000)),
          timeoutMs: 9,
          description: "x",
        });
      }
      default: {
        if (c % 3 === 0) return by(agent, "RecallLoan", { loan: known });
        const eth = c % 2 === 0;
        const amount = eth
          ? formatDecimal(BigInt(1 + (b % 60_000_000)), 8)
          : text(1 + (b % 300_000_000));
        return by(agent, "OpenLoan", {
          loan: name,
          asset: eth ? "ETH" : "USDC",
          amount,
          minRate: 0,
          noticeMs: 9,
        });
      }
    }
  }

  #governed(agent: AgentId, b: number, c: number): Draft {
    const modes = ["run", "run", "run", "reduce", "halt", "flatten"] as const;
    switch (c % 9) {
      case 8:
        return ops("Reallocate", { dryRun: b % 3 === 0, rule: b % 5 === 0 ? "ladder" : "sharpe" });
      case 0:
        return ops("SetMode", {
          mode: modes[b % 6] ?? "run",
          reason: "x",
          ...(b % 4 === 0 ? {} : b % 13 === 0 ? { venue: "paper" } : { agent }),
        });
      case 1:
        return ops("Cut", { agent, cap: text(b % 1_500_000_000) });
      case 2:
        return ops("Raise", { agent, cap: this.#more(agent, b) });
      case 3:
        return ops("Recall", { agent, graceMs: 1 + (b % 4_000) });
      case 4:
        return ops("Revoke", { agent });
      case 5:
        return granted(agent, { cap: text(1 + (b % 9_000_000_000)), floor: "0" });
      case 6:
        return ops("Withdraw", {
          asset: b % 2 === 0 ? "USDC" : "ETH",
          amount: text(1 + (b % 900_000_000)),
          to: "home",
        });
      default:
        return ops("Deposit", { asset: "USDC", amount: text(1 + (b % 500_000_000)) });
    }
  }

  #more(agent: AgentId, b: number): string {
    const cap = this.story.state.agents.get(agent)?.delegation?.cap ?? 0n;
    return formatDecimal(cap + BigInt(1 + (b % 90_000_000)), 6);
  }

  #answer(a: number, b: number): void {
    const open = [...this.story.state.outbox.values()];
    const chosen = open[a % Math.max(open.length, 1)];
    if (chosen === undefined) return;
    const answer = this.venue.answer(chosen.approved, this.#picker(b));
    this.#take(inner("TakeAnswer", { name: chosen.approved.name, answer }));
  }

  #silently(a: number): void {
    const open = [...this.story.state.outbox.values()];
    const chosen = open[a % Math.max(open.length, 1)];
    if (chosen !== undefined) this.venue.takeSilently(chosen.approved);
  }

  /** Takes what the venue reported, some of it again. */
  #hear(c: number): void {
    const from = Math.max(0, this.story.state.reportsThrough - (c % 3));
    const reports = this.venue.reports.slice(from);
    if (reports.length > 0) this.#take(inner("TakeReports", { reports }));
  }

  #pass(ms: number): void {
    this.story.run({ wait: ms });
    this.#take(tick);
    for (const held of this.story.state.positions.values()) {
      if (held.phase === "unprotected") expect(held.protectBy).toBeGreaterThan(this.story.now);
    }
  }

  #move(b: number): void {
    this.#btc = Math.min(
      Math.max(Math.round(this.#btc * (1 + ((b % 1_001) - 500) / 10_000)), 1_000_000_000),
      90_000_000_000,
    );
    this.story.run({ wait: 1 });
    const at = millis(this.story.now);
    const made = [
      { market: BTC_PERP, price: price(BigInt(this.#btc) * 100n), at },
      { market: ETH_PERP, price: price(BigInt(this.#btc) * 10n), at },
    ];
    this.#take(inner("SetMarks", { marks: made }));
  }

  #mark(market: typeof BTC_PERP): bigint {
    return this.story.state.markets.get(market)?.mark ?? 1n;
  }

  #picker(seed: number): Pick {
    let state = seed + 1;
    return (below) => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
  }

  /** No turn delegates or holds more than there is, nor opens risk where that is shut. */
  #check({ events }: Turn): void {
    const { state } = this.story;
    for (const event of events) {
      const loosened = ["DelegationGranted", "CapRaised", "WithdrawalApproved"].includes(
        event.type,
      );
      if (loosened) expect(coverOf(state)).toBeGreaterThanOrEqual(0n);
      const opens = (event.type === "OrderApproved" && event.opening > 0n) || OPENS.has(event.type);
      if (!opens || !("agent" in event)) continue;
      const holder = state.agents.get(event.agent);
      const cap = holder?.delegation?.cap ?? 0n;
      expect([state.mode, holder?.mode, holder?.delegation?.phase]).toEqual([
        "run",
        "run",
        "active",
      ]);
      if (event.type === "OrderApproved") expect(state.kills.get("@paper")).toBeUndefined();
      if (event.type !== "EscrowRequested" || event.role === "pay")
        expect((holder?.reserved ?? 1n) <= cap).toBe(true);
    }
  }
}
