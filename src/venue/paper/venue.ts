/** The paper platform behind the venue port, in the same process. */
import { untilEither } from "../../core/either.ts";
import type { Approved, EffectAnswer, EffectName } from "../../protocol/effects.ts";
import type { Mark, VenueReport, VenueSnapshot } from "../../protocol/reports.ts";
import type { LookupAnswer, VenueCapabilities, VenuePort } from "../port.ts";
import type { Clock } from "./clock.ts";
import type { Faults } from "./faults.ts";
import type { PaperPlatform } from "./platform.ts";

/** What the paper platform can do, wherever it runs. */
export const PAPER_CAPABILITIES: VenueCapabilities = {
  venue: "paper",
  idScope: "account",
  lookupById: true,
  nativeStops: true,
  deadMansSwitchMs: 0,
  games: true,
  escrow: true,
  lending: true,
  domains: true,
};

export interface PaperVenueOptions {
  readonly platform: PaperPlatform;
  readonly clock: Clock;
  readonly faults?: Faults;
}

export class PaperVenue implements VenuePort {
  readonly #platform: PaperPlatform;
  readonly #clock: Clock;
  readonly #faults: Faults | undefined;
  readonly #closed = new AbortController();
  #calls = 0;

  constructor({ platform, clock, faults }: PaperVenueOptions) {
    this.#platform = platform;
    this.#clock = clock;
    this.#faults = faults;
  }

  capabilities(): VenueCapabilities {
    return PAPER_CAPABILITIES;
  }

  async submit(approved: Approved): Promise<EffectAnswer> {
    const fault = this.#faults?.(approved, this.#calls);
    this.#calls += 1;
    switch (fault?.type) {
      case undefined:
        return this.#platform.submit(approved);
      case "lose-request":
        return { outcome: "unknown", reason: "no answer (request lost)" };
      case "lose-answer":
        this.#platform.submit(approved);
        return { outcome: "unknown", reason: "no answer (answer lost)" };
      case "delay":
        await this.#clock.sleep(fault.ms, this.#closed.signal);
        return this.#platform.submit(approved);
      case "duplicate":
        this.#platform.submit(approved);
        return this.#platform.submit(approved);
      case "reject":
        return this.#platform.submit(approved, fault.reason);
    }
  }

  async lookup(name: EffectName): Promise<LookupAnswer> {
    return lookupAnswer(this.#platform, name);
  }

  reports(after: number, signal: AbortSignal): AsyncIterable<readonly VenueReport[]> {
    return untilEither(signal, this.#closed.signal, (ended) =>
      this.#platform.reports(after, ended),
    );
  }

  marks(signal: AbortSignal): AsyncIterable<readonly Mark[]> {
    return untilEither(signal, this.#closed.signal, (ended) => this.#platform.marks(ended));
  }

  async snapshot(): Promise<VenueSnapshot> {
    return this.#platform.snapshot();
  }

  /** Ends this port's readers. The platform itself is closed by whoever opened it. */
  async close(): Promise<void> {
    this.#closed.abort();
  }
}

export function lookupAnswer(platform: PaperPlatform, name: EffectName): LookupAnswer {
  const known = platform.lookup(name);
  if (known === undefined) return { found: "absent" };
  if (known.outcome === "accepted") return { found: "accepted" };
  return { found: "rejected", reason: known.reason };
}
