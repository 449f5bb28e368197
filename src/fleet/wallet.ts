/** Money in and out of the master wallet. */
import { USDC } from "../core/ids.ts";
import { formatMicro, formatUnits, type Micro, micro, type Units, units } from "../core/money.ts";
import { assetAmount } from "../protocol/fields.ts";
import type { AssetPolicy } from "../protocol/policy.ts";
import { refuse } from "../protocol/rejections.ts";
import type { VenueReport } from "../protocol/reports.ts";
import type { CommandOf } from "../protocol/turns.ts";
import type { Consequence, Context, Decision } from "./admission.ts";
import { atMost, gate } from "./checks.ts";
import { isLeaving, ownedOf, walletOf } from "./ledger.ts";
import type { Law } from "./state.ts";
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
  const differ = law.booksAgree
    ? undefined
    : refuse("reduce_only", "the books differ from the venue's");
  const books = gate(ctx.told, "books", law.booksAgree ? "equal" : "different", differ);
  if (books !== undefined) return books;
  const cash = walletOf(law.ledger, asset) as Units;
  const short = atMost(ctx.told, "cash", "units", [units, cash], () =>
    refuse("insufficient_cash", `asked ${body.amount}, allowed ${formatUnits(cash, asset)}`),
  );
  if (short !== undefined) return short;
  // Dry powder is a share of collateral, so cover falls by less than this: measured on the safe side.
  const value = policy === undefined ? micro(units) : valueLost(law, policy, units);
  const cover = coverOf(law);
  const over = atMost(ctx.told, "coverage", "USDC", [value, cover], () => {
    const allowed = cover < 0n ? "0" : formatMicro(cover);
    return refuse("insufficient_free", `worth ${formatMicro(value)}, allowed ${allowed}`);
  });
  if (over !== undefined) return over;
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

/** By how much collateral falls: the difference of two values, each rounded as collateral is. */
function valueLost(law: Law, policy: AssetPolicy, leaving: Units): Micro {
  const owned = ownedOf(law.ledger, policy.asset) as Units;
  const left = collateralValue(law, policy, units(owned - leaving));
  return micro(collateralValue(law, policy, owned) - left);
}

type Moved = Extract<VenueReport, { type: "deposited" | "withdrawn" }>;

export function* moneyReported(ctx: Context, report: Moved): Consequence {
  const { asset, amount: units } = report;
  if (report.type === "deposited") yield { type: "Deposited", asset, units };
  else if (isLeaving(ctx.law, asset, units)) yield { type: "Withdrawn", asset, units };
  else {
    const reason = "nothing of this size was leaving";
    yield { type: "ReportUnmatched", report: `withdrawn ${report.effect}`, reason };
  }
}
