/** Explains one decision: what was asked, every limit in its order, what bound it, and what would have passed. */

import type { AssetId } from "../core/ids.ts";
import { decimalsOf, formatDecimal, mulDiv } from "../core/money.ts";
import type { FleetEvent } from "../protocol/events.ts";
import type { Binding, CheckTold, DecisionTold } from "../protocol/explanation.ts";
import { publicEvents } from "../protocol/public.ts";
import { rejectionMeaning, rejectionNumber, rejectionRemedy } from "../protocol/rejections.ts";
import type { Turn } from "../protocol/turns.ts";
import { type Check, LIMITS, type LimitUnit } from "./checks.ts";
import { type Answered, askAt, askLaw, largest, type Sized } from "./explain-ask.ts";
import { changeFor } from "./explain-change.ts";
import { type Asked, askedIn, commandOf, type Size, sizeOf } from "./explain-request.ts";
import type { Law } from "./state.ts";
import type { Place } from "./turn.ts";

const DECIMALS: Readonly<Record<LimitUnit, number>> = {
  ...{ USDC: 6, coins: 8, price: 8, units: 8, ppm: 6, ms: 0, count: 0 },
};
const PER: Readonly<Record<LimitUnit, string>> = {
  ...{ USDC: "USDC", coins: "coin", price: "USDC", units: "coin", ppm: "x", ms: "ms" },
  count: "",
};

/** An amount of a unit as text; of an asset by its own decimals. */
const textOf = (value: bigint, unit: LimitUnit, size: Size | undefined): string =>
  formatDecimal(
    value,
    unit === "units" && size !== undefined ? decimalsOf(size.of as AssetId) : DECIMALS[unit],
  );

/** A limit as it is told. */
export function checkTold(
  { limit, passed, state, measured }: Check,
  size: Size | undefined,
): CheckTold {
  const told = { limit, about: LIMITS[limit], passed, state };
  if (measured === undefined) return told;
  const { value, bound, unit, wants } = measured;
  const slack = wants === "at most" ? bound - value : value - bound;
  const text = (amount: bigint): string => textOf(amount, unit, size);
  const numbers = { value: text(value), bound: text(bound), slack: text(slack) };
  return { ...told, ...numbers, wants, unit: PER[unit] };
}

/** The same event but for the effect, which repeats it in the venue's terms. */
const sameEvent = (one: FleetEvent | undefined, two: FleetEvent | undefined): boolean => {
  const plain = (event: FleetEvent | undefined): string =>
    JSON.stringify(event, (key, value: unknown) =>
      key === "effect" ? undefined : typeof value === "bigint" ? `${value}n` : value,
    ) ?? "";
  return plain(one) === plain(two);
};

interface Again {
  readonly asked: Asked;
  readonly answer: Answered;
  readonly same: boolean;
}

/** The request that the law answers as it did; the likeliest where none does. */
function askedAgain(law: Law, turn: Turn, place: Place): Again | undefined {
  const decided = turn.events.find(({ type }) => type !== "ReservationPosted");
  let first: Again | undefined;
  for (const asked of askedIn(turn)) {
    const command = commandOf(turn, asked);
    if (command === undefined) continue;
    const answer = askLaw(law, command, place);
    const same =
      turn.rejection === undefined
        ? answer.refusal === undefined && sameEvent(answer.event, decided)
        : answer.refusal?.code === turn.rejection.code &&
          answer.refusal.detail === turn.rejection.detail;
    first ??= { asked, answer, same };
    if (same) return { asked, answer, same };
  }
  return first;
}

/** How much larger it may be for one more unit of the limit that binds. */
function shadowOf(sized: Sized, at: bigint, limit: Check["limit"]) {
  const { size } = sized;
  const measuredAt = (each: bigint) =>
    each <= 0n
      ? undefined
      : askAt(sized, each)?.checks.find((check) => check.limit === limit)?.measured;
  const over = measuredAt(at + size.step);
  // Over a hundredth of the whole, so that roundings do not show.
  const span = size.step > at / 100n ? size.step : (at / 100n / size.step) * size.step;
  const under = measuredAt(at + size.step - span);
  if (over === undefined) return undefined;
  const grown = under === undefined ? over.value : over.value - under.value;
  const length = under === undefined ? at + size.step : span;
  if (grown <= 0n) return undefined;
  const unit = 10n ** BigInt(DECIMALS[over.unit]);
  return { gains: mulDiv(length, unit, grown, "floor"), per: PER[over.unit] };
}

function bindingOf(sized: Sized): Binding | undefined {
  const { size, law, turn, asked } = sized;
  const most = largest(sized);
  if (most === undefined) return undefined;
  const check = askAt(sized, most + size.step)?.checks.at(-1);
  if (check === undefined || check.passed) return undefined;
  const text = (amount: bigint): string => `${formatDecimal(amount, size.decimals)} ${size.of}`;
  const shadow = shadowOf(sized, most, check.limit);
  const mark = [...law.markets.values()].find(
    ({ policy }) => policy.market === asked["market"],
  )?.mark;
  const worth =
    turn.type !== "PlaceOrder" || mark === undefined || shadow === undefined
      ? ""
      : ` (${formatDecimal(mulDiv(shadow.gains, mark, 10n ** 10n, "floor"), 6)} USDC of position)`;
  const about = check.limit === "valueAtRisk" ? "about " : "";
  const gain =
    shadow === undefined
      ? ""
      : `; one more ${shadow.per} there lets ${about}${text(shadow.gains)}${worth} more pass`;
  return {
    limit: check.limit,
    largest: formatDecimal(most, size.decimals),
    unit: size.of,
    ...(shadow === undefined
      ? {}
      : { shadow: { gains: formatDecimal(shadow.gains, size.decimals), per: shadow.per } }),
    says: `${LIMITS[check.limit]} binds: ${about}${text(most)} is the most that passes${gain}`,
  };
}

/** Marks and model numbers, of the event where there is one, else of the state that it met. */
function numbersOf(law: Law, turn: Turn, asked: Asked): Record<string, string> {
  const approved = turn.events.find((event) => event.type === "OrderApproved");
  const numbers: Record<string, string> = {};
  const held = [...law.markets.values()].find(({ policy }) => policy.market === asked["market"]);
  const mark = approved?.mark ?? held?.mark;
  const markAt = approved?.markAt ?? held?.markAt;
  if (mark !== undefined) numbers["mark"] = formatDecimal(mark, 8);
  if (markAt !== undefined && mark !== undefined) numbers["mark age"] = `${turn.at - markAt} ms`;
  const estimate = approved?.estimate ?? turn.estimate;
  if (estimate !== undefined) {
    numbers["risk measure"] = estimate.measure;
    numbers["value at risk before"] = formatDecimal(estimate.varBefore, 6);
    numbers["value at risk after"] = formatDecimal(estimate.varAfter, 6);
  }
  numbers["zone"] = law.zone;
  numbers["collateral"] = formatDecimal(law.collateral, 6);
  numbers["reserved"] = formatDecimal(law.reserved, 6);
  if (approved === undefined) return numbers;
  numbers["leverage"] = formatDecimal(BigInt(approved.leverage), 6);
  numbers["holds"] = formatDecimal(approved.hold, 6);
  numbers["stop"] = formatDecimal(approved.stop, 8);
  return numbers;
}

export const outcomeOf = (turn: Turn): DecisionTold["outcome"] =>
  turn.rejection !== undefined ? "refused" : turn.id === "" ? "happened" : "approved";

/**
 * One journaled turn, asked again of the law as it stood before it.
 *
 * Every limit is told by the lines that decide. Sizes are found by asking the law itself; value at risk is taken
 * in proportion to the size, for the journal holds one estimate only.
 */
export function explainDecision(law: Law, turn: Turn, place: Place): DecisionTold {
  const { rejection } = turn;
  const again = askedAgain(law, turn, place);
  const asked = again?.asked ?? {};
  const size = again === undefined ? undefined : sizeOf(law, turn, asked);
  const sized = size === undefined ? undefined : { law, turn, place, asked, size };
  const binding = sized === undefined ? undefined : bindingOf(sized);
  const failing = again?.answer.checks.find(({ passed }) => !passed);
  const change =
    again === undefined || rejection === undefined
      ? undefined
      : changeFor({ law, turn, place, asked, failing, sized });
  return {
    ...{ kind: "decision", place: `${place.seq}.${place.turn}`, type: turn.type, from: turn.from },
    ...{ id: turn.id, at: turn.at, outcome: outcomeOf(turn), asked },
    ...(rejection === undefined
      ? {}
      : {
          refusal: {
            code: rejection.code,
            number: rejectionNumber(rejection.code),
            message: rejectionMeaning(rejection.code),
            remedy: rejectionRemedy(rejection.code),
            detail: rejection.detail ?? "",
          },
        }),
    checks: (again?.answer.checks ?? []).map((check) => checkTold(check, size)),
    ...(binding === undefined ? {} : { binding }),
    ...(change === undefined ? {} : { change }),
    numbers: numbersOf(law, turn, asked),
    reproduced: again?.same ?? false,
    events: rejection === undefined ? publicEvents(turn, place.seq, place.turn) : [],
  };
}
