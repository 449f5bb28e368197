/** Payments between agents of the fleet: from one result to the other, in the ledger alone and at no fee. */
import { formatMicro } from "../core/money.ts";
import { refuse } from "../protocol/rejections.ts";
import type { CommandOf } from "../protocol/turns.ts";
import {
  availableOf,
  type Context,
  callerOf,
  type Decision,
  isRefusal,
  modeOf,
  ownCallFault,
} from "./admission.ts";
import { atMost, gate } from "./checks.ts";
import { floorDue } from "./floors.ts";

/** Nothing leaves the wallet, so neither cover nor zone can stop it; what the payer has left does, and its own call. */
export function* payAgent(ctx: Context, { body }: CommandOf<"PayAgent">): Decision {
  const payer = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(payer)) return payer;
  const payee = callerOf(ctx.law, body.to);
  if (isRefusal(payee)) return payee;
  if (payer.agent === payee.agent) return refuse("bad_field", "to: an agent does not pay itself");
  const { delegation } = payer;
  if (delegation === undefined || delegation.phase === "ended") return refuse("no_delegation");
  const mode = modeOf(ctx.law, payer);
  const held = mode === "reduce" ? "reduce_only" : "halted";
  const available = availableOf(payer);
  const fault =
    gate(ctx.told, "mode", mode, mode === "run" ? undefined : refuse(held, `mode is ${mode}`)) ??
    ownCallFault(ctx, payer.agent) ??
    atMost(ctx.told, "margin", "USDC", [body.amount, available], () => {
      const numbers = [body.amount, available].map(formatMicro);
      return refuse("cap_exceeded", `asked ${numbers[0]}, allowed ${numbers[1]}`);
    });
  if (fault !== undefined) return fault;
  const { to, amount, note = "" } = body;
  yield { type: "InternalPaid", agent: payer.agent, to, amount, note };
  // What was paid away is a loss of the payer's delegation like any other.
  yield* floorDue(ctx, payer.agent);
  return undefined;
}
