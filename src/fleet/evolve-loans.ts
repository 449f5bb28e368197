/** Folds loans: what is lent, what it earns, and what of it came back. */
import { loanMachine } from "../../machines/loan.ts";
import { step } from "../../machines/step.ts";
import { must, unreachable } from "../core/assert.ts";
import { type AgentId, type AssetId, USDC } from "../core/ids.ts";
import { micro, notional, qty, units } from "../core/money.ts";
import { ppm } from "../core/ppm.ts";
import { after, type Millis } from "../core/time.ts";
import type { EffectName } from "../protocol/effects.ts";
import type { LoanEvent } from "../protocol/events-obligations.ts";
import { schedule } from "./deadlines.ts";
import { ownAccount, resultAccount, transfer } from "./ledger.ts";
import { noteLent } from "./margin-cost.ts";
import type { Loan } from "./obligations.ts";
import { resultBooked } from "./results.ts";
import { type FleetState, keyOf } from "./state.ts";
import { addReserved, recount } from "./totals.ts";

/** A recall that the venue refused leaves the loan as it was; later it is seen whether it may stay. */
export function recallRefused(state: FleetState, name: EffectName, at: Millis): void {
  const ref = state.byName.get(name);
  const loan = ref?.kind === "loan" ? state.loans.get(ref.key) : undefined;
  if (ref === undefined || loan?.phase !== "recalling") return;
  moveLoan(loan, "REFUSE");
  const retryAt = after(at, state.policy?.closeRetryMs ?? 0);
  schedule(state.deadlines, { at: retryAt, kind: "loan", key: ref.key });
}

const holderOf = (state: FleetState, agent: AgentId) =>
  must(state.agents.get(agent), "who lends is enrolled");

/** The agent's result is kept in USDC: interest in another asset counts at its mark. */
function result(state: FleetState, agent: AgentId, asset: AssetId, amount: bigint): void {
  const holder = holderOf(state, agent);
  const worth = worthOf(state, asset, amount);
  holder.realized = micro(holder.realized + worth);
  if (asset !== USDC) holder.coins = micro(holder.coins + worth);
}

function moveLoan(loan: Loan, arrow: string): void {
  loan.phase = must(step(loanMachine, loan.phase, arrow), `a loan can ${arrow}`);
}

export function evolveLoan(state: FleetState, event: LoanEvent): void {
  const { agent } = event;
  const key = keyOf(agent, event.loan);
  if (event.type === "LoanRequested") {
    const { loan, asset, hold, noticeMs } = event;
    const { name } = event.effect;
    const fresh = {
      rate: ppm(0),
      collateral: ppm(0),
      phase: "requested",
      interest: units(0n),
    } as const;
    state.loans.set(key, {
      agent,
      loan,
      name,
      asset,
      units: event.units,
      hold,
      noticeMs,
      ...fresh,
    });
    state.byName.set(name, { kind: "loan", key });
    holderOf(state, agent).loans.add(loan);
    addReserved(state, agent, hold);
    transfer(state.ledger, ownAccount(asset, "wallet"), ownAccount(asset, "loans"), event.units);
    return recount(state);
  }
  const loan = must(state.loans.get(key), "a loan event names a loan");
  const wallet = ownAccount(loan.asset, "wallet");
  const lent = ownAccount(loan.asset, "loans");
  switch (event.type) {
    case "LoanOpened":
      moveLoan(loan, "OPEN");
      loan.rate = event.rate;
      if (loan.asset === USDC) noteLent(state, loan.units, loan.rate, 1n);
      loan.collateral = event.collateral;
      return;
    case "LoanCollateral":
      loan.collateral = event.ratio;
      return;
    case "LoanRecallRequested":
      return moveLoan(loan, "RECALL");
    case "LoanInterest":
      earn(state, loan, event.units);
      return resultBooked(state, agent);
    case "LoanReturned":
      moveLoan(loan, "RETURN");
      if (loan.asset === USDC) noteLent(state, loan.units, loan.rate, -1n);
      earn(state, loan, event.interest);
      transfer(state.ledger, lent, wallet, event.principal);
      lose(state, loan, lent, loan.units - event.principal);
      return endLoan(state, loan);
    case "LoanFailed":
      moveLoan(loan, "FAIL");
      transfer(state.ledger, lent, wallet, loan.units);
      return endLoan(state, loan);
    default:
      return unreachable(event);
  }
}

function earn(state: FleetState, loan: Loan, amount: bigint): void {
  const { agent, asset } = loan;
  const wallet = ownAccount(asset, "wallet");
  transfer(state.ledger, resultAccount(asset, "interest", agent), wallet, amount);
  loan.interest = units(loan.interest + amount);
  result(state, agent, asset, amount);
}

/** Principal that did not come back is a loss of the lender. */
function lose(state: FleetState, { agent, asset }: Loan, lent: string, missing: bigint): void {
  transfer(state.ledger, lent, resultAccount(asset, "interest", agent), missing);
  result(state, agent, asset, -missing);
}

function worthOf(state: FleetState, asset: AssetId, amount: bigint): bigint {
  if (asset === USDC) return amount;
  const market = state.assets.get(asset)?.market;
  const mark = market === undefined ? undefined : state.markets.get(market)?.mark;
  return mark === undefined ? 0n : notional(mark, qty(amount), "floor");
}

function endLoan(state: FleetState, loan: Loan): void {
  addReserved(state, loan.agent, -loan.hold);
  state.byName.delete(loan.name);
  state.loans.delete(keyOf(loan.agent, loan.loan));
  holderOf(state, loan.agent).loans.delete(loan.loan);
  resultBooked(state, loan.agent);
}
