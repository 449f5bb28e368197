/** What of several sources' readings must be believed, counted anew: a majority, one that is followed, or nobody. */
import { type SourceId, VENUE } from "../../core/ids.ts";
import type { PricesPolicy } from "../../protocol/policy.ts";

/** What one source said last of a market. */
export interface Heard {
  readonly source: SourceId;
  readonly price: bigint;
  /** When it was admitted. */
  readonly heardAt: number;
  /** Several sources were off together when it was said, this one among them. */
  readonly off: boolean;
  readonly doubts: number;
  readonly quarantined: boolean;
}

/** What a market's price was before. */
export interface Before {
  readonly mark: bigint | undefined;
  /** The jump that was not believed; undefined: none, or a mark was set since. */
  readonly jumped: bigint | undefined;
}

export type PriceVerdict =
  | { readonly by: "majority"; readonly price: bigint; readonly from: readonly SourceId[] }
  | { readonly by: "venue" | "alone"; readonly price: bigint; readonly from: readonly SourceId[] }
  | { readonly by: "jump"; readonly price: bigint }
  /** A reading that is not new says a price far from the mark: it is neither believed nor told again. */
  | { readonly by: "silence" }
  | { readonly by: "nobody" };

const MILLION = 1_000_000n;
/** How near a reading must be to the jump before it to confirm it: 1 %. */
const CONFIRMS = 100n;

const distance = (a: bigint, b: bigint): bigint => (a < b ? b - a : a - b);

export const isNear = (price: bigint, middle: bigint, divergence: number): boolean =>
  distance(price, middle) * MILLION <= middle * BigInt(divergence);

/** The price in the middle, of two the nearer to the last; none where no more than half are near it. */
function middleOf(
  readings: readonly Heard[],
  last: bigint | undefined,
  { divergence }: PricesPolicy,
): PriceVerdict | undefined {
  if (readings.length < 2) return undefined;
  const sorted = readings.map(({ price }) => price).sort((a, b) => Number(a - b));
  const half = sorted.length >> 1;
  const [low = 0n, high = low] =
    sorted.length % 2 === 1 ? [sorted[half]] : sorted.slice(half - 1, half + 1);
  const middle = last !== undefined && 2n * last > low + high ? high : low;
  const near = readings.filter(({ price }) => isNear(price, middle, divergence));
  if (near.length * 2 <= readings.length) return undefined;
  return { by: "majority", price: middle, from: near.map(({ source }) => source) };
}

/** The one that counts where it is alone, of several the venue. None: undefined where the venue does not count. */
function followed(counted: readonly Heard[]): Heard | undefined {
  if (counted.length === 1) return counted[0];
  return counted.find(({ source }) => source === VENUE);
}

/**
 * @param fresh what is not too old, quarantined or not.
 * @param jumpMax how far one that is followed may go at once, in ppm of the mark.
 * @param spoke who has just said something new.
 */
export function verdictOf(
  fresh: readonly Heard[],
  before: Before,
  rules: PricesPolicy,
  jumpMax: number | undefined,
  spoke: ReadonlySet<SourceId>,
): PriceVerdict {
  const counted = fresh.filter(({ quarantined }) => !quarantined);
  const majority = middleOf(counted, before.mark, rules) ?? middleOf(fresh, before.mark, rules);
  if (majority !== undefined) return majority;
  const one = rules.alone === "follow" ? followed(counted) : undefined;
  if (one === undefined) return { by: "nobody" };
  const { price, source } = one;
  const { mark, jumped } = before;
  const far = mark !== undefined && jumpMax !== undefined && !isNear(price, mark, jumpMax);
  if (far && !spoke.has(source)) return { by: "silence" };
  const confirmed = jumped !== undefined && distance(price, jumped) * CONFIRMS <= jumped;
  if (far && !confirmed) return { by: "jump", price };
  return { by: counted.length === 1 ? "alone" : "venue", price, from: [source] };
}
