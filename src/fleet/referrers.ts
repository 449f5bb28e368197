/** Who refers an agent at the escrow service: registered once, never itself, never another. */
import type { ReferredView } from "../protocol/referrer-view.ts";
import { refuse } from "../protocol/rejections.ts";
import type { CommandOf } from "../protocol/turns.ts";
import {
  agentCalled,
  type Context,
  callerOf,
  type Decision,
  type HeldAgent,
  isRefusal,
  mayOpen,
} from "./admission.ts";

export function* registerReferrer(ctx: Context, { body }: CommandOf<"RegisterReferrer">): Decision {
  const agent = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  // It is for good: who may begin nothing now does not begin this.
  const refused = mayOpen(ctx, agent, "escrow", false);
  if (refused !== undefined) return refused;
  const { referrer } = body;
  const same: string = agent.agent;
  if (referrer === same) return refuse("not_allowed", "nobody refers itself");
  if (agent.referrer !== undefined) return refuse("referrer_set", agent.referrer.referrer);
  const own = agentCalled(ctx.law, referrer) !== undefined;
  // The operator has said whose the share is: an agent may keep it in the fleet, and not send it out for good.
  if (!own && ctx.law.policy?.referrer !== undefined)
    return refuse("not_allowed", "the rules name the fleet's referrer: an outsider is none");
  yield {
    type: "ReferrerRequested",
    agent: agent.agent,
    referrer,
    effect: {
      name: ctx.name(),
      agent: agent.agent,
      effect: { type: "RegisterReferrer", referrer, own },
    },
  };
  return undefined;
}

export const referrerView = ({ referrer }: HeldAgent): ReferredView =>
  referrer === undefined ? {} : { referrer };
