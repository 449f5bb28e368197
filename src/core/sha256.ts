/** SHA-256 and its HMAC over text, without the world: for a proof that a pure room makes anew. */

/**
 * 2^32 times the fraction of a root, rounded down. Whole numbers alone: no float has the digits.
 *
 * @param degree 2 or 3.
 */
function rootFraction(of: number, degree: 2n | 3n): number {
  // The root of of x 2^(32 x degree) is the root of `of`, times 2^32.
  const under = BigInt(of) << (32n * degree);
  let root = 1n << 40n;
  for (;;) {
    const next = ((degree - 1n) * root + under / root ** (degree - 1n)) / degree;
    if (next >= root) return Number(root & 0xffff_ffffn);
    root = next;
  }
}

function firstPrimes(count: number): readonly number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n += 1) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  }
  return primes;
}

const PRIMES = firstPrimes(64);
/** The standard's constants, by their definition: of square roots to begin with, of cube roots by round. */
const START = PRIMES.slice(0, 8).map((prime) => rootFraction(prime, 2n));
const ROUND = Int32Array.from(PRIMES, (prime) => rootFraction(prime, 3n));

const BLOCK = 64;

const turned = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** Folds one block of 64 bytes into the eight words of the state. */
function compress(state: Int32Array, words: Int32Array, block: DataView, from: number): void {
  for (let i = 0; i < 16; i += 1) words[i] = block.getInt32(from + 4 * i);
  for (let i = 16; i < 64; i += 1) {
    const [x, y] = [words[i - 15] ?? 0, words[i - 2] ?? 0];
    const low = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3);
    const high = turned(y, 17) ^ turned(y, 19) ^ (y >>> 10);
    words[i] = (words[i - 16] ?? 0) + low + (words[i - 7] ?? 0) + high;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < 64; i += 1) {
    const high = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const one = (h + high + ((e & f) ^ (~e & g)) + (ROUND[i] ?? 0) + (words[i] ?? 0)) | 0;
    const low = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const two = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i] ?? 0) + word;
}

function digest(bytes: Uint8Array): Uint8Array {
  // A one bit, zeros, and the length in bits as eight bytes: whole blocks.
  const blocks = Math.ceil((bytes.length + 9) / BLOCK);
  const padded = new Uint8Array(blocks * BLOCK);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  const state = Int32Array.from(START);
  const words = new Int32Array(64);
  for (let at = 0; at < padded.length; at += BLOCK) compress(state, words, view, at);
  const out = new DataView(new ArrayBuffer(32));
  for (const [i, word] of state.entries()) out.setInt32(4 * i, word);
  return new Uint8Array(out.buffer);
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** SHA-256 of the UTF-8 bytes of a text, as lower-case hex. */
export const sha256 = (text: string): string => hexOf(digest(bytesOf(text)));

/** HMAC-SHA256 of a message by a key, both as UTF-8 bytes, as lower-case hex. */
export function hmacSha256(key: string, message: string): string {
  const given = bytesOf(key);
  const block = new Uint8Array(BLOCK);
  block.set(given.length > BLOCK ? digest(given) : given);
  const inner = digest(
    joined(
      block.map((byte) => byte ^ 0x36),
      bytesOf(message),
    ),
  );
  return hexOf(
    digest(
      joined(
        block.map((byte) => byte ^ 0x5c),
        inner,
      ),
    ),
  );
}
