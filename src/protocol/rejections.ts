/** The closed list of refusals. A number is for ever; words may improve. A hundred to a concern. */

const LIST = {
  // 100: the request itself
  malformed: [
    101,
    "The bytes are not one well-formed message.",
    "Encode one map by the wire rules.",
  ],
  too_large: [102, "The message is larger than a command may be.", "Send less in one command."],
  unknown_command: [103, "There is no such command.", "See the list of commands."],
  bad_field: [104, "A field is missing, unknown or out of its range.", "Correct the named field."],
  not_allowed: [105, "This caller may not give this command.", "Ask the operator."],
  id_reused: [106, "The id was used for another command.", "Choose a new id."],
  command_expired: [107, "The command came after its expiry.", "Decide anew and send again."],
  busy: [108, "Too many commands wait for their turn.", "Wait, then send the same command again."],
  not_leading: [
    109,
    "This coordinator does not lead the fleet now.",
    "Send the same command again.",
  ],
  expiry_too_far: [110, "The expiry lies further ahead than allowed.", "Name an earlier expiry."],
  // 200: agents and delegations
  unknown_agent: [201, "No such agent is enrolled.", "Enrol it first."],
  agent_exists: [202, "An agent of this name is enrolled already.", "Choose another name."],
  agent_retired: [203, "The agent is retired.", "Enrol another."],
  no_delegation: [204, "The agent holds no delegation.", "Ask the operator for a grant."],
  delegation_exists: [205, "The agent holds a delegation already.", "Raise, cut or revoke it."],
  lease_expired: [
    206,
    "The lease on the delegation has run out.",
    "Renew it; reducing is still open.",
  ],
  illegal_phase: [
    207,
    "The lifecycle has no such arrow from here.",
    "Read its phase, then decide.",
  ],
  service_not_permitted: [
    208,
    "The delegation does not cover this service.",
    "Ask for the service.",
  ],
  cap_exceeded: [209, "The amount is over what is left of the delegation.", "Ask for less."],
  coverage_exceeded: [
    210,
    "Delegations would pass collateral less dry powder.",
    "Deposit or cut another.",
  ],
  step_exceeded: [211, "The raise is larger than one step may be.", "Raise in smaller steps."],
  has_obligations: [212, "The agent still has obligations.", "Reduce them to none first."],
  not_looser: [213, "A raise must be above the cap that holds.", "Use a cut to lower it."],
  not_tighter: [214, "A cut must be below the cap that holds.", "Use a raise to lift it."],
  raise_pending: [215, "A raise already waits for its time.", "Wait for it, or cut to void it."],
  no_records: [
    216,
    "There is nothing to judge agents by.",
    "Set policy.crisis.reallocate or drawdownLadder, and wait for records.",
  ],
  // 300: modes, zones, rates
  halted: [301, "The agent or the fleet is halted.", "The operator must resume it."],
  reduce_only: [302, "Only risk-reducing commands are taken now.", "Reduce, or wait for run mode."],
  zone_closed: [303, "The fleet's zone takes no new risk.", "Wait until utilization falls."],
  rate_limited: [304, "The agent sends faster than its rate.", "Slow down."],
  uncovered: [305, "Losses took the cover of what is delegated.", "Deposit, or cut delegations."],
  frozen: [
    306,
    "The correlation alarm or a liquidity crisis holds: no delegation grows.",
    "Wait until it clears by itself; cuts and recalls are open.",
  ],
  unknown_venue: [307, "No market of the fleet is traded there.", "See the markets' venues."],
  buffer_kept: [
    308,
    "The calendar keeps cash around an announced event.",
    "Ask for less, or wait until it is over.",
  ],
  margin_called: [
    309,
    "A margin call is open on the fleet, or on the agent itself.",
    "Reduce, or wait until it is cured or resolved.",
  ],
  // 400: reservations
  unknown_reservation: [401, "There is no such reservation.", "Read your view."],
  reservation_exists: [402, "A reservation of this name exists.", "Choose another name."],
  reservation_not_pending: [403, "The reservation is no longer pending.", "Read your view."],
  too_many_open: [404, "The agent has as many open obligations as allowed.", "Close some first."],
  // 500: orders and positions
  unknown_market: [501, "There is no such market.", "See the markets of the fleet file."],
  stale_mark: [502, "The mark is missing or too old to decide by.", "Wait for a fresh mark."],
  bad_lot: [503, "The quantity is not a multiple of the lot.", "Round to the lot."],
  below_min_notional: [
    504,
    "The order is smaller than the market takes.",
    "Order more, or nothing.",
  ],
  above_max_notional: [505, "The order is larger than one order may be.", "Split it."],
  leverage_exceeded: [506, "The leverage is over the delegation's or the market's.", "Use less."],
  outside_collar: [507, "The limit is too far from the mark.", "Price it nearer to the mark."],
  stop_wrong_side: [
    509,
    "The stop lies on the wrong side of the mark.",
    "Place it on the losing side.",
  ],
  stop_too_far: [
    510,
    "The stop lies beyond the liquidation price.",
    "Bring it nearer to the mark.",
  ],
  unknown_order: [511, "There is no such order.", "Read your view."],
  order_exists: [512, "An order of this name exists.", "Choose another name."],
  order_done: [513, "The order is done.", "Read your view."],
  nothing_to_reduce: [514, "There is no position to reduce on that side.", "Read your view."],
  reduce_exceeds: [515, "The order would reduce past zero.", "Ask for at most the position."],
  var_exceeded: [516, "The fleet's value at risk would pass its limit.", "Order less, or hedge."],
  unknown_position: [517, "There is no such position.", "Read your view."],
  // 600: bets, escrows, loans
  insufficient_cash: [601, "The wallet has not that much free cash.", "Ask for less."],
  bet_exists: [602, "A bet of this name exists.", "Choose another name."],
  unknown_bet: [603, "There is no such bet.", "Read your view."],
  bet_not_settled: [604, "The bet is not settled, or was checked already.", "Wait for the result."],
  seed_not_revealed: [
    605,
    "Nobody can have verified this bet: its seed is not revealed.",
    "Ask for the seed, then check; or say that the bet does not verify.",
  ],
  proof_contradicted: [
    606,
    "The revealed seed proves that this bet was not fair.",
    "Check it from its seeds before you say that it verified.",
  ],
  betting_held: [
    607,
    "A bet of the agent's is disputed, or the house has lied to another: it places none.",
    "Wait until the operator has looked at the dispute and resumed the agent whose bet it is.",
  ],
  escrow_exists: [610, "An escrow of this name exists.", "Choose another name."],
  unknown_escrow: [611, "There is no such escrow.", "Read your view."],
  referrer_set: [
    612,
    "The agent's referrer is registered or asked for, and never another.",
    "Read your view.",
  ],
  loan_exists: [620, "A loan of this name exists.", "Choose another name."],
  unknown_loan: [621, "There is no such loan.", "Read your view."],
  lend_share_exceeded: [622, "More of the holding would be lent than allowed.", "Lend less."],
  unknown_asset: [623, "The fleet does not keep this asset.", "See the assets of the fleet file."],
  domain_exists: [630, "The fleet has this domain, or asks for it.", "Choose another name."],
  unknown_domain: [631, "There is no such domain.", "Read your view."],
  no_offer: [632, "Your last search did not offer this domain.", "Search for it first."],
  search_pending: [633, "A search of yours is under way.", "Wait for what it finds."],
  unknown_party: [
    640,
    "There is no agreement with this outsider.",
    "Name one of the view's; the operator lists and makes them.",
  ],
  due_exists: [641, "A debt of this name exists.", "Choose another name."],
  nothing_due: [642, "Less than that is to come from this outsider.", "See the agents' debts."],
  job_exists: [650, "A job of this name exists.", "Choose another name."],
  unknown_job: [651, "There is no such job.", "Read your view."],
  hedge_missing: [
    652,
    "The position does not carry this hedge beside those that stand.",
    "Open what is missing on its side, then deliver.",
  ],
  // 700: the wallet
  insufficient_free: [701, "The wallet's free cover is smaller than that.", "Ask for less."],
  unknown_effect: [702, "No effect of this name is outstanding.", "It was answered before."],
  report_gap: [703, "A venue report came out of order.", "Read the reports again from the cursor."],
  bad_mark: [704, "A mark is not a sane price.", "Check the feed."],
} as const satisfies Record<string, readonly [number, string, string]>;

export type RejectionCode = keyof typeof LIST;

/** A refusal as a value: what was wrong, what was asked and what would have been allowed. */
export interface Rejection {
  readonly code: RejectionCode;
  /** The numbers behind it, as people read them: "asked 120, allowed 80". */
  readonly detail?: string;
}

export interface RejectionEntry {
  readonly code: RejectionCode;
  readonly number: number;
  readonly meaning: string;
  readonly remedy: string;
}

export const REJECTIONS: readonly RejectionEntry[] = Object.entries(LIST).map(
  ([code, [number, meaning, remedy]]) => ({
    code: code as RejectionCode,
    number,
    meaning,
    remedy,
  }),
);

export const rejectionNumber = (code: RejectionCode): number => LIST[code][0];
export const rejectionMeaning = (code: RejectionCode): string => LIST[code][1];
export const rejectionRemedy = (code: RejectionCode): string => LIST[code][2];
export const isRejectionCode = (text: string): text is RejectionCode => Object.hasOwn(LIST, text);

export const refuse = (code: RejectionCode, detail?: string): Rejection =>
  detail === undefined ? { code } : { code, detail };
