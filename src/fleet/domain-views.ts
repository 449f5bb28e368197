/** What the law tells an agent of its bets, its domains, its last search and of jobs. */
import type { AgentId } from "../core/ids.ts";
import { formatMicro, micro } from "../core/money.ts";
import type { DomainView, SearchView } from "../protocol/domain-views.ts";
import type { JobView } from "../protocol/job-views.ts";
import type { BetView } from "../protocol/views.ts";
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
});
