/** One wake after another: the fleet's truth in, one decision out, what became of it remembered. */
import type { AgentView } from "../protocol/views.ts";
import { waitFault } from "./checked.ts";
import type { Decision, SpecialistDefinition } from "./define.ts";
import { readView } from "./incoming.ts";
import type { Outcome } from "./intent.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { type FleetLink, LinkError, type MarkMessage } from "./link.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { Outbox } from "./outbox.ts";
import { randomOf } from "./random.ts";
import { isRenewable, type Stance, stanceOf } from "./stance.ts";

export interface SessionOptions<C, M> {
  readonly definition: SpecialistDefinition<C, M>;
  readonly config: C;
  readonly seed: number;
  readonly nonce: string;
  readonly timing: { readonly requestMs: number; readonly ttlMs: number };
  readonly now: () => number;
  readonly marks: ReadonlyMap<string, MarkMessage>;
  /** Told what the truth lets it do, and whether it does. */
  readonly tell: (event: unknown) => void;
  readonly log: Log;
  readonly lifecycle: Lifecycle | undefined;
  readonly metrics: Metrics;
  /** Told of each view that a decision is made on. */
  readonly decides: (view: AgentView) => void;
}

/** The strategy broke its word: it threw, or answered what is no decision. */
export class StrategyError extends Error {
  override readonly name = "StrategyError";
  readonly code = "strategy";
  readonly retryable = false;
}

export class Session<C, M> {
  readonly #options: SessionOptions<C, M>;
  readonly #outbox: Outbox;
  #memory: { readonly value: M } | undefined;
  #outcomes: Outcome[] = [];
  #decisions = 0;
  /** How long a lease runs when just renewed, in ms; unknown before the first renewal. */
  #leaseMs: number | undefined;
  /** The last journal message that answered us. An older view is not the truth. */
  #seq = 0;
  /** How far the fleet's time is before its own clock, by the last view, in ms: until when a command is meant. */
  #aheadMs = 0;
  #agent = "";

  constructor(options: SessionOptions<C, M>) {
    this.#options = options;
    const { nonce, timing } = options;
    const now = () => this.#now();
    this.#outbox = new Outbox({ nonce, now, ttlMs: timing.ttlMs, timeoutMs: timing.requestMs });
  }

  /** The fleet's time, by its own clock: the two need not agree. */
  #now(): number {
    return this.#options.now() + this.#aheadMs;
  }

  /** Its own name, "" before the first view. */
  get agent(): string {
    return this.#agent;
  }

  close(): void {
    this.#outbox.close();
  }

  /**
   * Looks, renews, decides and asks, once.
   *
   * @returns how long it may sleep, in ms.
   * @throws LinkError when the fleet did not answer, StrategyError when the strategy is broken.
   */
  async wake(link: FleetLink): Promise<number> {
    // Before anything is asked for: who cannot tell when to look again does nothing.
    const intervalMs = this.#intervalMs();
    let view = await this.#look(link);
    const settled = this.#outbox.expire(view) ?? (await this.#outbox.settle(link));
    if (settled !== undefined) {
      this.#took([settled]);
      view = await this.#look(link);
    }
    view = await this.#renew(link, view);
    const truth = view;
    this.#strategic(() => this.#options.lifecycle?.begin(truth));
    const stance = stanceOf(view, this.#options.definition.service);
    this.#options.tell(eventOf(stance));
    if (stance.kind !== "halt") await this.#act(link, view, stance);
    return this.#sleepMs(view, intervalMs);
  }

  async #act(link: FleetLink, view: AgentView, stance: Stance & { kind: "run" | "reduce" }) {
    const decision = this.#decide(view, stance);
    if (stance.kind === "run") {
      const { rest } = decision;
      this.#options.tell(rest === undefined ? { type: "ACT" } : { type: "REST", why: rest });
    }
    const outcomes: Outcome[] = [];
    try {
      await this.#outbox.send(link, view.agent, stance.kind, decision.intents, outcomes);
    } finally {
      this.#took(outcomes);
    }
  }

  #decide(view: AgentView, stance: Stance & { kind: "run" | "reduce" }): Decision<M> {
    const { definition, config, seed, marks, lifecycle, metrics, decides } = this.#options;
    const outcomes = this.#outcomes;
    decides(view);
    this.#decisions += 1;
    metrics.decisions += 1;
    return this.#strategic(() => {
      lifecycle?.tell({ type: "VIEW", view });
      this.#memory ??= { value: definition.begin(view, config) };
      const decision = definition.strategy(view, this.#memory.value, {
        config,
        now: view.at,
        stance: stance.kind,
        why: stance.kind === "reduce" ? stance.why : "",
        outcomes,
        marks,
        random: randomOf(seed, this.#decisions),
        lifecycle: lifecycle?.state,
        name: (kind) => this.#outbox.name(view.agent, kind),
      });
      const { intents, rest = "" } = decision;
      if (!Array.isArray(intents)) throw new TypeError("a decision has a list of intents");
      // Plain JavaScript may forget it, and would fail a look later, at a place that says nothing.
      if (!("memory" in decision)) throw new TypeError("a decision has a memory for the next one");
      if (typeof rest !== "string") throw new TypeError("rest is a text, or absent");
      this.#memory = { value: decision.memory };
      this.#outcomes = [];
      return decision;
    });
  }

  /** Runs what its author wrote: whatever that throws is the strategy's fault. */
  #strategic<T>(run: () => T): T {
    try {
      return run();
    } catch (cause) {
      throw this.#broken(cause instanceof Error ? cause.message : String(cause), cause);
    }
  }

  #broken(what: string, cause?: unknown): StrategyError {
    const { name } = this.#options.definition;
    return new StrategyError(`the strategy of ${name} broke: ${what}`, { cause });
  }

  async #look(link: FleetLink): Promise<AgentView> {
    const view = readView(await this.#options.metrics.answered(() => link.view()));
    if (typeof view === "string") throw new LinkError("unreadable", `the view: ${view}`);
    if (view.seq < this.#seq) {
      const what = `the view is of ${view.seq}, an answer was of ${this.#seq}`;
      throw new LinkError("unreadable", what);
    }
    this.#agent = view.agent;
    this.#aheadMs = view.at - this.#options.now();
    return view;
  }

  /** Renews at the first look, which tells how long a lease is, and then at half of it. */
  async #renew(link: FleetLink, view: AgentView): Promise<AgentView> {
    if (!isRenewable(view) || this.#untilRenewal(view) > 0) return view;
    const { timing } = this.#options;
    const reply = await link.request(
      "Renew",
      {},
      {
        id: this.#outbox.name(view.agent, "c"),
        exp: this.#now() + timing.ttlMs,
        timeoutMs: timing.requestMs,
      },
    );
    if (!reply.ok) {
      this.#options.log.warn(
        { code: reply.code, detail: reply.detail },
        "the lease is not renewed",
      );
      return view;
    }
    this.#seq = Math.max(this.#seq, reply.seq);
    const renewed = await this.#look(link);
    this.#leaseMs = (renewed.delegation?.expiresAt ?? renewed.at) - renewed.at;
    return renewed;
  }

  #untilRenewal(view: AgentView): number {
    if (this.#leaseMs === undefined || view.delegation?.phase !== "active") return 0;
    return view.delegation.expiresAt - view.at - this.#leaseMs / 2;
  }

  #intervalMs(): number {
    const { definition, config } = this.#options;
    const ms = this.#strategic(() => definition.intervalMs(config));
    const fault = waitFault(ms);
    if (fault !== "") throw this.#broken(fault);
    return ms;
  }

  #sleepMs(view: AgentView, intervalMs: number): number {
    const until = this.#untilRenewal(view);
    // Due and not done means that it was refused: asked again at the usual pace.
    return until > 0 ? Math.min(intervalMs, until) : intervalMs;
  }

  #took(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      if (outcome.ok) this.#seq = Math.max(this.#seq, outcome.seq);
      else {
        const { code, detail, intent } = outcome;
        this.#options.log.info({ command: intent.command, code, detail }, "refused");
      }
    }
    this.#outcomes.push(...outcomes);
    this.#options.metrics.became(outcomes);
    for (const outcome of outcomes) this.#options.lifecycle?.tell({ type: "OUTCOME", outcome });
  }
}

function eventOf(stance: Stance): object {
  if (stance.kind === "run") return { type: "RUN", leaseMs: stance.leaseMs };
  const type = stance.kind === "halt" ? "HALT" : "REDUCE";
  return { type, leaseMs: stance.leaseMs, why: stance.why };
}
