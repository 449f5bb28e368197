/** Jobs of kind hedge: for pay it holds what another agent asks for, beside what it wishes itself. */
import { type Qty, qty as quantity } from "../../src/core/money.ts";
import type { JobView } from "../../src/protocol/job-views.ts";
import type { AgentView, MarketView } from "../../src/protocol/views.ts";
import { qtyOf, usdcFloat, usdcOf } from "../../src/sdk/amounts.ts";
import type { Intent } from "../../src/sdk/intent.ts";
import { type Context, equityOf, worthOf } from "./desk.ts";
import { positionOf } from "./learn.ts";
import { type Side, sideOf, type Wish } from "./wish.ts";

type Hedge = NonNullable<JobView["hedge"]>;
interface Work {
  readonly job: JobView;
  readonly hedge: Hedge;
  readonly side: Side;
}

const worksIn = (jobs: readonly JobView[]): readonly Work[] =>
  jobs.flatMap((job) => {
    const { hedge } = job;
    return hedge === undefined ? [] : [{ job, hedge, side: hedge.side === "buy" ? 1 : -1 }];
  });

/** The hedges that it has taken and that are not over. */
const takenIn = (view: AgentView): readonly Work[] =>
  worksIn(view.jobs.filter(({ taker }) => taker === view.agent));

/** What its hedges ask of its position in a market, signed. */
export const hedgedIn = (view: AgentView, market: string): Qty =>
  quantity(
    takenIn(view)
      .filter(({ hedge }) => hedge.market === market)
      .reduce((sum, { hedge, side }) => sum + BigInt(side) * qtyOf(hedge.qty), 0n),
  );

/** Delivers what its position carries, and takes one more where that fits what it holds and wishes. */
export function hedging(
  view: AgentView,
  wishes: Readonly<Record<string, Wish>>,
  context: Context,
  left: number,
): readonly Intent[] {
  const owed = takenIn(view).find(({ job }) => job.phase === "taken");
  if (owed !== undefined) return isHeld(view, owed) ? [delivery(owed)] : [];
  if (context.stance !== "run" || view.zone !== "green") return [];
  const open = worksIn(view.jobs).find(
    (work) => work.job.phase === "posted" && fits(view, work, wishes, context, left),
  );
  return open === undefined
    ? []
    : [{ command: "TakeJob", body: { by: open.job.by, job: open.job.job } }];
}

/** Is all that its hedges in this market ask for held, and nothing on its way that may change it? */
function isHeld(view: AgentView, { hedge, side }: Work): boolean {
  const held = qtyOf(positionOf(view, hedge.market)?.qty ?? "0");
  const working = view.orders.some(({ market }) => market === hedge.market);
  return !working && BigInt(side) * (held - hedgedIn(view, hedge.market)) >= 0n;
}

function delivery({ job, hedge, side }: Work): Intent {
  const result = `${hedge.market} ${side > 0 ? "long" : "short"} ${hedge.qty} stands`;
  return { command: "DeliverJob", body: { by: job.by, job: job.job, result } };
}

/**
 * Would it do this work? On a market of its own whose side it does not hold or wish the other way, within its
 * share and its margin, and not for less than the fees of what it lacks, in and out.
 */
function fits(
  view: AgentView,
  { job, hedge, side }: Work,
  wishes: Readonly<Record<string, Wish>>,
  { config }: Context,
  left: number,
): boolean {
  const market = view.markets.find(({ market: id }) => id === hedge.market);
  const wish = wishes[hedge.market];
  if (job.by === view.agent || market === undefined || wish === undefined) return false;
  const position = positionOf(view, hedge.market);
  const held = qtyOf(position?.qty ?? "0");
  const hedged = hedgedIn(view, hedge.market);
  const against = [Number(held), Number(hedged), wish.side].some((one) => sideOf(one) === -side);
  const waits = position?.phase === "closing" || view.orders.some((o) => o.market === hedge.market);
  if (against || waits) return false;
  const missing = BigInt(side) * (hedged - held) + qtyOf(hedge.qty);
  const lacks = missing > 0n ? worthOf(market, quantity(missing)) : 0;
  const margin = usdcFloat(usdcOf(hedge.cover)) + lacks * config.marginBuffer;
  const fees = (2 * lacks * market.takerFee) / 1e6;
  const least = usdcFloat(usdcOf(market.minNotional)) * 1.05;
  const room = config.hedgeShare * equityOf(view) - carried(view);
  return (
    worthOf(market, qtyOf(hedge.qty)) <= room &&
    (lacks === 0 || lacks >= least) &&
    margin <= left &&
    usdcFloat(usdcOf(job.amount)) >= fees
  );
}

/** Notional of all hedges that it has taken, in USDC. */
function carried(view: AgentView): number {
  const market = (id: string): MarketView | undefined =>
    view.markets.find((one) => one.market === id);
  return takenIn(view).reduce((sum, { hedge }) => {
    const known = market(hedge.market);
    return sum + (known === undefined ? 0 : worthOf(known, qtyOf(hedge.qty)));
  }, 0);
}
