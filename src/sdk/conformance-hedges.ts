/** Hedges on the job market of a practice fleet: asked for, carried, let go and settled as the law does. */
import { formatQty, type Micro, micro } from "../core/money.ts";
import { isCarried, movedBy } from "../protocol/hedging.ts";
import type { JobView } from "../protocol/job-views.ts";
import type { AgentView } from "../protocol/views.ts";
import { signOf } from "../protocol/words.ts";
import { priceOf, qtyOf, usdcOf } from "./amounts.ts";
import type { Body } from "./conformance-act.ts";

type Hedge = NonNullable<JobView["hedge"]>;

/** What a job holds of an agent: its pay and its cover of who posted it, its cover of who took it. */
export function heldForJob({ by, taker, amount, hedge }: JobView, agent: string): Micro[] {
  const cover = usdcOf(hedge?.cover ?? "0");
  if (by === agent) return [micro(usdcOf(amount) + cover)];
  return taker === agent ? [cover] : [];
}

const marketOf = (view: AgentView, id: string) => view.markets.find(({ market }) => market === id);

/** What a posted job says of its hedge, or the code that it is refused by. */
export function hedgeAsked(view: AgentView, body: Body): Hedge | undefined | string {
  const asked = body["hedge"] as Omit<Hedge, "mark"> | undefined;
  if ((body["kind"] === "hedge") !== (asked !== undefined)) return "bad_field";
  if (asked === undefined) return undefined;
  const market = marketOf(view, asked.market);
  if (market === undefined) return "unknown_market";
  return qtyOf(asked.qty) % qtyOf(market.lot) === 0n ? { ...asked, mark: "" } : "bad_lot";
}

/** The smallest hedge that is worth an order, of the first market that has a mark; sides in turn. */
export function hedgeOffered(view: AgentView, turn: number): Hedge | undefined {
  const market = view.markets.find(({ mark }) => mark !== "");
  if (market === undefined) return undefined;
  const [lot, at] = [qtyOf(market.lot), priceOf(market.mark)];
  const least = (usdcOf(market.minNotional) * 2n * 10n ** 10n) / at;
  const size = ((least + lot - 1n) / lot) * lot;
  const side = turn % 2 === 0 ? "buy" : "sell";
  return {
    ...{ market: market.market, side, mark: "", cover: "2" },
    qty: formatQty(size as ReturnType<typeof qtyOf>),
  };
}

/** Is what stands of an agent's hedges in this one's market carried by its position, this one with them? */
export function carries(view: AgentView, job: JobView): boolean {
  const { hedge } = job;
  if (hedge === undefined) return true;
  const held = view.positions.find(({ market }) => market === hedge.market)?.qty ?? "0";
  let needed = 0n;
  for (const one of view.jobs) {
    const counts = one === job || (one.phase === "delivered" && one.taker === view.agent);
    if (!counts || one.hedge?.market !== hedge.market) continue;
    needed += signOf(one.hedge.side) * qtyOf(one.hedge.qty);
  }
  return isCarried(qtyOf(held), needed);
}

/** The job as it stands from now on: at the mark of its market. */
export function stoodUp(view: AgentView, job: JobView): JobView {
  if (job.hedge === undefined) return job;
  const mark = marketOf(view, job.hedge.market)?.mark ?? "";
  return { ...job, hedge: { ...job.hedge, mark } };
}

/** What an agent gains by the end of a hedge that stood: what its market moved, less than its cover. */
export function gainedBy(view: AgentView, { by, hedge }: JobView): bigint {
  if (hedge === undefined || hedge.mark === "") return 0n;
  const { market, side, qty, cover, mark } = hedge;
  const terms = { market: market as never, side, qty: qtyOf(qty), cover: usdcOf(cover) };
  const to = marketOf(view, market)?.mark ?? mark;
  const moved = movedBy(terms, priceOf(mark), priceOf(to));
  return by === view.agent ? moved : -moved;
}
