/** decide(law, command): the events that follow, or one refusal. Pure; knows no clock, chance or network. */
import { unreachable } from "../core/assert.ts";
import type { Command, CommandOf } from "../protocol/turns.ts";
import type { Context, Decision } from "./admission.ts";
import { takeAnswer } from "./answers.ts";
import { checkBet, placeBet, rotateSeed } from "./bets.ts";
import { tick } from "./clock.ts";
import { configure } from "./configuring.ts";
import { contain } from "./containment.ts";
import { actOnDomain, registerDomain, searchDomains } from "./domains.ts";
import { endAgreement, receiveDue, recordDue, recordOutside, setAgreement } from "./dues.ts";
import { actOnEscrow, openEscrow } from "./escrows.ts";
import { cut, enrol, grant, raise, recall, renew, retire, revoke, setMode } from "./governance.ts";
import { deliverJob, endJob, postJob, takeJob } from "./jobs.ts";
import { openLoan, recallLoan } from "./loans.ts";
import { setMarks } from "./markets.ts";
import { cancelOrder, moveStop, placeOrder } from "./orders.ts";
import { payAgent } from "./payments.ts";
import { reallocateNow } from "./reallocating.ts";
import { registerReferrer } from "./referrers.ts";
import { takeReports } from "./reports.ts";
import { release, reserve } from "./reservations.ts";
import { settlePositions } from "./settlement.ts";
import { deposit, withdraw } from "./wallet.ts";

export function decide(ctx: Context, command: Command): Decision {
  switch (command.type) {
    case "Reserve":
      return reserve(ctx, command);
    case "Release":
      return release(ctx, command);
    case "PlaceOrder":
      return placeOrder(ctx, command);
    case "CancelOrder":
      return cancelOrder(ctx, command);
    case "MoveStop":
      return moveStop(ctx, command);
    case "PlaceBet":
      return placeBet(ctx, command);
    case "RotateSeed":
      return rotateSeed(ctx);
    case "CheckBet":
      return checkBet(ctx, command);
    case "OpenEscrow":
      return openEscrow(ctx, command);
    case "RegisterReferrer":
      return registerReferrer(ctx, command);
    case "DeliverEscrow":
    case "ReleaseEscrow":
    case "DisputeEscrow":
      return actOnEscrow(ctx, command);
    case "OpenLoan":
      return openLoan(ctx, command);
    case "RecallLoan":
      return recallLoan(ctx, command);
    case "SearchDomains":
      return searchDomains(ctx, command);
    case "RegisterDomain":
      return registerDomain(ctx, command);
    case "RenewDomain":
    case "ParkDomain":
    case "ListDomain":
      return actOnDomain(ctx, command);
    case "PostJob":
    case "TakeJob":
    case "DeliverJob":
    case "AcceptJob":
    case "RejectJob":
    case "CancelJob":
      return decideJob(ctx, command);
    case "PayAgent":
      return payAgent(ctx, command);
    case "RecordDue":
      return recordDue(ctx, command);
    case "Settle":
      return settlePositions(ctx, command);
    case "Renew":
      return renew(ctx);
    default:
      return decideGovernance(ctx, command);
  }
}

type JobCommand = "PostJob" | "TakeJob" | "DeliverJob" | "AcceptJob" | "RejectJob" | "CancelJob";

function decideJob(ctx: Context, command: CommandOf<JobCommand>): Decision {
  switch (command.type) {
    case "PostJob":
      return postJob(ctx, command);
    case "TakeJob":
      return takeJob(ctx, command);
    case "DeliverJob":
      return deliverJob(ctx, command);
    default:
      return endJob(ctx, command);
  }
}

type Governing = Exclude<
  Command,
  CommandOf<
    | "Reserve"
    | "Release"
    | "PlaceOrder"
    | "CancelOrder"
    | "MoveStop"
    | "PlaceBet"
    | "RotateSeed"
    | "CheckBet"
    | "OpenEscrow"
    | "RegisterReferrer"
    | "DeliverEscrow"
    | "ReleaseEscrow"
    | "DisputeEscrow"
    | "OpenLoan"
    | "RecallLoan"
    | "SearchDomains"
    | "RegisterDomain"
    | "RenewDomain"
    | "ParkDomain"
    | "ListDomain"
    | JobCommand
    | "PayAgent"
    | "RecordDue"
    | "Settle"
    | "Renew"
  >
>;

function decideGovernance(ctx: Context, command: Governing): Decision {
  switch (command.type) {
    case "Enrol":
      return enrol(ctx, command);
    case "Retire":
      return retire(ctx, command);
    case "Deposit":
      return deposit(ctx, command);
    case "Withdraw":
      return withdraw(ctx, command);
    case "Grant":
      return grant(ctx, command);
    case "Raise":
      return raise(ctx, command);
    case "Cut":
      return cut(ctx, command);
    case "Recall":
      return recall(ctx, command);
    case "Revoke":
      return revoke(ctx, command);
    case "SetMode":
      return setMode(ctx, command);
    case "SetAgreement":
      return setAgreement(ctx, command);
    case "EndAgreement":
      return endAgreement(ctx, command);
    case "RecordOutsideDue":
      return recordOutside(ctx, command);
    case "ReceiveDue":
      return receiveDue(ctx, command);
    case "Reallocate":
      return reallocateNow(ctx, command);
    case "Tick":
      return tick(ctx);
    case "SetMarks":
      return setMarks(ctx, command);
    case "TakeReports":
      return takeReports(ctx, command);
    case "TakeAnswer":
      return takeAnswer(ctx, command);
    case "Contain":
      return contain(ctx, command);
    case "Configure":
      return configure(ctx, command);
    case "Lead":
    case "CompareBooks":
    case "SetRegime":
      return recordInner(ctx, command);
    default:
      return unreachable(command);
  }
}

/** What the coordinator tells itself needs no judging, only recording when it says something new. */
function* recordInner(
  ctx: Context,
  command: CommandOf<"Lead" | "CompareBooks" | "SetRegime">,
): Decision {
  if (command.type === "SetRegime") {
    const { regime, alarm, reserve } = command.body;
    const { crisis } = ctx.law;
    const sized = reserve !== undefined && reserve !== crisis.sized;
    const changed = regime !== ctx.law.regime || alarm !== ctx.law.frozen || sized;
    if (changed) yield { type: "RegimeSet", ...command.body };
  } else if (command.type === "Lead") {
    yield { type: "LeaderElected", epoch: command.body.epoch, holder: command.body.holder };
  } else {
    const { through, differences } = command.body;
    // Books are compared at one report: a comparison as of another says nothing.
    if (through !== ctx.law.reportsThrough) return undefined;
    if (differences.length > 0 && ctx.law.booksAgree) {
      for (const difference of differences) yield { type: "BooksDiffer", ...difference };
    } else if (differences.length === 0 && !ctx.law.booksAgree) {
      yield { type: "BooksAgree", through };
    }
  }
  return undefined;
}
