/** Carries out journaled effects at the venue, by name: at least once, harmless to repeat. */
import { setMaxListeners } from "node:events";
import { EFFECTS_IN_FLIGHT_MAX } from "../core/limits.ts";
import type { Approved, EffectAnswer, EffectName } from "../protocol/effects.ts";
import type { VenuePort } from "../venue/port.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

export interface PerformerOptions {
  readonly venue: VenuePort;
  readonly clock: Clock;
  readonly log: Log;
  /** Asked before each effect leaves: a leader whose lease is in doubt sends nothing. */
  readonly mayAct: () => boolean;
  /** The answer as a command to the law. */
  readonly answer: (name: EffectName, answer: EffectAnswer) => void;
  /** Wait before an unresolved name is looked up, doubled up to 16 times, in ms. */
  readonly lookupMs?: number;
}

interface Held {
  readonly approved: Approved;
  readonly doubtful: boolean;
}

/** The effect that must be settled before this one may leave: what it opened is what this one acts on. */
function actsOn({ effect }: Approved): EffectName | undefined {
  switch (effect.type) {
    case "CancelOrder":
      return effect.order;
    case "DeliverEscrow":
    case "ReleaseEscrow":
    case "DisputeEscrow":
      return effect.escrow;
    case "RecallLoan":
      return effect.loan;
    case "RenewDomain":
    case "ParkDomain":
    case "ListDomain":
      return effect.registration;
    default:
      return undefined;
  }
}

/**
 * The cursor of effects is the outbox in the fold: what has no journaled answer is outstanding, also
 * after a restart. A name that may have been sent before is looked up first, and sent only when the
 * venue proves that it never took it. A cancel that overtook its order would be refused, and the order
 * would stand: what acts on another effect waits until that one is answered.
 */
export class Performer {
  readonly #options: PerformerOptions;
  readonly #queue: Held[] = [];
  /** In our hands and not answered, each with what waits for it. */
  readonly #open = new Map<EffectName, Held[]>();
  #waiting = 0;
  #next = 0;
  #busy = 0;
  #stopped = false;
  readonly #abort = new AbortController();
  #idle: (() => void)[] = [];

  constructor(options: PerformerOptions) {
    this.#options = options;
    // Every effect under way may be waiting to be tried again: many, and no leak.
    setMaxListeners(EFFECTS_IN_FLIGHT_MAX + 1, this.#abort.signal);
  }

  /** @param doubtful it may have been sent by somebody before us: look it up first. */
  perform(approved: Approved, doubtful: boolean): void {
    const named = actsOn(approved);
    const behind = named === undefined ? undefined : this.#open.get(named);
    if (!this.#open.has(approved.name)) this.#open.set(approved.name, []);
    if (behind === undefined) this.#queue.push({ approved, doubtful });
    else {
      behind.push({ approved, doubtful });
      this.#waiting += 1;
    }
    this.#work();
  }

  get outstanding(): number {
    return this.#queue.length - this.#next + this.#busy + this.#waiting;
  }

  /** Sends nothing more; resolves when what is under way has ended. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#abort.abort();
    return this.#busy === 0 ? Promise.resolve() : new Promise((done) => this.#idle.push(done));
  }

  #work(): void {
    while (!this.#stopped && this.#busy < EFFECTS_IN_FLIGHT_MAX) {
      const next = this.#queue[this.#next];
      if (next === undefined) break;
      this.#next += 1;
      if (this.#next > 1_024 && this.#next * 2 > this.#queue.length) {
        this.#queue.splice(0, this.#next);
        this.#next = 0;
      }
      this.#busy += 1;
      void this.#settle(next.approved, next.doubtful).finally(() => {
        this.#busy -= 1;
        if (this.#busy === 0) for (const done of this.#idle.splice(0)) done();
        this.#work();
      });
    }
  }

  async #settle(approved: Approved, doubtful: boolean): Promise<void> {
    const { clock, log, answer } = this.#options;
    const step = this.#options.lookupMs ?? 500;
    let doubt = doubtful;
    for (let tries = 0; !this.#stopped; tries += 1) {
      if (this.#options.mayAct()) {
        const heard = doubt ? await this.#lookUp(approved) : await this.#submit(approved);
        if (heard !== "absent") {
          answer(approved.name, heard);
          if (heard.outcome !== "unknown") return this.#settled(approved.name);
          doubt = true;
          log.warn({ effect: approved.name, reason: heard.reason }, "effect unresolved");
        } else doubt = false;
        if (heard === "absent") continue;
      }
      await clock.sleep(step * Math.min(2 ** tries, 16), this.#abort.signal);
    }
  }

  /** Answered: what waited for it may leave. */
  #settled(name: EffectName): void {
    const behind = this.#open.get(name) ?? [];
    this.#open.delete(name);
    this.#waiting -= behind.length;
    this.#queue.push(...behind);
  }

  async #submit(approved: Approved): Promise<EffectAnswer> {
    try {
      return await this.#options.venue.submit(approved);
    } catch (fault) {
      // A port that throws has broken its promise; what it did is unknown all the same.
      return { outcome: "unknown", reason: String(fault) };
    }
  }

  async #lookUp(approved: Approved): Promise<EffectAnswer | "absent"> {
    try {
      const heard = await this.#options.venue.lookup(approved.name);
      switch (heard.found) {
        case "accepted":
          return { outcome: "accepted" };
        case "rejected":
          return { outcome: "rejected", reason: heard.reason };
        case "absent":
          return "absent";
        case "unknown":
          return { outcome: "unknown", reason: heard.reason };
      }
    } catch (fault) {
      return { outcome: "unknown", reason: String(fault) };
    }
  }
}
