/** Holds counted anew from the events alone: who holds how much, apart from the product's own sums. */
import type { AgentId } from "../../core/ids.ts";
import type { EventOf, FleetEvent } from "../../protocol/events.ts";

interface Held {
  readonly parts: Map<string, bigint>;
  total: bigint;
  cap: bigint;
  living: boolean;
}

export class Holds {
  readonly #agents = new Map<AgentId, Held>();
  /** Of jobs that are open: what a hedge covers, and who has taken it. */
  readonly #covers = new Map<string, bigint>();
  readonly #workers = new Map<string, AgentId>();
  /** Reservations that are held, and until when. */
  readonly pending = new Map<string, number>();

  of(agent: AgentId): Held {
    const known = this.#agents.get(agent);
    if (known !== undefined) return known;
    const made: Held = { parts: new Map(), total: 0n, cap: 0n, living: false };
    this.#agents.set(agent, made);
    return made;
  }

  /** What all delegations may come to: the cap of each living one, or what is held where that is more. */
  get committed(): bigint {
    let sum = 0n;
    for (const { cap, total, living } of this.#agents.values()) {
      sum += living && cap > total ? cap : total;
    }
    return sum;
  }

  get reserved(): bigint {
    let sum = 0n;
    for (const { total } of this.#agents.values()) sum += total;
    return sum;
  }

  #set(agent: AgentId, part: string, amount: bigint): void {
    const held = this.of(agent);
    held.total += amount - (held.parts.get(part) ?? 0n);
    if (amount === 0n) held.parts.delete(part);
    else held.parts.set(part, amount);
  }

  #less(agent: AgentId, part: string, amount: bigint): void {
    this.#set(agent, part, (this.of(agent).parts.get(part) ?? 0n) - amount);
  }

  #margins(
    market: string,
    sides: readonly { readonly of: AgentId; readonly positionMargin: bigint }[],
  ): void {
    for (const { of, positionMargin } of sides) this.#set(of, `p/${market}`, positionMargin);
  }

  take(event: FleetEvent): void {
    switch (event.type) {
      case "DelegationGranted":
        this.of(event.agent).cap = event.cap;
        this.of(event.agent).living = true;
        return;
      case "CapRaised":
      case "CapCut":
      case "DrawdownCut":
      case "ShortfallCut":
        this.of(event.agent).cap = event.cap;
        return;
      case "DelegationEnded":
        this.of(event.agent).living = false;
        return;
      case "ReservationHeld":
        this.pending.set(`${event.agent}/${event.reservation}`, event.expiresAt);
        return this.#set(event.agent, `r/${event.reservation}`, event.amount);
      case "ReservationReleased":
      case "ReservationPosted":
      case "ReservationVoided":
        this.pending.delete(`${event.agent}/${event.reservation}`);
        return this.#set(event.agent, `r/${event.reservation}`, 0n);
      case "OrderApproved":
        return this.#set(event.agent, `o/${event.order}`, event.hold);
      case "FillBooked":
        if (event.order !== "") this.#less(event.agent, `o/${event.order}`, event.holdUsed);
        return this.#set(event.agent, `p/${event.market}`, event.positionMargin);
      case "PositionsCrossed":
        return this.#margins(event.market, [event.long, event.short]);
      case "VenueLiquidated":
      case "AutoDeleveraged":
        return this.#margins(event.market, event.parts);
      case "PositionToppedUp":
        return this.#less(event.agent, `p/${event.market}`, -event.amount);
      case "OrderRejected":
      case "OrderClosed":
        return this.#set(event.agent, `o/${event.order}`, 0n);
      case "BetPlaced":
        return this.#set(event.agent, `b/${event.bet}`, event.stake);
      case "BetSettled":
      case "BetFailed":
        return this.#set(event.agent, `b/${event.bet}`, 0n);
      case "EscrowRequested":
        if (event.role === "pay") this.#set(event.agent, `e/${event.escrow}`, event.amount);
        return;
      case "EscrowReleased":
      case "EscrowRefunded":
      case "EscrowFailed":
        return this.#set(event.agent, `e/${event.escrow}`, 0n);
      case "LoanRequested":
        return this.#set(event.agent, `l/${event.loan}`, event.hold);
      case "LoanReturned":
      case "LoanFailed":
        return this.#set(event.agent, `l/${event.loan}`, 0n);
      default:
        return this.#more(event);
    }
  }

  /** A hedge's cover is held twice: of who posted it beside the pay, and of who took it. */
  #job(event: EventOf<"JobPosted" | "JobTaken" | "JobEnded">): void {
    const { agent, job } = event;
    const [key, part] = [`${agent}/${job}`, `j/${job}`];
    if (event.type === "JobPosted") {
      const cover = event.hedge?.cover ?? 0n;
      this.#covers.set(key, cover);
      return this.#set(agent, part, event.amount + cover);
    }
    const taken = `w/${key}`;
    if (event.type === "JobTaken") {
      this.#workers.set(key, event.by);
      return this.#set(event.by, taken, this.#covers.get(key) ?? 0n);
    }
    const worker = this.#workers.get(key);
    if (worker !== undefined) this.#set(worker, taken, 0n);
    this.#workers.delete(key);
    this.#covers.delete(key);
    this.#set(agent, part, 0n);
  }

  #more(event: FleetEvent): void {
    switch (event.type) {
      case "JobPosted":
      case "JobTaken":
      case "JobEnded":
        return this.#job(event);
      case "DueRecorded":
      case "DuePaymentFailed":
        return event.type === "DueRecorded" && event.direction === "receive"
          ? undefined
          : this.#set(event.agent, `u/${event.due}`, event.amount);
      case "DuesNetted":
        for (const { of, due, direction } of event.settled)
          if (direction === "pay") this.#set(of, `u/${due}`, 0n);
        return;
      case "DomainRequested":
      case "DomainRegistered":
      case "DomainActRequested":
      case "DomainRenewed":
        return this.#set(event.agent, `d/${event.domain}`, event.hold);
      case "DomainFailed":
      case "DomainSold":
      case "DomainLost":
        return this.#set(event.agent, `d/${event.domain}`, 0n);
      default:
        return;
    }
  }
}
