/** A first-in first-out queue with a bound: constant work at both ends. */

export class Ring<T> {
  readonly #slots: (T | undefined)[];
  readonly #capacity: number;
  #head = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#slots = [];
  }

  get size(): number {
    return this.#size;
  }

  /** False when it is full. */
  push(value: T): boolean {
    if (this.#size === this.#capacity) return false;
    this.#slots[(this.#head + this.#size) % this.#capacity] = value;
    this.#size += 1;
    return true;
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const value = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#capacity;
    this.#size -= 1;
    // Whoever is emptied in time never grows beyond its longest queue.
    if (this.#size === 0) this.#head = 0;
    return value;
  }
}
