/** Who brought and cost what, added up from events in the judges' own way: no account, no fold. */
import type { AssetId, MarketId } from "../../core/ids.ts";
import type { Law } from "../../fleet/state.ts";
import type { EventOf, FleetEvent } from "../../protocol/events.ts";
import type { SettledDue } from "../../protocol/events-dues.ts";
import { Traded } from "./traded.ts";

/** Price x quantity (1e-8 each) in millionths. */
const VALUE_UNIT = 10n ** 10n;

const floorDiv = (a: bigint, b: bigint): bigint => {
  const whole = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? whole - 1n : whole;
};

interface Lent {
  readonly asset: AssetId;
  readonly units: bigint;
}

export class Brought {
  /** `<asset>/<kind>/<agent>` to what came (negative: went), in smallest units. */
  readonly results = new Map<string, bigint>();
  /** Of each agent, what came in other assets than USDC, by the mark of its time. */
  readonly coins = new Map<string, bigint>();
  readonly traded = new Traded((kind, of, amount) => this.#add("USDC", kind, of, amount));
  readonly #marks = new Map<MarketId, bigint>();
  readonly #marketOf = new Map<AssetId, MarketId>();
  /** Stakes, escrows, loans, what domains cost, and debts that are booked already, by owner and name. */
  readonly #stakes = new Map<string, bigint>();
  readonly #escrows = new Map<string, { readonly role: string; readonly amount: bigint }>();
  readonly #loans = new Map<string, Lent>();
  readonly #domains = new Map<string, bigint>();
  readonly #booked = new Set<string>();

  #add(asset: string, kind: string, of: string, amount: bigint): void {
    const key = `${asset}/${kind}/${of}`;
    this.results.set(key, (this.results.get(key) ?? 0n) + amount);
  }

  event(event: FleetEvent): void {
    switch (event.type) {
      case "FleetConfigured":
        for (const { asset, market } of event.policy.assets)
          if (market !== undefined) this.#marketOf.set(asset, market);
        return;
      case "MarksSet":
        for (const { market, price } of event.marks) this.#marks.set(market, price);
        return;
      case "InternalPaid":
        this.#add("USDC", "transfer", event.agent, -event.amount);
        return this.#add("USDC", "transfer", event.to, event.amount);
      case "BetPlaced":
        this.#stakes.set(`${event.agent}/${event.bet}`, event.stake);
        return;
      case "BetSettled": {
        const stake = this.#stakes.get(`${event.agent}/${event.bet}`) ?? 0n;
        return this.#add("USDC", "casino", event.agent, event.payout - stake);
      }
      case "DuesNetted":
      case "DueReceived":
        return this.#dues(event.settled);
      case "DuePaymentFailed":
        this.#booked.add(`fleet/${event.due}`);
        return;
      default:
        if (this.traded.event(event)) return;
        if (event.type.startsWith("Loan")) return this.#loan(event);
        if (event.type.startsWith("Domain")) return this.#domain(event);
        return this.#escrow(event);
    }
  }

  /** A payment that failed is owed by the fleet, and was its debtor's result when it was netted. */
  #dues(settled: readonly SettledDue[]): void {
    for (const { of, due, direction, counts } of settled) {
      if (this.#booked.delete(`${of}/${due}`)) continue;
      this.#add("USDC", "dues", of, direction === "pay" ? -counts : counts);
    }
  }

  #escrow(event: FleetEvent): void {
    switch (event.type) {
      case "EscrowRequested":
        this.#escrows.set(`${event.agent}/${event.escrow}`, event);
        return;
      case "EscrowReleased":
      case "EscrowRefunded": {
        const held = this.#escrows.get(`${event.agent}/${event.escrow}`);
        const pays = held?.role === "pay";
        const own = pays ? -held.amount : 0n;
        if (event.type === "EscrowRefunded")
          return this.#add("USDC", "escrow", event.agent, pays ? own + event.amount : 0n);
        const came = (pays ? own : event.received) + event.referral;
        return this.#add("USDC", "escrow", event.agent, came);
      }
      case "ReferralEarned":
        return this.#add("USDC", "escrow", event.agent, event.referral);
    }
  }

  #loan(event: FleetEvent): void {
    switch (event.type) {
      case "LoanRequested": {
        const { agent, loan, asset, units } = event;
        this.#loans.set(`${agent}/${loan}`, { asset, units });
        return;
      }
      case "LoanInterest":
        return this.#earned(event, event.units);
      case "LoanReturned": {
        const lent = this.#loans.get(`${event.agent}/${event.loan}`)?.units ?? 0n;
        this.#earned(event, event.interest);
        return this.#earned(event, event.principal - lent);
      }
    }
  }

  /** Gain and loss are each worth what the mark says, rounded down. */
  #earned({ agent, loan }: EventOf<"LoanInterest" | "LoanReturned">, amount: bigint): void {
    const asset = this.#loans.get(`${agent}/${loan}`)?.asset ?? "?";
    this.#add(asset, "interest", agent, amount);
    if (asset === "USDC") return;
    const market = this.#marketOf.get(asset as AssetId);
    const mark = (market === undefined ? undefined : this.#marks.get(market)) ?? 0n;
    const worth = floorDiv(mark * amount, VALUE_UNIT);
    this.coins.set(agent, (this.coins.get(agent) ?? 0n) + worth);
  }

  #domain(event: FleetEvent): void {
    switch (event.type) {
      case "DomainRegistered":
      case "DomainRenewed": {
        const key = `${event.agent}/${event.domain}`;
        this.#domains.set(key, (this.#domains.get(key) ?? 0n) + event.cost);
        return;
      }
      case "DomainRevenue":
        return this.#add("USDC", "domains", event.agent, event.amount);
      case "DomainSold":
      case "DomainLost": {
        const key = `${event.agent}/${event.domain}`;
        const received = event.type === "DomainSold" ? event.received : 0n;
        this.#add("USDC", "domains", event.agent, received - (this.#domains.get(key) ?? 0n));
        this.#domains.delete(key);
        return;
      }
    }
  }

  /** What each agent has open at the marks, less what it cost; each position rounded down. */
  unrealized(): ReadonlyMap<string, bigint> {
    const found = new Map<string, bigint>();
    for (const { of, market, size, cost } of this.traded.open()) {
      const mark = this.#marks.get(market);
      const gain = mark === undefined ? 0n : floorDiv(mark * size, VALUE_UNIT) - cost;
      found.set(of, (found.get(of) ?? 0n) + gain);
    }
    return found;
  }

  /** The first result of the books that is not what the events come to. None: undefined where all are. */
  differs(law: Law): string | undefined {
    if (this.traded.fault !== undefined) return this.traded.fault;
    const totals = new Map<string, bigint>();
    let [held, counted] = [0, 0];
    for (const [account, amount] of law.ledger) {
      const [asset, side, kind, agent] = account.split("/");
      if (side !== "external" || kind === undefined || agent === undefined) continue;
      const came = this.results.get(`${asset}/${kind}/${agent}`) ?? 0n;
      if (came !== -amount)
        return `${kind} of ${agent} is booked as ${-amount} ${asset}, its events come to ${came}`;
      if (came !== 0n) held += 1;
      if (asset === "USDC") totals.set(agent, (totals.get(agent) ?? 0n) + came);
    }
    for (const amount of this.results.values()) if (amount !== 0n) counted += 1;
    if (held !== counted) return `${counted} results came of events, ${held} are booked`;
    const open = this.unrealized();
    for (const { agent, realized, coins, unrealized } of law.agents.values()) {
      const worth = this.coins.get(agent) ?? 0n;
      const all = (totals.get(agent) ?? 0n) + worth;
      if (coins !== worth) return `coins of ${agent} are kept as ${coins}, came as ${worth}`;
      if (realized !== all) return `results of ${agent} are kept as ${realized}, come to ${all}`;
      const gain = open.get(agent) ?? 0n;
      if (unrealized !== gain)
        return `what ${agent} has open is kept as ${unrealized}, it is ${gain} at the marks`;
    }
    return undefined;
  }
}
