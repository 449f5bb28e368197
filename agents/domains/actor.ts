/** The domains specialist, ready to run. */
import { defineSpecialist } from "../../src/sdk/define.ts";
import { type DomainsConfig, domainsConfig } from "./config.ts";
import { beginDomains, type DomainsMemory, domainsStrategy } from "./strategy.ts";

export const domains = defineSpecialist<DomainsConfig, DomainsMemory>({
  name: "domains",
  service: "domains",
  config: domainsConfig,
  begin: beginDomains,
  strategy: domainsStrategy,
  intervalMs: (config) => config.intervalMs,
  wakeOn: [
    ...["DomainsFound", "DomainRegistered", "DomainFailed", "DomainActFailed"],
    ...["DomainDue", "DomainLapsed", "DomainSold"],
  ],
});
