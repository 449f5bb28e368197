/** New rules of the fleet file: what tightens holds at once, collateral that would count for more waits its time. */
import type { AssetId } from "../core/ids.ts";
import { ONE } from "../core/ppm.ts";
import { after } from "../core/time.ts";
import type { Policy } from "../protocol/policy.ts";
import type { CommandOf } from "../protocol/turns.ts";
import type { Consequence, Context, Decision } from "./admission.ts";
import { callsOver } from "./calls.ts";
import { cancelRequest } from "./closing.ts";
import { ruleText } from "./rule-values.ts";
import { heldBack, namesOf, ruleOf, stepTowards } from "./rules.ts";

/** Nothing where the rules are the ones in force. The first rules of a fleet loosen nothing. */
export function* configure(ctx: Context, { body }: CommandOf<"Configure">): Decision {
  const { law } = ctx;
  const { policy, policyHash } = body;
  if (policyHash === law.policyHash) return undefined;
  const before = law.policy === undefined ? undefined : new Map(law.assets);
  const waiting = new Map(law.looser);
  const held = heldRules(ctx, policy);
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
  for (const { to, known, ...rule } of held) {
    const effectiveAt = known?.to === to ? known.effectiveAt : after(ctx.at, delay);
    yield { type: "RuleScheduled", ...rule, to, effectiveAt };
  }
  yield* unlisted(ctx);
  return undefined;
}

/** Which rules the new ones loosen: what holds meanwhile, what will, and what was waiting under that name. */
function heldRules({ law, at }: Context, policy: Policy) {
  if (law.policy === undefined) return [];
  // A market that was taken off the list and comes back is compared with what it had.
  const markets = [...law.markets.values()].map((market) => market.policy);
  const compared = { before: { ...law.policy, markets }, after: policy, now: at };
  return namesOf(policy).flatMap((rule) => {
    const from = heldBack(rule, compared);
    const to = ruleText(ruleOf(policy, rule));
    return from === undefined ? [] : [{ rule, from, to, known: law.waiting.get(rule) }];
  });
}

/** A rule whose time has come is looser by a step, and waits again for the next. Not while an alarm holds. */
export function* ruleDue(ctx: Context, rule: string): Consequence {
  const { law, at } = ctx;
  const waiting = law.waiting.get(rule);
  if (waiting === undefined || waiting.effectiveAt > at || law.policy === undefined) return;
  const { to } = waiting;
  const from = ruleText(ruleOf(law.policy, rule));
  const next = law.frozen ? from : stepTowards(law.policy, rule, to);
  if (!law.frozen) yield { type: "RuleLoosened", rule, from, to: next };
  yield* callsOver(ctx);
  if (next === to) return;
  const effectiveAt = after(at, Math.max(law.policy.raiseDelayMs, 1));
  yield { type: "RuleScheduled", rule, from: next, to, effectiveAt };
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
