/** States of a specialist's own machine that it says a restart keeps. */
import type { AgentView } from "../protocol/views.ts";
import { demand, Ground } from "./conformance-ground.ts";
import { type Maker, RUN_MS } from "./conformance-hostile.ts";
import type { SpecialistDefinition, StrategyContext } from "./define.ts";
import { pathsOf } from "./lifecycle.ts";

const LOOK_MS = 250;

/** The same specialist, and where its machine stood at its last decision. */
function seen<C, M>(definition: SpecialistDefinition<C, M>) {
  let stood: readonly string[] = [];
  const strategy = (view: AgentView, memory: M, context: StrategyContext<C>) => {
    stood = context.lifecycle === undefined ? [] : pathsOf(context.lifecycle.value);
    return definition.strategy(view, memory, context);
  };
  return { definition: { ...definition, strategy }, stood: () => stood };
}

/** Stopped as soon as it is seen in such a state, and started again, it decides in it. */
export const resumesIn: Maker = (given, options) => async () => {
  const runMs = options.runMs ?? RUN_MS;
  for (const state of options.resumes ?? []) {
    const { definition, stood } = seen(given);
    const ground = new Ground(definition, options);
    const first = ground.start();
    while (!stood().includes(state) && ground.clock.now() < runMs) await ground.pass(LOOK_MS);
    ground.judge(first);
    demand(
      stood().includes(state),
      `it says that it resumes in "${state}", and in ${runMs} ms its machine never stood there: ` +
        "give the suite a config or a view in which it does",
    );
    await first.stop();
    const { decisions } = ground;
    const next = ground.start();
    const until = ground.clock.now() + runMs;
    while (
      ground.decisions === decisions &&
      next.phase() !== "failed" &&
      ground.clock.now() < until
    )
      await ground.pass(LOOK_MS);
    ground.judge(next);
    demand(
      ground.decisions > decisions,
      `stopped in "${state}" and started again, it is ${next.phase()} and decided nothing in ` +
        `${runMs} ms`,
    );
    const found = stood().join(", ");
    demand(
      stood().includes(state),
      `stopped in "${state}" and started again, its machine stood in ${found}: let the lifecycle ` +
        "start where the view says, or take the state off `resumes`",
    );
    await next.stop();
  }
};
