/** One story for each refusal about domains. */
import { ALICE, named, usd } from "./cast.ts";
import { alice, type Case } from "./rejection-cases.ts";
import { by, reported, type Step } from "./spec.ts";

const search = by(ALICE, "SearchDomains", { query: "fleet" });
const buy = by(ALICE, "RegisterDomain", { domain: "fleet.com" });
const found: Step = reported((law) => ({
  type: "domainsFound",
  search: law.searches.get(ALICE)?.name ?? ("0.0.0" as never),
  offers: [{ domain: named("fleet.com"), cost: usd("12"), renewal: usd("10"), visits: 5 }],
}));

export const DOMAIN_CASES: readonly Case[] = [
  ["search_pending", [...alice, search], search, "fleet"],
  ["no_offer", alice, buy, "fleet.com"],
  ["domain_exists", [...alice, search, found, buy], buy, "fleet.com"],
  ["unknown_domain", alice, by(ALICE, "ParkDomain", { domain: "fleet.com" }), "fleet.com"],
];
