/** The simulated way to a venue: the real paper platform at its end, and all that can go wrong between. */
import { VENUE } from "../core/ids.ts";
import { price } from "../core/money.ts";
import type { Approved, EffectAnswer, EffectName } from "../protocol/effects.ts";
import type { Mark, VenueReport, VenueSnapshot } from "../protocol/reports.ts";
import type { PaperPlatform } from "../venue/paper/platform.ts";
import { lookupAnswer, PAPER_CAPABILITIES } from "../venue/paper/venue.ts";
import { type LookupAnswer, VenueError, type VenuePort } from "../venue/port.ts";
import { Aside } from "./aside.ts";
import type { Chance } from "./chance.ts";
import type { Counts } from "./counts.ts";
import type { Life } from "./life.ts";
import type { SimTime } from "./time.ts";

/** Chances per call, per batch of reports, and per round of marks. */
export interface VenueRates {
  readonly requestLost: number;
  readonly answerLost: number;
  /** A request that comes so late that its caller has long given it up. */
  readonly late: number;
  readonly lateMs: number;
  readonly twice: number;
  readonly reject: number;
  readonly queryError: number;
  readonly reportsTwice: number;
  readonly reportsMissing: number;
  readonly reportsLate: number;
  /** Ms for which the feed stands still, when it does, and its chance per round. */
  readonly frozen: number;
  readonly frozenMs: number;
  readonly absurd: number;
  /** Chance per round that one market's price stays the same from then on, and for how many rounds. */
  readonly stuck: number;
  readonly stuckRounds: number;
  /** Chance per round that one market's price is told a third too low, and for how many rounds. */
  readonly off: number;
  readonly offRounds: number;
  /** Chance per round of a source that two of one market's are off at once, and for how many rounds. */
  readonly together: number;
  readonly togetherRounds: number;
}

export const FAIR: VenueRates = {
  ...{ requestLost: 0, answerLost: 0, late: 0, lateMs: 0, twice: 0, reject: 0, queryError: 0 },
  ...{ reportsTwice: 0, reportsMissing: 0, reportsLate: 0, frozen: 0, frozenMs: 0, absurd: 0 },
  ...{ stuck: 0, stuckRounds: 0, off: 0, offRounds: 0, together: 0, togetherRounds: 0 },
};

/** What the checkers see of every call that really reached the venue, and of every call that left. */
export interface VenueWatcher {
  asked(life: Life, what: "submit" | "lookup", name: EffectName): void;
  answered(life: Life, what: "submit" | "lookup", name: EffectName, known: boolean): void;
  arrived(approved: Approved): void;
  /** What the venue tells of its prices. Absent: nobody keeps it. */
  said?(marks: readonly Mark[]): void;
}

export interface SimVenueOptions {
  readonly platform: PaperPlatform;
  readonly time: SimTime;
  readonly life: Life;
  readonly chance: Chance;
  readonly counts: Counts;
  /** Which of several sources is off; absent: the venue is the only one. */
  readonly aside?: Aside;
  /** Read anew at each call: faults begin and end. */
  readonly rates: () => VenueRates;
  readonly watcher: VenueWatcher;
}

const TIMEOUT_MS = 1_000;
const [LATENCY_FROM, LATENCY_TO] = [2, 20];

const isFill = ({ type }: VenueReport): boolean => type === "fill";

export class SimVenue implements VenuePort {
  readonly #options: SimVenueOptions;
  #frozenUntil = 0;
  #lastMarks: readonly Mark[] = [];
  #stuck: { readonly market: string; readonly price: Mark["price"]; rounds: number } | undefined;

  constructor(options: SimVenueOptions) {
    this.#options = options;
  }

  capabilities() {
    return PAPER_CAPABILITIES;
  }

  submit(approved: Approved): Promise<EffectAnswer> {
    const { platform, chance, counts, watcher, life } = this.#options;
    const rates = this.#options.rates();
    watcher.asked(life, "submit", approved.name);
    const answered = (answer: EffectAnswer): EffectAnswer => {
      watcher.answered(life, "submit", approved.name, answer.outcome !== "unknown");
      return answer;
    };
    const late = chance.hit(rates.late);
    const lost = chance.hit(rates.requestLost);
    if (late) counts.fired("venue-late-request");
    if (lost) counts.fired("venue-request-lost");
    return this.#call("submit", late ? chance.between(TIMEOUT_MS, rates.lateMs) : 0, lost, {
      work: () => {
        watcher.arrived(approved);
        const refuse = chance.hit(rates.reject) ? "a fault of the venue" : undefined;
        if (refuse !== undefined) counts.fired("venue-reject");
        if (chance.hit(rates.twice)) {
          counts.fired("venue-twice");
          platform.submit(approved, refuse);
        }
        return platform.submit(approved, refuse);
      },
      answer: (settled) => answered(settled),
      none: () => answered({ outcome: "unknown", reason: "no answer" }),
      answerLost: rates.answerLost,
    });
  }

  lookup(name: EffectName): Promise<LookupAnswer> {
    const { platform, chance, counts, watcher, life } = this.#options;
    const rates = this.#options.rates();
    watcher.asked(life, "lookup", name);
    const failed = chance.hit(rates.queryError);
    if (failed) counts.fired("venue-query-error");
    return this.#call("lookup", 0, false, {
      work: () => lookupAnswer(platform, name),
      answer: (found): LookupAnswer => {
        const told: LookupAnswer = failed ? { found: "unknown", reason: "500" } : found;
        watcher.answered(life, "lookup", name, told.found !== "unknown");
        return told;
      },
      none: () => ({ found: "unknown", reason: "no answer" }),
      answerLost: rates.answerLost,
    });
  }

  snapshot(): Promise<VenueSnapshot> {
    const { platform, chance, counts } = this.#options;
    const rates = this.#options.rates();
    const failed = chance.hit(rates.queryError);
    if (failed) counts.fired("venue-snapshot-error");
    return this.#call("snapshot", 0, false, {
      work: () => platform.snapshot(),
      answer: (taken) => {
        if (failed) throw new VenueError("venue-unavailable", "500");
        return taken;
      },
      none: () => {
        throw new VenueError("venue-unavailable", "no answer");
      },
      answerLost: rates.answerLost,
    });
  }

  /** One call: there, done, and back; each end of it is a point of the process. */
  #call<T, A>(
    what: string,
    lateMs: number,
    lost: boolean,
    call: { work: () => T; answer: (done: T) => A; none: () => A; answerLost: number },
  ): Promise<A> {
    const { time, life, chance, counts } = this.#options;
    return new Promise((resolve, reject) => {
      if (life.point(`ask venue ${what}`)) return;
      const settle = (make: () => A): void => {
        try {
          resolve(make());
        } catch (fault) {
          reject(fault as Error);
        }
      };
      const cancel = life.after(TIMEOUT_MS, () => settle(call.none));
      if (lost) return;
      time.after(lateMs + chance.between(LATENCY_FROM, LATENCY_TO), () => {
        const done = call.work();
        if (life.point(`answer venue ${what}`)) return;
        if (chance.hit(call.answerLost)) {
          counts.fired("venue-answer-lost");
          return;
        }
        time.after(chance.between(LATENCY_FROM, LATENCY_TO), () =>
          life.run(() => {
            cancel();
            settle(() => call.answer(done));
          }),
        );
      });
    });
  }

  #travel(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.life.after(ms, resolve));
  }

  async *reports(after: number, signal: AbortSignal): AsyncGenerator<readonly VenueReport[]> {
    const { platform, chance, counts } = this.#options;
    for await (const batch of platform.reports(after, signal)) {
      const rates = this.#options.rates();
      const late = chance.hit(rates.reportsLate);
      if (late) counts.fired("reports-late");
      await this.#travel(chance.between(LATENCY_FROM, late ? 5_000 : LATENCY_TO));
      if (signal.aborted) return;
      if (chance.hit(rates.reportsMissing)) {
        counts.fired("reports-missing");
        if (batch.some(isFill)) counts.fired("fills-missing");
        continue;
      }
      yield batch;
      if (!chance.hit(rates.reportsTwice)) continue;
      counts.fired("reports-twice");
      if (batch.some(isFill)) counts.fired("fills-twice");
      yield batch;
    }
  }

  async *marks(signal: AbortSignal): AsyncGenerator<readonly Mark[]> {
    const { platform, chance, counts, time, watcher } = this.#options;
    const aside = this.#options.aside ?? new Aside(counts);
    for await (const marks of platform.marks(signal)) {
      await this.#travel(chance.between(LATENCY_FROM, LATENCY_TO));
      if (signal.aborted) return;
      const rates = this.#options.rates();
      if (chance.hit(rates.frozen)) this.#frozenUntil = time.now + rates.frozenMs;
      const frozen = time.now < this.#frozenUntil && this.#lastMarks.length > 0;
      if (frozen) counts.fired("feed-frozen");
      else this.#lastMarks = marks;
      const stood = this.#stand(this.#lastMarks, rates);
      const told = this.#absurd(aside.told(VENUE, stood, rates, chance), rates.absurd);
      watcher.said?.(told);
      yield told;
    }
  }

  /** One market says the same again and again, at new times, while the others move. */
  #stand(marks: readonly Mark[], { stuck, stuckRounds }: VenueRates): readonly Mark[] {
    const { chance, counts } = this.#options;
    if (this.#stuck === undefined && chance.hit(stuck)) {
      const { market, price: at } = chance.pick(marks);
      this.#stuck = { market, price: at, rounds: stuckRounds };
    }
    const held = this.#stuck;
    if (held === undefined) return marks;
    counts.fired("feed-stuck");
    held.rounds -= 1;
    if (held.rounds <= 0) this.#stuck = undefined;
    return marks.map((mark) =>
      mark.market === held.market ? { ...mark, price: held.price } : mark,
    );
  }

  /** Once in a while one price is zero, below it, a thousandth or a thousandfold. */
  #absurd(marks: readonly Mark[], rate: number): readonly Mark[] {
    const { chance, counts } = this.#options;
    if (!chance.hit(rate)) return marks;
    counts.fired("feed-absurd");
    const struck = chance.int(0, marks.length - 1);
    const factor = chance.pick([0n, -1_000n, 1n, 1_000_000n]);
    return marks.map((mark, i) =>
      i === struck ? { ...mark, price: price((mark.price * factor) / 1_000n) } : mark,
    );
  }

  async close(): Promise<void> {
    // The platform is the world's, not this process's.
  }
}
