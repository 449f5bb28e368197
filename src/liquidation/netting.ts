/**
 * Netting of obligations: two by two, around cycles, and down to the fewest transfers. Integers.
 */
import { must } from "../core/assert.ts";
import { min } from "../core/money.ts";
import { type Measured, measured, refused } from "../risk/refusal.ts";
import { cheapestFlow } from "./min-cost-flow.ts";
import { compare } from "./order.ts";

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
  compare(a.debtor, b.debtor) || compare(a.creditor, b.creditor);

/** What each debtor owes each creditor: obligations of one pair in one direction as one. */
function owedBy(obligations: readonly Obligation[]): ReadonlyMap<string, Map<string, bigint>> {
  const pairs = new Map<string, Map<string, bigint>>();
  for (const { debtor, creditor, amount } of obligations) {
    const owed = pairs.get(debtor) ?? new Map<string, bigint>();
    owed.set(creditor, (owed.get(creditor) ?? 0n) + amount);
    pairs.set(debtor, owed);
  }
  return pairs;
}

const listed = (pairs: ReturnType<typeof owedBy>): Obligation[] =>
  [...pairs]
    .flatMap(([debtor, owed]) =>
      [...owed].map(([creditor, amount]) => ({ debtor, creditor, amount })),
    )
    .sort(byPair);

function check(obligations: readonly Obligation[]): string | undefined {
  for (const { debtor, creditor, amount } of obligations) {
    if (amount < 0n) return `${debtor} owes ${creditor} ${amount}: an amount is not negative`;
    if (debtor === creditor) return `${debtor} owes itself`;
  }
  return undefined;
}

const sum = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((a, b) => a + b, 0n);
const total = (obligations: readonly Obligation[]): bigint =>
  sum(obligations.map(({ amount }) => amount));

const byName = (net: ReadonlyMap<string, bigint>): [string, bigint][] =>
  [...net].sort(([a], [b]) => compare(a, b));

/** Receivable less payable of every party that is named, in their unit, sorted by name. Does not check. */
export function netPositions(obligations: readonly Obligation[]): ReadonlyMap<string, bigint> {
  const net = new Map<string, bigint>();
  for (const { debtor, creditor, amount } of obligations) {
    net.set(debtor, (net.get(debtor) ?? 0n) - amount);
    net.set(creditor, (net.get(creditor) ?? 0n) + amount);
  }
  return new Map(byName(net));
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
 * Of each pair only the difference is still owed.
 *
 * Units:  integers of any smallest unit. Errors: refused for a negative amount or a self-debt.
 */
export function netBilaterally(obligations: readonly Obligation[]): Measured<Netted> {
  const bad = check(obligations);
  if (bad !== undefined) return refused("out-of-range", bad);
  const owed = owedBy(obligations);
  const left = listed(owed).flatMap((o): Obligation[] => {
    const amount = o.amount - (owed.get(o.creditor)?.get(o.debtor) ?? 0n);
    return amount > 0n ? [{ ...o, amount }] : [];
  });
  return measured(answer(obligations, left));
}

/**
 * Clears the largest circulation inside the obligations: no new obligation arises, nobody's net changes.
 *
 * What must remain is the cheapest flow from those who owe on balance to those who are owed, along
 * existing obligations: every unit counts once for each hand it passes through.
 * The cleared total is unique, which obligations remain need not be; ours follow from the names.
 * Units:  integers of any smallest unit.
 * Errors: refused for a negative amount or a self-debt.
 */
export function netMultilaterally(obligations: readonly Obligation[]): Measured<Netted> {
  const bad = check(obligations);
  if (bad !== undefined) return refused("out-of-range", bad);
  const edges = listed(owedBy(obligations));
  const net = netPositions(obligations);
  const places = new Map([...net.keys()].map((name, place) => [name, place]));
  const placeOf = (name: string): number => must(places.get(name), "a party has a place");
  const flows = cheapestFlow(
    // A debtor on balance sends, a creditor on balance receives.
    Array.from(net.values(), (amount) => -amount),
    edges.map(({ debtor, creditor, amount }) => ({
      from: placeOf(debtor),
      to: placeOf(creditor),
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
 * Pays the largest debtor to the largest creditor, of equals the first, until all is even: at most
 * one transfer less than parties. There is a member, and they sum to zero.
 */
function settleGroup(members: readonly Due[]): Obligation[] {
  const open = members.map(({ name, left }) => ({ name, left }));
  const transfers: Obligation[] = [];
  for (;;) {
    const from = open.reduce((most, due) => (due.left < most.left ? due : most));
    const to = open.reduce((most, due) => (due.left > most.left ? due : most));
    if (from.left === 0n) return transfers;
    const amount = min(-from.left, to.left);
    from.left += amount;
    to.left -= amount;
    transfers.push({ debtor: from.name, creditor: to.name, amount });
  }
}

/** Splits parties into as many groups that sum to zero as there can be, by subsets. */
function groups(open: readonly Due[]): Due[][] {
  // By the set of those who are in it, one bit for each.
  let sums = [0n];
  for (const { left } of open) sums = [...sums, ...sums.map((without) => without + left)];
  const most = new Int32Array(sums.length);
  const leaves = new Int32Array(sums.length);
  const backwards = [...open.keys()].reverse();
  sums.forEach((left, set) => {
    let best = 0;
    for (const i of backwards) {
      const without = set & ~(1 << i);
      const count = most[without] ?? 0;
      if (without === set || count < best) continue;
      best = count;
      leaves[set] = i;
    }
    most[set] = best + Number(left === 0n);
  });
  const result: number[][] = [];
  let set = sums.length - 1;
  // One after the other leaves; where what is left sums to zero, the next ones are a group.
  for (const _ of open) {
    if (sums[set] === 0n) result.push([]);
    const i = leaves[set] ?? 0;
    result.at(-1)?.push(i);
    set ^= 1 << i;
  }
  return result.map((group) => group.flatMap((i) => open[i] ?? []));
}

const EXHAUSTIVE = 14;

/**
 * Settles net positions with the fewest transfers: parties less the groups that even out among themselves.
 *
 * Up to 14 parties that are not even the groups are found exhaustively; beyond it only pairs that
 * cancel exactly are taken out first, and there may be fewer.
 * Units:  integers of any smallest unit, positive where a party is owed.
 * Errors: refused unless the positions sum to zero.
 */
export function settle(net: ReadonlyMap<string, bigint>): Measured<Settlement> {
  if (sum(net.values()) !== 0n) return refused("out-of-range", "net positions sum to zero");
  const open = byName(net).flatMap(([name, left]) => (left === 0n ? [] : [{ name, left }]));
  const fewest = open.length <= EXHAUSTIVE;
  const transfers = fewest ? groups(open).flatMap(settleGroup) : settleMany(open);
  return measured({ transfers: transfers.sort(byPair), moved: total(transfers), fewest });
}

/** Those who cancel exactly first, of creditors of one size the last; then the largest. */
function settleMany(open: readonly Due[]): Obligation[] {
  const transfers: Obligation[] = [];
  const owed = new Map<bigint, Due[]>();
  for (const due of open)
    if (due.left > 0n) owed.set(due.left, [...(owed.get(due.left) ?? []), due]);
  for (const due of open) {
    const match = owed.get(-due.left)?.pop();
    if (match === undefined) continue;
    transfers.push({ debtor: due.name, creditor: match.name, amount: match.left });
    due.left = 0n;
    match.left = 0n;
  }
  return [...transfers, ...settleGroup(open)];
}
