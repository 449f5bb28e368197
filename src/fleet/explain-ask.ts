/** Asks the law again what it decided, with its own lines, and how much more or less it would have let pass. */
import { AMOUNT_MAX } from "../core/limits.ts";
import { mulDiv } from "../core/money.ts";
import { effectName } from "../protocol/effects.ts";
import type { FleetEvent } from "../protocol/events.ts";
import type { Rejection } from "../protocol/rejections.ts";
import type { RiskEstimate } from "../protocol/risk-facts.ts";
import type { Command, Turn } from "../protocol/turns.ts";
import type { Context } from "./admission.ts";
import type { Check } from "./checks.ts";
import { decide } from "./decide.ts";
import { type Asked, commandOf, resized, type Size } from "./explain-request.ts";
import type { Law } from "./state.ts";
import type { Place } from "./turn.ts";

/** What the law says to a command, and each limit on the way there, in order. */
export interface Answered {
  readonly checks: readonly Check[];
  readonly refusal: Rejection | undefined;
  /** What it would have approved. None: undefined where it refused. */
  readonly event: FleetEvent | undefined;
}

/** Decides as far as the first event and changes nothing. */
export function askLaw(law: Law, command: Command, { seq, turn }: Place): Answered {
  const checks: Check[] = [];
  const told = (check: Check): void => void checks.push(check);
  const name = () => effectName(seq, turn, 0);
  const ctx: Context = { law, stamp: command.stamp, at: command.stamp.at, name, told };
  const decision = decide(ctx, command);
  for (;;) {
    const next = decision.next();
    if (next.done === true) return { checks, refusal: next.value ?? undefined, event: undefined };
    // Nothing was folded: only what is read before the fold may be asked for.
    if (next.value.type !== "ReservationPosted")
      return { checks, refusal: undefined, event: next.value };
  }
}

/** One request, to be asked in any size. */
export interface Sized {
  readonly law: Law;
  readonly turn: Turn;
  readonly place: Place;
  readonly asked: Asked;
  readonly size: Size;
}

/** What was measured beforehand, at another size: in proportion, rounded up, as far as it is known. */
function scaled(estimate: RiskEstimate, size: bigint, asked: bigint): RiskEstimate {
  const grown = estimate.varAfter - estimate.varBefore;
  const more = mulDiv(grown, size, asked, "ceil");
  return { ...estimate, varAfter: (estimate.varBefore + more) as RiskEstimate["varAfter"] };
}

/** The answer at a size. None: undefined for a size that no command can have. */
export function askAt({ law, turn, place, asked, size }: Sized, at: bigint): Answered | undefined {
  const command = commandOf(turn, resized(asked, size, at));
  if (command === undefined) return undefined;
  const { estimate } = command.stamp;
  if (estimate === undefined || at === size.asked) return askLaw(law, command, place);
  const stamp = { ...command.stamp, estimate: scaled(estimate, at, size.asked) };
  return askLaw(law, { ...command, stamp } as Command, place);
}

/** Refused for being too large: a smaller one might pass. */
const tooLarge = (answer: Answered | undefined): boolean =>
  answer === undefined ||
  (answer.refusal !== undefined && answer.checks.at(-1)?.measured?.wants === "at most");

const tooSmall = (answer: Answered | undefined): boolean =>
  answer?.refusal !== undefined && answer.checks.at(-1)?.measured?.wants === "at least";

/** The last multiple of the step for which `still` holds, between one where it does and one where it does not. */
function edge(step: bigint, from: bigint, to: bigint, still: (size: bigint) => boolean): bigint {
  let [yes, no] = [from / step, to / step];
  while (no - yes > 1n) {
    const middle = (yes + no) / 2n;
    if (still(middle * step)) yes = middle;
    else no = middle;
  }
  return yes * step;
}

/** The largest size that is not too large; zero where every one is. None: undefined without an end. */
export function largest(sized: Sized): bigint | undefined {
  const { step, asked } = sized.size;
  const fits = (at: bigint): boolean => at === 0n || !tooLarge(askAt(sized, at));
  const start = (asked / step) * step;
  if (!fits(start === 0n ? step : start)) return edge(step, 0n, start === 0n ? step : start, fits);
  let [low, high] = [start, (start === 0n ? step : start) * 2n];
  while (fits(high)) {
    if (high > AMOUNT_MAX) return undefined;
    [low, high] = [high, high * 2n];
  }
  return edge(step, low, high, fits);
}

/** The smallest size that is not too small. None: undefined where even the largest is. */
export function smallest(sized: Sized): bigint | undefined {
  const { step, asked } = sized.size;
  const small = (at: bigint): boolean => at === 0n || tooSmall(askAt(sized, at));
  let high = (asked / step + 1n) * step;
  while (small(high)) {
    if (high > AMOUNT_MAX) return undefined;
    high *= 2n;
  }
  return edge(step, 0n, high, small) + step;
}
