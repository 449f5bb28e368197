/** Chance by seed and label: each concern has a stream of its own, so that one more draw moves no other. */
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { hash32 } from "../venue/paper/random.ts";

export class Chance {
  readonly #seed: number;
  readonly #generator;

  constructor(seed: number, label = "") {
    this.#seed = hash32(seed, label);
    this.#generator = xoroshiro128plus(this.#seed);
  }

  /** A stream of its own for a concern. */
  of(label: string): Chance {
    return new Chance(this.#seed, label);
  }

  /** A float in [0, 1). */
  next(): number {
    return (this.#generator.next() >>> 0) / 0x1_0000_0000;
  }

  /** A float from `from` up to `to`. */
  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** True with this probability; draws nothing when it is zero. */
  hit(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(0, from.length - 1)] as T;
  }

  /** `count` different ones, in a random order. */
  some<T>(from: readonly T[], count: number): T[] {
    const left = [...from];
    const taken: T[] = [];
    while (taken.length < count && left.length > 0) {
      taken.push(...left.splice(this.int(0, left.length - 1), 1));
    }
    return taken;
  }
}
