/** Bets, escrows and loans as the fold keeps them. */
import type { AgentId, AssetId, Id } from "../core/ids.ts";
import type { Micro, Units } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import type { EffectName } from "../protocol/effects.ts";
import type { BetPhase, EscrowPhase, LoanPhase } from "../protocol/words.ts";

export interface Bet {
  readonly agent: AgentId;
  readonly bet: Id;
  readonly name: EffectName;
  readonly game: string;
  readonly stake: Micro;
  readonly params: Readonly<Record<string, string | number>>;
  readonly clientSeed: string;
  phase: BetPhase;
  payout: Micro;
  seedHash: string;
  nonce: number;
  resultHash: string;
  outcome: string;
}

export interface Escrow {
  readonly agent: AgentId;
  readonly escrow: Id;
  readonly name: EffectName;
  readonly role: "pay" | "earn";
  readonly counterparty: Id;
  readonly amount: Micro;
  phase: EscrowPhase;
  /** The act that the venue has not yet confirmed, or "". */
  pending: string;
}

export interface Loan {
  readonly agent: AgentId;
  readonly loan: Id;
  readonly name: EffectName;
  readonly asset: AssetId;
  readonly units: Units;
  readonly hold: Micro;
  readonly noticeMs: number;
  rate: Ppm;
  phase: LoanPhase;
  interest: Units;
}
