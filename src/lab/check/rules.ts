/** What must hold of every turn and event, judged by what the journal said before it. */
import { FLEET } from "../../core/ids.ts";
import { max } from "../../core/money.ts";
import type { Law } from "../../fleet/state.ts";
import type { EffectName } from "../../protocol/effects.ts";
import type { EventOf, FleetEvent } from "../../protocol/events.ts";
import type { Turn } from "../../protocol/turns.ts";
import type { Breach, Invariant } from "./breach.ts";
import { Concerns } from "./concerns.ts";
import { Disputes } from "./disputes.ts";
import { Holds } from "./holds.ts";
import type { SaidPrices } from "./said-prices.ts";
import { ShutRules } from "./shut-rules.ts";
import { Still } from "./still.ts";

/** How a breach is told; the place is known to whoever asks. */
type Tell = (invariant: Invariant, detail: string) => void;

interface Lease {
  readonly expiresAt: number;
  readonly leaseMs: number;
  live: boolean;
}

const OPENS = new Set<FleetEvent["type"]>([
  ...(["ReservationHeld", "BetPlaced", "EscrowRequested"] as const),
  ...(["LoanRequested", "DomainRequested"] as const),
]);

/** Leverage of one, in ppm. */
const ONE_FOLD = 1_000_000;

export class Rules {
  readonly holds = new Holds();
  readonly #tell: Tell;
  readonly concerns: Concerns;
  readonly #still = new Still();
  readonly #shut = new ShutRules();
  readonly #trades = new Set<string>();
  readonly #commands = new Map<string, number>();
  readonly #names = new Set<EffectName>();
  readonly #modes = new Map<string, string>();
  /** By venue; a market that names none is the paper platform's. */
  readonly #venues = new Map<string, string>();
  readonly #leases = new Map<string, Lease>();
  readonly #ending = new Set<string>();
  readonly #disputes = new Disputes();
  readonly #sizes = new Map<string, bigint>();
  #haltEpoch = 0;

  constructor(tell: (breach: Omit<Breach, "where">) => void, said?: SaidPrices) {
    this.#tell = (invariant, detail) => tell({ invariant, detail });
    this.concerns = new Concerns(this.#tell, this.#sizes, said);
  }

  /** Before a turn is folded: `law` is the state up to here. */
  turn(turn: Turn, law: Law): void {
    this.concerns.turn(turn, law);
    if (turn.at < law.at) this.#tell("I8", `time goes back: ${turn.at} after ${law.at}`);
    if (turn.id !== "") {
      const key = `${turn.from}/${turn.id}`;
      const before = this.#commands.get(key);
      if (before !== undefined && before >= turn.at) {
        this.#tell("I4", `command ${key} is decided twice within its expiry ${before}`);
      }
      this.#commands.set(key, turn.exp);
    }
    if (turn.at > turn.exp) this.#tell("I7", `decided at ${turn.at}, expired at ${turn.exp}`);
    if (turn.rejection !== undefined && turn.events.length > 0) {
      this.#tell("I5", `a refusal with ${turn.events.length} events`);
    }
  }

  /** Before an event is folded. */
  event(event: FleetEvent, turn: Turn, law: Law): void {
    if ("effect" in event) {
      const { name } = event.effect;
      if (this.#names.has(name)) this.#tell("I4", `effect ${name} is asked for twice`);
      this.#names.add(name);
    }
    if (OPENS.has(event.type) && "agent" in event)
      this.#opening(event.agent, turn, event.type, false);
    const disputed = this.#disputes.event(event);
    if (disputed !== undefined) this.#tell("I7", disputed);
    if (event.type === "MarksSet") this.#still.marks(event, turn.at);
    if (event.type === "OrderApproved") this.#order(event, turn, law);
    if (event.type === "FillBooked") this.#fill(event);
    if (event.type === "DelegationGranted") this.#granted(event, law);
    if (event.type === "PositionsCrossed") this.#crossed(event);
    this.concerns.event(event, turn, law);
    this.#shut.event(event);
    this.#governance(event, turn);
    this.holds.take(event);
    this.concerns.counted(event, turn, law, this.holds.reserved);
    if (OPENS.has(event.type) && "agent" in event) this.#withinCap(event.agent, event.type);
    if (event.type === "OrderApproved" && event.opening > 0n) {
      this.#withinCap(event.agent, event.type);
    }
  }

  #withinCap(agent: EventOf<"OrderApproved">["agent"], what: string): void {
    const { total, cap } = this.holds.of(agent);
    if (total > cap) this.#tell("I2", `${what}: ${agent} holds ${total}, its cap is ${cap}`);
  }

  #opening(agent: string, turn: Turn, what: string, leveraged: boolean): void {
    const shut = this.#shut.judge(agent, leveraged);
    if (shut !== undefined) this.#tell("I7", `${what} by ${agent}, ${shut}`);
    const mode = this.#modes.get(agent) ?? "run";
    const fleet = this.#modes.get(FLEET) ?? "run";
    if (mode !== "run") this.#tell("I7", `${what} by ${agent} in mode ${mode}`);
    if (fleet !== "run") this.#tell("I7", `${what} by ${agent}, the fleet is in mode ${fleet}`);
    const lease = this.#leases.get(agent);
    if (lease === undefined) return this.#tell("I7", `${what} by ${agent} without a delegation`);
    if (turn.at >= lease.expiresAt) {
      this.#tell("I7", `${what} by ${agent} at ${turn.at}, its lease ended at ${lease.expiresAt}`);
    }
    if (this.#ending.has(agent)) this.#tell("I7", `${what} by ${agent}, which is being recalled`);
  }

  #order(event: EventOf<"OrderApproved">, turn: Turn, law: Law): void {
    const { agent, market, opening, qty, mark, markAt } = event;
    const held = law.markets.get(market);
    if (held?.mark !== mark || held.markAt !== markAt) {
      this.#tell(
        "I11",
        `${market}: by ${mark} of ${markAt}, the mark is ${held?.mark} of ${held?.markAt}`,
      );
    }
    if (opening > 0n) {
      this.#opening(agent, turn, "OrderApproved", event.leverage > ONE_FOLD);
      const venue = held?.policy.venue ?? "paper";
      const mode = this.#venues.get(venue) ?? "run";
      if (mode !== "run") this.#tell("I7", `${agent} opens at venue ${venue} in mode ${mode}`);
      const still = this.#still.judge(market, turn.at, law.policy?.markStillMaxMs);
      if (still !== undefined) this.#tell("I11", still);
      const limit = law.policy?.markAgeMaxMs ?? 0;
      const age = turn.at - markAt;
      if (age > limit) this.#tell("I11", `${market}: the mark is ${age} ms old, allowed ${limit}`);
    }
    if (event.forced === "") return;
    const size = this.#sizes.get(`${agent}/${market}`) ?? 0n;
    const open = size < 0n ? -size : size;
    const reduces = size !== 0n && size > 0n === (event.side === "sell");
    if (!reduces || qty > open || opening > 0n) {
      this.#tell(
        "I9",
        `${event.forced}: ${event.side} ${qty} of ${market}, the position is ${size}`,
      );
    }
  }

  #fill(event: EventOf<"FillBooked">): void {
    if (this.#trades.has(event.trade)) this.#tell("I4", `trade ${event.trade} is booked twice`);
    this.#trades.add(event.trade);
    const key = `${event.agent}/${event.market}`;
    const before = this.#sizes.get(key) ?? 0n;
    const after = before + (event.side === "buy" ? event.qty : -event.qty);
    if (after !== event.positionQty) {
      this.#tell("I1", `${key}: ${before} and a fill make ${after}, booked ${event.positionQty}`);
    }
    this.#sizes.set(key, after);
  }

  /** What crosses closes as much of the one as of the other, and opens nothing. */
  #crossed({ market, qty, long, short }: EventOf<"PositionsCrossed">): void {
    for (const [side, sign] of [
      [long, 1n],
      [short, -1n],
    ] as const) {
      const key = `${side.of}/${market}`;
      const before = this.#sizes.get(key) ?? 0n;
      const after = before - sign * qty;
      if (before * sign < qty) this.#tell("I9", `${key}: ${before} cannot cross ${qty}`);
      if (after !== side.positionQty) {
        this.#tell("I1", `${key}: ${before} and a cross make ${after}, not ${side.positionQty}`);
      }
      this.#sizes.set(key, after);
    }
  }

  #granted(event: EventOf<"DelegationGranted">, law: Law): void {
    const free = law.collateral - event.dryPowder;
    const { total, living, cap } = this.holds.of(event.agent);
    const mine = living && cap > total ? cap : total;
    const after = this.holds.committed - mine + max<bigint>(event.cap, total);
    if (after > free)
      this.#tell("I2", `delegations of ${after}, collateral less dry powder ${free}`);
  }

  #governance(event: FleetEvent, turn: Turn): void {
    switch (event.type) {
      case "ModeSet":
        if (event.epoch <= this.#haltEpoch) {
          this.#tell("I7", `mode epoch ${event.epoch} after ${this.#haltEpoch}`);
        }
        this.#haltEpoch = event.epoch;
        if (event.venue === undefined) this.#modes.set(event.agent, event.mode);
        else this.#venues.set(event.venue, event.mode);
        return;
      case "FloorBreached":
        this.#modes.set(event.agent, "reduce");
        return;
      case "DelegationGranted":
        this.#leased(event.agent, event.expiresAt, event.leaseMs, turn);
        this.#ending.delete(event.agent);
        return;
      case "LeaseRenewed": {
        const leaseMs = this.#leases.get(event.agent)?.leaseMs ?? 0;
        this.#leased(event.agent, event.expiresAt, leaseMs, turn);
        return;
      }
      case "LeaseExpired": {
        const lease = this.#leases.get(event.agent);
        if (lease === undefined || !lease.live || turn.at < lease.expiresAt) {
          this.#tell(
            "I8",
            `lease of ${event.agent} told at ${turn.at}, it ends at ${lease?.expiresAt}`,
          );
        }
        if (lease !== undefined) lease.live = false;
        return;
      }
      case "DelegationRecalled":
      case "DelegationRevoked":
        this.#ending.add(event.agent);
        return;
      case "DelegationEnded":
        this.#leases.delete(event.agent);
        return;
      default:
        return;
    }
  }

  #leased(agent: string, expiresAt: number, leaseMs: number, turn: Turn): void {
    const lives = expiresAt - turn.at;
    if (lives !== leaseMs) this.#tell("I8", `${agent} is leased for ${lives} ms, not ${leaseMs}`);
    this.#leases.set(agent, { expiresAt, leaseMs, live: true });
  }

  /** Leases, reservations and graces that ran out so long ago that it should have been told. */
  overdue(now: number, lateMs: number, law: Law): void {
    this.concerns.overdue(now, lateMs, law);
    for (const [name, expiresAt] of this.holds.pending) {
      if (expiresAt >= now - lateMs) continue;
      const late = Math.floor(now - expiresAt);
      this.#tell("I8", `the reservation ${name} ended ${late} ms ago, and is held still`);
    }
    for (const [agent, { live, expiresAt }] of this.#leases) {
      if (live && !this.#ending.has(agent) && expiresAt < now - lateMs) {
        const late = Math.floor(now - expiresAt);
        this.#tell("I8", `the lease of ${agent} ended ${late} ms ago, and nobody was told`);
      }
    }
  }

  /** After a message is folded: the product's sums against those counted here. */
  sums(law: Law): void {
    const { reserved, committed } = this.holds;
    if (law.reserved !== reserved) {
      this.#tell("I2", `reserved is kept as ${law.reserved}, counted ${reserved}`);
    }
    if (law.committed !== committed) {
      this.#tell("I2", `committed is kept as ${law.committed}, counted ${committed}`);
    }
  }
}
