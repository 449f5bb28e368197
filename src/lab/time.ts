/** Simulated time: a queue of what is to happen, run one by one, each to its very end. */

/** Something planned; `work` is gone once it ran or was called off. */
interface Planned {
  readonly at: number;
  readonly serial: number;
  work: (() => void) | undefined;
}

/** The wall clock of a sound host when simulated time is 0, epoch ms. */
export const EPOCH = 1_713_600_000_000;

/** Steps between two returns to Node's own loop: enough that the return costs nothing. */
const CHUNK = 512;

export class SimTime {
  #now = 0;
  #serial = 0;
  readonly #heap: Planned[] = [];
  /** Steps run so far: where in a run something happened. */
  steps = 0;

  /** Milliseconds since the beginning, with fractions. */
  get now(): number {
    return this.#now;
  }

  get planned(): number {
    return this.#heap.length;
  }

  /** Plans `work` in `ms` from now; equal times run in the order of their planning. */
  after(ms: number, work: () => void): () => void {
    const planned: Planned = { at: this.#now + Math.max(0, ms), serial: this.#serial, work };
    this.#serial += 1;
    this.#push(planned);
    return () => {
      planned.work = undefined;
    };
  }

  /**
   * Runs until `until`, or until `between` says stop. It is asked before each step, when all that the
   * step before set off has come to rest: Node runs every microtask between two immediates.
   *
   * @throws what a step or `between` threw.
   */
  run(until: number, between: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let ended = false;
      let left = 0;
      const one = (): void => {
        left -= 1;
        if (!ended) {
          try {
            ended = !between() || !this.#step(until);
          } catch (fault) {
            ended = true;
            reject(fault as Error);
          }
        }
        if (left > 0) return;
        if (ended) resolve();
        else chunk();
      };
      const chunk = (): void => {
        left = CHUNK;
        for (let i = 0; i < CHUNK; i += 1) setImmediate(one);
      };
      chunk();
    });
  }

  #step(until: number): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.at > until) {
        this.#now = until;
        return false;
      }
      this.#pop();
      const { work } = next;
      if (work === undefined) continue;
      next.work = undefined;
      this.#now = next.at;
      this.steps += 1;
      work();
      return true;
    }
  }

  #push(planned: Planned): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(planned);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above] as Planned;
      if (!before(planned, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = planned;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Planned;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && before(right, heap[child] as Planned)) child += 1;
      const smallest = heap[child] as Planned;
      if (!before(smallest, last)) break;
      heap[index] = smallest;
      index = child;
    }
    heap[index] = last;
  }
}

const before = (a: Planned, b: Planned): boolean =>
  a.at !== b.at ? a.at < b.at : a.serial < b.serial;
