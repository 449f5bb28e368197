/** The venue's word on every unit: cash by its own reports, apart from how the product keeps its books. */
import { type AssetId, USDC } from "../../core/ids.ts";
import type { Law } from "../../fleet/state.ts";
import type { Effect, EffectName } from "../../protocol/effects.ts";
import type { VenueReport } from "../../protocol/reports.ts";

/** Adds up reports, one asset at a time. Knows what was asked by the journaled effects alone. */
export class Audit {
  readonly #totals = new Map<AssetId, bigint>();
  /** Of the USDC, what stands in a column of its own. */
  readonly #kinds = { fees: 0n, funding: 0n };
  readonly #effects: ReadonlyMap<EffectName, Effect>;
  through = 0;

  constructor(effects: ReadonlyMap<EffectName, Effect>) {
    this.#effects = effects;
  }

  take(report: VenueReport): void {
    this.through = report.seq;
    switch (report.type) {
      case "fill":
        this.#add(USDC, report.side === "buy" ? -report.notional : report.notional);
        return this.#of("fees", -report.fee);
      case "venueLiquidated":
        this.#of("fees", -report.fee);
        this.#add(USDC, report.covered);
        return this.#add(USDC, report.side === "buy" ? -report.notional : report.notional);
      case "autoDeleveraged":
        return this.#add(USDC, report.side === "buy" ? -report.notional : report.notional);
      case "funding":
        return this.#of("funding", report.payment);
      case "betSettled": {
        const bet = this.#effects.get(report.bet);
        return this.#add(USDC, report.payout - (bet?.type === "PlaceBet" ? bet.stake : 0n));
      }
      case "escrowReleased": {
        const opened = this.#effects.get(report.escrow);
        if (opened?.type !== "OpenEscrow") return;
        this.#add(USDC, opened.role === "pay" ? -opened.amount : report.received);
        return this.#add(USDC, report.referral);
      }
      case "escrowRefunded": {
        const opened = this.#effects.get(report.escrow);
        if (opened?.type !== "OpenEscrow" || opened.role !== "pay") return;
        return this.#add(USDC, report.amount - opened.amount);
      }
      case "loanInterest":
      case "loanReturned": {
        const opened = this.#effects.get(report.loan);
        if (opened?.type !== "OpenLoan") return;
        const came =
          report.type === "loanInterest"
            ? report.amount
            : report.principal - opened.amount + report.interest;
        return this.#add(opened.asset, came);
      }
      case "domainRegistered":
      case "domainRenewed":
        return this.#add(USDC, -report.cost);
      case "domainRevenue":
        return this.#add(USDC, report.amount);
      case "domainSold":
        return this.#add(USDC, report.received);
      case "deposited":
        return this.#add(report.asset, report.amount);
      case "withdrawn":
        return this.#add(report.asset, -report.amount);
      default:
        return;
    }
  }

  #add(asset: AssetId, amount: bigint): void {
    this.#totals.set(asset, (this.#totals.get(asset) ?? 0n) + amount);
  }

  #of(kind: "fees" | "funding", amount: bigint): void {
    this.#kinds[kind] += amount;
    this.#add(USDC, amount);
  }

  /** What differs between the venue's word and the fold's books. None: undefined when all is equal. */
  differs(law: Law): string | undefined {
    const assets = new Set<AssetId>([USDC, ...law.assets.keys()]);
    for (const asset of assets) {
      const own = ownOf(law, asset);
      const ours = asset === USDC ? own - openCost(law) : own;
      const theirs = this.#totals.get(asset) ?? 0n;
      if (ours !== theirs) return `${asset}: our books hold ${ours}, the venue's reports ${theirs}`;
    }
    for (const kind of ["fees", "funding"] as const) {
      let booked = 0n;
      for (const agent of law.agents.keys())
        booked -= law.ledger.get(`${USDC}/external/${kind}/${agent}`) ?? 0n;
      const told = this.#kinds[kind];
      if (booked !== told)
        return `${kind} of all agents are ${booked}, the venue's reports ${told}`;
    }
    return undefined;
  }
}

const PLACES = ["wallet", "bets", "escrow", "loans", "withdrawals"];

function ownOf(law: Law, asset: AssetId): bigint {
  let sum = 0n;
  for (const place of PLACES) sum += law.ledger.get(`${asset}/${place}`) ?? 0n;
  return sum;
}

function openCost(law: Law): bigint {
  let cost = 0n;
  for (const held of law.positions.values()) cost += held.cost;
  return cost;
}

/** The sum over all accounts of each asset, which is zero. None: undefined when it is. */
export function unbalanced(law: Law): string | undefined {
  const sums = new Map<string, bigint>();
  for (const [account, amount] of law.ledger) {
    const asset = account.slice(0, account.indexOf("/"));
    sums.set(asset, (sums.get(asset) ?? 0n) + amount);
  }
  for (const [asset, sum] of sums)
    if (sum !== 0n) return `${asset}: accounts add up to ${sum}, not 0`;
  return undefined;
}
