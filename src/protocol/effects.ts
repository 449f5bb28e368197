/** What the fleet asks of the world. Each effect has a name for ever, which is its id at the venue. */
import type { AgentId, AssetId, Brand, Id, MarketId } from "../core/ids.ts";
import type { Micro, Price, Qty, Units } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import type { Side } from "./words.ts";

/** `seq.turn.index` of the event that asked for it: unique, and the same after every replay. */
export type EffectName = Brand<string, "EffectName">;

export const effectName = (seq: number, turn: number, index: number): EffectName =>
  `${seq}.${turn}.${index}` as EffectName;

export interface PlaceOrderEffect {
  readonly type: "PlaceOrder";
  readonly market: MarketId;
  readonly side: Side;
  readonly qty: Qty;
  /** Worst price taken; every order has one, a market order gets its collar. */
  readonly limit: Price;
  /** `ioc`: what does not fill at once is cancelled. `gtc`: rests. */
  readonly tif: "ioc" | "gtc";
}

/** A stop is a slot of one agent in one market; a higher version replaces a lower, qty 0 removes it. */
export interface SetStopEffect {
  readonly type: "SetStop";
  readonly slot: string;
  readonly version: number;
  readonly market: MarketId;
  readonly side: Side;
  readonly qty: Qty;
  readonly trigger: Price;
}

export interface PlaceBetEffect {
  readonly type: "PlaceBet";
  readonly bet: Id;
  readonly game: string;
  readonly stake: Micro;
  readonly params: Readonly<Record<string, string | number>>;
  readonly clientSeed: string;
}

export interface OpenEscrowEffect {
  readonly type: "OpenEscrow";
  readonly role: "pay" | "earn";
  readonly counterparty: Id;
  readonly amount: Micro;
  readonly timeoutMs: number;
  readonly description: string;
  readonly referrer?: Id;
  readonly referee?: Id;
}

/** Of the acting agent, once. `own`: the referrer is an agent of this account, else an outsider. */
export interface RegisterReferrerEffect {
  readonly type: "RegisterReferrer";
  readonly referrer: Id;
  readonly own: boolean;
}

/** `escrow` is the name of the effect that opened it. */
export interface EscrowActEffect {
  readonly type: "DeliverEscrow" | "ReleaseEscrow" | "DisputeEscrow";
  readonly escrow: EffectName;
}

export interface OpenLoanEffect {
  readonly type: "OpenLoan";
  readonly asset: AssetId;
  readonly amount: Units;
  readonly minRate: Ppm;
  readonly noticeMs: number;
}

/** Acts on a domain: `registration` is the name of the effect that registered it. */
export type DomainEffect =
  | { readonly type: "SearchDomains"; readonly query: string }
  /** Dearer than `maxCost`: rejected. */
  | { readonly type: "RegisterDomain"; readonly domain: Id; readonly maxCost: Micro }
  | { readonly type: "RenewDomain"; readonly registration: EffectName; readonly maxCost: Micro }
  | { readonly type: "ParkDomain"; readonly registration: EffectName }
  | { readonly type: "ListDomain"; readonly registration: EffectName; readonly asking: Micro };

export type Effect =
  | PlaceOrderEffect
  | SetStopEffect
  | PlaceBetEffect
  | OpenEscrowEffect
  | EscrowActEffect
  | RegisterReferrerEffect
  | OpenLoanEffect
  | DomainEffect
  | { readonly type: "CancelOrder"; readonly order: EffectName }
  | { readonly type: "RotateSeed" }
  | { readonly type: "RecallLoan"; readonly loan: EffectName }
  | { readonly type: "Deposit"; readonly asset: AssetId; readonly amount: Units }
  | {
      readonly type: "Withdraw";
      readonly asset: AssetId;
      readonly amount: Units;
      readonly to: Id;
    };

/** An effect that the journal holds: only the law makes one, and a venue takes nothing else. */
export interface Approved<E extends Effect = Effect> {
  readonly name: EffectName;
  readonly agent: AgentId;
  readonly effect: E;
}

/**
 * What a venue says to an effect. `rejected` is proof that nothing happened; `unknown` proves nothing:
 * the name is looked up before anything is sent again.
 */
export type EffectAnswer =
  | { readonly outcome: "accepted" }
  | { readonly outcome: "rejected"; readonly reason: string }
  | { readonly outcome: "unknown"; readonly reason: string };
