/** What follows when the venue has answered an effect, or has not. */
import { unreachable } from "../core/assert.ts";
import { type AgentId, FLEET, type Id } from "../core/ids.ts";
import { micro } from "../core/money.ts";
import type { EffectName } from "../protocol/effects.ts";
import { refuse } from "../protocol/rejections.ts";
import type { CommandOf } from "../protocol/turns.ts";
import type { Consequence, Context, Decision } from "./admission.ts";
import { ownerOf, stopFailed } from "./closing.ts";
import { domainRefused } from "./domains.ts";
import { nettedAt } from "./dues.ts";
import { stillClosing } from "./fills.ts";
import { isLeaving } from "./ledger.ts";
import type { Fixed, Outstanding } from "./state.ts";

export function* takeAnswer(ctx: Context, { body }: CommandOf<"TakeAnswer">): Decision {
  const { name, answer } = body;
  const open = ctx.law.outbox.get(name);
  if (open === undefined) return refuse("unknown_effect", name);
  const { agent } = open.approved;
  const { outcome } = answer;
  if (outcome === "unknown" && open.unresolved) return undefined;
  const reason = outcome === "accepted" ? "" : answer.reason.slice(0, 200);
  yield { type: "EffectAnswered", agent, name, outcome, reason };
  if (outcome === "accepted") yield* accepted(ctx, open);
  else if (outcome === "rejected") yield* rejected(ctx, open, reason);
  else yield* unresolved(ctx, name, reason);
  return undefined;
}

/** The order that an effect's name stands for, if it is still open. */
function orderOf(ctx: Context, name: EffectName) {
  const ref = ctx.law.byName.get(name);
  return ref?.kind === "order" ? ctx.law.orders.get(ref.key) : undefined;
}

function* accepted(ctx: Context, { approved }: Fixed<Outstanding>): Consequence {
  const { agent, effect } = approved;
  if (effect.type === "RegisterReferrer") {
    yield { type: "ReferrerRegistered", agent, referrer: effect.referrer };
  }
  const order = orderOf(ctx, approved.name);
  if (order !== undefined && order.phase !== "working") {
    yield { type: "OrderWorking", agent: order.agent, order: order.order };
  }
}

function* unresolved(ctx: Context, name: EffectName, reason: string): Consequence {
  const order = orderOf(ctx, name);
  if (order === undefined || order.phase !== "approved") return;
  yield { type: "OrderUnresolved", agent: order.agent, order: order.order, reason };
}

function* rejected(ctx: Context, { approved }: Fixed<Outstanding>, reason: string): Consequence {
  const { name, agent, effect } = approved;
  const { law } = ctx;
  const ref = law.byName.get(name);
  switch (effect.type) {
    case "PlaceOrder": {
      const order = orderOf(ctx, name);
      if (order === undefined) return;
      yield { type: "OrderRejected", agent, order: order.order, reason, released: order.hold };
      yield* stillClosing(ctx, agent, order.market);
      return;
    }
    case "SetStop": {
      const owner = ownerOf(effect.slot);
      const { market } = owner;
      const { version } = effect;
      yield* stopFailed(ctx, owner.agent, market, version, reason);
      return;
    }
    case "PlaceBet":
      if (ref?.kind === "bet") yield { type: "BetFailed", agent, bet: idOf(ref.key), reason };
      return;
    case "OpenEscrow":
      if (ref?.kind === "escrow")
        yield { type: "EscrowFailed", agent, escrow: idOf(ref.key), reason };
      return;
    case "RegisterReferrer":
      yield { type: "ReferrerRefused", agent, referrer: effect.referrer, reason };
      return;
    case "DeliverEscrow":
    case "ReleaseEscrow":
    case "DisputeEscrow":
      yield* escrowActRefused(ctx, effect.escrow, reason);
      return;
    case "OpenLoan":
      if (ref?.kind === "loan") yield { type: "LoanFailed", agent, loan: idOf(ref.key), reason };
      return;
    case "SearchDomains":
    case "RegisterDomain":
    case "RenewDomain":
    case "ParkDomain":
    case "ListDomain": {
      const search = effect.type === "SearchDomains";
      const asked = "registration" in effect ? effect.registration : name;
      const event = domainRefused(ctx, agent, { name: asked, reason, search });
      if (event !== undefined) yield event;
      return;
    }
    case "Withdraw":
      if (isLeaving(law, effect.asset, effect.amount))
        yield { type: "WithdrawalFailed", asset: effect.asset, units: effect.amount };
      // What the fleet itself was to pay it still owes.
      if (agent === FLEET) {
        const amount = micro(effect.amount);
        const due = `failed.${name}` as Id;
        const told = { party: effect.to, due, amount, ...nettedAt(ctx, effect.to) };
        yield { type: "DuePaymentFailed", agent, ...told };
      }
      return;
    // What was to be cancelled, rotated, recalled or deposited is as it was: the answer says so.
    // What may not stay is asked for again at its deadline.
    case "CancelOrder":
    case "RotateSeed":
    case "RecallLoan":
    case "Deposit":
      return;
    default:
      return unreachable(effect);
  }
}

function* escrowActRefused({ law }: Context, name: EffectName, reason: string): Consequence {
  const opened = law.byName.get(name);
  const escrow = opened === undefined ? undefined : law.escrows.get(opened.key);
  if (escrow === undefined) return;
  yield { type: "EscrowActFailed", agent: escrow.agent, escrow: escrow.escrow, reason };
}

const idOf = (key: string): Id => key.slice(key.indexOf("/") + 1) as Id;

/** An effect that nobody has answered in time is unresolved: looked up, never simply sent again. */
export function* answerDue(ctx: Context, name: EffectName): Consequence {
  const open = ctx.law.outbox.get(name);
  if (open === undefined || open.unresolved) return;
  const agent: AgentId = open.approved.agent;
  const reason = "no answer in time";
  yield { type: "EffectAnswered", agent, name, outcome: "unknown", reason };
  yield* unresolved(ctx, name, reason);
}
