/** What the law tells an agent of its domains and of its last search. */
import type { AgentId } from "../core/ids.ts";
import { formatMicro, micro } from "../core/money.ts";
import type { DomainView, SearchView } from "../protocol/domain-views.ts";
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
