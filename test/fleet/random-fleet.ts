/** A random story: agents, operator, clock, feed and a legal venue, every choice drawn from small numbers. */
import { expect } from "vitest";
import { USDC } from "../../src/core/ids.ts";
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
import { askedOf, governedOf } from "./random-drafts.ts";
import { type Pick, RandomVenue } from "./random-venue.ts";
import { by, type Draft, inner, ops, Story, tick } from "./spec.ts";
import { configured, enrolled, granted, marks } from "./steps.ts";

/** One choice: which thing happens, and with which numbers. */
export type Choice = readonly [what: number, a: number, b: number, c: number];

const AGENTS = [ALICE, BOB, DORA] as const;
const OPENS = new Set<string>([
  ...["ReservationHeld", "BetPlaced", "EscrowRequested", "LoanRequested", "DomainRequested"],
]);

interface Options {
  readonly checked?: boolean;
  /** Rules other than the usual ones. */
  readonly rules?: Partial<Policy>;
  readonly story?: Story;
}

export class RandomFleet {
  readonly story: Story;
  readonly venue = new RandomVenue();
  #btc = 10_000_000_000;
  #names = 0;

  readonly #checked: boolean;

  /** Unchecked, a long story is looked at only where its test says so. */
  constructor({ checked = true, rules = {}, story = new Story() }: Options = {}) {
    this.story = story;
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

  /** New leases, new money and run mode, so that a long story does not run dry; its journal begins anew. */
  afresh(): void {
    this.renew();
    this.story.journal.length = 0;
  }

  /** The same with all of the journal kept. */
  renew(): void {
    this.venue.fund(USDC, unitsOf("5000", 6));
    this.#hear(0);
    this.#take(ops("SetMode", { mode: "run", reason: "on" }));
    this.#take(ops("SetMode", { mode: "run", reason: "on", venue: "paper" }));
    for (const agent of AGENTS) {
      this.#take(ops("SetMode", { mode: "run", reason: "on", agent }));
      this.#take(granted(agent, { cap: "1500" }));
    }
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
    if (what < 9) {
      this.#names += 1;
      return this.#take(askedOf(this.story.state, this.#names, [what, b, c], agent));
    }
    if (what < 12) return this.#answer(a, b);
    if (what < 16) {
      for (let i = 0; i <= a % 4; i++) this.venue.happen(this.#picker(b + i), (m) => this.#mark(m));
      return this.#hear(c);
    }
    if (what < 18) return this.#pass(b % 3_000);
    if (what < 20) return this.#move(b);
    if (what === 20) return this.#take(governedOf(this.story.state, agent, b, c));
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
