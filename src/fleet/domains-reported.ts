/** What the registrar tells of domains, taken where the lifecycle has such an arrow. */
import { domainMachine } from "../../machines/domain.ts";
import { step } from "../../machines/step.ts";
import { DOMAIN_OFFERS_MAX } from "../core/limits.ts";
import { type Micro, micro, ZERO } from "../core/money.ts";
import type { FleetEvent } from "../protocol/events.ts";
import type { VenueReport } from "../protocol/reports.ts";
import { availableOf, type Consequence, type Context } from "./admission.ts";
import { domainOf, domainSale } from "./domains.ts";
import { floorDue } from "./floors.ts";
import type { Domain } from "./obligations.ts";
import { mayNotLend } from "./refused.ts";
import type { Fixed } from "./state.ts";

type Report = Extract<VenueReport, { type: `domain${string}` }>;
type Found = Extract<Report, { type: "domainsFound" }>;
type Reported = Exclude<Report, Found>;

/** None: what tells of money or time and moves no phase. */
const ARROWS = {
  domainRegistered: "REGISTER",
  domainFailed: "FAIL",
  domainParked: "PARK",
  domainListed: "LIST",
  domainRenewed: "RENEW",
  domainRevenue: undefined,
  domainSold: "SELL",
  domainDue: undefined,
  domainLapsed: "LAPSE",
  domainLost: "LOSE",
} as const satisfies Record<Reported["type"], string | undefined>;

export const isDomainReport = (report: VenueReport): report is Report =>
  report.type === "domainsFound" || Object.hasOwn(ARROWS, report.type);

export function* domainReported(ctx: Context, report: Report): Consequence {
  if (report.type === "domainsFound") return yield* found(ctx, report);
  const held = domainOf(ctx, report.registration);
  const arrow = ARROWS[report.type];
  const legal =
    held !== undefined &&
    (arrow === undefined
      ? held.phase !== "requested"
      : step(domainMachine, held.phase, arrow) !== undefined);
  if (!legal) {
    const reason = held === undefined ? "no such domain" : `it is ${held.phase}`;
    yield { type: "ReportUnmatched", report: `${report.type} ${report.registration}`, reason };
    return;
  }
  yield eventOf(ctx, held, report);
  if (report.type === "domainRegistered") {
    // It could not be sold before it was there.
    const reason = mayNotLend(ctx, held.agent);
    const sale = reason === undefined ? undefined : domainSale(ctx, held, reason);
    if (sale !== undefined) yield sale;
  }
  if (report.type === "domainSold" || report.type === "domainLost") {
    yield* floorDue(ctx, held.agent);
  }
}

function* found(ctx: Context, report: Found): Consequence {
  const ref = ctx.law.byName.get(report.search);
  const agent = ref?.kind === "search" ? ctx.law.agents.get(ref.key as never) : undefined;
  const search = agent === undefined ? undefined : ctx.law.searches.get(agent.agent);
  if (agent === undefined || search?.name !== report.search) {
    const reason = "nobody waits for it";
    yield { type: "ReportUnmatched", report: `domainsFound ${report.search}`, reason };
    return;
  }
  const offers = report.offers.slice(0, DOMAIN_OFFERS_MAX);
  yield { type: "DomainsFound", agent: agent.agent, query: search.query, offers };
}

function eventOf(ctx: Context, held: Fixed<Domain>, report: Reported): FleetEvent {
  const { agent, domain } = held;
  switch (report.type) {
    case "domainRegistered": {
      const { cost, renewal, expiresAt } = report;
      const hold = micro(held.hold - held.cost + cost);
      return { type: "DomainRegistered", agent, domain, cost, renewal, expiresAt, hold };
    }
    case "domainFailed":
      return { type: "DomainFailed", agent, domain, reason: report.reason };
    case "domainParked":
      return { type: "DomainParked", agent, domain };
    case "domainListed":
      return { type: "DomainListed", agent, domain, asking: report.asking };
    case "domainRenewed": {
      const { cost, expiresAt } = report;
      const hold = holdRenewed(ctx, held, cost);
      return { type: "DomainRenewed", agent, domain, cost, expiresAt, hold };
    }
    case "domainRevenue":
      return { type: "DomainRevenue", agent, domain, amount: report.amount };
    case "domainSold": {
      const { buyer, asking, fee, received } = report;
      return { type: "DomainSold", agent, domain, buyer, asking, fee, received };
    }
    case "domainDue":
      return { type: "DomainDue", agent, domain };
    case "domainLapsed":
      return { type: "DomainLapsed", agent, domain };
    case "domainLost":
      return { type: "DomainLost", agent, domain };
  }
}

/** What was paid stays held, and the next renewal ahead where the delegation has room for it. */
function holdRenewed(ctx: Context, held: Fixed<Domain>, paid: Micro): Micro {
  const cost = micro(held.cost + paid);
  const agent = ctx.law.agents.get(held.agent);
  const active = agent?.delegation?.phase === "active";
  const left = active ? micro(availableOf(agent) + held.hold) : ZERO;
  const ahead = micro(cost + held.renewal);
  return ahead <= left ? ahead : cost;
}
