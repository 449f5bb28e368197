/** An operator in a hurry: every command of the operator at any time, by chance. */
import { agentId, OPERATOR } from "../core/ids.ts";
import { encode } from "../wire/codec-encode.ts";
import { openRequester, type Requester } from "../wire/requester.ts";
import { opsSubject } from "../wire/subjects.ts";
import { Life } from "./life.ts";
import { CAST } from "./plan.ts";
import { EPOCH } from "./time.ts";
import type { World } from "./world.ts";

export class OperatorStorm {
  readonly #world: World;
  readonly #chance;
  readonly #life: Life;
  #requester: Requester | undefined;
  #serial = 0;

  constructor(world: World) {
    this.#world = world;
    this.#chance = world.chance.of("operator");
    this.#life = new Life(world.time, "operator");
  }

  /** Gives one command; resolves with nothing: what came of it stands in the journal. */
  give(command: string, body: object): void {
    const { time, broker, file } = this.#world;
    const clock = {
      mono: () => time.now,
      after: (ms: number, work: () => void) => this.#life.after(ms, work),
    };
    this.#requester ??= openRequester({
      connection: broker.connect(OPERATOR, this.#life),
      user: "operator",
      clock,
      session: "storm",
    });
    this.#serial += 1;
    const exp = Math.floor(EPOCH + time.now + 60_000);
    const bytes = encode({ ...body, id: `op-${this.#serial}`, exp });
    this.#requester.request(opsSubject(file.fleet, command), bytes).catch(() => undefined);
  }

  act(): void {
    const chance = this.#chance;
    const cast = chance.pick(CAST);
    const agent = agentId(cast.agent);
    this.#world.counts.fired("operator");
    const plan = this.#world.file.agents.find((one) => one.agent === agent)?.delegation;
    const mode = chance.pick(["run", "run", "reduce", "halt", "flatten"]);
    const amount = String(chance.int(1, 3_000));
    const acts: readonly (() => void)[] = [
      () => this.give("SetMode", { agent, mode, reason: "storm" }),
      () => this.give("SetMode", { mode, reason: "storm" }),
      () => this.give("SetMode", { mode: "run", reason: "storm" }),
      () => this.give("SetMode", { agent, mode: "run", reason: "storm" }),
      () => this.give("Recall", { agent, graceMs: chance.pick([1_000, 20_000]) }),
      () => this.give("Revoke", { agent }),
      () => this.give("Cut", { agent, cap: amount }),
      () => this.give("Raise", { agent, cap: amount }),
      () => this.give("Withdraw", { asset: "USDC", amount: String(chance.int(1, 500)), to: "out" }),
      () => this.give("Deposit", { asset: "USDC", amount: String(chance.int(1, 500)) }),
      () => {
        if (plan === undefined) return;
        const { cap, floor, ...terms } = plan;
        this.give("Grant", { agent, ...terms, cap: amount, floor: "0" });
      },
    ];
    chance.pick(acts)();
  }

  /** Opens everything again, as a person would after the storm. */
  calm(): void {
    if (!this.#world.options.faults.includes("operator")) return;
    this.give("SetMode", { mode: "run", reason: "calm" });
    for (const { agent } of CAST) this.give("SetMode", { agent, mode: "run", reason: "calm" });
  }
}
