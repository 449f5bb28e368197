/** A feeder of prices in the simulation: tells what the venue's tape says, a little beside it, over the wire. */
import type { FleetId, SourceId } from "../core/ids.ts";
import { formatPrice, price } from "../core/money.ts";
import { millis } from "../core/time.ts";
import type { Mark } from "../protocol/reports.ts";
import type { PaperPlatform } from "../venue/paper/platform.ts";
import { sayPrices } from "../wire/prices.ts";
import { feederUser } from "../wire/subjects.ts";
import type { Aside } from "./aside.ts";
import type { SimBroker } from "./broker.ts";
import type { Chance } from "./chance.ts";
import type { Counts } from "./counts.ts";
import { Life } from "./life.ts";
import { EPOCH, type SimTime } from "./time.ts";
import type { VenueRates } from "./venue.ts";

export interface FeederOptions {
  readonly source: SourceId;
  readonly fleet: FleetId;
  /** How far its prices stand from the venue's, in ppm of them. */
  readonly besidePpm: bigint;
  readonly platform: PaperPlatform;
  readonly broker: SimBroker;
  readonly time: SimTime;
  readonly chance: Chance;
  readonly aside: Aside;
  readonly rates: () => VenueRates;
  readonly counts: Counts;
  readonly watcher: FeederWatcher;
}

/** Hears what a source says, before it is on its way, and who is dead. */
export interface FeederWatcher {
  said(source: SourceId, marks: readonly Mark[]): void;
  died(source: SourceId): void;
  rose(source: SourceId): void;
}

/** Of its own way to the prices, ms. */
const [LATENCY_FROM, LATENCY_TO] = [20, 2_000];

export class Feeder {
  readonly #options: FeederOptions;
  #stop = new AbortController();
  #life: Life;
  /** Dead for good. */
  gone = false;

  constructor(options: FeederOptions) {
    this.#options = options;
    this.#life = new Life(options.time, options.source);
  }

  get alive(): boolean {
    return this.#life.alive;
  }

  async run(): Promise<void> {
    const { source, fleet, platform, broker, time, chance, aside, rates, watcher } = this.#options;
    const life = this.#life;
    const connection = broker.connect(feederUser(source), life);
    for await (const marks of platform.marks(this.#stop.signal)) {
      await new Promise<void>((done) => {
        life.after(chance.between(LATENCY_FROM, LATENCY_TO), done);
      });
      const at = millis(Math.floor(EPOCH + time.now));
      const own = aside.told(source, marks, rates(), chance).map((mark) => ({
        ...{ source, market: mark.market, at },
        price: price(mark.price + (mark.price * this.#options.besidePpm) / 1_000_000n),
      }));
      watcher.said(source, own);
      const prices = own.map(({ market, price: told }) => ({
        ...{ market, price: formatPrice(told), at },
      }));
      sayPrices(connection, fleet, source, prices);
    }
  }

  /** From now on it says nothing; what it has said is on its way. */
  die(forGood: boolean): void {
    const { counts, source, watcher } = this.#options;
    counts.fired("feeder-dead");
    this.gone = forGood;
    this.close();
    watcher.died(source);
  }

  /** A new process of the same name. */
  rise(): void {
    const { time, source, watcher } = this.#options;
    this.#stop = new AbortController();
    this.#life = new Life(time, source);
    watcher.rose(source);
    void this.run();
  }

  close(): void {
    this.#stop.abort();
    this.#life.kill();
  }
}
