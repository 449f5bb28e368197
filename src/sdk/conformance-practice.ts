/** A fleet that does at once what it takes, and counts what is asked over a delegation. */
import type { AssetId } from "../core/ids.ts";
import {
  abs,
  divide,
  formatMicro,
  formatQty,
  formatUnits,
  type Micro,
  micro,
  mulDiv,
  notional,
  type Price,
  qty,
  units,
} from "../core/money.ts";
import type { AgentView, LoanView, PositionView } from "../protocol/views.ts";
import { priceOf, qtyOf, unitsOf, usdcOf } from "./amounts.ts";
import { PracticeCasino } from "./conformance-casino.ts";
import { DOMAIN_ACTS, domainsHold, domainsTurn } from "./conformance-domains.ts";
import type { Taken } from "./memory-fleet.ts";

/** Margin in use by what, in millionths of USDC. */
function reservedOf(view: AgentView): Micro {
  const sums = [
    ...view.reservations.map(({ amount }) => usdcOf(amount)),
    ...view.positions.map(({ margin }) => usdcOf(margin)),
    ...view.bets.flatMap(({ phase, stake }) => (phase === "placed" ? [usdcOf(stake)] : [])),
    ...view.escrows.flatMap(({ role, amount }) => (role === "pay" ? [usdcOf(amount)] : [])),
    ...view.loans.map((loan) => worthOf(view, loan)),
    domainsHold(view),
  ];
  return micro(sums.reduce((sum: bigint, one) => sum + one, 0n));
}

const markOf = (view: AgentView, market: string): Price =>
  priceOf(view.markets.find((one) => one.market === market)?.mark ?? "0");

function worthOf(view: AgentView, { asset, amount }: Pick<LoanView, "asset" | "amount">): Micro {
  const size = unitsOf(amount, asset);
  if (asset === "USDC") return micro(size);
  const market = view.markets.find(({ base }) => base === asset);
  return market === undefined ? micro(0n) : notional(priceOf(market.mark), qty(size), "ceil");
}

/** The view with `reserved` and `available` counted anew. */
export function counted(view: AgentView): AgentView {
  const { delegation } = view;
  if (delegation === undefined) return view;
  const reserved = reservedOf(view);
  const left = usdcOf(delegation.cap) - reserved;
  const available = formatMicro(micro(left > 0n ? left : 0n));
  return { ...view, delegation: { ...delegation, reserved: formatMicro(reserved), available } };
}

/** Refusals that say: it asked for more than it was lent. */
const OVER = ["cap_exceeded", "leverage_exceeded", "service_not_allowed"] as const;

const SERVICE_OF: Readonly<Record<string, string>> = {
  PlaceOrder: "trading",
  PlaceBet: "casino",
  OpenEscrow: "escrow",
  OpenLoan: "lending",
  SearchDomains: "domains",
  RegisterDomain: "domains",
};

type Body = Readonly<Record<string, unknown>>;
type Act = (view: AgentView, body: Body) => AgentView | string;

export class Practice {
  /** What was asked over the delegation, as text. */
  readonly over: string[] = [];
  /** Names of orders, bets, escrows, loans and reservations that were given twice. */
  readonly twice: string[] = [];
  readonly #names = new Set<string>();
  readonly #house = new PracticeCasino();

  /** As `MemoryFleet` wants its script. */
  readonly script = (taken: Taken, view: AgentView): AgentView | string => {
    const { command, body } = taken;
    const act = this.#acts[command];
    if (act === undefined) return view;
    const service = SERVICE_OF[command] ?? String(body["service"] ?? "");
    const may = service === "" || view.delegation?.services.some((one) => one === service);
    const next = may === true ? act(view, body) : "service_not_allowed";
    const after = typeof next === "string" ? next : this.#admitted(view, counted(next), body);
    if (typeof after === "string" && (OVER as readonly string[]).includes(after)) {
      this.over.push(`${command} ${JSON.stringify(body)}: ${after}`);
    }
    if (typeof after !== "string") this.#named(body);
    return after;
  };

  /** What others do of their own accord between two looks. */
  turn(view: AgentView, now: number): AgentView {
    const escrows = view.escrows.map((one) =>
      one.phase === "funded" && one.role === "pay" ? { ...one, phase: "delivered" as const } : one,
    );
    const gone = view.reservations.filter(({ expiresAt }) => expiresAt > now);
    const domains = domainsTurn(view.domains);
    return counted({ ...view, escrows, domains, reservations: gone });
  }

  /** The casino's commitment, for the view one starts on. */
  begin(view: AgentView): AgentView {
    return counted({ ...view, casino: this.#house.view() });
  }

  #admitted(before: AgentView, after: AgentView, body: Body): AgentView | string {
    const cap = usdcOf(after.delegation?.cap ?? "0");
    const grown = reservedOf(after) > reservedOf(before);
    if (grown && reservedOf(after) > cap) return "cap_exceeded";
    const leverage = body["leverage"];
    const most = after.delegation?.maxLeverage ?? 0;
    return typeof leverage === "number" && leverage > most ? "leverage_exceeded" : after;
  }

  #named(body: Body): void {
    for (const kind of ["order", "bet", "escrow", "loan", "reservation"]) {
      const name = body[kind];
      // What refers to something there already names one thing only beside its own name.
      if (typeof name !== "string" || !isNaming(kind, body)) continue;
      if (this.#names.has(name)) this.twice.push(name);
      this.#names.add(name);
    }
  }

  readonly #acts: Readonly<Record<string, Act>> = {
    Reserve: (view, body) => ({
      ...view,
      reservations: [
        ...view.reservations,
        {
          reservation: String(body["reservation"]),
          amount: String(body["amount"]),
          expiresAt: view.at + Number(body["ttlMs"]),
        },
      ],
    }),
    Release: (view, { reservation }) => ({
      ...view,
      reservations: view.reservations.filter((one) => one.reservation !== reservation),
    }),
    PlaceOrder: (view, body) => filled(unreserved(view, body), body),
    PlaceBet: (view, body) => {
      const house = this.#house;
      const bet = house.place(body);
      if (bet === undefined) return "unknown_game";
      return { ...unreserved(view, body), bets: [...view.bets, bet], casino: house.view() };
    },
    RotateSeed: (view) => {
      this.#house.rotate();
      return { ...view, casino: this.#house.view() };
    },
    CheckBet: (view, { bet }) => ({ ...view, bets: view.bets.filter((one) => one.bet !== bet) }),
    OpenEscrow: (view, body) => ({
      ...unreserved(view, body),
      escrows: [
        ...view.escrows,
        {
          escrow: String(body["escrow"]),
          role: body["role"] === "pay" ? ("pay" as const) : ("earn" as const),
          counterparty: String(body["counterparty"]),
          amount: String(body["amount"]),
          description: String(body["description"]),
          referrer: String(body["referrer"] ?? ""),
          referee: String(body["referee"] ?? ""),
          phase: "funded" as const,
          expiresAt: view.at + Number(body["timeoutMs"]),
          pending: "",
        },
      ],
    }),
    DeliverEscrow: closedEscrow,
    ReleaseEscrow: closedEscrow,
    DisputeEscrow: closedEscrow,
    OpenLoan: (view, body) => lent(unreserved(view, body), body),
    RecallLoan: returned,
    ...DOMAIN_ACTS,
  };
}

const NAMING: Readonly<Record<string, string>> = {
  order: "qty",
  bet: "stake",
  escrow: "counterparty",
  loan: "minRate",
  reservation: "ttlMs",
};
const isNaming = (kind: string, body: Body): boolean => Object.hasOwn(body, NAMING[kind] ?? "");

const unreserved = (view: AgentView, body: Body): AgentView => ({
  ...view,
  reservations: view.reservations.filter((one) => one.reservation !== body["reservation"]),
});

const closedEscrow: Act = (view, { escrow }) => ({
  ...view,
  escrows: view.escrows.filter((one) => one.escrow !== escrow),
});

/** Fills in full at the mark. */
function filled(view: AgentView, body: Body): AgentView | string {
  const id = String(body["market"]);
  const market = view.markets.find((one) => one.market === id);
  if (market === undefined || market.mark === "") return "unknown_market";
  const asked = qtyOf(String(body["qty"]));
  if (asked % qtyOf(market.lot) !== 0n) return "bad_lot";
  const mark = markOf(view, id);
  const before = view.positions.find((one) => one.market === id);
  const held = qtyOf(before?.qty ?? "0");
  const change = body["side"] === "buy" ? asked : -asked;
  const reduces = body["reduceOnly"] === true;
  if (reduces && (held > 0n === change > 0n || abs(change) > abs(held))) return "not_reducing";
  if (!reduces && notional(mark, asked, "down") < usdcOf(market.minNotional)) return "too_small";
  const after = qty(held + change);
  const others = view.positions.filter((one) => one.market !== id);
  if (after === 0n) return { ...view, positions: others };
  const leverage = BigInt(Number(body["leverage"] ?? 1_000_000));
  const oldMargin = usdcOf(before?.margin ?? "0");
  const shrinks = abs(after) <= abs(held);
  const margin = shrinks
    ? micro(mulDiv(oldMargin, abs(after), abs(held), "ceil"))
    : micro(mulDiv(notional(mark, abs(after), "ceil"), 1_000_000n, leverage, "ceil"));
  const position: PositionView = {
    market: id,
    phase: "protected",
    qty: formatQty(after),
    entry: before?.entry ?? market.mark,
    mark: market.mark,
    margin: formatMicro(margin),
    unrealized: "0",
    stop: market.mark,
  };
  return { ...view, positions: [...others, position] };
}

function lent(view: AgentView, body: Body): AgentView | string {
  const asset = String(body["asset"]);
  const amount = unitsOf(String(body["amount"]), asset);
  const holding = view.holdings.find((one) => one.asset === asset);
  if (holding === undefined || unitsOf(holding.wallet, asset) < amount) return "wallet_short";
  const loan: LoanView = {
    loan: String(body["loan"]),
    asset,
    amount: String(body["amount"]),
    rate: Number(body["minRate"]),
    phase: "open",
    interest: "0",
  };
  return moved({ ...view, loans: [...view.loans, loan] }, asset, amount);
}

function returned(view: AgentView, { loan }: Body): AgentView | string {
  const found = view.loans.find((one) => one.loan === loan);
  if (found === undefined) return "no_loan";
  const loans = view.loans.filter((one) => one !== found);
  return moved({ ...view, loans }, found.asset, -unitsOf(found.amount, found.asset));
}

/** Out of the wallet into loans; the other way when negative. */
function moved(view: AgentView, asset: string, by: bigint): AgentView {
  const name = asset as AssetId;
  const holdings = view.holdings.map((one) => {
    if (one.asset !== asset) return one;
    const wallet = units(unitsOf(one.wallet, asset) - by);
    const out = units(unitsOf(one.lent, asset) + by);
    return { asset, wallet: formatUnits(wallet, name), lent: formatUnits(out, name) };
  });
  return { ...view, holdings };
}

/** Moves each mark by parts per million, and the positions' with it. */
export function marked(view: AgentView, moves: readonly number[], at: number): AgentView {
  const markets = view.markets.map((one, i) => {
    const tick = priceOf(one.tick);
    const raw = mulDiv(priceOf(one.mark), BigInt(1_000_000 + (moves[i] ?? 0)), 1_000_000n, "down");
    const mark = formatQty(qty(divide(raw, tick, "up") * tick));
    return { ...one, mark, markAt: at };
  });
  const positions = view.positions.map((held) => ({
    ...held,
    mark: markets.find(({ market }) => market === held.market)?.mark ?? held.mark,
  }));
  return counted({ ...view, markets, positions });
}
