/**
 * The borrow market: rates that follow demand, loans that earn by the hour and come back on recall.
 */
import { type AssetId, assetId, USDC } from "../../core/ids.ts";
import { mulDiv, units } from "../../core/money.ts";
import { ONE, type Ppm, ppm } from "../../core/ppm.ts";
import { DAY, HOUR, MINUTE, YEAR } from "../../core/time.ts";
import type { Approved, EffectName, OpenLoanEffect } from "../../protocol/effects.ts";
import { markOf } from "./marks.ts";
import type { Refusal } from "./orders.ts";
import { uniform } from "./random.ts";
import { spendable } from "./transfers.ts";
import { flow, type Loan, lock, report, unlock, type World } from "./world.ts";

/** Yearly rates in ppm: at no use, added up to the kink, added from the kink to full use. */
interface Curve {
  readonly base: number;
  readonly toKink: number;
  readonly pastKink: number;
  /** What a borrower posts, of the loan's value. */
  readonly collateral: Ppm;
}

const STABLE: Curve = {
  base: 10_000,
  toKink: 80_000,
  pastKink: 400_000,
  collateral: ppm(1_100_000),
};
const MAJOR: Curve = { base: 2_000, toKink: 20_000, pastKink: 200_000, collateral: ppm(1_100_000) };
const MINOR: Curve = { base: 5_000, toKink: 40_000, pastKink: 300_000, collateral: ppm(1_150_000) };
const CURVES: Readonly<Record<string, Curve>> = { USDC: STABLE, BTC: MAJOR, ETH: MAJOR };
/** What all its shorts add to the demand for a coin: so many times what it has fallen in a day. */
const SHORTS = 3;
/** The contract looks at a borrower's collateral this often, and calls below this. */
const WATCH = 10 * MINUTE;
const CALLED_BELOW = ppm(1_050_000);
/** A borrower who is called tops up; the others are sold out. */
const TOPS_UP = 0.85;
const KINK = 0.8;
const NOTICE_MAX = 30 * DAY;

const BTC = assetId("BTC");

const curveOf = (asset: AssetId): Curve => CURVES[asset] ?? MINOR;

/** Chance on a line between draws that stand `step` ms apart. */
function wave(seed: number, asset: AssetId, step: number, at: number): number {
  const before = Math.floor(at / step);
  const part = (at - before * step) / step;
  const a = uniform(seed, "demand", asset, step, before);
  const b = uniform(seed, "demand", asset, step, before + 1);
  return a + (b - a) * part;
}

/**
 * What a lender is paid for an asset at a time, per year. Demand is a slow wave (a day) and a fast
 * one (an hour) added three to two; use runs from 35 % to 98 %, and the rate is the kinked line
 * over it.
 *
 * @param fallen what the asset has fallen in a day, 0.1 is a tenth: who sells short borrows it.
 */
export function marketRate(seed: number, asset: AssetId, at: number, fallen = 0): Ppm {
  const { base, toKink, pastKink } = curveOf(asset);
  const calm = 0.6 * wave(seed, asset, DAY, at) + 0.4 * wave(seed, asset, HOUR, at);
  const use = 0.35 + 0.63 * Math.min(1, calm + SHORTS * fallen);
  const low = toKink * Math.min(1, use / KINK);
  const high = pastKink * Math.max(0, (use - KINK) / (1 - KINK));
  return ppm(Math.floor(base + low + high));
}

const marketOf = ({ rules }: World, asset: AssetId) =>
  [...rules.markets.values()].find(({ base }) => base === asset);

/** What an asset has fallen within the last day, on the tape. USDC does not fall. */
function fallenIn(world: World, asset: AssetId): number {
  const market = marketOf(world, asset);
  if (market === undefined) return 0;
  const { at } = world.state;
  const [now, before] = [market.path.at(at), market.path.at(at - DAY)];
  return Math.max(0, 1 - Number(now) / Number(before));
}

/** The rate that is paid now, with what short sellers make of the last day's fall. */
export const rateNow = (world: World, asset: AssetId): Ppm =>
  marketRate(world.rules.chance, asset, world.state.at, fallenIn(world, asset));

/** Coins are borrowed against USDC, USDC against BTC: the price that moves a loan's collateral. */
const watched = (world: World, asset: AssetId) => marketOf(world, asset === USDC ? BTC : asset);

/** Collateral of a loan over its value now, by the price that moves it. Rounding: down. */
function ratioOf(world: World, { asset, backing }: Loan): Ppm | undefined {
  const market = watched(world, asset);
  if (backing === undefined || market === undefined) return undefined;
  const now = markOf(world.state, market);
  const [over, under] = asset === USDC ? [now, backing.price] : [backing.price, now];
  return ppm(Number(mulDiv(BigInt(backing.ratio), over, under, "floor")));
}

/**
 * The contract's look at the borrower's collateral. Below the call the borrower tops up; who does not
 * is sold out, and the lender has the proceeds: all of the principal, or what the collateral is worth.
 */
function watch(world: World, loan: Loan, at: number): void {
  const { backing, name } = loan;
  const market = watched(world, loan.asset);
  const ratio = ratioOf(world, loan);
  if (backing === undefined || market === undefined || ratio === undefined) return;
  backing.nextAt += WATCH;
  if (ratio >= CALLED_BELOW) return;
  report(world, { type: "loanCollateral", loan: name, ratio });
  if (uniform(world.rules.chance, "tops up", name, at) >= TOPS_UP)
    return soldOut(world, loan, ratio);
  backing.price = markOf(world.state, market);
  report(world, { type: "loanCollateral", loan: name, ratio: backing.ratio });
}

/** Proceeds over the principal are the borrower's. Rounding: down. */
function soldOut(world: World, loan: Loan, ratio: Ppm): void {
  const { state } = world;
  const { name, asset } = loan;
  const whole = ratio >= ONE;
  const principal = whole
    ? loan.principal
    : units(mulDiv(loan.principal, BigInt(ratio), BigInt(ONE), "floor"));
  const interest = whole ? units(earned(loan, state.at)) : units(0n);
  state.loans.delete(name);
  unlock(state, asset, loan.principal);
  flow(state, asset, "interest", principal - loan.principal + interest);
  report(world, { type: "loanReturned", loan: name, principal, interest, liquidated: true });
}

/** Lends at the market's rate of the moment, which holds for the loan's life. */
export function openLoan(world: World, { name, effect }: Approved<OpenLoanEffect>): Refusal {
  const { state, rules } = world;
  const { asset, amount, minRate, noticeMs } = effect;
  if (!rules.assets.has(asset)) return "unknown asset";
  if (amount <= 0n) return "amount is not above zero";
  if (noticeMs < 0 || noticeMs > NOTICE_MAX) return "a notice is at most 30 days";
  const rate = rateNow(world, asset);
  if (rate < minRate) return `the market pays ${rate} ppm, below the asked ${minRate} ppm`;
  if (amount > spendable(world, asset)) return "insufficient balance";
  lock(state, asset, amount);
  const times = { paidAt: state.at, nextAt: state.at + HOUR, returnAt: undefined };
  const { collateral } = curveOf(asset);
  const market = watched(world, asset);
  const price = market === undefined ? undefined : markOf(state, market);
  const posted =
    price === undefined ? {} : { backing: { price, ratio: collateral, nextAt: state.at + WATCH } };
  const basics = { name, asset, principal: amount, rate, noticeMs, carried: 0n };
  state.loans.set(name, { ...basics, ...times, ...posted });
  report(world, { type: "loanOpened", loan: name, rate, collateral });
  return undefined;
}

export function recallLoan(world: World, name: EffectName): Refusal {
  const loan = world.state.loans.get(name);
  if (loan === undefined) {
    return world.state.answers.has(name) ? "the loan is returned" : "unknown loan";
  }
  if (loan.returnAt !== undefined) return "the loan is recalled already";
  loan.returnAt = world.state.at + loan.noticeMs;
  return undefined;
}

/**
 * Interest from the last payment to a time: principal x rate x elapsed / year, simple, ACT/365.
 * Rounding: down; what is rounded off is carried to the next payment, so that nothing is lost over
 * time.
 */
function earned(loan: Loan, until: number): bigint {
  const whole = 1_000_000n * BigInt(YEAR);
  const sum = loan.carried + loan.principal * BigInt(loan.rate) * BigInt(until - loan.paidAt);
  loan.carried = sum % whole;
  loan.paidAt = until;
  return sum / whole;
}

function payInterest(world: World, loan: Loan): void {
  const amount = earned(loan, loan.nextAt);
  loan.nextAt += HOUR;
  if (amount === 0n) return;
  flow(world.state, loan.asset, "interest", amount);
  report(world, { type: "loanInterest", loan: loan.name, amount: units(amount) });
}

function giveBack(world: World, loan: Loan, at: number): void {
  const { state } = world;
  const interest = earned(loan, at);
  state.loans.delete(loan.name);
  unlock(state, loan.asset, loan.principal);
  flow(state, loan.asset, "interest", interest);
  const { name, principal } = loan;
  report(world, { type: "loanReturned", loan: name, principal, interest: units(interest) });
}

/** Pays each full hour's interest, and returns what was recalled with the interest since. */
export function stepLoans(world: World): void {
  const { at, loans } = world.state;
  for (const loan of [...loans.values()]) {
    const end = loan.returnAt;
    while (loan.nextAt <= at && (end === undefined || loan.nextAt <= end)) payInterest(world, loan);
    if (end !== undefined && end <= at) giveBack(world, loan, end);
    else if (loan.backing !== undefined && loan.backing.nextAt <= at) watch(world, loan, at);
  }
}
