/** The fleet's truth in memory: the fold of its journal. Only `evolve` writes it. */
import type { AgentId, AssetId, FleetId, Id, MarketId } from "../core/ids.ts";
import { type Micro, type Price, type Qty, ZERO } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import { type Millis, millis } from "../core/time.ts";
import type { Approved, EffectName } from "../protocol/effects.ts";
import type { AssetPolicy, Policy } from "../protocol/policy.ts";
import type { Answer } from "../protocol/turns.ts";
import type { Mode, OrderPhase, PositionPhase, Regime, Side, Zone } from "../protocol/words.ts";
import type { Agent } from "./agent-state.ts";
import type { SeedDraws } from "./betting-state.ts";
import { type CrisisState, emptyCrisis } from "./crisis-state.ts";
import type { Deadline } from "./deadlines.ts";
import { type DuesState, emptyDues } from "./dues-state.ts";
import type { Market } from "./market-state.ts";
import type { Bet, Domain, Escrow, Job, Loan, Reservation, Search } from "./obligations.ts";
import { emptyPast, type MarkTime, type PastState } from "./past-state.ts";
import { emptyReferrals, type Referrals } from "./referrals-state.ts";
import { nothingUnderway, type UnderwayState } from "./underway-state.ts";
import { emptyVenue, type VenueState } from "./venue-state.ts";

export interface Order {
  readonly agent: AgentId;
  readonly order: Id;
  readonly name: EffectName;
  readonly market: MarketId;
  readonly side: Side;
  readonly qty: Qty;
  readonly opening: Qty;
  readonly leverage: Ppm;
  readonly stop: Price;
  readonly cause: string;
  /** The mark that it was priced by; the span of the pace that it counts in, undefined for what no plan paced. */
  readonly mark: Price;
  readonly span: Millis | undefined;
  phase: OrderPhase;
  /** What is left of the margin held. */
  hold: Micro;
  filled: Qty;
  /** The part of `opening` that has filled. */
  opened: Qty;
  cancelling: boolean;
  /** The venue has refused to cancel it: asked again it may again. */
  uncancelled: boolean;
}

export interface Position {
  readonly agent: AgentId;
  readonly market: MarketId;
  phase: PositionPhase;
  qty: Qty;
  /** Signed sum of the notionals of what is open: what it cost. */
  cost: Micro;
  margin: Micro;
  /** Its market's marks added up over time, and when: what it was until then is counted as its agent's. */
  counted: MarkTime;
  unrealized: Micro;
  /** At the mark. Zero when flat. */
  maintenance: Micro;
  /** Its agent was told of the soft stop. */
  warned: boolean;
  stopPrice: Price;
  /** The last version asked for, and the last the venue confirmed. */
  stopVersion: number;
  stopConfirmed: number;
  stopQty: Qty;
  stopSide: Side;
  /** While unprotected: until when that may last. Zero before it is known. */
  protectBy: Millis;
  /** Funding received (negative: paid) on what is open, in proportion to what is left of it. */
  funding: Micro;
  /** Its agent consents to close so much of it against another's, at the mark. */
  offer: { qty: Qty; readonly with: AgentId | undefined; readonly expiresAt: Millis } | undefined;
  /** While closing: the order that closes it, and when to try again. */
  closing: { reason: string; order: Id | undefined; retryAt: Millis } | undefined;
}

/** An effect without a proven answer. */
export interface Outstanding {
  readonly approved: Approved;
  readonly askedAt: Millis;
  unresolved: boolean;
}

/** What a search stands for is its agent. */
type Named = "order" | "bet" | "escrow" | "loan" | "domain" | "search";

/** What a mode is set for: one agent, one venue, or all. */
export interface KillScope {
  readonly agent: AgentId;
  readonly venue?: Id;
}

export const killKey = ({ agent, venue }: KillScope): string =>
  venue === undefined ? agent : `@${venue}`;

export interface Kill extends KillScope {
  mode: Mode;
  readonly epoch: number;
  readonly reason: string;
  /** Flattened, and told that nothing is left. */
  flat: boolean;
}

export interface FleetState {
  readonly fleet: FleetId;
  /** Journal message and time of the last turn folded. */
  seq: number;
  at: Millis;
  epoch: number;
  leader: string;
  policy: Policy | undefined;
  policyHash: string;
  readonly assets: Map<AssetId, AssetPolicy>;
  /** Haircuts of the rules that wait for their time. */
  readonly looser: Map<AssetId, { readonly haircut: Ppm; readonly effectiveAt: Millis }>;
  /** Rules that wait to be looser, by name: as text, what they will be. */
  readonly waiting: Map<string, { readonly to: string; readonly effectiveAt: Millis }>;
  /** `<asset>/<account>` to smallest units; each asset sums to zero. */
  readonly ledger: Map<string, bigint>;
  readonly agents: Map<AgentId, Agent>;
  readonly markets: Map<MarketId, Market>;
  readonly reservations: Map<string, Reservation>;
  readonly orders: Map<string, Order>;
  readonly underway: UnderwayState;
  readonly positions: Map<string, Position>;
  readonly bets: Map<string, Bet>;
  readonly escrows: Map<string, Escrow>;
  readonly loans: Map<string, Loan>;
  readonly domains: Map<string, Domain>;
  readonly jobs: Map<string, Job>;
  /** Keys of the hedges that are delivered and not yet over, in that order. */
  readonly standing: Set<string>;
  /** The last search for domains of each agent. */
  readonly searches: Map<AgentId, Search>;
  /** What an effect's name stands for: how reports find their obligation. */
  readonly byName: Map<EffectName, { kind: Named; key: string }>;
  readonly outbox: Map<EffectName, Outstanding>;
  /** A binary heap by (at, kind, key). */
  readonly deadlines: Deadline[];
  /** Agents whose delegation is recalled or revoked and not yet ended. */
  readonly ending: Set<AgentId>;
  readonly answers: Map<string, { exp: Millis; print: number; answer: Answer }>;
  /** Ids in the order they came, from `answersHead` on: what to forget next. */
  readonly answerOrder: string[];
  answersHead: number;
  mode: Mode;
  haltEpoch: number;
  /** Scopes that are not in run mode, by `killKey`. */
  readonly kills: Map<string, Kill>;
  zone: Zone;
  covered: boolean;
  booksAgree: boolean;
  /** Less of the collateral is stablecoins than the rules ask for, as it was told. */
  stableLow: boolean;
  /** The market's weather, and whether delegations may not grow for it. */
  regime: Regime;
  frozen: boolean;
  /** Totals kept as they change. */
  reserved: Micro;
  committed: Micro;
  unrealized: Micro;
  maintenance: Micro;
  collateral: Micro;
  readonly referral: Referrals;
  readonly crisis: CrisisState;
  /** Agreements and debts with outsiders. */
  readonly dues: DuesState;
  readonly venue: VenueState;
  readonly past: PastState;
  /** The last venue report that was taken. */
  reportsThrough: number;
  seedHash: string;
  readonly revealed: { seedHash: string; serverSeed: string }[];
  /** By commitment, the ended bets that the law has not proven yet, and the draws that are used. */
  readonly toProve: Map<string, SeedDraws>;
  /** Agents held for a bet of which the law has proven that the house lied, the first first. */
  readonly liedTo: Set<AgentId>;
  /** Events by type since the beginning. */
  readonly counts: Map<string, number>;
  turns: number;
  rejections: number;
}

export function emptyState(fleet: FleetId): FleetState {
  return {
    fleet,
    ...{ seq: 0, at: millis(0), epoch: 0 },
    leader: "",
    policy: undefined,
    policyHash: "",
    assets: new Map(),
    looser: new Map(),
    waiting: new Map(),
    ledger: new Map(),
    agents: new Map(),
    markets: new Map(),
    reservations: new Map(),
    ...{ orders: new Map(), underway: nothingUnderway() },
    positions: new Map(),
    ...{ bets: new Map(), escrows: new Map(), loans: new Map(), domains: new Map() },
    jobs: new Map(),
    standing: new Set(),
    searches: new Map(),
    byName: new Map(),
    outbox: new Map(),
    deadlines: [],
    ending: new Set(),
    answers: new Map(),
    answerOrder: [],
    answersHead: 0,
    mode: "run",
    haltEpoch: 0,
    kills: new Map(),
    zone: "green",
    covered: true,
    booksAgree: true,
    stableLow: false,
    regime: "normal",
    frozen: false,
    ...{ reserved: ZERO, committed: ZERO, unrealized: ZERO, maintenance: ZERO, collateral: ZERO },
    referral: emptyReferrals(),
    ...{ crisis: emptyCrisis(), dues: emptyDues(), venue: emptyVenue(), past: emptyPast() },
    ...{ reportsThrough: 0, seedHash: "", revealed: [], toProve: new Map() },
    liedTo: new Set(),
    counts: new Map(),
    ...{ turns: 0, rejections: 0 },
  };
}

/** The key of what an agent named: two agents may choose the same id. */
export const keyOf = (agent: AgentId, named: Id | MarketId): string => `${agent}/${named}`;

/** A state that nobody but `evolve` may write to. */
export type Fixed<T> = T extends (infer U)[]
  ? readonly Fixed<U>[]
  : T extends Map<infer K, infer V>
    ? ReadonlyMap<K, Fixed<V>>
    : T extends Set<infer U>
      ? ReadonlySet<U>
      : T extends bigint | number | string | boolean | undefined | ((...a: never[]) => unknown)
        ? T
        : { readonly [K in keyof T]: Fixed<T[K]> };

export type Law = Fixed<FleetState>;
