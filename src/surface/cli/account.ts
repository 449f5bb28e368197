/** The account of what the fleet does: events in, lines for people out, boring ones conflated. */
import type { PublicEvent } from "../../protocol/public.ts";
import { FORCED, Repeats } from "./account-repeats.ts";
import { type Line, toneOf } from "./account-tone.ts";
import { number, text, values } from "./fields.ts";
import {
  coinOf,
  count,
  money,
  multiple,
  percent,
  plural,
  priceText,
  signedMoney,
} from "./numbers.ts";
import { isRoutine, sentence } from "./sentences.ts";

/** An order since its approval. */
interface OpenOrder {
  readonly side: string;
  readonly market: string;
  /** What made the coordinator send it; "" for an order of its agent. */
  readonly forced: string;
  filled: number;
  notional: number;
  fee: number;
  realized: number;
  position: number;
}

/** What is told when it closes, not when it begins; of a false proof the dispute tells. */
const TOLD_LATER = new Set([
  "BetProven",
  ...["BetPlaced", "LoanRequested", "LoanInterest", "SeedRotationRequested", "SeedRevealed"],
  ...["EscrowActRequested", "EscrowDelivered", "StopRequested", "DepositRequested"],
  ...["ReservationHeld", "ReservationPosted", "ReservationReleased", "ReservationVoided"],
]);

/** Causes of orders that a plan names step by step. */
const PLANNED = /^(call-|orange$|trailing-stop$)/;

/** Checks of proofs come one by one; they are told together after this long without another. */
const QUIET_MS = 400;
/** What comes with every mark is told together after so long without another. */
const REPEAT_MS = 5_000;

export class Account {
  readonly #orders = new Map<string, OpenOrder>();
  readonly #begun = new Map<string, PublicEvent>();
  readonly #stops = new Map<string, string>();
  readonly #refused = new Map<string, { readonly first: PublicEvent; more: number }>();
  readonly #repeats: Repeats;
  #checks: { agent: string; count: number; at: number } | undefined;
  #seed = "";

  /** @param repeatMs the fleet's time without another one that ends a row of the same. */
  constructor(repeatMs: number = REPEAT_MS) {
    this.#repeats = new Repeats(repeatMs);
  }

  /** Lines for one event, in order; none for what is not worth one. */
  take(event: PublicEvent): Line[] {
    const before = event.type === "BetChecked" ? [] : this.quiet(event.time);
    return this.#repeats.swallows(event) ? before : [...before, ...this.#told(event)];
  }

  /** Lines that waited for more of their kind; `now` is the fleet's time. */
  quiet(now: number): Line[] {
    const rested = this.#repeats.rested(now).map(({ event, at, said }): Line => {
      return { at, who: event.agent, text: said, tone: toneOf(event) };
    });
    const checks = this.#checks;
    if (checks === undefined || now - checks.at < QUIET_MS) return rested;
    this.#checks = undefined;
    const proven = `✓ ${plural(checks.count, "bet")} proven fair`;
    const said = `${proven}: recomputed from the revealed seed ${this.#seed}`;
    return [...rested, { at: checks.at, who: checks.agent, text: said, tone: "good" }];
  }

  /** How often each refusal was repeated since the last time. */
  refusals(now: number): Line[] {
    const lines: Line[] = [];
    for (const [key, { first, more }] of this.#refused) {
      this.#refused.set(key, { first, more: 0 });
      if (more === 0) continue;
      const said = `${more} more refusals: ${text(first, "number")} ${text(first, "code")}`;
      lines.push({ at: now, who: first.agent, text: said, tone: "dim" });
    }
    return lines;
  }

  #told(event: PublicEvent): Line[] {
    const said = this.#words(event);
    if (said === undefined) return [];
    return [{ at: event.time, who: event.agent, text: said, tone: toneOf(event) }];
  }

  #words(event: PublicEvent): string | undefined {
    switch (event.type) {
      case "OrderApproved":
        return this.#approved(event);
      case "FillBooked":
        return this.#filled(event);
      case "OrderClosed":
        return this.#closed(event);
      case "StopRequested":
      case "StopConfirmed":
        return this.#stop(event);
      case "BetSettled":
        return this.#bet(event);
      case "BetChecked":
        return this.#checked(event);
      case "SeedRevealed":
        this.#seed = text(event, "seedHash").slice(0, 8);
        return undefined;
      case "EscrowReleased":
      case "EscrowRefunded":
      case "EscrowFailed":
      case "EscrowDisputed":
        return this.#escrowEnd(event);
      case "LoanOpened":
      case "LoanReturned":
      case "LoanFailed":
        return this.#loan(event);
      case "Rejected":
        return this.#rejected(event);
      case "EffectAnswered":
        return text(event, "outcome") === "unknown" ? sentence(event) : undefined;
      default:
        return this.#plain(event);
    }
  }

  #plain(event: PublicEvent): string | undefined {
    const named =
      event.type === "BetPlaced" ? "bet" : event.type.startsWith("Loan") ? "loan" : "escrow";
    if (["BetPlaced", "LoanRequested", "EscrowRequested"].includes(event.type)) {
      this.#begun.set(`${event.agent}/${text(event, named)}`, event);
    }
    if (isRoutine(event.type) || TOLD_LATER.has(event.type)) return undefined;
    return sentence(event);
  }

  /** What began under this name; taken out of memory. */
  #beginning(event: PublicEvent, named: string): PublicEvent | undefined {
    const key = `${event.agent}/${text(event, named)}`;
    const begun = this.#begun.get(key);
    if (event.type !== "LoanOpened") this.#begun.delete(key);
    return begun;
  }

  #approved(event: PublicEvent): string | undefined {
    const [market, side] = [text(event, "market"), text(event, "side")];
    const forced = text(event, "forced");
    const fresh = { forced, filled: 0, notional: 0, fee: 0, realized: 0, position: 0 };
    this.#orders.set(`${event.agent}/${text(event, "order")}`, { side, market, ...fresh });
    // The plan has told it already.
    if (PLANNED.test(forced)) return undefined;
    const why = forced === "" ? text(event, "note") : `the coordinator closes: ${forced}`;
    const opens = number(event, "opening") > 0;
    const terms = opens
      ? `${multiple(number(event, "leverage"))}, holds ${money(text(event, "hold"))}, ` +
        `stop ${priceText(text(event, "stop"))}`
      : "reduces";
    const bound = side === "buy" ? "up to" : "down to";
    return (
      `${side} ${count(text(event, "qty"))} ${coinOf(market)} ${bound} ` +
      `${priceText(text(event, "limit"))}, ${terms}${why === "" ? "" : ` | ${why}`}`
    );
  }

  #filled(event: PublicEvent): string | undefined {
    const order = this.#orders.get(`${event.agent}/${text(event, "order")}`);
    // Of a stop, or of an order from before we looked: told at once.
    if (order === undefined) return sentence(event);
    order.filled += number(event, "qty");
    order.notional += number(event, "notional");
    order.fee += number(event, "fee");
    order.realized += number(event, "realized");
    order.position = number(event, "positionQty");
    return undefined;
  }

  #closed(event: PublicEvent): string | undefined {
    const key = `${event.agent}/${text(event, "order")}`;
    const order = this.#orders.get(key);
    this.#orders.delete(key);
    if (order === undefined) return sentence(event);
    const coin = coinOf(order.market);
    if (order.filled === 0)
      return `nothing filled: ${order.side} ${coin} (${text(event, "phase")})`;
    const { position, realized, market } = order;
    const one = { ...event, type: FORCED, market, amount: order.notional };
    if (order.forced !== "" && this.#repeats.swallows(one)) return undefined;
    const now =
      position === 0
        ? `flat in ${coin}`
        : `${position > 0 ? "long" : "short"} ${count(Math.abs(position))} ${coin}`;
    if (position === 0) this.#stops.delete(`${event.agent}/${order.market}`);
    const gain = realized === 0 ? "" : `, realized ${signedMoney(realized)}`;
    return (
      `${order.side === "buy" ? "bought" : "sold"} ${count(order.filled)} ${coin} at ` +
      `${priceText(order.notional / order.filled)} = ${money(order.notional)} USDC, fee ` +
      `${money(order.fee)}${gain}; ${now}`
    );
  }

  /** A position's first stop is told; later ones only follow its size. */
  #stop(event: PublicEvent): string | undefined {
    const key = `${event.agent}/${text(event, "market")}`;
    if (event.type === "StopRequested") {
      if (number(event, "qty") === 0) this.#stops.delete(key);
      else if (!this.#stops.has(key)) {
        const trigger = priceText(text(event, "trigger"));
        this.#stops.set(
          key,
          `${coinOf(text(event, "market"))} protected: the platform holds a stop at ${trigger}`,
        );
      }
      return undefined;
    }
    const said = this.#stops.get(key);
    if (said === undefined || said === "") return undefined;
    this.#stops.set(key, "");
    return said;
  }

  #bet(event: PublicEvent): string {
    const begun = this.#beginning(event, "bet");
    if (begun === undefined) return sentence(event);
    const stake = number(begun, "stake");
    const gain = signedMoney(number(event, "payout") - stake);
    return (
      `bet ${money(stake)} on ${text(begun, "game")} (${values(begun, "params")}): ` +
      `${text(event, "outcome")}, ${text(event, "won") === "true" ? "won" : "lost"} ${gain}`
    );
  }

  #checked(event: PublicEvent): string | undefined {
    if (text(event, "verified") !== "true") return sentence(event);
    const soFar = this.#checks?.agent === event.agent ? this.#checks.count : 0;
    this.#checks = { agent: event.agent, count: soFar + 1, at: event.time };
    return undefined;
  }

  #escrowEnd(event: PublicEvent): string {
    const begun = this.#beginning(event, "escrow");
    if (begun === undefined) return sentence(event);
    const [who, pays] = [text(begun, "counterparty"), text(begun, "role") === "pay"];
    const amount = money(text(begun, "amount"));
    const deal = pays ? `${amount} to ${who}` : `${amount} from ${who}`;
    if (event.type === "EscrowReleased") {
      const got = money(text(event, "received"));
      const fee = `fee ${money(text(event, "fee"))}`;
      return pays
        ? `released: ${who} got ${got}, ${fee}`
        : `released: got ${got} from ${who}, ${fee}`;
    }
    if (event.type === "EscrowRefunded") return `refunded: ${deal}`;
    const end = event.type === "EscrowFailed" ? "no deal" : "disputed";
    return `${end}: ${deal} (${text(event, "reason")})`;
  }

  #loan(event: PublicEvent): string {
    const begun = this.#beginning(event, "loan");
    if (begun === undefined || event.type === "LoanReturned") return sentence(event);
    const lent = `${count(text(begun, "units"))} ${text(begun, "asset")}`;
    if (event.type === "LoanFailed") return `nobody borrowed ${lent} (${text(event, "reason")})`;
    const cover = percent(number(event, "collateral"), 0);
    return `lent ${lent} at ${percent(number(event, "rate"), 2)} a year, covered ${cover}`;
  }

  /** The first of its kind is told whole, the others are counted. */
  #rejected(event: PublicEvent): string | undefined {
    const key = `${event.agent}/${text(event, "code")}`;
    const known = this.#refused.get(key);
    if (known !== undefined) {
      known.more += 1;
      return undefined;
    }
    this.#refused.set(key, { first: event, more: 0 });
    return sentence(event);
  }
}
