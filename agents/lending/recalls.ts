/** Which loans to ask back: those of a short notice first, and of them what forgoes the least yield. Pure. */

/** A loan that may be asked back: its value in millionths of USDC, what it yields in a year, in ppm. */
interface Candidate {
  readonly loan: string;
  readonly value: bigint;
  readonly rate: number;
}

/** With the notice that its borrower has, in the venue's time. */
interface Noticed extends Candidate {
  readonly noticeMs: number;
}

const sign = (difference: bigint): number => (difference < 0n ? -1 : difference > 0n ? 1 : 0);

/** What yields least first, of those the smallest: wherever it is broken off, the least yield is forgone for it. */
const byYield = <C extends Candidate>(loans: readonly C[]): C[] =>
  loans.toSorted((a, b) => a.rate - b.rate || sign(a.value - b.value));

/** Those of a notice of at most `shortMs`, then the others: a month's notice brings nothing in time. */
const byNotice = <C extends Noticed>(loans: readonly C[], shortMs: number): [C[], C[]] => [
  loans.filter(({ noticeMs }) => noticeMs <= shortMs),
  loans.filter(({ noticeMs }) => noticeMs > shortMs),
];

/** The order in which all of them are asked back: a short notice first, the least yield within. */
export const inTurn = <C extends Noticed>(loans: readonly C[], shortMs: number): readonly C[] =>
  byNotice(loans, shortMs).flatMap((part) => byYield(part));

/**
 * Loans worth at least `need` together: of those of a short notice what forgoes the least yield, and of the others
 * only for what all of them do not bring. None: all where all are worth less.
 */
export function enoughInTurn<C extends Noticed>(
  loans: readonly C[],
  need: bigint,
  shortMs: number,
): readonly C[] {
  const [short, long] = byNotice(loans, shortMs);
  const first = cheapestOver(short, need);
  return [...first, ...cheapestOver(long, need - worthOf(first))];
}

const worthOf = (loans: readonly Candidate[]): bigint =>
  loans.reduce((sum, { value }) => sum + value, 0n);
const forgone = (loans: readonly Candidate[]): bigint =>
  loans.reduce((sum, { value, rate }) => sum + value * BigInt(rate), 0n);

/**
 * Loans worth at least `need` together, with little yield forgone: of everything that begins with those that yield
 * least and ends with the one that fills the rest for least, the cheapest, without what it does not need. It forgoes
 * at most twice of what the best choice would. None: all of them where all are worth less.
 */
export function cheapestOver<C extends Candidate>(loans: readonly C[], need: bigint): readonly C[] {
  if (need <= 0n) return [];
  const sorted = byYield(loans);
  let best: readonly C[] | undefined;
  for (let taken = 0; taken < sorted.length; taken += 1) {
    const first = sorted.slice(0, taken);
    const missing = need - worthOf(first);
    if (missing <= 0n) break;
    const last = sorted
      .slice(taken)
      .filter(({ value }) => value >= missing)
      .toSorted((a, b) => sign(forgone([a]) - forgone([b])))[0];
    if (last === undefined) continue;
    const whole = spared([...first, last], need);
    if (best === undefined || forgone(whole) < forgone(best)) best = whole;
  }
  return best ?? sorted;
}

/** Without those that are not needed, the dearest first. */
function spared<C extends Candidate>(loans: readonly C[], need: bigint): readonly C[] {
  let kept = loans;
  let value = worthOf(loans);
  for (const loan of loans.toSorted((a, b) => sign(forgone([b]) - forgone([a])))) {
    if (value - loan.value < need) continue;
    value -= loan.value;
    kept = kept.filter((other) => other !== loan);
  }
  return kept;
}
