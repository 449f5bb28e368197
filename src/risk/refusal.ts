/** How a measure says no: a value with a code, never a silent number and never a thrown error. */

/** Why a measure has no answer. A closed list, so that callers can switch over it. */
export type RiskRefusalCode =
  /** A NaN or an infinity among the inputs, or a result beyond what a float holds. */
  | "not-finite"
  /** Nothing to measure. */
  | "empty"
  /** Fewer observations than the measure needs at the level asked for. */
  | "too-few-samples"
  /** Arrays or matrix rows that should be of one length are not. */
  | "length-mismatch"
  /** A number outside the range that has a meaning, e.g. a correlation of 1.2. */
  | "out-of-range"
  /** A matrix without an inverse. */
  | "singular"
  /** A matrix that should equal its transpose and does not. */
  | "not-symmetric"
  /** A matrix with a negative direction where variances are meant. */
  | "not-positive-definite"
  /** An iteration that did not reach its tolerance. */
  | "not-converged"
  /** Constraints that no point meets. */
  | "infeasible"
  /** An objective without a limit. */
  | "unbounded"
  /** A scenario, regime, asset or rule book that is not known. */
  | "unknown-name"
  /** No price can bring the position to its maintenance margin. */
  | "never-liquidated"
  /** Every price does: there is nothing left above the maintenance margin. */
  | "already-liquidated"
  /** The stop that was asked for would fire at once. */
  | "stop-beyond-mark"
  /** A tail probability outside (0, 50 %]. */
  | "bad-tail"
  /** A price or variance that is not above zero. */
  | "not-positive"
  /** A series that does not vary where its variation is measured. */
  | "flat";

/** A measure that could not be taken, and why. */
export interface RiskRefusal {
  readonly ok: false;
  readonly code: RiskRefusalCode;
  /** What was wrong, with the numbers, as one sentence. */
  readonly reason: string;
}

export type Refusal = RiskRefusal;

/** A measured value, or a refusal. */
export type Measured<T> = { readonly ok: true; readonly value: T } | RiskRefusal;

export const refused = (code: RiskRefusalCode, reason: string): RiskRefusal => ({
  ok: false,
  code,
  reason,
});

export const measured = <T>(value: T): Measured<T> => ({ ok: true, value });

/**
 * A measured value all of whose numbers, however deep, are finite; otherwise `not-finite`: the
 * inputs were too large or too small for the formula.
 */
export function finite<T>(value: T): Measured<T> {
  if (!overflows(value)) return measured(value);
  return refused("not-finite", "the result is beyond what a float holds");
}

function overflows(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(overflows);
}

/**
 * A refusal when any of the named numbers is NaN or infinite. None: undefined when all are finite.
 */
export function notFinite(numbers: Readonly<Record<string, number>>): RiskRefusal | undefined {
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isFinite(value))
      return refused("not-finite", `${name} must be finite, was ${value}`);
  }
  return undefined;
}

/**
 * A refusal when the list is empty or holds a NaN or an infinity. None: undefined when it is sound.
 */
export function badList(name: string, list: ArrayLike<number>): RiskRefusal | undefined {
  if (list.length === 0) return refused("empty", `${name} must not be empty`);
  for (let i = 0; i < list.length; i++) {
    const value = list[i] ?? Number.NaN;
    if (!Number.isFinite(value)) {
      return refused("not-finite", `${name}[${i}] must be finite, was ${value}`);
    }
  }
  return undefined;
}

/** A refusal when `value` is outside [low, high]. None: undefined when it is inside. */
export function outOfRange(
  name: string,
  value: number,
  low: number,
  high: number,
): RiskRefusal | undefined {
  if (!Number.isFinite(value)) return refused("not-finite", `${name} must be finite, was ${value}`);
  if (value >= low && value <= high) return undefined;
  return refused("out-of-range", `${name} must be in [${low}, ${high}], was ${value}`);
}

/** A refusal unless `value` is finite and above zero. None: undefined when it is. */
export function notPositive(name: string, value: number): RiskRefusal | undefined {
  if (!Number.isFinite(value)) return refused("not-finite", `${name} must be finite, was ${value}`);
  return value > 0 ? undefined : refused("out-of-range", `${name} must be above 0, was ${value}`);
}

/** A refusal unless `value` is finite and at least zero. None: undefined when it is. */
export function negative(name: string, value: number): RiskRefusal | undefined {
  if (!Number.isFinite(value)) return refused("not-finite", `${name} must be finite, was ${value}`);
  return value >= 0
    ? undefined
    : refused("out-of-range", `${name} must be at least 0, was ${value}`);
}
