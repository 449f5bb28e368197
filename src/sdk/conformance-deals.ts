/** Deals of a practice fleet: escrows, loans, payments and debts, each refused as the law refuses it. */
import type { AssetId } from "../core/ids.ts";
import { formatUnits, mulDiv, units } from "../core/money.ts";
import type { AgentView, EscrowView, LoanView } from "../protocol/views.ts";
import { unitsOf, usdcOf } from "./amounts.ts";
import { type Acts, type Body, drawn } from "./conformance-act.ts";
import type { PracticeBooks } from "./conformance-books.ts";

/** How long a debt stands before it is netted and paid, in ms. */
const NETTED_MS = 10_000;

interface Due {
  readonly amount: bigint;
  readonly at: number;
}

export class PracticeDeals {
  readonly #books: PracticeBooks;
  /** Debts by their names. */
  readonly #dues = new Map<string, Due>();

  constructor(books: PracticeBooks) {
    this.#books = books;
  }

  readonly acts: Acts = {
    OpenEscrow: (view, body) => funded(drawn(view, body), body),
    RegisterReferrer: referred,
    DeliverEscrow: (view, body) => this.#closed("earn", view, body),
    ReleaseEscrow: (view, body) => this.#closed("pay", view, body),
    DisputeEscrow: (view, body) => this.#closed(undefined, view, body),
    OpenLoan: (view, body) => lent(drawn(view, body), body),
    RecallLoan: returned,
    PayAgent: (view, body) => this.#paid(view, body),
    RecordDue: (view, body) => this.#recorded(view, body),
  };

  /** Others deliver what we pay for; debts whose interval is over are paid. */
  turn(view: AgentView, now: number): AgentView {
    for (const [due, { amount, at }] of this.#dues) {
      if (now - at < NETTED_MS) continue;
      this.#books.pay(amount);
      this.#books.holds.delete(`due ${due}`);
      this.#dues.delete(due);
    }
    const escrows = view.escrows.map((one) =>
      one.phase === "funded" && one.role === "pay" ? { ...one, phase: "delivered" as const } : one,
    );
    const dues = (view.dues ?? []).filter(({ due }) => this.#dues.has(due));
    return { ...view, escrows, dues };
  }

  /** Everybody is enrolled but nobody pays itself: a view does not tell who the others are. */
  #paid(view: AgentView, { to, amount }: Body): AgentView | string {
    if (to === view.agent) return "bad_field";
    const asked = usdcOf(String(amount));
    if (asked > this.#books.left(view)) return "cap_exceeded";
    this.#books.pay(-asked);
    return view;
  }

  /** Ends an escrow at once. The payee delivers and is paid, the payer releases and pays, either disputes. */
  #closed(
    role: EscrowView["role"] | undefined,
    view: AgentView,
    { escrow }: Body,
  ): AgentView | string {
    const found = view.escrows.find((one) => one.escrow === escrow);
    if (found === undefined) return "unknown_escrow";
    if (role !== undefined && found.role !== role) return "not_allowed";
    const amount = usdcOf(found.amount);
    if (role !== undefined) this.#books.pay(role === "pay" ? -amount : amount);
    return { ...view, escrows: view.escrows.filter((one) => one !== found) };
  }

  /** The practice fleet has an agreement with every party: a view does not tell with whom there is one. */
  #recorded(before: AgentView, body: Body): AgentView | string {
    const due = String(body["due"]);
    const amount = usdcOf(String(body["amount"]));
    if (this.#dues.has(due)) return "due_exists";
    if (body["direction"] !== "pay") {
      this.#dues.set(due, { amount, at: before.at });
      return shown(before, body);
    }
    const view = drawn(before, body);
    if (typeof view === "string") return view;
    if (amount > this.#books.left(view)) return "cap_exceeded";
    this.#dues.set(due, { amount: -amount, at: view.at });
    this.#books.holds.set(`due ${due}`, amount);
    return shown(view, body);
  }
}

/** The view with a debt that stands from now on, and that was recorded last of its kind. */
function shown(view: AgentView, body: Body): AgentView {
  const [due, party, amount] = [String(body["due"]), String(body["party"]), String(body["amount"])];
  const direction = body["direction"] === "pay" ? "pay" : "receive";
  const { escrows = [], dues = [] } = view.dealt ?? {};
  const others = dues.filter(
    (one) => one.party !== party || one.direction !== direction || one.amount !== amount,
  );
  return {
    ...view,
    dues: [...(view.dues ?? []), { due, party, amount, direction }],
    dealt: { escrows, dues: [...others, { party, direction, amount, at: view.at }] },
  };
}

function funded(view: AgentView | string, body: Body): AgentView | string {
  if (typeof view === "string") return view;
  const escrow: EscrowView = {
    escrow: String(body["escrow"]),
    role: body["role"] === "pay" ? "pay" : "earn",
    counterparty: String(body["counterparty"]),
    amount: String(body["amount"]),
    description: String(body["description"]),
    referrer: String(body["referrer"] ?? ""),
    referee: String(body["referee"] ?? ""),
    phase: "funded",
    expiresAt: view.at + Number(body["timeoutMs"]),
    pending: "",
  };
  const { escrows = [], dues = [] } = view.dealt ?? {};
  const { role, counterparty, description } = escrow;
  const last = { role, counterparty, description, at: view.at };
  const dealt = { escrows: [...escrows.filter((one) => one.role !== role), last], dues };
  return { ...view, escrows: [...view.escrows, escrow], dealt };
}

/** The service knows everybody here: what is asked for is registered at once. */
function referred(view: AgentView, { referrer }: Body): AgentView | string {
  if (referrer === view.agent) return "not_allowed";
  if (view.referrer !== undefined) return "referrer_set";
  return { ...view, referrer: { referrer: String(referrer), phase: "registered" } };
}

function lent(view: AgentView | string, body: Body): AgentView | string {
  if (typeof view === "string") return view;
  const asset = String(body["asset"]);
  const amount = unitsOf(String(body["amount"]), asset);
  const holding = view.holdings.find((one) => one.asset === asset);
  if (holding === undefined) return "unknown_asset";
  const [wallet, out] = [unitsOf(holding.wallet, asset), unitsOf(holding.lent, asset)];
  const share = BigInt(holding.lendShare ?? view.lendShare);
  const most = mulDiv(wallet + out, share, 1_000_000n, "floor") - out;
  if (amount > most || amount > wallet) return "lend_share_exceeded";
  const loan: LoanView = {
    loan: String(body["loan"]),
    asset,
    amount: String(body["amount"]),
    rate: Number(body["minRate"]),
    noticeMs: Number(body["noticeMs"]),
    phase: "open",
    interest: "0",
  };
  return moved({ ...view, loans: [...view.loans, loan] }, asset, amount);
}

function returned(view: AgentView, { loan }: Body): AgentView | string {
  const found = view.loans.find((one) => one.loan === loan);
  if (found === undefined) return "unknown_loan";
  const loans = view.loans.filter((one) => one !== found);
  return moved({ ...view, loans }, found.asset, -unitsOf(found.amount, found.asset));
}

/** Out of the wallet into loans; the other way when negative. */
function moved(view: AgentView, asset: string, by: bigint): AgentView {
  const name = asset as AssetId;
  const holdings = view.holdings.map((one) => {
    if (one.asset !== asset) return one;
    const wallet = formatUnits(units(unitsOf(one.wallet, asset) - by), name);
    return { ...one, wallet, lent: formatUnits(units(unitsOf(one.lent, asset) + by), name) };
  });
  return { ...view, holdings };
}
