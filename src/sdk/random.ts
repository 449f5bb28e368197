/** Chance for strategies: drawn from a seed, so that the same seed makes the same choices. */
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface Random {
  /** A float in [0, 1). */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number;
  /** `length` characters of a-z and 0-9. */
  text(length: number): string;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** The generator of one decision: the same for the same seed and the same decision number. */
export function randomOf(seed: number, decision: number): Random {
  // Neighbouring seeds and numbers are spread apart before they meet (multiplicative hashing).
  const start = Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(decision | 0, 0x85ebca6b);
  const generator = xoroshiro128plus(start);
  const next = (): number => (generator.next() >>> 0) / 0x1_0000_0000;
  const int = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  const text = (length: number): string =>
    Array.from({ length }, () => LETTERS.charAt(int(0, LETTERS.length - 1))).join("");
  return { next, int, text };
}
