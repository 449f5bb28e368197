/** Refused claims that were true not long ago: what an agent had may be gone before its command comes. */
import type { AgentId } from "../core/ids.ts";
import type { RejectionCode } from "../protocol/rejections.ts";
import type { Command } from "../protocol/turns.ts";

/** Things remembered of one agent, and excuses: the oldest go. */
const KEPT = 256;

/** Which field of a command names the thing that a refusal of this code says is not there. */
const NAMED: Partial<Record<RejectionCode, string>> = {
  unknown_reservation: "reservation",
  unknown_order: "order",
  unknown_bet: "bet",
  unknown_escrow: "escrow",
  unknown_loan: "loan",
  unknown_domain: "domain",
  unknown_job: "job",
  unknown_position: "market",
  reduce_exceeds: "market",
  no_offer: "query",
};

/** Which field of a command, once accepted, says what its sender has from then on. */
const BRINGS: Partial<Record<Command["type"], readonly string[]>> = {
  Reserve: ["reservation"],
  PlaceOrder: ["order", "market"],
  PlaceBet: ["bet"],
  OpenEscrow: ["escrow"],
  OpenLoan: ["loan"],
  RegisterDomain: ["domain"],
  SearchDomains: ["query"],
  PostJob: ["job"],
};

/** A search stands for whatever it offers. */
const keyOf = (field: string, body: Readonly<Record<string, unknown>>): string =>
  field === "query" ? "query" : `${field}/${String(body[field])}`;

/** Sets of at most so many keys, by agent; the oldest key goes first. */
class Recent {
  readonly #keys = new Map<AgentId, Set<string>>();

  has = (agent: AgentId, key: string): boolean => this.#keys.get(agent)?.has(key) ?? false;

  add(agent: AgentId, key: string): void {
    const keys = this.#keys.get(agent) ?? new Set<string>();
    this.#keys.set(agent, keys);
    keys.delete(key);
    keys.add(key);
    for (const oldest of keys) {
      if (keys.size <= KEPT) return;
      keys.delete(oldest);
    }
  }

  delete(agent: AgentId, key: string): void {
    this.#keys.get(agent)?.delete(key);
  }
}

export class LateClaims {
  readonly #had = new Recent();
  readonly #spent = new Recent();

  /** An accepted command: what it brings its sender may excuse one late claim. */
  accepted({ type, stamp: { from }, body }: Command): void {
    for (const field of BRINGS[type] ?? []) {
      const key = keyOf(field, { ...body });
      this.#had.add(from, key);
      this.#spent.delete(from, `${from} ${key}`);
    }
  }

  /** May this refusal be a race? Each thing excuses one, of each who claims it: its view tells it the rest. */
  excuses({ stamp: { from }, body }: Command, code: RejectionCode): boolean {
    const field = NAMED[code];
    if (field === undefined) return false;
    const said: Readonly<Record<string, unknown>> = { ...body };
    // A job is its poster's, and whoever would take it may come too late.
    const of = field === "job" && typeof said["by"] === "string" ? (said["by"] as AgentId) : from;
    const key = keyOf(field, said);
    const excuse = `${of} ${key}`;
    if (!this.#had.has(of, key) || this.#spent.has(from, excuse)) return false;
    this.#spent.add(from, excuse);
    return true;
  }
}
