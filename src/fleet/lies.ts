/** Which refusals say that an agent claims what the books contradict, rather than that it asks in vain. */
import type { Rejection, RejectionCode } from "../protocol/rejections.ts";
import type { Command } from "../protocol/turns.ts";
import type { Law } from "./state.ts";

/**
 * Things that it never had or that are another's, more than there is to reduce, one name for two commands,
 * rights that it does not hold. Once it may happen to anybody, for the world moves; again and again to nobody
 * who reads its own view.
 */
const CONTRADICTED: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  "id_reused",
  "service_not_permitted",
  "unknown_venue",
  "unknown_reservation",
  "unknown_market",
  "unknown_order",
  "unknown_position",
  "reduce_exceeds",
  "unknown_bet",
  "seed_not_revealed",
  "proof_contradicted",
  "unknown_escrow",
  "unknown_loan",
  "unknown_asset",
  "unknown_domain",
  "no_offer",
  "unknown_party",
  "nothing_due",
  "unknown_job",
]);

/**
 * Did this command claim what the books contradict? To be short of margin, to meet a closed zone or to come
 * too late is no lie; to ask for more than the whole delegation is one, and for more leverage than its view
 * says. What the weather or a calendar takes off that no view tells.
 */
export function isLie(law: Law, command: Command, { code }: Rejection): boolean {
  if (CONTRADICTED.has(code)) return true;
  if (command.type === "Reserve" && code === "cap_exceeded") {
    const cap = lentTo(law, command)?.cap;
    return cap !== undefined && command.body.amount > cap;
  }
  if (command.type !== "PlaceOrder" || code !== "leverage_exceeded") return false;
  const { leverage = 0, market } = command.body;
  const most = [lentTo(law, command)?.maxLeverage, law.markets.get(market)?.policy.maxLeverage];
  return most.some((bound) => bound !== undefined && leverage > bound);
}

const lentTo = (law: Law, { stamp }: Command) => law.agents.get(stamp.from)?.delegation;
