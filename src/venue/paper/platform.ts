/**
 * The engine in time: market clock, log before answer, reports kept from the first, marks at a
 * rate.
 */

import { setMaxListeners } from "node:events";
import { assert, must } from "../../core/assert.ts";
import { untilEither } from "../../core/either.ts";
import type { Micro } from "../../core/money.ts";
import type { Ppm } from "../../core/ppm.ts";
import { MINUTE, millis } from "../../core/time.ts";
import type { Approved, EffectName } from "../../protocol/effects.ts";
import type { Mark, VenueReport, VenueSnapshot } from "../../protocol/reports.ts";
import { VenueError } from "../port.ts";
import { type Statement, snapshotOf, statementOf } from "./books.ts";
import { type Clock, type MarketClock, marketClock } from "./clock.ts";
import { advance, answerTo, type EngineOptions, newWorld, request, takeReports } from "./engine.ts";
import { lastRate } from "./funding.ts";
import { ownNotional } from "./margin.ts";
import { markOf } from "./marks.ts";
import { type Strike, strike } from "./strikes.ts";
import type { Settled, World } from "./world.ts";

/** What is kept so that a killed platform goes on exactly where it was. */
export interface Keeper {
  /**
   * Keeps an input before it is answered. Without a request: the time up to which reports were
   * shown.
   */
  append(at: number, input?: { readonly approved: Approved; readonly refuse?: string }): void;
  /** Told after each input: a good moment to keep the whole state. */
  rest(world: World, reports: readonly VenueReport[]): void;
  close(world: World, reports: readonly VenueReport[]): void;
}

/** What a keeper gives back: the world as it was, and every report that it had made. */
export interface Kept {
  readonly world: World;
  readonly reports: readonly VenueReport[];
  readonly keeper: Keeper;
}

export interface PlatformOptions extends EngineOptions {
  readonly clock: Clock;
  /** Market seconds in one second. */
  readonly speed?: number;
  /** Wall ms between two rounds of marks. */
  readonly marksMs?: number;
  /** Wall ms between two looks at the clock when nobody asks. */
  readonly pumpMs?: number;
  readonly kept?: Kept;
  /**
   * Until our positions come to this much, or half an hour of it has passed, market time goes slowly:
   * what the tape is about to show meets a fleet that stands, however busy the machine is.
   */
  readonly waitFor?: Micro;
}

export interface PlatformStatus {
  readonly tape: string;
  readonly at: number;
  readonly speed: number;
  readonly start: number;
  readonly end: number;
  /** The tape is over: prices stay at their last, and no funding is due. */
  readonly ended: boolean;
  readonly reports: number;
}

const BATCH = 1_000;
const WAIT_MOST = 30 * MINUTE;

export class PaperPlatform {
  readonly #options: PlatformOptions;
  readonly #world: World;
  readonly #time: MarketClock;
  readonly #history: VenueReport[];
  readonly #waiting = new Set<() => void>();
  readonly #stop = new AbortController();
  #pump: Promise<void> | undefined;
  /** Market time that is surely kept: after a kill the platform goes on from there or later. */
  #keptAt: number;

  constructor(options: PlatformOptions) {
    this.#options = options;
    // Each reader listens for the end; there may be any number of them.
    setMaxListeners(0, this.#stop.signal);
    this.#world = options.kept?.world ?? newWorld(options);
    this.#history = [...(options.kept?.reports ?? [])];
    const { state, rules } = this.#world;
    const until = (options.startAt ?? options.tape.start) + WAIT_MOST;
    const { waitFor } = options;
    const waits = (): boolean =>
      waitFor !== undefined && state.at < until && ownNotional(rules, state) < waitFor;
    this.#time = marketClock(options.clock, state.at, options.speed ?? 1, waits);
    this.#keptAt = this.#world.state.at;
    this.#publish();
  }

  /** Lets time pass by itself. Without it time passes when somebody asks. */
  start(): this {
    this.#pump ??= this.#run();
    return this;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#sync();
      await this.#options.clock.sleep(this.#options.pumpMs ?? 50, signal);
    }
  }

  /** Brings the engine to now; what it reports on the way is kept before anybody sees it. */
  #sync(): void {
    const { state, fresh } = this.#world;
    advance(this.#world, this.#time.now());
    const second = 1_000 * this.#time.speed;
    if (fresh.length === 0 && state.at - this.#keptAt < second) return;
    this.#keep();
    this.#publish();
  }

  #keep(input?: { readonly approved: Approved; readonly refuse?: string }): void {
    this.#options.kept?.keeper.append(this.#world.state.at, input);
    this.#keptAt = this.#world.state.at;
  }

  #publish(): void {
    const fresh = takeReports(this.#world);
    if (fresh.length === 0) return;
    for (const made of fresh) this.#history.push(made);
    for (const wake of [...this.#waiting]) wake();
  }

  /** Takes a request by its name, once. `refuse` rejects it whatever it says: a fault for tests. */
  submit(approved: Approved, refuse?: string): Settled {
    this.#sync();
    const known = answerTo(this.#world, approved.name);
    if (known !== undefined) return known;
    this.#keep(refuse === undefined ? { approved } : { approved, refuse });
    const answer = request(this.#world, approved, refuse);
    this.#publish();
    this.#options.kept?.keeper.rest(this.#world, this.#history);
    return answer;
  }

  /** What was answered to a name; nothing when it never came. */
  lookup(name: EffectName): Settled | undefined {
    return answerTo(this.#world, name);
  }

  /**
   * Does to our account what a crash would: a fault for tests. False while there is nothing to take.
   * Not kept in the log: a platform that is kept has no use for it.
   */
  strike(kind: Strike, part: Ppm): boolean {
    assert(this.#options.kept === undefined, "what is kept is replayed from its inputs alone");
    this.#sync();
    const done = strike(this.#world, kind, part);
    this.#publish();
    return done;
  }

  snapshot(): VenueSnapshot {
    this.#sync();
    return snapshotOf(this.#world.state);
  }

  statement(): Statement {
    this.#sync();
    return statementOf(this.#world.state);
  }

  status(): PlatformStatus {
    this.#sync();
    const { tape } = this.#options;
    const { at, reports } = this.#world.state;
    const { name, start, end } = tape;
    return { tape: name, at, speed: this.#time.speed, start, end, ended: at >= end, reports };
  }

  /** All marks now. */
  marksNow(): readonly Mark[] {
    this.#sync();
    const { state, rules } = this.#world;
    const at = millis(state.at);
    return [...rules.markets.values()].map((market) => {
      const rateNano = lastRate(this.#world, market);
      const mark = { market: market.market, price: markOf(state, market), at };
      return rateNano === undefined ? mark : { ...mark, rateNano };
    });
  }

  /** Marks at a steady rate, the newest only: a slow reader misses rounds and is never behind. */
  marks(signal: AbortSignal): AsyncIterable<readonly Mark[]> {
    return untilEither(signal, this.#stop.signal, (ended) => this.#marksUntil(ended));
  }

  async *#marksUntil(ended: AbortSignal): AsyncGenerator<readonly Mark[]> {
    while (!ended.aborted) {
      yield this.marksNow();
      await this.#options.clock.sleep(this.#options.marksMs ?? 250, ended);
    }
  }

  /**
   * Reports after number `after`, as they come. @throws VenueError when there was never such a
   * number.
   */
  reports(after: number, signal: AbortSignal): AsyncIterable<readonly VenueReport[]> {
    return untilEither(signal, this.#stop.signal, (ended) => this.#reportsUntil(after, ended));
  }

  async *#reportsUntil(after: number, ended: AbortSignal): AsyncGenerator<readonly VenueReport[]> {
    let seen = after;
    if (!Number.isSafeInteger(after) || after < 0 || after > this.#history.length) {
      const have = `the last report is ${this.#history.length}, asked for those after ${after}`;
      throw new VenueError("venue-protocol", have);
    }
    while (!ended.aborted) {
      if (seen < this.#history.length) {
        const batch = this.#history.slice(seen, seen + BATCH);
        seen = must(batch.at(-1), "a batch holds a report").seq;
        yield batch;
      } else {
        await this.#news(ended);
      }
    }
  }

  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }

  /** Stops time and ends every reader. What was kept stays. */
  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    await this.#pump;
    this.#options.kept?.keeper.close(this.#world, this.#history);
  }
}
