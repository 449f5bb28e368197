/** One specialist at work: links, looks, decides, waits, links anew; what its public handle is made of. */
import { createActor } from "xstate";
import {
  asSpecialistEvent,
  type SpecialistPhase,
  specialistMachine,
} from "../../machines/specialist.ts";
import { Alarm, type Clock, systemClock } from "./clock.ts";
import { GOVERNANCE, type SpecialistDefinition } from "./define.ts";
import { Heard } from "./heard.ts";
import { readEvent, readMark } from "./incoming-news.ts";
import { Lifecycle } from "./lifecycle.ts";
import { type FleetLink, LinkError, type MarkMessage } from "./link.ts";
import { type Log, silentLog } from "./log.ts";
import { MarkWatch, markWakesFault } from "./mark-watch.ts";
import { Metrics } from "./metrics.ts";
import { randomOf } from "./random.ts";
import { type Ended, type RunOptions, TIMING, type Timing } from "./run-options.ts";
import { Session } from "./session.ts";

/** Another reason for the same phase is told so often at most: some count on at each look. */
const REASON_EVERY_MS = 60_000;

export class Runner<C, M> {
  readonly #definition: SpecialistDefinition<C, M>;
  readonly #options: RunOptions;
  readonly #log: Log;
  readonly #timing: Timing;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #actor;
  readonly #session: Session<C, M>;
  readonly #lifecycle: Lifecycle | undefined;
  readonly metrics: Metrics;
  readonly #marks = new Map<string, MarkMessage>();
  readonly #watch: MarkWatch;
  /** Kept over lost links: what is told again is told by the next one. */
  readonly #heardOf = new Heard();
  readonly #listeners = new Set<(phase: SpecialistPhase, why: string) => void>();
  #link: FleetLink | undefined;
  #unlisten: (() => void)[] = [];
  #failures = 0;
  #error: unknown;
  #last: SpecialistPhase | undefined;
  /** The reason that was told last, and when. */
  #told = { why: "", at: 0 };

  constructor(definition: SpecialistDefinition<C, M>, config: C, options: RunOptions) {
    this.#definition = definition;
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.#timing = { ...TIMING, ...options.timing };
    const clock = options.clock ?? systemClock;
    this.#clock = clock;
    this.#alarm = new Alarm(clock);
    this.metrics = new Metrics(() => clock.now());
    const { inspect } = options;
    this.#watch = watchOf(definition, config);
    const { lifecycle } = definition;
    this.#lifecycle =
      lifecycle === undefined
        ? undefined
        : new Lifecycle({
            ...{ machine: (view) => lifecycle(view, config), clock, inspect },
            onBroken: (error) => void this.#broke(error),
          });
    this.#session = new Session({
      definition,
      config,
      seed: options.seed,
      nonce: options.nonce,
      timing: this.#timing,
      now: () => clock.now(),
      marks: this.#marks,
      tell: (event) => this.tell(event),
      log: this.#log,
      lifecycle: this.#lifecycle,
      metrics: this.metrics,
      decides: (view) => this.#watch.decided(view, this.#marks),
    });
    this.#actor = createActor(specialistMachine, {
      clock,
      id: "specialist",
      ...(inspect === undefined ? {} : { inspect }),
    });
    // Without an observer of errors a killed actor would throw into nowhere and look alive.
    this.#actor.subscribe({
      next: () => this.#moved(),
      error: (error) => {
        this.#error ??= error;
        this.#log.error({ error }, "the actor broke");
        this.#over();
      },
    });
    this.#actor.start();
  }

  get phase(): SpecialistPhase {
    return this.#actor.getSnapshot().value;
  }

  get why(): string {
    return this.#actor.getSnapshot().context.why;
  }

  get #alive(): boolean {
    return this.#actor.getSnapshot().status === "active";
  }

  /** Nothing reaches the actor but what is one of its events. */
  tell(given: unknown): boolean {
    const event = asSpecialistEvent(given);
    if (event === undefined) {
      this.#log.warn({ given: String(given) }, "refused what is no event");
      return false;
    }
    if (this.#alive) this.#actor.send(event);
    if (!this.#alive) this.#over();
    return true;
  }

  onPhase(listener: (phase: SpecialistPhase, why: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async live(): Promise<Ended> {
    while (this.#alive) {
      const waitMs = await this.#once();
      this.#beat();
      const { leastMs } = this.#timing;
      if (this.#alive) await this.#alarm.wait(Math.max(waitMs, leastMs), leastMs);
    }
    await this.#unlink();
    const why = this.why;
    return this.phase === "stopped"
      ? { phase: "stopped", why }
      : { phase: "failed", why, error: this.#error };
  }

  /** One round. @returns how long to wait for the next, in ms. */
  async #once(): Promise<number> {
    try {
      const link = this.#link ?? (await this.#connect());
      const waitMs = await this.#session.wake(link);
      this.#failures = 0;
      return waitMs;
    } catch (error) {
      return this.#failed(error);
    }
  }

  async #connect(): Promise<FleetLink> {
    const { link: given } = this.#options;
    const link = typeof given === "function" ? await given() : given;
    this.#link = link;
    this.#unlisten = [
      link.events((event) => this.#heard(event)),
      link.marks((mark) => this.#saw(mark)),
    ];
    this.tell({ type: "LINKED" });
    return link;
  }

  async #failed(error: unknown): Promise<number> {
    if (!(error instanceof LinkError)) return this.#broke(error);
    this.#failures += 1;
    this.metrics.failures += 1;
    const { code, message } = error;
    this.#log.warn({ code, message, failures: this.#failures }, "the fleet did not answer");
    if (code === "closed") {
      await this.#unlink();
      if (typeof this.#options.link !== "function") return this.#broke(error);
      this.tell({ type: "LOST", why: message });
    }
    return this.#backoff();
  }

  #broke(error: unknown): number {
    this.#error ??= error;
    const why = error instanceof Error ? error.message : String(error);
    this.#log.error({ error, specialist: this.#definition.name }, "failed");
    this.tell({ type: "FAIL", why: why.slice(0, 200) });
    return 0;
  }

  /** Doubles with each failure; up to half of it is left to chance, so that a fleet does not march in step. */
  #backoff(): number {
    const { backoffMs, backoffMaxMs } = this.#timing;
    const full = Math.min(backoffMaxMs, backoffMs * 2 ** Math.min(this.#failures - 1, 30));
    return Math.round(full * (1 - randomOf(this.#options.seed, -this.#failures).next() / 2));
  }

  #heard(given: unknown): void {
    const event = readEvent(given);
    if (event === undefined) {
      this.#log.warn({}, "refused what is no event of the fleet");
      return;
    }
    if (!this.#heardOf.isNews(event)) {
      this.metrics.dropped += 1;
      return;
    }
    this.metrics.events += 1;
    const mine = event.agent === "fleet" || event.agent === this.#session.agent;
    if (mine) this.#lifecycle?.tell({ type: "FLEET", event });
    const wakes: readonly string[] = [...GOVERNANCE, ...(this.#definition.wakeOn ?? [])];
    if (mine && wakes.includes(event.type)) this.#alarm.poke();
  }

  #saw(given: unknown): void {
    const mark = readMark(given);
    if (mark === undefined) return;
    const newest = this.#marks.get(mark.market)?.at ?? mark.at;
    if (mark.at < newest) {
      this.metrics.dropped += 1;
      return;
    }
    this.metrics.marks += 1;
    this.#marks.set(mark.market, mark);
    // Backing off, or halted, it would ask in vain.
    const waits = this.#failures === 0 && this.phase !== "halted";
    if (waits && this.#watch.hasMoved(mark)) this.#alarm.poke();
  }

  #moved(): void {
    const { phase, why } = this;
    const at = this.#clock.now();
    if (phase === this.#last) {
      if (why === this.#told.why || at - this.#told.at < REASON_EVERY_MS) return;
      this.#told = { why, at };
      this.#log.info({ phase, why }, "for another reason");
      this.#tellListeners();
      return;
    }
    this.#told = { why, at };
    this.#log.info({ from: this.#last, to: phase, why }, "phase");
    this.#last = phase;
    this.metrics.entered(phase);
    this.#lifecycle?.tell({ type: "PHASE", phase, why });
    this.#beat();
    this.#tellListeners();
  }

  #tellListeners(): void {
    const { phase, why } = this;
    for (const listener of this.#listeners) {
      try {
        listener(phase, why);
      } catch (error) {
        this.#log.warn({ error }, "a listener threw");
      }
    }
  }

  #beat(): void {
    try {
      const { phase, why: note, metrics } = this;
      this.#link?.beat({ phase, note, life: this.#options.nonce, counts: metrics.counts });
    } catch (error) {
      this.#log.debug({ error }, "a beat was lost");
    }
  }

  #over(): void {
    this.#session.close();
    this.#lifecycle?.stop();
    this.#alarm.end();
  }

  async #unlink(): Promise<void> {
    const link = this.#link;
    for (const unlisten of this.#unlisten) unlisten();
    this.#unlisten = [];
    this.#link = undefined;
    try {
      await link?.close();
    } catch (error) {
      this.#log.debug({ error }, "the link did not close cleanly");
    }
  }
}

/** @throws RangeError when what it gives is no list of markets and moves. */
function watchOf<C, M>(definition: SpecialistDefinition<C, M>, config: C): MarkWatch {
  const wakes = definition.wakeOnMark?.(config) ?? [];
  const fault = markWakesFault(wakes);
  if (fault !== "") throw new RangeError(`a specialist's definition: ${fault}`);
  return new MarkWatch(wakes);
}
