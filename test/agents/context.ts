/** What the tests of strategies share: a context of the runner's kind, and inputs nobody may change. */
import type { AgentView } from "../../src/protocol/views.ts";
import type { Decision, Strategy, StrategyContext } from "../../src/sdk/define.ts";
import type { Intent, IntentName, Outcome } from "../../src/sdk/intent.ts";
import type { CommandBody } from "../../src/sdk/link.ts";
import { randomOf } from "../../src/sdk/random.ts";
import { stanceOf } from "../../src/sdk/stance.ts";

/** The context that the runner would make of a view, for one decision of one seed. */
function contextOf<C>(
  view: AgentView,
  config: C,
  more: { outcomes?: readonly Outcome[]; seed?: number } = {},
): StrategyContext<C> {
  const service = view.delegation?.services[0] ?? "trading";
  const stance = stanceOf(view, service);
  let serial = 0;
  return {
    config,
    now: view.at,
    stance: stance.kind === "run" ? "run" : "reduce",
    why: stance.kind === "run" ? "" : stance.why,
    outcomes: more.outcomes ?? [],
    marks: new Map(),
    random: randomOf(more.seed ?? 1, view.at),
    lifecycle: undefined,
    name: (kind) => `${kind}-${view.agent}-${view.at}-${++serial}`,
  };
}

/** Freezes all the way down, so that a strategy that changes its input throws. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}

export const done = (intents: readonly Intent[]): Outcome[] =>
  intents.map((intent) => ({ ok: true, intent, seq: 1 }));
export const refused = (intents: readonly Intent[], code: string): Outcome[] =>
  intents.map((intent) => ({ ok: false, intent, code, detail: "" }));

/** One decision on frozen input, made twice: a strategy is a function of what it is given. */
export function decided<C, M>(
  strategy: Strategy<C, M>,
  view: AgentView,
  memory: M,
  config: C,
  more: { outcomes?: readonly Outcome[]; seed?: number } = {},
): Decision<M> {
  const once = () => strategy(frozen(view), frozen(memory), contextOf(view, config, more));
  const first = once();
  const second = once();
  if (JSON.stringify(first) !== JSON.stringify(second)) {
    throw new Error("the same view, memory and seed made two decisions");
  }
  return first;
}

/** The bodies of a decision's intents of one command. */
export const bodies = <N extends IntentName>(
  decision: Decision<unknown>,
  command: N,
): CommandBody<N>[] =>
  decision.intents
    .filter((intent) => intent.command === command)
    .map((intent) => intent.body as CommandBody<N>);
