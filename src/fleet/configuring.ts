/** New rules of the fleet file: what tightens holds at once, collateral that would count for more waits its time. */
import type { AssetId } from "../core/ids.ts";
import { ONE } from "../core/ppm.ts";
import { after } from "../core/time.ts";
import type { CommandOf } from "../protocol/turns.ts";
import type { Consequence, Context, Decision } from "./admission.ts";
import { cancelRequest } from "./closing.ts";

/** Nothing where the rules are the ones in force. The first rules of a fleet loosen nothing. */
export function* configure(ctx: Context, { body }: CommandOf<"Configure">): Decision {
  const { law } = ctx;
  const { policy, policyHash } = body;
  if (policyHash === law.policyHash) return undefined;
  const before = law.policy === undefined ? undefined : new Map(law.assets);
  const waiting = new Map(law.looser);
  // The longer of both: no rule may shorten the wait that it falls under.
  const delay = Math.max(law.policy?.raiseDelayMs ?? 0, policy.raiseDelayMs);
  yield { type: "FleetConfigured", policy, policyHash };
  for (const { asset, haircut: to } of before === undefined ? [] : policy.assets) {
    // What was not kept before counted for nothing.
    const from = before?.get(asset)?.haircut ?? ONE;
    if (to >= from) continue;
    const known = waiting.get(asset);
    const effectiveAt = known?.haircut === to ? known.effectiveAt : after(ctx.at, delay);
    yield { type: "HaircutScheduled", asset, from, to, effectiveAt };
  }
  yield* unlisted(ctx);
  return undefined;
}

/** Where a market is traded no more, what would open there is taken back. */
function* unlisted(ctx: Context): Consequence {
  for (const order of [...ctx.law.orders.values()]) {
    const gone = ctx.law.markets.get(order.market)?.delisted === true;
    if (gone && order.opening > 0n && !order.cancelling && order.cause === "")
      yield cancelRequest(ctx, order);
  }
}

/** A haircut whose time has come. While an alarm holds, collateral does not count for more. */
export function* haircutDue(ctx: Context, asset: AssetId): Consequence {
  const { law, at } = ctx;
  const waiting = law.looser.get(asset);
  if (waiting === undefined || waiting.effectiveAt > at) return;
  const to = waiting.haircut;
  if (law.frozen) {
    const from = law.assets.get(asset)?.haircut ?? ONE;
    const effectiveAt = after(at, Math.max(law.policy?.raiseDelayMs ?? 0, 1));
    yield { type: "HaircutScheduled", asset, from, to, effectiveAt };
  } else yield { type: "HaircutLoosened", asset, haircut: to };
}
