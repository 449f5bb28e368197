/** How a measure says no: a value with a code, never a silent number and never an exception. */

/** A measured value, or the named reason why there is none. */
export type Measured<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: string; readonly reason: string };

/** A measure that could be taken. */
export const measured = <T>(value: T): Measured<T> => ({ ok: true, value });

/** A measure that could not be taken: a stable code and a sentence for people. */
export const refused = (
  code: string,
  reason: string,
): { readonly ok: false; readonly code: string; readonly reason: string } => ({
  ok: false,
  code,
  reason,
});
