/** Loans that the fleet gives: at most a share of a holding, held against the lender's delegation. */
import { loanMachine } from "../../machines/loan.ts";
import { step } from "../../machines/step.ts";
import type { AssetId } from "../core/ids.ts";
import { USDC } from "../core/ids.ts";
import {
  formatUnits,
  type Micro,
  max,
  micro,
  min,
  mulDiv,
  type Units,
  units,
  ZERO,
} from "../core/money.ts";
import { assetAmount } from "../protocol/fields.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import type { VenueReport } from "../protocol/reports.ts";
import type { CommandOf } from "../protocol/turns.ts";
import { type Consequence, type Context, callerOf, type Decision, isRefusal } from "./admission.ts";
import { atMost } from "./checks.ts";
import { loanRecall } from "./closing.ts";
import { floorDue } from "./floors.ts";
import { balance, ownAccount, ownedOf, walletOf } from "./ledger.ts";
import { opening } from "./openings.ts";
import { freshMark } from "./pricing.ts";
import { backFor } from "./refused.ts";
import { keyOf, type Law } from "./state.ts";
import { collateralValue } from "./totals.ts";

/** The most of a holding that may still be lent: its bound, less what is lent, within the wallet. */
function lendable(law: Law, asset: AssetId): Units {
  const part = BigInt(law.assets.get(asset)?.lendShare ?? law.policy?.lendShare ?? 0);
  const lent = balance(law.ledger, ownAccount(asset, "loans"));
  const most = mulDiv(ownedOf(law.ledger, asset), part, 1_000_000n, "floor") - lent;
  const wallet = walletOf(law.ledger, asset);
  return units(max(0n, min(most, wallet)));
}

export function* openLoan(ctx: Context, { body }: CommandOf<"OpenLoan">): Decision {
  const opened = yield* opening(ctx, {
    service: "lending",
    kind: "loans",
    named: body.loan,
    reservation: body.reservation,
    binds: () => boundBy(ctx, body),
  });
  if (isRefusal(opened)) return opened;
  const { agent, bound } = opened;
  const { units, hold } = bound;
  const { loan, asset, minRate, noticeMs } = body;
  yield {
    type: "LoanRequested",
    agent: agent.agent,
    loan,
    asset,
    units,
    minRate,
    noticeMs,
    hold,
    effect: {
      name: ctx.name(),
      agent: agent.agent,
      effect: { type: "OpenLoan", asset, amount: units, minRate, noticeMs },
    },
  };
  return undefined;
}

/** Value of the loan as collateral: what lending it takes away from what the fleet can count on. */
function boundBy(
  ctx: Context,
  { asset, amount }: { readonly asset: AssetId; readonly amount: string },
): { units: Units; hold: Micro; cash: Micro } | Rejection {
  const { law } = ctx;
  const policy = law.assets.get(asset);
  if (policy === undefined && asset !== USDC) return refuse("unknown_asset", asset);
  const asked = assetAmount(asset, amount);
  if (asked === undefined) return refuse("bad_field", `amount ${amount}`);
  const value = policy === undefined ? micro(asked) : collateralValue(law, policy, asked);
  if (value <= 0n) return refuse("stale_mark", `${asset} has no value without a mark`);
  const mark = policy?.market === undefined ? undefined : freshMark(ctx.law, policy.market, ctx.at);
  if (mark !== undefined && isRefusal(mark)) return mark;
  const most = lendable(law, asset);
  // What may be lent lies in the wallet: nothing more is asked of its cash.
  const over = atMost(ctx.told, "lendShare", "units", [asked, most], () =>
    refuse("lend_share_exceeded", `asked ${amount}, allowed ${formatUnits(most, asset)}`),
  );
  return over ?? { units: asked, hold: value, cash: ZERO };
}

export function* recallLoan(ctx: Context, { body }: CommandOf<"RecallLoan">): Decision {
  const agent = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  const loan = ctx.law.loans.get(keyOf(agent.agent, body.loan));
  if (loan === undefined) return refuse("unknown_loan", body.loan);
  if (step(loanMachine, loan.phase, "RECALL") === undefined)
    return refuse("illegal_phase", loan.phase);
  yield loanRecall(ctx, loan, "agent");
  return undefined;
}

type Reported = Extract<VenueReport, { type: `loan${string}` }>;

const ARROWS = {
  loanOpened: "OPEN",
  loanCollateral: undefined,
  loanInterest: undefined,
  loanReturned: "RETURN",
} as const;

export function* loanReported(ctx: Context, report: Reported): Consequence {
  const ref = ctx.law.byName.get(report.loan);
  const loan = ref?.kind === "loan" ? ctx.law.loans.get(ref.key) : undefined;
  const arrow = ARROWS[report.type];
  const legal = arrow === undefined || (loan !== undefined && step(loanMachine, loan.phase, arrow));
  if (loan === undefined || legal === undefined) {
    const reason = loan === undefined ? "no open loan" : `it is ${loan.phase}`;
    yield { type: "ReportUnmatched", report: `${report.type} ${report.loan}`, reason };
    return;
  }
  const { agent, asset } = loan;
  if (report.type === "loanOpened") {
    const { rate, collateral } = report;
    yield { type: "LoanOpened", agent, loan: loan.loan, rate, collateral };
    // It could not be asked back before there was one.
    const reason = backFor(ctx, agent);
    if (reason !== undefined) yield loanRecall(ctx, loan, reason);
  } else if (report.type === "loanInterest") {
    yield { type: "LoanInterest", agent, loan: loan.loan, asset, units: report.amount };
  } else if (report.type === "loanCollateral") {
    yield { type: "LoanCollateral", agent, loan: loan.loan, ratio: report.ratio };
  } else {
    const { principal, interest, liquidated } = report;
    const facts = { agent, loan: loan.loan, asset, principal, interest };
    yield { type: "LoanReturned", ...facts, ...(liquidated === true ? { liquidated } : {}) };
    yield* floorDue(ctx, agent);
  }
}
