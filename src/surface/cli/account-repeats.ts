/** What comes again with every mark: told once, then counted, and told again when it has come to rest. */
import type { PublicEvent } from "../../protocol/public.ts";
import { number, text } from "./fields.ts";
import { coinOf, money, plural } from "./numbers.ts";

interface Flood {
  last: PublicEvent;
  more: number;
  /** Of the amounts of those that were not told. */
  sum: number;
}

type Say = (flood: Flood) => string;

/** An order of the coordinator's that has ended: no event of the fleet, made by who reads its fills. */
export const FORCED = "ForcedOrderClosed";

/** By type; the words are for those that came after the first. */
const FLOODS: Readonly<Record<string, Say>> = {
  ShortfallCut: ({ last, more }) =>
    `unused cap cut ${plural(more, "more time")}, to ${money(text(last, "cap"))}`,
  CoverageLost: ({ more }) => `losses took the cover ${plural(more, "more time")}`,
  CoverageRestored: ({ last, more }) =>
    `covered again ${plural(more, "more time")}: ${money(text(last, "committed"))} committed, ` +
    `${money(text(last, "collateral"))} collateral`,
  PositionToppedUp: ({ last, more, sum }) =>
    `puts ${money(sum)} more behind ${coinOf(text(last, "market"))}, in ${plural(more, "part")}`,
  LiquidationPlanned: ({ last, more }) =>
    `plan for ${text(last, "call")} made ${plural(more, "more time")}: as its orders filled and ` +
    "the market moved",
  [FORCED]: ({ last, more, sum }) =>
    `${coinOf(text(last, "market"))}: ${plural(more, "more order")} of the coordinator closed ` +
    `${money(sum)} USDC`,
  DryPowderDeployed: ({ last, more, sum }) =>
    `dry powder: ${money(sum)} more for ${text(last, "cause")}, in ${plural(more, "part")}; ` +
    `${money(text(last, "remaining"))} left`,
};

const keyOf = (event: PublicEvent): string =>
  [event.agent, event.type, text(event, "market"), text(event, "call")].join("/");

export interface Repeated {
  readonly event: PublicEvent;
  /** When it was known that no more came. */
  readonly at: number;
  readonly said: string;
}

export class Repeats {
  readonly #quietMs: number;
  readonly #floods = new Map<string, Flood>();

  /** @param quietMs without another one, after which the next is told anew. */
  constructor(quietMs: number) {
    this.#quietMs = quietMs;
  }

  /** True when it is one more of what was told a moment ago: it is only counted. */
  swallows(event: PublicEvent): boolean {
    if (FLOODS[event.type] === undefined) return false;
    const key = keyOf(event);
    const known = this.#floods.get(key);
    if (known === undefined) {
      this.#floods.set(key, { last: event, more: 0, sum: 0 });
      return false;
    }
    known.last = event;
    known.more += 1;
    known.sum += number(event, "amount");
    return true;
  }

  /** What has come to rest by `now`, in words where more than the first was to be told. */
  rested(now: number): readonly Repeated[] {
    const told: Repeated[] = [];
    for (const [key, flood] of this.#floods) {
      const at = flood.last.time + this.#quietMs;
      if (now < at) continue;
      this.#floods.delete(key);
      const say = FLOODS[flood.last.type];
      if (flood.more > 0 && say !== undefined)
        told.push({ event: flood.last, at, said: say(flood) });
    }
    return told;
  }
}
