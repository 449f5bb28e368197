/** Hears feeders of prices: who is none, floods, or says what is no price is counted and not handed on. */
import type { FleetId, SourceId } from "../core/ids.ts";
import { COMMAND_BYTES_MAX, PRICE_MESSAGES_PER_SECOND } from "../core/limits.ts";
import type { Law } from "../fleet/state.ts";
import { readPrices } from "../protocol/price-feed.ts";
import type { Mark } from "../protocol/reports.ts";
import type { Connection } from "../wire/connect.ts";
import { listenToPrices } from "../wire/prices.ts";
import type { Clock } from "./clock.ts";
import type { MarkLane } from "./mark-lane.ts";
import { RateLimiter } from "./rates.ts";

/** A source's clock may run so far ahead of ours, ms. */
const AHEAD_MAX = 5_000;

/** What prices are handed on to; the law says which sources and markets there are. */
interface PriceTaker {
  readonly loop: { readonly law: Law };
  readonly marks: Pick<MarkLane, "take">;
}

type Fault = "flood" | "too-long" | "no-source" | "malformed" | "late" | "early";

/** Listens to the feeders for whoever leads. */
export function hearPrices(
  connection: Connection,
  fleet: FleetId,
  leads: () => PriceTaker | undefined,
  counter: { refused(code: string): void },
  clock: Clock,
): void {
  const ear = new PriceEar(clock, (fault) => counter.refused(fault));
  listenToPrices(connection, fleet, (source, bytes) => ear.hear(leads(), source, bytes));
}

export class PriceEar {
  readonly #clock: Clock;
  readonly #onRefused: (fault: `price-${Fault}`) => void;
  readonly #rates = new RateLimiter({
    perSecond: PRICE_MESSAGES_PER_SECOND,
    burst: PRICE_MESSAGES_PER_SECOND,
  });

  /** @param onRefused counts what is not handed on: one for each message, for each price of a wrong time. */
  constructor(clock: Clock, onRefused: (fault: `price-${Fault}`) => void) {
    this.#clock = clock;
    this.#onRefused = onRefused;
  }

  /** Takes one message of a feeder. Without anybody who leads nothing is taken, and nothing counted. */
  hear(to: PriceTaker | undefined, source: SourceId, bytes: Uint8Array): void {
    const rules = to?.loop.law.policy?.prices;
    if (to === undefined || rules === undefined) return;
    if (!rules.sources.includes(source)) return this.#onRefused("price-no-source");
    if (!this.#rates.take(source, this.#clock.mono())) return this.#onRefused("price-flood");
    if (bytes.length > COMMAND_BYTES_MAX) return this.#onRefused("price-too-long");
    const said = readPrices(source, bytes);
    if (said === undefined) return this.#onRefused("price-malformed");
    const known = said.filter(({ market }) => to.loop.law.markets.has(market));
    const timely = known.filter((mark) => this.#isTimely(mark, rules.maxAgeMs));
    if (timely.length > 0) to.marks.take(timely);
  }

  /** What is told late is old, however new it looks; what is of the future would silence its source. */
  #isTimely({ at }: Mark, maxAgeMs: number): boolean {
    const age = this.#clock.now() - at;
    if (age > maxAgeMs) this.#onRefused("price-late");
    else if (age < -AHEAD_MAX) this.#onRefused("price-early");
    else return true;
    return false;
  }
}
