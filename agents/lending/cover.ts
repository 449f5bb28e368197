/** What covers its loans: as the market told it, and as the marks have moved it since. Pure. */

import type { AgentView, LoanView } from "../../src/protocol/views.ts";
import { priceFloat, priceOf } from "../../src/sdk/amounts.ts";
import type { LendingConfig } from "./config.ts";

/** By loan: what was told of it last, in ppm, and what its cover was worth in it when that was seen first. */
export type Cover = Readonly<Record<string, { readonly told: number; readonly worth: number }>>;

/** USDC for one of an asset. None: undefined without a mark. */
function priceIn(view: AgentView, asset: string): number | undefined {
  if (asset === "USDC") return 1;
  const market = view.markets.find(({ base }) => base === asset);
  const price = market === undefined ? 0 : priceFloat(priceOf(market.mark));
  return price > 0 ? price : undefined;
}

/** How much of the loan's asset one of what covers it buys. None: undefined without both marks. */
function worthNow(view: AgentView, loan: LoanView, { assets }: LendingConfig): number | undefined {
  const terms = assets.find(({ asset }) => asset === loan.asset);
  if (terms === undefined || terms.against === loan.asset) return undefined;
  const [cover, lent] = [priceIn(view, terms.against), priceIn(view, loan.asset)];
  return cover === undefined || lent === undefined ? undefined : cover / lent;
}

/** The memory of it after a look: what is told anew is counted from now. */
export function coverOf(view: AgentView, before: Cover, config: LendingConfig): Cover {
  const cover: Record<string, { told: number; worth: number }> = {};
  for (const loan of view.loans) {
    const { loan: name, collateral } = loan;
    const worth = worthNow(view, loan, config);
    if (collateral === undefined || worth === undefined) continue;
    const known = before[name];
    cover[name] = known?.told === collateral ? known : { told: collateral, worth };
  }
  return cover;
}

/** Is less posted than its asset asks for, or is that worth too little by now? */
export function isBare(
  view: AgentView,
  loan: LoanView,
  cover: Cover,
  config: LendingConfig,
): boolean {
  const { collateral } = loan;
  if (collateral === undefined) return false;
  const asked = config.assets.find(({ asset }) => asset === loan.asset)?.collateral ?? 0;
  const [known, now] = [cover[loan.loan], worthNow(view, loan, config)];
  const moved = known === undefined || now === undefined ? 1 : now / known.worth;
  return collateral < asked || collateral * moved < config.minCollateral;
}
