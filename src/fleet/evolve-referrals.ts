/** Folds who refers whom at the escrow service, and what came of it. */
import { must, unreachable } from "../core/assert.ts";
import { type AgentId, USDC } from "../core/ids.ts";
import { type Micro, micro, ZERO } from "../core/money.ts";
import type { FleetEvent } from "../protocol/events.ts";
import type { ReferralEvent } from "../protocol/events-referrals.ts";
import { ownAccount } from "./ledger.ts";
import { gain, holderOf, resultBooked } from "./results.ts";
import type { FleetState } from "./state.ts";

const WALLET = ownAccount(USDC, "wallet");

export const isReferralEvent = (event: FleetEvent): event is ReferralEvent =>
  event.type.startsWith("Referr");

export function evolveReferral(state: FleetState, event: ReferralEvent): void {
  const holder = holderOf(state, event.agent);
  switch (event.type) {
    case "ReferrerRequested":
      holder.referrer = { referrer: event.referrer, phase: "requested" };
      return;
    case "ReferrerRegistered":
      must(holder.referrer, "what is registered was asked for").phase = "registered";
      return;
    case "ReferrerRefused":
      holder.referrer = undefined;
      return;
    case "ReferralEarned":
      bookReferral(state, event.agent, event.referral, event.fee);
      return resultBooked(state, event.agent);
    default:
      return unreachable(event);
  }
}

/** A share of a fee, as the venue has paid it to the unit: the result of who earned it. */
export function bookReferral(state: FleetState, agent: AgentId, share: Micro, fee: Micro): void {
  gain(state, "escrow", agent, WALLET, share);
  if (share <= 0n) return;
  const { referral } = state;
  referral.income = micro(referral.income + share);
  referral.fees = micro(referral.fees + fee);
  referral.by.set(agent, micro((referral.by.get(agent) ?? ZERO) + share));
}
