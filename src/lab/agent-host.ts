/** A host that runs one specialist: the real one, over the simulated broker, started anew when it ends. */
import { type AgentId, agentId, type FleetId } from "../core/ids.ts";
import type { Clock } from "../sdk/clock.ts";
import { linkOver } from "../sdk/connect.ts";
import type { RunningSpecialist } from "../sdk/run.ts";
import type { RunOptions } from "../sdk/run-options.ts";
import type { SimBroker } from "./broker.ts";
import { Life } from "./life.ts";
import { EPOCH, type SimTime } from "./time.ts";

export interface AgentHostOptions {
  readonly agent: string;
  readonly start: (options: RunOptions) => RunningSpecialist;
  readonly config: unknown;
  readonly seed: number;
  readonly fleet: FleetId;
  readonly time: SimTime;
  readonly broker: SimBroker;
}

const AGAIN_MS = 2_000;

export class AgentHost {
  readonly agent: AgentId;
  readonly #options: AgentHostOptions;
  life: Life;
  running: RunningSpecialist | undefined;
  starts = 0;
  failures = 0;
  skewMs = 0;
  #links = 0;
  #wanted = true;

  constructor(options: AgentHostOptions) {
    this.#options = options;
    this.agent = agentId(options.agent);
    this.life = new Life(options.time, `${options.agent}-0`);
  }

  start(): void {
    if (!this.#wanted) return;
    this.starts += 1;
    const { time, broker, fleet, config, seed, start } = this.#options;
    const life = new Life(time, `${this.agent}-${this.starts}`);
    this.life = life;
    const now = (): number => Math.floor(EPOCH + time.now + this.skewMs);
    const clock: Clock = {
      now,
      setTimeout: (work, ms) => life.after(ms, work),
      clearTimeout: (cancel: never) => (cancel as (() => void) | undefined)?.(),
    };
    const wire = {
      now,
      mono: () => time.now,
      after: (ms: number, work: () => void) => life.after(ms, work),
    };
    const nonce = `n${this.starts}`;
    const running = start({
      link: async () => {
        this.#links += 1;
        const connection = broker.connect(this.agent, life);
        const session = `${nonce}l${this.#links}`;
        return linkOver({ connection, fleet, agent: this.agent, clock: wire, session });
      },
      ...{ nonce, seed, config, clock },
    });
    this.running = running;
    life.onDeath(() => time.after(AGAIN_MS, () => this.start()));
    void running.done.then((ended) => {
      if (ended.phase === "failed") this.failures += 1;
      life.kill();
    });
  }

  kill(): void {
    this.life.kill();
  }

  close(): void {
    this.#wanted = false;
    this.life.kill();
  }
}
