/** What is told of the books, against the books: each figure of a view with the fold that it names. */
import { max, min } from "../../core/money.ts";
import { COST_UNIT, indexAt } from "../../fleet/margin-cost.ts";
import type { Law } from "../../fleet/state.ts";
import type { AgentView, FleetView, RiskView, StatusView } from "../../protocol/views.ts";

const DECIMAL = /^-?\d+(\.\d+)?$/;
const TENS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;

/** A decimal text as a whole number of its smallest units. None: undefined when it is none. */
export function unitsOf(text: unknown, decimals: number): bigint | undefined {
  if (typeof text !== "string" || !DECIMAL.test(text)) return undefined;
  const point = text.indexOf(".");
  const parts = point < 0 ? 0 : text.length - point - 1;
  if (parts > decimals) return undefined;
  const digits = point < 0 ? text : text.slice(0, point) + text.slice(point + 1);
  // Below 2^53 the way through a number is exact, and much shorter.
  const units =
    digits.length <= 15 && decimals <= 9 ? Number(digits) * (TENS[decimals - parts] ?? 1) : 0;
  if (units !== 0 && Math.abs(units) <= Number.MAX_SAFE_INTEGER) return BigInt(units);
  return BigInt(digits + "0".repeat(decimals - parts));
}

/** Looks at one figure after another and keeps the first that is not as it should be. */
class Look {
  differs: string | undefined;

  amount(what: string, told: unknown, held: bigint, decimals = 6): void {
    if (this.differs === undefined && unitsOf(told, decimals) !== held)
      this.differs = `${what} is told as ${told}, the books hold ${held} (in 1e-${decimals})`;
  }

  same(what: string, told: unknown, held: unknown): void {
    if (this.differs === undefined && told !== held)
      this.differs = `${what} is told as ${told}, it is ${held}`;
  }
}

const STRICTNESS = ["run", "reduce", "halt", "flatten"];
const stricter = (a: string, b: string): string =>
  STRICTNESS.indexOf(a) > STRICTNESS.indexOf(b) ? a : b;

const decimalsOf = (asset: string): number => (asset === "USDC" ? 6 : 8);

const PLACES = ["wallet", "loans"] as const;
const NO_AMOUNT = 0n;

function holdings(look: Look, told: FleetView["wallet"], law: Law): void {
  look.same("number of assets", told.length, Math.max(law.assets.size, 1));
  for (const { asset, wallet, lent } of told) {
    const decimals = decimalsOf(asset);
    for (const [i, amount] of [wallet, lent].entries()) {
      const place = `${asset}/${PLACES[i]}`;
      look.amount(place, amount, law.ledger.get(place) ?? 0n, decimals);
    }
  }
}

/** The first figure of an agent's view that is not what the fold says. None: undefined when all are. */
export function agentDiffers(view: AgentView, law: Law): string | undefined {
  const look = new Look();
  const agent = [...law.agents.values()].find((one) => one.agent === view.agent);
  if (agent === undefined) return `${view.agent} is told of itself and is not enrolled`;
  look.same("zone", view.zone, law.zone);
  look.same("mode", view.mode, stricter(law.mode, agent.mode));
  const held = agent.delegation;
  look.same("phase", view.delegation?.phase, held?.phase);
  if (held !== undefined) {
    look.amount("cap", view.delegation?.cap, held.cap);
    look.amount("reserved", view.delegation?.reserved, agent.reserved);
    look.same("expiresAt", view.delegation?.expiresAt, held.expiresAt);
    const result = agent.realized - held.realizedAtGrant + min<bigint>(agent.unrealized, NO_AMOUNT);
    const lost = held.mode === "isolated" ? min<bigint>(result, NO_AMOUNT) : NO_AMOUNT;
    const left = held.phase === "ended" ? NO_AMOUNT : held.cap + lost - agent.reserved;
    look.amount("available", view.delegation?.available, max<bigint>(left, NO_AMOUNT));
  }
  for (const kind of ["reservations", "orders", "positions", "bets", "escrows", "loans"] as const) {
    look.same(`number of ${kind}`, view[kind].length, agent[kind].size);
  }
  for (const { reservation, amount } of view.reservations) {
    const known = law.reservations.get(`${view.agent}/${reservation}`);
    look.amount(`reservation ${reservation}`, amount, known?.amount ?? -1n);
  }
  for (const told of view.positions) {
    const known = law.positions.get(`${view.agent}/${told.market}`);
    look.amount(`${told.market} qty`, told.qty, known?.qty ?? -1n, 8);
    look.amount(`${told.market} margin`, told.margin, known?.margin ?? -1n);
    look.amount(`${told.market} unrealized`, told.unrealized, known?.unrealized ?? -1n);
  }
  for (const [kind, amount] of Object.entries(view.pnl)) {
    if (kind === "total") continue;
    // Interest in other assets counts by its value, which no account of USDC holds.
    if (kind === "coins") {
      look.amount("result of coins", amount, agent.coins);
      continue;
    }
    const booked = -(law.ledger.get(`USDC/external/${kind}/${view.agent}`) ?? 0n);
    look.amount(`result of ${kind}`, amount, booked);
  }
  look.amount("result in all", view.pnl["total"], agent.realized);
  holdings(look, view.holdings, law);
  marks(look, view.markets, law);
  return look.differs;
}

function marks(look: Look, told: AgentView["markets"], law: Law): void {
  const markets = [...law.markets.values()];
  look.same("number of markets", told.length, markets.length);
  for (const [i, { market, mark, markAt }] of told.entries()) {
    look.amount(`mark of ${market}`, mark, markets[i]?.mark ?? 0n, 8);
    look.same(`time of ${market}`, markAt, markets[i]?.markAt);
  }
}

type Sums = Pick<FleetView, "collateral" | "reserved" | "committed" | "mode" | "zone" | "epoch">;

function sums(look: Look, view: Sums, law: Law): void {
  look.same("mode", view.mode, law.mode);
  look.same("zone", view.zone, law.zone);
  look.same("epoch", view.epoch, law.epoch);
  look.amount("collateral", view.collateral, law.collateral);
  let reserved = 0n;
  for (const agent of law.agents.values()) reserved += agent.reserved;
  look.amount("reserved", view.reserved, reserved);
  look.amount("committed", view.committed, law.committed);
}

export function riskDiffers(view: RiskView, law: Law): string | undefined {
  const look = new Look();
  sums(look, view, law);
  let unrealized = 0n;
  for (const held of law.positions.values()) unrealized += held.unrealized;
  look.amount("unrealized", view.unrealized, unrealized);
  look.same("covered", view.covered, law.covered);
  look.same("booksAgree", view.booksAgree, law.booksAgree);
  look.same("regime", view.regime, law.regime);
  look.same("frozen", view.frozen, law.frozen);
  look.same("outstanding effects", view.outstandingEffects, law.outbox.size);
  return look.differs;
}

type Line = StatusView["attribution"]["lines"][number];

const COLUMNS = [
  ...(["coins", "realized", "unrealized", "pnl", "pnlWeek"] as const),
  ...(["marginCost", "marginCostPerDay", "valueAtRisk"] as const),
];

/** One agent's results, worth and units, and what they come to. */
function brought(look: Look, line: Line, law: Law, index: bigint): void {
  const agent = [...law.agents.values()].find((one) => one.agent === line.agent);
  const booked = (asset: string, kind: string): bigint =>
    -(law.ledger.get(`${asset}/external/${kind}/${line.agent}`) ?? 0n);
  for (const [kind, amount] of Object.entries(line.results))
    look.amount(`${kind} attributed to ${line.agent}`, amount, booked("USDC", kind));
  for (const [asset, amount] of Object.entries(line.earned))
    look.amount(`${asset} of ${line.agent}`, amount, booked(asset, "interest"), decimalsOf(asset));
  const { realized = -1n, unrealized = -1n, coins = -1n } = agent ?? {};
  look.amount(`coins attributed to ${line.agent}`, line.coins, coins);
  look.amount(`attributed to ${line.agent}`, line.realized, realized);
  look.amount(`attributed, open, to ${line.agent}`, line.unrealized, unrealized);
  look.amount(`attributed in all to ${line.agent}`, line.pnl, realized + unrealized);
  if (agent === undefined || line.agent === "fleet") return;
  const cost = agent.past.cost + agent.reserved * (index - agent.past.index);
  look.amount(`margin cost of ${line.agent}`, line.marginCost, cost / COST_UNIT);
}

/** Results and cost of margin by agent: each from the books, and the columns beside the wallet's. */
function attribution(look: Look, { attribution: told, at }: StatusView, law: Law): void {
  const { lines, total, wallet } = told;
  const index = indexAt(law, at);
  for (const line of lines) brought(look, line, law, index);
  const sum = (of: (line: Line) => string | undefined, decimals = 6): bigint =>
    lines.reduce((all, line) => all + (unitsOf(of(line) ?? "0", decimals) ?? 0n), 0n);
  for (const column of COLUMNS)
    look.amount(
      `${column} in all`,
      total[column] ?? "0",
      sum((line) => line[column]),
    );
  let results = 0n;
  for (const [kind, amount] of Object.entries(total.results)) {
    const all = sum((line) => line.results[kind]);
    look.amount(`${kind} in all`, amount, all);
    results += all;
  }
  look.amount("results of the wallet", wallet.results, results);
  look.amount(
    "margin cost of the wallet",
    wallet.marginCost,
    sum((line) => line.marginCost),
  );
  for (const { asset, results: came } of wallet.coins) {
    const decimals = decimalsOf(asset);
    const all = sum((line) => line.earned[asset], decimals);
    look.amount(`${asset} in all`, total.earned[asset] ?? "0", all, decimals);
    look.amount(`${asset} of the wallet`, came, all, decimals);
  }
}

export function fleetDiffers(view: StatusView, law: Law): string | undefined {
  const look = new Look();
  look.same("turns", view.turns, law.turns);
  sums(look, view, law);
  look.same("leader", view.leader, law.leader);
  look.same("haltEpoch", view.haltEpoch, law.haltEpoch);
  look.same("covered", view.covered, law.covered);
  look.same("booksAgree", view.booksAgree, law.booksAgree);
  look.same("conserved", view.conserved, true);
  look.same("rejections", view.rejections, law.rejections);
  look.same("outstanding effects", view.outstandingEffects, law.outbox.size);
  for (const line of view.agents) {
    const agent = [...law.agents.values()].find((one) => one.agent === line.agent);
    const cap = agent?.delegation?.cap ?? 0n;
    look.amount(`cap of ${line.agent}`, line.cap, cap);
    look.amount(`reserved of ${line.agent}`, line.reserved, agent?.reserved ?? -1n);
    look.amount(`realized of ${line.agent}`, line.realized, agent?.realized ?? -1n);
    look.amount(`unrealized of ${line.agent}`, line.unrealized, agent?.unrealized ?? -1n);
    look.same(`positions of ${line.agent}`, line.positions, agent?.positions.size);
    look.same(`orders of ${line.agent}`, line.openOrders, agent?.orders.size);
  }
  for (const { agent, market, qty } of view.positions) {
    const held = law.positions.get(`${agent}/${market}`);
    look.amount(`position of ${agent} in ${market}`, qty, held?.qty ?? 0n, 8);
  }
  holdings(look, view.wallet, law);
  attribution(look, view, law);
  return look.differs;
}
