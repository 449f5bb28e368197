/** What the law tells an agent of its bets and domains, its last search, of jobs and of holdings. */
import { type AgentId, USDC } from "../core/ids.ts";
import {
  formatMicro,
  formatPrice,
  formatQty,
  formatUnits,
  micro,
  type Price,
  type Units,
} from "../core/money.ts";
import type { BettingView } from "../protocol/betting-view.ts";
import type { DomainView, SearchView } from "../protocol/domain-views.ts";
import type { HedgeTerms } from "../protocol/events-jobs.ts";
import type { JobView } from "../protocol/job-views.ts";
import type { AgentView, BetView, HoldingView } from "../protocol/views.ts";
import type { HeldAgent } from "./admission.ts";
import { unprovenOf } from "./bets.ts";
import { heldFor } from "./betting.ts";
import { balance, ownAccount, walletOf } from "./ledger.ts";
import type { Law } from "./state.ts";

type HeldDomain = NonNullable<ReturnType<Law["domains"]["get"]>>;

export const domainView = (held: HeldDomain): DomainView => ({
  domain: held.domain,
  phase: held.phase,
  cost: formatMicro(held.cost),
  renewal: formatMicro(held.renewal),
  ahead: formatMicro(micro(held.hold - held.cost)),
  asking: formatMicro(held.asking),
  earned: formatMicro(held.earned),
  visits: held.visits,
  expiresAt: held.expiresAt,
  due: held.due,
  pending: held.pending,
});

export function searchView(law: Law, agent: AgentId): SearchView | undefined {
  const search = law.searches.get(agent);
  if (search === undefined) return undefined;
  const { query, name, offers } = search;
  const told = offers.map(({ domain, cost, renewal, visits }) => ({
    ...{ domain, cost: formatMicro(cost), renewal: formatMicro(renewal), visits },
  }));
  return { query, pending: name !== undefined, offers: told };
}

type HeldJob = NonNullable<ReturnType<Law["jobs"]["get"]>>;

export const jobView = (held: HeldJob): JobView => ({
  by: held.agent,
  job: held.job,
  kind: held.kind,
  brief: held.brief,
  amount: formatMicro(held.amount),
  phase: held.phase,
  taker: held.taker ?? "",
  result: held.result,
  expiresAt: held.expiresAt,
  ...(held.hedge === undefined ? {} : { hedge: hedgeView(held.hedge, held.mark) }),
});

const hedgeView = (
  { market, side, qty, cover }: HedgeTerms,
  mark: Price | undefined,
): NonNullable<JobView["hedge"]> => ({
  ...{ market, side, qty: formatQty(qty), cover: formatMicro(cover) },
  mark: mark === undefined ? "" : formatPrice(mark),
});

type HeldBet = NonNullable<ReturnType<Law["bets"]["get"]>>;

export const betView = (bet: HeldBet): BetView => ({
  bet: bet.bet,
  game: bet.game,
  stake: formatMicro(bet.stake),
  phase: bet.phase,
  params: bet.params,
  clientSeed: bet.clientSeed,
  payout: formatMicro(bet.payout),
  seedHash: bet.seedHash,
  nonce: bet.nonce,
  resultHash: bet.resultHash,
  outcome: bet.outcome,
  ...(bet.proof === "fair" ? { proven: true } : {}),
});

/** What the fleet has of each asset, idle and lent. */
export function holdings(law: Law): HoldingView[] {
  const assets = law.assets.size === 0 ? [USDC] : [...law.assets.keys()];
  return assets.map((asset) => {
    const wallet = formatUnits(walletOf(law.ledger, asset) as Units, asset);
    const lent = formatUnits(balance(law.ledger, ownAccount(asset, "loans")) as Units, asset);
    const lendShare = law.assets.get(asset)?.lendShare;
    return { asset, wallet, lent, ...(lendShare === undefined ? {} : { lendShare }) };
  });
}

/** The casino as one agent knows it: seeds, and what may keep it from betting, its own or another's. */
export const casinoSeenBy = (law: Law, agent: HeldAgent): AgentView["casino"] => ({
  ...{ seedHash: law.seedHash, revealed: [...law.revealed] },
  ...bettingOf(law, agent, heldFor(law, agent)),
});

/** What of an agent's bets could not be proven or was left out, and what holds it. */
export function bettingOf(law: Law, agent: HeldAgent, held: BettingView["held"]): BettingView {
  const unproven = unprovenOf(law, agent);
  const { skipped } = agent.betting;
  return {
    ...(unproven === 0 ? {} : { unproven }),
    ...(skipped === 0 ? {} : { skipped }),
    ...(held === undefined ? {} : { held }),
  };
}
