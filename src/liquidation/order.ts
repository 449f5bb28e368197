/** Below nought, nought or above it, as `a` comes before `b`, with it or after it. */
export const compare = <T extends string | bigint>(a: T, b: T): number =>
  Number(a > b) - Number(a < b);
