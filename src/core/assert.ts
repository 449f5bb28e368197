/** Bugs are assertions: always on, they stop the actor that meets one. */

/** A broken promise of our own code. Never caught but by the supervisor. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/**
 * Stops the actor when `condition` is false.
 *
 * @param rule the positive rule that was broken, e.g. "reserved is at most the cap".
 * @throws InvariantError when the condition is false.
 */
export function assert(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new InvariantError(rule);
}

/** The value, which must be there by our own rules. @throws InvariantError when it is undefined. */
export function must<T>(value: T | undefined, rule: string): T {
  if (value === undefined) throw new InvariantError(rule);
  return value;
}

/** Ends every switch over a closed union; the compiler refuses a forgotten case. */
export function unreachable(value: never): never {
  throw new InvariantError(`no such case: ${JSON.stringify(value)}`);
}
