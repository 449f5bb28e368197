/** What a practice fleet counts: margin in use, results of payments, and what is left of a delegation. */
import { formatMicro, type Micro, micro, notional, type Price, qty } from "../core/money.ts";
import type { AgentView, LoanView } from "../protocol/views.ts";
import { priceOf, unitsOf, usdcOf } from "./amounts.ts";
import { domainsHold } from "./conformance-domains.ts";
import { heldForJob } from "./conformance-hedges.ts";

const ENDED = new Set(["paid", "rejected", "lapsed", "cancelled"]);

export const markOf = (view: AgentView, market: string): Price =>
  priceOf(view.markets.find((one) => one.market === market)?.mark ?? "0");

function worthOf(view: AgentView, { asset, amount }: Pick<LoanView, "asset" | "amount">): Micro {
  const size = unitsOf(amount, asset);
  if (asset === "USDC") return micro(size);
  const market = view.markets.find(({ base }) => base === asset);
  return market === undefined ? micro(0n) : notional(priceOf(market.mark), qty(size), "ceil");
}

export class PracticeBooks {
  /** What is held for things that a view does not show the hold of: working orders, debts. */
  readonly holds = new Map<string, Micro>();
  /** Paid and earned inside the fleet since the start, in millionths of USDC. */
  #result = 0n;

  /** Books a payment: to the agent when positive. */
  pay(amount: bigint): void {
    this.#result += amount;
  }

  /** Margin in use by what, in millionths of USDC. */
  reserved(view: AgentView): Micro {
    const sums = [
      ...view.reservations.map(({ amount }) => usdcOf(amount)),
      ...view.positions.map(({ margin }) => usdcOf(margin)),
      ...view.bets.flatMap(({ phase, stake }) => (phase === "placed" ? [usdcOf(stake)] : [])),
      ...view.escrows.flatMap(({ role, amount }) => (role === "pay" ? [usdcOf(amount)] : [])),
      ...view.loans.map((loan) => worthOf(view, loan)),
      ...view.jobs.flatMap((job) => (ENDED.has(job.phase) ? [] : heldForJob(job, view.agent))),
      ...this.holds.values(),
      domainsHold(view),
    ];
    return micro(sums.reduce((sum: bigint, one) => sum + one, 0n));
  }

  /** What is left of the delegation; negative where more is in use. What was paid away is used up. */
  left(view: AgentView): bigint {
    return usdcOf(view.delegation?.cap ?? "0") - this.used(view);
  }

  /** What is in use, and what was paid away. */
  used(view: AgentView): Micro {
    return micro(this.reserved(view) - (this.#result < 0n ? this.#result : 0n));
  }

  /** The view with `reserved` and `available` counted anew. */
  counted(view: AgentView): AgentView {
    const { delegation } = view;
    if (delegation === undefined) return view;
    const left = this.left(view);
    const available = formatMicro(micro(left > 0n ? left : 0n));
    const reserved = formatMicro(this.reserved(view));
    const pnl = this.#result === 0n ? view.pnl : this.#pnl(view);
    return { ...view, pnl, delegation: { ...delegation, reserved, available } };
  }

  #pnl({ pnl }: AgentView): AgentView["pnl"] {
    const other = usdcOf(pnl["total"] ?? "0") - usdcOf(pnl["transfer"] ?? "0");
    const transfer = formatMicro(micro(this.#result));
    return { ...pnl, transfer, total: formatMicro(micro(other + this.#result)) };
  }
}
