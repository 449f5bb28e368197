/**
 * The paper platform as a function of its seed, its tape, and the row of (market time, request).
 */
import { assert, unreachable } from "../../core/assert.ts";
import { type AssetId, assetId, USDC } from "../../core/ids.ts";
import type { Approved, EffectName } from "../../protocol/effects.ts";
import type { VenueReport } from "../../protocol/reports.ts";
import { PATH_STEP, pathOf } from "./bridge.ts";
import { commitSeed, placeBet, rotateSeed, stepBets } from "./casino.ts";
import { openHouse } from "./crowd.ts";
import { domainDue, stepDomains, takeDomainEffect } from "./domains.ts";
import { actOnEscrow, openEscrow, registerReferrer, stepEscrows } from "./escrow.ts";
import { nextFunding, stepFunding } from "./funding.ts";
import { HOUSE } from "./house.ts";
import type { HouseParams } from "./house-state.ts";
import { openLoan, recallLoan, stepLoans } from "./lending.ts";
import { stepHouse } from "./liquidation.ts";
import { cancelOrder, placeOrder, type Refusal, stepOrders } from "./orders.ts";
import { EXECUTION, type ExecutionParams, paramsOf, WALLET, type WalletParams } from "./params.ts";
import { seedOf } from "./random.ts";
import { setStop, stepStops } from "./stops.ts";
import type { Tape } from "./tape.ts";
import { deposit, openFaucet, stepTransfers, withdraw } from "./transfers.ts";
import {
  emptyState,
  FLOWS,
  type Market,
  type Rules,
  type Settled,
  type State,
  type World,
} from "./world.ts";

export interface EngineOptions {
  readonly seed: string;
  readonly tape: Tape;
  /** Market time of the beginning; the tape's start when absent. */
  readonly startAt?: number;
  readonly execution?: Partial<ExecutionParams>;
  readonly wallet?: Partial<WalletParams>;
  /** A crowd with an insurance fund; none when absent: nobody is liquidated. */
  readonly house?: Partial<HouseParams>;
  /** The casino lies about every so many-th of its seeds: a fault for tests. Absent: about none. */
  readonly liesEvery?: number;
}

const EXTRA_ASSETS: readonly AssetId[] = [USDC, assetId("SOL")];

function rulesOf(options: EngineOptions): Rules {
  const chance = seedOf(options.seed);
  const markets = new Map(
    options.tape.markets.map((facts): [Market["market"], Market] => [
      facts.market,
      {
        ...paramsOf(facts),
        path: pathOf(facts, chance),
        rates: new Map(facts.funding.map((paid) => [paid.at, paid.rateNano])),
      },
    ]),
  );
  return {
    seed: options.seed,
    chance,
    markets,
    assets: new Set([...EXTRA_ASSETS, ...options.tape.markets.map((m) => m.base)]),
    execution: { ...EXECUTION, ...options.execution },
    wallet: { ...WALLET, ...options.wallet },
    house: options.house === undefined ? undefined : { ...HOUSE, ...options.house },
    liesEvery: options.liesEvery,
  };
}

/** A new platform at its beginning: the first seed is committed, the faucet has given. */
export function newWorld(options: EngineOptions): World {
  const start = options.startAt ?? options.tape.start;
  assert(Number.isSafeInteger(start) && start >= 0, "a start is whole milliseconds");
  const world: World = { rules: rulesOf(options), state: emptyState(start), fresh: [] };
  const { house } = world.rules;
  if (house !== undefined) world.state.house = openHouse(world.rules, house, start);
  commitSeed(world);
  openFaucet(world);
  return world;
}

/** A platform that goes on from a state that was kept, also by one that knew fewer services. */
export function resumedWorld(options: EngineOptions, kept: State): World {
  const state = { ...emptyState(kept.at), ...kept };
  for (const { flows } of state.accounts.values()) {
    for (const flow of FLOWS) flows[flow] ??= 0n;
  }
  return { rules: rulesOf(options), state, fresh: [] };
}

const gridUp = (time: number): number => Math.ceil(time / PATH_STEP) * PATH_STEP;

/** When something next falls due. Resting orders and stops watch every step of the path. */
function nextDue(world: World): number {
  const { state } = world;
  if (state.stops.size > 0) return state.at;
  let due = Math.min(nextFunding(world), state.house?.nextAt ?? Number.POSITIVE_INFINITY);
  for (const order of state.orders.values()) due = Math.min(due, order.activeAt);
  for (const transfer of state.transfers.values()) due = Math.min(due, transfer.doneAt);
  for (const bet of state.casino.bets.values()) due = Math.min(due, bet.settleAt);
  for (const { actAt, expiresAt } of state.escrows.values()) {
    due = Math.min(due, actAt ?? due, expiresAt ?? due);
  }
  for (const { nextAt, returnAt, backing } of state.loans.values()) {
    due = Math.min(due, nextAt, returnAt ?? due, backing?.nextAt ?? due);
  }
  for (const domain of state.domains.values()) due = Math.min(due, domainDue(domain));
  return due;
}

/**
 * Carries market time forward to `to`, step by step on the grid of the path. How a stretch of time
 * is cut into calls changes nothing: all that happens, happens at a step. An earlier time than the
 * state's is a bug of the caller.
 */
export function advance(world: World, to: number): void {
  const { state } = world;
  assert(Number.isSafeInteger(to) && to >= state.at, "market time does not go back");
  for (;;) {
    const following = gridUp(state.at + 1);
    const next = Math.max(following, gridUp(nextDue(world)));
    if (next > to) break;
    state.at = next;
    stepFunding(world);
    stepTransfers(world);
    stepOrders(world);
    stepStops(world);
    stepHouse(world);
    stepBets(world);
    stepEscrows(world);
    stepLoans(world);
    stepDomains(world);
  }
  state.at = to;
}

function carryOut(world: World, { name, agent, effect }: Approved): Refusal {
  switch (effect.type) {
    case "PlaceOrder":
      return placeOrder(world, { name, agent, effect });
    case "CancelOrder":
      return cancelOrder(world, effect.order);
    case "SetStop":
      return setStop(world, { name, agent, effect });
    case "Deposit":
      return deposit(world, { name, agent, effect });
    case "Withdraw":
      return withdraw(world, { name, agent, effect });
    case "PlaceBet":
      return placeBet(world, { name, agent, effect });
    case "RotateSeed":
      return rotateSeed(world);
    case "OpenEscrow":
      return openEscrow(world, { name, agent, effect });
    case "RegisterReferrer":
      return registerReferrer(world, { name, agent, effect });
    case "DeliverEscrow":
    case "ReleaseEscrow":
    case "DisputeEscrow":
      return actOnEscrow(world, effect);
    case "OpenLoan":
      return openLoan(world, { name, agent, effect });
    case "RecallLoan":
      return recallLoan(world, effect.loan);
    case "SearchDomains":
    case "RegisterDomain":
    case "RenewDomain":
    case "ParkDomain":
    case "ListDomain":
      return takeDomainEffect(world, { name, agent, effect });
    default:
      return unreachable(effect);
  }
}

/**
 * Takes a request at the state's time: once by its name, for ever. A name that was answered is
 * answered the same again and nothing happens. `refuse` rejects it whatever it says: a fault for
 * tests.
 */
export function request(world: World, approved: Approved, refuse?: string): Settled {
  const { answers } = world.state;
  const known = answers.get(approved.name);
  if (known !== undefined) return known;
  const refusal = refuse ?? carryOut(world, approved);
  const answer: Settled =
    refusal === undefined ? { outcome: "accepted" } : { outcome: "rejected", reason: refusal };
  answers.set(approved.name, answer);
  return answer;
}

/** What was answered to a name, or nothing when it never came. */
export const answerTo = (world: World, name: EffectName): Settled | undefined =>
  world.state.answers.get(name);

/** The reports made since the last call. */
export function takeReports(world: World): readonly VenueReport[] {
  return world.fresh.splice(0);
}
