/** What agents and operators of a random story ask for, made of small numbers. */
import type { AgentId } from "../../src/core/ids.ts";
import { formatDecimal } from "../../src/core/money.ts";
import type { Law } from "../../src/fleet/state.ts";
import { domainDraft } from "./random-registrar.ts";
import { by, type Draft, ops } from "./spec.ts";
import { granted } from "./steps.ts";

/** Which thing is asked for, and with which numbers. */
type Numbers = readonly [what: number, b: number, c: number];

/** Agents of the random fleet, the fleet itself, and somebody. */
const REFERRERS = ["alice", "bob", "dora", "fleet", "shop"] as const;

const text = (millionths: number): string => formatDecimal(BigInt(millionths), 6);
const lots = (count: number): string => formatDecimal(BigInt(count), 3);

/** A command of an agent; `names` is how many were named so far, this one among them. */
export function askedOf(law: Law, names: number, [what, b, c]: Numbers, agent: AgentId): Draft {
  const name = `n${names}`;
  const known = `n${c % (names + 1)}`;
  const market = b % 5 === 0 ? "eth-perp" : "btc-perp";
  switch (what) {
    case 0:
      return by(agent, "Reserve", {
        reservation: name,
        amount: text(1 + ((b * 977) % 900_000_000)),
        service: "trading",
        ttlMs: 1 + (c % 9_000),
      });
    case 1:
      if (c % 4 === 0) return by(agent, "Release", { reservation: known });
      return domainDraft(law, agent, b, Math.floor(c / 4));
    case 2:
    case 3:
    case 4: {
      const side = c % 2 === 0 ? "buy" : "sell";
      const qty =
        market === "eth-perp" ? formatDecimal(BigInt(1 + (b % 90)), 2) : lots(1 + (b % 90));
      const extra = what === 4 ? { reduceOnly: true } : c % 7 === 0 ? { reservation: known } : {};
      return by(agent, "PlaceOrder", {
        order: name,
        market,
        side,
        qty,
        leverage: 1_000_000 + (c % 5) * 1_000_000,
        ...extra,
      });
    }
    case 5:
      return by(agent, "CancelOrder", { order: known });
    case 6:
      return by(agent, "PlaceBet", {
        bet: name,
        game: "dice",
        stake: text(1 + (b % 90_000_000)),
        params: c % 4 === 0 ? {} : { direction: "over", threshold: 50 },
        clientSeed: "seed-seed",
      });
    case 7: {
      const role = c % 3 === 0 ? "earn" : "pay";
      if (c % 7 === 0)
        return by(agent, "RegisterReferrer", { referrer: REFERRERS[b % 5] ?? "bob" });
      if (c % 4 === 0) return by(agent, "ReleaseEscrow", { escrow: known });
      if (c % 5 === 0)
        return by(agent, "RecordDue", {
          ...{ due: name, party: c % 2 === 0 ? "shop" : "mill" },
          ...{ direction: b % 3 === 0 ? "receive" : "pay", amount: text(1 + (b % 70_000_000)) },
        });
      return by(agent, "OpenEscrow", {
        escrow: name,
        role,
        counterparty: "shop",
        amount: text(1 + (b % 80_000_000)),
        timeoutMs: 9,
        description: "x",
      });
    }
    default: {
      if (c % 3 === 0) return by(agent, "RecallLoan", { loan: known });
      const eth = c % 2 === 0;
      const amount = eth
        ? formatDecimal(BigInt(1 + (b % 60_000_000)), 8)
        : text(1 + (b % 300_000_000));
      return by(agent, "OpenLoan", {
        loan: name,
        asset: eth ? "ETH" : "USDC",
        amount,
        minRate: 0,
        noticeMs: 9,
      });
    }
  }
}

/** A command of the operator. */
export function governedOf(law: Law, agent: AgentId, b: number, c: number): Draft {
  const modes = ["run", "run", "run", "reduce", "halt", "flatten"] as const;
  switch (c % 9) {
    case 8:
      return ops("Reallocate", { dryRun: b % 3 === 0, rule: b % 5 === 0 ? "ladder" : "sharpe" });
    case 0:
      return ops("SetMode", {
        mode: modes[b % 6] ?? "run",
        reason: "x",
        ...(b % 4 === 0 ? {} : b % 13 === 0 ? { venue: "paper" } : { agent }),
      });
    case 1:
      return ops("Cut", { agent, cap: text(b % 1_500_000_000) });
    case 2:
      return ops("Raise", { agent, cap: more(law, agent, b) });
    case 3:
      return ops("Recall", { agent, graceMs: 1 + (b % 4_000) });
    case 4:
      return ops("Revoke", { agent });
    case 5:
      return granted(agent, { cap: text(1 + (b % 9_000_000_000)), floor: "0" });
    case 6:
      return ops("Withdraw", {
        asset: b % 2 === 0 ? "USDC" : "ETH",
        amount: text(1 + (b % 900_000_000)),
        to: "home",
      });
    default:
      return ops("Deposit", { asset: "USDC", amount: text(1 + (b % 500_000_000)) });
  }
}

function more(law: Law, agent: AgentId, b: number): string {
  const cap = law.agents.get(agent)?.delegation?.cap ?? 0n;
  return formatDecimal(cap + BigInt(1 + (b % 90_000_000)), 6);
}
