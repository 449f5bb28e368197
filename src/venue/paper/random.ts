/**
 * Chance as pure functions of a seed and a label: the same question always gets the same answer.
 */

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

function absorb(h: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul(rotate(k, 15), 0x1b873593);
  return (Math.imul(rotate(h ^ k, 13), 5) + 0xe6546b64) | 0;
}

function finish(h: number): number {
  let x = h ^ (h >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** One part of a label: texts by their code units, numbers by their integer part (up to 2^53). */
type Part = string | number;

/**
 * 32 hash bits of a seed and a label, by the mixing steps of MurmurHash3 (Austin Appleby, public
 * domain). Not cryptographic: only for prices, latencies and tempers. Server seeds are HMACs.
 */
export function hash32(seed: number, ...parts: readonly Part[]): number {
  let h = seed | 0;
  for (const part of parts) {
    if (typeof part === "number") {
      h = absorb(h, part | 0);
      h = absorb(h, Math.floor(part / 4_294_967_296) | 0);
    } else {
      for (let i = 0; i < part.length; i += 1) h = absorb(h, part.charCodeAt(i));
      h = absorb(h, part.length);
    }
  }
  return finish(h);
}

/** `hash32(seed, a, b)` of two small whole numbers, without a list of parts. */
function hashOfTwo(seed: number, a: number, b: number): number {
  return finish(absorb(absorb(absorb(absorb(seed | 0, a | 0), 0), b | 0), 0));
}

/** The 32-bit seed of a text. */
export const seedOf = (text: string): number => hash32(0x9e3779b9, text);

/** Uniform in [0, 1), in steps of 2^-32. */
export const uniform = (seed: number, ...parts: readonly Part[]): number =>
  hash32(seed, ...parts) / 4_294_967_296;

/** A whole number from `from` to `to`, both included. */
export const between = (
  from: number,
  to: number,
  seed: number,
  ...parts: readonly Part[]
): number => from + Math.floor(uniform(seed, ...parts) * (to - from + 1));

/** Makes four uniforms of 16 bits have variance one: the variance of their sum is 4/12. */
const SCALE = Math.sqrt(3) / 65_536;

/**
 * A draw of mean 0, variance 1 and bounds of 3.47: four 16-bit uniforms added. Only + and x are
 * used, so that every machine makes the same bits, which `Math.log` and `Math.cos` do not promise.
 */
export function bell(seed: number, a: number, b: number): number {
  const x = hashOfTwo(seed, a, b);
  const y = hashOfTwo(~seed, b, a);
  return ((x & 0xffff) + (x >>> 16) + (y & 0xffff) + (y >>> 16) - 131_070) * SCALE;
}
