/** Jobs of kind hedge: the worker stands so much in a market, and what the market moves is paid between the two. */
import { must } from "../core/assert.ts";
import type { AgentId, MarketId } from "../core/ids.ts";
import { abs, formatPrice, formatQty, type Price, qty } from "../core/money.ts";
import type { FleetEvent } from "../protocol/events.ts";
import type { HedgeTerms } from "../protocol/events-jobs.ts";
import { isCarried, movedBy } from "../protocol/hedging.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import type { JobKind } from "../protocol/words.ts";
import { signOf } from "../protocol/words.ts";
import { type Consequence, type Context, isRefusal } from "./admission.ts";
import { floorDue } from "./floors.ts";
import type { Job } from "./obligations.ts";
import { freshMark } from "./pricing.ts";
import { type Fixed, keyOf, type Law } from "./state.ts";

/** A hedge names what it is, on a market that there is, in lots; nothing else does. */
export function termsFault(
  law: Law,
  kind: JobKind,
  hedge: HedgeTerms | undefined,
): Rejection | undefined {
  if ((kind === "hedge") !== (hedge !== undefined))
    return refuse("bad_field", "hedge: a job of that kind has one, no other has");
  if (hedge === undefined) return undefined;
  const policy = law.markets.get(hedge.market)?.policy;
  if (policy === undefined) return refuse("unknown_market", hedge.market);
  return hedge.qty % policy.lot === 0n ? undefined : refuse("bad_lot", hedge.market);
}

/** What all hedges that stand ask of this worker's position in a market, signed: opposite ones need none. */
function neededOf(law: Law, worker: AgentId, market: MarketId): bigint {
  let needed = 0n;
  for (const key of law.standing) {
    const { taker, hedge } = must(law.jobs.get(key), "what stands is a job");
    if (taker === worker && hedge?.market === market) needed += signOf(hedge.side) * hedge.qty;
  }
  return needed;
}

/** The mark that a hedge would be settled from were it delivered now, or why it cannot be. */
export function standingFrom(
  { law, at }: Context,
  worker: AgentId,
  { market, side, qty: size }: HedgeTerms,
): Price | Rejection {
  const held = law.positions.get(keyOf(worker, market))?.qty ?? qty(0n);
  const needed = qty(neededOf(law, worker, market) + signOf(side) * size);
  if (!isCarried(held, needed)) {
    const numbers = [needed, held].map(formatQty);
    return refuse("hedge_missing", `asked ${numbers[0]}, held ${numbers[1]}`);
  }
  const mark = freshMark(law, market, at);
  return isRefusal(mark) ? mark : mark.price;
}

/** The mark that a job is settled at when it ends. None: undefined for what is no hedge that stood. */
export function settlingMark(law: Law, { hedge, mark }: Fixed<Job>): Price | undefined {
  if (hedge === undefined || mark === undefined) return undefined;
  return must(law.markets.get(hedge.market)?.mark, "a hedge was delivered at a mark");
}

/** Pays what a hedge that stood has moved, whoever ended it and why: a market's move is nobody's fault. */
export function* settleMove(
  ctx: Context,
  { agent, job, taker, hedge, mark }: Fixed<Job>,
  to: Price | undefined,
): Consequence {
  if (hedge === undefined || taker === undefined || mark === undefined || to === undefined) return;
  const owed = movedBy(hedge, mark, to);
  const pair = owed > 0n ? { agent: taker, to: agent } : { agent, to: taker };
  if (owed === 0n) return;
  const note = `hedge ${job}: ${hedge.market} from ${formatPrice(mark)} to ${formatPrice(to)}`;
  yield { type: "InternalPaid", ...pair, amount: abs(owed), note };
  yield* floorDue(ctx, pair.agent);
}

interface Touched {
  readonly agent: AgentId;
  readonly market: MarketId;
}

/** The workers of all hedges that stand. */
function* standingNow(law: Law): Generator<Touched> {
  for (const key of [...law.standing]) {
    const { taker, hedge } = law.jobs.get(key) ?? {};
    if (taker !== undefined && hedge !== undefined) yield { agent: taker, market: hedge.market };
  }
}

/** Whose positions a turn has changed, or what is asked of them: a hedge that is over offsets no other. */
function* touchedBy(law: Law, events: readonly FleetEvent[]): Generator<Touched> {
  for (const event of events) {
    switch (event.type) {
      case "FillBooked":
        yield event;
        break;
      case "PositionsCrossed":
        for (const { of } of [event.long, event.short]) yield { agent: of, market: event.market };
        break;
      case "VenueLiquidated":
      case "AutoDeleveraged":
        for (const { of } of event.parts) yield { agent: of, market: event.market };
        break;
      case "JobEnded":
        if (event.mark !== undefined) yield* standingNow(law);
        break;
    }
  }
}

/**
 * Ends the hedges that a position carries no more after a turn, whoever reduced it: those on the side that is
 * short, the last delivered first.
 */
export function* hedgesLetGo(
  { law }: Context,
  events: readonly FleetEvent[],
  end: (job: Fixed<Job>, reason: string) => Consequence,
): Consequence {
  if (law.standing.size === 0) return;
  for (const { agent, market } of touchedBy(law, events)) {
    for (const key of [...law.standing].reverse()) {
      const job = must(law.jobs.get(key), "what stands is a job");
      if (job.taker !== agent || job.hedge?.market !== market) continue;
      const held = law.positions.get(keyOf(agent, market))?.qty ?? qty(0n);
      const needed = neededOf(law, agent, market);
      if (isCarried(held, needed)) break;
      if (signOf(job.hedge.side) > 0n !== needed > 0n) continue;
      yield* end(job, `let go: held ${formatQty(held)}, needed ${formatQty(qty(needed))}`);
    }
  }
}
