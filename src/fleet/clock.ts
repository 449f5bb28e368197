/** Deadlines that have passed, in their order: each fires once, never early, also after a restart. */
import { unreachable } from "../core/assert.ts";
import type { AgentId, AssetId, Id, MarketId } from "../core/ids.ts";
import { DEADLINES_PER_TURN_MAX } from "../core/limits.ts";
import type { EffectName } from "../protocol/effects.ts";
import type { Consequence, Context, Decision } from "./admission.ts";
import { answerDue } from "./answers.ts";
import { proofDue } from "./bets.ts";
import { review } from "./calls.ts";
import { closePosition } from "./closing.ts";
import { haircutDue, ruleDue } from "./configuring.ts";
import { type Deadline, dueBy } from "./deadlines.ts";
import { drawsDue } from "./draws.ts";
import { duesDue } from "./dues.ts";
import { againBy, stillClosing } from "./fills.ts";
import { leaseDue, raiseDue, recallDue, sweepDue } from "./governance.ts";
import { jobDue } from "./jobs.ts";
import { periodDue } from "./reallocating.ts";
import { cancelDue, loanDue } from "./refused.ts";
import { voided } from "./reservations.ts";

export function* tick(ctx: Context): Decision {
  const due = dueBy(ctx.law.deadlines, ctx.at, DEADLINES_PER_TURN_MAX);
  if (due.length === 0) return undefined;
  yield { type: "DeadlinesPassed", count: due.length };
  for (const deadline of due) yield* fire(ctx, deadline);
  return undefined;
}

/** A deadline says only when to look: what is true then decides. */
function* fire(ctx: Context, { kind, key }: Deadline): Consequence {
  switch (kind) {
    case "lease":
      return yield* leaseDue(ctx, key as AgentId);
    case "raise":
      return yield* raiseDue(ctx, key as AgentId);
    case "recall":
      return yield* recallDue(ctx, key as AgentId);
    case "reservation": {
      const event = voided(ctx.law, key, ctx.at);
      if (event !== undefined) yield event;
      return;
    }
    case "protect": {
      const position = ctx.law.positions.get(key);
      if (position?.phase !== "unprotected" || position.protectBy > ctx.at) return;
      return yield* closePosition(ctx, position.agent, position.market, "unprotected");
    }
    case "close": {
      const slash = key.indexOf("/");
      const agent = key.slice(0, slash) as AgentId;
      return yield* stillClosing(ctx, agent, key.slice(slash + 1) as MarketId);
    }
    case "cancel":
      return yield* cancelDue(ctx, key);
    case "proof":
      return yield* proofDue(ctx, key);
    case "draws":
      return yield* drawsDue(ctx, key);
    case "job":
      return yield* jobDue(ctx, key);
    case "loan":
      return yield* loanDue(ctx, key);
    case "sweep":
      return yield* sweepDue(ctx, key);
    case "answer":
      return yield* answerDue(ctx, key as EffectName);
    case "haircut":
      return yield* haircutDue(ctx, key as AssetId);
    case "refused":
      return yield* againBy(ctx, key as MarketId);
    case "rule":
      return yield* ruleDue(ctx, key);
    case "dues":
      return yield* duesDue(ctx, key as Id);
    case "period":
      return yield* periodDue(ctx);
    case "call":
      return yield* review(ctx, key as AgentId);
    default:
      return unreachable(kind);
  }
}
