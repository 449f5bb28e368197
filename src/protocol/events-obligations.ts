/** What can have happened to bets, escrows and loans. Past tense, whole, and never changed once released. */
import type { AgentId, AssetId, Id } from "../core/ids.ts";
import type { Micro, Units } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import type { Millis } from "../core/time.ts";
import type { Approved } from "./effects.ts";
import type { AtFault } from "./words.ts";

interface OfAgent {
  readonly agent: AgentId;
}
interface WithEffect {
  readonly effect: Approved;
}

export type BetEvent =
  | (OfAgent &
      WithEffect & {
        readonly type: "BetPlaced";
        readonly bet: Id;
        readonly game: string;
        readonly stake: Micro;
        readonly params: Readonly<Record<string, string | number>>;
        readonly clientSeed: string;
      })
  | (OfAgent & {
      readonly type: "BetSettled";
      readonly bet: Id;
      readonly won: boolean;
      readonly payout: Micro;
      readonly seedHash: string;
      readonly nonce: number;
      readonly resultHash: string;
      readonly outcome: string;
    })
  | (OfAgent & { readonly type: "BetFailed"; readonly bet: Id; readonly reason: string })
  | (OfAgent & {
      readonly type: "BetChecked";
      readonly bet: Id;
      readonly verified: boolean;
      readonly note: string;
    })
  /** The law made the proof anew from the revealed seed; `fault` is "" where it holds. */
  | (OfAgent & { readonly type: "BetProven"; readonly bet: Id; readonly fault: string })
  /** Settled so long ago that its seed should be known: until it is, nobody can say whether it was fair. */
  | (OfAgent & {
      readonly type: "BetUnproven";
      readonly bet: Id;
      readonly seedHash: string;
      readonly waitedMs: number;
    })
  /** The law's proof or its agent says that it was not fair: what was asked, and what the house made of it. */
  | (OfAgent & {
      readonly type: "BetDisputed";
      readonly bet: Id;
      readonly game: string;
      readonly stake: Micro;
      readonly payout: Micro;
      readonly seedHash: string;
      readonly reason: string;
    })
  /**
   * Its draw is not the next one of its seed. `skipped` draws before it decided no bet of the fleet; none where the
   * house went back to one that it had left out.
   */
  | (OfAgent & {
      readonly type: "BetNonceSkipped";
      readonly bet: Id;
      readonly seedHash: string;
      readonly expected: number;
      readonly nonce: number;
      readonly skipped: number;
    })
  /**
   * It places no bet until the operator clears it. At fault: the house, whose own proof does not hold; the agent,
   * which disputes what the proof holds of; unknown while its seed is. Told again where graver is known. Where the
   * house is, nobody else of the fleet places one.
   */
  | (OfAgent & {
      readonly type: "BettingHeld";
      readonly bet: Id;
      readonly atFault: AtFault;
      readonly reason: string;
    })
  /** The operator has looked at the dispute: the agent may bet again, and the others where no other lie stands. */
  | (OfAgent & { readonly type: "BettingCleared"; readonly bet: Id; readonly atFault: AtFault })
  | (OfAgent & WithEffect & { readonly type: "SeedRotationRequested" })
  | { readonly type: "SeedCommitted"; readonly seedHash: string }
  | {
      readonly type: "SeedRevealed";
      readonly seedHash: string;
      readonly serverSeed: string;
      /** Draws of it by the house's own count. */
      readonly bets: number;
      /** When that is counted once more. Absent from journals of before, which had no such deadline. */
      readonly countAt?: Millis;
    }
  /**
   * The house drew more from a revealed seed than it told of, at its end, for no bet of the fleet. `drawn` by its own
   * count, `told`: one more than the last draw it told of, `untold` less what an open bet may have drawn. Told again
   * with more where a bet that was open at the reveal came to nothing.
   */
  | {
      readonly type: "SeedDrawsUntold";
      readonly seedHash: string;
      readonly drawn: number;
      readonly told: number;
      readonly untold: number;
    };

export type EscrowEvent =
  | (OfAgent &
      WithEffect & {
        readonly type: "EscrowRequested";
        readonly escrow: Id;
        readonly role: "pay" | "earn";
        readonly counterparty: Id;
        readonly amount: Micro;
        readonly description: string;
      })
  | (OfAgent & {
      readonly type: "EscrowFunded";
      readonly escrow: Id;
      /** When it falls back to the payer, in the venue's time. */
      readonly expiresAt: Millis;
    })
  | (OfAgent &
      WithEffect & {
        readonly type: "EscrowActRequested";
        readonly escrow: Id;
        readonly act: "DeliverEscrow" | "ReleaseEscrow" | "DisputeEscrow";
        readonly reason: string;
      })
  | (OfAgent & { readonly type: "EscrowDelivered"; readonly escrow: Id })
  | (OfAgent & {
      readonly type: "EscrowReleased";
      readonly escrow: Id;
      readonly received: Micro;
      readonly fee: Micro;
      readonly referral: Micro;
    })
  | (OfAgent & { readonly type: "EscrowRefunded"; readonly escrow: Id; readonly amount: Micro })
  | (OfAgent & { readonly type: "EscrowDisputed"; readonly escrow: Id; readonly reason: string })
  | (OfAgent & { readonly type: "EscrowFailed"; readonly escrow: Id; readonly reason: string })
  | (OfAgent & { readonly type: "EscrowActFailed"; readonly escrow: Id; readonly reason: string });

export type LoanEvent =
  | (OfAgent &
      WithEffect & {
        readonly type: "LoanRequested";
        readonly loan: Id;
        readonly asset: AssetId;
        readonly units: Units;
        readonly minRate: Ppm;
        readonly noticeMs: number;
        /** Value held against the delegation, in USDC. */
        readonly hold: Micro;
      })
  | (OfAgent & {
      readonly type: "LoanOpened";
      readonly loan: Id;
      readonly rate: Ppm;
      readonly collateral: Ppm;
    })
  | (OfAgent & {
      readonly type: "LoanCollateral";
      readonly loan: Id;
      readonly ratio: Ppm;
    })
  | (OfAgent & {
      readonly type: "LoanInterest";
      readonly loan: Id;
      readonly asset: AssetId;
      readonly units: Units;
    })
  | (OfAgent &
      WithEffect & {
        readonly type: "LoanRecallRequested";
        readonly loan: Id;
        readonly reason: string;
      })
  | (OfAgent & {
      readonly type: "LoanReturned";
      readonly loan: Id;
      readonly asset: AssetId;
      readonly principal: Units;
      readonly interest: Units;
      /** The borrower's collateral was sold, and this is what came of it. */
      readonly liquidated?: boolean;
    })
  | (OfAgent & { readonly type: "LoanFailed"; readonly loan: Id; readonly reason: string });
