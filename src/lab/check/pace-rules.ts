/** What must hold of a pace: in one span plans send no more into a market, net, than its part of the depth. */
import { max, mulDiv } from "../../core/money.ts";
import type { Law } from "../../fleet/state.ts";
import type { EventOf, FleetEvent } from "../../protocol/events.ts";
import type { Invariant } from "./breach.ts";

type Tell = (invariant: Invariant, detail: string) => void;
type Planned = EventOf<"LiquidationPlanned">;

/** 1e-8 coin times 1e-8 USDC in millionths of USDC. */
const UNITS = 10_000_000_000n;
const ONE = 1_000_000n;

interface Sent {
  readonly market: string;
  readonly sign: bigint;
  readonly qty: bigint;
  readonly mark: bigint;
}

/** A span of a market, and what went in it net: sells positive, in millionths of USDC. */
interface Span {
  readonly since: number;
  net: bigint;
  /** What its pace lets go of it, by the plan that sent last. */
  part: bigint;
}

export class PaceRules {
  readonly #tell: Tell;
  readonly #spans = new Map<string, Span>();
  /** Orders of plans that have not ended. */
  readonly #open = new Map<string, Sent>();

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** Before an event is folded. */
  event(event: FleetEvent, at: number, law: Law): void {
    switch (event.type) {
      case "LiquidationPlanned":
        return this.#planned(event, at, law);
      case "OrderApproved": {
        const { agent, order, market, side, qty, mark, forced } = event;
        if (!/^(call-|orange$|trailing-stop$)/.test(forced)) return;
        const sign = side === "sell" ? 1n : -1n;
        this.#open.set(`${agent}/${order}`, { market, sign, qty, mark });
        return;
      }
      case "OrderRejected":
        return this.#unsent(`${event.agent}/${event.order}`, 0n, at, law);
      case "OrderClosed":
        return this.#unsent(`${event.agent}/${event.order}`, event.filled, at, law);
    }
  }

  #planned({ call, steps, books = [] }: Planned, at: number, law: Law): void {
    const pace = law.policy?.crisis?.pace;
    if (pace === undefined) return;
    const touched = new Set<string>();
    for (const { kind, market, side, qty } of steps) {
      const mark = law.markets.get(market)?.mark ?? 0n;
      if (kind === "cross") continue;
      const before = this.#spans.get(market);
      const runs = before !== undefined && at < before.since + pace.everyMs;
      const span = runs ? before : { since: at, net: 0n, part: 0n };
      span.net += (side === "sell" ? 1n : -1n) * mulDiv(mark, qty, UNITS, "down");
      this.#spans.set(market, span);
      touched.add(market);
    }
    for (const { market, depth, mark } of books) {
      const span = touched.has(market) ? this.#spans.get(market) : undefined;
      if (span === undefined) continue;
      const { net } = span;
      const lot = mulDiv(mark, law.markets.get(market)?.policy.lot ?? 0n, UNITS, "up");
      span.part = mulDiv(depth, BigInt(pace.depth), ONE, "up");
      const most = max(span.part, lot) + BigInt(steps.length);
      if (net > most || -net > most)
        this.#tell("I9", `${call}: ${net} go into ${market} in one span, its pace is ${most}`);
    }
  }

  /** Does the span that runs take not one lot more of a market? Then nothing there can be closed now. */
  isShut(market: string, at: number, law: Law): boolean {
    const span = this.#spans.get(market);
    const held = law.markets.get(market as never);
    const everyMs = law.policy?.crisis?.pace?.everyMs ?? 0;
    if (span === undefined || held?.mark === undefined || at >= span.since + everyMs) return false;
    const left = span.part - (span.net < 0n ? -span.net : span.net);
    return left < mulDiv(held.mark, held.policy.lot, UNITS, "up");
  }

  /** What an order did not fill was not sent, while its span runs. */
  #unsent(key: string, filled: bigint, at: number, law: Law): void {
    const sent = this.#open.get(key);
    this.#open.delete(key);
    const span = sent === undefined ? undefined : this.#spans.get(sent.market);
    const everyMs = law.policy?.crisis?.pace?.everyMs ?? 0;
    if (sent === undefined || span === undefined || at >= span.since + everyMs) return;
    span.net -= sent.sign * mulDiv(sent.mark, sent.qty - filled, UNITS, "down");
  }
}
