/** The fleet watches its place in the venue's queue, and closes by itself before it is closed. */
import { must } from "../core/assert.ts";
import type { AgentId, MarketId } from "../core/ids.ts";
import { byLots } from "../core/lots.ts";
import { abs, min, mulDiv, type Qty, qty } from "../core/money.ts";
import { ONE, type Ppm, ppm } from "../core/ppm.ts";
import { after } from "../core/time.ts";
import type { Side } from "../protocol/words.ts";
import type { Consequence, Context } from "./admission.ts";
import { reducing } from "./closing.ts";
import { crisisRules } from "./margins.ts";
import { settleable } from "./settlement.ts";
import { keyOf, type Law } from "./state.ts";

/** The cause of its orders. */
const ADL_CAUSE = "adl";
/** What goes at a time where the rules do not say. */
const REDUCE_BY = ppm(500_000);

/** Follows every turn. Constant work while no position of ours is ranked. */
export function* adlDue(ctx: Context): Consequence {
  const { law, at } = ctx;
  const rules = crisisRules(law)?.adl;
  if (rules?.reduceAtRank === undefined || law.venue.ranks.size === 0) return;
  for (const [market, rank] of [...law.venue.ranks]) {
    if (rank.lights < rules.reduceAtRank) continue;
    // What did not fill is sent again soon; more of it goes only after the pause.
    const waitMs = rank.anew ? (rules.pauseMs ?? 0) : (law.policy?.closeRetryMs ?? 0);
    const waiting = after(rank.actedAt, waitMs) > at;
    // What has changed since the venue ranked it is ranked anew first.
    if (waiting || netOf(law, market) !== rank.position || underway(law, market)) continue;
    yield* avoid(ctx, market, rank, rules.reduceAtRank, rules.reduceBy ?? REDUCE_BY);
  }
}

function netOf(law: Law, market: MarketId): bigint {
  let net = 0n;
  for (const agent of law.markets.get(market)?.positions ?? [])
    net += law.positions.get(keyOf(agent, market))?.qty ?? 0n;
  return net;
}

const underway = (law: Law, market: MarketId): boolean =>
  [...(law.markets.get(market)?.positions ?? [])].some((agent) =>
    [...(law.agents.get(agent)?.orders ?? [])].some((named) => {
      const order = law.orders.get(keyOf(agent, named));
      return order?.market === market && order.cause === ADL_CAUSE;
    }),
  );

/**
 * Closes a part of the net position, at least a lot: by lots among the agents on its side, in
 * proportion to what no order of theirs closes already.
 */
function* avoid(
  ctx: Context,
  market: MarketId,
  rank: { readonly position: Qty; readonly lights: number; readonly ahead: Ppm },
  reduceAtRank: number,
  reduceBy: Ppm,
): Consequence {
  const { law } = ctx;
  const held = must(law.markets.get(market), "what is ranked is a market");
  const { position, lights, ahead } = rank;
  const { lot } = held.policy;
  const side: Side = position > 0n ? "sell" : "buy";
  const legs = [...held.positions].sort().flatMap((of: AgentId) => {
    const leg = law.positions.get(keyOf(of, market));
    if (leg === undefined || leg.qty > 0n !== position > 0n || leg.closing !== undefined) return [];
    return [{ leg, size: settleable(law, leg) }];
  });
  const part = mulDiv(abs(position), BigInt(reduceBy), BigInt(ONE), "ceil");
  const whole = mulDiv(part, 1n, lot, "ceil") * lot;
  const size = min(whole, abs(position) as bigint);
  const sizes = byLots(
    qty(size),
    legs.map((one) => one.size),
    lot,
  );
  const taken = legs
    .map(({ leg }, i) => ({ leg, qty: sizes[i] ?? qty(0n) }))
    .filter((one) => one.qty > 0n);
  if (taken.length === 0) return;
  const shares = taken.map((one) => ({ of: one.leg.agent, qty: one.qty }));
  const total = qty(shares.reduce((sum, one) => sum + one.qty, 0n));
  const reason = `rank ${lights} of 5, the rules reduce from ${reduceAtRank}`;
  yield {
    ...{ type: "AdlAvoided", market, side, lights, ahead, reduceAtRank },
    ...{ qty: total, shares, reason },
  };
  for (const { leg, qty: mine } of taken) yield* reducing(ctx, leg, mine, ADL_CAUSE, reason);
}
