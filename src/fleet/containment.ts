/** An agent that misbehaves, at the door or in what it claims, may only reduce until the operator says more. */
import type { CommandOf } from "../protocol/turns.ts";
import { CONTAIN_CAUSES } from "../protocol/words.ts";
import type { Context, Decision } from "./admission.ts";
import { cancelOpen } from "./closing.ts";

/**
 * Latched like any mode: its margin is frozen, its resting openings are cancelled, what is open can be
 * closed. Who may not open anything already is not told again.
 */
export function* contain(ctx: Context, { body }: CommandOf<"Contain">): Decision {
  const { law } = ctx;
  const agent = law.agents.get(body.agent);
  if (agent === undefined || agent.retired || agent.mode !== "run") return undefined;
  const { cause, count, windowMs } = body;
  yield { type: "AgentContained", agent: agent.agent, cause, count, windowMs };
  const often = `${count} times within ${windowMs / 1_000} s`;
  const reason = `contained: ${CONTAIN_CAUSES[cause]} (${often})`;
  const epoch = law.haltEpoch + 1;
  yield { type: "ModeSet", agent: agent.agent, mode: "reduce", epoch, reason };
  yield* cancelOpen(ctx, agent.agent, "reduce");
  return undefined;
}
