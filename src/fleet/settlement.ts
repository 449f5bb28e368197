/** Settlement between agents: two that consent close opposite positions at the mark, in the ledger alone. */
import type { AgentId, MarketId } from "../core/ids.ts";
import { abs, formatQty, min, type Qty, qty } from "../core/money.ts";
import { after } from "../core/time.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import type { CommandOf } from "../protocol/turns.ts";
import type { OfferView } from "../protocol/views.ts";
import { type Context, callerOf, type Decision, isRefusal, modeOf } from "./admission.ts";
import { crossPositions } from "./crossing.ts";
import { freshMark } from "./pricing.ts";
import { keyOf, type Law } from "./state.ts";

type Held = NonNullable<ReturnType<Law["positions"]["get"]>>;

/** What of a position no order closes already: the rest may be settled. At least zero. */
export function settleable(law: Law, { agent, market, qty: held }: Held): Qty {
  let left: bigint = abs(held);
  for (const id of law.agents.get(agent)?.orders ?? []) {
    const order = law.orders.get(keyOf(agent, id));
    if (order === undefined || order.market !== market) continue;
    if ((order.side === "buy") === held > 0n) continue;
    left -= order.qty - order.opening - (order.filled - order.opened);
  }
  return qty(left > 0n ? left : 0n);
}

/** May this agent close anything by itself? Where the coordinator closes, nobody else does. */
function mayClose(law: Law, agent: AgentId, market: MarketId): Held | Rejection {
  const holder = law.agents.get(agent);
  const held = law.positions.get(keyOf(agent, market));
  if (holder === undefined) return refuse("unknown_agent", agent);
  const mode = modeOf(law, holder);
  if (mode === "halt" || mode === "flatten") return refuse("halted", `mode is ${mode}`);
  if (held === undefined || held.qty === 0n) return refuse("unknown_position", market);
  return held.closing === undefined ? held : refuse("illegal_phase", "it is being closed");
}

/**
 * Consents to close up to `qty`, and closes it at once against those who consent already.
 *
 * Nobody is closed against that did not ask for it. Others come in the order of their names. What is
 * left stands until `ttlMs` are over, its position is flat, or a newer consent takes its place.
 */
export function* settlePositions(ctx: Context, { body }: CommandOf<"Settle">): Decision {
  const { law } = ctx;
  const { market } = body;
  const caller = callerOf(law, ctx.stamp.from);
  if (isRefusal(caller)) return caller;
  const { agent } = caller;
  if (body.with === agent) return refuse("bad_field", "with: an agent does not settle with itself");
  const other = body.with === undefined ? undefined : callerOf(law, body.with);
  if (other !== undefined && isRefusal(other)) return other;
  const policy = law.markets.get(market)?.policy;
  if (policy === undefined) return refuse("unknown_market", market);
  if (body.qty % policy.lot !== 0n) return refuse("bad_lot", market);
  const held = mayClose(law, agent, market);
  if (isRefusal(held)) return held;
  const most = settleable(law, held);
  if (most === 0n) return refuse("nothing_to_reduce", market);
  if (body.qty > most) return refuse("reduce_exceeds", `asked ${body.qty}, allowed ${most}`);
  const mark = freshMark(law, market, ctx.at);
  if (isRefusal(mark)) return mark;

  const expiresAt = after(ctx.at, body.ttlMs);
  const long = held.qty > 0n;
  yield { type: "SettlementOffered", agent, market, qty: body.qty, with: body.with, expiresAt };
  for (const name of [...(law.markets.get(market)?.positions ?? [])].sort()) {
    const size = sizeWith(ctx, agent, name, market);
    if (size === 0n) continue;
    const pair = long ? { long: agent, short: name } : { long: name, short: agent };
    yield* crossPositions(ctx, market, pair, size, "settled");
  }
  return undefined;
}

/** How much two agents both consent to close now. Zero: nothing. Crossing sees to opposite sides. */
function sizeWith({ law, at }: Context, agent: AgentId, name: AgentId, market: MarketId): Qty {
  const mine = law.positions.get(keyOf(agent, market));
  const theirs = name === agent ? mine : mayClose(law, name, market);
  if (mine?.offer === undefined || theirs === undefined || isRefusal(theirs)) return qty(0n);
  const { offer } = theirs;
  if (offer === undefined || offer.expiresAt <= at) return qty(0n);
  const meant = offer.with === undefined || offer.with === agent;
  const wanted = mine.offer.with === undefined || mine.offer.with === name;
  if (!meant || !wanted) return qty(0n);
  const agreed = min(mine.offer.qty, offer.qty);
  return min(agreed, min(settleable(law, mine), settleable(law, theirs)));
}

/** What others consent to close with this agent, where it holds the opposite. */
export function offersTo(law: Law, id: AgentId, at: number): readonly OfferView[] {
  const found: OfferView[] = [];
  for (const market of law.agents.get(id)?.positions ?? []) {
    const mine = law.positions.get(keyOf(id, market));
    for (const other of law.markets.get(market)?.positions ?? []) {
      const held = law.positions.get(keyOf(other, market));
      const offer = held?.offer;
      if (mine === undefined || held === undefined || offer === undefined) continue;
      const opposite = held.qty > 0n !== mine.qty > 0n;
      const meant = offer.with === undefined || offer.with === id;
      if (!opposite || !meant || offer.expiresAt <= at) continue;
      const { expiresAt } = offer;
      const size = min(offer.qty, settleable(law, held));
      if (size === 0n) continue;
      found.push({ agent: other, market, qty: formatQty(size), expiresAt });
    }
  }
  return found;
}
