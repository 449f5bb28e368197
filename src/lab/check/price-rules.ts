/** Of several sources the believed price is the median, counted anew from what they said, and nothing else decides. */
import { type SourceId, VENUE } from "../../core/ids.ts";
import { ownedOf } from "../../fleet/ledger.ts";
import type { Law } from "../../fleet/state.ts";
import type { EventOf, FleetEvent } from "../../protocol/events.ts";
import type { PricesPolicy } from "../../protocol/policy.ts";
import type { Invariant } from "./breach.ts";
import { PriceCounts } from "./price-counts.ts";
import { type Heard, isNear, type PriceVerdict, verdictOf } from "./price-verdict.ts";
import type { SaidPrices } from "./said-prices.ts";

interface Market {
  readonly heard: Map<SourceId, Heard & { readonly at: number }>;
  believed: bigint | undefined;
  jumped: bigint | undefined;
  uncertain: boolean;
  /** What must follow in the same turn from what was read. */
  due: string[];
}

/** Events that follow from what positions are worth. */
const BY_PRICE = new Set<FleetEvent["type"]>([
  ...(["MarginCalled", "MarginExpired", "LiquidationPlanned", "PositionStopped"] as const),
  ...(["MaintenanceAlert", "ZoneChanged"] as const),
]);

const listed = (sources: readonly SourceId[]): string => [...sources].sort().join(" and ");
const saidBy = (said: readonly { source: SourceId; price: bigint }[]): string =>
  said
    .map(({ source, price }) => `${source} ${price}`)
    .sort()
    .join(", ");

export class PriceRules {
  readonly #tell: (invariant: Invariant, detail: string) => void;
  readonly #said: SaidPrices | undefined;
  readonly #markets = new Map<string, Market>();
  readonly #counts = new PriceCounts();

  constructor(tell: (invariant: Invariant, detail: string) => void, said?: SaidPrices) {
    this.#tell = tell;
    this.#said = said;
  }

  /** What became of sources that were off together, dead, or followed. */
  get met(): ReadonlyMap<string, number> {
    return this.#counts.met;
  }

  /** Between two turns: whatever follows from a reading does so in its own. */
  turn(): void {
    for (const [market, held] of this.#markets) {
      for (const what of held.due) this.#tell("I11", `${market}: ${what} is due, and was not told`);
      held.due = [];
    }
  }

  /** Before it is folded. */
  event(event: FleetEvent, at: number, law: Law): void {
    const { policy } = law;
    const rules = policy?.prices;
    if (rules === undefined) return;
    this.#priced(event);
    if (event.type === "PricesRead") this.#read(event, at, rules, policy?.markJumpMax);
    if (event.type === "OrderApproved") this.#ordered(event);
    if (event.type === "DelegationGranted") this.#granted(event, law);
    if (BY_PRICE.has(event.type)) this.#decided(event.type, law);
  }

  #priced(event: FleetEvent): void {
    switch (event.type) {
      case "MarksSet":
        for (const { market, price, from = [] } of event.marks) {
          this.#came(market, `a mark of ${price} by ${listed(from)}`);
          const held = this.#of(market);
          [held.believed, held.jumped] = [price, undefined];
        }
        return;
      case "MarkRefused":
        // Of none of these is anything read.
        if (event.price > 0n) this.#came(event.market, `a jump to ${event.price}`);
        this.#of(event.market).jumped = event.price;
        return;
      case "PriceUncertain":
        return this.#came(event.market, `doubt of all: ${saidBy(event.said)}`);
      case "PriceCertain":
        return this.#came(event.market, `the end of doubt by ${event.mark}`);
      case "SourceDoubted":
        return this.#came(event.market, `doubt ${event.times} of ${event.source}`);
      case "SourceQuarantined":
        return this.#came(event.market, `quarantine of ${event.source}`);
      case "SourceBelieved":
        return this.#came(event.market, `trust in ${event.source}`);
      default:
        return;
    }
  }

  #of(market: string): Market {
    const held = this.#markets.get(market) ?? {
      ...{ heard: new Map(), believed: undefined, jumped: undefined, uncertain: false, due: [] },
    };
    this.#markets.set(market, held);
    return held;
  }

  #came(market: string, what: string): void {
    const { due } = this.#of(market);
    const place = due.indexOf(what);
    if (place >= 0) return void due.splice(place, 1);
    const wanted = due.length === 0 ? "nothing" : due.join("; ");
    this.#tell("I11", `${market}: ${what}, due by what its sources said is ${wanted}`);
  }

  #read(
    { readings }: EventOf<"PricesRead">,
    at: number,
    rules: PricesPolicy,
    jumpMax: number | undefined,
  ): void {
    const spoke = new Map<string, Set<SourceId>>();
    for (const { market, source, price, at: saidAt } of readings) {
      const said = { market, price, at: saidAt };
      if (this.#said?.has(source, said) === false)
        this.#tell("I11", `${source} never said ${price} for ${market} at ${saidAt}`);
      const { heard } = this.#of(market);
      const before = heard.get(source);
      if (before !== undefined && saidAt <= before.at)
        this.#tell("I11", `${source} of ${market} is read at ${saidAt} after ${before.at}`);
      // The venue's time is the market's; a feeder's is the true one.
      if (source !== VENUE && at - saidAt > rules.maxAgeMs)
        this.#tell("I11", `${source} of ${market} is read when it is ${at - saidAt} ms old`);
      const off = this.#said?.wasOff(source, said) === true;
      const { doubts = 0, quarantined = false } = before ?? {};
      heard.set(source, { source, price, at: saidAt, heardAt: at, off, doubts, quarantined });
      spoke.set(market, (spoke.get(market) ?? new Set()).add(source));
    }
    for (const [market, who] of spoke) this.#judge(market, at, rules, jumpMax, who);
  }

  #judge(
    market: string,
    at: number,
    rules: PricesPolicy,
    jumpMax: number | undefined,
    spoke: ReadonlySet<SourceId>,
  ): void {
    const held = this.#of(market);
    const all = [...held.heard.values()];
    const isFresh = ({ heardAt }: Heard): boolean => at - heardAt <= rules.maxAgeMs;
    const fresh = all.filter(isFresh);
    const old = all.filter((one) => !isFresh(one)).map(({ source }) => source);
    const before = { mark: held.believed, jumped: held.jumped };
    const verdict = verdictOf(fresh, before, rules, jumpMax, spoke);
    const dead = old.filter((source) => this.#said?.wasDead(source, at) === true);
    this.#counts.judged(market, verdict, fresh, dead, spoke);
    this.#owe(held, verdict, fresh);
    if (verdict.by === "majority") this.#trust(held, verdict.price, rules, spoke);
  }

  /** What must be told of a verdict. */
  #owe(held: Market, verdict: PriceVerdict, fresh: readonly Heard[]): void {
    const { due, uncertain } = held;
    if (verdict.by === "silence") return;
    if (verdict.by === "jump") return void due.push(`a jump to ${verdict.price}`);
    held.uncertain = verdict.by === "nobody";
    if (verdict.by === "nobody") {
      if (!uncertain) due.push(`doubt of all: ${saidBy(fresh)}`);
      return;
    }
    if (uncertain) due.push(`the end of doubt by ${verdict.price}`);
    due.push(`a mark of ${verdict.price} by ${listed(verdict.from)}`);
  }

  /** Who has just spoken is doubted once more, or trusted again. */
  #trust(
    { heard, due }: Market,
    price: bigint,
    { divergence, quarantineAfter }: PricesPolicy,
    spoke: ReadonlySet<SourceId>,
  ): void {
    for (const source of spoke) {
      const one = heard.get(source);
      if (one === undefined) continue;
      if (isNear(one.price, price, divergence)) {
        if (one.doubts > 0) due.push(`trust in ${source}`);
        heard.set(source, { ...one, doubts: 0, quarantined: false });
      } else if (!one.quarantined) {
        const doubts = one.doubts + 1;
        const quarantined = doubts >= quarantineAfter;
        due.push(`doubt ${doubts} of ${source}`);
        if (quarantined) due.push(`quarantine of ${source}`);
        heard.set(source, { ...one, doubts, quarantined });
      }
    }
  }

  #ordered({ agent, market, mark, opening }: EventOf<"OrderApproved">): void {
    const held = this.#markets.get(market);
    if (held?.uncertain === true && opening > 0n)
      this.#tell("I11", `${agent} opens in ${market}, whose sources do not agree`);
    if (held !== undefined && mark !== held.believed)
      this.#tell("I11", `an order in ${market} by ${mark}, what was believed is ${held.believed}`);
  }

  /** What is owned and cannot be valued backs nobody. */
  #granted({ agent }: EventOf<"DelegationGranted">, law: Law): void {
    for (const { asset, market } of law.assets.values()) {
      if (market === undefined || this.#markets.get(market)?.uncertain !== true) continue;
      if (ownedOf(law.ledger, asset) !== 0n)
        this.#tell("I11", `${agent} is granted, the sources of ${asset} do not agree`);
    }
  }

  /** Whoever is called or closed is so by prices that were believed when they were set. */
  #decided(what: string, law: Law): void {
    for (const [market, { believed }] of this.#markets) {
      const mark = law.markets.get(market as never)?.mark;
      if (mark !== believed)
        this.#tell("I11", `${what} by ${mark} for ${market}, what was believed is ${believed}`);
    }
  }
}
