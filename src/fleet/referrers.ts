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
} from "./admission.ts";

export function* registerReferrer(ctx: Context, { body }: CommandOf<"RegisterReferrer">): Decision {
  const agent = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  const { delegation } = agent;
  if (delegation === undefined || delegation.phase === "ended") return refuse("no_delegation");
  if (!delegation.services.includes("escrow")) return refuse("service_not_permitted", "escrow");
  const { referrer } = body;
  const same: string = agent.agent;
  if (referrer === same) return refuse("not_allowed", "nobody refers itself");
  if (agent.referrer !== undefined) return refuse("referrer_set", agent.referrer.referrer);
  const own = agentCalled(ctx.law, referrer) !== undefined;
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
