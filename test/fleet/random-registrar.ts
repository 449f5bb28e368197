/** A registrar that does nothing wrong and anything else, and what agents may ask of it. */
import type { AgentId, Id } from "../../src/core/ids.ts";
import { formatMicro, type Micro, micro } from "../../src/core/money.ts";
import { millis } from "../../src/core/time.ts";
import type { Law } from "../../src/fleet/state.ts";
import type { DomainEffect, EffectName } from "../../src/protocol/effects.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { by, type Draft } from "./spec.ts";

type Pick = (below: number) => number;
type Acting = Extract<DomainEffect, { readonly registration: EffectName }>;
type Registering = Extract<DomainEffect, { readonly type: "RegisterDomain" }>;

const RENEWAL = micro(7_000_001n);

export class RandomRegistrar {
  readonly #held = new Map<EffectName, { asking: Micro }>();
  readonly #report: (body: ReportBody) => void;
  readonly #pay: (amount: bigint) => void;

  constructor(report: (body: ReportBody) => void, pay: (amount: bigint) => void) {
    this.#report = report;
    this.#pay = pay;
  }

  /** One thing happens to a registration; `over`: nothing more will. */
  serve(registration: EffectName, { maxCost }: Registering, pick: Pick): "over" | "on" {
    const held = this.#held.get(registration);
    if (held === undefined) {
      if (pick(5) === 0) {
        this.#report({ type: "domainFailed", registration, reason: "so" });
        return "over";
      }
      const cost = micro(pick(3) === 0 ? maxCost - maxCost / 9n : maxCost);
      this.#held.set(registration, { asking: micro(0n) });
      this.#pay(-cost);
      const facts = { cost, renewal: RENEWAL, expiresAt: millis(9) };
      this.#report({ type: "domainRegistered", registration, ...facts });
      return "on";
    }
    if (held.asking > 0n && pick(2) === 0) return this.#sell(registration, held.asking);
    if (pick(8) === 0) {
      this.#held.delete(registration);
      this.#report({ type: "domainLapsed", registration });
      this.#report({ type: "domainLost", registration });
      return "over";
    }
    if (pick(3) === 0) this.#report({ type: "domainDue", registration });
    else {
      const amount = micro(BigInt(pick(90_000)));
      this.#pay(amount);
      this.#report({ type: "domainRevenue", registration, amount });
    }
    return "on";
  }

  #sell(registration: EffectName, asking: Micro): "over" {
    this.#held.delete(registration);
    const fee = micro(asking / 10n);
    const received = micro(asking - fee);
    this.#pay(received);
    const buyer = "buyer-1" as Id;
    this.#report({ type: "domainSold", registration, buyer, asking, fee, received });
    return "over";
  }

  find(search: EffectName, query: string, pick: Pick): void {
    const domain = `${query}-${pick(4)}.com` as Id;
    const cost = micro(BigInt(1 + pick(900)) * 9_001n);
    const offers = [{ domain, cost, renewal: RENEWAL, visits: pick(9) }];
    this.#report({ type: "domainsFound", search, offers });
  }

  /** What is gone by now is not acted on. */
  act(effect: Acting): void {
    const { registration } = effect;
    const held = this.#held.get(registration);
    if (held === undefined) return;
    if (effect.type === "RenewDomain") {
      this.#pay(-effect.maxCost);
      const facts = { cost: effect.maxCost, expiresAt: millis(99) };
      return this.#report({ type: "domainRenewed", registration, ...facts });
    }
    held.asking = effect.type === "ListDomain" ? effect.asking : micro(0n);
    if (effect.type === "ParkDomain") this.#report({ type: "domainParked", registration });
    else this.#report({ type: "domainListed", registration, asking: effect.asking });
  }
}

/** Something that an agent asks about domains: a search, a purchase, or an act. */
export function domainDraft(law: Law, agent: AgentId, b: number, c: number): Draft {
  const [offer] = law.searches.get(agent)?.offers ?? [];
  const domains = [...(law.agents.get(agent)?.domains ?? [])];
  const domain = domains[b % Math.max(domains.length, 1)];
  if (offer !== undefined && c % 3 === 0) {
    return by(agent, "RegisterDomain", { domain: offer.domain });
  }
  if (domain === undefined || c % 3 === 1)
    return by(agent, "SearchDomains", { query: `q${b % 7}` });
  const asking = formatMicro(micro(BigInt(1 + (b % 30_000_000))));
  if (b % 3 === 0) return by(agent, "ListDomain", { domain, asking });
  return by(agent, b % 3 === 1 ? "RenewDomain" : "ParkDomain", { domain });
}
