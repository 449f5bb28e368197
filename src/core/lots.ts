/** What is taken of a whole, parted among those that hold it: exact to the unit, in whole lots. */
import { type Micro, micro, min, type Qty, qty } from "./money.ts";

/**
 * Parts of a quantity in proportion to sizes, in whole lots.
 *
 * Rule:  each the whole lots of its share, then a lot more each by largest remainder, the earlier first
 *        where two are equal; never more than its size. So each is within a lot of its share.
 * Units: all in 1e-8, none negative. The parts add up to `whole`, or to all sizes where that is less.
 *        What is no whole lot goes, in the same order, to those that have it.
 */
export function byLots(whole: Qty, sizes: readonly Qty[], lot: Qty): readonly Qty[] {
  const total = sizes.reduce((sum, size) => sum + size, 0n);
  const target = whole < total ? whole : qty(total);
  if (target <= 0n) return sizes.map(() => qty(0n));
  const parts: bigint[] = sizes.map((size) => ((target * size) / (total * lot)) * lot);
  const rest = sizes.map((size) => (target * size) % (total * lot));
  const order = sizes.map((_, i) => i);
  order.sort((a, b) => compare(rest[b] ?? 0n, rest[a] ?? 0n) || a - b);
  let left = target - parts.reduce((sum, part) => sum + part, 0n);
  // One round is enough: what a share lacks to its lots is below a lot, and within its size.
  for (const i of order) {
    const part = parts[i] ?? 0n;
    const more = min(min(lot as bigint, left), (sizes[i] ?? 0n) - part);
    parts[i] = part + more;
    left -= more;
  }
  return parts.map(qty);
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * An amount parted by quantities: each part is the growth of a running share, so that they add up.
 *
 * Rounding: of the running share, down to the unit. None: zeros where all quantities are.
 */
export function byParts(amount: Micro, parts: readonly Qty[]): readonly Micro[] {
  const total = parts.reduce((sum, part) => sum + part, 0n);
  let seen = 0n;
  let given = 0n;
  return parts.map((part) => {
    if (total === 0n) return micro(0n);
    seen += part;
    const upTo = (amount * seen) / total;
    const mine = upTo - given;
    given = upTo;
    return micro(mine);
  });
}
