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
  /** Hears what it says, before it is on its way. */
  readonly onSaid: (source: SourceId, marks: readonly Mark[]) => void;
}

/** Of its own way to the prices, ms. */
const [LATENCY_FROM, LATENCY_TO] = [20, 2_000];

export class Feeder {
  readonly #options: FeederOptions;
  readonly #stop = new AbortController();
  readonly life: Life;

  constructor(options: FeederOptions) {
    this.#options = options;
    this.life = new Life(options.time, options.source);
  }

  async run(): Promise<void> {
    const { source, fleet, platform, broker, time, chance, aside, rates } = this.#options;
    const connection = broker.connect(feederUser(source), this.life);
    for await (const marks of platform.marks(this.#stop.signal)) {
      await new Promise<void>((done) => {
        this.life.after(chance.between(LATENCY_FROM, LATENCY_TO), done);
      });
      const at = millis(Math.floor(EPOCH + time.now));
      const own = aside.told(source, marks, rates(), chance).map((mark) => ({
        ...{ source, market: mark.market, at },
        price: price(mark.price + (mark.price * this.#options.besidePpm) / 1_000_000n),
      }));
      this.#options.onSaid(source, own);
      const prices = own.map(({ market, price: told }) => ({
        ...{ market, price: formatPrice(told), at },
      }));
      sayPrices(connection, fleet, source, prices);
    }
  }

  close(): void {
    this.#stop.abort();
    this.life.kill();
  }
}
