/**
 * Netting of obligations: two by two, around cycles, and down to the fewest transfers. Integers.
 */
import { min } from "../core/money.ts";
import { type Measured, measured, refused } from "../risk/refusal.ts";
import { cheapestFlow } from "./min-cost-flow.ts";

/** `debtor` owes `creditor` an amount, in whole smallest units. */
export interface Obligation {
  readonly debtor: string;
  readonly creditor: string;
  readonly amount: bigint;
}

export interface Netted {
  /** Receivable less payable of each party; sums to zero; no netting changes it. */
  readonly net: ReadonlyMap<string, bigint>;
  readonly gross: bigint;
  /** What needs no payment any more. */
  readonly cleared: bigint;
  /** gross - cleared. */
  readonly remaining: bigint;
  /** The obligations that remain, merged by pair, sorted by debtor and creditor. */
  readonly obligations: readonly Obligation[];
}

const byPair = (a: Obligation, b: Obligation): number =>
  a.debtor === b.debtor ? (a.creditor < b.creditor ? -1 : 1) : a.debtor < b.debtor ? -1 : 1;

/** Obligations of one pair in one direction as one; nothing owed is left out. */
function merged(obligations: readonly Obligation[]): Obligation[] {
  const pairs = new Map<string, Map<string, bigint>>();
  for (const { debtor, creditor, amount } of obligations) {
    const owed = pairs.get(debtor) ?? new Map<string, bigint>();
    owed.set(creditor, (owed.get(creditor) ?? 0n) + amount);
    pairs.set(debtor, owed);
  }
  const all: Obligation[] = [];
  for (const [debtor, owed] of pairs) {
    for (const [creditor, amount] of owed) {
      if (amount > 0n) all.push({ debtor, creditor, amount });
    }
  }
  return all.sort(byPair);
}

function check(obligations: readonly Obligation[]): string | undefined {
  for (const { debtor, creditor, amount } of obligations) {
    if (amount < 0n) return `${debtor} owes ${creditor} ${amount}: an amount is not negative`;
    if (debtor === creditor) return `${debtor} owes itself`;
  }
  return undefined;
}

const total = (obligations: readonly Obligation[]): bigint =>
  obligations.reduce((sum, { amount }) => sum + amount, 0n);

/** Receivable less payable of every party that is named, sorted by name. */
export function netPositions(obligations: readonly Obligation[]): ReadonlyMap<string, bigint> {
  const net = new Map<string, bigint>();
  const names = new Set(obligations.flatMap(({ debtor, creditor }) => [debtor, creditor]));
  for (const name of [...names].sort()) net.set(name, 0n);
  for (const { debtor, creditor, amount } of obligations) {
    net.set(debtor, (net.get(debtor) ?? 0n) - amount);
    net.set(creditor, (net.get(creditor) ?? 0n) + amount);
  }
  return net;
}

function answer(before: readonly Obligation[], after: readonly Obligation[]): Netted {
  const gross = total(before);
  const remaining = total(after);
  return {
    net: netPositions(before),
    gross,
    cleared: gross - remaining,
    remaining,
    obligations: after,
  };
}

/**
 * Of each pair only the difference is still owed. Errors: refused for a negative amount or a self-
 * debt.
 */
export function netBilaterally(obligations: readonly Obligation[]): Measured<Netted> {
  const bad = check(obligations);
  if (bad !== undefined) return refused("out-of-range", bad);
  const flipped = merged(obligations).map((o) =>
    o.debtor < o.creditor ? o : { debtor: o.creditor, creditor: o.debtor, amount: -o.amount },
  );
  const sums = new Map<string, Obligation>();
  for (const o of flipped) {
    const key = JSON.stringify([o.debtor, o.creditor]);
    const before = sums.get(key);
    sums.set(key, { ...o, amount: (before?.amount ?? 0n) + o.amount });
  }
  const left = [...sums.values()].flatMap((o): Obligation[] => {
    if (o.amount === 0n) return [];
    if (o.amount > 0n) return [o];
    return [{ debtor: o.creditor, creditor: o.debtor, amount: -o.amount }];
  });
  return measured(answer(obligations, left.sort(byPair)));
}

/**
 * Clears the largest circulation inside the obligations: no new obligation arises, nobody's net
 *                                                        changes.
 *
 * What must remain is the cheapest flow from those who owe on balance to those who are owed, along
 * existing obligations: every unit counts once for each hand it passes through.
 * The cleared total is unique, which obligations remain need not be; ours follow from the names.
 * Errors: refused for a negative amount or a self-debt.
 */
export function netMultilaterally(obligations: readonly Obligation[]): Measured<Netted> {
  const bad = check(obligations);
  if (bad !== undefined) return refused("out-of-range", bad);
  const edges = merged(obligations);
  const net = netPositions(obligations);
  const names = [...net.keys()];
  const places = new Map(names.map((name, place) => [name, place]));
  const flows = cheapestFlow(
    // A debtor on balance sends, a creditor on balance receives.
    names.map((name) => -(net.get(name) ?? 0n)),
    edges.map(({ debtor, creditor, amount }) => ({
      from: places.get(debtor) ?? 0,
      to: places.get(creditor) ?? 0,
      capacity: amount,
    })),
  );
  const left = edges.flatMap((edge, e): Obligation[] => {
    const amount = flows[e] ?? 0n;
    return amount > 0n ? [{ ...edge, amount }] : [];
  });
  return measured(answer(obligations, left));
}

export interface Settlement {
  /**
   * Who pays whom, in the order of the names; debtors may pay parties they owed nothing (novation).
   */
  readonly transfers: readonly Obligation[];
  /** Sum of all positive net positions: no settlement moves less. */
  readonly moved: bigint;
  /** Whether no settlement has fewer transfers: tried exhaustively up to 14 parties. */
  readonly fewest: boolean;
}

interface Due {
  readonly name: string;
  left: bigint;
}

/**
 * Pays the largest debtor to the largest creditor until all is even: at most one transfer less than
 * parties.
 */
function settleGroup(members: readonly Due[]): Obligation[] {
  const open = members.map(({ name, left }) => ({ name, left }));
  const transfers: Obligation[] = [];
  for (;;) {
    let from: Due | undefined;
    let to: Due | undefined;
    for (const due of open) {
      if (due.left < 0n && (from === undefined || due.left < from.left)) from = due;
      if (due.left > 0n && (to === undefined || due.left > to.left)) to = due;
    }
    if (from === undefined || to === undefined) return transfers;
    const amount = min(-from.left, to.left);
    from.left += amount;
    to.left -= amount;
    transfers.push({ debtor: from.name, creditor: to.name, amount });
  }
}

/** Splits parties into as many groups that sum to zero as there can be, by subsets. */
function groups(open: readonly Due[]): Due[][] {
  const all = (1 << open.length) - 1;
  const sums = new Array<bigint>(all + 1).fill(0n);
  const most = new Int32Array(all + 1);
  const before = new Int32Array(all + 1).fill(-1);
  for (let set = 1; set <= all; set++) {
    const lowest = 31 - Math.clz32(set & -set);
    sums[set] = (sums[set & (set - 1)] ?? 0n) + (open[lowest]?.left ?? 0n);
    let best = -1;
    for (let i = 0; i < open.length; i++) {
      if ((set & (1 << i)) === 0) continue;
      const count = most[set ^ (1 << i)] ?? 0;
      if (count > best) {
        best = count;
        before[set] = i;
      }
    }
    most[set] = best + (sums[set] === 0n ? 1 : 0);
  }
  const result: Due[][] = [];
  let group: Due[] = [];
  for (let set = all; set > 0; ) {
    if (sums[set] === 0n && group.length > 0) {
      result.push(group);
      group = [];
    }
    const i = before[set] ?? 0;
    const due = open[i];
    if (due !== undefined) group.push(due);
    set ^= 1 << i;
  }
  if (group.length > 0) result.push(group);
  return result;
}

const EXHAUSTIVE = 14;

/**
 * Settles net positions with the fewest transfers: parties less the groups that even out among
 *                                                  themselves.
 *
 * Up to 14 parties that are not even the groups are found exhaustively; beyond it only pairs that
 * cancel exactly are taken out first, and there may be fewer. Errors: refused unless the positions
 * sum to zero.
 */
export function settle(net: ReadonlyMap<string, bigint>): Measured<Settlement> {
  const open = [...net].filter(([, left]) => left !== 0n).map(([name, left]) => ({ name, left }));
  open.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (open.reduce((sum, { left }) => sum + left, 0n) !== 0n) {
    return refused("out-of-range", "net positions sum to zero");
  }
  const moved = open.reduce((sum, { left }) => (left > 0n ? sum + left : sum), 0n);
  if (open.length <= EXHAUSTIVE) {
    const transfers = groups(open).flatMap(settleGroup).sort(byPair);
    return measured({ transfers, moved, fewest: true });
  }
  const transfers: Obligation[] = [];
  const owed = new Map<bigint, Due[]>();
  for (const due of open)
    if (due.left > 0n) owed.set(due.left, [...(owed.get(due.left) ?? []), due]);
  for (const due of open) {
    const match = due.left < 0n ? owed.get(-due.left)?.pop() : undefined;
    if (match === undefined) continue;
    transfers.push({ debtor: due.name, creditor: match.name, amount: match.left });
    due.left = 0n;
    match.left = 0n;
  }
  transfers.push(...settleGroup(open));
  return measured({ transfers: transfers.sort(byPair), moved, fewest: false });
}
