/** Of several sources the believed price is the median, counted anew from what they said, and nothing else decides. */
import type { SourceId } from "../../core/ids.ts";
import type { Law } from "../../fleet/state.ts";
import type { EventOf, FleetEvent } from "../../protocol/events.ts";
import type { PricesPolicy } from "../../protocol/policy.ts";
import type { Invariant } from "./breach.ts";
import type { SaidPrices } from "./said-prices.ts";

interface Heard {
  readonly price: bigint;
  readonly at: number;
  doubts: number;
  quarantined: boolean;
}
type Readings = Map<SourceId, Heard>;

/** Events that follow from what positions are worth. */
const BY_PRICE = new Set<FleetEvent["type"]>([
  ...(["MarginCalled", "MarginExpired", "LiquidationPlanned", "PositionStopped"] as const),
  ...(["MaintenanceAlert", "ZoneChanged"] as const),
]);
const MILLION = 1_000_000n;

const isNear = (price: bigint, middle: bigint, { divergence }: PricesPolicy): boolean => {
  const away = price < middle ? middle - price : price - middle;
  return away * MILLION <= middle * BigInt(divergence);
};

/** The price in the middle, of two the nearer to the last; none where no more than half are near it. */
function middleOf(
  prices: readonly bigint[],
  last: bigint | undefined,
  rules: PricesPolicy,
): bigint | undefined {
  if (prices.length < 2) return undefined;
  const sorted = [...prices].sort((a, b) => Number(a - b));
  const half = sorted.length >> 1;
  const [low = 0n, high = 0n] = sorted.length % 2 === 1 ? [sorted[half]] : sorted.slice(half - 1);
  const isHigh = sorted.length % 2 === 0 && last !== undefined && 2n * last > low + high;
  const middle = isHigh ? high : low;
  const near = prices.filter((one) => isNear(one, middle, rules));
  return near.length * 2 > prices.length ? middle : undefined;
}

export class PriceRules {
  readonly #tell: (invariant: Invariant, detail: string) => void;
  readonly #said: SaidPrices | undefined;
  readonly #heard = new Map<string, Readings>();
  readonly #spoke = new Map<string, Set<SourceId>>();
  /** What the last reading makes of a market's price; undefined: no majority. */
  readonly #middle = new Map<string, bigint | undefined>();
  readonly #believed = new Map<string, bigint>();

  constructor(tell: (invariant: Invariant, detail: string) => void, said?: SaidPrices) {
    this.#tell = tell;
    this.#said = said;
  }

  /** Before it is folded. */
  event(event: FleetEvent, at: number, law: Law): void {
    const rules = law.policy?.prices;
    if (rules === undefined) return;
    if (event.type === "PricesRead") this.#read(event, at, rules);
    if (event.type === "MarksSet") this.#set(event, rules);
    if (event.type === "OrderApproved" && event.opening > 0n) this.#opened(event);
    if (BY_PRICE.has(event.type)) this.#decided(event.type, law);
  }

  #read({ readings }: EventOf<"PricesRead">, at: number, rules: PricesPolicy): void {
    this.#spoke.clear();
    for (const { market, source, ...said } of readings) {
      if (this.#said?.has(source, { market, ...said }) === false)
        this.#tell("I11", `${source} never said ${said.price} for ${market} at ${said.at}`);
      const all: Readings = this.#heard.get(market) ?? new Map();
      const { doubts = 0, quarantined = false } = all.get(source) ?? {};
      this.#heard.set(market, all.set(source, { price: said.price, at, doubts, quarantined }));
      this.#spoke.set(market, (this.#spoke.get(market) ?? new Set()).add(source));
    }
    for (const market of this.#spoke.keys()) this.#judge(market, at, rules);
  }

  #judge(market: string, at: number, rules: PricesPolicy): void {
    const all = [...(this.#heard.get(market) ?? new Map<SourceId, Heard>())].map(([, one]) => one);
    const fresh = all.filter((one) => at - one.at <= rules.maxAgeMs);
    const last = this.#believed.get(market);
    const pricesOf = (some: readonly Heard[]) => some.map(({ price }) => price);
    const counted = pricesOf(fresh.filter(({ quarantined }) => !quarantined));
    const middle = middleOf(counted, last, rules) ?? middleOf(pricesOf(fresh), last, rules);
    this.#middle.set(market, middle);
  }

  #set({ marks }: EventOf<"MarksSet">, rules: PricesPolicy): void {
    for (const { market, price } of marks) {
      const middle = this.#middle.get(market);
      if (price !== middle)
        this.#tell(
          "I11",
          `${market} is believed at ${price}, the median is ${middle ?? "none: no majority"}`,
        );
      this.#believed.set(market, price);
      for (const source of this.#spoke.get(market) ?? []) {
        const one = this.#heard.get(market)?.get(source);
        if (one === undefined) continue;
        one.doubts = isNear(one.price, price, rules) ? 0 : one.doubts + 1;
        one.quarantined =
          one.doubts > 0 && (one.quarantined || one.doubts >= rules.quarantineAfter);
      }
    }
  }

  #opened({ agent, market }: EventOf<"OrderApproved">): void {
    if (this.#middle.has(market) && this.#middle.get(market) === undefined)
      this.#tell("I11", `${agent} opens in ${market}, whose sources do not agree`);
  }

  /** Whoever is called or closed is so by prices that were the median when they were set. */
  #decided(what: string, law: Law): void {
    for (const [market, price] of this.#believed) {
      const mark = law.markets.get(market as never)?.mark;
      if (mark !== price)
        this.#tell("I11", `${what} by ${mark} for ${market}, what was believed is ${price}`);
    }
  }
}
