/** Results of trades from what was paid and got for them: what is open cost the rest, to the unit. */
import type { MarketId } from "../../core/ids.ts";
import type { EventOf, FleetEvent } from "../../protocol/events.ts";

/** Size x mark x rate (1e-8, 1e-8, 1e-9) in one millionth. */
const FUNDING_UNIT = 10n ** 19n;

type Book = (kind: "trading" | "fees" | "funding", of: string, amount: bigint) => void;
type Taken = EventOf<"VenueLiquidated" | "AutoDeleveraged">;

interface Held {
  readonly of: string;
  readonly market: MarketId;
  size: bigint;
  /** Signed sum of the values of what is open. */
  cost: bigint;
}

/** One trade of an agent, as its event tells it. */
interface Trade {
  readonly of: string;
  readonly market: MarketId;
  /** 1 for what was bought, -1 for what was sold. */
  readonly sign: bigint;
  readonly qty: bigint;
  readonly value: bigint;
  /** What is told of the position after it. */
  readonly cost: bigint;
  readonly size: bigint;
}

const abs = (amount: bigint): bigint => (amount < 0n ? -amount : amount);

/** -size x mark x rate, down. */
const fundingOf = (size: bigint, mark: bigint, rate: bigint): bigint => {
  const [whole, unit] = [-size * mark * rate, FUNDING_UNIT];
  return whole < 0n && whole % unit !== 0n ? whole / unit - 1n : whole / unit;
};

export class Traded {
  readonly #held = new Map<string, Held>();
  /** Names by which the venue liquidated. */
  readonly #liquidated = new Set<string>();
  readonly #book: Book;
  /** The first thing that was not parted as it should be. */
  fault: string | undefined;

  constructor(book: Book) {
    this.#book = book;
  }

  open(): Iterable<Readonly<Held>> {
    return this.#held.values();
  }

  /** False for an event that is no trade. */
  event(event: FleetEvent): boolean {
    switch (event.type) {
      case "FillBooked": {
        const { agent, market, notional, positionCost: cost, positionQty: size } = event;
        const sign = event.side === "buy" ? 1n : -1n;
        const trade = { of: agent, market, sign, qty: event.qty, value: notional, cost, size };
        const own = this.#trade(trade);
        // Of what nobody held the fund may have paid its part, as of the rest.
        const more = this.#liquidated.has(event.trade) ? event.realized - own : 0n;
        if (more < 0n) this.#tell(`${event.trade}: the fund took ${-more} of ${agent}`);
        this.#book("trading", agent, own + more);
        this.#book("fees", agent, -event.fee);
        return true;
      }
      case "PositionsCrossed": {
        const { market, qty, notional: value } = event;
        for (const [sign, side] of [
          [-1n, event.long],
          [1n, event.short],
        ] as const) {
          const { of, positionCost: cost, positionQty: size } = side;
          this.#book("trading", of, this.#trade({ of, market, sign, qty, value, cost, size }));
        }
        return true;
      }
      case "VenueLiquidated":
      case "AutoDeleveraged":
        this.#taken(event);
        return true;
      case "FundingBooked":
        this.#funded(event);
        return true;
      default:
        return false;
    }
  }

  /** By the sizes that are held here: each pays its own, down, and the fleet has what that leaves. */
  #funded({ market, mark, rateNano, payment }: EventOf<"FundingBooked">): void {
    let left: bigint = payment;
    for (const held of this.#held.values()) {
      if (held.market !== market) continue;
      const share = fundingOf(held.size, mark, rateNano);
      this.#book("funding", held.of, share);
      left -= share;
    }
    this.#book("funding", "fleet", left);
  }

  /** What the fund covered is no part of a trade: it is what a result has beyond it, and adds up. */
  #taken(event: Taken): void {
    const { name, market, parts, side } = event;
    const sign = side === "buy" ? 1n : -1n;
    if (event.type === "VenueLiquidated") this.#liquidated.add(name);
    const [fee, covered] = event.type === "VenueLiquidated" ? [event.fee, event.covered] : [0n, 0n];
    let left: bigint = covered;
    for (const part of parts) {
      const { of, qty, notional: value, positionCost: cost, positionQty: size } = part;
      const own = this.#trade({ of, market, sign, qty, value, cost, size });
      const cover = part.realized - own;
      left -= cover;
      this.#fair(`${name}: value of ${of}`, value, event.notional, qty, event.qty);
      this.#fair(`${name}: fee of ${of}`, part.fee, fee, qty, event.qty);
      this.#fair(`${name}: cover of ${of}`, cover, covered, qty, event.qty);
      this.#book("trading", of, own + cover);
      this.#book("fees", of, -part.fee);
    }
    if (left !== 0n) this.#tell(`${name}: the fund covered ${covered}, its parts leave ${left}`);
  }

  /** A part is its share by quantity, within two units: of a running share, and of what was told of a larger whole. */
  #fair(what: string, part: bigint, whole: bigint, qty: bigint, all: bigint): void {
    if (abs(part * all - whole * qty) > 2n * all)
      this.#tell(`${what} is ${part} of ${whole}, for ${qty} of ${all}`);
  }

  /** Result of a trade: what came in for it and what is open now has cost more or less than before. */
  #trade({ of, market, sign, qty, value, cost, size }: Trade): bigint {
    const key = `${of}/${market}`;
    const held = this.#held.get(key) ?? { of, market, size: 0n, cost: 0n };
    const before = { ...held };
    const after = before.size + sign * qty;
    if (after !== size) this.#tell(`${key} is ${after} after a trade, told as ${size}`);
    held.size = after;
    held.cost = cost;
    if (after === 0n) this.#held.delete(key);
    else this.#held.set(key, held);
    const due = costAfter(before, { sign, qty, value });
    if (abs(due.cost - cost) > due.within)
      this.#tell(`what ${key} has open cost ${due.cost}, it is told as ${cost}`);
    return -sign * value + (cost - before.cost);
  }

  #tell(fault: string): void {
    this.fault ??= fault;
  }
}

/** What is open after a trade has cost: the average for what is left, the trade's own for what it opens. */
function costAfter(
  { size, cost }: { readonly size: bigint; readonly cost: bigint },
  { sign, qty, value }: Pick<Trade, "sign" | "qty" | "value">,
): { readonly cost: bigint; readonly within: bigint } {
  const against = size !== 0n && size > 0n !== sign > 0n;
  if (!against) return { cost: cost + sign * value, within: 0n };
  const left = abs(size) - qty;
  if (left === 0n) return { cost: 0n, within: 0n };
  if (left > 0n) return { cost: (cost * left) / abs(size), within: 1n };
  return { cost: (sign * value * -left) / qty, within: 1n };
}
