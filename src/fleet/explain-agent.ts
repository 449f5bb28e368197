/** Explains an agent: what it holds, and for each of its services which limit would stop it now. */
import type { AgentId } from "../core/ids.ts";
import { micro, ZERO } from "../core/money.ts";
import { after } from "../core/time.ts";
import type { AgentTold } from "../protocol/explanation.ts";
import type { Turn } from "../protocol/turns.ts";
import { type Context, mayHold, mayOpen } from "./admission.ts";
import { bettingFault } from "./betting.ts";
import type { Check } from "./checks.ts";
import { checkTold, outcomeOf } from "./explain-decision.ts";
import type { Law } from "./state.ts";
import type { Place } from "./turn.ts";
import { agentView } from "./views.ts";

/** Decisions that are listed. */
const LAST = 10;

/** Gathers an agent's decisions as the journal is folded. */
export class AgentStory {
  readonly #agent: AgentId;
  readonly #refusals: Record<string, number> = {};
  readonly #last: AgentTold["last"][number][] = [];

  constructor(agent: AgentId) {
    this.#agent = agent;
  }

  take(turn: Turn, { seq, turn: index }: Place): void {
    if (turn.from !== this.#agent) return;
    const { rejection, type } = turn;
    if (rejection !== undefined)
      this.#refusals[rejection.code] = (this.#refusals[rejection.code] ?? 0) + 1;
    const outcome = rejection === undefined ? outcomeOf(turn) : rejection.code;
    this.#last.push({ place: `${seq}.${index}`, type, outcome });
    if (this.#last.length > LAST) this.#last.shift();
  }

  /** As of the last message. None: undefined for who is not enrolled. */
  told(law: Law): AgentTold | undefined {
    const id = this.#agent;
    const agent = law.agents.get(id);
    const view = agentView(law, id, law.at);
    if (agent === undefined || view === undefined) return undefined;
    const services = (agent.delegation?.services ?? []).map((service) => {
      const checks: Check[] = [];
      const told = (check: Check): void => void checks.push(check);
      const stamp = { id: "" as Turn["id"], from: id, at: law.at, exp: after(law.at, 0), print: 0 };
      const ctx: Context = { law, stamp, at: law.at, name: () => "0.0.0" as never, told };
      const closed =
        mayOpen(ctx, agent, service, service === "trading") ??
        (service === "casino" ? bettingFault(ctx, agent) : undefined) ??
        mayHold(agent, micro(1n), ZERO, told);
      return {
        ...{ service, open: closed === undefined },
        checks: checks.map((check) => checkTold(check, undefined)),
      };
    });
    const [refusals, last] = [this.#refusals, this.#last];
    return { kind: "agent", agent: id, at: law.at, view, services, refusals, last };
  }
}
