/** Money in and out of the master wallet. */
import { USDC } from "../core/ids.ts";
import { formatMicro, formatUnits, micro, type Units } from "../core/money.ts";
import { assetAmount } from "../protocol/fields.ts";
import { refuse } from "../protocol/rejections.ts";
import type { VenueReport } from "../protocol/reports.ts";
import type { CommandOf } from "../protocol/turns.ts";
import type { Consequence, Context, Decision } from "./admission.ts";
import { walletOf } from "./ledger.ts";
import { collateralValue, coverOf } from "./totals.ts";

export function* deposit(ctx: Context, { body }: CommandOf<"Deposit">): Decision {
  const { asset } = body;
  if (asset !== USDC && !ctx.law.assets.has(asset)) return refuse("unknown_asset", asset);
  const units = assetAmount(asset, body.amount);
  if (units === undefined) return refuse("bad_field", `amount ${body.amount}`);
  const agent = ctx.stamp.from;
  yield {
    type: "DepositRequested",
    agent,
    asset,
    units,
    effect: { name: ctx.name(), agent, effect: { type: "Deposit", asset, amount: units } },
  };
  return undefined;
}

/** A withdrawal must leave everything delegated covered, and the cash must be there. */
export function* withdraw(ctx: Context, { body }: CommandOf<"Withdraw">): Decision {
  const { law } = ctx;
  const { asset } = body;
  const policy = law.assets.get(asset);
  if (policy === undefined && asset !== USDC) return refuse("unknown_asset", asset);
  const units = assetAmount(asset, body.amount);
  if (units === undefined) return refuse("bad_field", `amount ${body.amount}`);
  if (!law.booksAgree) return refuse("reduce_only", "the books differ from the venue's");
  const cash = walletOf(law.ledger, asset) as Units;
  if (units > cash) {
    return refuse("insufficient_cash", `asked ${body.amount}, allowed ${formatUnits(cash, asset)}`);
  }
  // Dry powder is a share of collateral, so cover falls by less than the value: measured on the safe side.
  const value = policy === undefined ? micro(units) : collateralValue(law, policy, units);
  const cover = coverOf(law);
  if (value > cover) {
    const allowed = cover < 0n ? "0" : formatMicro(cover);
    return refuse("insufficient_free", `worth ${formatMicro(value)}, allowed ${allowed}`);
  }
  const agent = ctx.stamp.from;
  const { to } = body;
  yield {
    type: "WithdrawalApproved",
    agent,
    asset,
    units,
    to,
    effect: { name: ctx.name(), agent, effect: { type: "Withdraw", asset, amount: units, to } },
  };
  return undefined;
}

type Moved = Extract<VenueReport, { type: "deposited" | "withdrawn" }>;

export function* moneyReported(_ctx: Context, report: Moved): Consequence {
  const { asset, amount: units } = report;
  yield report.type === "deposited"
    ? { type: "Deposited", asset, units }
    : { type: "Withdrawn", asset, units };
}
