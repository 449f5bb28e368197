/** Margin calls: who is called, how long it may take, and what is closed when the time is over. */
import { marginCallMachine } from "../../machines/margin-call.ts";
import { step } from "../../machines/step.ts";
import { must } from "../core/assert.ts";
import { type AgentId, FLEET, type Id } from "../core/ids.ts";
import { ZERO } from "../core/money.ts";
import { ppm } from "../core/ppm.ts";
import { after } from "../core/time.ts";
import type { CrisisPolicy } from "../protocol/crisis-policy.ts";
import type { CallPhase } from "../protocol/words.ts";
import type { Consequence, Context } from "./admission.ts";
import { callCause, crisisRules, isEased, marginOf, type Need, needOf } from "./margins.ts";
import { raiseCash } from "./sources.ts";
import { unwind } from "./unwinding.ts";

const can = (phase: CallPhase, arrow: string): boolean =>
  step(marginCallMachine, phase, arrow) !== undefined;

/** Looks at the fleet's margin and at every call that is open. Constant work while there is none. */
export function* callsDue(ctx: Context): Consequence {
  for (const scope of new Set([FLEET, ...ctx.law.crisis.live])) yield* review(ctx, scope);
}

/** What a call's own first steps have put right is told with them: the next turn may be long in coming. */
export function* curesDue({ law }: Context, rules: CrisisPolicy): Consequence {
  for (const scope of [...law.crisis.live]) {
    const { call, phase } = must(law.crisis.calls.get(scope), "who is called has a call");
    if (phase === "called" && isEased(law, rules, scope))
      yield { type: "MarginCured", agent: scope, call, ...marginOf(law, scope) };
  }
}

/** Rules that know no call any more end those that are open: nobody would ever look at them again. */
export function* callsOver({ law }: Context): Consequence {
  if (crisisRules(law)?.graceMs !== undefined) return;
  for (const scope of [...law.crisis.live]) {
    const { call, phase } = must(law.crisis.calls.get(scope), "who is called has a call");
    const type = phase === "called" ? "MarginCured" : "MarginResolved";
    yield { type, agent: scope, call, ...marginOf(law, scope) };
  }
}

/** What is true now of one scope decides: a call, a cure, the next plan, or the end of it. */
export function* review(ctx: Context, scope: AgentId): Consequence {
  const { law, at } = ctx;
  const rules = crisisRules(law);
  if (rules?.graceMs === undefined) return;
  const call = law.crisis.calls.get(scope);
  const phase = call?.phase ?? "none";
  if (can(phase, "CALL")) {
    const cause = callCause(law, rules, scope);
    if (cause === undefined) return;
    const need = needOf(law, rules, scope)?.amount ?? ZERO;
    const number = `call-${law.crisis.made + 1}` as Id;
    const graceEndsAt = after(at, rules.graceMs);
    const facts = marginOf(law, scope);
    yield { type: "MarginCalled", agent: scope, call: number, cause, need, graceEndsAt, ...facts };
    // What disturbs nobody is done at once; positions are the agents' own until the grace ends.
    yield* raiseCash(ctx, scope, { deadlineMs: rules.graceMs, reduce: false, because: number });
    return;
  }
  const open = must(call, "who was never called can be");
  if (phase === "called") {
    if (isEased(law, rules, scope)) {
      yield { type: "MarginCured", agent: scope, call: open.call, ...marginOf(law, scope) };
    } else if (open.graceEndsAt <= at) yield* expired(ctx, rules, scope, open.call);
    return;
  }
  const need = needOf(law, rules, scope);
  if (need === undefined) {
    yield { type: "MarginResolved", agent: scope, call: open.call, ...marginOf(law, scope) };
  } else if (open.planAt <= at) {
    yield* unwind(ctx, scope, need, open.call);
  }
}

/** At once, in whatever turn it is seen first: a flood of other deadlines does not delay it. */
function* expired(ctx: Context, rules: CrisisPolicy, scope: AgentId, call: Id): Consequence {
  const { law } = ctx;
  yield { type: "MarginExpired", agent: scope, call, ...marginOf(law, scope) };
  // Before anything is closed: what is pending, and of the reserve what costs less than closing does.
  yield* raiseCash(ctx, scope, { deadlineMs: 1, reduce: false, expired: true, because: call });
  const nothing: Need = { by: "maintenance", amount: ZERO, costShare: ppm(1) };
  yield* unwind(ctx, scope, needOf(law, rules, scope) ?? nothing, call);
}
