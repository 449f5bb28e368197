/** One text for one state: maps and sets in their order, integers of every size told apart. */

/** Serialises a state so that two texts are equal exactly when the states are. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, held: unknown) => {
    if (typeof held === "bigint") return `${held}n`;
    if (held instanceof Map) return { map: [...held] };
    if (held instanceof Set) return { set: [...held] };
    return held === undefined ? "undefined" : held;
  });
}

/** Freezes a plain value through and through: whoever writes to it throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}
