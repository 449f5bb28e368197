/** The smallest change with which a refused request would have passed, each tried on the law before it is told. */
import { formatDecimal, formatMicro, formatPrice, price } from "../core/money.ts";
import { formatPpm, ppm } from "../core/ppm.ts";
import type { Turn } from "../protocol/turns.ts";
import { type Check, LIMITS } from "./checks.ts";
import { askAt, askLaw, largest, type Sized, smallest } from "./explain-ask.ts";
import { type Asked, commandOf } from "./explain-request.ts";
import { missingBelow } from "./margins.ts";
import type { Law } from "./state.ts";
import { coverOf } from "./totals.ts";
import type { Place } from "./turn.ts";

export interface Refused {
  readonly law: Law;
  readonly turn: Turn;
  readonly place: Place;
  readonly asked: Asked;
  /** The limit that it failed. None: undefined where it was refused for something that is no limit. */
  readonly failing: Check | undefined;
  readonly sized: Sized | undefined;
}

/** Would it pass with these fields? */
function passes({ law, turn, place }: Refused, asked: Asked): boolean {
  const command = commandOf(turn, asked);
  return command !== undefined && askLaw(law, command, place).refusal === undefined;
}

/** Another size of it: the nearest one that passes. */
function bySize(refused: Refused): string | undefined {
  const { sized } = refused;
  if (sized === undefined) return undefined;
  const { size } = sized;
  const text = (at: bigint): string => `${size.field} ${formatDecimal(at, size.decimals)}`;
  const fits = (at: bigint | undefined): at is bigint =>
    at !== undefined && at > 0n && askAt(sized, at)?.refusal === undefined;
  const most = largest(sized);
  // At a size that ends in the middle of a lot the whole lots below are tried first.
  const below =
    most === undefined || most > size.asked ? size.asked - (size.asked % size.step) : most;
  const about = refused.failing?.limit === "valueAtRisk" ? "about " : "";
  if (fits(below)) return `${about}${text(below)} would have passed`;
  const least = smallest(sized);
  return fits(least) ? `${text(least)} would have passed` : undefined;
}

/** The named field at its bound. */
function byField(refused: Refused, field: string, value: unknown, words: string) {
  return passes(refused, { ...refused.asked, [field]: value })
    ? `${field} ${words} would have passed`
    : undefined;
}

function byStop(refused: Refused): string | undefined {
  const { stop: _, ...without } = refused.asked;
  const command = commandOf(refused.turn, without);
  if (command === undefined) return undefined;
  const answer = askLaw(refused.law, command, refused.place);
  if (answer.event?.type !== "OrderApproved") return undefined;
  const stop = formatPrice(answer.event.stop);
  return `without a stop of its own it would have passed, with the fleet's at ${stop}`;
}

/** How much margin must come free for the zone to be left downwards. */
function byZone({ law, asked, turn }: Refused): string | undefined {
  const zones = law.policy?.zones;
  if (zones === undefined) return undefined;
  const leveraged =
    turn.type === "PlaceOrder" && Number(asked["leverage"] ?? 1_000_000) > 1_000_000;
  const start = leveraged ? zones.yellow : zones.orange;
  const amount = missingBelow(law.reserved, law.collateral, ppm(start - zones.hysteresis));
  const below = formatPpm(ppm(start - zones.hysteresis));
  const free = formatMicro(amount);
  return `once ${free} USDC of margin come free, which brings utilization below ${below}`;
}

const STATES: { readonly [L in Check["limit"]]?: (refused: Refused) => string | undefined } = {
  zone: byZone,
  stop: byStop,
  lot: bySize,
  cover: ({ law }) =>
    `once cover grows by ${formatMicro(-coverOf(law) as typeof law.collateral)} USDC`,
  lease: () => "after a renewal of the lease",
  mode: () => "after the operator has resumed it",
  betting: () =>
    "after the operator has looked at the dispute and resumed the agent whose bet it is",
  mark: () => "with a fresh mark",
  name: () => "under a new name",
  frozen: () => "once the alarm has cleared",
  books: () => "once our books and the venue's agree",
  service: ({ asked }) =>
    `with a delegation that covers ${String(asked["service"] ?? "this service")}`,
};

/** In words. None: undefined where no single change is known that helps. */
export function changeFor(refused: Refused): string | undefined {
  const { failing } = refused;
  if (failing === undefined) return undefined;
  const { limit, measured } = failing;
  if (measured === undefined) return STATES[limit]?.(refused);
  const { bound } = measured;
  if (limit === "leverage") {
    const most = Number(bound);
    return byField(refused, "leverage", most, `${most} (${most / 1e6}x)`);
  }
  if (limit === "collar") {
    const edge = formatPrice(price(bound));
    return byField(refused, "limit", edge, edge);
  }
  if (limit === "lease") return STATES.lease?.(refused);
  const sized = bySize(refused);
  if (sized !== undefined) return sized;
  return `no size would have passed: ${LIMITS[limit]} leaves nothing`;
}
