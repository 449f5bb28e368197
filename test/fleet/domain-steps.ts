/** The steps that stories of domains are made of: what Alice asks, and what the registrar tells. */
import type { Id } from "../../src/core/ids.ts";
import { millis } from "../../src/core/time.ts";
import type { Law } from "../../src/fleet/state.ts";
import type { EffectName } from "../../src/protocol/effects.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { ALICE, named, T0, usd } from "./cast.ts";
import { by, reported, type Step } from "./spec.ts";
import { fleetOf } from "./steps.ts";

export const NAME = "fleet.com";
type Told = (law: Law) => ReportBody;
export const alice = fleetOf(ALICE);

export const search = by(ALICE, "SearchDomains", { query: "fleet" });
export const found =
  (cost = "12", renewal = "10"): Told =>
  (law) => ({
    type: "domainsFound",
    search: law.searches.get(ALICE)?.name ?? ("0.0.0" as EffectName),
    offers: [
      { domain: named(NAME), cost: usd(cost), renewal: usd(renewal), visits: 5 },
      { domain: named("getfleet.com"), cost: usd("9"), renewal: usd("9"), visits: 1 },
    ],
  });
export const looked: readonly Step[] = [...alice, search, reported(found())];
export const buy = by(ALICE, "RegisterDomain", { domain: NAME });
const of = (law: Law): EffectName => law.domains.get(`alice/${NAME}`)?.name ?? ("0.0.0" as never);
export const registered =
  (cost = "12", renewal = "10"): Told =>
  (law) => ({
    ...{ type: "domainRegistered", registration: of(law) },
    ...{ cost: usd(cost), renewal: usd(renewal), expiresAt: millis(T0 + 9) },
  });
export const told =
  (type: "domainParked" | "domainDue" | "domainLapsed" | "domainLost"): Told =>
  (law) => ({ type, registration: of(law) });
export const listed =
  (asking = "20"): Told =>
  (law) => ({ type: "domainListed", registration: of(law), asking: usd(asking) });
export const sold: Told = (law) => ({
  ...{ type: "domainSold", registration: of(law), buyer: "buyer-1" as Id },
  ...{ asking: usd("20"), fee: usd("2"), received: usd("18") },
});
export const renewed: Told = (law) => ({
  ...{ type: "domainRenewed", registration: of(law), cost: usd("10"), expiresAt: millis(T0 + 99) },
});
export const failed: Told = (law) => ({
  type: "domainFailed",
  registration: of(law),
  reason: "taken",
});
export const revenue: Told = (law) => ({
  ...{ type: "domainRevenue", registration: of(law), amount: usd("0.5") },
});
export const owned: readonly Step[] = [...looked, buy, reported(registered())];
export const renew = by(ALICE, "RenewDomain", { domain: NAME });
export const park = by(ALICE, "ParkDomain", { domain: NAME });
export const list = by(ALICE, "ListDomain", { domain: NAME, asking: "20" });
