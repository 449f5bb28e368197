/** A registrar that has every name, for fleets in memory: what is asked of it happens at once. */
import { formatMicro, micro } from "../core/money.ts";
import type { DomainView } from "../protocol/domain-views.ts";
import type { AgentView } from "../protocol/views.ts";
import { usdcOf } from "./amounts.ts";
import { type Act, type Body, drawn } from "./conformance-act.ts";

const [COST, RENEWAL] = ["11.9232", "11.9232"];
const YEAR = 31_536_000_000;

/** What domains hold of a delegation, in millionths of USDC. */
export const domainsHold = ({ domains }: AgentView): bigint =>
  domains.reduce((sum, { cost, ahead }) => sum + usdcOf(cost) + usdcOf(ahead), 0n);

const search: Act = (view, { query }) => {
  const word = String(query);
  const offers = [`${word}.com`, `get${word}.com`, `my${word}.com`].map((domain, i) => ({
    ...{ domain, cost: COST, renewal: RENEWAL, visits: 4 * i },
  }));
  return { ...view, search: { query: word, pending: false, offers } };
};

const register: Act = (before, body) => {
  const view = drawn(before, body);
  if (typeof view === "string") return view;
  const { domain } = body;
  const offered = view.search?.offers.find((one) => one.domain === domain);
  if (offered === undefined) return "no_offer";
  if (view.domains.some((held) => held.domain === domain)) return "domain_exists";
  const { cost, renewal, visits } = offered;
  const bought: DomainView = {
    ...{ domain: offered.domain, phase: "owned", cost, renewal, ahead: renewal, visits },
    ...{ asking: "0", earned: "0", expiresAt: view.at + YEAR, due: false, pending: "" },
  };
  return { ...view, domains: [...view.domains, bought] };
};

/** Changes one domain, or refuses. */
const changed =
  (change: (held: DomainView, body: Body) => DomainView | string): Act =>
  (view, body) => {
    const held = view.domains.find(({ domain }) => domain === body["domain"]);
    if (held === undefined) return "unknown_domain";
    const next = change(held, body);
    if (typeof next === "string") return next;
    return { ...view, domains: view.domains.map((one) => (one === held ? next : one)) };
  };

/** By command, as the fleet would take them. */
export const DOMAIN_ACTS: Readonly<Record<string, Act>> = {
  SearchDomains: search,
  RegisterDomain: register,
  RenewDomain: changed((held) => ({
    ...held,
    phase: held.phase === "grace" ? "owned" : held.phase,
    cost: formatMicro(micro(usdcOf(held.cost) + usdcOf(held.renewal))),
    expiresAt: held.expiresAt + YEAR,
    due: false,
  })),
  ParkDomain: changed((held) =>
    held.phase === "parked" || held.phase === "grace"
      ? "illegal_phase"
      : { ...held, phase: "parked", asking: "0" },
  ),
  ListDomain: changed((held, { asking }) =>
    held.phase === "grace" ? "illegal_phase" : { ...held, phase: "listed", asking: String(asking) },
  ),
};

/** Of their own accord: the first that is for sale is sold. */
export function domainsTurn(domains: AgentView["domains"]): AgentView["domains"] {
  const sold = domains.find(({ phase }) => phase === "listed");
  return domains.filter((one) => one !== sold);
}
