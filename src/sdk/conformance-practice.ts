/** A fleet that does at once what it takes, and keeps what a specialist asked for against its word. */
import type { Micro } from "../core/money.ts";
import type { AgentView } from "../protocol/views.ts";
import { type Acts, type Body, drawn } from "./conformance-act.ts";
import { PracticeBooks } from "./conformance-books.ts";
import { PracticeCasino } from "./conformance-casino.ts";
import { PracticeDeals } from "./conformance-deals.ts";
import { DOMAIN_ACTS, domainsTurn } from "./conformance-domains.ts";
import { PracticeJobs } from "./conformance-jobs.ts";
import { PracticeOrders } from "./conformance-orders.ts";
import type { Taken } from "./memory-fleet.ts";

/** Refusals that say: it asked for more than it was lent. */
const OVER: ReadonlySet<string> = new Set([
  ...["cap_exceeded", "leverage_exceeded", "service_not_permitted", "no_delegation"],
]);

/**
 * Refusals that say: it claims what its own view contradicts. Here nothing moves between a look and the
 * commands that follow it, so that one is enough; a real fleet contains who does it again and again.
 */
export const CONTRADICTED: ReadonlySet<string> = new Set([
  ...["unknown_reservation", "unknown_market", "unknown_order", "unknown_position"],
  ...["unknown_bet", "unknown_escrow", "unknown_loan", "unknown_asset", "unknown_domain"],
  ...["unknown_job", "reduce_exceeds", "no_offer"],
]);

/** The service that a command needs. None: undefined where none is needed. */
function serviceOf(command: string, body: Body): string | undefined {
  switch (command) {
    case "Reserve":
      return String(body["service"]);
    case "PlaceOrder":
      return body["reduceOnly"] === true ? undefined : "trading";
    case "PlaceBet":
      return "casino";
    case "OpenEscrow":
      return "escrow";
    case "RecordDue":
      return body["direction"] === "pay" ? "escrow" : undefined;
    case "OpenLoan":
      return "lending";
    case "SearchDomains":
    case "RegisterDomain":
      return "domains";
    default:
      return undefined;
  }
}

/** The field by which a command names something new. */
export const NAMES: Readonly<Record<string, string>> = {
  Reserve: "reservation",
  PlaceOrder: "order",
  PlaceBet: "bet",
  OpenEscrow: "escrow",
  OpenLoan: "loan",
  PostJob: "job",
  RecordDue: "due",
};
/** Work and payments need no service, but a delegation. */
const LENT: ReadonlySet<string> = new Set(["PayAgent", "PostJob", "TakeJob"]);

export class Practice {
  /** What was asked over the delegation, as text. */
  readonly over: string[] = [];
  /** Names of orders, bets, escrows, loans, jobs, debts and reservations that were given twice. */
  readonly twice: string[] = [];
  /** What was claimed of things that are not there, as text. */
  readonly claims: string[] = [];
  /** The largest value that positions and working orders had at a look, in millionths of USDC. */
  largest = 0n;
  readonly #names = new Set<string>();
  readonly #books = new PracticeBooks();
  readonly #house = new PracticeCasino();
  readonly #deals = new PracticeDeals(this.#books);
  readonly #jobs = new PracticeJobs(this.#books);
  readonly #orders: PracticeOrders;
  readonly #acts: Acts;

  /** @param looks how often the specialist has looked, where orders work for some looks. */
  constructor(looks?: () => number) {
    this.#orders = new PracticeOrders(this.#books, looks);
    this.#acts = {
      ...this.#ownActs,
      ...this.#deals.acts,
      ...this.#jobs.acts,
      ...this.#orders.acts,
      ...DOMAIN_ACTS,
    };
  }

  /** As `MemoryFleet` wants its script. */
  readonly script = (taken: Taken, view: AgentView): AgentView | string => {
    const { command, body } = taken;
    const after = this.#decided(command, view, body);
    if (typeof after !== "string") return this.counted(after);
    const told = `${command} ${JSON.stringify(body)}: ${after}`;
    if (OVER.has(after)) this.over.push(told);
    if (CONTRADICTED.has(after)) this.claims.push(told);
    return after;
  };

  /** What others do of their own accord between two looks. */
  turn(view: AgentView, now: number): AgentView {
    this.largest = larger(this.largest, this.#orders.exposure(view));
    const reservations = view.reservations.filter(({ expiresAt }) => expiresAt > now);
    const kept = { ...view, reservations, domains: domainsTurn(view.domains) };
    return this.counted(this.#orders.turn(this.#jobs.turn(this.#deals.turn(kept, now), now), now));
  }

  /** The casino's commitment, for the view one starts on. */
  begin(view: AgentView): AgentView {
    return this.counted({ ...view, ...this.#house.view() });
  }

  /** The view with `reserved` and `available` counted anew. */
  counted(view: AgentView): AgentView {
    return this.#books.counted(view);
  }

  /** What of the delegation is in use or paid away, in millionths of USDC. */
  used(view: AgentView): Micro {
    return this.#books.used(view);
  }

  #decided(command: string, view: AgentView, body: Body): AgentView | string {
    const act = this.#acts[command];
    if (act === undefined) return view;
    const service = serviceOf(command, body);
    const held = view.delegation;
    if (held === undefined && (service !== undefined || LENT.has(command))) return "no_delegation";
    if (service !== undefined && !held?.services.some((one) => one === service)) {
      return "service_not_permitted";
    }
    const { leverage } = body;
    if (typeof leverage === "number" && leverage > (held?.maxLeverage ?? 0)) {
      return "leverage_exceeded";
    }
    const kind = NAMES[command] ?? "";
    const name = `${kind} ${String(body[kind])}`;
    if (this.#names.has(name)) {
      this.twice.push(String(body[kind]));
      return `${kind}_exists`;
    }
    const before = this.#books.left(view);
    const after = act(view, body);
    if (typeof after === "string") return after;
    const left = this.#books.left(after);
    if (left < 0n && left < before) return "cap_exceeded";
    if (kind !== "") this.#names.add(name);
    return after;
  }

  readonly #ownActs: Acts = {
    Reserve: (view, body) => {
      const [reservation, amount] = [String(body["reservation"]), String(body["amount"])];
      const held = { reservation, amount, expiresAt: view.at + Number(body["ttlMs"]) };
      return { ...view, reservations: [...view.reservations, held] };
    },
    Release: (view, { reservation }) => drawn(view, { reservation: String(reservation) }),
    PlaceBet: (before, body) => {
      const view = drawn(before, body);
      if (typeof view === "string") return view;
      const bet = this.#house.place(body, view.at);
      if (bet === undefined) return "bad_field";
      return { ...view, bets: [...view.bets, bet], ...this.#house.view() };
    },
    RotateSeed: (view) => {
      this.#house.rotate();
      return { ...view, ...this.#house.view() };
    },
    CheckBet: (view, { bet, verified }) => {
      const checked = view.bets.find((one) => one.bet === bet);
      if (checked === undefined) return "unknown_bet";
      if (verified === true) this.#house.checked(checked);
      return { ...view, bets: view.bets.filter((one) => one !== checked), ...this.#house.view() };
    },
  };
}

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
