/** The ground a conformance check is run on: a simulated clock, a practice fleet, moving marks. */
import { type InspectionEvent, SimulatedClock } from "xstate";
import type { Micro } from "../core/money.ts";
import type { AgentView } from "../protocol/views.ts";
import { marked } from "./conformance-orders.ts";
import { Practice } from "./conformance-practice.ts";
import { ConformanceError, type Watched, watched } from "./conformance-watch.ts";
import type { SpecialistDefinition } from "./define.ts";
import type { FleetLink } from "./link.ts";
import { type Log, silentLog } from "./log.ts";
import { MemoryFleet, type Script } from "./memory-fleet.ts";
import { randomOf } from "./random.ts";
import { type RunningSpecialist, runSpecialist } from "./run.ts";
import { sampleDelegation, sampleMarket, sampleView } from "./sample-view.ts";

export interface ConformanceOptions {
  /** As the operator would write it; `{}` when absent. */
  readonly config?: unknown;
  /** The truth it starts on: a delegation of 1,000 USDC, two markets, some holdings when absent. */
  readonly view?: Partial<AgentView>;
  /** How long it is run in fair weather, in its own time, ms; 60 s when absent. */
  readonly runMs?: number;
  /** Of its chance and of the marks' walk; 1 when absent. */
  readonly seed?: number;
  /** Commands that it may send in a second, in the mean; 20 when absent. */
  readonly perSecondMax?: number;
  /** Sees every step of its machines in every run, as `runSpecialist` takes it. */
  readonly inspect?: (event: InspectionEvent) => void;
  /** States and arrows of its own machine that no run can reach, by the names that the suite gives them. */
  readonly unreached?: readonly string[];
  /** States of its own machine in which a restart finds it again, as the view tells them: `"away"`, `"open.calm"`. */
  readonly resumes?: readonly string[];
}

const STEP_MS = 250;
const LEASE_MS = 20_000;
/** Mean move of a mark in one step, and its spread, in ppm: a market with a trend that turns. */
const DRIFT = 300;
const SPREAD = 600;
const TREND_STEPS = 80;

function startOf<C, M>(
  { service }: SpecialistDefinition<C, M>,
  part: Partial<AgentView>,
): AgentView {
  return sampleView(service, {
    delegation: { ...sampleDelegation(service), expiresAt: LEASE_MS },
    markets: [sampleMarket("btc-perp", "60000"), sampleMarket("eth-perp", "3000")],
    holdings: [
      { asset: "USDC", wallet: "5000", lent: "0" },
      { asset: "BTC", wallet: "0.05", lent: "0" },
    ],
    ...part,
  });
}

async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

export class Ground<C, M> {
  readonly clock = new SimulatedClock();
  readonly fleet: MemoryFleet;
  readonly practice: Practice;
  readonly #options: ConformanceOptions;
  readonly #watched: Watched<C, M>;
  readonly #chance;
  #steps = 0;
  #starts = 0;
  /** What the first one that failed failed by. */
  #thrown: unknown;
  /** Instead of the practice fleet's, while set. */
  script: Script | undefined;

  constructor(
    definition: SpecialistDefinition<C, M>,
    options: ConformanceOptions,
    part: Partial<AgentView> = {},
    { ordersWork = false, houseLies = false } = {},
  ) {
    this.#options = options;
    this.#watched = watched(definition);
    this.practice = new Practice(ordersWork ? () => this.decisions : undefined, houseLies);
    this.#chance = randomOf(options.seed ?? 1, -7);
    const view = this.practice.begin(startOf(definition, { ...options.view, ...part }));
    const script: Script = (taken, now) => (this.script ?? this.practice.script)(taken, now);
    this.fleet = new MemoryFleet({ view, now: () => this.clock.now(), leaseMs: LEASE_MS, script });
  }

  /** Starts it, as a process would be started: each time with a nonce of its own. */
  start(over: (link: FleetLink) => FleetLink = (link) => link): RunningSpecialist {
    this.#starts += 1;
    const { config = {}, seed = 1, inspect } = this.#options;
    const { clock, fleet } = this;
    const thrown: Log["error"] = ({ error }) => {
      this.#thrown ??= error;
    };
    return runSpecialist(this.#watched.definition, {
      ...{ clock, config, seed, nonce: `s${this.#starts}` },
      log: { ...silentLog, error: thrown },
      ...(inspect === undefined ? {} : { inspect }),
      // A link that is lost is made anew.
      link: async () => over(fleet.link()),
    });
  }

  /** Lets time pass; marks move, and others do their part. */
  async pass(ms: number, each: (step: number) => void = () => undefined): Promise<void> {
    for (let at = 0; at < ms; at += STEP_MS) {
      this.#steps += 1;
      const { fleet, clock } = this;
      const up = Math.floor(this.#steps / TREND_STEPS) % 2 === 0 ? 1 : -1;
      const moves = fleet.view.markets.map(
        () => up * DRIFT + Math.round((this.#chance.next() - 0.5) * 2 * SPREAD),
      );
      const moved = marked(fleet.view, moves, clock.now());
      fleet.view = { ...this.practice.turn(moved, clock.now()), seq: fleet.view.seq + 1 };
      for (const { market, mark } of fleet.view.markets) {
        fleet.mark({ market, price: mark, at: clock.now() });
      }
      each(this.#steps);
      clock.increment(STEP_MS);
      await settle();
    }
  }

  /** A newer truth, as governance would make it. */
  change(part: Partial<AgentView>): void {
    const { fleet } = this;
    fleet.view = this.practice.counted({ ...fleet.view, ...part, seq: fleet.view.seq + 1 });
  }

  /** What of the delegation is in use or paid away, in millionths of USDC. */
  get used(): Micro {
    return this.practice.used(this.fleet.view);
  }

  get decisions(): number {
    return this.#watched.decisions();
  }

  /**
   * @param when what was done to it, where it is one of many.
   * @throws ConformanceError for the first word that was broken.
   */
  judge(running: RunningSpecialist, when = ""): void {
    const fault = this.#fault(running);
    if (fault === "") return;
    const told = when === "" ? fault : `${when}: ${fault}`;
    // What the strategy threw tells where, in whatever shows the error.
    throw new ConformanceError(told, { cause: this.#thrown });
  }

  #fault(running: RunningSpecialist): string {
    const { broken } = this.#watched;
    const { over, twice, claims } = this.practice;
    if (broken[0] !== undefined) return broken[0];
    if (running.phase() === "failed") return `it failed: ${running.why()}`;
    if (over[0] !== undefined) return `it asked for more than it has: ${over[0]}`;
    if (twice[0] !== undefined) return `it named two things ${twice[0]}`;
    return claims[0] === undefined ? "" : `it claims what is not so: ${claims[0]}`;
  }
}

export const demand: (holds: boolean, otherwise: string) => asserts holds = (holds, otherwise) => {
  if (!holds) throw new ConformanceError(otherwise);
};
